"""Spells out of band in the history of every series, by the rule of the control chart, and which of them somebody noticed: M46, M47."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.rows.activities import actions
from audit.metrics.rows.management import logs, series
from audit.metrics.rows.management.breaches import FEWEST
from audit.metrics.rows.management.series import Series
from audit.stats import control
from audit.words import LANGUAGES, Words

BACK = 3  # units in band in a row that end a spell, which ends with the first of them
_NEAR = 1.5  # sigmas below the level within which a point cannot be beyond three
_DAY = dt.timedelta(days=1)
_COLUMNS = ("indicator", "by", "owner", "start", "end")


def spells(bases: Bases) -> pd.DataFrame:
    """One row a spell below the level: indicator, by, owner, team, `start`, `end` (None while it lasts), and of the log of deviations
    `detected` and `acted` of the first entry on the same metric of the same person within it (None and False without one).

    The level of a spell is that of the time before it and stays so while it lasts. A spell begins with the first point
    of the run, or with the point beyond three sigmas.
    """
    found = [{"indicator": one.metric, "by": one.by, "owner": one.group, "start": start, "end": end}
             for one in bases.rows_of(series.series) for start, end in _of(one)]
    frame = pd.DataFrame(found, columns=[*_COLUMNS]).sort_values(["start", "indicator", "by", "owner"], kind="stable").reset_index(drop=True)
    teams = people.known(bases).drop_duplicates("owner").set_index("owner")["team"]
    frame = frame.assign(team=frame["owner"].map(teams).astype(object), owner=frame["owner"].where(frame["by"] == "owner"))
    noted = [_noticed(row, bases) for row in frame.itertuples()]
    return frame.assign(detected=pd.Series([one for one, _ in noted], dtype=object), acted=[one for _, one in noted])


def _of(one: Series) -> list[tuple[dt.date, dt.date | None]]:
    """(first day, first day in band again or None) of every spell of a series."""
    known = one.sizes > 0
    starts = [day for day, there in zip(one.starts, known, strict=True) if there]
    x, n = one.events[known], one.sizes[known]
    found: list[tuple[dt.date, dt.date | None]] = []
    begun, back = -1, 0
    for at in range(FEWEST + control.RUN - 1, len(x)):
        first = begun if begun >= 0 else at - control.RUN + 1
        base = control.level(x[:first], n[:first], share=one.share)
        length = _below(x[first:at + 1], n[first:at + 1], base, one.share)
        if begun < 0 and length:
            begun, back = at - length + 1, 0
        elif begun >= 0:
            back = 0 if length else back + 1
            if back == BACK:
                found.append((starts[begun], starts[at - BACK + 1]))
                begun = -1
    return [*found, (starts[begun], None)] if begun >= 0 else found


def _below(x: np.ndarray, n: np.ndarray, base: control.Level, share: bool) -> int:
    """Points since the breach below the level at the last point began; 0 where there is none."""
    if not base.rate > 0 or x[-1] >= base.rate * n[-1]:
        return 0
    length = control.run_length(x, n, base)
    unit = base.rate * (1 - base.rate) if share else base.rate
    z = (base.rate * n[-1] - x[-1]) / np.sqrt(max(unit * n[-1] * base.spread * (1 + n[-1] / base.size), 1e-12))
    if length < control.RUN and z < _NEAR:
        return 0
    told = control.signal(x, n, base, share=share)
    return 0 if not told.breach else length if length >= control.RUN else 1


@cache
def _spoken() -> dict[str, set[str]]:
    """What a log may call each kind of action, and metrics by their titles in every language."""
    kinds: dict[str, set[str]] = {}
    for lang in LANGUAGES:
        words = Words(lang)
        for kind in (*actions.CALLS, "conversation", "meeting", "presentation", "measurement", "proposal", "email", "message", "task", "site_visit"):
            kinds.setdefault(kind, {kind}).add(words(f"metrics.kind.{kind}").casefold())
        for metric in ("win_rate", "tasks_on_time"):
            kinds.setdefault(metric, {metric}).add(words(f"metrics.{metric}.title").casefold())
        for metric in ("revenue", "margin"):
            kinds.setdefault(metric, {metric}).add(words(f"metrics.{metric}.title").casefold())
    for kind in actions.CALLS:
        kinds[kind] |= {"call", "calls"}
    return kinds


def named(said: object, metric: str) -> bool:
    """Whether a log means `metric` by what it says: its id, its title in any language, or calls of either kind.

    >>> named("Calls", "call_out"), named("win_rate", "win_rate"), named("meeting", "call_out")
    (True, True, False)
    """
    text = " ".join(str(said).split()).casefold()
    return text == metric or text in _spoken().get(metric, ())


def entries(bases: Bases, metric: str, by: str, owner: object) -> pd.DataFrame:
    """Entries of the log of deviations on a metric of one scope that were noticed by the as-of day, earliest first."""
    if not bases.tables.has("deviations.metric", "deviations.detected_at"):
        return pd.DataFrame(columns=["detected", "resolved", "acted"])
    frame = bases.rows_of(logs.deviations)
    whose = frame["scope"].fillna("user")
    mine = (whose == "company") if not by else (whose == "user") & (frame["owner"] == owner) if by == "owner" else (whose == by) & (frame["team"] == owner)
    said = frame["indicator"].map(lambda text: named(text, metric)).astype(bool)
    return frame[mine & said & frame["detected"].notna()].sort_values("detected", kind="stable")


def _noticed(row, bases: Bases) -> tuple[dt.date | None, bool]:
    """(day of the first entry within the spell, whether any entry within it has an action)."""
    frame = entries(bases, row.indicator, row.by, row.owner)
    inside = frame[frames.mask(row.start <= day and (row.end is None or day < row.end) for day in frame["detected"])]
    return (inside["detected"].iloc[0], bool(inside["acted"].any())) if len(inside) else (None, False)
