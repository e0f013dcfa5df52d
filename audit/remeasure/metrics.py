"""All changes of one metric: its units read once, changes on common units put together, each group compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from audit.effects.effect import Effect
from audit.errors import Phrase
from audit.metrics.bases import Bases
from audit.metrics.catalogue import BY_ID
from audit.metrics.declare.metric import Metric
from audit.remeasure import figures, money, months, units
from audit.remeasure.changes import Change, overlap
from audit.remeasure.design import AFTER, BEFORE, MONTHS_AFTER, Design, of_units, waits_for
from audit.remeasure.figured import of_figures
from audit.remeasure.judge import Judged, checked, compared, for_all, unjudged
from audit.remeasure.price import price_of
from audit.remeasure.say import Day
from audit.remeasure.together import groups
from audit.remeasure.units import Units

_HISTORY = 26  # months before the first change that are read
_COMMON = 1 / 3  # part of the smaller slice; fewer units in common are left out of both


class Source:
    """What a metric is told by: its units, or its values by periods where no unit tells it."""

    def __init__(self, metric: Metric, changes: Sequence[Change], bases: Bases, until: float):
        self.metric, self.bases, self.until = metric, bases, until
        first = min(change.start for change in changes)
        self.units: Units | None = None
        self.figures = pd.DataFrame(columns=list(figures.COLUMNS))
        if units.by_rows(metric):
            self.units = units.read(metric, bases, {name for change in changes for name in change.scope}, months.moved(first, -_HISTORY))
        else:
            self.figures = figures.read(metric, bases, {"×".join(change.scope) for change in changes if change.scope}, first)

    def knows(self, change: Change) -> bool:
        """Whether the data still have the slice of a change."""
        if self.units is not None:
            return all(name in self.units.frame for name in change.scope) and bool(self.units.inside(change.scope).any())
        mine = self.figures[self.figures["by"] == "×".join(change.scope)]
        return bool((mine["group"] == " × ".join(change.scope.values())).any())

    def meet(self, one: Change, other: Change) -> bool:
        """Whether two changes reach so many common units that neither can be told apart."""
        if self.units is None or not (one.scope and other.scope):
            return one.scope == other.scope  # what acts on everything acts on the units compared as well, and leaves what came on top to be seen
        first, second = self.units.inside(one.scope), self.units.inside(other.scope)
        return bool((first & second).sum() >= _COMMON * min(first.sum(), second.sum()))

    def horizon(self, change: Change) -> dt.date:
        """The day of the first look."""
        return change.start + dt.timedelta(days=waits_for(self.units, change))

    def design(self, group: Sequence[Change], others: Sequence[Change]) -> Design | None:
        """The comparison; after the last look that the plan names nothing new is looked at."""
        if group[0].scope:
            others = [one for one in others if one.scope]
        last = max(months.look_end(self.horizon(change), change.looks) for change in group)
        until = min(self.until, months.number(last) + 1.0)
        if self.units is not None:
            return of_units(group, others, self.units, until)
        return of_figures(group, others, self.figures, until, self.metric.unit)

    def worth(self, group: Sequence[Change], effect: Effect, design: Design) -> money.Worth | None:
        """Money of the group's effect."""
        if self.metric.kind == "sum" and self.metric.unit == "money":
            return money.of_totals(group, effect, design, self.until)
        return money.worth(group, effect, design, self.until, lambda: price_of(self.metric.id, group, self.bases))


def of_metric(name: str, changes: Sequence[Change], every: Sequence[Change], bases: Bases, until: float, lang: str) -> list[Judged]:
    """What became of the changes of one metric; `every` are all changes of the plan."""
    metric = BY_ID.get(name)
    lacking = _lacking(name, metric, bases)
    if metric is None or lacking:
        return [unjudged(change, change.start + dt.timedelta(days=change.wait), lacking or Phrase("remeasure.needs.metric"), lang) for change in changes]
    source, found = Source(metric, changes, bases, until), []
    for change in changes:
        if not source.knows(change):
            found.append(unjudged(change, source.horizon(change), Phrase("remeasure.needs.slice", {"slice": " × ".join(change.scope.values()) or "–"}), lang))
    known = [change for change in changes if source.knows(change)]
    begun = [change for change in known if change.start <= bases.as_of]
    found += [unjudged(change, source.horizon(change), Phrase("remeasure.needs.start", {"day": Day(str(change.start))}), lang) for change in known if change not in begun]
    for group in groups(begun, source.meet):
        found += _of_group(group, [one for one in begun if one not in group], every, source, lang)
    return found


def _lacking(name: str, metric: Metric | None, bases: Bases) -> Phrase | None:
    """Why a metric cannot be measured at all, if it cannot."""
    if not name:
        return Phrase("remeasure.needs.metric")
    if metric is None or metric.better not in ("higher", "lower"):
        return Phrase("remeasure.needs.known_metric", {"metric": name})
    lacks = bases.lacks(*metric.needs)
    return Phrase("remeasure.needs.tables", {"lacks": ", ".join(lacks)}) if lacks else None


def _of_group(group: Sequence[Change], others: Sequence[Change], every: Sequence[Change], source: Source, lang: str) -> list[Judged]:
    """One effect for all of a group; those whose own wait is not over are told when it will be."""
    end, found = source.bases.as_of, []
    early = [change for change in group if source.horizon(change) > end]
    for change in early:
        day = source.horizon(change)
        found.append(unjudged(change, day, Phrase("remeasure.needs.wait", {"day": Day(str(day)), "n": (day - end).days}), lang, group))
    ripe = [change for change in group if change not in early]
    if not ripe:
        return found
    horizon = min(source.horizon(change) for change in ripe)
    design = source.design(group, others)
    none = Phrase("remeasure.needs.units") if source.units is not None else Phrase("remeasure.needs.periods", {"before": BEFORE, "weeks": AFTER, "months": MONTHS_AFTER})
    outcome = compared(group, design, horizon, end, lang) if design else none
    if design is None or isinstance(outcome, Phrase):
        lack = outcome if isinstance(outcome, Phrase) else none
        return found + [unjudged(change, source.horizon(change), lack, lang, group) for change in ripe]
    effect, look = outcome
    worth = source.worth(group, effect, design)
    crossing = [one for one in others if any(overlap(one.scope, change.scope) for change in group)]
    for change in ripe:
        told = checked(change, effect, design, group, crossing, every, end)
        found.append(replace(Judged(change, told, source.horizon(change)), look=look, design=design, group=tuple(group), worth=worth,
                             common=tuple(one.id for one in for_all(change, crossing))))
    return found
