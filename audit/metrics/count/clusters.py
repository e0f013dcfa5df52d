"""Shares and ratios whose rows are not independent: intervals over clients, each with all of its rows."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, periods
from audit.metrics.declare.metric import Ask, Metric, Row, Rows, said
from audit.stats import intervals

_ROLL: dict[str, Callable[[ir.Value], ir.Value]] = {
    "day": lambda day: day, "week": lambda day: (day + 3) // 7 * 7 - 3, "month": lambda month: month,
    "quarter": lambda month: month // 3 * 3, "year": lambda month: month // 12 * 12}
_SUMS = ("num", "den", "num2", "numden", "den2", "n")
_TURNED = {"num": "den", "den": "num", "num2": "den2", "den2": "num2", "n": "n_x", "n_x": "n"}  # of y ÷ x among the sums of x ÷ y
_GROUPS = 1_000  # of units where there are many rows
_LEVELS = 1_000  # combinations of slices that are added up together


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is added up: rows, their date and unit, and two columns; metrics that ask the same share it."""

    rows: Rows
    at: str
    unit: str
    x: Row
    y: Row
    maturity: dt.timedelta
    names: tuple[str, ...]
    grain: str

    def columns(self) -> tuple[str, ...]:
        """What is added up; of mature rows apart where rows mature at all."""
        return ("_x", "_y", "_x_mature", "_y_mature") if self.maturity else ("_x", "_y")

    def fine(self, bases: Bases) -> ir.Table:
        """Σx and Σy of a unit, period and combination of slices, those of mature rows beside; a row without a unit is one of its day.

        Many units are put together at random into `_GROUPS`: their sums spread as much, and an interval knows its width to two hundredths.
        """
        t = bases.rows_of(self.rows)
        at, day = t[self.at], periods.key(t[self.at], "day")
        mature = yes(at < ibis.literal(bases.end - self.maturity))
        unit = ibis.coalesce(t[self.unit], -1 - day)
        x, y = (said(row, t, bases).cast("float64") for row in (self.x, self.y))
        t = t.mutate(_x=x, _y=y, _x_mature=x * mature, _y_mature=y * mature, _p=day if self.grain == "day" else periods.key(at, "month"),
                     _unit=unit if bases.small else unit % _GROUPS)
        return t.group_by(*self.names, "_p", "_unit").agg(**{name: t[name].sum() for name in self.columns()})

    def summed(self, bases: Bases, one: tuple[str, ...], period: str) -> pd.DataFrame:
        """A row a group of sums over units: Σx, Σy, Σx², Σxy, Σy² and the number of units with any y and x, of mature rows beside (m_…)."""
        t = bases.rows_of(_fine(self))
        key = {} if period == "all" else {"_p": _ROLL[period](t._p)}

        def squares(keys: dict[str, ir.Value]) -> ir.Table:
            rows = t.group_by(**keys, **key, _unit=t._unit).agg(**{name: t[name].sum() for name in self.columns()})
            return rows.group_by(*keys, *key).agg(**_squares(rows))

        frame = cells.labelled(bases, t, one, squares)
        group = frame[one[0]].astype(str)
        for name in one[1:]:
            group = group + " × " + frame[name].astype(str)
        return frame.drop(columns=list(one)).assign(_by="×".join(one), _group=group, **({} if key else {"_p": 0}))


def _packs(bases: Bases, rows: ir.Table, slices: tuple[tuple[str, ...], ...]) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """Slices whose sums come from the same fine ones: a team comes with its sellers, others where their levels are few together."""
    levels = bases.levels(rows, sorted({name for one in slices for name in one}))
    packs: list[tuple[set[str], list[tuple[str, ...]]]] = []
    for one in sorted(slices, key=lambda s: -math.prod(levels[name] for name in s)):
        for held, mine in packs:
            both = held | set(one)
            if set(one) <= held or (both - held == {"team"} and "owner" in held) or math.prod(levels[name] for name in both) <= _LEVELS:
                held |= both
                mine.append(one)
                break
        else:
            packs.append((set(one), [one]))
    return [(tuple(sorted(held)), mine) for held, mine in packs]


def _squares(t: ir.Table) -> dict[str, ir.Value]:
    sums: dict[str, ir.Value] = {}
    for prefix, of in (("", ""), ("m_", "_mature")):
        if f"_x{of}" not in t.columns:
            continue
        x, y = t[f"_x{of}"], t[f"_y{of}"]
        some = [ibis.ifelse(value != 0, 1.0, 0.0) for value in (y, x)]
        sums |= {f"{prefix}{name}": cells.exact(value) for name, value in zip((*_SUMS, "n_x"), (x, y, x * x, x * y, y * y, *some), strict=True)}
    return sums


@cache
def _fine(pair: _Pair) -> Callable[[Bases], ir.Table]:
    return pair.fine


def values(metric: Metric, bases: Bases, ask: Ask, unit: str) -> pd.DataFrame:
    """VALUES of a share or ratio from its rows, with intervals over units; `unit` names the column of a whole number that tells them apart.

    `n` of a ratio is the number of units with any denominator; of many rows that of their groups, at most `_GROUPS`.
    """
    assert metric.numerator is not None and metric.denominator is not None
    x, y = metric.numerator, metric.denominator
    turned = isinstance(x, str) and isinstance(y, str) and x > y
    frames, first = [], bases.rows_of(_first(metric.rows, metric.at))
    packs = _packs(bases, bases.rows_of(metric.rows), ask.slices)
    for period in ("all", *ask.periods):
        grain = "day" if period in periods.DAYS else "month"
        found = []
        for names, slices in packs:
            pair = _Pair(metric.rows, metric.at, unit, y if turned else x, x if turned else y, metric.maturity(bases), names, grain)
            found += [bases.rows_of(_counted(pair, one, period)) for one in slices]
        rows = pd.concat(found, ignore_index=True).sort_values(["_by", "_group", "_p"], kind="stable").reset_index(drop=True)
        if turned:
            rows = rows.rename(columns={f"{prefix}{old}": f"{prefix}{new}" for prefix in ("", "m_") for new, old in _TURNED.items()})
        frames.append(_told(metric, bases, rows, period, first))
    return pd.concat(frames, ignore_index=True)


@cache
def _first(rows: Rows, at: str) -> Callable[[Bases], dt.date]:
    """What gives the day of the earliest row, the as-of day where there is none."""
    def day(bases: Bases) -> dt.date:
        t = bases.rows_of(rows)
        found = bases.tables.backend.to_pyarrow(t[at].cast("timestamp(6)").min()).as_py()
        return found.date() if found else bases.as_of

    return day


@cache
def _counted(pair: _Pair, one: tuple[str, ...], period: str) -> Callable[[Bases], pd.DataFrame]:
    return lambda bases: pair.summed(bases, one, period)


def _told(metric: Metric, bases: Bases, rows: pd.DataFrame, period: str, first: dt.date) -> pd.DataFrame:
    young = np.zeros(len(rows), dtype=bool)
    s = {name: rows[name].to_numpy(dtype=float) for name in _SUMS}
    if metric.matures_days and period == "all":
        young = ~(rows["m_den"].to_numpy(dtype=float) > 0)
        s = {name: np.where(young, s[name], rows[f"m_{name}"].to_numpy(dtype=float)) for name in _SUMS}
    rolled = cells.Rolled(period, rows["_by"].to_numpy(dtype=object), rows["_group"].to_numpy(dtype=object), rows["_p"].to_numpy(dtype=np.int64), {}, first)
    low, high = share_ends(*(s[name] for name in _SUMS)) if metric.kind == "share" else intervals.ratio(s["n"], *(s[name] for name in ("num", "den", "num2", "numden", "den2")))
    n = (s["den"] if metric.kind == "share" else s["n"]).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {"value": s["num"] / s["den"], "low": low, "high": high, "young": young, "n": n}
    return finish.judged(metric, bases, finish.framed(metric, bases, rolled) | found | {f"sum_{name}": s[name] for name in _SUMS[:-1]})


def share_ends(num: np.ndarray, den: np.ndarray, num2: np.ndarray, numden: np.ndarray, den2: np.ndarray, n: np.ndarray) -> intervals.Ends:
    """Wilson's interval of a share of so many independent units as the clients' rows are worth: n ÷ design effect, which is at least 1.

    Source: Korn & Graubard, Survey Methodology 24 (1998) 193–201.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        share = num / den
        spread = np.maximum(num2 - 2 * share * numden + share**2 * den2, 0.0) * n / (n - 1) / den**2
        effect = np.nan_to_num(spread / (share * (1 - share) / den), nan=1.0, posinf=1.0)
        size = den / np.maximum(effect, 1.0)
    return intervals.wilson(share * size, size)
