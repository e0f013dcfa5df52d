"""Which techniques work: each is compared within sellers and strata, corrected for its tagger, checked for leaks and given a status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.knowledge.effects import leaks, sellers
from audit.knowledge.effects.about import abouts
from audit.knowledge.effects.landmark import Landmark, heard
from audit.knowledge.effects.load import Cases, cases_of, situations_told, whole, words_of
from audit.knowledge.effects.measure import Measured
from audit.knowledge.effects.phrases import candidates
from audit.knowledge.effects.result import Techniques
from audit.knowledge.effects.run import Run
from audit.knowledge.effects.sample import OWNER, Sample, strata_of
from audit.knowledge.effects.status import Rule
from audit.knowledge.effects.taggers import qualities
from audit.stats.multiplicity import q_values
from audit.words import default_language


def technique_effects(
    tags: Any, cases: Any, *, outcome: str = "won", strata: Sequence[str] | str = (), cluster: str | None = None, owner: str = "owner", opportunities: Any = None,
    placebos: Iterable[str] = (), cards: Any = None, tagger: Any = None, landmark_days: float | None = None, landmark_turns: float | None = None,
    decisions: Mapping[str, Mapping[str, Any]] | None = None, q: float = Rule().q, min_f1: float = Rule().f1, discover: bool = False, lang: str | None = None,
) -> Techniques:
    """Success with each technique against without it, given an opportunity, and what it may be called.

    `cases`: a row a case (frame, file or Ibis table) – case_id, `outcome` (yes/no or words of outcomes; empty: not decided), and as far as known deal_id,
    `owner` (the seller), stage, segment, amount, at, decided_at, started_at, turns or length, text. `tags`: a row a tag – text_id or case_id, technique, and as
    far as known at, turn, quote, confidence, is_used, opportunity. `opportunities`: case_id (or text_id) and technique of situations that called for one; a technique
    without any is called for by every case.

    One row a deal is compared: used in any of its cases or not, within seller × stage × segment × band of the amount (or seller × `strata`) and the number of
    chances, as finely as the data bear. `lift` is a difference of shares (−1…1) with a 95 % interval: the Mantel–Haenszel risk difference where strata are
    crossed, least squares where they add up; errors by deal (or `cluster`) and by seller. p-values are two-sided, `q_value` Benjamini–Hochberg over the candidates.
    `tagger`: technique → F1, or a dict of f1, precision, recall, sensitivity, specificity, n; the lift is corrected for it.

    Only words before the decision and before the landmark (`landmark_days` from the start of the deal, `landmark_turns` of a text) count. `placebos`: ids of
    harmless techniques, beside the cards of the kind placebo (`cards`: None for the shipped ones, a place, or cards) and ids that begin with "placebo"; if any works, nothing is called proven. `decisions`: technique →
    {"kind": "expert" | "randomised" | "staggered" | "retired", …} recorded by the client, kept as evidence.
    `discover` looks for phrases of won deals in the column text.

    UsageError for columns that are lacking or unreadable, NothingMeasurableError without any case; too few data are an answer (`status`).

    >>> import pandas as pd
    >>> n = 60
    >>> deals = pd.DataFrame({"case_id": range(4 * n), "owner": list("abcd") * n, "won": [1] * 90 + [0] * 150})
    >>> said = pd.DataFrame({"text_id": [*range(60), *range(90, 150)], "technique": "next_step"})
    >>> found = technique_effects(said, deals)
    >>> found["next_step"]["status"], round(found["next_step"]["lift"], 2)
    ('proven', 0.25)
    """
    told = cases_of(cases, outcome, owner)
    if not len(told.frame):
        raise NothingMeasurableError("techniques.no_cases")
    rows = whole(tags)
    words, unknown = words_of(rows, told)
    landmark = Landmark(landmark_days, landmark_turns)
    before = heard(words, told, landmark)
    called = _called(opportunities, rows, words, told)
    lang = lang or default_language()
    known = abouts(sorted(set(words["technique"]) | set(called)), cards, placebos, rows, decisions, lang)
    run = Run(told, before, strata_of(told, _named(strata, told)), called, _clusters(told, cluster), landmark.set, qualities(tagger),
              known, Rule(q, min_f1))
    phrases = candidates(told, before, run.strata) if discover else []
    return _told(run, [(one, run.measured(one)) for one in (run.sample(name) for name in known if not known[name].occasion)], unknown, phrases, lang)


def _told(run: Run, found: list[tuple[Sample, Measured]], unknown: int, phrases: list[dict], lang: str) -> Techniques:
    """All techniques with q-values, checks and statuses."""
    harmless = [pair for pair in found if run.known[pair[0].technique].placebo]
    real = [pair for pair in found if not run.known[pair[0].technique].placebo]
    together = leaks.said_together([sample for sample, _ in harmless], run.clusters)
    alarm = leaks.placebos({sample.technique: one.found for sample, one in harmless}, together)
    working = leaks.works({sample.technique: one.found for sample, one in harmless if one.found is not None}, together)
    tested = [sample.technique for sample, one in real if one.found is not None and run.enough(sample)]
    values = dict(zip(tested, q_values(np.array([one.p_value for sample, one in real if sample.technique in set(tested)])), strict=True))
    rows = [run.row(sample, one, values.get(sample.technique), alarm) for sample, one in real]
    told = pd.concat([sellers.situations(sample, run.cases) for sample, _ in real], ignore_index=True) if real else sellers.situations(run.sample(""), run.cases)[:0]
    grid = sellers.matrix(told, {pair: one for sample, _ in real for pair, one in run.own(sample).items()})
    return Techniques(
        rows=rows, placebos=[run.placebo(sample, one, sample.technique in working) for sample, one in harmless], candidates=phrases, alarm=alarm, sellers=grid,
        adoption=sellers.adoption(told), spread=sellers.spread(told, {name: one.author for name, one in run.known.items()}),
        lessons=sellers.lessons(grid, {row["id"]: row["status"] for row in rows}, {row["id"]: row["lift"] for row in rows}),
        counts=run.counts(unknown), rule=run.rule, lang=lang,
    )


def _called(opportunities: Any, tags: pd.DataFrame, words: pd.DataFrame, cases: Cases) -> dict[str, np.ndarray]:
    """Technique → codes of the cases that called for it, as far as that is told; words used elsewhere do not count."""
    if opportunities is not None:
        rows = words_of(whole(opportunities), cases)[0]
    elif situations_told(tags):
        rows = words[words["called"]]
    else:
        return {}
    return {str(name): part.unique() for name, part in rows.groupby("technique")["case"]}


def _named(given: Sequence[str] | str, cases: Cases) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given or ())
    for name in names:
        if name not in cases.deals:
            raise UsageError("errors.unknown_name", kind="column", name=name, nearest=nearest(name, [str(one) for one in cases.deals.columns]))
    return tuple(name for name in names if name != OWNER)


def _clusters(cases: Cases, name: str | None) -> np.ndarray | None:
    """A code a deal of the column that errors are clustered by; deals themselves where none is named."""
    if name is None or name == "deal_id":
        return None
    _named([name], cases)
    return pd.factorize(cases.deals[name].astype("str"), sort=True, use_na_sentinel=False)[0]
