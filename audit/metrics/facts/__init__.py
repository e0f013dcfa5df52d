"""Needs that are facts about rows, not columns: without them a number would be right and mislead."""

from __future__ import annotations

from collections.abc import Callable

from audit.metrics.bases import Bases
from audit.metrics.facts import sales, talks, team

FACTS: dict[str, Callable[[Bases], bool]] = {**sales.FACTS, **talks.FACTS, **team.FACTS}
