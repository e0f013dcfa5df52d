"""What the writers of all systems share: the truth to export, what a system can carry, and ways to write."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

MSK = "+03:00"


def flat(frame: pd.DataFrame) -> list[dict]:
    """Rows, missing values as None."""
    return [{name: None if pd.isna(value) else value for name, value in row.items()} for row in frame.to_dict("records")]


def sure(number: str | None) -> int | None:
    """A number of an id that may be missing."""
    return None if number is None else int(number)


@dataclass(frozen=True)
class Truth:
    """What there is to export. deals: one row a deal with names of people, clients, stages; history: entity_id, to_stage, entered_at."""

    deals: pd.DataFrame
    history: pd.DataFrame
    stages: list[tuple[str, str]]  # (name, open | won | lost) in order
    users: dict[str, str]  # name → number
    clients: dict[str, str]  # name → number
    actions: pd.DataFrame  # calls, tasks, meetings, letters with the name of their owner
    leads: pd.DataFrame
    payments: pd.DataFrame
    receivables: pd.DataFrame

    @property
    def rows(self) -> list[dict]:
        """The deals, missing values as None."""
        return flat(self.deals)

    @property
    def moves(self) -> list[dict]:
        """The history with the stage before, oldest first; `new` marks the record of a deal's creation.

        The log of the sample begins later than its deals: what an older one was before is not known, so it is given the stage before in order.
        """
        past = self.history.sort_values(["entity_id", "entered_at"], kind="stable")
        born = past["entity_id"].map(self.deals.set_index("deal_id")["created_at"])
        order = [name for name, _ in self.stages]
        before = past.groupby("entity_id")["to_stage"].shift(1)
        new = before.isna() & (past["entered_at"] - born < pd.Timedelta(minutes=5))
        guess = past["to_stage"].map({name: order[max(place - 1, 0)] for place, name in enumerate(order)})
        before = before.fillna(guess).mask(new)
        return [{"deal": deal, "to": to, "at": at, "from": None if pd.isna(was) else was}
                for deal, to, at, was in zip(past["entity_id"], past["to_stage"], past["entered_at"], before, strict=True)]


@dataclass(frozen=True)
class System:
    """A shape of export: how it is written, and what it can carry. `times` is the precision of dates: s, D (days)."""

    name: str
    write: Callable[[Truth, Path], None]
    times: str = "s"
    whole_amounts: bool = False
    lacks: frozenset[str] = frozenset()  # columns of deals that the shape has no place for
    history: bool = False
    given_name_first: bool = False  # first and last names are columns of their own, so people are called Иван Иванов
    kinds: frozenset[str] = frozenset()  # of actions that it has a place for
    about: frozenset[str] = frozenset({"deal"})  # what they may be bound to
    dues: str = "s"  # precision of due dates: s, min, D
    no_due: frozenset[str] = frozenset()  # kinds of actions with one moment only
    lengths: str = "s"  # of calls: s, min
    leads: dict[str, str] | None = None  # what it can say of the ends of leads; a missing one is not exported
    ends_in_stages: bool = True  # False where the outcome is a field of its own and no stage is won or lost


def sheet(path: Path, rows: Iterable[dict], encoding: str = "utf-8", separator: str = ",", quoting: int = csv.QUOTE_MINIMAL, tail: str = "", end: str = "") -> None:
    """A delimited file; `tail` ends every line, `end` the file."""
    rows = list(rows)
    text = io.StringIO()
    heads = list(rows[0])
    for cells in (heads, *(["" if row[head] is None else row[head] for head in heads] for row in rows)):
        line = io.StringIO()
        csv.writer(line, delimiter=separator, quoting=quoting).writerow(cells)
        text.write(line.getvalue().removesuffix("\r\n") + tail + "\r\n")
    path.write_bytes((text.getvalue() + end).encode(encoding))


def page(path: Path, content: object) -> None:
    """A JSON file."""
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")


def ru(moment: pd.Timestamp | None, day: bool = False) -> str | None:
    """`31.10.2026 23:59:59`."""
    return None if moment is None else pd.Timestamp(moment).strftime("%d.%m.%Y" if day else "%d.%m.%Y %H:%M:%S")


def iso(moment: pd.Timestamp | None, zone: str = MSK) -> str | None:
    """`2026-10-31T23:59:59+03:00`."""
    return None if moment is None else pd.Timestamp(moment).strftime("%Y-%m-%dT%H:%M:%S") + zone


def utc(moment: pd.Timestamp | None) -> pd.Timestamp | None:
    """The same moment in UTC, for systems that store it so."""
    return None if moment is None else pd.Timestamp(moment).tz_localize("Europe/Moscow").tz_convert("UTC").tz_localize(None)


def unix(moment: pd.Timestamp | None) -> int | None:
    """Seconds since 1970."""
    return None if moment is None else int(utc(moment).timestamp())
