"""What `technique_effects` gives back: techniques with status, alarms, who uses them, as dicts, frames, JSON, picture and HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audit.errors import Phrase, UsageError, nearest
from audit.knowledge.effects.leaks import Check
from audit.knowledge.effects.status import STATUSES, Rule
from audit.words import LANGUAGES, Words

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.figure import Figure

SIGNIFICANT = 8
HEADS = ("technique", "status", "uses", "with_without", "lift", "why")


@dataclass(frozen=True, repr=False)
class Techniques:
    """Techniques of one run.

    Frames: `sellers` a row a technique and seller (use and own effect with intervals), `adoption` a row a technique, seller and month, `spread` a row a
    technique, `lessons` who could teach whom what. `alarm` is the check of the placebos, `counts` what was read and left out.
    """

    rows: list[dict[str, Any]]
    placebos: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    alarm: Check
    sellers: pd.DataFrame = field(repr=False)
    adoption: pd.DataFrame = field(repr=False)
    spread: pd.DataFrame = field(repr=False)
    lessons: pd.DataFrame = field(repr=False)
    counts: dict[str, int]
    rule: Rule
    lang: str = "en"

    def __getitem__(self, name: str) -> dict[str, Any]:
        """The entry of a technique, or of a placebo, by its id; UsageError for another."""
        known = {one["id"]: one for one in (*self.rows, *self.placebos)}
        if name not in known:
            raise UsageError("errors.unknown_name", kind="technique", name=name, nearest=nearest(name, list(known)))
        return worded(known[name], Words(self.lang))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ordered(self) -> list[dict[str, Any]]:
        """Entries with the proven first, then candidates; the larger lift first."""
        rank = {name: place for place, name in enumerate(("proven", "candidate", "cannot tell", "draft", "retired"))}
        return sorted(self.rows, key=lambda one: (rank[one["status"]], -(one["lift"] if one["lift"] is not None else -2), one["id"]))

    @property
    def frame(self) -> pd.DataFrame:
        """One row a technique: the fields of techniques.json without the nested ones; `adjusted_for` as text."""
        import pandas as pd

        words = Words(self.lang)
        rows = [worded(one, words) | {"adjusted_for": ", ".join(one["adjusted_for"])} for one in self.ordered]
        return pd.DataFrame([{name: value for name, value in row.items() if not isinstance(value, dict | list)} for row in rows])

    def to_json(self, path: str | os.PathLike | None = None) -> dict[str, Any]:
        """The dict of techniques.json; written to `path` when given."""
        words = Words(self.lang)
        content = worded({
            "schema": 1, "techniques": self.ordered, "placebos": self.placebos, "candidates": self.candidates, "alarm": self.alarm,
            "lessons": self.lessons.to_dict("records"), "counts": self.counts, "rule": self.rule._asdict(),
            "statuses": {name: sum(one["status"] == name for one in self.rows) for name in STATUSES},
            "told": {lang: self._told(Words(lang)) for lang in LANGUAGES},
        }, words)
        if path is not None:
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    def _told(self, words: Words) -> dict[str, Any]:
        """What a page in another language than the run's needs: the reason of each status and what the placebos say."""
        return {"alarm": self.alarm.detail.told(words), "why": {one["id"]: one["why"].told(words) for one in self.ordered}}

    def plot(self) -> Figure:
        """The lift of each technique with its interval, coloured by status."""
        from audit.knowledge.effects.plot import plot

        return plot(self)

    def __repr__(self) -> str:
        proven = sum(one["status"] == "proven" for one in self.rows)
        return f"<Techniques: {proven} of {len(self.rows)} proven; .frame .sellers .adoption .spread .lessons .plot() .to_json()>"

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        alarm = f"<p>{escape(self.alarm.detail.told(words))}</p>"
        if not self.rows:
            return f"<p>{escape(words('techniques.none'))}</p>{alarm}"
        heads = "".join(f"<th>{escape(words('techniques.head.' + name))}</th>" for name in HEADS)
        body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells(one, words))}</tr>" for one in self.ordered)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{alarm}<p>{escape(words('techniques.association'))}</p>"


def cells(one: dict[str, Any], words: Words) -> list[str]:
    """One table row: title, status, uses of opportunities, success with and without, lift with interval, why."""
    lift = "–"
    if one["lift"] is not None:
        lift = f"{words.points(one['lift'], 1)} ({words.between(words.points(one['low'], 1), words.points(one['high'], 1))})"
    return [one["title"], words("techniques.status." + one["status"].replace(" ", "_")), words("techniques.uses", uses=words.number(one["uses"]),
            opportunities=words.number(one["opportunities"])), f"{words.share(one['success_with'])} / {words.share(one['success_without'])}", lift, one["why"].told(words)]


def worded(value: Any, words: Words) -> Any:
    """Phrases as text, checks as dicts, numbers to eight significant digits, not-a-number to None, through dicts and lists."""
    if isinstance(value, Phrase):
        return value.told(words)
    if isinstance(value, Check):
        return {"name": value.name, "passed": value.passed, "detail": value.detail.told(words)}
    if isinstance(value, dict):
        return {name: worded(part, words) for name, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [worded(part, words) for part in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.{SIGNIFICANT}g}") if np.isfinite(value) else None
    return value
