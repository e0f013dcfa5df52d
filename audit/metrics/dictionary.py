"""The metric dictionary: what a card means, how it is counted, what misleads in it and how it is cheated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audit.errors import UsageError, nearest
from audit.metrics.bases import FACTS
from audit.metrics.catalogue import BY_ID
from audit.metrics.catalogue import CARDS as MEASURED
from audit.metrics.declare.metric import Metric
from audit.metrics.statements import ZONES, statements
from audit.stats.intervals import LEVEL
from audit.words import Words

PARTS = ("formula", "pitfalls", "fake")
CARDS: dict[str, tuple[str, ...]] = dict(sorted({ZONES: (), **MEASURED}.items()))  # growth zones are findings and have no metric in VALUES


@dataclass(frozen=True, slots=True)
class Entry:
    """One card in one language: its words, its metrics and the statements of the method that it answers."""

    card: str
    name: str
    formula: str
    pitfalls: str
    fake: str
    metrics: tuple[Metric, ...]
    statements: tuple[str, ...]


def card_of(name: str) -> str:
    """The card that `name` (a card or the id of a metric) stands for; UsageError when there is none."""
    if name in BY_ID:
        return BY_ID[name].card
    if name.upper() in CARDS:
        return name.upper()
    raise UsageError("errors.unknown_name", kind="metric", name=name, nearest=nearest(name, [*BY_ID, *CARDS]))


def entry(card: str, lang: str = "en") -> Entry:
    """The dictionary's entry on `card` (M01 … M70) in `lang`."""
    words = Words(lang)
    name, formula, pitfalls, fake = (words(f"cards.{card}.{part}") for part in ("name", *PARTS))
    answered = tuple(one.id for one in statements() if card in one.cards)
    return Entry(card, name, formula, pitfalls, fake, tuple(BY_ID[metric] for metric in CARDS[card]), answered)


def facts(metric: Metric, words: Words) -> Iterator[tuple[str, str]]:
    """(label, text) of what a declaration says of a metric: unit, better end, basis, level of an unusual interval, needs, slices, counter-metric."""
    yield words("cards.label.unit"), words(f"metrics.unit.{metric.unit}")
    yield words("cards.label.better"), words(f"cards.better.{metric.better}")
    yield words("cards.label.basis"), words(f"cards.basis.{metric.basis}")
    if metric.level != LEVEL:
        yield words("cards.label.level"), words.share(metric.level, 0)
    yield words("cards.label.needs"), ", ".join(need_said(need, words) for need in metric.needs)
    if metric.slices:
        yield words("cards.label.slices"), ", ".join(f"{_slice_said(one, words)} (`{one}`)" for one in metric.slices)
    if metric.counter:
        yield words("cards.label.counter"), f"{words(f'metrics.{metric.counter}.title')} (`{metric.counter}`)"


def slug(need: str) -> str:
    """The key under which `report.lacks` of the catalogues has a need."""
    return re.sub(r"[^a-z]+", "_", need)


def need_said(need: str, words: Words) -> str:
    """A need as a reader takes it: tables and columns by their names, facts about rows in words."""
    if need not in FACTS:
        return f"`{need}`"
    table, _, part = need.partition(".")
    if words.has(f"report.lacks.{slug(need)}"):
        return words(f"report.lacks.{slug(need)}")
    return f"`{table}` ({words(f'report.lacks.{slug(part)}')})" if words.has(f"report.lacks.{slug(part)}") else f"`{need}`"


def _slice_said(by: str, words: Words) -> str:
    return " × ".join(words(f"metrics.by.{part}") for part in by.split("×")).lower()


def told(card: str, lang: str = "en") -> str:
    """The entry on one card as Markdown."""
    words, one = Words(lang), entry(card, lang)
    lines = [f"## {card} {one.name}", ""]
    lines += [f"**{words(f'cards.label.{part}')}** {getattr(one, part)}\n" for part in PARTS]
    if one.statements:
        lines += [f"**{words('cards.label.statements')}** {', '.join(one.statements)}\n"]
    if card == ZONES:
        lines += [words("cards.zones")]
    for metric in one.metrics:
        lines += [f"- **{words(f'metrics.{metric.id}.title')}** (`{metric.id}`): {words(f'metrics.{metric.id}.meaning')}."]
        lines += ["  " + " ".join(f"{label}: {text}." for label, text in facts(metric, words))]
    return "\n".join(lines) + "\n"


def book(lang: str = "en") -> str:
    """The whole dictionary as Markdown, in the order of the cards."""
    words = Words(lang)
    head = [f"# {words('cards.label.title')}", "", words("cards.label.about", cards=len(CARDS), metrics=len(BY_ID)), ""]
    return "\n".join([*head, *(told(card, lang) for card in CARDS)])
