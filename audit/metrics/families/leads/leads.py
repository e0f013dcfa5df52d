"""Quality of the inbound flow: M05."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, likened, periods
from audit.metrics.count.workdays import a_workday, earliest
from audit.metrics.declare.common import LEAD_SLICES, MIN_N, leads, one, within
from audit.metrics.declare.metric import Ask, Metric

_SPAM = ("spam", "duplicate", "спам", "дубл")  # of loss reasons in three languages
# where a lead came from, as far as the forms and the tags of links tell
_SLICES = (*LEAD_SLICES, "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "landing", "product")
_MIX = ("source", "channel")
_LINK = "deals.lead_id|leads.deal_id"


def _is_lead(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """No spam and no duplicate, by the words of the reason for which it was soon closed."""
    reason = t.loss_reason.fill_null("").lower()
    spam = ibis.or_(*(reason.contains(word.lower()) for word in b.client.rules.spam_words or _SPAM), ibis.literal(False))
    return ~(spam & _soon(t, t.closed_at, b.client.rules.conversion_days))


def _target(t: ir.Table, b: Bases) -> ir.Value:
    days = b.client.rules.conversion_days
    return yes(within(t.created_at, t.qualified_at, days) | (t.is_converted & _soon(t, t.converted_at, days)))


def _junk(t: ir.Table, b: Bases) -> ir.Value:
    return yes((t.semantic == "junk") & _soon(t, t.closed_at, b.client.rules.conversion_days))


def _soon(t: ir.Table, at: ir.Value, days: int) -> ir.BooleanValue:
    """Within so many days of the creation; what happened at no known day is taken to have been soon."""
    return at.isnull() | within(t.created_at, at, days)


def _won_in_time(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.won_at.notnull() & within(t.created_at, t.won_at, b.client.rules.win_days))


def _spent(bases: Bases) -> ir.Table:
    """Marketing spend up to the as-of day as rows of the shape of qualified leads."""
    t = bases.full("spend").filter(lambda s: s.date <= ibis.literal(bases.as_of))
    return t.select("source", "channel", event_at=t.date.cast("timestamp(6)"), cost=t.amount.cast("float64"),
                    lead=ibis.literal(0.0))


def _cost(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Spend ÷ qualified leads over the span that the spend covers; spend is a total, so there is no interval."""
    spent = _spent(bases)
    days = bases.rows(spent.agg(first=spent.event_at.min(), last=spent.event_at.max())).iloc[0]
    t = bases.leads.filter(bases.leads.qualified_at.notnull() | bases.leads.is_converted)
    t = t.filter((t.created_at >= ibis.literal(days["first"].to_pydatetime())) & (t.created_at < ibis.literal(bases.end)))
    rows = t.select("source", "channel", event_at=t.created_at.cast("timestamp(6)"), cost=ibis.literal(0.0), lead=ibis.literal(1.0))
    both = ibis.union(rows, spent)
    slices = [one for one in ask.slices if set(one) <= {"source", "channel"}]
    sums = {"_rows": both.count(), "cost": cells.exact(both.cost), "lead": both.lead.sum()}
    records = []
    for part in cells.collect(bases, both, "event_at", slices, ask.periods, sums):
        for i, number in enumerate(part.number):
            n, cost = part.sums["lead"][i], part.sums["cost"][i]
            record = {"by": part.by[i], "group": part.group[i], "value": cost / n if n else np.nan, "n": int(n),
                      "sum_num": cost, "sum_den": n, "period": part.period}
            if part.period != "all":
                record |= {"period_start": periods.start(number, part.period), "period_end": periods.end(number, part.period)}
            if n and (cost or not part.by[i]):
                records.append(record)
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _junk_of_the_same(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Junk share of each seller as if each got leads of the same source, channel and month; such leads that one seller alone got, and young ones, are left out."""
    mix = [name for name in _MIX if name in bases.slices("leads")]
    late = ibis.literal(bases.end - metric.maturity(bases))
    t = bases.leads.filter(bases.leads.owner.notnull() & (bases.leads.created_at < late))
    keys = {"owner": t.owner, "month": periods.key(t.created_at, "month")} | {name: cells.label(t[name]) for name in mix}
    frame = bases.rows(t.group_by(**keys).agg(n=t.count(), hits=_junk(t, bases).sum()))
    frame = frame[frame.groupby([*mix, "month"])["owner"].transform("nunique") > 1]
    records = likened.standardised(frame, "owner", [*mix, "month"]) if len(frame) else []
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _began(bases: Bases) -> dict[str, dt.date]:
    return earliest(bases, bases.leads, "created_at")


_RECEIVED = Metric(
    id="leads_received", card="M05", kind="count", unit="count", better="neutral", basis="period", table="leads", rows=leads, at="created_at",
    needs=("leads.created_at",), where=None, numerator=one, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
    counter="lead_target_share", source="leads created in the period",
)
METRICS = (
    _RECEIVED,
    a_workday(_RECEIVED, "leads_a_workday", "leads created ÷ working days of the client's calendar, from the first lead to the as-of day", _began),
    Metric(
        id="lead_target_share", card="M05", kind="share", unit="share", better="higher", basis="cohort", table="leads",
        rows=leads, at="created_at", needs=("leads.created_at", "leads.qualified_at"), where=_is_lead, numerator=_target,
        denominator=one, compute=None, matures_days="conversion_days", min_n=MIN_N, slices=_SLICES, counter="lead_win_rate",
        source="leads accepted as target (or converted) within rules.conversion_days ÷ leads created less those closed by then as spam or duplicates (rules.spam_words in the loss reason)",
    ),
    Metric(
        id="lead_junk_share", card="M05", kind="share", unit="share", better="lower", basis="cohort", table="leads",
        rows=leads, at="created_at", needs=("leads.created_at", "leads.semantic", "leads.semantic=junk"), where=None,
        numerator=_junk, denominator=one, compute=None, matures_days="conversion_days", min_n=MIN_N, slices=_SLICES,
        counter="lead_conversion", source="leads closed as junk within rules.conversion_days ÷ leads created",
    ),
    Metric(
        id="lead_junk_standardised", card="M05", kind="share", unit="share", better="lower", basis="cohort", table="leads", rows=leads, at="created_at",
        needs=("leads.created_at", "leads.semantic", "leads.semantic=junk", "leads.owner_id"), where=None, numerator=_junk, denominator=one,
        compute=_junk_of_the_same, matures_days="conversion_days", min_n=MIN_N, slices=("owner",), counter="lead_win_rate",
        source="junk ÷ junk expected from source, channel and month × the junk share of all (indirect standardisation), of leads of which several "
               "sellers got some",
    ),
    Metric(
        id="lead_win_rate", card="M05", kind="share", unit="share", better="higher", basis="cohort", table="leads",
        rows=leads, at="created_at", needs=("leads.created_at", _LINK, "deals.semantic"), where=None,
        numerator=_won_in_time, denominator=one, compute=None, matures_days="win_days", min_n=MIN_N, slices=_SLICES,
        counter="lead_junk_share", source="leads with a deal won within rules.win_days ÷ leads created",
    ),
    Metric(
        id="revenue_per_lead", card="M05", kind="mean", unit="money", better="higher", basis="cohort", table="leads",
        rows=leads, at="created_at", needs=("leads.created_at", _LINK, "deals.semantic", "deals.amount_base|deals.amount"),
        where=None, numerator="won_amount", denominator=one, compute=None, matures_days="win_days", min_n=MIN_N,
        slices=_SLICES, counter="lead_junk_share", whose="client_id", source="Σ amount won from the leads so far ÷ leads created",
    ),
    Metric(
        id="cost_per_qualified_lead", card="M05", kind="figure", unit="money", better="lower", basis="period",
        table="leads", rows=leads, at="created_at",
        needs=("leads.created_at", "leads.qualified_at|leads.converted_at|leads.semantic", "spend.amount", "spend.date"),
        where=None, numerator=None, denominator=None, compute=_cost, matures_days=0, min_n=MIN_N,
        slices=("source", "channel"), counter="lead_win_rate", source="Σ marketing spend ÷ target leads of the period",
    ),
)
