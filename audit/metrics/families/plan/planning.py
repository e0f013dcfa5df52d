"""How good plans and stored forecasts were: M41."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon import judged
from audit.metrics.rows.plan.achieved import achieved, daily_facts
from audit.metrics.rows.plan.outlook import DAY
from audit.metrics.rows.plan.targets import names, targets
from audit.stats import intervals

_REALISTIC = (0.9, 1.1)  # attainment of a plan that was set well
_SCOPES = {"company": "", "team": "team", "user": "owner", "segment": "segment"}
_MEASURES = ("revenue", "margin", "profit", "new_clients", "deals")


def judged_forecasts(bases: Bases) -> pd.DataFrame:
    """One row a forecast of a period that is over: by, group, kind, lead, start, end, forecast, actual, naive, last_year.

    Of several made at the same lead the last counts; `lead` tells when it was made: start (by the period's first day),
    day10 (by its tenth), later. What is said after the end is no forecast. `naive` is the period before, `last_year` the
    same period a year before; empty where the data begin later.
    """
    table = bases.full("forecasts")
    frame = bases.rows(table.filter((table.made_at < bases.end) & (table.period_end <= bases.as_of + DAY)))
    frame = frame.assign(scope=frame["scope"].fillna("company"), metric=frame["metric"].fillna("revenue"), kind=frame["kind"].fillna("commit"))
    frame = frame[frame["scope"].isin([*_SCOPES]) & frame["metric"].isin(_MEASURES)]
    made = pd.to_datetime(frame["made_at"]).dt.date
    ago = np.array([(day - start).days for day, start in zip(made, frame["period_start"], strict=True)], dtype=int)
    frame = frame.assign(made=made, lead=np.where(ago <= 0, "start", np.where(ago < 10, "day10", "later")))
    frame = frame[frame["made"].to_numpy() < frame["period_end"].to_numpy()]
    who, facts = names(bases), bases.rows_of(daily_facts)
    key = ["period_start", "period_end", "scope", "scope_id", "metric", "kind", "lead"]
    frame = frame.assign(scope_id=frame["scope_id"].fillna("").astype(str))
    frame = frame.sort_values([*key, "made_at", "value"], kind="stable").drop_duplicates(key, keep="last")
    records = []
    for row in frame[frame["metric"].isin(facts.measures)].itertuples():
        by = _SCOPES[row.scope]
        group = "" if not by else who.get(row.scope_id, row.scope_id) if by == "owner" else row.scope_id
        before = _before(row.period_start, row.period_end)
        first = bases.first_day.replace(day=1)
        naive = achieved(facts, row.metric, by, group, before, row.period_start) if before >= first else math.nan
        same, until = (_year_before(day) for day in (row.period_start, row.period_end))
        last_year = achieved(facts, row.metric, by, group, same, until) if same >= first else math.nan
        records.append({"by": by, "group": group, "kind": row.kind, "lead": row.lead, "measure": row.metric, "start": row.period_start, "end": row.period_end,
                        "forecast": row.value, "actual": achieved(facts, row.metric, by, group, row.period_start, row.period_end), "naive": naive, "last_year": last_year})
    return pd.DataFrame(records, columns=["by", "group", "kind", "lead", "measure", "start", "end", "forecast", "actual", "naive", "last_year"])


def _year_before(day: dt.date) -> dt.date:
    """The same day of the year before, the last of February for the day that leap years have more."""
    return dt.date(day.year - 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


def _before(start: dt.date, end: dt.date) -> dt.date:
    """First day of the period of the same length before: whole months where the period is of months."""
    if start.day == 1 and end.day == 1:
        months = (end.year - start.year) * 12 + end.month - start.month
        number = start.year * 12 + start.month - 1 - months
        return dt.date(number // 12, number % 12 + 1, 1)
    return start - (end - start)


def _judge(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Forecasts of money judged: of the department by kind and lead, of sellers; the whole is what was promised by the tenth day."""
    frame = bases.rows_of(judged_forecasts)
    frame = frame[frame["measure"] == "revenue"]
    early = frame[(frame["lead"] != "later") & (frame["kind"] != "plan")]
    early = early.sort_values("lead", kind="stable")  # day10 before start: the later word counts
    early = early.drop_duplicates(["by", "group", "start", "end", "kind"])
    company = early[early["by"] == ""]
    parts = [("", "", company if len(company) else early)]
    head = frame[frame["by"] == ""] if (frame["by"] == "").any() else frame
    parts += [(name, str(group), rows) for name in ("kind", "lead") for group, rows in head.groupby(name, sort=True)]
    parts += [("owner", str(group), rows) for group, rows in early[early["by"] == "owner"].groupby("group", sort=True)]
    records = [{"by": by, "group": group, "n": len(rows), **_MEASURED[metric.id](rows)} for by, group, rows in parts if len(rows) or not by]
    return finish.made(metric, bases, records)


def _error(measure, *plain: str):
    def told(rows: pd.DataFrame) -> dict:
        rows = rows.dropna(subset=list(plain))
        columns = [rows[name].to_numpy(dtype=float) for name in ("forecast", *plain, "actual")]
        value = measure(*columns) if len(rows) else math.nan
        low, high = judged.resampled(measure, *columns)
        return {"n": len(rows), "value": value, "low": min(low, value), "high": max(high, value)}

    return told


def _hits(rows: pd.DataFrame) -> dict:
    return _share(judged.hits(rows["forecast"], rows["actual"]), len(rows))


def _share(hit: int, n: int) -> dict:
    if not n:
        return {"value": math.nan}
    low, high = intervals.wilson(hit, n)
    return {"value": hit / n, "low": float(low), "high": float(high), "sum_num": hit, "sum_den": n, "sum_num2": hit, "sum_numden": hit, "sum_den2": n}


_MEASURED = {"forecast_bias": _error(judged.bias), "forecast_wape": _error(judged.wape), "forecast_hit_share": _hits,
             "forecast_skill": _error(judged.skill, "naive"), "forecast_skill_year": _error(judged.skill, "last_year")}


def _kept(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Commits of revenue by sellers that were reached; the department's own word apart from theirs, as what is made of them."""
    frame = bases.rows_of(judged_forecasts)
    frame = frame[(frame["measure"] == "revenue") & (frame["kind"] == "commit") & (frame["lead"] != "later")]
    frame = frame.sort_values("lead", kind="stable").drop_duplicates(["by", "group", "start", "end"])  # day10 before start: the later word counts
    own = frame[frame["by"] == "owner"]
    whole = own if len(own) else frame[frame["by"] == ""]
    parts = [("", "", whole), *(("owner", str(group), rows) for group, rows in own.groupby("group", sort=True))]
    records = [{"by": by, "group": group, "n": len(rows), **_share(int((rows["actual"] >= rows["forecast"]).sum()), len(rows))} for by, group, rows in parts]
    return finish.made(metric, bases, records)


def _realism(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Share of plans that are over and were attained by 90–110 %, of the department and of each seller."""
    over = [one for one in bases.rows_of(targets) if one.end <= bases.as_of + DAY and one.measure == "revenue"]
    groups: dict[tuple[str, str], list[float]] = {}
    for one in over:
        groups.setdefault((one.by, one.group), []).append(one.fact / one.target)
    records = [{"by": by, "group": group, "n": len(found), **_share(sum(_REALISTIC[0] <= x <= _REALISTIC[1] for x in found), len(found))}
               for (by, group), found in sorted(groups.items())]
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


_STORED = ("forecasts.made_at", "forecasts.value", "deals won or payments", "forecasts of periods that are over")


def _metric(metric_id: str, kind: str, better: str, counter: str, source: str, compute=_judge, needs: tuple[str, ...] = _STORED,
            slices: tuple[str, ...] = ("owner", "kind", "lead")) -> Metric:
    return Metric(
        id=metric_id, card="M41", kind=kind, unit="share", better=better, basis="period", table="forecasts",  # type: ignore[arg-type]
        rows=deals, at="", needs=needs, where=None, numerator=None, denominator=None, compute=compute, matures_days=0, min_n=MIN_N,
        slices=slices, counter=counter, source=source)


METRICS = (
    _metric("forecast_bias", "figure", "band", "forecast_wape", "Σ(forecast − actual) ÷ Σ actual of stored forecasts of revenue"),
    _metric("forecast_wape", "figure", "lower", "forecast_bias", "Σ|forecast − actual| ÷ Σ actual of stored forecasts of revenue"),
    _metric("forecast_hit_share", "share", "higher", "plan_attainment", "forecasts within 10 % of the actual ÷ forecasts"),
    _metric("forecast_skill", "figure", "higher", "forecast_wape", "1 − WAPE ÷ WAPE of the period before taken as the forecast"),
    _metric("forecast_skill_year", "figure", "higher", "forecast_skill", "1 − WAPE ÷ WAPE of the same period a year before taken as the forecast"),
    dataclasses.replace(
        _metric("commits_kept", "share", "higher", "forecast_wape", "periods in which the revenue that a seller committed to by its tenth day was reached ÷ "
                "periods committed to; of the department where sellers commit to nothing", _kept, (*_STORED, "forecasts of kind commit"), ("owner",)), card="M42"),
    _metric("plan_realism", "share", "higher", "plan_attainment", "revenue plans attained by 90–110 % ÷ plans that are over", _realism,
            ("plans", "deals won or payments"), ("owner", "team", "segment")),
)
