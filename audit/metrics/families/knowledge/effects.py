"""Techniques: what changes where they are used, and who takes them up: M67."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.knowledge import standing, tags
from audit.stats import intervals, survival

_CALLED = ("kb_items.kb_id", "technique_tags.kb_id", "technique_tags.at", "technique_tags.opportunity", "technique_tags without use",
           "technique_tags.deal_id", "technique_tags.user_id", "deals.semantic")
_USED = ("kb_items.kb_id", "technique_tags.kb_id", "technique_tags.at", "technique_tags.user_id", "deals.owner_id")
_LOST = "technique_tags of lost deals"
_WINDOW, _ACTIVE = 28, 90  # days: adoption looks back four weeks; a seller is active with a deal open or closed so lately


def _effect(outcome: str, odds: bool = False):
    """Rows of the effect on `outcome`, the whole over all techniques and strata."""

    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        frame = bases.rows_of(standing.counts)
        cuts = [("", "", frame)]
        if ("technique",) in ask.slices:
            cuts += [("technique", str(name), rows) for name, rows in frame.groupby("technique", sort=True)]
        records = []
        for by, group, rows in cuts:
            found = standing.compared(rows, outcome, odds)
            records.append({"by": by, "group": group, "value": found.value, "low": found.low, "high": found.high, "n": found.units})
        return finish.made(metric, bases, records)

    return compute


def tagged_deals(bases: Bases) -> ir.Table:
    """One row a technique and deal with a tagged situation."""
    t = bases.rows_of(tags.situations)
    t = t.filter(t.deal_semantic.isin(["won", "lost"]))
    return t.group_by("technique", "deal_id").agg(won=(t.deal_semantic == "won").cast("int64").max(), lost=(t.deal_semantic == "lost").cast("int64").max())


def sellers(bases: Bases) -> list[str]:
    """Sellers with a deal that is open or was closed within 90 days."""
    d = bases.deals
    d = d.filter(((d.semantic == "open") | (d.closed_at >= ibis.literal(bases.end) - ibis.interval(days=_ACTIVE))) & ~d.user_gone)
    return sorted(bases.rows(d.select("owner").distinct())["owner"].dropna())


def _live(bases: Bases) -> pd.DataFrame:
    t = bases.rows_of(tags.items).filter(lambda one: tags.is_live(one, bases) & tags.is_technique(one, bases))
    return bases.rows(t.select("technique", "created_at")).sort_values("technique").reset_index(drop=True)


def _nth_uses(bases: Bases) -> pd.DataFrame:
    """When each active seller reached the habit with each live technique: technique, owner, at."""
    t = bases.rows_of(tags.situations)
    t = t.filter(t.used == 1)
    place = ibis.row_number().over(ibis.window(group_by=[t.technique, t.owner], order_by=[t["at"], t.tag_id]))
    t = t.mutate(_place=place)
    t = t.filter(t._place == bases.client.rules.technique_habit - 1)
    frame = bases.rows(t.select("technique", "owner", "at"))
    return frame[frame["owner"].isin(sellers(bases))]


def _adoption(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Active sellers with the habit in the last four weeks ÷ active sellers; the whole adds techniques up."""
    team, live = sellers(bases), _live(bases)["technique"]
    t = bases.rows_of(tags.situations)
    t = t.filter((t.used == 1) & (t["at"] >= ibis.literal(bases.end) - ibis.interval(days=_WINDOW)))
    frame = bases.rows(t.group_by("technique", "owner").agg(n=t.count()))
    frame = frame[(frame["n"] >= bases.client.rules.technique_habit) & frame["owner"].isin(team) & frame["technique"].isin(live)]
    took = frame.groupby("technique").size()
    records = [_share("", "", len(frame), len(team) * len(live))]
    if ("technique",) in ask.slices:
        records += [_share("technique", name, int(took.get(name, 0)), len(team)) for name in live]
    return finish.made(metric, bases, records)


def _share(by: str, group: str, hits: int, n: int) -> dict:
    if not n:
        return {"by": by, "group": group, "value": np.nan, "n": 0}
    low, high = intervals.wilson(hits, n)
    return {"by": by, "group": group, "value": hits / n, "low": float(low), "high": float(high), "n": n, "sum_num": float(hits),
            "sum_den": float(n), "sum_num2": float(hits), "sum_numden": float(hits), "sum_den2": float(n)}


def _half(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Days from a technique's record until half of the active sellers have the habit; the whole is a Kaplan–Meier median."""
    need, uses, live = -(-len(sellers(bases)) // 2), _nth_uses(bases), _live(bases)
    waits, events, records = [], [], []
    for name, made in live.dropna(subset=["created_at"]).itertuples(index=False):
        times = uses.loc[uses["technique"] == name, "at"].sort_values()
        reached = need > 0 and len(times) >= need
        until = times.iloc[need - 1] if reached else pd.Timestamp(bases.end)
        waits.append(max((until - made).total_seconds() / 86_400, 0.0))
        events.append(reached)
        if reached and ("technique",) in ask.slices:
            records.append({"by": "technique", "group": name, "value": waits[-1], "n": need})
    if not waits:
        return finish.made(metric, bases, [{"value": np.nan}])
    order = np.argsort(waits, kind="stable")
    went = np.array(events, dtype=float)[order]
    value, low, high = survival.km_quantile(survival.kaplan_meier(np.array(waits)[order], went, 1 - went), 0.5)
    return finish.made(metric, bases, [{"value": value, "low": low, "high": high, "n": len(waits)}, *records])


def _by_others(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t.user_id != t.author_id, 1, 0)


def _of_author(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return (t.used == 1) & t.author_id.notnull() & t.user_id.notnull()


def _declared(name: str, unit: str, outcome: str, odds: bool, needs: tuple[str, ...], source: str) -> Metric:
    return Metric(
        id=name, card="M67", kind="ratio" if odds else "mean", unit=unit, better="higher", basis="cohort", table="technique_tags",
        rows=tags.situations, at="", needs=(*_CALLED, *needs, _LOST), where=None, numerator=None, denominator=None,
        compute=_effect(outcome, odds), matures_days=0, min_n=standing.ENOUGH, slices=("technique",), counter="technique_lost_per_won",
        empty="like deals with the technique and without it", source=source)


METRICS = (
    _declared("technique_effect", "points", "step", False, ("stage_history.entered_at", "stage_history.to_stage", "stages.ord"),
              "share of deals that went forward within rules.technique_step_days of the first situation in a stage that called for the "
              "technique, used less not used; Mantel–Haenszel within seller × stage × segment × band of amount; an association"),
    _declared("technique_odds", "ratio", "step", True, ("stage_history.entered_at", "stage_history.to_stage", "stages.ord"),
              "the same as the odds ratio of Mantel and Haenszel"),
    _declared("technique_win_effect", "points", "won", False, ("deals.closed_at|deals.won_at",),
              "share of deals won within rules.win_days of that situation, used less not used, within the same strata; an association"),
    Metric(
        id="technique_lost_per_won", card="M67", kind="ratio", unit="ratio", better="higher", basis="snapshot", table="technique_tags",
        rows=tagged_deals, at="", needs=_CALLED, where=None, numerator="lost", denominator="won", compute=None,
        matures_days=0, min_n=MIN_N, slices=("technique",), counter="",
        source="lost deals with tagged situations ÷ won ones; below 1 the control is too small",
    ),
    Metric(
        id="technique_adoption", card="M67", kind="share", unit="share", better="higher", basis="snapshot", table="technique_tags",
        rows=tags.situations, at="", needs=_USED, where=None, numerator=None, denominator=None, compute=_adoption, matures_days=0,
        min_n=MIN_N, slices=("technique",), counter="technique_effect",
        source="active sellers with at least rules.technique_habit uses in four weeks ÷ active sellers, over techniques not retired",
    ),
    Metric(
        id="technique_half_days", card="M67", kind="median", unit="days", better="lower", basis="cohort", table="technique_tags",
        rows=tags.situations, at="", needs=(*_USED, "kb_items.created_at"), where=None, numerator=None, denominator=None, compute=_half,
        matures_days=0, min_n=1, slices=("technique",), counter="technique_effect",
        source="days from the record of a technique until half of the active sellers had rules.technique_habit uses; Kaplan–Meier median",
    ),
    Metric(
        id="technique_spread", card="M67", kind="share", unit="share", better="higher", basis="period", table="technique_tags",
        rows=tags.situations, at="at", needs=(*_USED, "kb_items.author_id"), where=_of_author, numerator=_by_others,
        denominator=lambda t, _: ibis.literal(1), compute=None, matures_days=0, min_n=MIN_N, slices=("technique", "team"),
        counter="technique_effect", source="uses by others than the author ÷ uses of techniques whose author is known",
    ),
)
