"""Gains of changes with their intervals, as one picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def gains(rows: Iterable[tuple[str, Any, Any, Any]], lang: str) -> Figure:
    """A line a change (title, gain a month, its lower and upper end), the first on top; changes without money are left out."""
    from matplotlib.figure import Figure

    priced = [row for row in rows if row[1] is not None][::-1]
    figure = Figure(figsize=(8, 0.5 + 0.45 * max(len(priced), 1)), layout="constrained")
    axes = figure.subplots()
    for place, (_, gain, low, high) in enumerate(priced):
        axes.plot([low, high], [place, place], color="#9aa5b1", linewidth=2)
        axes.plot(gain, place, "o", color="#1f5f8b")
    axes.set_yticks(range(len(priced)), [title.replace("$", r"\$") for title, *_ in priced])
    axes.set_xlabel(Words(lang)("plan.gain_per_month"))
    axes.axvline(0, color="#52606d", linewidth=0.8)
    return figure
