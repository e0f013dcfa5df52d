"""Sums of rows that come in clients: what intervals over clients need, from the same query as the sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import ibis
import ibis.expr.types as ir
import numpy as np

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import told_beside
from audit.metrics.count import cells

KEY = "_whose"
_GROUPS = 64  # of clients where there are many rows; the width of an interval is known to a tenth
_OVER = {"share": ("num", "num", "den"), "mean": ("num2", "num", "den"), "ratio": ("num2", "numden", "den2")}  # Σx², Σxy, Σy² of rows


def beside(table: ir.Table, bases: Bases, whose: str) -> tuple[ir.Table, ir.Value]:
    """(`table`, what tells its clients apart: the column `whose`, of many rows one of `_GROUPS` random groups of them; empty where unknown)."""
    if bases.small:
        return table, table[whose].cast("string")
    side = bases.rows_of(_groups("deal_id" if whose == "deal_id" else "client_id"))
    table = told_beside(table, side, whose)
    return table, table[KEY]


@cache
def _groups(key: str) -> Callable[[Bases], ir.Table]:
    """What gives one row a client (deal) of any table: `_known`, and `KEY` from 1."""
    def numbered(bases: Bases) -> ir.Table:
        found = [t.select(_known=key) for t in bases.tables.values() if key in t.columns]
        units = (ibis.union(*found) if len(found) > 1 else found[0]).filter(lambda t: t._known.notnull()).distinct()
        units = units.mutate(_number=ibis.row_number().over(order_by=units._known))
        return units.select("_known", (units._number % _GROUPS + 1).name(KEY))

    return numbered


def levels(bases: Bases) -> int:
    """About how many keys `beside` gives where that matters."""
    return 1 if bases.small else _GROUPS


def by_head(part: cells.Rolled, kinds: Mapping[str, str]) -> cells.Rolled:
    """`part`, collected by `KEY` too, as one row a (slice, group, period), with `units`, `even`, `e2` and `e3` of `intervals.of_units` beside the
    sums of each prefix in `kinds`, by its kind; rows of an unknown client are units of their own, and so are those of a slice by client."""
    assert part.unit is not None
    heads = part.heads()
    own = np.array(["client" in by.split("×") for by in heads.by], dtype=bool)
    known, size = (part.sums[KEY] > 0) & ~own[part.unit], len(heads.by)
    sums = {name: cells.added(part.unit, array, size) for name, array in part.sums.items() if name != KEY}
    for prefix, kind in kinds.items():
        sums |= {f"{prefix}{name}": array for name, array in _over_units(part, sums, prefix, kind, known).items()}
    return cells.Rolled(part.period, heads.by, heads.group, heads.number, sums, part.first)


def _over_units(part: cells.Rolled, whole: Mapping[str, np.ndarray], prefix: str, kind: str, known: np.ndarray) -> dict[str, np.ndarray]:
    """Residuals of clients and of rows of no client, squared and cubed; cubes of means alone, whose skewness intervals have always known."""
    place, size = part.unit, len(whole[f"{prefix}num"])
    assert place is not None
    names = ("num", "den", *_OVER[kind])
    x, y, xx, xy, yy = (part.sums[prefix + name] for name in names)
    rows = part.sums[prefix + ("n" if kind == "ratio" else "den")]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (whole[f"{prefix}num"] / whole[f"{prefix}den"])[place]
        share = y / whole[f"{prefix}den"][place]
        units = cells.added(place, np.where(known, ((x != 0) | (y != 0)).astype(float), rows), size)
        alone = (units / (units - 1))[place]  # 1 ÷ (1 − share) of a row among so many
        residual = (x - value * y) / (1 - share)
        second = np.where(known, residual**2, np.maximum(xx - 2 * value * xy + value**2 * yy, 0) * alone**2)
        third = np.zeros(len(x))
        if kind == "mean":
            third = np.where(known, residual**3, (part.sums[f"{prefix}num3"] - 3 * value * xx + 3 * value**2 * x - value**3 * y) * alone**3)
        even = whole[f"{prefix}den"] ** 2 / cells.added(place, np.where(known, y**2, yy), size)
    lone = cells.added(place, (known & (np.abs(1 - share) < 1e-9)).astype(float), size) > 0  # nothing is left without it
    found = {"e2": np.where(lone[place], 0.0, second), "e3": np.where(lone[place], 0.0, third)}
    sums = {name: cells.added(place, np.nan_to_num(array, posinf=0.0, neginf=0.0), size) for name, array in found.items()}
    return {"units": np.where(lone, 1.0, units), "even": even} | sums
