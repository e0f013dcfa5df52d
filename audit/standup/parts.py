"""What a pack is made of: the one place where a part is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.metrics.bases import Bases
from audit.metrics.catalogue import LISTINGS
from audit.standup import calls, money, plans
from audit.standup.day import Day

if TYPE_CHECKING:
    import pandas as pd

Rows = Callable[[Bases, Day], "pd.DataFrame"]


@dataclass(frozen=True)
class Part:
    """Rows of one kind, most urgent first; what it `needs` as for a metric."""

    name: str
    needs: tuple[str, ...]
    rows: Rows


def _listed(name: str, rows: Rows | None = None) -> Part:
    """A part that is a listing of the catalogue, or rows of the pack's own with the needs of one."""
    listing = LISTINGS[name]
    return Part(name, listing.needs, rows or (lambda bases, _: listing.rows(bases)[list(listing.columns)]))


_PLAN = ("plans", "deals won or payments")
PARTS = (
    Part("plans", _PLAN, plans.standing),
    Part("ended", _PLAN, plans.ended),
    Part("course", _PLAN, plans.course),
    _listed("catchup", plans.catchup),
    _listed("catchup_steps", plans.steps),
    _listed("deviations"),
    _listed("day_report"),
    _listed("gate_verdicts"),
    _listed("traffic_burn"),
    _listed("quality_gaps"),
    _listed("listening"),
    _listed("payment_control", money.payments),
    Part("receipts", LISTINGS["payment_control"].needs, money.receipts),
    _listed("hot_deals"),
    _listed("untouched_leads"),
    _listed("unreturned_calls", calls.unreturned),
    _listed("overdue_tasks"),
    _listed("leaking_leads"),
    _listed("stuck_deals"),
    _listed("leaking_deals"),
)
BY_NAME = {part.name: part for part in PARTS}
