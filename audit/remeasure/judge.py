"""The verdict on one group of changes: compared where the wait is over, with the checks that the plan itself asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from audit.effects import compare
from audit.effects.effect import COINCIDES, IMPROVED, NO_CHANGE, NOT_YET, Check, Effect
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
    first = group[0]
    look = min(months.look_of(horizon, end), first.looks)
    try:
        effect = compare(design.data, **design.arguments, look=look, planned_looks=first.looks, better=first.better, lang=lang)
    except (NothingMeasurableError, UsageError) as problem:
        return Phrase(f"{problem.key}.found", dict(problem.values))
    return replace(effect, at=str(first.start)), look


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
    kind, named = ("joint", joint) if joint else ("near", near) if near else ("apart", list(crossing)) if crossing else ("none", [])
    titles = ", ".join(dict.fromkeys(str(one.row["title"]) for one in named))
    return Check("overlap", kind in ("apart", "none"), Phrase(f"remeasure.check.overlap.{kind}", {"changes": titles} if titles else {}))


def _chosen(change: Change, design: Design, effect: Effect) -> Check | None:
    """Whether more changed than the slice would have shown by itself, having been chosen for a bad value.

    The plan keeps what the value would be without the part that its choice explains (shrinkage after selection); an improvement must exceed
    that part. Untouched units do not spare this: the past of the slice is what it was chosen by.
    """
    baseline, shrunk = change.row.get("baseline"), change.row.get("baseline_shrunk")
    known = any(one.name == CHOSEN and one.passed is not None for one in effect.checks)  # by the comparison itself, from the level of each unit
    if known or not change.chosen or effect.effect is None or effect.low is None or effect.high is None:
        return None
    if not baseline or shrunk is None or not np.isfinite(design.before):
        return Check(CHOSEN, None, Phrase("remeasure.check.chosen.unknown"))
    sign = -1.0 if change.better == "lower" else 1.0
    back = max(sign * (shrunk - baseline) / abs(baseline) * abs(design.before), 0.0)  # on the level of the units as they are judged
    least = sign * (effect.low if sign > 0 else effect.high)
    passed = effect.verdict != IMPROVED or least > back
    side = "controls" if design.form == PANEL else "alone"
    return Check(CHOSEN, passed, Phrase(f"remeasure.check.chosen.{'passed' if passed else 'failed'}_{side}"), stops=True)
