"""Horizontal bars from a zero line with their values beside: shares of causes, ageing, completeness, funnels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, Picture, bare, drawing, label, picture, text_width
from audit.report.theme import GREY, INK, PALE, Theme

TRACK, TRACKED = "#eef1f3", "#a9b2b9"  # a whole, and the part of it that is not the one to look at


class Bar(NamedTuple):
    """One bar: name, length, what is written at its end, whether it is the one to look at, a note between it and the next."""

    name: str
    value: float
    text: str
    strong: bool = False
    between: str = ""


def bars(rows: Sequence[Bar], theme: Theme, *, width: int = HALF, full: float | None = None, row_height: int | None = None,
         named: tuple[str, str] = ("", "")) -> Picture:
    """Bars from top to bottom as given; `full` is the length of a whole (1 for shares), drawn as a pale track."""
    import seaborn

    stepped = any(row.between for row in rows)
    step = row_height or (44 if stepped else 28)
    height = step * max(1, len(rows)) - (18 if stepped else 0) + 6
    thick = 20 / step
    with drawing(width, height) as (figure, axes):
        names = [label(row.name, 24) for row in rows]
        at_rows, colours = list(range(len(rows))), [theme.accent if row.strong else PALE if not full else TRACKED for row in rows]
        laid = {"y": at_rows, "orient": "h", "native_scale": True, "width": thick, "saturation": 1, "errorbar": None, "lw": 0, "ax": axes}
        if full and rows:
            seaborn.barplot(x=[full] * len(rows), color=TRACK, **laid)
        if rows:
            seaborn.barplot(x=[row.value for row in rows], hue=at_rows, palette=colours, dodge=False, legend=False, **laid)
        for at, row in enumerate(rows):
            axes.annotate(row.text, (full or row.value, at), (6, 0), textcoords="offset points", va="center", color=INK,
                          fontweight="bold" if row.strong else "normal")
            if row.between and at + 1 < len(rows):
                axes.annotate(row.between, (0, at + 0.5), (2, 0), textcoords="offset points", va="center", fontsize=SMALL,
                              color=theme.accent if row.strong else GREY, fontweight="bold" if row.strong else "normal")
        top = full or max((row.value for row in rows), default=1) or 1
        axes.set_ylim(len(rows) - 1 + 0.5 * thick + 0.08, -0.5 * thick - 0.08)
        axes.set_yticks(range(len(rows)), names)
        for text, row in zip(axes.get_yticklabels(), rows, strict=True):
            text.set_color(INK)
            text.set_fontsize(13 * 0.75)
            text.set_fontweight("bold" if row.strong else "normal")
        axes.set_xticks([])
        bare(axes)
        left = min((text_width(figure, names) * 1.06 + 12) / width, 0.5)
        said = (text_width(figure, [row.text for row in rows]) * 1.06 + 12) / width
        axes.set_xlim(0, top)
        figure.subplots_adjust(left=left, right=max(1 - said, left + 0.15), top=0.995, bottom=0.005)
        return picture(figure, width, height, named)


def funnel(rows: Sequence[Bar], theme: Theme, *, width: int = HALF, named: tuple[str, str] = ("", "")) -> Picture:
    """A funnel as aligned bars, the conversion to the next stage written between them."""
    return bars(rows, theme, width=width, named=named)
