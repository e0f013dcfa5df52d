"""What the planning aid gives: schedules of a roll-out, what each can show and when, and the order that is suggested."""

from __future__ import annotations

import datetime as dt
import html
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.words import Words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_COLUMNS = ("schedule", "last_start", "delay", "detectable", "seen", "against")


@dataclass(frozen=True)
class Stagger:
    """Schedules of one roll-out; `schedules` has a dict each, from all at once to the most steps.

    Fields: steps (groups that start one after another), every_months (between two starts), last_start_on, delay_months (mean of units after the first
    start), detectable (least effect that shows after `months`, two-sided 0.05 with power 0.8, in the metric's unit, > 0; None where none does), seen_after_months
    and seen_on (of the target, None without one and where it does not show within two years), against (`others`: units that have not started in the
    same months; `before`: only months before, so season and all else that changes are in it), df, suggested. `order` has a dict a unit of the
    suggested schedule: unit, group (1 first), start_on, rows_per_month, level. `spread`: the variances behind it (`audit.stats.stagger.Components`), on the
    scale of the outcome.
    """

    schedules: tuple[dict[str, Any], ...]
    order: tuple[dict[str, Any], ...]
    spread: dict[str, float]
    history: dict[str, Any]
    months: int
    wait: int
    target: float | None
    lang: str
    unit: str | None = None  # of the metric: share, money, days …
    currency: str = ""
    notes: tuple[str, ...] = ()

    @property
    def suggested(self) -> dict[str, Any]:
        """The suggested schedule."""
        return next(one for one in self.schedules if one["suggested"])

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a schedule."""
        import pandas as pd

        return pd.DataFrame(list(self.schedules))

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """Everything as a dict; also written to `path` when given."""
        content = {"schema": 1, "months": self.months, "wait_months": self.wait, "target_change": self.target, "unit": self.unit, "history": self.history,
                   "spread": self.spread, "schedules": [_plain(one) for one in self.schedules], "order": [_plain(one) for one in self.order],
                   "notes": list(self.notes)}
        if path is not None:
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    def plot(self) -> Figure:
        """The least effect of each schedule, the suggested one marked, the target as a line."""
        from audit.plan.plot import least_effects

        words = Words(self.lang)
        rows = [(self._name(one, words), one["detectable"], one["suggested"]) for one in self.schedules]
        return least_effects(rows, self.target, words("plan.stagger.column.detectable"), words("plan.stagger.target"))

    def told(self, lang: str | None = None) -> str:
        """What the console says: a line a schedule, the order of units, what it rests on."""
        words = Words(lang or self.lang)
        names = [name for name in ("schedule", "delay", "detectable", "seen", "against") if name != "seen" or self.target is not None]
        lines = [words("plan.stagger.head", units=self.history["units"], history=self.history["months"], months=self.months)]
        lines += [("→ " if one["suggested"] else "  ") + " · ".join(self._cells(one, words)[name] for name in names)
                  for one in self.schedules]
        lines += ["", words("plan.stagger.order")]
        for start in sorted({one["start_on"] for one in self.order}):
            lines.append(f"  {words.date(start, 'medium')}: {', '.join(one['unit'] for one in self.order if one['start_on'] == start)}")
        return "\n".join([*lines, "", *(words(f"plan.stagger.note.{name}") for name in self.notes)])

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        head = "".join(f"<th>{html.escape(words(f'plan.stagger.column.{name}'))}</th>" for name in _COLUMNS)
        body = "".join(f"<tr>{''.join(_cell(self._cells(one, words)[name], one['suggested']) for name in _COLUMNS)}</tr>" for one in self.schedules)
        units = "".join(f"<li>{html.escape(words.date(one['start_on'], 'medium'))}: {html.escape(one['unit'])}</li>" for one in self.order)
        notes = "".join(f"<p>{html.escape(words(f'plan.stagger.note.{name}'))}</p>" for name in self.notes)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{html.escape(words('plan.stagger.order'))}</p><ul>{units}</ul>{notes}"

    def _cells(self, one: dict[str, Any], words: Words) -> dict[str, str]:
        seen = one["seen_on"]
        return {
            "schedule": self._name(one, words), "last_start": words.date(one["last_start_on"], "medium"),
            "delay": words("plan.stagger.delay", months=words.number(one["delay_months"], 1)),
            "detectable": words("plan.stagger.least", step=self._step(one["detectable"], words)) if one["detectable"] is not None else words("plan.stagger.untold"),
            "seen": "–" if self.target is None else words("plan.done.seen", date=words.date(seen, "medium")) if seen else words("plan.book.unseen"),
            "against": words(f"plan.stagger.against.{one['against']}"),
        }

    @staticmethod
    def _name(one: dict[str, Any], words: Words) -> str:
        return words("plan.stagger.at_once") if one["steps"] == 1 else words("plan.stagger.steps", n=one["steps"], months=one["every_months"])

    def _step(self, value: float, words: Words) -> str:
        """A change in the metric's unit."""
        if self.unit == "share":
            return words.points(value, 1)
        if self.unit == "money":
            return words.money(value, self.currency)
        text = words.number(value, max(0, min(6, 1 - math.floor(math.log10(value)))) if value > 0 else 1)
        return words("zones.days", value=text) if self.unit == "days" else text


def _cell(text: str, strong: bool) -> str:
    return f"<td><b>{html.escape(text)}</b></td>" if strong else f"<td>{html.escape(text)}</td>"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}
