"""What a technique may be called: draft, candidate, proven, retired or cannot tell, by the declared rule, and why."""

from __future__ import annotations

from typing import Any, NamedTuple

from audit.errors import Phrase
from audit.knowledge.effects.leaks import Check

DRAFT, CANDIDATE, PROVEN, RETIRED, CANNOT = "draft", "candidate", "proven", "retired", "cannot tell"
STATUSES = (DRAFT, CANDIDATE, PROVEN, RETIRED, CANNOT)
ENOUGH, SELLERS = 10, 3  # opportunities and sellers from which a technique is a candidate
DECISIONS = ("expert", "randomised", "staggered", "retired")


class Rule(NamedTuple):
    """The bounds of a run: expected part of false among the proven (`q`), least F1 of a tagger, opportunities and sellers of a candidate."""

    q: float = 0.05
    f1: float = 0.60
    opportunities: int = ENOUGH
    sellers: int = SELLERS


class Facts(NamedTuple):
    """What the status of one technique is decided by."""

    opportunities: int
    sellers: int
    lost: int  # deals without success among those with an opportunity
    won: int
    f1: float | None
    low: float | None
    q_value: float | None
    checks: tuple[Check, ...]
    decision: dict[str, Any]
    uses: int = 1


def status_of(facts: Facts, rule: Rule) -> tuple[str, Phrase]:
    """(status, why). First what cannot be told at all, then too few data, then the alarms, then the interval."""
    kind = facts.decision.get("kind")
    if kind == "retired":
        return RETIRED, Phrase("techniques.why.retired")
    placebo = next((one for one in facts.checks if one.name == "placebo" and one.passed is False), None)
    if kind is not None and placebo is None:
        return PROVEN, Phrase(f"techniques.why.{kind}")
    if not facts.lost or not facts.won:
        return CANNOT, Phrase("techniques.why.no_lost" if not facts.lost else "techniques.why.no_won")
    if facts.f1 is not None and facts.f1 < rule.f1:
        return CANNOT, Phrase("techniques.why.weak_tagger", {"f1": round(100 * facts.f1), "least": round(100 * rule.f1)})
    if facts.opportunities < rule.opportunities or facts.sellers < rule.sellers:
        return DRAFT, Phrase("techniques.why.few", {"opportunities": facts.opportunities, "sellers": facts.sellers,
                                                    "need": rule.opportunities, "need_sellers": rule.sellers})
    if facts.low is None and not facts.uses:
        return CANNOT, Phrase("techniques.why.unused")
    if facts.low is None:
        return CANNOT, Phrase("techniques.why.no_comparison")
    return _by_interval(facts, rule)


def _by_interval(facts: Facts, rule: Rule) -> tuple[str, Phrase]:
    """A candidate: proven when the interval lies above zero, few of the proven are expected to be false and no alarm rings."""
    above = facts.low is not None and facts.low > 0
    alarms = tuple(Phrase(f"techniques.check.{one.name}") for one in facts.checks if one.passed is False)
    if (alarms and above) or any(one.passed is False and one.name == "late" for one in facts.checks):
        return CANNOT, Phrase("techniques.why.alarm", {"names": alarms})
    if not above:
        return CANDIDATE, Phrase("techniques.why.not_clear")
    if facts.q_value is None or facts.q_value > rule.q:
        return CANDIDATE, Phrase("techniques.why.many_tests", {"q": round(100 * (1 if facts.q_value is None else facts.q_value)), "most": round(100 * rule.q)})
    return PROVEN, Phrase("techniques.why.proven")
