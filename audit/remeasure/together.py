"""Which changes act on the same units by the same metric: they are measured once, together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from audit.remeasure.changes import Change, overlap

Meet = Callable[[Change, Change], bool]


def groups(changes: Sequence[Change], meet: Meet) -> list[tuple[Change, ...]]:
    """The changes of one metric in groups that reach common units, directly or by way of a third; each by its start, the earliest first."""
    left, found = sorted(changes, key=_order), []
    while left:
        group, grown = [left.pop(0)], True
        while grown:
            more = [one for one in left if any(overlap(one.scope, other.scope) and meet(one, other) for other in group)]
            left, grown = [one for one in left if one not in more], bool(more)
            group += more
        found.append(tuple(sorted(group, key=_order)))
    return found


def beside(change: Change, changes: Sequence[Change]) -> tuple[Change, ...]:
    """Changes of other metrics that act on every unit of the slice of `change` too, and not on everything alike."""
    return tuple(one for one in changes if one is not change and one.metric not in ("", change.metric) and one.scope and one.scope.items() <= change.scope.items())


def _order(change: Change) -> tuple:
    return change.start, change.id
