"""What was achieved day by day, by the measures that plans are set in."""

from __future__ import annotations

import datetime as dt
import math

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells
from audit.metrics.rows.money import billing
from audit.metrics.rows.results.purchases import purchases

_TOLD_BY = {"revenue": "deals.amount_base|deals.amount", "margin": "deals.margin", "profit": "deals.profit", "deals": "deals.deal_id"}


class Facts:
    """What was achieved a day by owner, team, segment and product: columns day, measure, value; of `measures` that the data tells of."""

    def __init__(self, frame: pd.DataFrame, measures: frozenset[str]):
        self._frame = frame.assign(day=[day.toordinal() for day in frame["day"]])
        self.measures = measures
        self.slices = frozenset(frame.columns) - {"day", "measure", "value"}
        self._series: dict[tuple[str, str, str], tuple[np.ndarray, np.ndarray]] = {}

    def tells(self, by: str) -> bool:
        """Whether anything achieved is known by this slice; where nothing was achieved at all nobody can say."""
        return not by or self._frame.empty or bool((self._frame[by] != cells.EMPTY).any())

    def series(self, measure: str, by: str, group: str) -> tuple[np.ndarray, np.ndarray]:
        """(days in order, what was achieved before each and, last, by the end) of one group."""
        key = (measure, by, group)
        if key not in self._series:
            rows = self._frame[self._frame["measure"] == measure]
            rows = (rows if not by else rows[rows[by] == group]).sort_values("day", kind="stable")
            self._series[key] = rows["day"].to_numpy(), np.concatenate([[0.0], np.cumsum(rows["value"].to_numpy(dtype=float))])
        return self._series[key]


def daily_facts(bases: Bases) -> Facts:
    """The facts of every plan, by day."""
    if bases.client.plan_basis in ("invoiced", "paid"):
        return Facts(_booked(bases), frozenset({"revenue"}))
    d, at = _shipped(bases) if bases.client.plan_basis == "shipped" else _won(bases)
    values = {"revenue": d.amount_base, "margin": d.margin, "profit": d.profit, "deals": ibis.literal(1.0)}
    frames = {name: _by_day(bases, d, at, name, value) for name, value in values.items() if bases.tables.has(_TOLD_BY[name])}
    if at == "won_at" and bases.tables.has("deals.client_id"):
        p = bases.rows_of(purchases)
        frames["new_clients"] = _by_day(bases, p.filter(p._first), at, "new_clients", ibis.literal(1.0))
    return Facts(pd.concat([*frames.values()], ignore_index=True), frozenset(frames))


def _won(bases: Bases) -> tuple[ir.Table, str]:
    return bases.deals.filter((bases.deals.semantic == "won") & bases.deals.won_at.notnull()), "won_at"


def _shipped(bases: Bases) -> tuple[ir.Table, str]:
    """A deal lost after its goods left came back."""
    return bases.deals.filter((bases.deals.shipped_at < ibis.literal(bases.end)) & (bases.deals.semantic != "lost").fill_null(True)), "shipped_at"


def _by_day(bases: Bases, table: ir.Table, at: str, measure: str, value: ir.Value) -> pd.DataFrame:
    table = table.mutate(_value=value.cast("float64").fill_null(0.0), _day=table[at].cast("date"))
    keys = {name: cells.label(table[name]) for name in bases.rows_of(_whose)}
    frame = bases.rows(table.group_by(day=table._day, **keys).agg(value=cells.exact(table._value)))
    return frame.assign(measure=measure).sort_values(["day", *keys], kind="stable")


def _whose(bases: Bases) -> tuple[str, ...]:
    """Whose plans there may be; by product days are split only where a plan is of one."""
    if bases.tables.has("plans.scope"):
        p = bases.full("plans")
        of = bool(bases.rows(p.agg(n=(p.scope == "product").sum()))["n"].iloc[0])
    else:
        of = any(not isinstance(plan, str) and plan.scope == "product" for plan in bases.client.plans)
    return ("owner", "team", "segment", *(("product",) if of else ()))


def _booked(bases: Bases) -> pd.DataFrame:
    """Payments received, or bills issued, credited to their seller; segment and product are those of the deal."""
    build, at = (billing.received, "received_on") if bases.client.plan_basis == "paid" else (billing.issued, "issued_on")
    t, none = bases.rows_of(build), ibis.null("string")
    if bases.tables.has("deals.deal_id"):
        d = bases.deals.select(_deal="deal_id", segment="segment", product="product")
        t = t.left_join(d, t.deal_id == d._deal)
    else:
        t = t.mutate(segment=none, product=none)
    return _by_day(bases, t, at, "revenue", t.amount)


def achieved(facts: Facts, measure: str, by: str, group: str, start: dt.date, end: dt.date) -> float:
    """Σ of a measure of one group over days in [start, end); not a number where the data does not tell of the measure."""
    if measure not in facts.measures:
        return math.nan
    days, reached = facts.series(measure, by, group)
    first, last = np.searchsorted(days, (start.toordinal(), max(end, start).toordinal()))
    return float(reached[last] - reached[first])
