"""What the metrics need and the data lack: which cards each gap blocks, and the few files that would open most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from audit.metrics.bases import Bases
from audit.metrics.catalogue import METRICS
from audit.metrics.declare.metric import Metric
from audit.metrics.facts import FACTS
from audit.metrics.statements import answerable, statements
from audit.passport.facts import Fact, Severity
from audit.schema import BY_NAME

MOST = 3  # files to ask the client for
HEAVY = 3  # so many cards lost make a gap serious
# facts that a file can supply; the others say that the client's own records hold no such case
SUPPLIED: dict[str, tuple[str, ...]] = {
    "plans": ("plans",), "norms": ("norms",), "activities of leads": ("activities",), "contacts of leads": ("activities",),
    "planned actions of deals": ("activities",), "done actions of deals": ("activities",), "signs of open deals": ("activities",),
    "incoming calls": ("activities",), "pairs of activities": ("activities",), "deals won or payments": ("payments", "deals"),
}
# columns that a table needs to be linked at all, beyond those that metrics name
TIES: dict[str, tuple[str, ...]] = {
    "activities": ("owner_id", "entity", "entity_id"), "stage_history": ("entity_id",), "deals": ("owner_id",), "leads": ("owner_id",),
    "payments": ("client_id",), "invoices": ("client_id", "due_on"), "receivables": ("client_id", "due_on"), "users": ("name",), "plans": ("metric",),
}
# ids that intake gives itself: nobody need be asked for them
NUMBERED = {"users": ("user_id",), "clients": ("client_id",), "activities": ("activity_id",), "payments": ("payment_id",), "plans": ("plan_id",),
            "invoices": ("invoice_id",), "contacts": ("contact_id",), "receivables": ("as_of",)}


@dataclass(frozen=True)
class Request:
    """One file to ask for: its table, the columns that must be in it, and what it would open in this order of asking."""

    table: str
    columns: tuple[str, ...]
    anew: bool  # the table is there and lacks columns
    statements: tuple[str, ...]
    cards: tuple[str, ...]
    metrics: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        """As it stands in passport.json."""
        return {"table": self.table, "columns": list(self.columns), "anew": self.anew, "statements": list(self.statements),
                "cards": list(self.cards), "metrics": list(self.metrics)}


def unmet(bases: Bases, metrics: Iterable[Metric] = METRICS) -> dict[str, tuple[str, ...]]:
    """Metric → its needs that are not met; facts about rows are asked only where all columns are there."""
    found = {}
    for metric in metrics:
        plain = tuple(need for need in metric.needs if need not in FACTS or need in ("plans", "norms"))
        lacking = tuple(need for need in plain if bases.lacks(need))
        if not lacking:
            lacking = tuple(need for need in metric.needs if need not in plain and bases.lacks(need))
        if lacking:
            found[metric.id] = lacking
    return found


def needed(table: str) -> list[str]:
    """Columns of `table` that any metric names and a source gives, in the order of the schema."""
    named = {one for metric in METRICS for need in metric.needs if need not in FACTS for one in need.split("|")}
    return [column.name for column in BY_NAME[table].columns if f"{table}.{column.name}" in named and not column.computed]


def lacking(bases: Bases, missing: Mapping[str, tuple[str, ...]]) -> list[Fact]:
    """One finding a column, table or fact that is lacking, those that block most cards first: n metrics, blocks their cards.

    A table that is absent is one finding with all its columns; of a choice of columns the first names it; `alone` are the
    metrics that lack nothing else.
    """
    cards = {metric.id: metric.card for metric in METRICS}
    by_first: dict[str, dict[str, list[str]]] = {}  # what names the finding → need → metrics
    for metric, needs in missing.items():
        for need in needs:
            by_first.setdefault(_named(bases, need), {}).setdefault(need, []).append(metric)
    made = []
    for first, needs_of in by_first.items():
        metrics = list(dict.fromkeys(metric for named in needs_of.values() for metric in named))
        blocks = tuple(sorted({cards[metric] for metric in metrics}))
        severity: Severity = "serious" if len(blocks) >= HEAVY else "attention" if len(metrics) > 1 else "note"
        alone = [metric for metric in metrics if set(missing[metric]) <= set(needs_of)]
        made.append(Fact("lacking", _gap(bases, list(needs_of)), first, None, len(metrics), severity, len(METRICS), blocks,
                         {"needs": list(needs_of), "metrics": metrics, "alone": alone}))
    return sorted(made, key=lambda fact: (-len(fact.blocks), -(fact.n or 0), fact.where))


def _named(bases: Bases, need: str) -> str:
    first = need.split("|")[0]
    known = need in FACTS or any(bases.tables.filled(one.partition(".")[0]) for one in need.split("|"))
    return first if known else first.partition(".")[0]


def _gap(bases: Bases, needs_: list[str]) -> str:
    """What is missing: rows of a kind, a whole table, or a column of one that is there."""
    if all(need in FACTS and need not in SUPPLIED for need in needs_):
        return "rows"
    tables = {one.partition(".")[0] for need in needs_ for one in need.split("|")}
    return "table" if tables & {"plans", "norms"} or not any(bases.tables.filled(table) for table in tables) else "column"


def open_statements(missing: Iterable[str]) -> set[str]:
    """Statements of the method that at least one measurable metric answers."""
    return answerable({metric.id for metric in METRICS} - set(missing))


def ask(bases: Bases, missing: Mapping[str, tuple[str, ...]]) -> list[Request]:
    """Up to three files, each chosen to open the most statements beside those chosen before, then the most metrics.

    Of files that open nothing alone the one that meets most needs comes, if together with a later one it opens something.
    """
    chosen: list[str] = []
    tables = sorted({table for needs in missing.values() for need in needs for table in _tables(need)}, key=list(BY_NAME).index)
    made: list[Request] = []
    while len(chosen) < MOST:
        gains = {table: _gain(missing, chosen, table) for table in tables if table not in chosen}
        best = max(gains, key=lambda table: (*gains[table], -tables.index(table)), default=None)
        if best is None or not gains[best][2]:
            break
        made.append(_request(bases, missing, chosen, best))
        chosen.append(best)
    while made and not made[-1].metrics:
        made.pop()
    return made


def _tables(need: str) -> tuple[str, ...]:
    """Tables that can meet a need, none when no file can."""
    if need in SUPPLIED:
        return SUPPLIED[need]
    return () if need in FACTS else tuple(dict.fromkeys(one.partition(".")[0] for one in need.split("|")))


def left(missing: Mapping[str, tuple[str, ...]], given: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What stays unmet when the tables `given` come with every column."""
    have = set(given)
    still = {metric: tuple(need for need in needs if not have & set(_tables(need))) for metric, needs in missing.items()}
    return {metric: needs for metric, needs in still.items() if needs}


def _gain(missing: Mapping[str, tuple[str, ...]], chosen: list[str], table: str) -> tuple[int, int, int]:
    """(statements, metrics, needs) that `table` opens or meets beside the chosen ones."""
    before, after = left(missing, chosen), left(missing, [*chosen, table])
    opened = len(open_statements(after) - open_statements(before))
    return opened, len(before) - len(after), sum(map(len, before.values())) - sum(map(len, after.values()))


def _request(bases: Bases, missing: Mapping[str, tuple[str, ...]], chosen: list[str], table: str) -> Request:
    before, after = left(missing, chosen), left(missing, [*chosen, table])
    opened = [metric.id for metric in METRICS if metric.id in before and metric.id not in after]
    cards = tuple(dict.fromkeys(metric.card for metric in METRICS if metric.id in opened))
    new = open_statements(after) - open_statements(before)
    order = [one.id for one in statements() if one.id in new]
    return Request(table, _columns(bases, missing, before, table), bool(bases.tables.filled(table)), tuple(order), cards, tuple(opened))


def _columns(bases: Bases, missing: Mapping[str, tuple[str, ...]], before: Mapping[str, tuple[str, ...]], table: str) -> tuple[str, ...]:
    """Columns to ask for: those lacking that metrics name, and for a new table its essential ones and its ties."""
    named = {one.partition(".")[2] for needs in before.values() for need in needs if need not in FACTS for one in need.split("|")
             if one.partition(".")[0] == table and one.partition(".")[2]}
    have = bases.tables.filled(table)
    if not have:
        named |= {column.name for column in BY_NAME[table].columns if column.required} | set(TIES.get(table, ()))
        named |= set(needed(table))
    return tuple(column.name for column in BY_NAME[table].columns
                 if column.name in named and column.name not in have and not column.computed and column.name not in NUMBERED.get(table, ()))
