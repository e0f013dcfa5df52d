"""Targets of every plan with what was done towards them by the as-of day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, shape
from audit.metrics.bases import Bases
from audit.metrics.purchases import purchases

_SCOPES = {"company": "", "team": "team", "user": "owner", "segment": "segment"}
GRAINS = (("day", 1), ("week", 7), ("month", 31), ("quarter", 92), ("year", 366))
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Target:
    """One target with what was done towards it by the as-of day."""

    start: dt.date
    end: dt.date
    by: str
    group: str
    measure: str
    target: float
    fact: float
    passed: float  # share of the period's working days that are over
    workdays: int

    @property
    def line(self) -> float:
        """What the linear plan wants by now."""
        return self.target * self.passed

    @property
    def grain(self) -> str:
        """The calendar grain nearest to the period's length."""
        length = (self.end - self.start).days
        return next((name for name, most in GRAINS if length <= most), "year")


def targets(bases: Bases) -> list[Target]:
    """Every target that has started, of the version valid at its start; sellers add up where the company has none."""
    frame = _declared(bases)
    frame = frame[frame["period_start"] <= bases.as_of]
    facts, calendar = bases.rows_of(daily_facts), bases.calendar()
    found = []
    for row in frame.itertuples():
        by = _SCOPES[row.scope]
        group = row.group if by else ""
        done = achieved(facts, row.metric, by, group, row.period_start, min(row.period_end, bases.as_of + DAY))
        found.append(Target(row.period_start, row.period_end, by, group, row.metric, float(row.target), done,
                            calendar.passed(row.period_start, row.period_end, bases.as_of),
                            calendar.workdays(row.period_start, row.period_end)))
    return found


def _declared(bases: Bases) -> pd.DataFrame:
    """Plans of the table, else of client.yml: period_start, period_end, scope, group, metric, target."""
    if bases.tables.has("plans.target"):
        frame = bases.rows(bases.full("plans"))
    else:
        frame = pd.DataFrame([plan.model_dump() for plan in bases.client.plans if not isinstance(plan, str)])
        frame = frame.assign(set_at=None, version=None)
    frame = frame.assign(scope=frame["scope"].fillna("company"), metric=frame["metric"].fillna("revenue"),
                         scope_id=frame["scope_id"].fillna("").astype(str))
    frame = frame[(frame["target"] > 0) & frame["scope"].isin([*_SCOPES])]
    names = _names(bases)
    frame["group"] = [names.get(one, one) if scope == "user" else one if scope != "company" else ""
                      for scope, one in zip(frame["scope"], frame["scope_id"], strict=True)]
    late = [bool(isinstance(set_at, dt.date) and set_at > start)
            for set_at, start in zip(frame["set_at"], frame["period_start"], strict=True)]
    frame["late"] = late
    frame["rank"] = [day.toordinal() if isinstance(day, dt.date) else 0 for day in frame["set_at"]]
    frame["rank"] = np.where(frame["late"], -frame["rank"], frame["rank"])
    frame["version"] = pd.to_numeric(frame["version"], errors="coerce").fillna(0)
    key = ["period_start", "period_end", "scope", "group", "metric"]
    frame = frame.sort_values([*key, "late", "rank", "version"], ascending=[True] * 5 + [False, True, True], kind="stable")
    frame = frame.drop_duplicates(key, keep="last")
    return _with_company(frame[[*key, "target"]])


def _with_company(frame: pd.DataFrame) -> pd.DataFrame:
    """Company targets where only sellers have them."""
    own = frame[frame["scope"] == "company"][["period_start", "period_end", "metric"]]
    sellers = frame[frame["scope"] == "user"].merge(own, how="left", indicator=True)
    sellers = sellers[sellers["_merge"] == "left_only"]
    total = sellers.groupby(["period_start", "period_end", "metric"], as_index=False)["target"].sum()
    return pd.concat([frame, total.assign(scope="company", group="")], ignore_index=True)


def _names(bases: Bases) -> dict[str, str]:
    """Seller id → the name under which slices know the seller."""
    if not bases.tables.has("users.user_id"):
        return {}
    return dict(bases.rows(bases.users.select("user_id", "owner")).itertuples(index=False))


class Facts:
    """What was achieved a day by owner, team and segment: columns day, measure, value."""

    def __init__(self, frame: pd.DataFrame):
        self._frame = frame.assign(day=[day.toordinal() for day in frame["day"]])
        self._series: dict[tuple[str, str, str], tuple[np.ndarray, np.ndarray]] = {}

    def series(self, measure: str, by: str, group: str) -> tuple[np.ndarray, np.ndarray]:
        """(days in order, what was achieved before each and, last, by the end) of one group."""
        key = (measure, by, group)
        if key not in self._series:
            rows = self._frame[self._frame["measure"] == measure]
            rows = (rows if not by else rows[rows[by] == group]).sort_values("day", kind="stable")
            self._series[key] = rows["day"].to_numpy(), np.concatenate([[0.0], np.cumsum(rows["value"].to_numpy(dtype=float))])
        return self._series[key]


def daily_facts(bases: Bases) -> Facts:
    """The facts of every plan, by day."""
    frames = []
    if bases.client.plan_basis == "paid":
        frames.append(_paid(bases))
    else:
        d = bases.deals.filter((bases.deals.semantic == "won") & bases.deals.won_at.notnull())
        frames += [_by_day(bases, d, "won_at", measure, value) for measure, value in
                   (("revenue", d.amount_base), ("margin", d.margin), ("profit", d.profit), ("deals", ibis.literal(1.0)))]
        if bases.tables.has("deals.client_id"):
            p = bases.rows_of(purchases)
            frames.append(_by_day(bases, p.filter(p._first), "won_at", "new_clients", ibis.literal(1.0)))
    return Facts(pd.concat(frames, ignore_index=True))


def _by_day(bases: Bases, table: ir.Table, at: str, measure: str, value: ir.Value) -> pd.DataFrame:
    table = table.mutate(_value=value.cast("float64").fill_null(0.0), _day=table[at].cast("date"))
    keys = {name: cells.label(table[name]) for name in ("owner", "team", "segment")}
    frame = bases.rows(table.group_by(day=table._day, **keys).agg(value=cells.exact(table._value)))
    return frame.assign(measure=measure).sort_values(["day", *keys], kind="stable")


def _paid(bases: Bases) -> pd.DataFrame:
    """Payments received, credited to the deal's seller."""
    p = bases.full("payments").filter(lambda t: t.received_on <= ibis.literal(bases.as_of))
    none = ibis.null("string")
    if bases.tables.has("payments.deal_id", "deals"):
        d = bases.deals.select(_deal="deal_id", owner="owner", team="team", segment="segment")
        p = p.left_join(d, p.deal_id == d._deal)
    else:
        p = p.mutate(owner=none, team=none, segment=none)
    return _by_day(bases, p, "received_on", "revenue", shape.money(p, bases, "payments"))


def achieved(facts: Facts, measure: str, by: str, group: str, start: dt.date, end: dt.date) -> float:
    """Σ of a measure of one group over days in [start, end)."""
    days, reached = facts.series(measure, by, group)
    first, last = np.searchsorted(days, (start.toordinal(), max(end, start).toordinal()))
    return float(reached[last] - reached[first])
