"""A heat strip: a row a kind of event, a cell a month, darker with more rows; months that stand out carry a cross."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, TEXT, Picture, bare, drawing, label, picture, text_width
from audit.report.theme import INK, PALE, WARN, Theme, mixed

LEVELS = (0.08, 0.3, 0.55, 0.8, 1.0)  # upper ends of shades, as shares of the fullest month
ROW = 26


class Strip(NamedTuple):
    """One row: its name, a count a month (None where the data do not reach) and the places of marked months."""

    name: str
    counts: tuple[int | None, ...]
    marked: frozenset[int] = frozenset()


def strip(rows: Sequence[Strip], months: Sequence[date], theme: Theme, month: Callable[[date], str], *, width: int = HALF) -> Picture:
    """Rows from top to bottom as given over the same months; every row has its own scale."""
    height = ROW * max(1, len(rows)) + 26
    with drawing(width, height) as (figure, axes):
        cells: dict[str, list[tuple[int, int]]] = {}
        for y, row in enumerate(rows):
            top = max((n for n in row.counts if n), default=1)
            for x, count in enumerate(row.counts):
                if count is not None:
                    cells.setdefault(_shade(count / top, theme), []).append((x, y))
        for colour, places in cells.items():
            _tiles(axes, places, colour)
        for y, row in enumerate(rows):
            for x in sorted(row.marked):
                axes.plot([x], [y], marker="x", ms=6.5, mew=2, color=WARN)
        names = [label(row.name, 22) for row in rows]
        axes.set_yticks(range(len(rows)), names)
        for text in axes.get_yticklabels():
            text.set_color(INK)
            text.set_fontsize(TEXT)
        step = max(1, -(-len(months) // 5))
        chosen = list(range(len(months) - 1, -1, -step))[::-1]
        axes.set_xticks(chosen, [month(months[at]) for at in chosen], fontsize=SMALL)
        axes.set_xlim(-0.5, max(len(months), 1) - 0.5)
        axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)
        bare(axes)
        left = min((text_width(figure, names) * 1.06 + 12) / width, 0.5)
        figure.subplots_adjust(left=left, right=0.95, top=0.995, bottom=24 / height)
        return picture(figure, width, height)


def _shade(share: float, theme: Theme) -> str:
    """White for nothing, then five steps to the accent."""
    if not share:
        return "#ffffff"
    step = next((at for at, upper in enumerate(LEVELS) if share <= upper), len(LEVELS) - 1)
    return mixed(theme.accent, 0.85 - 0.2 * step)


def _tiles(axes, places: Sequence[tuple[int, int]], colour: str) -> None:
    """All cells of one colour as one shape; empty ones get an outline."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    squares = [Path([(x - 0.45, y - 0.38), (x + 0.45, y - 0.38), (x + 0.45, y + 0.38), (x - 0.45, y + 0.38), (x - 0.45, y - 0.38)], closed=True)
               for x, y in places]
    axes.add_patch(PathPatch(Path.make_compound_path(*squares), facecolor=colour, edgecolor=PALE, lw=0.75 if colour == "#ffffff" else 0))
