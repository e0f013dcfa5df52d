"""Growth over the comparable period: sums of won deals by month, and which months stand against which."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, compared, finish, periods
from audit.metrics.declare.metric import Ask, Metric

DAYS = "workdays"  # working days of the months, beside the sums of every window
_COLUMNS = {"money": "amount_base", "margin": "margin", "profit": "profit"}  # what is added up of a won deal besides their number
_FAR = 1e10  # see additive
Slices = tuple[tuple[str, ...], ...]
Sums = dict[str, np.ndarray]  # a number a group


@dataclass(frozen=True, slots=True)
class Window:
    """Months compared: `key` of VALUES, sums of the comparable months and of these, a number each group of `groups`."""

    key: dict
    then: Sums
    now: Sums
    groups: list[tuple[str, str]]  # (by, group)

    def records(self, found: Sums, told: np.ndarray) -> list[dict]:
        """Rows for `finish.made` of the groups of which something is told."""
        return [{"by": self.groups[at][0], "group": self.groups[at][1]} | self.key | {name: values[at] for name, values in found.items()}
                for at in np.flatnonzero(told)]


def monthly(bases: Bases, t: ir.Table, slices: Slices, sums: dict[str, ir.Value]) -> pd.DataFrame:
    """One row a slice, group and month of winning: n, and each of `sums`."""
    part = cells.collect(bases, t, "won_at", slices, ("month",), {"n": t.count()} | sums)[1]
    return pd.DataFrame({"by": part.by, "group": part.group, "month": part.number, **part.sums})


@cache
def won(slices: Slices) -> Callable[[Bases], pd.DataFrame]:
    """What gives won deals by month: n, Σ and Σ² of money, margin and profit where known, and what a share of margin takes.

    `known` deals have an amount and a margin: Σ of both as `base` and `kept`, `base2`, `kept2` and `both` of their squares and product.
    """
    def counted(bases: Bases) -> pd.DataFrame:
        d = bases.deals.filter((bases.deals.semantic == "won") & bases.deals.won_at.notnull())
        sums: dict[str, ir.Value] = {}
        for name, column in _COLUMNS.items():
            if name == "money" or bases.tables.has(f"deals.{column}"):
                x = d[column].fill_null(0.0)
                sums |= {name: cells.exact(x), f"{name}2": cells.exact(x.clip(-_FAR, _FAR) ** 2)}
        if "margin" in sums:
            known = d.margin.notnull() & d.amount_base.notnull()
            x, y = (ibis.ifelse(known, d[column], 0.0) for column in ("margin", "amount_base"))
            a, b = (value.clip(-_FAR, _FAR) for value in (x, y))
            sums |= {"known": known.cast("int64").sum(), "kept": cells.exact(x), "base": cells.exact(y)}
            sums |= {"kept2": cells.exact(a**2), "base2": cells.exact(b**2), "both": cells.exact(a * b)}
        return monthly(bases, d, slices, sums)

    return counted


def windows(bases: Bases, frame: pd.DataFrame, ask: Ask, first: int, begins: int) -> Iterator[Window]:
    """Complete periods over the same ones a year before; the whole is twelve months over twelve, else three over three.

    `first` is the first month of the data, of which perhaps only a part is known; the whole is compared from `begins` on.
    """
    if not len(frame):
        return
    until = compared.last_complete(bases) + 1
    groups, sums = _by_group(frame, first, until)
    months = range(first, until)
    sums[DAYS] = np.tile([float(bases.calendar().workdays(periods.start(one, "month"), periods.end(one, "month"))) for one in months], (len(groups), 1))
    whole, dated = Ask((), ()), compared.spans(first + 1, until, ask)
    for key, then, now in (*(one for one in dated if "period" in one[0]), *compared.spans(begins, until, whole)):
        a, b = ({name: x[:, span.start - first:span.stop - first].sum(axis=1) for name, x in sums.items()} for span in (then, now))
        yield Window(key, a, b, groups)


def _by_group(frame: pd.DataFrame, first: int, until: int) -> tuple[list[tuple[str, str]], Sums]:
    """((by, group) of every row, sums as groups × months): a month without a row is 0."""
    frame = frame[(frame["month"] >= first) & (frame["month"] < until)]
    place, pairs = pd.factorize(pd.MultiIndex.from_frame(frame[["by", "group"]]))
    sums = {}
    for name in frame.columns.drop(["by", "group", "month"]):
        sums[name] = np.zeros((len(pairs), max(until - first, 0)))
        sums[name][place, frame["month"].to_numpy(dtype=int) - first] = frame[name].to_numpy(dtype=float)
    return list(pairs), sums


def told(metric: Metric, bases: Bases, found: Iterator[Window], compare: Callable[[Sums, Sums], tuple[Sums, np.ndarray]]) -> pd.DataFrame:
    """VALUES of a metric from what `compare` says of the sums then and now: columns, and of which groups they are told."""
    records = [record for one in found for record in one.records(*compare(one.then, one.now))]
    return finish.made(metric, bases, records or [{"value": np.nan}])
