"""Norms of activity that the plan implies: M32."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon.norm import day_norms
from audit.metrics.rows.activities import chain
from audit.metrics.rows.plan.catching import running
from audit.metrics.rows.plan.outlook import DAY
from audit.metrics.rows.plan.targets import Target, names
from audit.metrics.rows.results import checks

COLUMNS = ("owner", "step", "period_start", "period_end", "target", "check", "conversion", "top_conversion", "own_norm", "top_norm",
           "department_p90", "norm", "uncovered")


def derived(bases: Bases) -> pd.DataFrame:
    """One row a running plan and step (`_by` is owner, or empty for the department).

    Conversions, checks and days are those before the plan's period began, so that the norm stays the same all through it;
    and what an earlier run of the period has stored stays whatever is learned of those days later.
    """
    return _of_plans(bases, running(bases))


def _of_plans(bases: Bases, plans: list[Target]) -> pd.DataFrame:
    records, frozen = [], _frozen(bases)
    for start in sorted({one.start for one in plans}):
        mine = [one for one in plans if one.start == start]
        means = checks.mean_checks(bases, [one.group for one in mine if one.by], start)
        work = chain.chain(bases, start)
        if work is None:
            continue
        for one in mine:
            owner = one.group if one.by else None
            check, steps = means.get(owner), work.steps(owner)
            if check is None or not one.workdays:
                continue
            # a department's day is that of all its sellers; its norm has no cap of its own
            caps = [step.department_p90 if owner else math.nan for step in steps]
            rates, top = [step.conversion for step in steps], [step.top_conversion for step in steps]
            for step, norm, cap in zip(steps, day_norms(one.target, check.mean, one.workdays, rates, top, caps), caps, strict=True):
                asked = frozen.get((one.group, step.name, one.end), norm.asked) if owner else norm.asked
                records.append({
                    "owner": one.group, "step": step.name, "period_start": one.start, "period_end": one.end, "target": one.target,
                    "check": check.mean, "conversion": step.conversion, "top_conversion": step.top_conversion, "own_norm": norm.own,
                    "top_norm": norm.top, "department_p90": cap, "norm": asked, "uncovered": max(round(norm.own / asked - 1, 12), 0.0),
                    "_by": one.by, "_grain": one.grain})
    return pd.DataFrame(records, columns=[*COLUMNS, "_by", "_grain"])


def _frozen(bases: Bases) -> dict[tuple[str, str, dt.date], float]:
    """(seller, step, day after the period) → the norm that the first run of the period stored."""
    if not bases.tables.has("norms.set_at", "users.user_id"):
        return {}
    frame = bases.rows(bases.full("norms"))
    frame = frame[frame["set_at"].notna()].sort_values("set_at", ascending=False, kind="stable")
    named = names(bases)
    return {(named.get(row.owner_id, row.owner_id), row.metric, row.valid_until): row.value for row in frame.itertuples()}


def to_store(bases: Bases) -> list[dict]:
    """Rows of `norms`: a working day's norm of each seller and step, from tomorrow to the end of the plan that holds tomorrow, where none is stored yet."""
    if bases.lacks(*_NEEDS):
        return []
    start, frozen = bases.as_of + DAY, _frozen(bases)
    frame, ids = _of_plans(bases, running(bases, start)), {name: key for key, name in names(bases).items()}
    return [{"metric": row["step"], "per": "day", "value": row["norm"], "basis": "derived", "owner_id": ids.get(row["owner"], row["owner"]),
             "valid_from": start, "valid_until": row["period_end"], "set_at": bases.as_of}
            for row in frame.to_dict("records")
            if row["_by"] and row["norm"] > 0 and (row["owner"], row["step"], row["period_end"]) not in frozen]


def _figures(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    column, records = _COLUMN[metric.id], []
    for row in bases.rows_of(derived).to_dict("records"):
        by, group = ("owner×step", f"{row['owner']} × {row['step']}") if row["_by"] else ("step", row["step"])
        record = {"by": by, "group": group, "value": row[column], "period_start": row["period_start"], "period_end": row["period_end"]}
        records += [record | {"period": period} for period in (row["_grain"], "all")]
    return finish.made(metric, bases, records or [{"value": np.nan}]).assign(status="ok")


def _rows(bases: Bases) -> pd.DataFrame:
    """Norms of every seller, of the department where sellers have no plans; the least covered first."""
    frame = bases.rows_of(derived)
    frame = frame[frame["_by"] == "owner"] if (frame["_by"] == "owner").any() else frame
    order = {name: at for at, name in enumerate(chain.STEPS)}
    worst = frame.groupby("owner")["uncovered"].transform("max")
    frame = frame.assign(_worst=-worst, _place=frame["step"].map(order))
    return frame.sort_values(["_worst", "owner", "_place"], kind="stable")


_COLUMN = {"derived_norm": "norm", "derived_norm_own": "own_norm", "derived_norm_top": "top_norm", "derived_norm_uncovered": "uncovered"}
_NEEDS = ("plans", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount", "activities.kind",
          "activities.done_at|activities.started_at")


def _metric(metric_id: str, unit: str, better: str, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M32", kind="figure", unit=unit, better=better,  # type: ignore[arg-type]
        basis="closing", table="deals", rows=deals, at="closed_at", needs=_NEEDS, where=None, numerator=None, denominator=None,
        compute=_figures, matures_days=0, min_n=MIN_N, slices=("step", "owner×step"), counter="win_rate", source=source)


METRICS = (
    _metric("derived_norm", "count", "neutral", "the norm on own conversion, no more than nine of ten days of the department had"),
    _metric("derived_norm_own", "count", "neutral", "target ÷ (mean check · own conversions from the step on · working days)"),
    _metric("derived_norm_top", "count", "neutral", "the same on the conversions of the department's best quarter"),
    _metric("derived_norm_uncovered", "share", "lower", "norm on own conversion ÷ norm − 1: by how much conversion or check must grow"),
)
LISTINGS = (
    Listing(id="derived_norms", card="M32", needs=_NEEDS, columns=COLUMNS, rows=_rows,
            source="norms of the running plans from the conversions, checks and days before their period"),
)
