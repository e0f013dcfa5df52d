"""What each seller did on the latest working day and in the running month, beside the norm and the usual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import periods
from audit.metrics.rows.activities import actions

COLUMNS = ("owner", "kind", "since", "done", "norm", "done_month", "norm_month", "usual")
_FIGURES = ("norm", "norm_month", "usual")
_USUAL, _KNOWN = 20, 5  # working days that tell what is usual, and how many of them must be known
_DAY = dt.timedelta(days=1)
_PER = ("day", "week", "month")

Key = tuple[str, str]  # owner, kind


@dataclass(frozen=True, kw_only=True)
class _Look:
    """What was done and asked for at the as-of day."""

    since: dt.date  # the last working day
    month: dt.date  # the first day of the running month
    first: dt.date  # from which on working days tell what is usual
    norms: dict[str, list[Any]]  # of each kind, the nearest first
    begins: dict[str, dt.date]  # before it the log does not hold that kind
    own: dict[Key, dt.date]  # when a person did such a thing first
    seen: dict[str, dt.date]  # when a person did anything first
    done: dict[Key, int]
    in_month: dict[Key, int]
    before: dict[Key, int]  # of the days that tell what is usual


def report(bases: Bases) -> pd.DataFrame:
    """One row a person at work and kind of things done: `done` from the last working day on, `done_month`, the norms of both, and
    what is `usual` a working day in the _USUAL before. Kinds are those that anyone did in this time, and those with a norm."""
    look = _look(bases)
    rows = [_row(look, bases, seller, kind) for seller in _people(look, bases) for kind in look.begins]
    frame = pd.DataFrame(rows, columns=[*COLUMNS]).astype(dict.fromkeys(_FIGURES, float))
    return frame.round(dict.fromkeys(_FIGURES, 2)).sort_values(["owner", "kind"], kind="stable")


def _look(bases: Bases) -> _Look:
    calendar = bases.calendar()
    since, month = calendar.last_workday(bases.as_of), bases.as_of.replace(day=1)
    first = since
    for _ in range(_USUAL):
        first = calendar.last_workday(first - _DAY)
    daily = bases.rows_of(actions.by_day)
    daily = daily[daily["owner"].notna() & daily["kind"].notna()]
    norms = _norms(bases, {*daily["kind"]}, min(month, since))
    parts: dict[str, tuple[str, ...]] = {kind: (kind,) for kind in sorted({*daily.loc[daily["day"] >= first, "kind"]})}
    parts |= {kind: actions.kinds_of(rows[0]) for kind, rows in norms.items()}
    shown = pd.concat([daily[daily["kind"].isin(kinds)].assign(kind=name) for name, kinds in parts.items()] or [daily[:0]])
    day, keys = shown["day"], ["owner", "kind"]
    counted = {name: shown[rows].groupby(keys)["n"].sum().to_dict() for name, rows in (
        ("done", day >= since), ("in_month", day >= month), ("before", (day >= first) & (day < since)))}
    return _Look(since=since, month=month, first=first, norms=norms, begins=shown.groupby("kind")["day"].min().to_dict(),
                 own=shown.groupby(keys)["day"].min().to_dict(), seen=daily.groupby("owner")["day"].min().to_dict(), **counted)


def _norms(bases: Bases, logged: Collection[str], begin: dt.date) -> dict[str, list[Any]]:
    """The norms that held on any day from `begin` on, by kind, of kinds that the log holds at all. The nearest come first:
    those of the person, then of the role, then of all; of the day, then of the week, then of the month."""
    found: dict[str, list[Any]] = {}
    for norm in actions.until_the_next(bases.rows_of(actions.norms)).itertuples():
        over = isinstance(norm.until, dt.date) and norm.until <= begin
        if not over and not {*actions.kinds_of(norm)}.isdisjoint(logged):
            found.setdefault(norm.metric, []).append(norm)
    for rows in found.values():
        rows.sort(key=lambda norm: (norm.owner_id == "", norm.role == "", _PER.index(norm.per), norm.value))
    return found


def _people(look: _Look, bases: Bases) -> list[Any]:
    """Rows of `actions.people` who are employed; where no table tells, those who did anything of late."""
    people = [*bases.rows_of(actions.people).itertuples()]
    if not bases.tables.has("users.user_id"):
        lately = {owner for counted in (look.done, look.before) for owner, _ in counted}
        return [one for one in people if one.owner in lately]
    return [one for one in people if not (isinstance(one.hired_at, dt.date) and one.hired_at > bases.as_of)
            and not (isinstance(one.left_at, dt.date) and one.left_at < look.since)]


def _row(look: _Look, bases: Bases, seller: Any, kind: str) -> dict[str, object]:
    key = (seller.owner, kind)
    norms = [norm for norm in look.norms.get(kind, ()) if actions.is_of(norm, seller)]
    month = bases.calendar().workdays_in(look.month, bases.as_of + _DAY)
    asked = {day: _asked(look, bases, norms, seller, key, day) for day in {*month, look.since}} if norms else {}
    there = {*actions.present(bases, seller, min(look.month, look.since), bases.as_of + _DAY)} if norms else set()
    told = any(norm is not None for norm in asked.values())
    today = asked.get(look.since)
    return {
        "owner": seller.owner, "kind": kind, "since": look.since, "done": look.done.get(key, 0), "done_month": look.in_month.get(key, 0),
        "norm": 0.0 if today is not None and look.since not in there else today,
        "norm_month": sum(asked[day] or 0.0 for day in month if day in there) if told else None,
        "usual": _usual(look, bases, seller, key),
    }


def _asked(look: _Look, bases: Bases, norms: list[Any], seller: Any, key: Key, day: dt.date) -> float | None:
    """What the nearest norm that holds on a working day asks of a seller for it, None where there is none.

    A norm of a week or month is spread over its working days; one of nobody in particular is of those who do such things at all.
    """
    for norm in norms:
        named = bool(norm.role or norm.owner_id)
        if not named and key not in look.own:
            continue
        begin = max(one for one in (look.begins[key[1]], norm.valid_from, None if named else look.own[key]) if isinstance(one, dt.date))
        if begin <= day and not (isinstance(norm.until, dt.date) and norm.until <= day):
            number = periods.number(day, norm.per)
            return norm.value * seller.fte / bases.calendar().workdays(periods.start(number, norm.per), periods.end(number, norm.per))
    return None


def _usual(look: _Look, bases: Bases, seller: Any, key: Key) -> float | None:
    """Mean number a working day on which the seller was there; None where too few are known, for the log or the seller is young."""
    begins = max(look.first, look.begins[key[1]])
    if not isinstance(seller.hired_at, dt.date):  # nobody says since when: since the first thing done
        begins = max(begins, look.seen.get(seller.owner, look.since))
    days = actions.present(bases, seller, begins, look.since)
    return look.before.get(key, 0) / len(days) if len(days) >= _KNOWN else None
