"""How soon a deviation is noticed, M46, and mended, M47, and whether one that stays leads to training, M48."""

from __future__ import annotations

import datetime as dt

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish, small
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.declare.rules import rules
from audit.metrics.rows.management import logs
from audit.stats import survival

_DAY = dt.timedelta(days=1)
TERMS = (5, 10, 20)  # working days within which what share is mended
_KEYS = {"owner": "string", "team": "string", "indicator": "string"}


def lives(bases: Bases) -> pd.DataFrame:
    """One row a deviation of the log: working days until it was noticed (`wait`, `noticed`) and from then until it was
    mended (`fix`, `mended`), censored at the as-of day; `action` acted or untouched; `at` its first day."""
    frame, calendar = bases.rows_of(logs.deviations), bases.calendar()

    def waited(start: dt.date | None, end: dt.date | None) -> float:
        return np.nan if start is None else float(max(calendar.workdays(start, end or bases.as_of), 0))

    detected = frame["detected"]
    return frame.assign(
        at=[began or seen for began, seen in zip(frame["began"], detected, strict=True)],
        noticed=[one is not None for one in detected], mended=[one is not None for one in frame["resolved"]],
        wait=[waited(began, seen) for began, seen in zip(frame["began"], detected, strict=True)],
        fix=[waited(seen, end) for seen, end in zip(detected, frame["resolved"], strict=True)],
        action=np.where(frame["acted"], "acted", "untouched"))


def _curve(rows: pd.DataFrame, days: str, event: str) -> survival.Curve:
    ended = rows[event].to_numpy(dtype=float)
    return survival.kaplan_meier(rows[days].to_numpy(dtype=float), ended, 1 - ended)


def _median(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Median working days by Kaplan–Meier; empty where less than half have come to an end."""
    days, event, start = _OF[metric.id]
    frame = bases.rows_of(lives)
    frame = frame[frame[days].notna()]
    records = []
    for key, rows in small.cells_of(frame, ask, start):
        value, low, high = survival.km_quantile(_curve(rows, days, event), 0.5)
        young = key["period"] != "all" and not survival.settled(rows[days], rows[event], value)
        records.append(key | {"value": value, "low": low, "high": high, "n": len(rows), "sum_num": rows[event].sum(), "young": young})
    return finish.made(metric, bases, _few(records) or [{"value": np.nan}])


def _within(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Share mended within each term, by Kaplan–Meier; the whole is that of rules.fix_days."""
    frame = bases.rows_of(lives)
    frame = frame[frame["fix"].notna()]
    records = []
    for key, rows in small.cells_of(frame, ask, "detected"):
        curve = _curve(rows, "fix", "mended")
        terms = (("", bases.client.rules.fix_days), *((str(term), term) for term in TERMS if not key["by"]))
        for name, term in terms:
            at = int(np.searchsorted(curve.time, term, side="right")) - 1
            ends = (0.0, np.nan, np.nan) if at < 0 else (1 - curve.value[at], 1 - curve.high[at], 1 - curve.low[at])
            young = key["period"] != "all" and not survival.settled(rows["fix"], rows["mended"], term + 1)
            if curve.time[-1] >= term or curve.value[-1] == 0:  # else nobody was watched so long
                records.append(key | ({"by": "term", "group": name} if name else {})
                               | dict(zip(("value", "low", "high"), ends, strict=True)) | {"n": len(rows), "young": young})
    return finish.made(metric, bases, _few(records) or [{"value": np.nan}])


def _few(records: list[dict]) -> list[dict]:
    """Records of which those of few units keep no interval."""
    return [one if one["n"] >= MIN_N else one | {"low": np.nan, "high": np.nan} for one in records]


_OF = {"detect_days": ("wait", "noticed", "at"), "fix_days": ("fix", "mended", "detected")}  # days, their end, the day of a period


_A_YEAR = {"day": None, "week": 365 / 7, "month": 12}  # reports a year; a daily one takes every working day


def _by_reports(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Half of the working days from one report to the next, by the calendar of the last year: a breach begins on any of them alike."""
    days = bases.calendar().workdays(bases.as_of + _DAY - dt.timedelta(days=365), bases.as_of + _DAY)
    reports = _A_YEAR[bases.client.rules.report_every] or days
    return finish.made(metric, bases, [{"value": days / reports / 2 if reports else np.nan, "n": days}])


def noticed(bases: Bases) -> ir.Table:
    """One row a deviation whose first day is known and over: `soon` 1 if noticed within one working day."""
    frame = bases.rows_of(lives)
    frame = frame[frame["began"].notna()]
    # of a breach that began on a day off the next working day is the first that follows
    may = np.array([bases.calendar().workdays(one, one + _DAY) for one in frame["began"]], dtype=float)
    over = [bases.calendar().workdays(one, bases.as_of + _DAY) for one in frame["began"]] > may
    soon = frame["noticed"] & (frame["wait"] <= may)
    frame = frame.assign(at=[pd.Timestamp(one) for one in frame["at"]], soon=soon.astype(float).where(over))
    return frames.table(frame, at="timestamp", soon="float64", **_KEYS)


def relapses(bases: Bases) -> ir.Table:
    """One row a mended deviation: `back` 1 if the same metric of the same person deviates again within rules.relapse_days
    working days, empty until these are over."""
    frame, calendar, limit = bases.rows_of(lives), bases.calendar(), bases.client.rules.relapse_days
    rows = []
    for row in frame[frame["mended"]].itertuples():
        watched = calendar.workdays(row.resolved, bases.as_of + _DAY) > limit
        same = frame[(frame["indicator"] == row.indicator) & (frame["scope_id"].fillna("") == ("" if pd.isna(row.scope_id) else row.scope_id))]
        again = any(one > row.resolved and calendar.workdays(row.resolved, one) <= limit for one in same["at"])
        rows.append({"at": pd.Timestamp(row.resolved), "back": float(again) if watched else None, "owner": row.owner, "team": row.team, "indicator": row.indicator})
    return frames.table(pd.DataFrame(rows, columns=["at", "back", *_KEYS]), at="timestamp", back="float64", **_KEYS)


def persistent(bases: Bases) -> ir.Table:
    """One row a deviation for want of skill: `trained` 1 if it stayed longer than rules.fix_days working days and training was planned for
    the person while it lasted, empty where it did not stay so long; `lead` working days until `trained_at`; `open` 1 while `trained` may change."""
    frame, calendar = bases.rows_of(lives), bases.calendar()
    frame = frame[frame["noticed"] & frames.says(frame["cause"], rules()["skill_cause"])]
    stayed = (frame["fix"] > bases.client.rules.fix_days).to_numpy(dtype=bool)
    plans = bases.rows(bases.full("dev_items"))
    plans = plans.assign(day=[frames.day_of(one) or frames.day_of(done) for one, done in zip(plans["planned_at"], plans["done_at"], strict=True)])
    made: dict[str, list[dt.date]] = {}
    for item in plans.itertuples():
        if item.day is not None and item.day <= bases.as_of:
            made.setdefault(item.user_id, []).append(item.day)
    first = [min((one for one in made.get(row.scope_id, ()) if row.detected <= one <= (row.resolved or bases.as_of)), default=None)
             for row in frame.itertuples()]
    lead = [None if one is None else float(calendar.workdays(row.detected, one)) for one, row in zip(first, frame.itertuples(), strict=True)]
    trained = np.array([one is not None for one in first], dtype=bool)
    frame = frame.assign(at=[pd.Timestamp(one) for one in frame["detected"]], trained_at=[one and pd.Timestamp(one) for one in first], lead=lead,
                         trained=np.where(stayed, trained, np.nan), open=(~frame["mended"].to_numpy(dtype=bool) & ~(stayed & trained)).astype(float))
    return frames.table(frame, at="timestamp", trained_at="timestamp", trained="float64", lead="float64", open="float64", **_KEYS)


def _value(column: str):
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return t[column]

    return value


def _told(column: str):
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return ibis.ifelse(t[column].notnull(), 1, 0)

    return value


def _is_trained(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.trained == 1


def _metric(metric_id: str, card: str, needs: tuple[str, ...], source: str, *, rows, kind: str = "share", column: str = "",
            compute=None, where=None, slices: tuple[str, ...] = ("owner", "team", "indicator"), counter: str = "", undecided=None,
            basis="cohort", at: str = "at") -> Metric:
    days = metric_id.endswith("_days")
    return Metric(
        id=metric_id, card=card, kind=kind, unit="days" if days else "share", better="lower" if days or metric_id == "relapse_share" else "higher",  # type: ignore[arg-type]
        basis=basis, table="deviations", rows=rows, at=at, needs=needs, where=where, numerator=_value(column) if column else None,
        denominator=_told(column) if column and kind == "share" else None, compute=compute, matures_days=0, min_n=MIN_N, slices=slices,
        counter=counter, undecided=undecided, source=source,
    )


_SEEN = ("deviations.metric", "deviations.detected_at")
_BEGAN = (*_SEEN, "deviations.breach_start_on")
_FIXED = (*_SEEN, "deviations.resolved_on")
_TRAINED = (*_SEEN, "deviations.cause", "deviations.scope_id", "dev_items.user_id", "dev_items.planned_at|dev_items.done_at")

METRICS = (
    _metric("detect_days", "M46", _BEGAN, "median working days from the first day out of band to its notice (Kaplan–Meier)",
            rows=noticed, kind="figure", compute=_median, counter="fix_days"),
    Metric(
        id="detect_days_by_reports", card="M46", kind="figure", unit="days", better="lower", basis="snapshot", table="deviations", rows=noticed, at="",
        needs=("activities.done_at|activities.started_at|deals.closed_at|deals.won_at",), where=None, numerator=None, denominator=None, compute=_by_reports,
        matures_days=0, min_n=MIN_N, slices=(), counter="detect_days",
        source="half of the working days between two reports (rules.report_every), taken as the time to detect where there is no log; nothing is measured in it",
    ),
    _metric("detected_within_day", "M46", _BEGAN, "noticed within one working day ÷ deviations whose next working day is over",
            rows=noticed, column="soon", counter="relapse_share", undecided=lambda t, _: yes(t.soon.isnull())),
    _metric("fix_days", "M47", _FIXED, "median working days from notice to back in band (Kaplan–Meier)", rows=noticed, kind="figure",
            compute=_median, slices=("action", "owner", "team", "indicator"), counter="relapse_share"),
    _metric("fixed_share", "M47", _FIXED, "share back in band within 5, 10, 20 working days, the whole within rules.fix_days (Kaplan–Meier)",
            rows=noticed, kind="figure", compute=_within, slices=("term", "action", "owner", "team"), counter="relapse_share"),
    _metric("relapse_share", "M47", _FIXED, "out of band again within rules.relapse_days working days ÷ mended deviations watched so long",
            rows=relapses, column="back", counter="fixed_share", undecided=lambda t, _: yes(t.back.isnull())),
    _metric("escalated_to_training", "M48", (*_TRAINED, "deviations.cause=skill"), "with training planned while it lasted ÷ deviations for want of skill "
            "longer than rules.fix_days working days", rows=persistent, column="trained", counter="relapse_share", undecided=lambda t, _: t.open),
    _metric("escalation_days", "M48", (*_TRAINED, "deviations.cause=skill"), "median working days from notice to the planning of training",
            rows=persistent, kind="median", column="lead", where=_is_trained, counter="fix_days", basis="closing", at="trained_at"),
)
