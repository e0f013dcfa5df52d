"""What was seen, and what was expected without the change, as one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.words import Words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from audit.effects.effect import Effect

SEEN, EXPECTED, OTHERS = "#1f5f8b", "#b0532b", "#9aa5b1"


def plot(effect: Effect) -> Figure:
    """Series and panels as lines with the counterfactual and its band; two groups as two dots with their difference."""
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(8, 3.6), layout="constrained")
    plt.close(figure)  # a notebook shows what is returned, once
    axes = figure.subplots()
    words, points = Words(effect.lang), effect.points
    if points is None or points["time"].isna().all():
        _interval(axes, effect, words)
    else:
        _course(axes, points, words)
    axes.set_title(effect.told(), fontsize=9, loc="left", wrap=True)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _interval(axes: Axes, effect: Effect, words: Words) -> None:
    """The effect with its interval against zero."""
    axes.axvline(0, color="#52606d", linewidth=0.8)
    if effect.effect is not None and effect.low is not None and effect.high is not None:
        axes.plot([effect.low, effect.high], [0, 0], color=OTHERS, linewidth=3)
        axes.plot(effect.effect, 0, "o", color=SEEN)
    axes.set_yticks([])
    axes.set_xlabel(words("effects.plot.effect", outcome=effect.outcome.replace("$", r"\$")))


def _course(axes: Axes, points: pd.DataFrame, words: Words) -> None:
    after = points["after"].to_numpy(dtype=bool)
    time = list(points["time"])
    if "others" in points:
        axes.plot(time, points["others"], color=OTHERS, linewidth=1.2, label=words("effects.plot.others"))
    axes.plot(time, points["value"], color=SEEN, linewidth=1.6, label=words("effects.plot.seen"))
    if points["expected"].notna().any():
        axes.plot(time, points["expected"], color=EXPECTED, linewidth=1.4, linestyle="--", label=words("effects.plot.expected"))
        axes.fill_between(time, points["low"].astype(float), points["high"].astype(float), color=EXPECTED, alpha=0.15, linewidth=0)
    if after.any():
        axes.axvline(time[int(np.argmax(after))], color="#52606d", linewidth=0.9, linestyle=":")
    axes.legend(frameon=False, fontsize=8, loc="best")
