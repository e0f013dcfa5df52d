"""What every document speaks with: texts, numbers and colours of one client in one language, names of metrics, slices and levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from audit.client import Client
from audit.errors import UsageError, nearest
from audit.privacy import clean
from audit.report.block import Block
from audit.report.numbers import Numbers
from audit.report.privacy import EMPTY
from audit.report.say import Say
from audit.report.theme import Theme
from audit.stats.intervals import LEVEL
from audit.words import Words

FIXED = ("bucket", "is_repeat", "check", "plan", "kind", "field", "weekday", "shift", "month_end")  # dimensions whose levels the catalogue names


class Spoken:
    """A document of `client` in the language `lang`; `makers` gives its sections by their names."""

    client: Client
    lang: str

    if TYPE_CHECKING:

        @property
        def makers(self) -> Mapping[str, Callable[[Any], Block]]:
            """Name of a section → what makes it of the document, in their order."""

    @property
    def sections(self) -> tuple[str, ...]:
        """Names of the sections in the order of the argument."""
        return tuple(self.makers)

    def section(self, name: str) -> Block:
        """One section; an unknown name is a UsageError with the nearest known ones."""
        if name not in self.makers:
            raise UsageError("errors.unknown_name", kind="section", name=name, nearest=nearest(name, list(self.makers)))
        return self.makers[name](self)

    @cached_property
    def words(self) -> Words:
        """Texts and formats of the language."""
        return Words(self.lang)

    @cached_property
    def say(self) -> Say:
        """Texts as escaped HTML."""
        return Say(self.words)

    @cached_property
    def numbers(self) -> Numbers:
        """Numbers with units, rounded to what their intervals support."""
        return Numbers(self.words, self.client.currency)

    @cached_property
    def theme(self) -> Theme:
        """Colours."""
        return Theme.of(self.client.brand.accent)

    @property
    def name(self) -> str:
        """The client as the documents name it."""
        return clean(self.client.brand.name or self.client.name)

    def title(self, metric: str) -> str:
        """What a metric is called."""
        key = f"metrics.{metric}.title"
        return self.words(key) if self.words.has(key) else metric.replace("_", " ")

    def slice_name(self, dimension: str) -> str:
        """What a dimension is called; a free one by its own header."""
        for key in (f"metrics.by.{dimension}", f"report.by.{dimension}"):
            if self.words.has(key):
                return self.words(key)
        return clean(dimension, 60)

    def level(self, dimension: str, label: str) -> str:
        """What one level of a dimension is called: a fixed level or an empty one by the catalogue."""
        if label == EMPTY:
            return self.words("metrics.level.empty")
        if dimension == "pair":
            return " → ".join(self.level("kind", part) for part in label.split("→"))
        for key in (f"metrics.level.{dimension}.{label}", f"metrics.{dimension}.{label}"):
            if dimension in FIXED and self.words.has(key):
                return self.words(key)
        return label

    def unit(self, metric: str) -> str:
        """The unit of a metric: share, money, days, count …"""
        from audit.metrics import BY_ID

        return BY_ID[metric].unit if metric in BY_ID else "index"

    def interval(self, metric: str, low: float | None, high: float | None) -> str:
        """An interval of a metric's value, with its level where that is not the usual 95 %; "" where there is none."""
        from audit.metrics import BY_ID

        ends, level = self.numbers.interval(self.unit(metric), low, high), BY_ID[metric].level if metric in BY_ID else LEVEL
        return ends if level == LEVEL or not ends else self.words("metrics.of_level", ends=ends, level=self.words.share(level, 0))
