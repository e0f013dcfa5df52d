"""A funnel by cohorts: the share that reached each step, a line a step, over the month of arrival, with bands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from audit.report.charts.monthly import Month
from audit.report.charts.style import HALF, SMALL, UNDER, Picture, bare, drawing, label, line, picture, text_width
from audit.report.theme import GREY, INK, Theme, mixed

NAN = float("nan")


class Step(NamedTuple):
    """One step of the funnel: its name and its cohorts; an unripe cohort is not `complete`."""

    name: str
    cohorts: tuple[Month, ...]


def cohorts(
    steps: Sequence[Step], theme: Theme, tick: Callable[[float], str], month: Callable[[date], str], *, width: int = HALF, height: int = 260,
    named: tuple[str, str] = ("", ""),
) -> Picture:
    """Earlier steps paler; every line ends in the name of its step; unripe cohorts are open dots."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    starts = sorted({cohort.start for step in steps for cohort in step.cohorts})
    with drawing(width, height) as (figure, axes):
        for at, step in enumerate(steps):
            _line(axes, step, starts, mixed(theme.accent, 0.55 * (1 - at / max(1, len(steps) - 1))), theme)
        top = max((c.high if c.high is not None else c.value for step in steps for c in step.cohorts), default=1.0) or 1.0
        axes.set_ylim(0, top * 1.12)
        axes.set_xlim(-0.4, len(starts) - 0.4)
        bare(axes, grid="y")
        axes.spines["bottom"].set_visible(True)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
        gap = max(1, -(-len(starts) // 6))
        chosen = list(range(len(starts) - 1, -1, -gap))[::-1]
        axes.set_xticks(chosen, [month(starts[i]) for i in chosen])
        shown = [tick(v) for v in axes.get_yticks() if 0 <= v <= top * 1.12]
        figure.subplots_adjust(left=(text_width(figure, shown, SMALL) + 10) / width, right=0.985, top=0.97, bottom=26 / height)
        return picture(figure, width, height, named)


def _line(axes, step: Step, starts: Sequence[date], colour: str, theme: Theme) -> None:
    """One step: band, line through the ripe cohorts, open dots for the rest, its name over its first ripe cohorts."""
    ripe = [c for c in step.cohorts if c.complete]
    at = [starts.index(c.start) for c in ripe]
    axes.fill_between(at, [NAN if c.low is None else c.low for c in ripe], [NAN if c.high is None else c.high for c in ripe], color=theme.tint, alpha=0.45, lw=0)
    line(axes, at, [c.value for c in ripe], color=colour, lw=1.8, marker="o", ms=3.5, mew=0)
    for cohort in step.cohorts:
        if not cohort.complete:
            axes.plot([starts.index(cohort.start)], [cohort.value], "o", ms=5, mfc="white", mec=GREY, mew=1.1)
    if ripe:
        under = [c.high if c.high is not None else c.value for c in ripe[: max(1, -(-2 * len(ripe) // 3))]]  # the months that the name spans
        axes.annotate(label(step.name, 50), (at[0], max(under)), (0, 3), textcoords="offset points",
                      fontsize=SMALL, color=INK, ha="left", va="bottom", bbox=UNDER)
