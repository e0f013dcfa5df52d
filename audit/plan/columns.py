"""The columns of the client's book of the plan, and the closed words that its lists offer."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from audit.words import LANGUAGES, Words

DECISIONS = ("agree", "postpone", "decline")
HORIZONS = ("tactical", "strategic")
EFFORTS = ("low", "medium", "high")
LISTS = {"decision": DECISIONS, "horizon": HORIZONS, "effort": EFFORTS}
_STEERING = {"Cc", "Cs", "Co"}  # control characters, halves of characters
_BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
LONGEST = 2000  # letters of a cell


@dataclass(frozen=True)
class Column:
    """One column. `kind`: text, list, date, number (in the metric's unit), money, whole; `open`: the client may always write in it."""

    name: str
    kind: str
    width: int
    open: bool = False
    own: bool = False  # the client may write in it in rows of their own

    def head(self, words: Words) -> str:
        """The heading."""
        return words(f"plan.column.{self.name}")


COLUMNS = (
    Column("action_id", "text", 17), Column("rank", "whole", 7), Column("zone", "text", 26, own=True), Column("title", "text", 28, own=True), Column("what", "text", 44, own=True),
    Column("horizon", "list", 14, own=True), Column("decision", "list", 13, open=True), Column("owner", "text", 20, open=True), Column("start_on", "date", 12, open=True),
    Column("due_on", "date", 12, open=True), Column("done_on", "date", 12, open=True), Column("client_priority", "whole", 11, open=True),
    Column("proposed_priority", "whole", 13), Column("metric", "text", 20, own=True), Column("baseline", "number", 13, own=True), Column("target", "number", 13, open=True),
    Column("expected_gain", "money", 15), Column("gain_low", "money", 15), Column("gain_high", "money", 15), Column("effort", "list", 11, open=True),
    Column("detectable", "text", 16), Column("seen_on", "date", 16), Column("state", "text", 17), Column("comment", "text", 36, open=True), Column("order", "number", 8),
)
AT = {column.name: place for place, column in enumerate(COLUMNS)}


def plain(text: object, longest: int = LONGEST) -> str:
    """Text without characters that steer a page or a terminal, in one line, no longer than `longest`.

    >>> plain(" a\\u202eb\\n c ")
    'ab c'
    """
    lined = re.sub(r"[ \t\r\n]+", " ", str(text))
    short = "".join(char for char in lined if char not in _BIDI and unicodedata.category(char) not in _STEERING).strip()
    return short if len(short) <= longest else short[:longest - 1] + "…"


def folded(text: object) -> str:
    """Text as it is compared: without case, spaces around and marks of ё."""
    return " ".join(plain(text).casefold().replace("ё", "е").split())


@cache
def meanings(name: str) -> dict[str, str]:
    """Words of a list in every language, and its codes, → code."""
    codes = LISTS[name]
    return {folded(Words(lang)(f"plan.word.{name}.{code}")): code for lang in LANGUAGES for code in codes} | {code: code for code in codes}


@cache
def headings() -> dict[str, str]:
    """Headings in every language → name of the column."""
    return {folded(column.head(Words(lang))): column.name for lang in LANGUAGES for column in COLUMNS}
