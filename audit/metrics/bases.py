"""Enriched tables as they stood at the end of the as-of day; metrics and zones read only these."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import ibis
import ibis.expr.types as ir

from audit.calendar import WorkCalendar
from audit.client import Client
from audit.engine import IBIS, Tables
from audit.metrics import shape, work
from audit.metrics.stages import Stages
from audit.schema import BY_NAME

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
SMALL = 200_000  # rows

# slices every table may have; where a slice of deals comes from besides the deal itself is told in `_ORIGIN`
NATURAL = ("owner", "team", "source", "channel", "segment", "region", "product", "pipeline", "industry", "is_repeat",
           "stage", "loss_reason")
_ORIGIN = {
    "owner": ("owner_id",), "pipeline": ("pipeline_id",), "stage": ("stage_id",),
}
_HAPPENED = {
    "deals": ("created_at", "closed_at", "won_at", "last_activity_at"), "leads": ("created_at", "converted_at", "closed_at"),
    "stage_history": ("entered_at",), "activities": ("done_at", "started_at", "created_at"), "payments": ("received_on",),
    "invoices": ("issued_on",), "proposals": ("sent_at",), "receivables": ("as_of",), "spend": ("date",),
}


class Bases:
    """The tables of one client at `as_of`, enriched once and shared by every metric and zone.

    Rows created after `as_of` are dropped, later closings are open again, later conversions have not happened.
    `as_of` defaults to the last day on which anything happened in the data.
    """

    def __init__(self, tables: Tables, as_of: dt.date | None = None, client: Client | None = None):
        self.tables, self.client = _unclashing(tables), client or Client(name="–")
        self._base_currency = client.currency if client else None
        self.as_of = as_of or self._last_day()
        self.looks_back = as_of is not None  # later events may be in the data
        self.end = dt.datetime.combine(self.as_of + dt.timedelta(days=1), dt.time())
        self._memo: dict[Any, Any] = {}

    # -- reading -------------------------------------------------------------------------------------

    def rows(self, expr: ir.Table) -> pd.DataFrame:
        """The rows of a small result."""
        return self.tables.backend.to_pyarrow(expr).to_pandas()

    def rows_of(self, build: Callable[[Bases], T]) -> T:
        """What `build` makes of these bases, made once."""
        if build not in self._memo:
            made: Any = build(self)
            self._memo[build] = shape.settled(made, self) if isinstance(made, ir.Table) else made
        return self._memo[build]

    @cached_property
    def small(self) -> bool:
        """Whether every table is so short that copying it costs less than compiling long queries."""
        sizes = [self.tables[name].count() for name in self.tables]
        return all(self.tables.backend.to_pyarrow(size).as_py() <= SMALL for size in sizes)

    def full(self, name: str) -> ir.Table:
        """Table `name` with every declared column, empty where the data has none."""
        table, declared = self.tables[name], BY_NAME[name]
        absent = {c.name: ibis.null(IBIS[c.kind]) for c in declared.columns if c.name not in table.columns}
        return table.mutate(**absent) if absent else table

    def calendar(self) -> WorkCalendar:
        """The client's working calendar; rows of the table `calendar` win over the country's."""
        hours, ours = self.client.working_hours, self.client.calendar
        off, on = set(ours.days_off), set(ours.working_days)
        if self.tables.has("calendar.date", "calendar.is_workday"):
            for row in self.rows(self.tables["calendar"].select("date", "is_workday")).itertuples():
                (on if row.is_workday else off).add(row.date)
        return WorkCalendar(self.client.country, (hours.start, hours.end), off, on, hours.days)

    @cached_property
    def first_day(self) -> dt.date:
        """The day on which the first deal or lead was created, `as_of` when none is known."""
        days = []
        for name in ("deals", "leads"):
            if self.tables.has(f"{name}.created_at"):
                table = self.tables[name]
                days.append(self.tables.backend.to_pyarrow(table.agg(d=table.created_at.min())).to_pylist()[0]["d"])
        return min([*(_day(moment) for moment in days if moment), self.as_of])

    def _last_day(self) -> dt.date:
        """The last day on which something happened; a date beyond today is a slip of the pen, not an event."""
        latest: list[dt.date] = []
        for name, columns in _HAPPENED.items():
            known = [column for column in columns if self.tables.has(f"{name}.{column}")]
            days = self._latest(name, known)
            if any(day > dt.date.today() for day in days):
                days = self._latest(name, known, dt.date.today() + dt.timedelta(days=1))
            latest += days
        return max(latest, default=dt.date(1970, 1, 1))

    def _latest(self, name: str, columns: list[str], before: dt.date | None = None) -> list[dt.date]:
        """The last day in each column; without `before` a file's own statistics answer, no row is read."""
        if not columns:
            return []
        table = self.tables[name]
        last = {c: table[c].max(where=None if before is None else table[c] < before) for c in columns}
        row = self.tables.backend.to_pyarrow(table.agg(**last)).to_pylist()[0]
        return [_day(moment) for moment in row.values() if moment]

    def lacks(self, *needs: str) -> list[str]:
        """What is lacking of `needs`: those of `Tables`, and facts about rows named in `facts.FACTS`."""
        from audit.metrics.facts import FACTS

        missing = self.tables.lacks(*(need for need in needs if need not in FACTS))
        return missing or [need for need in needs if need in FACTS and not self.rows_of(FACTS[need])]

    # -- tables --------------------------------------------------------------------------------------

    @cached_property
    def survey(self) -> dict[str, int]:
        """What occurs among deals; see `shape.survey`."""
        return shape.survey(self)

    def levels(self, table: ir.Table, names: list[str]) -> dict[str, int]:
        """Number of levels of slices of a base, the empty one included; each is counted once."""
        known = self._memo.setdefault(("levels", table.op()), {})
        new = [name for name in names if name not in known]
        if new:
            row = self.tables.backend.to_pyarrow(table.agg(**{f"n{i}": table[name].nunique() for i, name in enumerate(new)}))
            known |= {name: row[f"n{i}"][0].as_py() + 1 for i, name in enumerate(new)}
        return {name: known[name] for name in names}

    @cached_property
    def stages(self) -> Stages:
        """The stages of every pipeline in order."""
        return Stages(self.rows(self.full("stages")).to_dict("records") if self.tables.has("stages") else [])

    @cached_property
    def users(self) -> ir.Table:
        """One row a user: user_id, owner (a name that tells namesakes apart), team, left_at, is_system."""
        users = self.full("users").distinct(on="user_id", keep="first")
        twins = users.group_by("name").agg(twins=users.count())
        named = users.left_join(twins, "name").select(
            "user_id", "team", "role", "hired_at", "left_at", "is_system", "name", "twins")
        owner = ibis.ifelse(named.twins > 1, named.name + " (" + named.user_id + ")", named.name)
        return named.select("user_id", "team", "role", "hired_at", "left_at", "is_system",
                            owner=ibis.coalesce(owner, named.user_id))

    @cached_property
    def deals(self) -> ir.Table:
        """One row a deal at `as_of`: canonical columns, slices, free dimensions and

        `won_at` (won deals only), `cycle_days` (closed deals, created → closed), `age_days` (created → `as_of`),
        `on_day` (created or closed is a mere date: days are whole), `amount_base` falling back to `amount`.
        """
        return shape.settled(self._enriched("deals", shape.deals_as_of(self.full("deals"), self)), self)

    @cached_property
    def leads(self) -> ir.Table:
        """One row a lead at `as_of`: canonical columns, slices, free dimensions and

        `converted_at`, `is_converted`, `won_at`, `won_amount` (Σ of won deals made of the lead), `closed_at`.
        """
        return shape.settled(self._enriched("leads", shape.leads_as_of(self.full("leads"), self)), self)

    @cached_property
    def visits(self) -> ir.Table:
        """One row a visit of a deal to a stage: entered_at, left_at (empty while inside at `as_of`), the stage's `stage`,
        `ord`, `semantic`, `max_days`, the next stage's `next_ord` and `next_semantic`, and the deal's slices."""
        return shape.settled(work.visits(self), self)

    @cached_property
    def activities(self) -> ir.Table:
        """One row an action known at `as_of`; `done_at` is empty for what was not done by then."""
        return shape.settled(work.activities(self), self)

    @cached_property
    def receivables(self) -> ir.Table:
        """One row a document owed at `as_of`: client, owner, amount, days_overdue, overdue_amount (≥ 0)."""
        return work.receivables(self)

    def _enriched(self, name: str, table: ir.Table) -> ir.Table:
        return shape.enriched(table, name, self)

    # -- slices --------------------------------------------------------------------------------------

    def free(self, table: str = "deals") -> list[str]:
        """Columns of the source that are not declared: free dimensions by their own headers."""
        if table not in self.tables:
            return []
        kinds = self.tables[table].schema()
        helper = {*NATURAL, *shape.HELPERS}
        return [name for name in self.tables[table].columns if name not in BY_NAME[table] and name not in helper
                and name in self.tables.filled(table) and (kinds[name].is_string() or kinds[name].is_boolean()
                                                           or kinds[name].is_integer())]

    def slices(self, table: str = "deals") -> list[str]:
        """Slices of `table` that have any value: natural ones first, then the free dimensions."""
        if table not in self.tables:
            return []
        return [name for name in NATURAL if self._origins(table, name)] + self.free(table)

    def _origins(self, table: str, name: str) -> bool:
        tables = self.tables
        own = f"{table}.{_ORIGIN.get(name, (name,))[0]}"
        if tables.has(own) or (name in tables[table].columns and name in tables.filled(table)):
            return True
        via_client = name in ("segment", "region", "industry") and tables.has(f"clients.{name}", f"{table}.client_id")
        via_user = name == "team" and tables.has("users.team", f"{table}.owner_id")
        via_lead = table == "deals" and name in ("source", "channel") and tables.has(f"leads.{name}", "deals.lead_id")
        via_lines = table == "deals" and name == "product" and tables.has("deal_products.product")
        return via_client or via_user or via_lead or via_lines

    def dimensions(self, table: str = "deals") -> list[str]:
        """Slices fit to compare units of `table` by.

        2…60 levels, not constant, not an identifier, filled for 70 % of rows, filled about equally (within
        15 points) for won and lost, and not a restatement of the outcome. The client's own choice wins.
        """
        from audit.metrics.choice import suited

        if table not in self._memo:
            self._memo[table] = suited(self, table)
        return list(self._memo[table])


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _unclashing(tables: Tables) -> Tables:
    """The tables with no free header that differs from a declared column or a natural slice by case alone.

    Engines fold case: a source's `Region` is taken as the slice `region`, a second `Amount` stands apart.
    """
    names: dict[str, dict[str, str]] = {}
    for name, table in tables.items():
        declared = {*BY_NAME[name].names, *shape.HELPERS}
        here, new = set(table.columns), {}
        for column in table.columns:
            low = column.casefold()
            if column in declared or column in NATURAL or not (low in declared or low in NATURAL):
                continue
            new[column] = low if low in NATURAL and low not in here else f"{column}__2"
            here.add(new[column])
        names[name] = new
    return tables.renamed(names)
