"""The metrics that a change of the client's own may name: those which this client's data give by month."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audit.words import Words


def on_offer(values: Path, words: Words) -> dict[str, dict[str, Any]]:
    """Title → id, unit, direction and last whole value of each metric of `values` (values.parquet) that has a good end; none without the file.

    Of titles that several metrics share each is told apart by its id.
    """
    import pyarrow.parquet as pq

    from audit.metrics.catalogue import BY_ID

    if not values.is_file():
        return {}
    rows = pq.read_table(values, columns=["metric", "period", "value"], filters=[("by", "==", ""), ("status", "==", "ok")]).to_pylist()
    monthly = {row["metric"] for row in rows if row["period"] == "month"}
    whole = {row["metric"]: row["value"] for row in rows if row["period"] == "all" and row["value"] is not None}
    known = sorted((words(f"metrics.{name}.title"), name) for name in monthly if name in BY_ID and BY_ID[name].better in ("higher", "lower"))
    titles = [title for title, _ in known]
    return {title if titles.count(title) == 1 else f"{title} ({name})": {"id": name, "unit": BY_ID[name].unit, "direction": BY_ID[name].better, "baseline": whole.get(name)}
            for title, name in known}


def called(metric: str, words: Words) -> str:
    """What a metric is called in the plan."""
    for key in (f"metrics.{metric}.title", f"zones.metric.{metric}"):
        if words.has(key):
            return words(key)
    return metric
