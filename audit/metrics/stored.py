"""What a run forecasts, as rows of the table `forecasts`: later runs judge them (M41)."""

from __future__ import annotations

import datetime as dt

from audit.metrics.bases import Bases
from audit.metrics.rows.plan import outlook
from audit.metrics.rows.plan.targets import names, targets

_SCOPES = {"": "company", "team": "team", "owner": "user", "segment": "segment"}
_NEEDS = ("deals.created_at", "deals.semantic", "deals.closed_at|deals.won_at", "deals.amount_base|deals.amount", "deals of nine months")


def forecasts(bases: Bases) -> list[dict]:
    """Rows of `forecasts` made at the as-of day: kind `model` for the running month, kind `plan` for every running plan."""
    made = dt.datetime.combine(bases.as_of, dt.time())
    ids = {name: key for key, name in names(bases).items()}

    def row(start: dt.date, end: dt.date, by: str, group: str, metric: str, value: float, kind: str) -> dict:
        return {"made_at": made, "period_start": start, "period_end": end, "scope": _SCOPES[by],
                "scope_id": ids.get(group, group) if by == "owner" else group, "metric": metric, "value": value, "kind": kind}

    rows = []
    if not bases.lacks(*_NEEDS):
        cut = outlook.running_month(bases)
        ahead = bases.rows_of(outlook.ahead)[cut.start, cut.end]
        rows.append(row(cut.start, cut.end, "", "", "revenue", ahead.total().value, "model"))
        rows += [row(cut.start, cut.end, "owner", owner, "revenue", ahead.total("owner", owner).value, "model")
                 for owner in sorted(set(ahead.opened["owner"]))]
    if not bases.lacks("plans", "deals won or payments"):
        rows += [row(one.start, one.end, one.by, one.group, one.measure, one.target, "plan")
                 for one in bases.rows_of(targets) if one.by in _SCOPES and one.start <= bases.as_of < one.end]
    return rows
