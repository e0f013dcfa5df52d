"""Money a month of every change that has any, with its interval and what was promised, as one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure


GAIN, LOSS = "#1f5f8b", "#a63c06"


def money_of(effects: Sequence[Mapping[str, Any]], lang: str) -> Figure:
    """A line a change, the first on top; a mark shows what the plan promised."""
    import matplotlib.pyplot as plt

    words = Words(lang)
    rows = [(one["title"] or one["change"], one["money_per_month"]) for one in effects if (one["money_per_month"] or {}).get("value") is not None][::-1]
    figure = plt.figure(figsize=(8, 0.8 + 0.45 * max(len(rows), 1)), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    for place, (_, money) in enumerate(rows):
        axes.plot([money["low"], money["high"]], [place, place], color="#9aa5b1", linewidth=2)
        axes.plot(money["value"], place, "o", color=GAIN if money["value"] >= 0 else LOSS)
        if money["promised"] is not None:
            axes.plot(money["promised"], place, "|", color="#b3541e", markersize=12)
    axes.set_yticks(range(len(rows)), [title.replace("$", r"\$") for title, _ in rows])
    axes.set_xlabel(words("remeasure.plot"))
    axes.axvline(0, color="#52606d", linewidth=0.8)
    return figure
