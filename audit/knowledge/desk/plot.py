"""Pictures of who uses which technique: a map of sellers and techniques, and use by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

CALLED = 10  # situations of a month from which a share is drawn


def sellers(table: pd.DataFrame) -> Figure:
    """Share of the situations that called for a technique in which each seller used it; techniques that nobody uses are left out."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    used = table[table.groupby("technique")["uses"].transform("sum") > 0]
    grid = used.pivot(index="owner", columns="technique", values="share")
    figure, axes = plt.subplots(figsize=(2.5 + 0.55 * grid.shape[1], 1.2 + 0.32 * len(grid)), layout="constrained")
    if grid.size:
        sns.heatmap(grid, cmap="crest", vmin=0, vmax=1, linewidths=0.5, annot=True, fmt=".0%", annot_kws={"size": 7}, cbar=False, ax=axes)
    axes.set(xlabel="", ylabel="")
    plt.close(figure)
    return figure


def adoption(table: pd.DataFrame) -> Figure:
    """Share of use by month of each technique that is used, all sellers together; months with fewer than ten situations are left out."""
    import matplotlib.pyplot as plt
    import seaborn as sns

    monthly = table.groupby(["technique", "month"])[["uses", "opportunities"]].sum().reset_index()
    monthly = monthly[(monthly["opportunities"] >= CALLED) & (monthly.groupby("technique")["uses"].transform("sum") > 0)]
    monthly = monthly.assign(share=monthly["uses"] / monthly["opportunities"])
    if not len(monthly):
        figure = plt.figure(figsize=(2, 0.3))
    else:
        grid = sns.relplot(monthly, x="month", y="share", col="technique", col_wrap=5, kind="line", height=1.7, aspect=1.3)
        grid.set(ylim=(0, 1), xticks=[], xlabel="", ylabel="").set_titles("{col_name}")
        figure = grid.figure
    plt.close(figure)
    return figure
