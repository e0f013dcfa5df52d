"""From today's revenue a month to the attainable, one step a growth zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from audit.report.charts.style import HALF, TEXT, Picture, bare, drawing, label, picture, text_width
from audit.report.theme import GREY, INK, Theme


class Step(NamedTuple):
    """One zone: its name, worth a month with its interval, and how the text beside says that worth."""

    name: str
    gain: float
    low: float | None
    high: float | None
    said: str = ""


def waterfall(
    start: float, steps: Sequence[Step], theme: Theme, told: Callable[[float], str], *, names: tuple[str, str], end: float,
    end_low: float | None = None, end_high: float | None = None, width: int = HALF,
) -> Picture:
    """Lying bars, so that names are readable; `names` are those of the first and the last bar.

    The axis begins at a break below `start` when the steps would otherwise be too thin to see.
    """
    rows = len(steps) + 2
    height = 32 * rows + 8
    floor = 0.0 if end - start > 0.18 * end else max(0.0, start - 1.6 * (end - start))
    with drawing(width, height) as (figure, axes):
        labels = [label(names[0], 34), *[label(step.name, 24) for step in steps], label(names[1], 34)]
        axes.barh(0, start - floor, 0.62, left=floor, color="#a9b2b9", lw=0)
        _say(axes, told(start), start, 0)
        at = start
        for row, step in enumerate(steps, start=1):
            axes.barh(row, step.gain, 0.62, left=at, color=theme.accent, lw=0)
            axes.plot([at, at], [row - 1 + 0.31, row - 0.31], color=GREY, lw=0.75)
            _whisker(axes, at, step.low, step.high, row)
            _say(axes, "+" + (step.said or told(step.gain)), max(at + step.gain, at + (step.high or 0)), row)
            at += step.gain
        axes.plot([end, end], [rows - 2 + 0.31, rows - 1 - 0.31], color=GREY, lw=0.75)
        axes.barh(rows - 1, end - floor, 0.62, left=floor, color=theme.tint, ec=theme.accent, lw=1)
        _whisker(axes, 0, end_low, end_high, rows - 1)
        _say(axes, told(end), max(end, end_high or end), rows - 1, bold=True)
        if floor:
            cut = floor + 0.06 * (end - floor)
            for row in (0, rows - 1):
                axes.plot([cut - 0.006 * (end - floor), cut + 0.006 * (end - floor)], [row + 0.36, row - 0.36], color="white", lw=4)
        axes.set_ylim(rows - 0.5, -0.5)
        top = max([end, end_high or end, *[start + sum(s.gain for s in steps[:i]) + (s.high or s.gain) for i, s in enumerate(steps)]])
        said = (text_width(figure, ["+" + told(end)]) * 1.12 + 14) / width
        left = min((text_width(figure, labels) * 1.07 + 12) / width, 0.46)
        axes.set_xlim(floor, top)
        axes.set_yticks(range(rows), labels)
        for row, text in enumerate(axes.get_yticklabels()):
            text.set_color(INK)
            text.set_fontsize(TEXT)
            text.set_fontweight("bold" if row in (0, rows - 1) else "normal")
        axes.set_xticks([])
        bare(axes)
        figure.subplots_adjust(left=left, right=max(1 - said, left + 0.15), top=0.99, bottom=0.01)
        return picture(figure, width, height)


def _say(axes, text: str, x: float, row: int, bold: bool = False) -> None:
    axes.annotate(text, (x, row), (7, 0), textcoords="offset points", va="center", color=INK, fontweight="bold" if bold else "normal")


def _whisker(axes, base: float, low: float | None, high: float | None, row: int) -> None:
    if low is not None and high is not None:
        from matplotlib.patheffects import Normal, withStroke

        halo = [withStroke(linewidth=3, foreground="white"), Normal()]  # so that it is seen on the bar as well
        axes.plot([base + low, base + high], [row, row], color=INK, lw=1.1, path_effects=halo)
