"""What is the same for every technique of one call, and the row of facts that each becomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from audit.knowledge.effects import leaks
from audit.knowledge.effects.about import About
from audit.knowledge.effects.landmark import Heard
from audit.knowledge.effects.leaks import Check
from audit.knowledge.effects.load import Cases
from audit.knowledge.effects.measure import Measured, measured
from audit.knowledge.effects.parts import own
from audit.knowledge.effects.sample import OWNER, Sample, Strata, sample_of
from audit.knowledge.effects.status import Facts, Rule, status_of
from audit.knowledge.effects.taggers import Quality

QUOTES = 5
SEGMENT = "segment"


@dataclass(frozen=True)
class Run:
    """Cases, words in time, strata and rules of one call."""

    cases: Cases
    heard: Heard
    strata: Strata
    called: dict[str, np.ndarray]
    clusters: np.ndarray | None
    landmark: bool
    taggers: dict[str, Quality]
    known: dict[str, About]
    rule: Rule

    def sample(self, name: str) -> Sample:
        """The deals that one technique is judged by."""
        return sample_of(name, self._uses.get(name, np.zeros(0, int)), self._open, self.cases, self.strata, self.called.get(name))

    @cached_property
    def _uses(self) -> dict[str, np.ndarray]:
        words = self.heard.words[self.heard.words["used"]]
        return {str(name): part.to_numpy() for name, part in words.groupby("technique")["case"]}

    @cached_property
    def _open(self) -> np.ndarray:
        """Cases in time whose deal is decided."""
        return self.heard.open & self.cases.deals["y"].notna().to_numpy()[self.cases.frame["deal"].to_numpy()]

    def measured(self, sample: Sample) -> Measured:
        """Its effect; segments by the names they have in the whole."""
        whole = self.strata.codes.get(SEGMENT)
        labels = None if whole is None or SEGMENT not in sample.strata else self.strata.labels[SEGMENT][np.unique(whole[sample.deal])]
        return measured(sample, self.clusters, self.taggers.get(sample.technique, {}), labels)

    def enough(self, sample: Sample) -> bool:
        """Whether there are the opportunities and sellers of a candidate."""
        return sample.opportunities >= self.rule.opportunities and sample.sellers >= self.rule.sellers

    def own(self, sample: Sample) -> dict[tuple[str, str], tuple[float, float]]:
        """(technique, seller) → own effect and its standard error."""
        if OWNER not in sample.strata:
            return {}
        names = self.strata.labels[OWNER][np.unique(self.strata.codes[OWNER][sample.deal])]
        return {(sample.technique, str(names[code])): one for code, one in own(sample).items()}

    def row(self, sample: Sample, one: Measured, q_value: float | None, alarm: Check) -> dict[str, Any]:
        """The entry of techniques.json; what is worded (why, checks) stays a phrase until it is shown."""
        about = self.known[sample.technique]
        facts = self._counts_of(sample) | _effect(one, q_value)
        checks: tuple[Check, ...] = (alarm, leaks.late(sample, self.heard), leaks.length(sample, self.cases.deals["length"].to_numpy(dtype=float), self.landmark))
        if one.found is not None and facts["low"] is not None:
            checks += (leaks.one_seller(one.found), leaks.too_good(facts["low"]))
        lost = int((sample.y == 0).sum())
        status, why = status_of(Facts(sample.opportunities, sample.sellers, lost, len(sample.y) - lost, one.f1, facts["low"], q_value, checks, about.decision, sample.uses), self.rule)
        return {
            "id": sample.technique, "title": about.title, **facts, "adjusted_for": sorted(sample.named()),
            "not_adjusted_for": list(self.strata.left), "tagger_f1": one.f1, "status": status, "why": why, "quotes": self._quotes(sample.technique),
            "lost_per_won": lost / (len(sample.y) - lost) if len(sample.y) > lost else None,
            "doses": one.doses, "segments": one.segments, "segments_p": one.segments_p, "checks": checks, "evidence": _evidence(one, facts, about, sample),
        }

    def placebo(self, sample: Sample, one: Measured, works: bool) -> dict[str, Any]:
        """The entry of a placebo: the same figures, and whether it seems to work."""
        return {"id": sample.technique, "title": self.known[sample.technique].title} | self._counts_of(sample) | _effect(one, None) | {
            "works": works}

    def counts(self, unknown: int) -> dict[str, int]:
        """What the call read and what it left out."""
        y = self.cases.deals["y"]
        return {"cases": len(self.cases.frame), "deals": len(y), "won": int((y == 1).sum()), "lost": int((y == 0).sum()), "undecided": int(y.isna().sum()),
                "tags_without_case": unknown, "tags_after_decision": int(self.heard.late.sum()), "tags_after_landmark": int(self.heard.beyond.sum()),
                "cases_out_of_time": int((~self.heard.open).sum())}

    def _counts_of(self, sample: Sample) -> dict[str, Any]:
        name, used = sample.technique, sample.used == 1
        both = 0 < sample.y.sum() < len(sample.y)  # of won deals alone no success rate can be told
        return {"uses": sample.uses, "opportunities": sample.opportunities, "users": sample.users, "sellers": sample.sellers,
                "deals_with": int(used.sum()), "deals_without": int((~used).sum()),
                "success_with": _mean(sample.y[used & both]), "success_without": _mean(sample.y[~used & both]),
                "late": int(self.heard.late.get(name, 0)), "after_landmark": int(self.heard.beyond.get(name, 0))}

    def _quotes(self, name: str) -> list[str]:
        words = self.heard.words
        mine = words.loc[(words["technique"] == name) & words["used"], "quote"].dropna()
        return [str(one) for one in mine.drop_duplicates().head(QUOTES)]


def _effect(one: Measured, q_value: float | None) -> dict[str, Any]:
    """The fields of the lift; without a comparison they are empty."""
    seen = one.found
    low, high = one.estimate.interval() if one.estimate is not None else (None, None)
    return {
        "lift": None if one.estimate is None else one.estimate.value, "low": None if low is None else max(low, -1.0), "high": None if high is None else min(high, 1.0),
        "p_value": None if seen is None else one.p_value, "q_value": q_value, "detectable": one.detectable, "lift_as_tagged": None if seen is None else seen.value,
        "odds_ratio": one.odds_ratio, "sellers_differ": None if seen is None else seen.tau, "method": one.method,
    }


def _evidence(one: Measured, facts: dict[str, Any], about: About, sample: Sample) -> list[dict[str, Any]]:
    """What the status rests on: the comparison made here and what the client recorded."""
    told: list[dict[str, Any]] = []
    if one.found is not None:
        told.append({"kind": "stratified", "lift": facts["lift"], "low": facts["low"], "high": facts["high"], "deals": len(sample.y), "method": one.method})
    return [*told, dict(about.decision)] if about.decision else told


def _mean(y: np.ndarray) -> float | None:
    return float(y.mean()) if len(y) else None
