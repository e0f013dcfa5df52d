"""How far sellers are from the linear plan, as one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AHEAD, BEHIND = "#1f5f8b", "#a63c06"


def line_gaps(rows: Sequence[Mapping[str, Any]], lang: str) -> Figure:
    """A bar a seller, the farthest behind on top."""
    import matplotlib.pyplot as plt

    kept = sorted(rows, key=lambda row: (-row["line_gap"], row["group"]))
    figure = plt.figure(figsize=(8, 0.8 + 0.35 * max(len(kept), 1)), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    axes.barh(range(len(kept)), [row["line_gap"] for row in kept], color=[BEHIND if row["line_gap"] < 0 else AHEAD for row in kept])
    axes.set_yticks(range(len(kept)), [row["group"].replace("$", r"\$") for row in kept])
    axes.set_xlabel(Words(lang)("standup.plot"))
    axes.axvline(0, color="#52606d", linewidth=0.8)
    return figure
