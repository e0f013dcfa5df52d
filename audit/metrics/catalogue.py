"""Every metric there is: one explicit tuple."""

from __future__ import annotations

from audit.metrics import (
    activity,
    clients,
    conversion,
    cycle,
    dwell,
    flow,
    funnel,
    growth,
    hygiene,
    leads,
    leaks,
    money,
    plan,
    results,
)
from audit.metrics.metric import Metric

# in the order of the cards
METRICS: tuple[Metric, ...] = tuple(sorted((
    *leaks.METRICS, *leads.METRICS, *conversion.METRICS, *funnel.METRICS, *flow.METRICS, *cycle.METRICS, *dwell.METRICS,
    *plan.METRICS, *results.METRICS, *growth.METRICS, *clients.METRICS, *activity.METRICS, *money.METRICS, *hygiene.METRICS,
), key=lambda metric: metric.card))
BY_ID: dict[str, Metric] = {metric.id: metric for metric in METRICS}
CARDS: dict[str, tuple[str, ...]] = {
    card: tuple(metric.id for metric in METRICS if metric.card == card)
    for card in sorted({metric.card for metric in METRICS})
}
