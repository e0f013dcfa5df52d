"""Slices by their short names, beside the natural ones of `bases.NATURAL`."""

from __future__ import annotations

# slices that only the metrics that declare them have
PEOPLE = ("block", "item", "object", "talk", "reviewer", "competence", "question", "leave_kind", "hire_quarter", "tenure", "milestone", "tercile", "feature", "tool")
# what is done or paid for a deal takes these from it, where a metric follows it there
LENT = {"activities": ("source", "product"), "payments": ("source", "segment", "product"), "qa_reviews": ("source",)}
MARKS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "landing")
FIXED = (
    "kind", "entity", "rule", "field", "bucket", "check", "day", "step", "verdict", "lead", "topic", "indicator", "action", "term", "driver", "technique",
    "status", "horizon", "version", "band", "part", "cell", "hour", "weekday", "shift", "client", "contract", "line", "pair", "effect", "pay", "age", "flag", "recency", "rfm", *MARKS, *PEOPLE,
)
