"""A series before and after a change, with what was expected without it as a band from the day of the change on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from audit.report.charts.names import HIGH, Box, Curve, name_lines, write
from audit.report.charts.style import HALF, SMALL, Picture, bare, drawing, line, picture, text_width
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
        _named(axes, rows, expected, start, names, mark, theme)
        return picture(figure, width, height)


def _named(axes, rows: Sequence[Level], expected: Sequence[float], start: int | None, names: tuple[str, str], mark: str, theme: Theme) -> list[Box]:
    """The day of the change and each line by its name, where no line runs; their boxes."""
    at, taken, lines = list(range(len(rows))), [], []
    if start is not None:
        axes.axvline(start - 0.5, color=INK, lw=1)
        x, top = axes.transData.transform((start - 0.5, axes.get_ylim()[1]))
        wide = text_width(axes.figure, [mark], SMALL) + 4
        left = x - 5 - wide if start > len(rows) / 2 else x + 5
        taken.append(Box(left - 20, top - HIGH, left + wide + 20, top))  # so that no name reads on into it
        write(axes, mark, Box(left, top - HIGH, left + wide, top), INK)
        lines.append(Curve([start - 0.5] * 2, axes.get_ylim()))
    seen = Curve(at, [row.value for row in rows], names[0], theme.accent, 0.2)
    told = [Curve(at, expected, names[1], GREY, 0.9)] if any(value == value for value in expected) else []
    return [*taken, *name_lines(axes, [seen, *told, *lines], taken)]
