"""Lost leads and deals: open units that nobody leads on: M01."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.metrics.common import MIN_N, one
from audit.metrics.leaking import ANY, AWAY, DONE, NEXT, PLANNED, STALE, TOUCH, open_deals, open_leads
from audit.metrics.metric import Metric, Row
from audit.metrics.reach import chances_now, worth
from audit.metrics.shape import yes

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
        needs=("leads.created_at", "leads.semantic", *needs) if leads else ("deals.semantic", *needs), where="logged" if flag == "untouched" else None,
        numerator=_flag(flag), denominator=one, compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team", "source", "channel", "segment", "age") if leads else _SLICES,
        counter="lead_junk_share" if leads else "tasks_on_time", source=source,
    )


METRICS = (
    _share("leaking_deals", "leaks", ANY, "open deals with at least one flag ÷ open deals; flags without data are not raised"),
    _share("leak_no_next", "no_next", NEXT, "open deals without an action planned ahead ÷ open deals"),
    _share("leak_overdue", "overdue", NEXT, "open deals with an action overdue by a business day or more ÷ open deals"),
    _share("leak_silent", "silent", DONE,
           "open deals without a done action for longer than the stage's max_days or rules.silent_days ÷ open deals"),
    _share("leak_orphan", "orphan", ("deals.owner_id", "users.user_id"), "open deals whose owner is absent, gone or a robot ÷ open deals"),
    _share("leak_stale_date", "stale_date", STALE, "open deals whose expected close has passed ÷ open deals"),
    _share("leaking_leads", "leaks", ("|".join((*TOUCH, "activities.due_at")),), "open leads with at least one flag ÷ open leads", leads=True),
    _share("leak_untouched", "untouched", (*TOUCH, "activities of leads"),
           "open leads older than rules.lead_sla_minutes of business time that no person has touched ÷ open leads; "
           "leads older than the log of actions are left out", leads=True),
    _share("leak_leads_silent", "silent", (*TOUCH, "activities of leads"), "open touched leads without an action for rules.silent_days ÷ open leads", leads=True),
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
