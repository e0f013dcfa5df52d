"""What the sections of the daily pack say again and again: a section, a table of rows, what is not known, a task in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from audit.report.block import Block, section
from audit.report.markup import el, join, table
from audit.report.numbers import good

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp

Row = Mapping[str, Any]
FIRST = 10  # rows of a list; the workbook has all


class Column(NamedTuple):
    """A column of a table: its name in the catalogue, how a row is told, whether it is a number."""

    name: str
    cell: Callable[[Row], object]
    numeric: bool = False


def framed(report: StandUp, name: str, *body: object, lead: object = None, class_: str | None = None) -> Block:
    """A section with its heading of the catalogue."""
    return section(report.page, name, report.words(f"standup.{name}.heading"), *body, lead=lead, class_=class_)


def listed(report: StandUp, caption: str, rows: Sequence[Row], columns: Sequence[Column], *, first: int = FIRST, class_: str | None = "dense") -> Markup | None:
    """A table of the first of `rows`, with a note on how many more the workbook has; None without rows."""
    if not rows:
        return None
    head = [report.words(f"standup.column.{column.name}") for column in columns]
    numeric = [at for at, column in enumerate(columns) if column.numeric]
    made = table(caption, head, [[column.cell(row) for column in columns] for row in rows[:first]], numeric=numeric, class_=class_)
    more = len(rows) - first
    return join([made, el("p", report.say("standup.rest", n=more, more=report.numbers.count(more)), class_="note rest") if more > 0 else None])


def unknown(report: StandUp, *parts: str) -> Markup | None:
    """A note on the parts that the data do not carry, with what they lack."""
    told = [report.words("standup.lacks", part=report.words(f"standup.part.{name}"), lacks=", ".join(what)) for name in parts
            if (what := report.content["lacks"].get(name))]
    return el("p", " ".join(told), class_="note") if told else None


def who(report: StandUp, row: Row) -> str:
    """The seller of a row; where there is none, so."""
    return row["owner"] or report.words("standup.nobody")


def unit(report: StandUp, row: Row, entity: str, key: str) -> str:
    """A deal, lead or invoice as it can be found in the CRM, with its client where that is shown."""
    told = report.words(f"standup.unit.{entity}", id=row[key])
    return f"{told} · {row['client']}" if row.get("client") else told


def of_call(report: StandUp, row: Row) -> str:
    """The deal or request that a call was about; a dash where it is not known."""
    return unit(report, row, row["entity"], "entity_id") if row["entity"] in ("deal", "lead") and row["entity_id"] else "–"


def signed(report: StandUp, value: float) -> str:
    """Money with its sign."""
    return ("+" if value > 0 else "") + report.numbers.money(value)


def waited(report: StandUp, minutes: float | None) -> str:
    """Working time that somebody waits, in minutes or hours; a dash where it is not known."""
    if not good(minutes):
        return "–"
    return report.numbers.value("minutes", round(minutes)) if minutes < 120 else report.numbers.value("hours", minutes / 60)


def total(rows: Iterable[Row], name: str) -> float:
    """The sum of a column."""
    return sum(float(row[name]) for row in rows if good(row.get(name)))
