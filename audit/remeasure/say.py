"""Effects and money as a person reads them, rounded to what they carry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from audit.errors import Phrase
from audit.words import Words


@dataclass(frozen=True)
class Day(Phrase):
    """A day (`key` in ISO form) inside of a message, as the language writes it."""

    def told(self, words: Words) -> str:
        """The date in words."""
        return words.date(dt.date.fromisoformat(self.key), "medium")


def in_unit(value: float | None, unit: str | None, words: Words, currency: str, *, step: bool = False) -> str:
    """A value of a metric; a `step` (a difference) is signed, of shares in points."""
    if value is None:
        return "–"
    if unit == "share":
        return words.points(value, 1) if step else words.share(value, 1)
    if unit == "money":
        return words.money(value, currency, signed=step)
    return words.number(value, 1, signed=step)


def effect_of(one: Mapping[str, Any], words: Words, currency: str) -> str:
    """The effect with its interval; a dash where there is none."""
    if one["effect"] is None:
        return "–"
    ends = [in_unit(one[name], one["unit"], words, currency, step=True) for name in ("low", "high")]
    return f"{in_unit(one['effect'], one['unit'], words, currency, step=True)} ({words.between(*ends)})"


def money_of(one: Mapping[str, Any], words: Words, currency: str) -> str:
    """Money a month with its interval; a dash where there is none."""
    found = one["money_per_month"] or {}
    if found.get("value") is None:
        return "–"
    return f"{words.money(found['value'], currency, signed=True)} ({words.between(*(words.money(found[name], currency, signed=True) for name in ('low', 'high')))})"


def totals_of(totals: Mapping[str, Any], words: Words, currency: str) -> str:
    """The money of all changes together beside what was promised for them; "" where none has money."""
    found = totals["per_month"]
    if found is None:
        return ""
    money = f"{words.money(found['value'], currency, signed=True)} ({words.between(*(words.money(found[name], currency, signed=True) for name in ('low', 'high')))})"
    return words("remeasure.told.total", money=money, promised=promise_of(totals, words.money(totals["promised"], currency), words))


def promise_of(totals: Mapping[str, Any], promised: str, words: Words) -> str:
    """What was promised, and for how many of the changes where the plan promised money for some only."""
    known, every = totals.get("promised_for"), totals.get("changes")
    return promised if known is None or known == every else words("remeasure.promised_for", promised=promised, known=words.number(known), every=words.number(every))
