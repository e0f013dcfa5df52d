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
from audit.engine.duck import Duck
from audit.metrics.bases import extent, owners, shape, work, worktime
from audit.metrics.bases.stages import Stages
from audit.schema import BY_NAME

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
FACTS: dict[str, Callable[[Bases], bool]] = {}  # needs that are facts about rows, told by the room `facts`: they look at rows made of bases
SMALL = 200_000  # rows

# slices every table may have; where a slice of deals comes from besides the deal itself is told in `_ORIGIN`
NATURAL = ("owner", "team", "source", "channel", "segment", "region", "product", "pipeline", "industry", "is_repeat",
           "stage", "loss_reason", "need")
_ORIGIN = {
    "pipeline": ("pipeline_id",), "stage": ("stage_id",),
}
# whose a row is, in tables that do not call it owner_id
_WHO = {"users": "user_id", "qa_reviews": "user_id", "competences": "user_id", "dev_items": "user_id", "absences": "user_id",
        "deviations": "scope_id", "control_log": "user_id", "surveys": "user_id", "meetings": "attendees_json"}
# what runs store about their own day: a run must not find more there than the first one of that day did
_STORED = {"deal_snapshots": "as_of", "forecasts": "made_at", "norms": "set_at"}


class Bases:
    """The tables of one client at `as_of`, enriched once and shared by every metric and zone.

    Rows created after `as_of` are dropped, later closings are open again, later conversions have not happened.
    `as_of` defaults to the last day on which anything happened in the data.
    """

    def __init__(self, tables: Tables, as_of: dt.date | None = None, client: Client | None = None):
        self.tables, self.client = _unclashing(tables), client or Client(name="–")
        self._base_currency = client.currency if client else None
        last, beyond = (as_of, True) if as_of else extent.last_day(self.tables)
        self.as_of, self.looks_back = last, beyond  # whether later events may be in the data
        self.end = dt.datetime.combine(self.as_of + dt.timedelta(days=1), dt.time())
        self._memo: dict[Any, Any] = {}
        self._asked: dict[Any, int] = {}  # what was built → at which turn it was last asked for
        self._turn = 0

    @classmethod
    def of(cls, tables: Tables, as_of: dt.date | None = None, client: Client | None = None) -> Bases:
        """The bases of these tables at this day, made once for all who ask for the same."""
        settings = client.model_dump_json() if client else ""
        if (found := tables.made.get((as_of, settings))) is None:
            found = tables.made[as_of, settings] = cls(tables, as_of, client)
            tables.made.setdefault((found.as_of, settings), found)
        return found

    # -- reading -------------------------------------------------------------------------------------

    def rows(self, expr: ir.Table) -> pd.DataFrame:
        """The rows of a small result."""
        return self.tables.backend.to_pyarrow(expr).to_pandas()

    def rows_of(self, build: Callable[[Bases], T], light: bool = False) -> T:
        """What `build` makes of these bases, made once; `light` rows cost less to make again than to keep, see `shape.settled`."""
        if build not in self._memo:
            made: Any = build(self)
            self._memo[build] = shape.settled(made, self, light) if isinstance(made, ir.Table) else made
        self._asked[build] = self._turn
        return self._memo[build]

    def lighten(self, turns: int = 0) -> None:
        """A turn ends: lets go of long frames that nobody asked for in the last `turns`; one that is asked for again is made again."""
        import pandas as pd

        self._turn += 1
        old = [build for build, asked in self._asked.items() if asked < self._turn - turns]
        for build in old:
            del self._asked[build]
            if isinstance(made := self._memo.get(build), pd.DataFrame) and len(made) > SMALL:
                del self._memo[build]

    def part_of(self, build: Callable[[Bases], ir.Table], columns: Callable[[ir.Table], list[str]]) -> ir.Table:
        """What `build` makes, with at least these columns of it: of many rows no others are kept."""
        if self.small or build in self._memo:
            return self.rows_of(build)
        made = build(self)
        wanted = columns(made)
        if not wanted or shape.is_settled(made):
            return self.rows_of(build)
        kept = self._memo.get(("part", build))
        if kept is None or not set(wanted) <= set(kept.columns):
            kept = self._memo["part", build] = shape.settled(made.select(wanted), self)
        return kept

    @cached_property
    def small(self) -> bool:
        """Whether every table is so short that copying it costs less than compiling long queries."""
        backend = self.tables.backend
        counts = [table.agg(n=table.count()) for table in self.tables.values()]
        rows = backend.to_pyarrow(ibis.union(*counts) if len(counts) > 1 else counts[0])["n"].to_pylist()
        short = max(rows) <= SMALL
        if isinstance(backend, Duck):
            (backend.alone if short else backend.spread)()
        return short

    def full(self, name: str) -> ir.Table:
        """Table `name` with every declared column, empty where the data has none."""
        table, declared = self.tables[name], BY_NAME[name]
        absent = {c.name: ibis.null(IBIS[c.kind]) for c in declared.columns if c.name not in table.columns}
        table = table.mutate(**absent) if absent else table
        if name in _STORED:
            stored = table[_STORED[name]].cast("date")
            table = table.filter((stored < ibis.literal(self.as_of)) | stored.isnull())
        return table

    def each(self, name: str, key: str) -> ir.Table:
        """Table `name` with one row a `key`; of rows that share one the first in the order of all columns, on any engine."""
        table = self.full(name)
        if ("each", name, key) not in self._memo:
            row = self.tables.backend.to_pyarrow(table.agg(n=table.count(), known=table[key].count(), keys=table[key].nunique()))
            n, known, keys = (row[column][0].as_py() for column in ("n", "known", "keys"))
            self._memo["each", name, key] = known == keys and n - known <= 1
        if self._memo["each", name, key]:
            return table
        place = ibis.row_number().over(ibis.window(group_by=table[key], order_by=[table[c] for c in table.columns if c != key]))
        placed = table.mutate(_place=place)
        return placed.filter(placed._place == 0).drop("_place")

    def calendar(self) -> WorkCalendar:
        """The client's working calendar; rows of the table `calendar` win over the country's."""
        return self.rows_of(worktime.calendar)

    @cached_property
    def first_day(self) -> dt.date:
        """The day on which the first deal or lead was created, `as_of` when none is known."""
        return min([*extent.created(self.tables), self.as_of])

    def lacks(self, *needs: str) -> list[str]:
        """What is lacking of `needs`: those of `Tables`, and facts about rows by their names, see `FACTS`."""
        missing = self.tables.lacks(*(need for need in needs if need not in FACTS))
        return missing or [need for need in needs if need in FACTS and not self.rows_of(FACTS[need])]

    # -- tables --------------------------------------------------------------------------------------

    @cached_property
    def survey(self) -> dict[str, int]:
        """What occurs among deals; see `shape.survey`."""
        return shape.survey(self)

    def levels(self, table: ir.Table, names: list[str]) -> dict[str, int]:
        """About how many levels slices have, the empty one included: those of deals where deals have the slice, else of `table`."""
        natural = [name for name in names if name in NATURAL] if "deals" in self.tables else []
        known = self._levels(self.deals, natural) if natural else {}
        found = {name: n for name, n in known.items() if n > 1}
        return found | self._levels(table, [name for name in names if name not in found])

    def _levels(self, table: ir.Table, names: list[str]) -> dict[str, int]:
        """Levels of slices of a table; each is counted once."""
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
        users = self.each("users", "user_id")
        twins = users.group_by("name").agg(twins=users.count())
        named = users.left_join(twins, "name").select(
            "user_id", "team", "role", "hired_at", "left_at", "is_system", "name", "twins")
        owner = ibis.ifelse(named.twins > 1, named.name + " (" + named.user_id + ")", named.name)
        told = named.select("user_id", "team", "role", "hired_at", "left_at", "is_system",
                            owner=ibis.coalesce(owner, named.user_id))
        return shape.settled(told, self)

    @cached_property
    def deals(self) -> ir.Table:
        """One row a deal at `as_of`: canonical columns, slices, free dimensions and

        `won_at` (won deals only), `cycle_days` (closed deals, created → closed), `age_days` (created → `as_of`),
        `on_day` (created or closed is a mere date: days are whole), `amount_base` falling back to `amount`. The owner is who had the deal
        when it was closed, or at `as_of` while it is in work; where earlier owners are known, `owner_now` has it at `as_of` (see `owners`).
        """
        return shape.rooted(self._enriched("deals", owners.then(shape.deals_as_of(self.full("deals"), self), self)), self)

    @cached_property
    def leads(self) -> ir.Table:
        """One row a lead at `as_of`: canonical columns, slices, free dimensions and

        `converted_at`, `is_converted`, `won_at`, `won_amount` (Σ of won deals made of the lead), `closed_at`.
        """
        return shape.rooted(self._enriched("leads", shape.leads_as_of(self.full("leads"), self)), self)

    @cached_property
    def visits(self) -> ir.Table:
        """One row a visit of a deal to a stage: entered_at, left_at (empty while inside at `as_of`), the stage, the stages
        before and after, who moved it there, and the deal's slices; see `work.visits`."""
        return shape.settled(work.visits(self), self)

    @cached_property
    def activities(self) -> ir.Table:
        """One row an action known at `as_of`; `done_at` is empty for what was not done by then."""
        return shape.settled(work.activities(self), self, light=True)

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
        if table == "receivables" and not self.tables.has("receivables.amount"):
            return [name for name in ("owner", "team") if name in self.slices("invoices")]  # what is owed is reckoned from invoices
        if table not in self.tables:
            return []
        return [name for name in NATURAL if self._origins(table, name)] + self.free(table)

    def _origins(self, table: str, name: str) -> bool:
        tables = self.tables
        who = _WHO.get(table, "owner_id")
        own = f"{table}.{who if name == 'owner' else _ORIGIN.get(name, (name,))[0]}"
        if tables.has(own) or (name in tables[table].columns and name in tables.filled(table)):
            return True
        via_client = name in ("segment", "region", "industry") and tables.has(f"clients.{name}", f"{table}.client_id")
        via_user = name == "team" and tables.has("users.team", f"{table}.{who}")
        via_lead = table == "deals" and name in ("source", "channel") and tables.has(f"leads.{name}", "deals.lead_id")
        via_bill = table in ("invoices", "payments") and name in ("owner", "team") and tables.has(
            "invoices.owner_id|deals.owner_id|clients.owner_id", *(["users.team"] if name == "team" else []))
        via_debtor = table == "receivables" and name in ("owner", "team") and tables.has(
            "clients.owner_id", "receivables.client_id", *(["users.team"] if name == "team" else []))
        via_lines = table == "deals" and name == "product" and tables.has("deal_products.product")
        of_deal = table in ("proposals", "technique_tags") and tables.has(f"{table}.deal_id", "deals")
        via_deal = of_deal and self._origins("deals", name)
        via_tag = table == "technique_tags" and tables.has({"owner": "technique_tags.user_id", "team": "users.team"}.get(name, "?"))
        return via_client or via_user or via_lead or via_bill or via_debtor or via_lines or via_deal or via_tag

    def dimensions(self, table: str = "deals") -> list[str]:
        """Slices fit to compare units of `table` by.

        2…60 levels, not constant, not an identifier, filled for 70 % of rows, filled about equally (within
        15 points) for won and lost, and not a restatement of the outcome. The client's own choice wins.
        """
        from audit.metrics.bases.choice import suited

        if table not in self._memo:
            self._memo[table] = suited(self, table)
        return list(self._memo[table])


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
