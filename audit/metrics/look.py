"""A quick look at values in a notebook: one chart, one small table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from audit.metrics.catalogue import BY_ID
from audit.stats.intervals import LEVEL
from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from audit.metrics.values import Values

_MOST = 30  # groups of one chart
_OPEN = 20  # metrics of one table; more are sorted into cards


def draw(values: Values, metric: str, by: str, period: str | None, ax: Axes | None) -> Axes:
    """A line over time or along a curve, or points by group, each with its interval."""
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(8, 4.2))
    words = Words(values.lang or "en")
    rows = values.rows(metric, by, period or "all")
    rows = rows[rows["value"].notna()]
    if not len(rows) and (by != "" or period is not None or not len(_timed(values, metric))):
        return _nothing(ax, words, values, metric)
    if by == "day":
        _line(ax, rows["group"].astype(int), rows)
    elif by == "":
        if period is None:
            rows = _timed(values, metric)
        _line(ax, pd.to_datetime(rows["period_start"]), rows, "o")
    else:
        _points(ax, rows.head(_MOST))
    ax.set_title(words(f"metrics.{metric}.title"), loc="left")
    name = words(f"metrics.unit.{BY_ID[metric].unit}")
    (ax.set_ylabel if by in ("", "day") else ax.set_xlabel)(name)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    return ax


def _nothing(ax: Axes, words: Words, values: Values, metric: str) -> Axes:
    """Why there is no picture, in place of empty axes."""
    lacking = values.lacking()
    lacks = lacking.loc[lacking["metric"] == metric, "lacks"]
    why = words("metrics.no_picture_lacks", lacks=lacks.iloc[0]) if len(lacks) else words("metrics.no_picture")
    ax.set_title(words(f"metrics.{metric}.title"), loc="left")
    ax.text(0, 0.9, why, transform=ax.transAxes, va="top", color="#52606d")
    ax.set_axis_off()
    return ax


def _timed(values: Values, metric: str) -> pd.DataFrame:
    """The finest series there is of the whole."""
    f = values.frame
    mine = f[(f["metric"] == metric) & (f["by"] == "") & (f["period"] != "all") & f["value"].notna()]
    return mine[mine["period"] == mine["period"].iloc[-1]] if len(mine) else mine


def _line(ax: Axes, x, rows: pd.DataFrame, marker: str = "") -> None:
    ax.plot(x, rows["value"], marker=marker, markersize=3)
    ax.fill_between(x, rows["low"].fillna(rows["value"]), rows["high"].fillna(rows["value"]), alpha=0.2)


def _points(ax: Axes, rows: pd.DataFrame) -> None:
    rows = rows.iloc[::-1]
    left, right = (rows["value"] - rows["low"]).clip(lower=0).fillna(0), (rows["high"] - rows["value"]).clip(lower=0).fillna(0)
    ax.errorbar(rows["value"], rows["group"], xerr=[left, right], fmt="o", markersize=4, capsize=2)


def shown(words: Words, metric: str, value: float, currency: str) -> str:
    """A value in its unit."""
    unit = BY_ID[metric].unit
    if unit == "share":
        return words.share(value)
    if unit == "money":
        return words.money(value, currency)
    number = words.number(value, 1 if unit == "days" or value % 1 else 0)
    return words(f"report.unit.{unit}", value=number) if unit in ("days", "minutes") else number


def ends_of(words: Words, metric: str, low: float, high: float, currency: str) -> str:
    """An interval in the metric's unit, with its level where that is not the usual one."""
    ends, level = words.between(*(shown(words, metric, end, currency) for end in (low, high))), BY_ID[metric].level
    return ends if level == LEVEL else words("metrics.of_level", ends=ends, level=words.share(level, 0))


def summary(values: Values) -> str:
    """The whole department over the whole history as HTML, then what cannot be measured: a table, of many metrics one a card to be opened."""
    words = Words(values.lang or "en")
    frame = values.frame
    rows = frame[(frame["by"] == "") & (frame["period"] == "all") & frame["value"].notna()]
    if len(rows) <= _OPEN:
        told = _table(words, values, rows)
    else:
        cards = rows.groupby(rows["metric"].map(lambda name: BY_ID[name].card), sort=True)
        told = "".join(f"<details><summary>{escape(words(f'cards.{card}.name'))} · {len(mine)}</summary>{_table(words, values, mine)}</details>"
                       for card, mine in cards)
    lacking = values.lacking()
    rest = ""
    if len(lacking):
        names = "; ".join(f"{words('metrics.' + m + '.title')} ({lacks})" for m, lacks in lacking.itertuples(index=False))
        rest = escape(words("metrics.status.not_measurable", n=len(lacking), names=names))
        rest = f"<p>{rest}</p>" if len(rows) <= _OPEN else f"<details><summary>{escape(words('metrics.head.lacks'))} · {len(lacking)}</summary><p>{rest}</p></details>"
    return told + rest


def _table(words: Words, values: Values, rows: pd.DataFrame) -> str:
    lines = []
    for row in rows.itertuples():
        ends = ""
        if row.low == row.low:
            ends = ends_of(words, row.metric, row.low, row.high, values.currency)
        note = words(f"metrics.status.{row.status}") if row.status != "ok" else ""
        parts = (words(f"metrics.{row.metric}.title"), shown(words, row.metric, row.value, values.currency), ends,
                 words.number(row.n), note)
        lines.append("<tr>" + "".join(f"<td>{escape(part)}</td>" for part in parts) + "</tr>")
    heads = "".join(f"<th>{escape(words('metrics.head.' + name))}</th>" for name in ("metric", "value", "interval", "n", "note"))
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
