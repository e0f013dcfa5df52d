"""Metrics that are sums over rows: one aggregate query for all that share rows, date and filter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import cells, finish, periods
from audit.metrics.bases import Bases
from audit.metrics.metric import QUANTILE, Ask, Metric

_FAR = 1e10  # amounts beyond it count as it in the second and third moments, so that no engine overflows

Block = Sequence[tuple[Metric, Ask]]


def blocks(wanted: list[tuple[Metric, Ask]]) -> list[Block]:
    """Metrics that one query can sum: those with the same rows, date and filter; quantiles one by one."""
    found: dict[tuple, list[tuple[Metric, Ask]]] = {}
    for metric, ask in wanted:
        alone = metric.id if metric.kind in QUANTILE else ""
        found.setdefault((metric.rows, metric.at, metric.where, alone), []).append((metric, ask))
    return list(found.values())


def values(block: Block, bases: Bases) -> list[pd.DataFrame]:
    """VALUES of a block, a frame a metric."""
    metric = block[0][0]
    table = bases.rows_of(metric.rows)
    if metric.where is not None:
        table = table.filter(metric.where(table, bases))
    table = table.mutate(_one=ibis.literal(1))
    first = _first(table, metric.at, bases)
    slices = list(dict.fromkeys(one for _, ask in block for one in ask.slices))
    wanted = block[0][1].periods
    if metric.kind in QUANTILE:
        return [_quantile(metric, bases, table, slices, wanted, first)]
    sums: dict[str, ir.Value] = {"_rows": table.count()}
    for number, (one, _) in enumerate(block):
        sums |= {f"{number}_{name}": sum_ for name, sum_ in _sums(one, table, bases).items()}
    rolled = cells.collect(bases, table, metric.at, slices, wanted, sums)
    frames = []
    for number, (one, ask) in enumerate(block):
        mine = {"", *("×".join(s) for s in ask.slices)}
        frames.append(pd.concat([_rows(one, bases, part, first, number, mine) for part in rolled], ignore_index=True))
    return frames


def _first(table: ir.Table, at: str, bases: Bases) -> dt.date:
    if not at:
        return bases.as_of
    day = bases.tables.backend.to_pyarrow(table.agg(first=table[at].min())).to_pylist()[0]["first"]
    day = day.date() if isinstance(day, dt.datetime) else day
    return min(day or bases.as_of, bases.as_of)


def _sums(metric: Metric, table: ir.Table, bases: Bases) -> dict[str, ir.Value]:
    """The sums a kind needs; a maturing metric has them once more for mature rows only (`m_…`)."""
    num = metric.numerator(table, bases) if metric.numerator else table["_one"]
    den = metric.denominator(table, bases) if metric.denominator else None
    found = _of_kind(metric.kind, num, den)
    if metric.matures_days:
        old = (table[metric.at] < ibis.literal(bases.end - metric.maturity(bases))).fill_null(False)
        zero = ibis.ifelse(old, num, 0)
        found |= {f"m_{name}": sum_ for name, sum_ in
                  _of_kind(metric.kind, zero, None if den is None else ibis.ifelse(old, den, 0)).items()}
    return found


def _of_kind(kind: str, num: ir.Value, den: ir.Value | None) -> dict[str, ir.Value]:
    if kind == "share":
        assert den is not None
        return {"num": num.sum().cast("float64"), "den": den.sum().cast("float64")}
    if kind in ("count", "figure"):
        return {"num": num.sum().cast("float64")}
    x = num.cast("float64")
    known = ibis.ifelse(x.notnull(), 1, 0) if den is None else den
    x = x.fill_null(0.0)
    near = x.clip(-_FAR, _FAR)
    if kind == "sum":
        some = ibis.ifelse(x != 0, 1, 0)
        return {"num": cells.exact(x), "num2": cells.exact(near**2), "num3": cells.exact(near**3),
                "n": some.sum().cast("float64")}
    if kind == "mean":
        return {"num": cells.exact(x), "den": known.sum().cast("float64"), "num2": cells.exact(near**2),
                "num3": cells.exact(near**3)}
    y = known.cast("float64").fill_null(0.0)
    some = ibis.ifelse(y != 0, 1, 0)
    return {"n": some.sum().cast("float64"), "num": cells.exact(x), "den": cells.exact(y), "num2": cells.exact(near**2),
            "numden": cells.exact(near * y.clip(-_FAR, _FAR)), "den2": cells.exact(y.clip(-_FAR, _FAR) ** 2)}


def _rows(
    metric: Metric, bases: Bases, part: cells.Rolled, first: dt.date, number: int, slices: set[str]
) -> pd.DataFrame:
    if metric.kind in ("count", "sum") and part.period != "all" and metric.basis != "snapshot":
        part = finish.zero_filled(part, periods.number(bases.as_of, part.period))
    keep = np.isin(part.by.astype(str), list(slices))
    prefix = f"{number}_"
    sums = {name.removeprefix(prefix): array[keep] for name, array in part.sums.items() if name.startswith(prefix)}
    part = cells.Rolled(part.period, part.by[keep], part.group[keep], part.number[keep], sums)
    young = np.zeros(int(keep.sum()), dtype=bool)
    if metric.matures_days and part.period == "all":
        size = "den" if "m_den" in sums else "num"
        young = ~(sums[f"m_{size}"] > 0)
        plain = {name: np.where(young, sums[name], sums[f"m_{name}"]) for name in sums if not name.startswith("m_")}
        sums = plain
    sums = {name: array for name, array in sums.items() if not name.startswith("m_")}
    if metric.kind == "share":
        sums |= {"num2": sums["num"], "numden": sums["num"], "den2": sums["den"]}
    if metric.kind == "mean":
        sums |= {"numden": sums["num"], "den2": sums["den"]}
    return finish.rows(metric, bases, part, first, sums, young)


def _quantile(
    metric: Metric, bases: Bases, table: ir.Table, slices: list, wanted: tuple[str, ...], first: dt.date
) -> pd.DataFrame:
    assert metric.numerator is not None
    table = table.mutate(_value=metric.numerator(table, bases).cast("float64"))
    table = table.filter(table._value.notnull())
    bins = cells.money_bin(table._value) if metric.unit == "money" else cells.duration_bin(table._value)
    sums = {"_rows": table.count(), "_x": cells.exact(table._value)}
    levels = 2_000 if metric.unit == "money" else 200
    rolled = cells.collect(bases, table, metric.at, slices, wanted, sums, {"_bin": bins}, levels)
    return pd.concat([finish.quantiles(metric, bases, part, first) for part in rolled], ignore_index=True)
