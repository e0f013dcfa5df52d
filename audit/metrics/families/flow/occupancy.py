"""Deals in work by stage and seller at the ends of past periods, by the stage history: M15."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Kind, Metric

_NEEDS = ("stage_history.entered_at", "stage_history.to_stage", "stages.ord", "deals.semantic")
_STEPS = {"stage_occupancy": "step", "stage_occupancy_amount": "money"}  # what each metric adds up


def steps(bases: Bases) -> ir.Table:
    """One row an entry into an open stage (`step` +1) and one its end (−1): `at`, stage, owner of the deal, `money` (± its amount)."""
    v = bases.visits.filter(bases.visits.semantic == "open")
    amount = v.amount_base.fill_null(0.0)
    came = v.select("stage", "owner", at=v.entered_at, step=ibis.literal(1.0), money=amount)
    gone = v.filter(v.left_at.notnull())
    went = gone.select("stage", "owner", at=ibis.greatest(gone.left_at, gone.entered_at), step=ibis.literal(-1.0), money=-gone.amount_base.fill_null(0.0))
    return ibis.union(came, went)


@dataclass(frozen=True)
class _Levels:
    """Levels of both metrics from one query, made once for what is asked."""

    ask: Ask

    def __call__(self, bases: Bases) -> pd.DataFrame:
        """One row a period (`all`: now), slice and group: deals inside at its end and their amount; groups never entered have none."""
        t = bases.rows_of(steps)
        sums = {"_rows": t.count(), "step": t.step.sum(), "money": cells.exact(t.money)}
        parts = [_reached(part, bases) for part in cells.collect(bases, t, "at", self.ask.slices, self.ask.periods, sums)]
        return pd.concat(parts, ignore_index=True)


def _reached(part: cells.Rolled, bases: Bases) -> pd.DataFrame:
    """Changes of each group added up to levels, through the periods in which nothing moved."""
    frame = pd.DataFrame({"period": part.period, "by": part.by, "group": part.group, "number": part.number, "step": part.sums["step"],
                          "money": part.sums["money"]})
    if part.period == "all" or not len(frame):
        return _settled(frame)
    last = periods.number(bases.as_of, part.period)
    found = []
    for (by, group), rows in frame.groupby(["by", "group"], sort=False):
        numbers = np.arange(rows["number"].min(), last + 1, periods.step(part.period))
        whole = rows.set_index("number")[["step", "money"]].reindex(numbers, fill_value=0.0).cumsum()
        found.append(whole.reset_index().assign(period=part.period, by=by, group=group))
    return _settled(pd.concat(found, ignore_index=True))


def _settled(frame: pd.DataFrame) -> pd.DataFrame:
    """Levels without the dust of sums that cancel."""
    return frame.assign(money=frame["money"].where(frame["step"] > 0, 0.0).round(4))


def _occupied(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """What stands in the open stages now and at the end of every period."""
    frame, column = bases.rows_of(_Levels(ask)), _STEPS[metric.id]
    records = []
    for row in frame.to_dict("records"):
        record = {"by": row["by"], "group": row["group"], "value": row[column], "n": int(row["step"]), "sum_num": row[column]}
        if row["period"] != "all":
            record |= {"period": row["period"], "period_start": periods.start(row["number"], row["period"]),
                       "period_end": periods.end(row["number"], row["period"])}
        records.append(record)
    return finish.made(metric, bases, records or [{"value": 0.0, "n": 0}])


def _declared(name: str, kind: Kind, unit: str, needs: tuple[str, ...], counter: str, source: str) -> Metric:
    return Metric(
        id=name, card="M15", kind=kind, unit=unit, better="band", basis="snapshot", table="deals", rows=deals, at="", needs=needs, where=None,
        numerator=None, denominator=None, compute=_occupied, matures_days=0, min_n=MIN_N, slices=("stage", "owner", "owner×stage"), counter=counter,
        source=source)


METRICS = (
    _declared("stage_occupancy", "count", "count", _NEEDS, "flow_residual",
              "deals that had entered an open stage and not left it by the end of the period, by the stage history; of the seller who has the deal now"),
    _declared("stage_occupancy_amount", "sum", "money", (*_NEEDS, "deals.amount_base|deals.amount"), "stage_occupancy",
              "Σ amount of these deals, each as it is known now"),
)
