"""A series before and after a change, with what was expected without it as a band from the day of the change on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, UNDER, Picture, bare, drawing, line, picture, text_width
from audit.report.theme import GREY, INK, Theme

NAN = float("nan")


class Level(NamedTuple):
    """One period: its first day (ISO), what was seen, what was expected without the change with its band, whether it lies after the start."""

    time: str
    value: float
    expected: float | None
    low: float | None
    high: float | None
    after: bool


def before_after(
    rows: Sequence[Level], theme: Theme, tick: Callable[[float], str], month: Callable[[date], str], *, names: tuple[str, str], mark: str, width: int = HALF, height: int = 250,
) -> Picture:
    """`names` of the seen and the expected line, `mark` stands at the start of the change."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with drawing(width, height) as (figure, axes):
        at = list(range(len(rows)))
        expected, low, high = ([NAN if getattr(row, name) is None else getattr(row, name) for row in rows] for name in ("expected", "low", "high"))
        axes.fill_between(at, low, high, color=theme.tint, alpha=0.6, lw=0)
        axes.plot(at, expected, color=GREY, lw=1.4, ls=(0, (4, 2)))
        line(axes, at, [row.value for row in rows], color=theme.accent, lw=1.6, solid_capstyle="round")
        axes.plot([at[-1]], [rows[-1].value], "o", ms=5, color=theme.accent)
        start = next((i for i in at if rows[i].after), None)
        bottom, top = axes.get_ylim()
        axes.set_ylim(bottom if min(row.value for row in rows) < 0 else max(bottom, 0.0), top + 0.16 * (top - bottom))
        if start is not None:
            axes.axvline(start - 0.5, color=INK, lw=1)
            early = start > len(rows) / 2
            axes.annotate(mark, (start - 0.5, axes.get_ylim()[1]), (-4 if early else 4, -2), textcoords="offset points", ha="right" if early else "left", va="top", fontsize=SMALL,
                          color=INK, bbox=UNDER)
        _names(axes, rows, expected, names, theme)
        axes.set_xlim(-0.5, len(rows) - 0.5 + 0.02 * len(rows))
        bare(axes, grid="y")
        axes.spines["bottom"].set_visible(True)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
        step = max(1, -(-len(rows) // 5))
        chosen = list(range(len(rows) - 1, -1, -step))[::-1]
        axes.set_xticks(chosen, [month(date.fromisoformat(rows[i].time)) for i in chosen])
        under, over = axes.get_ylim()
        shown = [tick(value) for value in axes.get_yticks() if under <= value <= over]
        figure.subplots_adjust(left=(text_width(figure, shown, SMALL) + 10) / width, right=0.97, top=0.97, bottom=26 / height)
        return picture(figure, width, height)


def _names(axes, rows: Sequence[Level], expected: Sequence[float], names: tuple[str, str], theme: Theme) -> None:
    """Each line by its name: the seen one over the time before, the expected one under its last point."""
    early = [i for i, row in enumerate(rows) if not row.after] or [0]
    place = early[len(early) // 4]
    axes.annotate(names[0], (place, rows[place].value), (0, 12), textcoords="offset points", ha="left", va="bottom", fontsize=SMALL, color=theme.accent, bbox=UNDER)
    told = [i for i, value in enumerate(expected) if value == value]
    if told:
        bottom, top = axes.get_ylim()
        ends = [end for i in told for end in (rows[i].low, rows[i].high, expected[i]) if end is not None]
        under = min(ends) > bottom + 0.12 * (top - bottom)
        edge = min(ends) if under else max(ends)
        axes.annotate(names[1], (len(rows) - 0.5, min(edge, top)), (0, -3 if under else 3), textcoords="offset points", ha="right", va="top" if under else "bottom",
                      fontsize=SMALL, color=GREY, bbox=UNDER, annotation_clip=False)
