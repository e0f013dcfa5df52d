"""Which column of a printed report of debts is what, by the words of its header."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from audit.intake.parse import number_style, parse_numbers
from audit.intake.text import norm

_LABEL = re.compile(r"^(?:счет|сметка|покупатель|контрагент|клиент|заказчик|дебитор|партньор|customer)")
_END = re.compile(r"конец|кон\.|конечн|крайн|исходящ")
_START = re.compile(r"начал|нач\.|входящ")
_DEBIT, _CREDIT = re.compile(r"дебет|дебит|долг|задолж"), re.compile(r"кредит|аванс|предопл")
_CAME, _WENT = re.compile(r"приход|увелич|продан|отгруж|реализ|начислен"), re.compile(r"расход|уменьш|оплат|погаш")
_NOT_DUE = re.compile(r"не просроч|непросроч|не наступил|в срок|not due|current|непросроч|в падеж")
_BETWEEN = re.compile(r"(?:^|от |с |/ )(\d{1,3})\s*(?:-|–|—|до|по)\s*(\d{1,3})(?:\s*(?:дн|дней|дня|день|days|ден|дни).*)?$")
_OVER = re.compile(r"(?:свыше|более|больше|старше|над|over|>)\s*(\d{1,3})|(?:^|/ )(\d{1,3})\s*\+|от (\d{1,3}) дн")


@dataclass(frozen=True)
class Bucket:
    """One class of age. `days` is its middle, of an open class its first day, 0 when not due."""

    column: int
    name: str
    days: float


@dataclass
class Columns:
    """Places of the columns of a report."""

    label: int = 0
    tax: int | None = None
    contract: int | None = None
    document: int | None = None
    start: int | None = None
    start_debit: int | None = None
    start_credit: int | None = None
    came: int | None = None
    went: int | None = None
    end: int | None = None
    end_debit: int | None = None
    end_credit: int | None = None
    buckets: list[Bucket] = field(default_factory=list)
    plain: bool = False  # contract or document have columns of their own: every row is a record

    @property
    def owes(self) -> bool:
        """Whether the report says what is owed at its end."""
        return self.end is not None or self.end_debit is not None or len(self.buckets) >= 3

    @property
    def numeric(self) -> list[int]:
        """Every column of money that is known."""
        named = (self.start, self.start_debit, self.start_credit, self.came, self.went, self.end, self.end_debit, self.end_credit)
        return list(dict.fromkeys([column for column in named if column is not None] + [bucket.column for bucket in self.buckets]))

    def balance(self, values: dict[int, np.ndarray]) -> np.ndarray | None:
        """Opening balance + what came − what went − closing balance of every row; None when a part is missing."""
        if self.came is None or self.went is None or not self.owes or self.buckets:
            return None

        def net(whole: int | None, debit: int | None, credit: int | None) -> np.ndarray:
            if whole is not None:
                return np.nan_to_num(values[whole])
            size = len(next(iter(values.values())))
            return sum((sign * np.nan_to_num(values[one]) for sign, one in ((1, debit), (-1, credit)) if one is not None), np.zeros(size))

        return (net(self.start, self.start_debit, self.start_credit) + np.nan_to_num(values[self.came]) - np.nan_to_num(values[self.went])
                - net(self.end, self.end_debit, self.end_credit))


def aged(heads: list[str]) -> bool:
    """Whether a table splits debts by age: three columns of classes or more."""
    last = [norm(head).rsplit("/", 1)[-1].strip() for head in heads]
    return sum(bool(_NOT_DUE.search(word) or _BETWEEN.search(word) or _OVER.search(word)) for word in last) >= 3


def classify(heads: list[str], grid: list[list]) -> Columns | None:
    """The columns of a report of debts; None when no column names who owes."""
    words = [norm(head) for head in heads]
    label = next((at for at, word in enumerate(words) if _LABEL.match(word)), None)
    if label is None:
        return None
    found = Columns(label=label)
    for at, word in enumerate(words):
        if at == label:
            continue
        if "инн" in word.split() or word.endswith(("инн", "еик")):
            found.tax = at
        elif word.startswith("договор") and found.contract is None:
            found.contract = at
        elif word.startswith(("документ", "накладная", "счет-фактура", "фактура")) and found.document is None:
            found.document = at
        else:
            _money(found, at, word, heads[at])
    if not found.owes and found.contract is None and found.document is None:
        _by_place(found, words, grid)
    if found.tax is None and label + 1 < len(heads) and label + 1 not in found.numeric and words[label + 1].startswith("column "):
        found.tax = label + 1
    found.plain = found.contract is not None or found.document is not None or bool(found.buckets and not _deep(grid, label))
    return found


def _money(found: Columns, at: int, word: str, head: str) -> None:
    last = word.rsplit("/", 1)[-1].strip()
    if _NOT_DUE.search(word):
        found.buckets.append(Bucket(at, head, 0.0))
    elif between := _BETWEEN.search(last):
        low, high = int(between[1]), int(between[2])
        found.buckets.append(Bucket(at, head, (max(low, 1) + high) / 2))
    elif over := _OVER.search(last):
        size = 365 if "год" in last or "year" in last else 1
        found.buckets.append(Bucket(at, head, size * float(next(int(part) for part in over.groups() if part)) + 1))
    elif _END.search(word):
        _side(found, "end", at, last)
    elif _START.search(word):
        _side(found, "start", at, last)
    elif word.startswith("оборот"):
        found.came, found.went = (at, found.went) if _DEBIT.search(last) else (found.came, at) if _CREDIT.search(last) else (found.came, found.went)
    elif "предопл" not in word and _CAME.search(word) and found.came is None:
        found.came = at
    elif "предопл" not in word and _WENT.search(word) and found.went is None:
        found.went = at


def _side(found: Columns, which: str, at: int, last: str) -> None:
    """Debit, credit or both at the start or the end of the period."""
    name = f"{which}_credit" if _CREDIT.search(last) else f"{which}_debit" if _DEBIT.search(last) else which
    if getattr(found, name) is None:
        setattr(found, name, at)


def _by_place(found: Columns, words: list[str], grid: list[list]) -> None:
    """A report whose eight columns of money have no names that tell: debts and advances at the end are the last two."""
    money = range(found.label + 2, found.label + 10)
    filled = sum(any(isinstance(row[at], float) for row in grid) for at in money if at < len(words))
    if len(words) == found.label + 10 and filled >= 3 and found.tax in (None, found.label + 1):
        found.end_debit, found.end_credit = money[6], money[7]


def _deep(grid: list[list], label: int) -> bool:
    from audit.intake.read import levels

    return any(levels.of(str(row[label]).strip(), "") in (levels.CONTRACT, levels.DOCUMENT, levels.ACCOUNT) for row in grid)


def numbers_of(grid: list[list], column: int) -> np.ndarray:
    """The numbers of a column, NaN where a cell holds none."""
    cells = [row[column] for row in grid]
    known = np.array([cell if isinstance(cell, float) else np.nan for cell in cells])
    text = pd.Series(["" if isinstance(cell, float) else str(cell) for cell in cells], dtype="str")
    parsed, _ = parse_numbers(text, number_style(text).mark or ",", known)
    return parsed.values.to_numpy(dtype="float64")
