"""Every metric and every listing there is: the families of the chapters."""

from __future__ import annotations

from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric
from audit.metrics.families import (
    activities,
    flow,
    hygiene,
    knowledge,
    leads,
    management,
    money,
    people,
    plan,
    quality,
    results,
)

_CHAPTERS = (leads, flow, plan, results, activities, money, hygiene, quality, people, knowledge, management)
_FAMILIES = tuple(family for chapter in _CHAPTERS for family in chapter.FAMILIES)
# in the order of the cards
METRICS: tuple[Metric, ...] = tuple(sorted(
    (metric for family in _FAMILIES for metric in family.METRICS), key=lambda metric: metric.card))
BY_ID: dict[str, Metric] = {metric.id: metric for metric in METRICS}
CARDS: dict[str, tuple[str, ...]] = {
    card: tuple(metric.id for metric in METRICS if metric.card == card)
    for card in sorted({metric.card for metric in METRICS})
}
LISTINGS: dict[str, Listing] = {
    listing.id: listing for family in _FAMILIES for listing in getattr(family, "LISTINGS", ())}
