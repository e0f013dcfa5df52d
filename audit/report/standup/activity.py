"""The report by the metric of the day: what each seller did on the last working day, against the norm and the usual day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.markup import el, table
from audit.report.numbers import good
from audit.report.standup.parts import Row, framed, total, unknown

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp

ORDER = ("call_out", "call_in", "conversation", "meeting", "presentation", "measurement", "site_visit", "proposal", "email", "message", "task", "invoice", "deal")
_MOST = 8  # kinds beside each other


def activity(report: StandUp) -> Block:
    """Sellers by kinds: done of the norm; the running month likewise."""
    rows = selling(report.rows("day_report"))
    if not rows:
        return framed(report, "activity", unknown(report, "day_report"), el("p", report.words("standup.activity.none")) if report.has("day_report") else None)
    day = _grid(report, rows, "done", "norm", 1.0, report.words("standup.activity.day", day=report.words.date(report.since)))
    month = _grid(report, rows, "done_month", "norm_month", 0.0, report.words("standup.activity.month"))
    return framed(report, "activity", day, month, _sums(report, rows), lead=_lead(report, rows))


def kinds(rows: Sequence[Row]) -> list[str]:
    """The kinds worth a column: those with a norm, then those that are done most, in the order of a sale."""
    known = sorted({row["kind"] for row in rows})
    rank = {kind: (not any(good(row["norm"]) or good(row["norm_month"]) for row in rows if row["kind"] == kind), -total([row for row in rows if row["kind"] == kind], "done_month"))
            for kind in known}
    chosen = sorted(known, key=lambda kind: (rank[kind], kind))[:_MOST]
    return sorted(chosen, key=lambda kind: (ORDER.index(kind) if kind in ORDER else len(ORDER), kind))


def selling(rows: Sequence[Row]) -> list[Row]:
    """Rows of those who did something this month or have a norm."""
    busy = {row["owner"] for row in rows if (row["done_month"] or 0) > 0 or (row["norm_month"] or 0) > 0}
    return [row for row in rows if row["owner"] in busy]


def short(row: Row, done: str, norm: str, least: float) -> bool:
    """Whether less was done than the norm; one of less than `least` cannot be judged: of three meetings a week no day is owed one."""
    return good(row[done]) and good(row[norm]) and row[norm] >= least and row[done] < row[norm] - 1e-9


def _grid(report: StandUp, rows: Sequence[Row], done: str, norm: str, least: float, caption: str) -> Markup:
    columns, owners = kinds(rows), sorted({row["owner"] for row in rows})
    by = {(row["owner"], row["kind"]): row for row in rows}
    head = [report.words("standup.column.owner"), *(report.level("kind", kind) for kind in columns)]
    body = [[owner, *(_cell(report, by.get((owner, kind)), done, norm, least) for kind in columns)] for owner in owners]
    return table(caption, head, body, numeric=range(1, len(head)), class_="dense")


def _cell(report: StandUp, row: Row | None, done: str, norm: str, least: float) -> Markup:
    """Done, of the norm where there is one; below it marked."""
    if row is None or not good(row[done]):
        return Markup("–")
    told = report.numbers.count(row[done])
    if not good(row[norm]):
        return el("span", told)
    return el("span", told, el("span", " / ", report.numbers.value("count", row[norm]), class_="unit"), class_="loss" if short(row, done, norm, least) else None)


def _lead(report: StandUp, rows: Sequence[Row]) -> Markup | None:
    """How many of those with norms met them all on the day."""
    norms = [row for row in rows if good(row["norm"]) and row["norm"] >= 1]
    if not norms:
        return report.say("standup.activity.lead_plain", day=report.words.date(report.since))
    owners = {row["owner"] for row in norms}
    behind = {row["owner"] for row in norms if short(row, "done", "norm", 1.0)}
    return report.say("standup.activity.lead", day=report.words.date(report.since), n=len(owners), met=report.numbers.count(len(owners) - len(behind)), all=report.numbers.count(len(owners)))


def _sums(report: StandUp, rows: Sequence[Row]) -> Markup:
    """The department as a whole: a day against a usual one."""
    told = []
    for kind in kinds(rows):
        mine = [row for row in rows if row["kind"] == kind]
        usual = total(mine, "usual")
        told.append(report.words("standup.activity.sum", kind=report.level("kind", kind), done=report.numbers.count(total(mine, "done")), usual=report.numbers.value("count", usual)))
    return el("p", report.words("standup.activity.whole"), " ", "; ".join(told), ".", class_="note")
