"""A cumulative-incidence curve: the share of all deals won within so many days, with its band."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, Picture, bare, drawing, line, picture, text_width
from audit.report.theme import GREY, INK, Theme


class Point(NamedTuple):
    """The share reached by `day`, with its interval."""

    day: float
    share: float
    low: float | None = None
    high: float | None = None


def incidence(
    rows: Sequence[Point], theme: Theme, tick: Callable[[float], str], *, days: str, half: float | None = None,
    half_text: str = "", width: int = HALF, height: int = 236,
    share_name: str = "",
) -> Picture:
    """`half` is the day by which half of those who ever win have won; `days` names the axis, `share_name` the standing one."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with drawing(width, height) as (figure, axes):
        x = [row.day for row in rows]
        if rows and all(row.low is not None and row.high is not None for row in rows):
            axes.fill_between(x, [row.low for row in rows], [row.high for row in rows], step="post", color=theme.tint, alpha=0.55, lw=0)
        line(axes, x, [row.share for row in rows], drawstyle="steps-post", color=theme.accent, lw=1.8)
        top = max((row.high if row.high is not None else row.share for row in rows), default=1.0)
        end = max(x, default=1.0)
        axes.set_ylim(0, top * 1.12)
        axes.set_xlim(0, end * 1.02 or 1)
        bare(axes, grid="y")
        axes.spines["bottom"].set_visible(True)
        if half is not None and rows:
            height_at = next((row.share for row in reversed(rows) if row.day <= half), 0.0)
            axes.plot([half, half, 0], [0, height_at, height_at], color=GREY, lw=0.9, ls=(0, (3, 2)))
            axes.plot([half], [height_at], "o", ms=5, color=theme.accent)
            right = half < 0.55 * end
            axes.annotate(half_text, (half, height_at), (8 if right else -8, -10), textcoords="offset points", color=INK,
                          ha="left" if right else "right", va="top", fontweight="bold", linespacing=1.35)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlabel(days, fontsize=SMALL, labelpad=3)
        low, high = axes.get_ylim()
        shown = [tick(v) for v in axes.get_yticks() if low <= v <= high]
        figure.subplots_adjust(left=(text_width(figure, shown, SMALL) + 10) / width, right=0.985, top=0.97, bottom=44 / height)
        return picture(figure, width, height, ("", share_name))._replace(named=(days, share_name))
