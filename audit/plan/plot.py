"""Gains of changes with their intervals, as one picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def gains(rows: Iterable[tuple[str, Any, Any, Any]], lang: str) -> Figure:
    """A line a change (title, gain a month, its lower and upper end), the first on top; changes without money are left out."""
    import matplotlib.pyplot as plt

    priced = [row for row in rows if row[1] is not None][::-1]
    figure = plt.figure(figsize=(8, 0.5 + 0.45 * max(len(priced), 1)), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    for place, (_, gain, low, high) in enumerate(priced):
        axes.plot([low, high], [place, place], color="#9aa5b1", linewidth=2)
        axes.plot(gain, place, "o", color="#1f5f8b")
    axes.set_yticks(range(len(priced)), [title.replace("$", r"\$") for title, *_ in priced])
    axes.set_xlabel(Words(lang)("plan.gain_per_month"))
    axes.axvline(0, color="#52606d", linewidth=0.8)
    return figure


def least_effects(rows: Iterable[tuple[str, float | None, bool]], target: float | None, label: str, target_label: str) -> Figure:
    """A point a schedule (name, least effect, whether it is suggested), the first on top; the target as a line. Without an effect there is no point."""
    import matplotlib.pyplot as plt

    shown = list(rows)[::-1]
    figure = plt.figure(figsize=(8, 0.8 + 0.4 * len(shown)), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    for place, (_, least, suggested) in enumerate(shown):
        if least is not None:
            axes.plot([0, least], [place, place], color="#c9ced2", linewidth=2)
            axes.plot(least, place, "o", color="#1f5f8b" if suggested else "#5c6369", markersize=9 if suggested else 6)
    if target is not None:
        axes.axvline(target, color="#a63c06", linewidth=1)
        axes.annotate(target_label, (target, len(shown) - 0.5), color="#a63c06", ha="left", xytext=(4, 0), textcoords="offset points")
    axes.set_yticks(range(len(shown)), [name.replace("$", r"\$") for name, *_ in shown])
    axes.set_ylim(-0.5, len(shown))
    axes.set_xlabel(label)
    axes.set_xlim(left=0)
    return figure
