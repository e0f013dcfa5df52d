"""The picture of a run: the lift of each technique with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from audit.knowledge.effects.result import Techniques

COLOURS = {"proven": "#1f5f8b", "candidate": "#7fa8c4", "cannot tell": "#b0b0b0", "draft": "#c9c9c9", "retired": "#c9c9c9"}
INK, GREY = "#222222", "#8a8a8a"
MOST = 25


def plot(found: Techniques) -> Figure:
    """Dots with whiskers in points, one a technique with a comparison, the proven on top; a detectable lift as a light tick."""
    import matplotlib.pyplot as plt

    words = Words(found.lang)
    rows = [one for one in found.ordered if one["lift"] is not None][:MOST]
    figure = plt.figure(figsize=(8.6, 1.3 + 0.42 * max(len(rows), 1)), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_title(words("techniques.plot.title") if rows else words("techniques.none"), loc="left", color=INK, fontsize=12)
    for place, one in enumerate(rows):
        colour = COLOURS[one["status"]]
        axes.plot([100 * one["low"], 100 * one["high"]], [place, place], color=colour, linewidth=1.4)
        axes.plot([100 * one["lift"]], [place], "o", color=colour, markersize=6)
        if one["detectable"] is not None:
            axes.plot([100 * one["detectable"]], [place], "|", color=GREY, markersize=8)
    names = [f"{one['title']} · {words('techniques.status.' + one['status'].replace(' ', '_'))}".replace("$", r"\$") for one in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.set_xlabel(words("techniques.plot.unit"), loc="left", color=GREY)
    return figure
