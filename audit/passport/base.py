"""The tables as they stood at the end of the as-of day, without joins: what the passport counts."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import closing
from audit.schema import BY_NAME

# a row exists from the first of these that it has; a table without such is taken whole
BORN: dict[str, tuple[str, ...]] = {
    "deals": ("created_at",), "leads": ("created_at",), "clients": ("created_at",), "users": ("hired_at",),
    "activities": ("created_at", "started_at", "done_at"), "payments": ("received_on",), "invoices": ("issued_on",),
    "stage_history": ("entered_at",), "proposals": ("sent_at",), "receivables": ("as_of",), "spend": ("date",),
    "deal_snapshots": ("as_of",), "field_history": ("changed_at",), "qa_reviews": ("reviewed_at",), "meetings": ("held_at",), "forecasts": ("made_at",),
    "technique_tags": ("at",), "absences": ("date",), "control_log": ("date",),
}
# what has happened: a value later than the as-of day was not known then
HAPPENED: dict[str, tuple[str, ...]] = {
    "deals": ("ended", "closed_at", "won_at", "contract_signed_at", "shipped_at", "last_activity_at"),
    "leads": ("converted_at", "closed_at", "qualified_at"), "activities": ("started_at", "done_at"),
    "stage_history": ("left_at",), "proposals": ("reaction_at",), "users": ("left_at",), "clients": ("first_won_at",),
}


class Then:
    """The tables of `bases` at its as-of day; `today` is the last day on which anything can have happened."""

    def __init__(self, bases: Bases, today: dt.date | None = None):
        self.bases, self.as_of = bases, bases.as_of
        self.today = max(today or dt.date.today(), bases.as_of)

    def __contains__(self, name: str) -> bool:
        return bool(self.bases.tables.filled(name))

    @property
    def names(self) -> list[str]:
        """Tables that have a row, in the order of the schema."""
        return [name for name in BY_NAME if name in self.bases.tables and name in self]

    def table(self, name: str) -> ir.Table:
        """Rows of `name` that existed at the as-of day; later happenings are empty, later closings open again."""
        table = self.bases.full(name)
        born = [table[column] for column in BORN.get(name, ())]
        if born:
            first = ibis.coalesce(*born) if len(born) > 1 else born[0]
            table = table.filter(first.isnull() | (first < self._end(first)))
        if name == "deals":  # `ended` is the moment of the outcome, which winning may tell where closing is empty
            table = table.mutate(ended=closing(table, self.bases))
        late = {c: ibis.ifelse(table[c] < self._end(table[c]), table[c], ibis.null(table[c].type())) for c in HAPPENED.get(name, ())}
        if name in ("deals", "leads"):
            ended = table.ended if name == "deals" else table.closed_at
            again = (ended >= self._end(ended)).fill_null(False)
            late["semantic"] = ibis.ifelse(again, "open", table.semantic)
        return table.mutate(**late) if late else table

    def _end(self, column: ir.Value) -> ir.Value:
        """The first moment after the as-of day in the type of `column`."""
        return ibis.literal(self.as_of + dt.timedelta(days=1)) if column.type().is_date() else ibis.literal(self.bases.end)

    def one(self, expr: ir.Table) -> dict:
        """The only row of a small result."""
        return self.bases.tables.backend.to_pyarrow(expr).to_pylist()[0]

    def rows(self, expr: ir.Table) -> list[dict]:
        """The rows of a small result."""
        return self.bases.tables.backend.to_pyarrow(expr).to_pylist()
