"""The picture of a run: what each zone is worth a month, with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.words import Words
from audit.zones.said import metric_name, shown, sliced

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from audit.zones.result import Zones

INK, ACCENT, GREY = "#222222", "#1f5f8b", "#8a8a8a"


def plot(zones: Zones) -> Figure:
    """Dots with whiskers, one a zone, the most worth on top; zones without money stand below with their gap."""
    import matplotlib.pyplot as plt

    words = Words(zones.lang)
    rows = zones.findings[:20]
    figure = plt.figure(figsize=(8.6, 1.3 + 0.42 * max(len(rows), 1)), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.set_title(words("zones.plot.title") if rows else words("zones.none", n=zones.tested), loc="left", color=INK, fontsize=12)
    for place, one in enumerate(rows):
        gain = one["gain_per_month"]
        if gain is None:
            text = shown(one["gap"], one["unit"], words, zones.currency, signed=True)
            axes.text(0, place, f" {text}", va="center", color=GREY)
            continue
        axes.plot([one["gain_low"], one["gain_high"]], [place, place], color=ACCENT, linewidth=1.2)
        axes.plot([gain], [place], "o", color=ACCENT, markersize=6)
        axes.annotate(words.money(gain, zones.currency), (one["gain_high"], place), xytext=(6, 0),
                      textcoords="offset points", va="center", color=INK, fontsize=9)
    labels = [f"{sliced(one, words)} · {metric_name(one['metric'], words)}".replace("$", r"\$") for one in rows]
    axes.set_yticks(range(len(rows)), labels)
    axes.margins(x=0.18)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.locator_params(axis="x", nbins=5)  # money labels are wide
    axes.xaxis.set_major_formatter(lambda value, _: words.money(value, zones.currency).replace("$", r"\$"))
    axes.set_xlabel(words("zones.plot.unit"), loc="left", color=GREY)
    return figure
