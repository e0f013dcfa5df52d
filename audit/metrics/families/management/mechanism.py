"""What growth is made of, and whether agreed changes can be measured: M53."""

from __future__ import annotations

import dataclasses

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases, frames
from audit.metrics.count import cells, compared, finish, periods
from audit.metrics.declare.common import MIN_N, deals
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.reckon import drivers
from audit.metrics.rows.management import progress
from audit.metrics.rows.results import prices


def monthly(bases: Bases) -> pd.DataFrame:
    """Sums by month, every one from the first to the last complete one: leads, deals made and won of the chain, their
    revenue, and revenue outside the chain (`outside`): of deals that came from no lead where deals are linked to leads."""
    linked = bases.tables.has("leads.created_at", "deals.lead_id")
    d = bases.deals
    inside = d.lead_id.notnull() if linked else ibis.literal(True)
    amount = d.amount_base.fill_null(0.0)
    won = (d.semantic == "won") & d.won_at.notnull()
    parts = {"deals": _by_month(bases, d.filter(inside), "created_at", ibis.literal(1.0)),
             "won": _by_month(bases, d.filter(inside & won), "won_at", ibis.literal(1.0)),
             "revenue": _by_month(bases, d.mutate(_x=amount).filter(inside & won), "won_at", ibis._._x),
             "outside": _by_month(bases, d.mutate(_x=amount).filter(~inside & won), "won_at", ibis._._x)}
    if linked:
        parts["leads"] = _by_month(bases, bases.leads, "created_at", ibis.literal(1.0))
    frame = pd.DataFrame(parts).fillna(0.0)
    if not len(frame):
        return frame
    return frame.reindex(range(int(frame.index.min()), compared.last_complete(bases) + 1), fill_value=0.0)


def _by_month(bases: Bases, table: ir.Table, at: str, value: ir.Value) -> pd.Series:
    """Σ of a value by number of the month."""
    t = table.filter(table[at].notnull()).mutate(_v=value)
    frame = bases.rows(t.group_by(month=periods.key(t[at], "month")).agg(x=cells.exact(t._v)))
    return frame.set_index("month")["x"].sort_index()


def _spans(frame: pd.DataFrame, bases: Bases, ask: Ask) -> list[tuple[dict, pd.Series, pd.Series]]:
    """(keys of VALUES, sums then, sums now) of the months compared."""
    rows = frame.rename_axis("month").reset_index()
    return [(key, then.sum(), now.sum()) for key, then, now in compared.of_months(rows, bases, ask)]


def _factors(sums: pd.Series, price: float = np.nan) -> dict[str, float]:
    """Factors whose product is the revenue of the chain; with an index of prices the check falls into it and the check at constant prices."""
    check = _ratio(sums["revenue"], sums["won"])
    last = {"check": check} if np.isnan(price) else {"price": price, "check_constant": check / price}
    chain = {"leads": sums["leads"], "to_deal": _ratio(sums["deals"], sums["leads"])} if "leads" in sums.index else {"deals": sums["deals"]}
    return chain | {"to_won": _ratio(sums["won"], sums["deals"])} | last


def _ratio(a: float, b: float) -> float:
    return a / b if b else float("nan")


def _parts(then: pd.Series, now: pd.Series, price: float = np.nan) -> dict[str, float]:
    """Money that each factor gave, and what came outside the chain; {} where a factor was nought."""
    parts = drivers.contributions(_factors(then, price / price), _factors(now, price))
    return parts | {"outside": float(now["outside"] - then["outside"])} if parts else {}


def _driven(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """The change of revenue (the whole) and the part of each factor."""
    records = []
    lines = None if bases.lacks(*prices.NEEDS) else bases.rows_of(prices.monthly)
    for key, old, new in compared.of_months(bases.rows_of(monthly).rename_axis("month").reset_index(), bases, ask):
        then, now = old.sum(), new.sum()
        price = np.nan if lines is None else prices.index(*(lines[lines["month"].isin(rows["month"])] for rows in (old, new)))[0]
        parts = _parts(then, now, price)
        if parts:
            n = int(min(then["won"], now["won"]))
            change = float(now["revenue"] + now["outside"] - then["revenue"] - then["outside"])
            records.append(key | {"value": change, "n": n, "sum_num": change})
            records += [key | {"by": "driver", "group": name, "value": part, "n": n, "sum_num": part} for name, part in parts.items()]
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _explained(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Σ |parts of the chain| ÷ Σ |all parts|."""
    records = []
    for key, then, now in _spans(bases.rows_of(monthly), bases, ask):
        parts = _parts(then, now)
        moved = sum(abs(part) for part in parts.values())
        if moved:
            inside = moved - abs(parts["outside"])
            records.append(key | {"value": inside / moved, "n": int(min(then["won"], now["won"])), "sum_num": inside, "sum_den": moved})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _traced(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Gain a month of the metrics that agreed actions moved ÷ growth of revenue a month; empty where revenue did not grow."""
    rows = bases.rows_of(progress.realised)
    gain, half, records = float(rows["gain"].sum()), float(np.sqrt((rows["half"] ** 2).sum())), []
    frame = bases.rows_of(monthly).rename_axis("month").reset_index()
    for key, then, now in compared.of_months(frame, bases, Ask((), ())):
        grown = float((now["revenue"] + now["outside"]).sum() - (then["revenue"] + then["outside"]).sum()) / len(now)
        if grown > 0 and len(rows):
            records.append(key | {"value": gain / grown, "low": (gain - half) / grown, "high": (gain + half) / grown, "n": len(rows),
                                  "sum_num": gain, "sum_den": grown})
    return finish.made(metric, bases, records or [{"value": np.nan}])


_OPEN = ("proposed", "postponed", "declined")  # of the plan in the ledger: not agreed, though there is no day to tell it by


def agreed(bases: Bases) -> ir.Table:
    """One row a change agreed by the as-of day: `told` 1 where it has an owner, a metric, a value before and one wanted."""
    frame = bases.rows(bases.full("growth_actions")).sort_values("action_id", kind="stable")
    frame = frame[~frame["status"].isin(_OPEN)]
    frame = frame.assign(day=[frames.day_of(one) or frames.day_of(start) for one, start in zip(frame["agreed_at"], frame["start_on"], strict=True)])
    known = bases.tables.has("growth_actions.agreed_at")  # then what has neither a day nor a status is only proposed
    frame = frame.loc[[pd.notna(status) or not known if one is None else one <= bases.as_of for one, status in zip(frame["day"], frame["status"], strict=True)]]
    told = frame[["owner", "metric", "baseline", "target"]].notna().all(axis=1).astype(float)
    at = [None if one is None else pd.Timestamp(one) for one in frame["day"]]
    return frames.table(frame.assign(at=at, told=told), at="timestamp", told="float64")


def _each(_: ir.Table, __: Bases) -> ir.Value:
    return ibis.literal(1)


_MONEY = ("deals.semantic", "deals.closed_at|deals.won_at", "deals.created_at", "deals.amount_base|deals.amount")


def _metric(metric_id: str, unit: str, compute, source: str) -> Metric:
    return Metric(
        id=metric_id, card="M53", kind="figure", unit=unit, better="neutral" if unit == "money" else "higher",
        basis="closing", table="deals", rows=deals, at="closed_at", needs=_MONEY, where=None, numerator=None, denominator=None,
        compute=compute, matures_days=0, min_n=MIN_N, slices=("driver",) if unit == "money" else (), counter="margin_share",
        empty="two comparable periods with deals won", source=source,
    )


METRICS = (
    _metric("growth_driver", "money", _driven, "change of revenue = Σ parts: leads × conversion to a deal × share won × average check, each "
            "the logarithmic mean of revenue × ln of its change; the check falls into Fisher's index of prices and the check at constant prices "
            "where lines of deals have prices and pieces; revenue of deals without a lead apart"),
    _metric("growth_explained", "share", _explained, "Σ |parts of the chain| ÷ (Σ |parts of the chain| + |change outside it|)"),
    dataclasses.replace(
        _metric("growth_traced", "share", _traced, "Σ gain a month of metrics that agreed actions moved (as in actions_gain_realised, actions on one "
                "metric once) ÷ growth of revenue a month over the comparable period; above 1 more is claimed than grew"),
        empty="growth of revenue and judged changes",
        needs=(*_MONEY, "growth_actions.expected_gain", "growth_actions.metric", "growth_actions.baseline", "growth_actions.target",
               "growth_actions.start_on", "growth_actions.agreed_at")),
    Metric(
        id="actions_documented", card="M53", kind="share", unit="share", better="higher", basis="period", table="growth_actions",
        rows=agreed, at="at", needs=("growth_actions",), where=None, numerator="told", denominator=_each, compute=None,
        matures_days=0, min_n=MIN_N, slices=(), counter="growth_explained",
        source="changes with an owner, a metric, a value before and a value wanted ÷ changes agreed",
    ),
)
