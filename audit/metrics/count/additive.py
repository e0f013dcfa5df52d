"""Metrics that are sums over rows: one aggregate query for all that share rows, date and filter."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, periods, whose
from audit.metrics.declare.metric import QUANTILE, Ask, Metric, Rows, said
from audit.schema.results import OK, PROVISIONAL

_FAR = 1e10  # amounts beyond it count as it in the second and third moments, so that no engine overflows
_FINE = 8  # digits of sums of shares and days, as many as `cells` keeps of a sum

Block = Sequence[tuple[Metric, Ask]]


def blocks(wanted: list[tuple[Metric, Ask]]) -> list[Block]:
    """Metrics that one query can sum: those with the same rows, date, filter and clients; quantiles one by one."""
    found: dict[tuple, list[tuple[Metric, Ask]]] = {}
    for metric, ask in wanted:
        alone = metric.id if metric.kind in QUANTILE else ""
        found.setdefault((metric.rows, metric.at, metric.where, metric.matures_days, metric.whose, alone), []).append((metric, ask))
    return list(found.values())


def all_values(wanted: list[tuple[Metric, Ask]], bases: Bases) -> dict[str, pd.DataFrame]:
    """VALUES of each metric by its id."""
    of_rows: dict[Rows, list[tuple[Metric, Ask]]] = {}
    for metric, ask in wanted:
        of_rows.setdefault(metric.rows, []).append((metric, ask))
    return {metric.id: frame for block in blocks(wanted)
            for (metric, _), frame in zip(block, values(block, bases, of_rows[block[0][0].rows]), strict=True)}


def columns(wanted: Block, table: ir.Table, bases: Bases) -> list[str]:
    """What these metrics read of their rows."""
    found: set[str] = set()
    for metric, ask in wanted:
        said_of = [said(row, table, bases) for row in (metric.where, metric.numerator, metric.denominator, metric.undecided) if row is not None]
        found |= {field.name for value in said_of for field in value.op().find(ops.Field) if field.rel == table.op()}
        found |= {name for one in ask.slices for name in one} | ({metric.at, metric.whose} - {""})
    return [name for name in table.columns if name in found]


def values(block: Block, bases: Bases, of_rows: Block = ()) -> list[pd.DataFrame]:
    """VALUES of a block, a frame a metric; `of_rows` are all metrics of the same rows that will be asked for."""
    metric = block[0][0]
    table = base = bases.part_of(metric.rows, lambda made: columns(of_rows or block, made, bases))
    if metric.where is not None:
        table = table.filter(said(metric.where, table, bases))
    slices = list(dict.fromkeys(one for _, ask in block for one in ask.slices))
    wanted = block[0][1].periods
    if metric.kind in QUANTILE:
        return [_quantile(metric, bases, table, base, slices, wanted)]
    extra: dict[str, ir.Value] = {}
    if metric.whose:
        table, extra[whose.KEY] = whose.beside(table, bases, metric.whose)
    sums: dict[str, ir.Value] = {"_rows": table.count()}
    for number, (one, _) in enumerate(block):
        sums |= {f"{number}_{name}": sum_ for name, sum_ in _sums(one, table, bases).items()}
    mature = None
    if metric.matures_days:
        mature = yes(table[metric.at] < ibis.literal(bases.end - metric.maturity(bases)))
    rolled = cells.collect(bases, table, metric.at, slices, wanted, sums, extra, whose.levels(bases), base=base, mature=mature)
    if metric.whose:
        kinds = {f"{prefix}{number}_": one.kind for number, (one, _) in enumerate(block) for prefix in ("", *(("m_",) if metric.matures_days else ()))}
        rolled = [whose.by_head(part, kinds) for part in rolled]
    frames = []
    for number, (one, ask) in enumerate(block):
        mine = {"", *("×".join(s) for s in ask.slices)}
        frames.append(_with_whole(one, bases, pd.concat([_rows(one, bases, part, number, mine) for part in rolled], ignore_index=True)))
    return frames


def _with_whole(metric: Metric, bases: Bases, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with a row of the whole also where no unit qualifies: nothing is a count of 0, and no rate at all."""
    if ((frame["period"] == "all") & (frame["by"] == "")).any():
        return frame
    nothing = 0.0 if metric.kind in ("count", "sum") else np.nan
    whole = finish.made(metric, bases, [{"value": nothing, "n": 0, "sum_num": nothing}])
    return pd.concat([whole, frame], ignore_index=True) if len(frame) else whole


def _sums(metric: Metric, table: ir.Table, bases: Bases) -> dict[str, ir.Value]:
    """The sums that the metric's kind needs."""
    num = said(metric.numerator, table, bases) if metric.numerator else None
    den = said(metric.denominator, table, bases) if metric.denominator else None
    open_ = {} if metric.undecided is None else {"open": said(metric.undecided, table, bases).sum().cast("float64")}
    return _of_kind(metric, table, num, den) | open_


def _added(value: ir.Value, table: ir.Table) -> ir.Value:
    """Σ of 0/1; of a scalar 1 the number of rows."""
    return (table.count() if isinstance(value, ir.Scalar) else value.sum()).cast("float64")


def _of_kind(metric: Metric, table: ir.Table, num: ir.Value | None, den: ir.Value | None) -> dict[str, ir.Value]:
    kind, sum_of = metric.kind, cells.exact_days if metric.unit == "days" else cells.exact
    assert num is not None
    if kind == "share":
        assert den is not None
        return {"num": _added(num, table), "den": _added(den, table)}
    if kind in ("count", "figure"):
        return {"num": _added(num, table)} | ({"n": table.count()} if kind == "figure" else {})
    x = num.cast("float64").fill_null(0.0)
    near = x.clip(-_FAR, _FAR)
    if kind == "sum":
        some = ibis.ifelse(x != 0, 1, 0)
        if metric.unit == "count":  # parts of one, whose squares four digits would cut off
            return {"num": cells.exact(x, _FINE)} | {f"num{power}": cells.exact(x.clip(-1e6, 1e6) ** power, _FINE) for power in (2, 3)} | {"n": _added(some, table)}
        return {"num": cells.exact(x), "num2": cells.exact(near**2), "num3": cells.exact(near**3), "n": _added(some, table)}
    assert den is not None
    if kind == "mean":
        return {"num": sum_of(x), "den": _added(den, table), "num2": cells.exact(near**2),
                "num3": cells.exact(near**3)}
    y = den.cast("float64").fill_null(0.0)
    y_near = y.clip(-_FAR, _FAR)
    # both may be days, whose fourth digit engines round differently
    sums = {"num": x, "den": y, "num2": near**2, "numden": near * y_near, "den2": y_near**2}
    return {"n": _added(ibis.ifelse(y != 0, 1, 0), table)} | {name: cells.exact(value, _FINE) for name, value in sums.items()}


def _rows(
    metric: Metric, bases: Bases, part: cells.Rolled, number: int, slices: set[str]
) -> pd.DataFrame:
    if metric.kind in ("count", "sum") and part.period != "all" and metric.basis != "snapshot":
        part = finish.zero_filled(part, periods.number(bases.as_of, part.period))
    keep = np.isin(part.by.astype(str), list(slices))
    prefix = f"{number}_"
    sums = {name.replace(prefix, ""): array[keep] for name, array in part.sums.items()
            if name.startswith((prefix, f"m_{prefix}"))}
    part = cells.Rolled(part.period, part.by[keep], part.group[keep], part.number[keep], sums, part.first)
    young = np.zeros(int(keep.sum()), dtype=bool)
    if metric.matures_days and part.period == "all":
        size = "den" if "m_den" in sums else "num"
        young = ~(sums[f"m_{size}"] > 0)
        plain = {name: np.where(young, sums[name], sums[f"m_{name}"]) for name in sums if not name.startswith("m_")}
        sums = plain
    if "open" in sums and part.period != "all":
        young = sums["open"] > 0
    sums = {name: array for name, array in sums.items() if name != "open" and not name.startswith("m_")}
    if metric.kind == "share":
        sums |= {"num2": sums["num"], "numden": sums["num"], "den2": sums["den"]}
    if metric.kind == "mean":
        sums |= {"numden": sums["num"], "den2": sums["den"]}
    return finish.rows(metric, bases, part, sums, young)


def _quantile(
    metric: Metric, bases: Bases, table: ir.Table, base: ir.Table, slices: list, wanted: tuple[str, ...]
) -> pd.DataFrame:
    """Quantiles of the whole and of periods; the whole is that of mature rows where there are any."""
    frame = _quantiles(metric, bases, table, base, slices, wanted)
    if not metric.matures_days:
        return frame
    whole = frame["period"] == "all"
    grown = _quantiles(metric, bases, table.filter(table[metric.at] < ibis.literal(bases.end - metric.maturity(bases))), base, slices, ())
    if not len(grown):
        return frame.assign(status=frame["status"].mask(whole & (frame["status"] == OK), PROVISIONAL))
    return pd.concat([grown, frame[~whole]], ignore_index=True)


def _quantiles(
    metric: Metric, bases: Bases, table: ir.Table, base: ir.Table, slices: list, wanted: tuple[str, ...]
) -> pd.DataFrame:
    assert metric.numerator is not None
    value = said(metric.numerator, table, bases).cast("float64")
    money = metric.unit == "money"
    bins = cells.money_bin(value) if money else cells.duration_bin(value)
    sums = {"_rows": value.count(), "_x": cells.exact_days(value) if metric.unit == "days" else cells.exact(value)}
    rolled = cells.collect_apart(bases, table, metric.at, slices, wanted, sums, {"_bin": bins}, 2_000 if money else 200, base)
    return pd.concat([finish.quantiles(metric, bases, part) for part in rolled], ignore_index=True)
