"""Every metric there is: one explicit tuple."""

from __future__ import annotations

from audit.metrics import conversion, results
from audit.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (*conversion.METRICS, *results.METRICS)
BY_ID: dict[str, Metric] = {metric.id: metric for metric in METRICS}
CARDS: dict[str, tuple[str, ...]] = {
    card: tuple(metric.id for metric in METRICS if metric.card == card)
    for card in sorted({metric.card for metric in METRICS})
}
