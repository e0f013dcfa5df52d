"""A monthly line with its interval as a band; the incomplete month is an open dot on a dashed line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, UNDER, Picture, bare, drawing, line, picture
from audit.report.theme import GREY, INK, WARN, Theme

NAN = float("nan")


class Month(NamedTuple):
    """One month: its first day, value, interval and whether it is complete."""

    start: date
    value: float
    low: float | None = None
    high: float | None = None
    complete: bool = True


def monthly(
    rows: Sequence[Month], theme: Theme, tick: Callable[[float], str], month: Callable[[date], str], *,
    reference: Sequence[float | None] | None = None, reference_name: str = "", width: int = HALF, height: int = 236,
    from_zero: bool = False, limits: tuple[float, float, float] | None = None, limits_name: str = "", last_text: str = "",
    named: tuple[str, str] = ("", ""),
) -> Picture:
    """`reference` is a grey line beside (a plan, the expected), a value a row.

    `limits` (low, centre, high) makes it a control chart: complete months outside them are marked, and `limits_name`
    stands over the upper one. `last_text` is the last complete month's value as the text beside says it.
    """
    with drawing(width, height) as (figure, axes):
        at = list(range(len(rows)))
        whole = [i for i in at if rows[i].complete]
        low, high = ([NAN if value is None else value for value in side] for side in ([rows[i].low for i in whole], [rows[i].high for i in whole]))
        axes.fill_between(whole, low, high, color=theme.tint, alpha=0.55, lw=0)
        if reference is not None:
            axes.plot(at, [r if r is not None else float("nan") for r in reference], color=GREY, lw=1.2, ls=(0, (4, 2)))
        line(axes, whole, [rows[i].value for i in whole], color=theme.accent, lw=1.8, solid_capstyle="round")
        if limits is not None:
            _control(axes, rows, whole, limits, limits_name)
        for i in at:
            if not rows[i].complete:
                axes.plot([i], [rows[i].value], "o", ms=5, mfc="white", mec=theme.accent, mew=1.3)
        if whole:
            axes.plot([whole[-1]], [rows[whole[-1]].value], "o", ms=5, color=theme.accent)
        if from_zero or (rows and min(r.value for r in rows) >= 0 and min(r.value for r in rows) < 0.4 * max(r.value for r in rows)):
            axes.set_ylim(bottom=0)
        axes.set_xlim(-0.4, len(rows) - 0.6 + 0.2)
        bare(axes, grid="y")
        axes.spines["bottom"].set_visible(True)
        _name_last(axes, rows, whole, last_text or tick)
        _ticks(axes, rows, tick, month)
        if reference is not None and reference_name:
            known = [i for i in at if reference[i] is not None]
            if known:
                axes.annotate(reference_name, (known[0], reference[known[0]]), (2, 5), textcoords="offset points",
                              color=GREY, fontsize=SMALL)
        figure.subplots_adjust(left=_left(axes, width), right=0.985, top=0.93, bottom=26 / height)
        return picture(figure, width, height, named)


def _control(axes, rows: Sequence[Month], whole: list[int], limits: tuple[float, float, float], named: str) -> None:
    """The centre, the limits of what is usual, and the months beyond them."""
    low, centre, high = limits
    for value, dash in ((low, (0, (4, 2))), (centre, "-"), (high, (0, (4, 2)))):
        axes.axhline(value, color=GREY, lw=0.9, ls=dash, zorder=0)
    if named:
        axes.annotate(named, (0, high), (2, 3), textcoords="offset points", color=GREY, fontsize=SMALL, va="bottom", bbox=UNDER)
        bottom, top = axes.get_ylim()
        axes.set_ylim(bottom, max(top, high + 0.09 * (max(top, high) - bottom)))
    for i in whole:
        if not low <= rows[i].value <= high:
            axes.plot([i], [rows[i].value], "D", ms=7, color=WARN)


def _ticks(axes, rows: Sequence[Month], tick: Callable[[float], str], month: Callable[[date], str]) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
    step = max(1, -(-len(rows) // 6))
    chosen = list(range(len(rows) - 1, -1, -step))[::-1]
    axes.set_xticks(chosen, [month(rows[i].start) for i in chosen])


def _name_last(axes, rows: Sequence[Month], whole: list[int], said: str | Callable[[float], str]) -> None:
    """The last complete month's value over its dot, clear of the band."""
    if whole:
        last = whole[-1]
        top = rows[last].high if rows[last].high is not None else rows[last].value
        axes.annotate(said if isinstance(said, str) else said(rows[last].value), (last, top), (0, 5), textcoords="offset points", annotation_clip=False,
                      ha="right" if last >= len(rows) - 2 else "center", color=INK, fontweight="bold")
        low, high = axes.get_ylim()
        axes.set_ylim(low, max(high, top + 0.12 * (high - low)))


def _left(axes, width: int) -> float:
    from audit.report.charts.style import text_width

    low, high = axes.get_ylim()
    shown = [axes.yaxis.get_major_formatter()(v, 0) for v in axes.get_yticks() if low <= v <= high]
    return (text_width(None, shown, SMALL) + 10) / width
