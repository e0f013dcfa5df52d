"""Dots with whiskers, one row a level: tiers of sellers, or a zone among its peers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, Picture, bare, drawing, label, picture, text_width
from audit.report.theme import GREY, INK, WARN, Theme


class Dot(NamedTuple):
    """One row: its name, value, interval and tone ('below', 'above', or '' for context)."""

    name: str
    value: float
    low: float | None
    high: float | None
    tone: str = ""


def dots(
    rows: Sequence[Dot], theme: Theme, tick: Callable[[float], str], *, benchmark: float | None = None,
    benchmark_name: str = "", width: int = HALF, row_height: int = 26, longest: int = 24,
    named: tuple[str, str] = ("", ""),
) -> Picture:
    """Rows from top to bottom as given; the benchmark is a vertical line named above."""
    height = 22 + row_height * max(1, len(rows)) + 28
    with drawing(width, height) as (figure, axes):
        names = [label(row.name, longest) for row in rows]
        for at, row in enumerate(rows):
            colour = WARN if row.tone == "below" else theme.accent if row.tone == "above" else GREY
            if row.low is not None and row.high is not None:
                axes.plot([row.low, row.high], [at, at], color=colour, lw=1.5, solid_capstyle="butt", alpha=1 if row.tone else 0.6)
            axes.plot([row.value], [at], _mark(row.tone), ms=6 if row.tone else 5, color=colour)
        if benchmark is not None:
            axes.axvline(benchmark, color=INK, lw=0.9, ls=(0, (4, 2)), zorder=0)
            axes.annotate(benchmark_name, (benchmark, 1), (0, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
                          ha="center", fontsize=SMALL, color=INK)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_yticks(range(len(rows)), names)
        for text, row in zip(axes.get_yticklabels(), rows, strict=True):
            text.set_color(INK if row.tone else GREY)
            text.set_fontweight("bold" if row.tone else "normal")
            text.set_fontsize(13 * 0.75)
        _scale(axes, rows, benchmark, tick)
        left = (text_width(figure, names) * 1.06 + 12) / width
        figure.subplots_adjust(left=min(left, 0.55), right=0.945, top=1 - 22 / height, bottom=28 / height)
        return picture(figure, width, height, named)


def _mark(tone: str) -> str:
    return {"below": "v", "above": "^"}.get(tone, "o")  # shape says it too, for those who see no colour


def _scale(axes, rows: Sequence[Dot], benchmark: float | None, tick: Callable[[float], str]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ends = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    ends += [benchmark] if benchmark is not None else []
    if ends:
        pad = (max(ends) - min(ends) or abs(max(ends)) or 1) * 0.06
        floor = min(ends) - pad
        axes.set_xlim(0 if min(ends) >= 0 and floor < 0 else floor, max(ends) + pad)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    bare(axes, grid="x")
