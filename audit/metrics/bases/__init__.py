"""Enriched tables as they stood at the end of the as-of day; metrics and zones read only these."""

from audit.metrics.bases.asof import FACTS, NATURAL, SMALL, Bases

__all__ = ["FACTS", "NATURAL", "SMALL", "Bases"]
