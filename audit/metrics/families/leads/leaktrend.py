"""How many open deals and leads were being lost at the ends of past periods: M01."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.metric import Ask, Kind, Metric
from audit.metrics.rows.leads.leaked import DEAL_FLAGS, LEAD_FLAGS, deals_then, leads_then, told, told_of_leads
from audit.metrics.rows.leads.leaking import TOUCH
from audit.stats import intervals

_OF = {"leaking_deals_past": "leaks", "money_at_risk_past": "money", "leaking_leads_past": "leaks"}


@dataclass(frozen=True)
class _Days:
    """Sums by day of the units open then, from one query for all that asks the same."""

    rows: Callable[[Bases], ir.Table]
    flags: tuple[str, ...]
    slices: tuple[tuple[str, ...], ...]

    def __call__(self, bases: Bases) -> pd.DataFrame:
        """One row a day, slice and group: `_rows` open, of them `leaks` and each flag, `money` at risk."""
        t = bases.rows_of(self.rows)
        sums = {"_rows": t.count()} | {name: yes(t[name]).sum() for name in ("leaks", *self.flags)}
        if "amount" in t.columns:
            sums["money"] = cells.exact(t.leaks.ifelse(t.amount, 0.0))
        part = cells.collect(bases, t, "at", self.slices, ("day",), sums)[1]
        return pd.DataFrame({"by": part.by, "group": part.group, "day": part.number, **part.sums})


def _over_time(rows: Callable[[Bases], ir.Table], flags: tuple[str, ...]):
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        """The state on the last known day of every period; the whole is that of the last day of all."""
        slices = tuple(one for one in ask.slices if one != ("flag",))
        frame = bases.rows_of(_Days(rows, flags, slices))
        if not len(frame):
            return finish.made(metric, bases, [{"value": np.nan}])
        day = frame["day"].to_numpy()
        shown = _told(bases, rows, flags, ("flag",) in ask.slices)
        records = []
        for period in ("all", *ask.periods):
            of = np.zeros(len(day), dtype=int) if period == "all" else periods.rolled(day, "day", period)
            last = frame["day"] == frame.groupby(of)["day"].transform("max")
            for row, number in zip(frame[last].to_dict("records"), of[last], strict=True):
                dated: dict[str, object] = {"period_start": periods.start(row["day"], "day"), "period_end": periods.end(row["day"], "day")}
                if period != "all":
                    dated = {"period": period, "period_start": periods.start(number, period), "period_end": periods.end(number, period)}
                records += [record | dated for record in _states(row, _OF[metric.id], shown)]
        return _with_intervals(metric, bases, records)

    return compute


def _told(bases: Bases, rows: Callable[[Bases], ir.Table], flags: tuple[str, ...], each: bool) -> Callable[[dt.date], tuple[bool, tuple[str, ...]]]:
    """What is shown of a day: the whole where it tells all that the last one tells, and which flags if `each`."""
    by_day = bases.rows_of(told if rows is deals_then else told_of_leads)
    whole = set(by_day[max(by_day)])

    def shown(day: dt.date) -> tuple[bool, tuple[str, ...]]:
        known = by_day[day]
        return whole <= set(known), tuple(name for name in flags if name in known) if each else ()

    return shown


def _states(row: dict, column: str, shown: Callable[[dt.date], tuple[bool, tuple[str, ...]]]) -> list[dict]:
    """The record of a row, and of the whole once more by flag."""
    complete, flags = shown(periods.start(row["day"], "day"))
    of = [(row["by"], row["group"], column)] if complete else []
    of += [("flag", name, name) for name in flags if not row["by"]]
    return [{"by": by, "group": group, "sum_num": float(row[name]), "n": int(row["_rows"])} for by, group, name in of]


def _with_intervals(metric: Metric, bases: Bases, records: list[dict]) -> pd.DataFrame:
    """The records as VALUES: shares of the open ones, or money."""
    if metric.kind == "sum":
        return finish.made(metric, bases, [record | {"value": record["sum_num"]} for record in records])
    hits, n = (np.array([float(record[name]) for record in records]) for name in ("sum_num", "n"))
    low, high = intervals.wilson(hits, n)
    return finish.made(metric, bases, [
        record | {"value": hits[i] / n[i], "low": low[i], "high": high[i], "sum_den": n[i], "sum_num2": hits[i], "sum_numden": hits[i], "sum_den2": n[i]}
        for i, record in enumerate(records)])


def _declared(name: str, table: str, kind: Kind, unit: str, needs: tuple[str, ...], slices: tuple[str, ...], counter: str, source: str) -> Metric:
    rows, flags = (leads_then, LEAD_FLAGS) if table == "leads" else (deals_then, DEAL_FLAGS)
    return Metric(
        id=name, card="M01", kind=kind, unit=unit, better="lower", basis="snapshot", table=table, rows=rows, at="", needs=needs, where=None,
        numerator=None, denominator=None, compute=_over_time(rows, flags), matures_days=0, min_n=MIN_N, slices=slices, counter=counter, source=source)


_RUNS = ("deal_snapshots.deal_id", "deals.semantic", "deal_snapshots of earlier runs")

METRICS = (
    _declared("leaking_deals_past", "deal_snapshots", "share", "share", _RUNS, ("flag", "owner", "team", "stage"), "tasks_rescheduled_share",
              "deals open at the last run stored in the period that carried a flag then ÷ deals open then; where a run does not tell every flag that "
              "the last one tells only its flags are shown"),
    _declared("money_at_risk_past", "deal_snapshots", "sum", "money", (*_RUNS, "deal_snapshots.amount"), ("owner", "team", "stage"),
              "leaking_deals_past", "Σ amount of then of these leaking deals"),
    _declared("leaking_leads_past", "leads", "share", "share", ("leads.created_at", "leads.semantic", "leads.closed_at|leads.converted_at", *TOUCH,
              "activities of leads"), ("flag", "source", "channel"), "lead_junk_share",
              "leads open at the end of the period that nobody had touched in time, that were left, without an action ahead or with one overdue ÷ leads open then; by "
              "their dates, those since the log of actions began; months of a year, weeks of a quarter"),
)
