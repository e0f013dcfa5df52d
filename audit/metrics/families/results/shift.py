"""Changes of win rate and check: how much is another mix of client groups, how much a change within them: M12, M29."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import cells, compared, finish, periods
from audit.metrics.declare.common import MIN_N, deals, is_closed
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.results.priorities import priorities
from audit.stats import mix

_CLOSED = ("deals.semantic", "deals.closed_at|deals.won_at", "deals.segment|clients.segment")
_SUMS = ["n", "x", "xx"]


def _by_month(bases: Bases, table: ir.Table, x: ir.Value) -> pd.DataFrame:
    """n, Σx, Σx² by segment and month of closing."""
    t = table.mutate(_x=x).filter(table.closed_at.notnull())
    query = t.group_by(segment=cells.label(t.segment), month=periods.key(t.closed_at, "month"))
    frame = bases.rows(query.agg(n=t.count(), x=cells.exact(t._x), xx=cells.exact(t._x.clip(-1e10, 1e10) ** 2)))
    return frame.sort_values(["month", "segment"], kind="stable").reset_index(drop=True)


def outcomes(bases: Bases) -> pd.DataFrame:
    """Closed deals and won ones."""
    d = bases.deals.filter(is_closed(bases.deals, bases))
    return _by_month(bases, d, ibis.ifelse(d.semantic == "won", 1.0, 0.0))


def amounts(bases: Bases) -> pd.DataFrame:
    """Won deals of a known amount."""
    d = bases.deals.filter((bases.deals.semantic == "won") & bases.deals.amount_base.notnull())
    return _by_month(bases, d, d.amount_base)


def _changed(cells_of: Callable[[Bases], pd.DataFrame], only: Callable[[Bases], tuple[str, ...]] | None = None):
    def compute(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
        """The change of the whole, its two parts, and the change inside each segment; of the segments `only` if they are told."""
        records: list[dict] = []
        for key, *both in compared.of_months(bases.rows_of(cells_of), bases, ask):
            then, now = both if only is None else (rows[rows["segment"].isin(bases.rows_of(only))] for rows in both)
            names = sorted({*then["segment"], *now["segment"]})
            a, b = (rows.groupby("segment")[_SUMS].sum().reindex(names, fill_value=0.0) for rows in (then, now))
            if min(a["n"].sum(), b["n"].sum()):
                records += _told(key, a, b, ask)
        return finish.made(metric, bases, records or [{"value": float("nan")}])

    return compute


def _told(key: dict, a: pd.DataFrame, b: pd.DataFrame, ask: Ask) -> list[dict]:
    sums = [[rows[name].to_numpy(dtype=float) for name in _SUMS] for rows in (a, b)]
    found, n = mix.change(tuple(sums[0]), tuple(sums[1])), int(min(a["n"].sum(), b["n"].sum()))
    records = [key | found.whole._asdict() | {"n": n}]
    if ("effect",) in ask.slices:
        records += [key | {"by": "effect", "group": name, "n": n} | part._asdict() for name, part in (("mix", found.mix), ("within", found.within))]
    if ("segment",) in ask.slices:
        for place, name in enumerate(a.index):
            then, now = ([one[place:place + 1] for one in side] for side in sums)
            if then[0][0] and now[0][0]:
                own = mix.change(tuple(then), tuple(now)).whole
                records.append(key | {"by": "segment", "group": name, "n": int(min(then[0][0], now[0][0]))} | own._asdict())
    return records


_WIN_RATE = Metric(
    id="win_rate_change", card="M12", kind="mean", unit="share", better="higher", basis="closing", table="deals", rows=deals, at="closed_at",
    needs=(*_CLOSED, "deals.semantic=lost", "deals.segment of lost deals"), where=None, numerator=None, denominator=None,
    compute=_changed(outcomes), matures_days=0, min_n=MIN_N, slices=("effect", "segment"), counter="win_rate",
    source="win rate less that of the same period a year before, the whole of twelve months over the twelve before; = mix Σ Δshare of a segment × "
           "its mean rate + within Σ Δrate of a segment × its mean share (Kitagawa 1955)",
)
METRICS = (
    _WIN_RATE,
    dataclasses.replace(
        _WIN_RATE, id="priority_win_rate_change", needs=(*_WIN_RATE.needs, "priority segments"), compute=_changed(outcomes, priorities),
        counter="win_rate_change", source="the same of the segments in priority_segments of client.yml; where none is named, of the fewest segments that "
        "give four fifths of the margin won"),
    dataclasses.replace(
        _WIN_RATE, id="check_change", card="M29", unit="money", needs=(*_CLOSED, "deals.amount_base|deals.amount"), compute=_changed(amounts),
        counter="won_deals", source="mean won amount less that of the same period a year before, the whole of twelve months over the twelve before; = mix Σ "
        "Δshare of a segment × its mean check + within Σ Δcheck of a segment × its mean share (Kitagawa 1955)"),
)
