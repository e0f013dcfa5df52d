"""What the cells of the client's book show of a row, in the client's language, money and units."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from audit.plan.columns import LISTS, Column, plain
from audit.plan.detect import LONGEST, detectable, seen_after
from audit.plan.measures import called
from audit.plan.people import People
from audit.plan.rows import Row
from audit.words import Words

SEVERAL = " × "
_FORMS = {"share": "0.0%", "days": "0.0", "count": "#,##0", "minutes": "0.0", "months": "0.0"}


class Shown:
    """Cells of rows in one language."""

    def __init__(self, words: Words, currency: str, as_of: dt.date, people: People):
        from babel.numbers import get_currency_symbol

        self.words, self.currency, self.as_of, self.people = words, currency, as_of, people
        symbol = get_currency_symbol(currency, locale=words.lang).replace('"', "")
        self.money = f'"{symbol}"#,##0' if words.lang == "en" and len(symbol) == 1 else f'#,##0\\ "{symbol}"'

    def speaking(self, lang: str) -> Shown:
        """The same in another language."""
        words = Words(lang)
        return Shown(words, self.currency, self.as_of, self.people.speaking(words))

    def id(self, row: Row) -> str:
        """The id of a change as the book shows it."""
        return self.people.id(row["action_id"])

    def form(self, row: Mapping[str, Any] | None, column: Column) -> str:
        """The number format of a cell, of a row that is yet empty when there is none."""
        if column.kind == "date" or (row and column.name == "seen_on" and isinstance(self.seen(row), dt.date)):
            return "dd.mm.yyyy"
        if column.kind == "money" or (row and column.kind == "number" and row["unit"] == "money"):
            return self.money
        if column.kind == "number":
            return _FORMS.get(str(row["unit"]), "#,##0.00") if row else "General"
        return "0" if column.kind == "whole" else "@" if column.open and column.kind == "text" else ""

    def cell(self, row: Row, column: Column) -> Any:
        """The value of a cell: text, number, day or None."""
        name = column.name
        special = {"action_id": self.id, "zone": self.zone, "metric": self.metric, "detectable": self.least, "seen_on": self.seen, "state": self.state,
                   "owner": lambda one: self.people.shown(one["owner"])}
        value = special[name](row) if name in special else row.get(name)
        if name in LISTS:
            return self.words(f"plan.word.{name}.{value}") if value else ""
        return plain(value) if isinstance(value, str) else value

    def zone(self, row: Row) -> str:
        """The growth zone in words."""
        if row["state"] == "own":
            return self.slice(row["scope"]) or self.words("plan.book.own_zone")
        labels = " × ".join(plain(self.people.label(name, label), 120) for name, label in row["scope"].items())
        return f"{labels or self.words('zones.whole')}: {self.metric(row)}"

    def slice(self, scope: Mapping[str, str]) -> str:
        """A slice as it is chosen from the list: dimension and level, several of them with ×; "" of the whole."""
        return SEVERAL.join(f"{self.dimension(name)}: {plain(self.people.label(name, label), 120)}" for name, label in scope.items())

    def dimension(self, name: str) -> str:
        """What a dimension is called; a free one by its own header."""
        return self.words(f"metrics.by.{name}") if self.words.has(f"metrics.by.{name}") else plain(name, 60)

    def metric(self, row: Row) -> str:
        """The metric in words."""
        return called(row["metric"], self.words) if row["metric"] else ""

    def in_unit(self, value: float | None, unit: str | None, *, step: bool = False) -> str:
        """A value in the metric's unit; a `step` of a share in points."""
        if unit == "share":
            return self.words.points(value, 1) if step else self.words.share(value, 1)
        if unit == "money":
            return self.words.money(value, self.currency, signed=step)
        text = self.words.number(value, 1, signed=step)
        return self.words("zones.days", value=text) if unit == "days" and value is not None else text

    def least(self, row: Row) -> str:
        """The least change that shows when the wait is over."""
        step = detectable(row)
        return self.words("plan.book.untold") if step is None else self.words("plan.book.least", step=self.in_unit(step, row["unit"], step=True))

    def seen(self, row: Mapping[str, Any]) -> dt.date | str:
        """The first day on which the target shows, from the start or else from the day of the findings; a warning where it does not."""
        days = seen_after(row)
        if days is not None:
            return (row["start_on"] or self.as_of) + dt.timedelta(days=days)
        known = detectable(row, LONGEST) is not None
        return self.words("plan.book.unseen" if known else "plan.book.untold")

    def state(self, row: Row) -> str:
        """How a row stands."""
        if row["decision"] == "agree" and row["agreed_at"]:
            told = self.words("plan.state.agreed", date=self.words.date(row["agreed_at"], "medium"))
            return told if row["state"] != "gone" else f"{told}; {self.words('plan.state.gone')}"
        return self.words(f"plan.state.{row['state']}")

    def joint(self, total: Mapping[str, Any] | None) -> str:
        """What the joint gain of the findings is, as zones overlap."""
        if not total or total.get("value") is None:
            return self.words("plan.book.no_joint")
        ends = self.words.between(*(self.words.money(total.get(end), self.currency) for end in ("low", "high")))
        return self.words("plan.book.joint", gain=self.words.money(total["value"], self.currency), interval=ends)
