"""Needs that are facts about rows, not columns: without them a number would be right and mislead."""

from __future__ import annotations

from audit.metrics.bases import FACTS
from audit.metrics.facts import sales, talks, team

FACTS |= {**sales.FACTS, **talks.FACTS, **team.FACTS}
