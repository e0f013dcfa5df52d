"""A dot map of zones: worth a month against the effort of the change that answers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from audit.report.charts.style import HALF, SMALL, TEXT, Picture, bare, drawing, label, picture, text_width
from audit.report.theme import GREY, INK, RULE, Theme

EFFORTS = ("low", "medium", "high")


class Zone(NamedTuple):
    """One zone: its number in the text, short name, worth a month with interval, and effort."""

    number: int
    name: str
    gain: float
    low: float | None
    high: float | None
    effort: str


def zonemap(zones: Sequence[Zone], theme: Theme, tick: Callable[[float], str], *, efforts: tuple[str, str, str], width: int = HALF) -> Picture:
    """Lanes of effort from easy to hard; in each the zones by worth, with whiskers; names are direct labels."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    lanes = [[zone for zone in zones if zone.effort == effort] for effort in EFFORTS]
    shown = [(effort, lane) for effort, lane in zip(efforts, lanes, strict=True) if lane]
    height = 28 * len(zones) + 26 * len(shown) + 34
    with drawing(width, height) as (figure, axes):
        at, ticks = 0.0, []
        for effort, lane in shown:
            axes.annotate(effort, (0, at), (6, 0), textcoords="offset points", va="center", fontsize=SMALL, color=GREY)
            axes.axhline(at - 0.5, color=RULE, lw=0.75)
            at += 0.85
            for zone in sorted(lane, key=lambda z: -z.gain):
                _dot(axes, zone, at, theme)
                ticks.append((at, f"{zone.number}. {label(zone.name, 24)}"))
                at += 1
        axes.set_ylim(at - 0.4, -0.5)
        axes.set_yticks([y for y, _ in ticks], [name for _, name in ticks])
        for text in axes.get_yticklabels():
            text.set_color(INK)
            text.set_fontsize(TEXT)
        top = max((zone.high or zone.gain for zone in zones), default=1.0) or 1.0
        axes.set_xlim(min([0.0, *[z.low for z in zones if z.low is not None]]), top * 1.05)
        axes.axvline(0, color=GREY, lw=0.9)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))
        bare(axes, grid="x")
        left = min((text_width(figure, [name for _, name in ticks]) * 1.06 + 14) / width, 0.55)
        figure.subplots_adjust(left=left, right=0.97, top=1 - 6 / height, bottom=28 / height)
        return picture(figure, width, height)


def _dot(axes, zone: Zone, at: float, theme: Theme) -> None:
    if zone.low is not None and zone.high is not None:
        axes.plot([zone.low, zone.high], [at, at], color=theme.accent, lw=1.5)
    axes.plot([zone.gain], [at], "o", ms=7.5, color=theme.accent)
