"""Breaches by the rule of the chart: how soon the log names them, M46, how long they last, M47, and which have an action, M51."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames
from audit.metrics.count import finish, small
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.management import breaches, logs, spells
from audit.stats import intervals, survival

_DAY = dt.timedelta(days=1)
_WATCHED = ("activities.done_at|activities.started_at|deals.closed_at|deals.won_at",)
_LOGGED = (*_WATCHED, "deviations.metric", "deviations.detected_at")


def lasting(bases: Bases) -> pd.DataFrame:
    """Spells with `at` (first day), `action` acted or untouched, `lasted` working days until the end or now, `over`."""
    frame, calendar = bases.rows_of(spells.spells), bases.calendar()
    lasted = [float(calendar.workdays(start, end or bases.as_of + _DAY)) for start, end in zip(frame["start"], frame["end"], strict=True)]
    return frame.assign(at=frame["start"], action=np.where(frame["acted"], "acted", "untouched"), lasted=lasted,
                        over=[one is not None for one in frame["end"]])


def watched(bases: Bases) -> pd.DataFrame:
    """Spells begun since the log's first entry, with `wait` working days until noticed, `noticed`; one that ended unnoticed is censored
    at its end, one that lasts at the as-of day."""
    frame, calendar = bases.rows_of(lasting), bases.calendar()
    known = [one for one in bases.rows_of(logs.deviations)["detected"] if one is not None]
    frame = frame[frames.mask(bool(known) and start >= min(known) for start in frame["start"])]
    until = [seen or end or bases.as_of for seen, end in zip(frame["detected"], frame["end"], strict=True)]
    return frame.assign(wait=[float(max(calendar.workdays(start, day), 0)) for start, day in zip(frame["start"], until, strict=True)],
                        noticed=[one is not None for one in frame["detected"]])


def _median(rows_of, days: str, event: str):
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        """Median working days by Kaplan–Meier; empty where less than half have come to an end."""
        records = []
        for key, rows in small.cells_of(bases.rows_of(rows_of), ask, "at"):
            ended = rows[event].to_numpy(dtype=float)
            ends = survival.km_quantile(survival.kaplan_meier(rows[days].to_numpy(dtype=float), ended, 1 - ended), 0.5)
            records.append(key | dict(zip(("value", "low", "high"), ends, strict=True)) | {"n": len(rows), "sum_num": ended.sum()})
        return finish.made(metric, bases, [_plain(_drawn_anew(one)) for one in records] or [{"value": np.nan}])

    return compute


def _drawn_anew(record: dict) -> dict:
    """A record that is never final where it is of a period: every day the chart is drawn again over the last of them."""
    return record | {"young": record["period"] != "all"}


def _plain(record: dict) -> dict:
    """A record without its interval where the units are few."""
    return record if record["n"] >= MIN_N else record | {"low": np.nan, "high": np.nan}


def _share(key: dict, hit: int, n: int) -> dict:
    low, high = intervals.wilson(hit, n)
    return _plain(key | {"value": hit / n if n else np.nan, "low": float(low), "high": float(high), "n": n, "sum_num": hit, "sum_den": n})


def _soon(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Spells noticed within one working day ÷ spells whose next working day is over."""
    frame, calendar = bases.rows_of(watched), bases.calendar()
    frame = frame[frames.mask(calendar.workdays(start, bases.as_of + _DAY) > 1 for start in frame["start"])]
    records = [_drawn_anew(_share(key, int((rows["noticed"] & (rows["wait"] <= 1)).sum()), len(rows))) for key, rows in small.cells_of(frame, ask, "at")]
    return finish.made(metric, bases, records or [{"value": np.nan}])


def answered(bases: Bases) -> pd.DataFrame:
    """Confirmed deviations of the as-of day: indicator, owner, `acted` where the log has an action on the same metric and person since it began
    that is not over."""
    frame = bases.rows_of(breaches.table)
    frame = frame[frame["status"].isin(["alarm", "confirmed"])]
    acted = []
    for row in frame.itertuples():
        noted = spells.entries(bases, row.metric, row.by, row.group)
        current = frames.mask((pd.isna(row.since) or seen >= row.since) and end is None
                              for seen, end in zip(noted["detected"], noted["resolved"], strict=True))
        acted.append(bool(noted["acted"][current].any()))
    return frame.assign(indicator=frame["metric"], owner=frame["group"].where(frame["by"] == "owner"), acted=acted, at=bases.as_of)


def _acted(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Confirmed deviations with an action under way ÷ confirmed deviations."""
    records = [_share(key, int(rows["acted"].sum()), len(rows)) for key, rows in small.cells_of(bases.rows_of(answered), Ask((), ask.slices))]
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _metric(metric_id: str, card: str, needs: tuple[str, ...], compute, slices: tuple[str, ...], counter: str, source: str) -> Metric:
    days = metric_id.endswith("days")
    return Metric(
        id=metric_id, card=card, kind="figure", unit="days" if days else "share", better="lower" if days else "higher",
        basis="snapshot" if card == "M51" else "cohort", table="deviations", rows=deals, at="", needs=needs, where=None, numerator=None,
        denominator=None, compute=compute, matures_days=0, min_n=MIN_N, slices=slices, counter=counter, source=source)


_CHART = ("the chart's rule on the history of every series of the deviation table (three sigmas or eight in a row below the level of the time "
          "before), ended by the first of three units in band")
METRICS = (
    _metric("breach_detect_days", "M46", _LOGGED, _median(watched, "wait", "noticed"), ("owner", "team", "indicator"), "detect_days",
            f"median working days (Kaplan–Meier) from the beginning of a breach to the first entry of the log on that metric and person; breaches by {_CHART}"),
    _metric("breach_detected_within_day", "M46", _LOGGED, _soon, ("owner", "team", "indicator"), "deviations_signals",
            "breaches by the chart's rule that the log names within one working day ÷ breaches whose next working day is over"),
    _metric("breach_days", "M47", _LOGGED, _median(lasting, "lasted", "over"), ("action", "owner", "team", "indicator"), "breach_detect_days",
            f"median working days (Kaplan–Meier) of a breach; by {_CHART}; those without an action tell what passes unaided"),
    _metric("confirmed_acted_on", "M51", (*_LOGGED, "deviations.action", "deviations.action_owner", "deviations.due_on"), _acted, ("owner", "indicator"),
            "corrections_work", "confirmed deviations of the table with an action in the log, who does it and by when, not mended yet ÷ confirmed deviations"),
)
