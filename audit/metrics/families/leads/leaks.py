"""Lost leads and deals: open units that nobody leads on: M01."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases, worktime
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric, Row
from audit.metrics.rows.flow.reach import chances_now, worth
from audit.metrics.rows.leads.leaking import (
    ANY,
    AWAY,
    DONE,
    NEXT,
    PLANNED,
    STALE,
    TOUCH,
    acted_at,
    named,
    open_deals,
    open_leads,
)

_DEALS, _LEADS = ("deals.semantic", *ANY), ("leads.created_at", "leads.semantic")
_LOGGED = (*TOUCH, "activities of leads")
_ACTED = ("|".join((*TOUCH, "activities.due_at")),)
_DEAL_FLAGS = ("no_next", "overdue", "silent", "orphan", "stale_date")
_LEAD_FLAGS = ("no_next", "overdue", "silent", "orphan", "away")
_SLICES = ("owner", "team", "source", "stage", "pipeline", "segment", "age")


def _flag(name: str) -> Row:
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return yes(t[name])

    return value


def _at_risk(t: ir.Table, _: Bases) -> ir.Value:
    return ibis.ifelse(t.leaks, t.amount_base, 0.0)


def _likely_at_risk(t: ir.Table, b: Bases) -> ir.Value:
    return ibis.ifelse(t.leaks, t.amount_base * worth(t.pipeline_id, t.stage, b.rows_of(chances_now), b), 0.0)


def _share(metric_id: str, flag: str, needs: tuple[str, ...], source: str, leads: bool = False) -> Metric:
    """One share of open deals (or leads) that carry a flag."""
    return Metric(
        id=metric_id, card="M01", kind="share", unit="share", better="lower", basis="snapshot",
        table="leads" if leads else "deals", rows=open_leads if leads else open_deals, at="",
        needs=(*_LEADS, *needs) if leads else ("deals.semantic", *needs), where="logged" if flag == "untouched" else None,
        numerator=_flag(flag), denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "source", "channel", "segment", "age") if leads else _SLICES,
        counter="lead_junk_share" if leads else "tasks_on_time", source=source,
    )


def _untouched(bases: Bases) -> pd.DataFrame:
    """Leads that nobody has tried to reach in time, the newest first: a request goes stale by the hour."""
    t = bases.rows_of(open_leads)
    t = t.filter(t.untouched).select("lead_id", "owner", "source", "created_at")
    frame = bases.rows(worktime.waited(t, bases, "created_at"))
    frame["waited_minutes"] = frame["waited_minutes"].astype(float).round(1)
    return frame.sort_values(["created_at", "lead_id"], ascending=[False, True], kind="stable")


def _left_leads(bases: Bases) -> pd.DataFrame:
    """Leads with a flag that are not among the untouched, the longest without an action first: since they came where there was none."""
    t = bases.rows_of(open_leads)
    t = t.filter(t.leaks & ~t.untouched)
    frame = bases.rows(t.select("lead_id", "owner", "source", "created_at", *_LEAD_FLAGS, last_at=t._last, due_at=t._due))
    frame = frame.assign(flags=named(frame, _LEAD_FLAGS), _since=frame["last_at"].fillna(frame["created_at"]))
    return frame.sort_values(["_since", "lead_id"], kind="stable")


def _left_deals(bases: Bases) -> pd.DataFrame:
    """Deals with a flag, the dearest first."""
    t = bases.rows_of(open_deals)
    t = t.filter(t.leaks)
    frame = bases.rows(t.select("deal_id", "owner", "pipeline", "stage", *_DEAL_FLAGS, amount=t.amount_base,
                                last_at=acted_at(t, ibis.literal(bases.end)), due_at=ibis.coalesce(t._due, t.next_activity_at)))
    return frame.assign(flags=named(frame, _DEAL_FLAGS)).sort_values(["amount", "deal_id"], ascending=[False, True], kind="stable")


METRICS = (
    _share("leaking_deals", "leaks", ANY, "open deals with at least one flag ÷ open deals; flags without data are not raised"),
    _share("leak_no_next", "no_next", NEXT, "open deals without an action planned ahead ÷ open deals"),
    _share("leak_overdue", "overdue", NEXT, "open deals with an action overdue by a business day or more ÷ open deals"),
    _share("leak_silent", "silent", DONE,
           "open deals without a done action for longer than the stage's max_days or rules.silent_days ÷ open deals"),
    _share("leak_orphan", "orphan", ("deals.owner_id", "users.user_id"), "open deals whose owner is absent, gone or a robot ÷ open deals"),
    _share("leak_stale_date", "stale_date", STALE, "open deals whose expected close has passed ÷ open deals"),
    _share("leaking_leads", "leaks", _ACTED, "open leads with at least one flag ÷ open leads", leads=True),
    _share("leak_untouched", "untouched", _LOGGED,
           "open leads older than rules.lead_sla_minutes of business time that no person has touched ÷ open leads; "
           "leads older than the log of actions are left out", leads=True),
    _share("leak_leads_silent", "silent", _LOGGED, "open touched leads without an action for rules.silent_days ÷ open leads", leads=True),
    _share("leak_leads_overdue", "overdue", PLANNED, "open leads with an action overdue by a business day or more ÷ open leads", leads=True),
    _share("leak_leads_no_next", "no_next", PLANNED, "open leads without an action planned ahead ÷ open leads; untouched ones from the end of rules.lead_sla_minutes on", leads=True),
    _share("leak_leads_orphan", "orphan", ("leads.owner_id", "users.user_id"), "open leads whose owner is absent, gone or a robot ÷ open leads", leads=True),
    _share("leak_leads_away", "away", AWAY, "open leads whose owner was absent on the last working day up to the as-of day ÷ open leads", leads=True),
    Metric(
        id="money_at_risk", card="M01", kind="sum", unit="money", better="lower", basis="snapshot", table="deals",
        rows=open_deals, at="", needs=("deals.semantic", *ANY, "deals.amount_base|deals.amount", "deals.amount of open deals"),
        where=None, numerator=_at_risk, denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=_SLICES,
        counter="leaking_deals", source="Σ amount of leaking deals",
    ),
    Metric(
        id="money_at_risk_likely", card="M01", kind="sum", unit="money", better="lower", basis="snapshot", table="deals",
        rows=open_deals, at="", where=None, numerator=_likely_at_risk, denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        needs=("deals.semantic", *ANY, "deals.amount_base|deals.amount", "deals.amount of open deals", "deals.stage_id",
               "stage_history.entered_at", "stage_history.to_stage", "stages.ord"),
        slices=_SLICES, counter="tasks_rescheduled_share",
        source="Σ amount × P(win | reached the stage) of leaking deals; a stage without a chance yet counts nothing",
    ),
)

LISTINGS = (
    Listing(
        id="untouched_leads", card="M01", needs=(*_LEADS, *_LOGGED), columns=("lead_id", "owner", "source", "created_at", "waited_minutes"),
        rows=_untouched,
        source="see the metric leak_untouched; business minutes waited to the end of the as-of day, empty where the hour of arrival is not known; the newest first",
    ),
    Listing(
        id="leaking_leads", card="M01", needs=(*_LEADS, *_ACTED),
        columns=("lead_id", "owner", "source", "created_at", "last_at", "due_at", "flags"), rows=_left_leads,
        source="see the metric leaking_leads, those of untouched_leads left out; last done action, earliest action due and not done; the longest without "
               "an action first, since their arrival where there was none",
    ),
    Listing(
        id="leaking_deals", card="M01", needs=_DEALS,
        columns=("deal_id", "owner", "pipeline", "stage", "amount", "last_at", "due_at", "flags"), rows=_left_deals,
        source="see the metric leaking_deals; last done action, earliest action due and not done; the dearest first",
    ),
)
