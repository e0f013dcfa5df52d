"""Quantity first: one leading verdict a seller: M33."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish
from audit.metrics.declare.common import deals
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon import gate
from audit.metrics.rows.activities import actions
from audit.metrics.rows.flow.ladder import lines
from audit.metrics.rows.flow.reach import reaches

COLUMNS = ("owner", "verdict", "others", "attainment", "closed", "win_rate", "skill_q", "weak_stage", "weak_stage_q", "check_gap", "check_q", "speed_gap", "speed_q")


def judged(bases: Bases) -> pd.DataFrame:
    """One row a seller who has norms: evidence of the last weeks of work and of deals closed lately, and the verdicts.

    Of a seller below the gate no conversion is shown: it is not what to work on yet.
    """
    rules = bases.client.rules
    units = bases.rows_of(actions.units)
    late = units[units["start"] > bases.as_of - dt.timedelta(days=rules.gate_days)]
    attained = late.groupby("owner")["attained"].mean()
    gone = {row.owner for row in bases.rows_of(actions.people).itertuples() if isinstance(row.left_at, dt.date) and row.left_at < bases.as_of}
    sums = _closed(bases).reindex(sorted({*attained.index, *_closed(bases).index}), fill_value=0.0)
    skill = gate.fewer(sums["won"].to_numpy(), sums["n"].to_numpy())
    check, check_gap = gate.differs(*_columns(sums, "checks", "check1", "check2"), larger=False)
    speed, speed_gap = gate.differs(*_columns(sums, "waits", "wait1", "wait2"), larger=True)
    steps = _steps(bases, [str(owner) for owner in sums.index])
    skill, check, speed, *by_stage = gate.adjusted(skill, check, speed, *steps.values())
    weakest = gate.weakest([*steps], by_stage, len(sums))
    records = []
    for at, owner in enumerate(sums.index):
        if owner not in attained.index or owner in gone:
            continue
        stage, stage_q = weakest[at]
        one = gate.Evidence(float(attained[owner]), float(np.fmin(skill[at], stage_q)), float(check[at]), float(speed[at]), float(check_gap[at]), float(speed_gap[at]))
        found = gate.verdicts(one, rules.gate_norm, rules.false_discovery_rate, rules.gate_difference)
        n = sums["n"].iloc[at]
        shown = found[0] != "volume" and n > 0
        records.append({
            "owner": owner, "verdict": found[0], "others": ", ".join(found[1:]), "attainment": one.attainment, "closed": int(n),
            "win_rate": sums["won"].iloc[at] / n if shown else np.nan, "skill_q": skill[at] if shown else np.nan,
            "weak_stage": stage if shown else "", "weak_stage_q": stage_q if shown else np.nan,
            "check_gap": one.check_gap, "check_q": one.check_q, "speed_gap": one.speed_gap, "speed_q": one.speed_q})
    frame = pd.DataFrame(records, columns=[*COLUMNS])
    place = frame["verdict"].map({name: at for at, name in enumerate(gate.VERDICTS)})
    return frame.assign(_place=place).sort_values(["_place", "attainment", "owner"], kind="stable").drop(columns="_place")


def _steps(bases: Bases, owners: list[str]) -> dict[str, np.ndarray]:
    """By stage the p-values that each seller's conversion from it, of deals that came to it lately and are decided there, is no lower."""
    if not bases.tables.has("stage_history.entered_at", "stage_history.to_stage", "stages.ord"):
        return {}
    start, found = ibis.literal(bases.end - dt.timedelta(days=bases.client.rules.chain_days)), {}
    for pipeline, stages in lines(bases):
        wide = bases.rows_of(reaches)[pipeline]
        sums: dict[str, ir.Value] = {}
        for at in range(len(stages)):
            first, further = wide[f"_f{at}"], wide[f"_f{at + 1}"]
            decided = (first >= start) & (further.notnull() | (wide.semantic != "open"))
            sums |= {f"n{at}": yes(decided).sum(), f"x{at}": yes(decided & further.notnull()).sum()}
        rows = bases.rows(wide.group_by(owner=cells.label(wide.owner)).agg(**sums)).set_index("owner").reindex(owners).fillna(0.0)
        for at, stage in enumerate(stages):
            name = stage.name if len(bases.stages.pipelines) == 1 else f"{pipeline or cells.EMPTY} × {stage.name}"
            found[name] = gate.fewer(rows[f"x{at}"].to_numpy(), rows[f"n{at}"].to_numpy())
    return found


def _columns(sums: pd.DataFrame, n: str, first: str, second: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three columns as arrays."""
    return sums[n].to_numpy(), sums[first].to_numpy(), sums[second].to_numpy()


def _closed(bases: Bases) -> pd.DataFrame:
    """Deals closed lately by seller: n, won, and Σ, Σ² of logarithms of won checks and of their days from creation to winning."""
    start = bases.end - dt.timedelta(days=bases.client.rules.chain_days)
    d = bases.deals.filter((bases.deals.semantic != "open") & (bases.deals.closed_at >= start))
    won = d.semantic == "won"
    size = won & (d.amount_base > 0)
    lasted = won & (d.cycle_days > 0)
    check, wait = d.amount_base.nullif(0).abs().ln(), d.cycle_days.nullif(0).abs().ln()
    query = d.group_by(owner=cells.label(d.owner)).agg(
        n=d.count(), won=yes(won).sum(), checks=yes(size).sum(), check1=cells.exact((size.ifelse(check, 0.0)), 8),
        check2=cells.exact(size.ifelse(check**2, 0.0), 8), waits=yes(lasted).sum(), wait1=cells.exact(lasted.ifelse(wait, 0.0), 8),
        wait2=cells.exact(lasted.ifelse(wait**2, 0.0), 8))
    frame = bases.rows(query)
    return frame[frame["owner"] != cells.EMPTY].set_index("owner").astype(float).sort_index()


def _counted(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Sellers by leading verdict, and the verdict of each."""
    frame = bases.rows_of(judged)
    records: list[dict] = [{"value": float(len(frame)), "n": len(frame), "sum_num": len(frame)}]
    for verdict in gate.VERDICTS:
        mine = int((frame["verdict"] == verdict).sum())
        records += [{"by": "verdict", "group": verdict, "value": float(mine), "n": mine, "sum_num": mine}] if mine else []
    records += [{"by": "owner×verdict", "group": f"{row.owner} × {row.verdict}", "value": 1.0, "n": 1, "sum_num": 1} for row in frame.itertuples()]
    return finish.made(metric, bases, records)


_NEEDS = ("norms", "deals.owner_id", "activities.kind", "activities.done_at|activities.started_at", "deals.semantic", "deals.closed_at|deals.won_at")
METRICS = (
    Metric(
        id="gate_verdicts", card="M33", kind="count", unit="count", better="neutral", basis="snapshot", table="deals", rows=deals, at="",
        needs=_NEEDS, where=None, numerator=None, denominator=None, compute=_counted, matures_days=0, min_n=1,
        slices=("verdict", "owner×verdict"), counter="norm_attainment",
        source="first that applies: norms below 90 %, conversion (of all closed or from any one stage), check, cycle worse than the colleagues' at q ≤ 0.10, else on norm",
    ),
)
LISTINGS = (
    Listing(id="gate_verdicts", card="M33", needs=_NEEDS, columns=COLUMNS, rows=judged,
            source="sellers by what to work on first: quantity, skill (and at which stage it is weakest), check, speed"),
)
