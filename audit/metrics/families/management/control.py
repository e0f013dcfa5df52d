"""Time that control of sales takes, M49, and reports that sellers write by hand, M20."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames, people
from audit.metrics.count import cells, finish, periods, small
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.declare.rules import rules
from audit.metrics.rows.activities import actions
from audit.metrics.rows.management import logs
from audit.stats import intervals

_DAY = dt.timedelta(days=1)
_MILLION = 1_000_000.0
_LEAST = {"base_revision": "base_revision_minutes", "call_listening": "call_listening_minutes"}


def workdays(bases: Bases) -> pd.DataFrame:
    """One row a person who controls (whose time is in the log and who is no mere seller) and day they were to work, from
    their first noted day to the last day of the log: user_id, at, owner, team, a column of minutes a kind."""
    frame, calendar, away = bases.rows_of(_of_heads), bases.calendar(), bases.rows_of(actions.absences)
    if not len(frame):
        return pd.DataFrame(columns=["user_id", "at", "owner", "team"])
    last, rows = max(frame["at"]), []
    for who, mine in frame.groupby("user_id", sort=True):
        noted = set(mine["at"])
        days = {*(one for one in calendar.workdays_in(min(noted), last + _DAY) if (who, one) not in away), *noted}
        rows += [{"user_id": who, "at": one} for one in sorted(days)]
    wide = frame.pivot_table(index=["user_id", "at"], columns="kind", values="minutes", aggfunc="sum").reset_index()
    whole = pd.DataFrame(rows).merge(wide, on=["user_id", "at"], how="left")
    kinds = [name for name in whole.columns if name not in ("user_id", "at")]
    return people.named(whole.assign(**{name: whole[name].fillna(0.0) for name in kinds}), bases, "user_id")


def _of_heads(bases: Bases) -> pd.DataFrame:
    """Time of those who lead; of everyone in the log where nobody is marked as leading."""
    frame, known = bases.rows_of(logs.control_time), bases.rows_of(people.known)
    heads = set(known.index[known["is_manager"]])
    return frame[frame["user_id"].isin(heads)] if heads & set(frame["user_id"]) else frame


def _kinds(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if name not in ("user_id", "at", "owner", "team")]


def _mean(values: np.ndarray) -> dict[str, float]:
    """Mean over person-days with its interval and sums."""
    n = len(values)
    low, high = intervals.mean(n, values.sum(), (values**2).sum(), (values**3).sum())
    few = n < MIN_N
    return {"value": values.mean(), "low": np.nan if few else float(low), "high": np.nan if few else float(high), "n": n,
            "sum_num": values.sum(), "sum_den": n}


def _minutes(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Minutes of control a working day and person, in all and by kind."""
    frame, records = bases.rows_of(workdays), []
    kinds = _kinds(frame)
    slices = tuple(tuple(name for name in one if name != "kind") for one in ask.slices)
    for key, rows in small.cells_of(frame, Ask(ask.periods, slices), "at"):
        records.append(key | _mean(rows[kinds].sum(axis=1).to_numpy(dtype=float)))
        if key["by"] in ("", "owner"):
            by = "kind" if not key["by"] else "owner×kind"
            records += [key | {"by": by, "group": f"{key['group']} × {kind}" if key["by"] else kind} | _mean(rows[kind].to_numpy(dtype=float))
                        for kind in kinds]
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _share(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Minutes of control ÷ minutes of a working day."""
    frame = bases.rows_of(workdays)
    length, kinds = bases.calendar().minutes_a_day, _kinds(frame)
    records = [key | _mean(rows[kinds].sum(axis=1).to_numpy(dtype=float) / length) for key, rows in small.cells_of(frame, ask, "at")]
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _reached(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Share of working days on which the revision of the base and the listening took the least they should."""
    frame, records = bases.rows_of(workdays), []
    least = bases.rows_of(_least)
    for key, rows in small.cells_of(frame, Ask(ask.periods, ()), "at"):
        for kind in (one for one in _LEAST if one in rows):
            k, n = int((rows[kind] >= least[kind]).sum()), len(rows)
            low, high = intervals.wilson(k, n)
            ends = {"low": float(low), "high": float(high)} if n >= MIN_N else {}
            records.append(key | {"by": "kind", "group": kind, "value": k / n, "n": n, "sum_num": k, "sum_den": n} | ends)
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _least(bases: Bases) -> dict[str, float]:
    """Least minutes a day of each kind: the norm of the table of norms, else the rule."""
    found = {kind: float(getattr(bases.client.rules, rule)) for kind, rule in _LEAST.items()}
    if bases.tables.has("norms.value"):
        norms = bases.rows(bases.full("norms"))
        norms = norms[norms["metric"].isin([*found]) & (norms["per"].fillna("day") == "day")].sort_values(["metric", "valid_from"], na_position="first")
        known = [one is None or one <= bases.as_of for one in map(frames.day_of, norms["valid_from"])]
        for row in norms[known].itertuples():
            found[row.metric] = float(row.value if pd.isna(row.lower) else row.lower)
    return found


def _sellers_at_work(bases: Bases, start: dt.date, end: dt.date) -> float:
    """Mean number of people who do not lead over the working days of [start, end)."""
    known = bases.rows_of(people.known)
    known = known[~known["is_manager"]]
    days = bases.calendar().workdays_in(start, end)
    there = [sum((hired is None or hired <= one) and (left is None or left >= one)
                 for hired, left in zip(map(frames.day_of, known["hired_at"]), map(frames.day_of, known["left_at"]), strict=True)) for one in days]
    return float(np.mean(there)) if there else 0.0


def _per_seller(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Minutes of control a working day ÷ sellers at work, over the days of the log."""
    return _against(metric, bases, ask, lambda start, end: _sellers_at_work(bases, start, end) * len(bases.calendar().workdays_in(start, end)))


def _per_million(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Minutes of control ÷ revenue won in the same days, a million of it."""
    won = bases.rows_of(_won)
    return _against(metric, bases, ask, lambda start, end: float(won[(won["day"] >= start) & (won["day"] < end)]["x"].sum()) / _MILLION)


def _against(metric: Metric, bases: Bases, ask: Ask, other) -> pd.DataFrame:
    frame, records = bases.rows_of(workdays), []
    kinds = _kinds(frame)
    for key, rows in small.cells_of(frame, Ask(ask.periods, ()), "at"):
        start, end = min(rows["at"]), max(rows["at"]) + _DAY
        minutes, den = float(rows[kinds].to_numpy(dtype=float).sum()), other(start, end)
        if den > 0:
            records.append(key | {"value": minutes / den, "n": len(rows), "sum_num": minutes, "sum_den": den})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _won(bases: Bases) -> pd.DataFrame:
    d = bases.deals.filter((bases.deals.semantic == "won") & bases.deals.won_at.notnull())
    query = d.group_by(day=d.won_at.cast("date")).agg(x=cells.exact(d.amount_base.fill_null(0.0)))
    return bases.rows(query).sort_values("day", kind="stable")


def _asked(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Mean answer to the question; shares may have been told as 0…1 or as percent."""
    frame = bases.rows_of(logs.answers)
    frame = frame[frames.says(frame["question"], rules()["questions"][metric.id])]
    if metric.unit == "share":
        frame = frame.assign(value=frame["value"].where(frame["value"] <= 1, frame["value"] / 100))
    records = [key | _mean(rows["value"].to_numpy(dtype=float)) for key, rows in small.cells_of(frame, Ask(ask.periods, ()), "at")]
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _reports(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Minutes of reports a seller and week: those of sellers in the log of time, else what they answered."""
    mine = bases.rows_of(logs.reports_by_hand)
    if len(mine):
        last = periods.number(max(mine["at"]), "week")
        rows, left = [], bases.rows_of(people.known)["left_at"].map(frames.day_of).to_dict()
        for who, one in mine.groupby("user_id", sort=True):
            weeks = [periods.number(day, "week") for day in one["at"]]
            until = max(min(last, periods.number(left[who], "week")), *weeks) if left.get(who) else last
            spent = one["minutes"].groupby(weeks).sum()
            rows += [{"at": periods.start(week, "week"), "user_id": who, "minutes": float(spent.get(week, 0.0))}
                     for week in range(min(weeks), until + 1, periods.step("week"))]
        frame = people.named(pd.DataFrame(rows), bases, "user_id")
        return finish.made(metric, bases, [key | _mean(part["minutes"].to_numpy(dtype=float)) for key, part in small.cells_of(frame, ask, "at")])
    return _asked(metric, bases, ask)


def _metric(metric_id: str, card: str, unit: str, compute, needs: tuple[str, ...], source: str, *, slices: tuple[str, ...] = (),
            better: str = "lower", table: str = "control_log", counter: str = "detect_days") -> Metric:
    return Metric(
        id=metric_id, card=card, kind="figure", unit=unit, better=better, basis="period", table=table, rows=deals, at="at",  # type: ignore[arg-type]
        needs=needs, where=None, numerator=None, denominator=None, compute=compute, matures_days=0, min_n=MIN_N, slices=slices,
        counter=counter, source=source,
    )


_LOG = ("control_log.minutes", "control_log.kind")

METRICS = (
    _metric("report_minutes", "M20", "minutes", _reports, ("minutes of reports",), "minutes of reports a seller and week, from the log of time "
            "of those who do not lead, else from a survey", slices=("owner", "team"), counter="standup_on_time"),
    _metric("report_forms", "M20", "count", _asked, ("surveys.question=report_forms",), "mean number of reports by hand told in a survey",
            table="surveys", counter="report_minutes"),
    _metric("figures_automatic", "M20", "share", _asked, ("surveys.question=figures_automatic",), "mean share of the stand-up's figures that come "
            "without a report by hand, told in a survey", table="surveys", better="higher", counter="report_minutes"),
    _metric("control_minutes", "M49", "minutes", _minutes, _LOG, "minutes of control a working day of who leads, from their first noted day to the "
            "last day of the log", slices=("kind", "owner", "team", "owner×kind")),
    _metric("control_time_share", "M49", "share", _share, _LOG, "minutes of control ÷ minutes of a working day", slices=("owner", "team")),
    _metric("control_minutes_a_seller", "M49", "minutes", _per_seller, (*_LOG, "users.user_id"), "minutes of control a working day ÷ sellers at work"),
    _metric("control_minutes_a_million", "M49", "minutes", _per_million, (*_LOG, "deals.semantic", "deals.closed_at|deals.won_at",
            "deals.amount_base|deals.amount"), "minutes of control ÷ a million of revenue won in the same days"),
    _metric("control_norm_days", "M49", "share", _reached, (*_LOG, "control_log.kind=base_revision or call_listening"), "working days on which the "
            "revision of the base and the listening took at least the norm (rules.base_revision_minutes, rules.call_listening_minutes)",
            slices=("kind",), better="higher"),
)
