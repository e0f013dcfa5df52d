"""What a file of words gives: talks of utterances, what could not be kept and why, and what was changed on the way."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from audit.knowledge.cases.clean import excerpt


@dataclass
class Said:
    """One utterance, letter, message or paragraph.

    `row` is its place in the file (line, row or number of the message, from 1) on its `sheet`; what was said in one row of a table shares it.
    `at` is its time; `offset` seconds since the talk began, where only that is told.
    """

    row: int
    text: str
    name: str | None = None  # the speaker as the file calls him
    side: str | None = None  # seller, client, None: not known
    at: dt.datetime | None = None
    offset: float | None = None
    language: str | None = None
    address: str | None = None  # the e-mail of who wrote a letter
    home: Found | None = None  # the file it comes from
    sheet: int = 0


@dataclass
class Talk:
    """One case as its file tells it: `fields` are values as written by name of the field, `hints` phones and e-mails of its people."""

    said: list[Said]
    fields: dict[str, str] = field(default_factory=dict)
    kind: str | None = None
    hints: list[str] = field(default_factory=list)
    own: str | None = None  # what tells it from the other talks of its file


class Refused(Exception):
    """A file that cannot be read; `args[0]` is the code of the reason."""


@dataclass(eq=False)
class Found:
    """One file: its talks, its refused rows (row, reason, excerpt) and counts of what was changed or left out of sight.

    `format` is the way it was read; `notes` count, by code, what is kept but was changed, and what contradicts.
    """

    file: str
    sha256: str = ""
    format: str = ""
    talks: list[Talk] = field(default_factory=list)
    refused: list[tuple[int | None, str, str]] = field(default_factory=list)
    notes: Counter = field(default_factory=Counter)
    kept: set[tuple[int, int]] = field(default_factory=set)  # (sheet, row) of what is in the texts

    def refuse(self, row: int | None, reason: str, what: object = "") -> None:
        """Set a row, or the whole file (None), aside with its reason."""
        self.refused.append((row, reason, excerpt(what)))
