"""The metrics that a change of the client's own may name: those which this client's data give by month."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from audit.words import Words

EMPTY = "—"  # what VALUES calls units whose slice is not filled in
_SLICED = ("win_rate", "avg_check", "lead_conversion", "revenue_per_lead")  # by whose dimensions a change may be limited
_NO_SLICE = ("day", "hour", "weekday", "month_end", "shift", "stage", "loss_reason", "kind", "field", "bucket", "check", "client")  # of times, ends and single clients

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


def slices_on_offer(values: Path, metrics: Iterable[str], shown: Callable[[dict[str, str]], str]) -> dict[str, dict[str, Any]]:
    """Slice as the book shows it → `scope` (dimension → level) and `values` (metric → value in it); levels that look alike in the book are left out."""
    import pyarrow.parquet as pq

    if not values.is_file():
        return {}
    have = set(pq.read_schema(values).names)
    if not {"by", "group"} <= have:
        return {}
    rows = pq.read_table(values, columns=["metric", "by", "group", "value"], filters=[("period", "==", "all"), ("by", "!=", ""), ("metric", "in", list(metrics) or [""])]).to_pylist()
    by = {one["by"] for one in rows if one["metric"] in _SLICED and "×" not in one["by"] and one["by"] not in _NO_SLICE}
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        if row["by"] in by and row["group"] not in ("", EMPTY):
            found.setdefault((row["by"], row["group"]), {})[row["metric"]] = row["value"]
    told = [(shown({by: group}), {"scope": {by: group}, "values": known}) for (by, group), known in sorted(found.items())]
    names = [name for name, _ in told]
    return {name: one for name, one in told if names.count(name) == 1}


def called(metric: str, words: Words) -> str:
    """What a metric is called in the plan."""
    for key in (f"metrics.{metric}.title", f"zones.metric.{metric}"):
        if words.has(key):
            return words(key)
    return metric
