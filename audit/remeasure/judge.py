"""The verdict on one group of changes: compared where the wait is over, with the checks that the plan itself asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from audit.effects.compare import compare, verdict_of
from audit.effects.effect import CAUSED, COINCIDES, IMPROVED, NO_CHANGE, NOT_YET, Check, Effect
from audit.effects.methods.panel import DID
from audit.errors import NothingMeasurableError, Phrase, UsageError
from audit.remeasure import months
from audit.remeasure.changes import Change
from audit.remeasure.design import PANEL, Design
from audit.remeasure.money import Worth
from audit.remeasure.together import beside

CHOSEN = "regression_to_the_mean"


@dataclass(frozen=True)
class Judged:
    """What became of one change: its effect, the comparison behind it (None before there is one), the day of its first look.

    `group` are all changes with which it has one effect, itself among them; `worth` is the money of the group.
    """

    change: Change
    effect: Effect
    horizon: dt.date
    look: int = 0
    design: Design | None = None
    group: tuple[Change, ...] = ()
    worth: Worth | None = None
    common: tuple[str, ...] = ()  # ids of changes of the metric that act on everything, on what it is compared with too

    @property
    def joint(self) -> list[str]:
        """Ids of the other changes with which it has one effect."""
        return [one.id for one in self.group if one is not self.change]

    @property
    def measured(self) -> bool:
        """Whether there is an effect to speak of."""
        return self.effect.effect is not None and self.effect.verdict != NOT_YET


def unjudged(change: Change, horizon: dt.date, needs: Phrase, lang: str, group: Sequence[Change] = ()) -> Judged:
    """A change of which nothing can be said yet, and what that needs."""
    effect = Effect(outcome=change.metric, kind="value", method="", why=needs, n_before=0, n_after=0, verdict=NOT_YET, at=str(change.start),
                    better=change.better, needs=needs, lang=lang)
    return Judged(change, effect, horizon, group=tuple(group) or (change,))


def compared(group: Sequence[Change], design: Design, horizon: dt.date, end: dt.date, lang: str) -> tuple[Effect, int] | Phrase:
    """The joint effect of a group at the end of the month and the number of the look; what it lacks where nothing can be compared."""
    first, known = group[0], all(one.back is not None for one in group)
    look = min(months.look_of(horizon, end), first.looks)
    # what the choice of the slice explains is known from the plan: no method need guess it from how other units went back to their mean
    plain = known and design.form == PANEL and len({one.start for one in group}) == 1
    method = DID if plain else "auto"
    try:
        effect = compare(design.data, **design.arguments, method=method, look=look, planned_looks=first.looks, better=first.better, lang=lang)
    except (NothingMeasurableError, UsageError) as problem:
        return Phrase(f"{problem.key}.found", dict(problem.values))
    return replace(_unguessed(effect) if known else effect, at=str(first.start)), look


def _unguessed(effect: Effect) -> Effect:
    """The effect without the comparison's own guess at the return to the mean, its verdict and claim by what is left."""
    checks = tuple(one for one in effect.checks if one.name != CHOSEN)
    if len(checks) == len(effect.checks) or any(one.stops and one.passed is False for one in checks) or effect.low is None or effect.high is None:
        return replace(effect, checks=checks)
    low, high = (effect.looks.low, effect.looks.high) if effect.looks else (effect.low, effect.high)
    tested = any(one.passed for one in checks if one.name in ("placebo_in_time", "pre_trend"))
    verdict = verdict_of(low, high, effect.better)
    earned = verdict != NO_CHANGE and tested and not any(one.passed is False for one in checks)
    return replace(effect, checks=checks, verdict=verdict, claim=CAUSED if earned else COINCIDES, needs=None)


def checked(change: Change, effect: Effect, design: Design, group: Sequence[Change], crossing: Sequence[Change], every: Sequence[Change], end: dt.date) -> Effect:
    """The effect as it may be told of one change of the group: with the checks of overlap and of the slice's choice. `crossing` are changes of the
    metric that share too few units with the group to be one with it."""
    for check in (_overlap(change, group, crossing, every, end), _chosen(change, design, effect)):
        effect = effect if check is None else _with(effect, check)
    return effect


def _with(effect: Effect, check: Check) -> Effect:
    """The effect with a further check; one that fails lowers the claim, and one that stops takes an improvement back."""
    checks = (*(one for one in effect.checks if one.name != check.name), check)
    if check.passed is not False:
        return replace(effect, checks=checks)
    verdict = NO_CHANGE if check.stops and effect.verdict == IMPROVED else effect.verdict
    return replace(effect, checks=checks, claim=COINCIDES, verdict=verdict)


def _overlap(change: Change, group: Sequence[Change], crossing: Sequence[Change], every: Sequence[Change], end: dt.date) -> Check:
    """Other changes on the same units: by the same metric they are one effect, by another one they leave its cause open."""
    joint = [one for one in group if one is not change]
    near = [one for one in beside(change, every) if one.start <= end]
    common = for_all(change, crossing)
    apart = [one for one in crossing if one not in common]
    kind, named = next((pair for pair in (("joint", joint), ("near", near), ("apart", apart), ("common", common)) if pair[1]), ("none", []))
    titles = ", ".join(dict.fromkeys(str(one.row["title"]) for one in named))
    return Check("overlap", kind in ("apart", "common", "none"), Phrase(f"remeasure.check.overlap.{kind}", {"changes": titles} if titles else {}))


def for_all(change: Change, crossing: Sequence[Change]) -> list[Change]:
    """Those of the crossing changes that act on everything, where the change itself acts on a slice."""
    return [one for one in crossing if not one.scope and change.scope]


def _chosen(change: Change, design: Design, effect: Effect) -> Check | None:
    """Whether more changed than the slice would have shown by itself, having been chosen for a bad value.

    The plan keeps what the value would be without the part that its choice explains (shrinkage after selection); an improvement must exceed
    that part. Untouched units do not spare this: the past of the slice is what it was chosen by.
    """
    known = any(one.name == CHOSEN and one.passed is not None for one in effect.checks)
    if known or not change.chosen or effect.effect is None or effect.low is None or effect.high is None:
        return None
    if change.back is None or not np.isfinite(design.before):
        return Check(CHOSEN, None, Phrase("remeasure.check.chosen.unknown"))
    least = effect.low if change.better == "higher" else -effect.high
    passed = effect.verdict != IMPROVED or least > change.back * abs(design.before)  # on the level of the units as they are judged
    side = "controls" if design.form == PANEL else "alone"
    return Check(CHOSEN, passed, Phrase(f"remeasure.check.chosen.{'passed' if passed else 'failed'}_{side}"), stops=True)
