"""Small multiples: the same monthly line for each of several, on one scale, the whole as grey context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, TEXT, Picture, bare, drawing, label, picture
from audit.report.theme import GREY, INK, PALE, Theme


class Line(NamedTuple):
    """One panel: its name, values in time order (None = nothing measured) and whether it stands out."""

    name: str
    values: tuple[float | None, ...]
    strong: bool = False


def multiples(lines: Sequence[Line], theme: Theme, tick: Callable[[float], str], *, context: Sequence[float | None], width: int = HALF) -> Picture:
    """Panels in reading order, two in a row; `context` is drawn grey in every panel."""
    columns = 2
    rows = -(-len(lines) // columns)
    height = 74 * max(rows, 1)
    known = [v for line in lines for v in line.values if v is not None] + [v for v in context if v is not None]
    top = max(known, default=1.0) or 1.0
    with drawing(width, height, max(rows, 1), columns, squeeze=False, sharex=True, sharey=True) as (figure, panels):
        for axes, line in zip(panels.flat, lines, strict=False):
            _panel(axes, line, context, theme, tick)
            axes.set_ylim(0, top * 1.05)
        for axes in list(panels.flat)[len(lines):]:
            axes.set_visible(False)
        figure.subplots_adjust(left=0.005, right=0.985, top=1 - 20 / height, bottom=4 / height, hspace=0.62, wspace=0.1)
        return picture(figure, width, height)


def _panel(axes, line: Line, context: Sequence[float | None], theme: Theme, tick: Callable[[float], str]) -> None:
    def gaps(values: Sequence[float | None]) -> list[float]:
        return [float("nan") if v is None else v for v in values]

    axes.plot(range(len(context)), gaps(context), color=PALE, lw=1)
    axes.plot(range(len(line.values)), gaps(line.values), color=theme.accent if line.strong else GREY, lw=1.5)
    axes.set_title(label(line.name, 20), loc="left", fontsize=TEXT, color=INK, pad=4, fontweight="bold" if line.strong else "normal")
    last = next((i for i in range(len(line.values) - 1, -1, -1) if line.values[i] is not None), None)
    if last is not None:
        value = line.values[last]
        assert value is not None
        axes.plot([last], [value], "o", ms=3.5, color=theme.accent if line.strong else GREY)
        axes.set_title(tick(value), loc="right", fontsize=SMALL, color=GREY, pad=4)
    bare(axes)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.axhline(0, color=PALE, lw=0.75)
