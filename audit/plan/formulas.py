"""The locked formulas of the client's book: gain by target, order, rank, gain of what is agreed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from audit.plan.columns import AT, EFFORTS
from audit.plan.draft import EFFORT
from audit.plan.rows import MOST, priority, worth
from audit.words import Words

_GAINS = ("expected_gain", "gain_low", "gain_high")
_STEP = 1e12  # one priority outweighs any gain
_LAST = MOST + 4


class Formulas:
    """Formulas of a table that lies in the rows `first` to `last` (from 0), with the values that they give at first."""

    def __init__(self, words: Words, first: int, last: int):
        from xlsxwriter.utility import xl_col_to_name

        self.words, self.first, self.last = words, first, last
        self.letter = {name: xl_col_to_name(at) for name, at in AT.items()}

    def of(self, name: str, place: int, row: Mapping[str, Any] | None) -> str:
        """The formula of a cell; empty where the column has none."""
        if name == "rank":
            return self._rank(place + 1)
        if name == "order":
            return self._order(place + 1)
        if name in _GAINS and row is not None:
            return self._gain(name, place + 1, row)
        return ""

    def value(self, name: str, row: Mapping[str, Any]) -> Any:
        """What the formula gives as long as nobody edits."""
        if name == "order":
            return (_LAST if row["decision"] == "decline" else priority(dict(row))) * _STEP - worth(dict(row))
        return row[name]

    def agreed(self, name: str, rows: Iterable[Mapping[str, Any]]) -> tuple[str, float]:
        """Σ of a column over agreed rows, and its value at first."""
        word = self.words("plan.word.decision.agree")
        formula = f'=SUMIF({self._range("decision")},"{word}",{self._range(name)})'
        return formula, sum(row[name] or 0.0 for row in rows if row["decision"] == "agree")

    def _range(self, name: str) -> str:
        return f"${self.letter[name]}${self.first + 1}:${self.letter[name]}${self.last + 1}"

    def _cell(self, name: str, line: int) -> str:
        return f"${self.letter[name]}{line}"

    def _gain(self, name: str, line: int, row: Mapping[str, Any]) -> str:
        """The promised gain, as much of it as the target leaves of the promised way."""
        promised, target, baseline = row["full"][name], row["full"]["target"], row["baseline"]
        if promised is None:
            return ""
        if target is None or baseline is None or target == baseline:
            return f"={promised!r}"
        cell = self._cell("target", line)
        return f"=IF(ISNUMBER({cell}),{promised!r}*({cell}-({baseline!r}))/({target!r}-({baseline!r})),{promised!r})"

    def _order(self, line: int) -> str:
        """Priority first, gain for effort second; small is early; nothing in an empty row."""
        cell = {name: self._cell(name, line) for name in AT}
        words = {code: self.words(f"plan.word.effort.{code}") for code in EFFORTS}
        effort = f'IF({cell["effort"]}="{words["low"]}",{EFFORT["low"]},IF({cell["effort"]}="{words["high"]}",{EFFORT["high"]},{EFFORT["medium"]}))'
        level = f'IF(ISNUMBER({cell["client_priority"]}),{cell["client_priority"]},IF(ISNUMBER({cell["proposed_priority"]}),{cell["proposed_priority"]},{MOST}))'
        level = f'IF({cell["decision"]}="{self.words("plan.word.decision.decline")}",{_LAST},{level})'
        return f'=IF({cell["title"]}="","",{level}*1E+12-N({cell["expected_gain"]})/{effort})'

    def _rank(self, line: int) -> str:
        cell = self._cell("order", line)
        return f'=IF(ISNUMBER({cell}),RANK({cell},{self._range("order")},1),"")'
