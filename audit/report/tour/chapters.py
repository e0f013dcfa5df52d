"""The chapters of the tour in its order: the one place to add one.

A chapter names its ways of telling, the best first; the first that the client's data allow is taken, one that shows
little (too few months, parts all alike) only where no other is left. `needs` are
the tables without which nothing can be told, for values in which none of its metrics stands.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from audit.report.tour.over_time import by_cohort, by_month, plan_and_fact, until_won
from audit.report.tour.parts import aged, filled, passed, spread, tiers

if TYPE_CHECKING:
    from audit.report.report import Report
    from audit.report.tour.chapter import Told


class Way(NamedTuple):
    """A way of telling: the form, and the metrics it is told by."""

    form: Callable[..., Told | None]
    metrics: tuple[str, ...]
    by: str = ""

    def tell(self, report: Report) -> Told | None:
        """The sentence and picture, or None where the values do not hold them."""
        return self.form(report, *self.metrics, by=self.by) if self.by else self.form(report, *self.metrics)


class Plot(NamedTuple):
    """What one chapter is made of; its title is `tour.title.<name>`."""

    name: str
    ways: tuple[Way, ...]
    needs: tuple[str, ...]


def _months(*metrics: str) -> tuple[Way, ...]:
    return tuple(Way(by_month, (metric,)) for metric in metrics)


CHAPTERS: tuple[Plot, ...] = (
    Plot("leads", (Way(by_cohort, ("lead_target_share", "lead_conversion", "lead_win_rate")), *_months("lead_conversion", "lead_conversion_ever", "lead_junk_share"),
                   Way(spread, ("lead_conversion",), "source")), ("leads",)),
    Plot("flow", (Way(until_won, ("cycle_incidence", "cycle_days_half")), Way(passed, ("stage_conversion",), "stage"),
                  Way(spread, ("stage_days",), "stage")), ("deals",)),
    Plot("results", (Way(plan_and_fact, ("plan_target", "plan_fact")), *_months("revenue", "won_deals", "win_rate")), ("deals", "plans")),
    Plot("activities", (*_months("norm_attainment", "activity_count"), Way(spread, ("activity_count",), "kind")), ("activities",)),
    Plot("money", (Way(aged, ("receivables_ageing", "receivables"), "bucket"), *_months("payment_plan_attainment", "receipts", "days_late", "margin_share", "avg_check")),
         ("receivables", "payments")),
    Plot("hygiene", (Way(filled, ("completeness",), "field"), Way(filled, ("completeness",), "owner"), Way(filled, ("close_date_filled",), "owner"), *_months("tasks_on_time")),
         ("deals",)),
    Plot("quality", (*_months("qa_score", "deal_quality"), Way(spread, ("qa_block_score",), "block"), Way(spread, ("qa_score",), "owner"), *_months("comment_quality")),
         ("qa_reviews",)),
    Plot("people", (Way(tiers, ("win_rate",)), Way(spread, ("win_rate",), "owner"), Way(spread, ("revenue",), "owner")), ("users",)),
    Plot("knowledge", (Way(filled, ("kb_coverage",), "stage"), Way(spread, ("technique_use_rate",), "technique"), Way(spread, ("technique_use_rate",), "stage"),
                       Way(spread, ("competence_level",), "competence"), *_months("technique_uses_a_talk", "micro_per_month", "dev_on_time")),
         ("kb_items", "technique_tags", "competences")),
    Plot("management", (*_months("standup_regularity", "standup_on_time", "control_norm_days", "claim_hit_rate", "slipped_share"),
                        Way(spread, ("control_minutes",), "kind")), ("meetings", "control_log")),
)
BY_NAME: dict[str, Plot] = {plot.name: plot for plot in CHAPTERS}
