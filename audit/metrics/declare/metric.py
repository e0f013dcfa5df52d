"""What a metric is: one declaration that `measure` turns into rows of VALUES."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import ibis.expr.types as ir

from audit.metrics.bases import Bases
from audit.stats.intervals import LEVEL

if TYPE_CHECKING:
    import pandas as pd

# share: Σ0/1 ÷ Σ0/1, Wilson · count: Σ0/1, exact Poisson · sum: Σx, compound Poisson · mean: Σx ÷ n, skew-corrected
# ratio: Σx ÷ Σy, delta method (these three over clients where rows come in clients, see `whose`) · median, p80, p90: from counted bins, order statistics · figure: no chance in it
Kind = Literal["share", "count", "sum", "mean", "ratio", "median", "p80", "p90", "figure"]
QUANTILE: dict[str, float] = {"median": 0.5, "p80": 0.8, "p90": 0.9}

Rows = Callable[[Bases], ir.Table]
Row = Callable[[ir.Table, Bases], ir.Value] | str  # a name is that column of the rows


@dataclass(frozen=True, slots=True)
class Ask:
    """What is wanted of one metric: periods, and slices as tuples of columns (() is the whole)."""

    periods: tuple[str, ...]
    slices: tuple[tuple[str, ...], ...]


def said(row: Row, table: ir.Table, bases: Bases) -> ir.Value:
    """What a declaration says per row of `table`."""
    return table[row] if isinstance(row, str) else row(table, bases)


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric. Every field but the last six is required: no default hides a judgement.

    An additive metric says per row of `rows` what it adds to the numerator and to the denominator; another one
    has `compute` and gives its rows itself, or `made` and takes them from the rows of the metric `of`.
    """

    id: str
    card: str  # M01 … M70
    kind: Kind
    unit: str  # share, count, money, money_a_day, money_a_unit, days, deals, points
    better: Literal["higher", "lower", "band", "neutral"]
    basis: Literal["cohort", "period", "closing", "snapshot"]
    table: str  # the canonical table whose slices it has
    rows: Rows
    at: str  # the column that dates a row; "" for a state at the as-of day
    needs: tuple[str, ...]  # see audit.engine.Tables
    where: Row | None
    numerator: Row | None
    denominator: Row | None
    compute: Callable[[Metric, Bases, Ask], pd.DataFrame] | None
    matures_days: int | str  # age at which a cohort is final; a name is that rule of client.yml
    min_n: int
    slices: tuple[str, ...]  # declared slices; the whole is always measured
    counter: str  # id of the metric that shows the cheapest way to cheat with this one, "" where none
    source: str  # where the formula comes from
    undecided: Row | None = None  # of a cohort without an age at which it is final: 1 where a row may change yet, which keeps its period provisional
    whose: str = ""  # of a share, mean or ratio: the column that tells whose a row is, where rows of one are not independent; see `count.whose`
    empty: str = ""  # what is lacking where the needs are there and still nothing has a value, told like a need
    level: float = LEVEL  # of its interval `low … high`; a forecast says its own
    of: Metric | None = None
    made: Callable[[Metric, Bases, pd.DataFrame], pd.DataFrame] | None = None

    def maturity(self, bases: Bases) -> dt.timedelta:
        """Age at which a cohort of this metric is final."""
        days = self.matures_days
        return dt.timedelta(days=getattr(bases.client.rules, days) if isinstance(days, str) else days)
