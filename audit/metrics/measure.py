"""Tables in, VALUES out: which metrics can be measured, of which slices and periods, and what the rest lack."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from audit import engine as engines
from audit.client import Client
from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.metrics import additive, finish
from audit.metrics.bases import NATURAL, Bases
from audit.metrics.catalogue import BY_ID, CARDS, METRICS
from audit.metrics.metric import Ask, Metric
from audit.metrics.values import Values
from audit.schema import BY_NAME
from audit.schema.results import PERIODS


def measure(
    tables: Any,
    metrics: str | Iterable[str] | None = None,
    by: str | Iterable[str] | None = None,
    period: str | Iterable[str] = "month",
    as_of: dt.date | str | None = None,
    *,
    client: Client | None = None,
    engine: str = "duckdb",
    lang: str | None = None,
) -> Values:
    """VALUES of `metrics` at `as_of`: one row a metric, period and group (see `audit.schema.VALUES`).

    `tables`: whatever `audit.engine.load` takes, or a plain deals table (frame or file). `metrics`: ids, cards
    ("M08") or None for the whole catalogue. `by`: slice names, two-way as "channel×segment"; None for the slices
    that each metric declares and the data has. The whole and the whole history are always there. What cannot be
    measured is one row with the status 'not_measurable: lacks …'. UsageError for unknown names;
    NothingMeasurableError when no metric asked for can be measured.
    """
    loaded = _loaded(tables, engine, lang)
    client = client or getattr(tables, "client", None)
    bases = Bases(loaded, day_of(as_of), client)
    chosen = _chosen(metrics)
    wanted = _periods(period)
    asked = None if by is None else _slices(by, bases)
    frames: dict[str, pd.DataFrame] = {}
    sums: list[tuple[Metric, Ask]] = []
    for metric in chosen:
        lacks = bases.lacks(*metric.needs)
        ask = Ask(wanted, _asked(metric, asked, bases))
        if lacks:
            frames[metric.id] = finish.lacking(metric, lacks)
        elif metric.compute is None:
            sums.append((metric, ask))
        else:
            frames[metric.id] = metric.compute(metric, bases, ask)
    for block in additive.blocks(sums):
        for (metric, _), frame in zip(block, additive.values(block, bases), strict=True):
            frames[metric.id] = frame
    if all(finish.is_lacking(frame) for frame in frames.values()):
        wanted_most = Counter(need for metric in chosen for need in bases.lacks(*metric.needs)).most_common(6)
        raise NothingMeasurableError("metrics.nothing", n=len(chosen), lacks=", ".join(need for need, _ in wanted_most),
                                     tables=", ".join(sorted(bases.tables)) or "–")
    parts = [_in_stage_order(frames[metric.id], bases) for metric in chosen]
    slices = {metric.id: ["×".join(one) for one in _asked(metric, asked, bases)] for metric in chosen}
    return Values(finish.ordered(parts, slices), bases.as_of, bases.client.currency, lang)


def _in_stage_order(frame: pd.DataFrame, bases: Bases) -> pd.DataFrame:
    """Rows of stage slices in the order of the stages."""
    if not frame["by"].str.contains("stage").any():
        return frame
    places = bases.stages.order()
    last = [text.split(" × ")[-1] if "stage" in by else "" for by, text in zip(frame["by"], frame["group"], strict=True)]
    rank = pd.Series([places.get(name, len(places)) for name in last], index=frame.index)
    heads = [text.split(" × ")[0] if by.endswith("×stage") else "" for by, text in zip(frame["by"], frame["group"], strict=True)]
    keys = pd.DataFrame({"head": heads, "rank": rank}, index=frame.index)
    return frame.loc[keys.sort_values(["head", "rank"], kind="stable").index]


def _loaded(tables: Any, engine: str, lang: str | None) -> engines.Tables:
    """Canonical tables of any accepted source; a plain deals table goes through intake's recognition."""
    import os
    from pathlib import Path

    path = isinstance(tables, str | os.PathLike)
    if (path and not Path(tables).is_dir()) or _is_frame(tables):
        from audit.intake import canonical_deals

        deals, _ = canonical_deals(tables, lang=lang) if lang else canonical_deals(tables)
        return engines.load({"deals": deals}, engine)
    return engines.load(tables, engine)


def _is_frame(source: Any) -> bool:
    """A single table rather than a collection of them."""
    return hasattr(source, "columns") and not isinstance(source, dict)


def day_of(as_of: dt.date | str | None) -> dt.date | None:
    """The day that a caller named, as text or a date; UsageError when it is none."""
    if not isinstance(as_of, str):
        return as_of.date() if isinstance(as_of, dt.datetime) else as_of
    try:
        return dt.date.fromisoformat(as_of)
    except ValueError:
        raise UsageError("errors.bad_date", value=as_of[:40], option="as_of") from None


def _chosen(metrics: str | Iterable[str] | None) -> list[Metric]:
    if metrics is None:
        return list(METRICS)
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    picked = set()
    for name in names:
        if name not in BY_ID and name not in CARDS:
            near = nearest(str(name), [*BY_ID, *CARDS])
            raise UsageError("errors.unknown_name", kind="metric", name=name, nearest=near)
        picked |= {metric.id for metric in METRICS if name in (metric.id, metric.card)}
    return [metric for metric in METRICS if metric.id in picked]


def _periods(period: str | Iterable[str]) -> tuple[str, ...]:
    names = [period] if isinstance(period, str) else list(period)
    for name in names:
        if name not in PERIODS:
            raise UsageError("errors.unknown_name", kind="period", name=name, nearest=nearest(str(name), PERIODS))
    return tuple(name for name in PERIODS if name in names and name != "all")


def _slices(by: str | Iterable[str], bases: Bases) -> list[tuple[str, ...]]:
    """Slices as tuples of columns; UsageError names the nearest of what the data has."""
    known = {*NATURAL, *(name for table in ("deals", "leads") for name in bases.free(table)), *FIXED}
    found = []
    for text in [by] if isinstance(by, str) else list(by):
        parts = tuple(part.strip() for part in text.split("×")) if text not in known else (text,)
        parts = tuple(part if part in known or part.casefold() not in NATURAL else part.casefold() for part in parts)
        for part in parts:
            if part and part not in known:
                near = nearest(part, sorted(known))
                raise UsageError("errors.unknown_name", kind="slice", name=part, nearest=near)
        if parts != ("",):
            found.append(parts)
    return found


FIXED = ("kind", "field", "bucket", "check", "day")


def _asked(metric: Metric, asked: list[tuple[str, ...]] | None, bases: Bases) -> tuple[tuple[str, ...], ...]:
    """Slices of one metric that its table has."""
    wanted = [tuple(name.split("×")) for name in metric.slices] if asked is None else asked
    have = {*bases.slices(metric.table), *FIXED} if metric.table in BY_NAME else set(FIXED)
    return tuple(dict.fromkeys(one for one in wanted if all(name in have for name in one)))
