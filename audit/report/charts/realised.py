"""Money that changes have brought since their starts, month by month with its interval, beside what was promised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from audit.report.charts.names import Curve, name_lines
from audit.report.charts.style import HALF, SMALL, Picture, bare, drawing, line, picture, text_width
from audit.report.theme import GREY, WARN, Theme

NAN = float("nan")


class Point(NamedTuple):
    """One measured month: money since the starts with its interval, and what was promised until then."""

    month: date
    value: float
    low: float
    high: float
    promised: float | None


def realised(
    rows: Sequence[Point], theme: Theme, tick: Callable[[float], str], month: Callable[[date], str], *, names: tuple[str, str], width: int = HALF, height: int = 236,
) -> Picture:
    """`names` of the realised and the promised line. Months that were not measured are passed over at their place in time."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    with drawing(width, height) as (figure, axes):
        first = rows[0].month
        at = [(row.month.year - first.year) * 12 + row.month.month - first.month for row in rows]
        axes.axhline(0, color=GREY, lw=0.8)
        axes.fill_between(at, [row.low for row in rows], [row.high for row in rows], color=theme.tint, alpha=0.6, lw=0)
        promised = [NAN if row.promised is None else row.promised for row in rows]
        axes.plot(at, promised, color=GREY, lw=1.4, ls=(0, (4, 2)))
        line(axes, at, [row.value for row in rows], color=theme.accent, lw=1.8)
        for place, row in zip(at, rows, strict=True):
            axes.plot([place], [row.value], "o", ms=4.5, color=theme.accent if row.value >= 0 else WARN)
        bare(axes, grid="y")
        axes.margins(x=0.05, y=0.22)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
        step = max(1, -(-len(rows) // 5))
        chosen = list(range(len(rows) - 1, -1, -step))[::-1]
        axes.set_xticks([at[i] for i in chosen], [month(rows[i].month) for i in chosen])
        under, over = axes.get_ylim()
        shown = [tick(value) for value in axes.get_yticks() if under <= value <= over]
        figure.subplots_adjust(left=(text_width(figure, shown, SMALL) + 10) / width, right=0.97, top=0.97, bottom=26 / height)
        lines = [Curve(at, [row.value for row in rows], names[0], theme.accent, 1.0), Curve(at, promised, names[1] if any(one == one for one in promised) else "", GREY, 1.0)]
        name_lines(axes, [*lines, Curve(axes.get_xlim(), (0.0, 0.0))])
        return picture(figure, width, height)
