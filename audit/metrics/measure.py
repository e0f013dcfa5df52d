"""Tables in, VALUES out: which metrics can be measured, of which slices and periods, and what the rest lack."""

from __future__ import annotations

import datetime as dt
import gc
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from audit import engine as engines
from audit.client import Client
from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.metrics.bases import NATURAL, Bases
from audit.metrics.catalogue import BY_ID, CARDS, METRICS
from audit.metrics.count import additive, finish
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.declare.slices import FIXED, LENT
from audit.metrics.rows.money import billing
from audit.metrics.values import Values
from audit.schema import BY_NAME
from audit.schema.results import PERIODS

_KEPT = 25  # metrics for which a long frame is kept after the last that asked for it


def measure(
    tables: Any,
    metrics: str | Iterable[str] | None = None,
    by: str | Iterable[str] | None = None,
    period: str | Iterable[str] = "month",
    as_of: dt.date | str | np.datetime64 | None = None,
    *,
    client: Client | None = None,
    engine: str = "duckdb",
    lang: str | None = None,
) -> Values:
    """VALUES of `metrics` at `as_of`: one row a metric, period and group (see `audit.schema.VALUES`).

    `tables`: whatever `audit.engine.load` takes, or a plain deals table (frame, file or Ibis table; also as the `deals` of a dict). `metrics`: ids, cards
    ("M08") or None for the whole catalogue. `by`: slice names, two-way as "channel×segment"; None for the slices
    that each metric declares and the data has. The whole and the whole history are always there. What cannot be
    measured is one row with the status 'not_measurable: lacks …'. UsageError for unknown names;
    NothingMeasurableError when no metric asked for can be measured.
    """
    loaded = _loaded(tables, engine)
    try:
        with seldom_collected():
            return measured(Bases.of(loaded, day_of(as_of), client or getattr(tables, "client", None)), metrics, by, period, lang)
    finally:
        if loaded is not tables:
            loaded.made.clear()  # no circle keeps the session alive
            loaded.close()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Python looks for circles of garbage less often: queries are many small objects, and looking took a seventh of the time."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 50_000), *before[1:]) if before[0] else None
    try:
        yield
    finally:
        gc.set_threshold(*before)


def measured(bases: Bases, metrics: str | Iterable[str] | None, by: str | Iterable[str] | None, period: str | Iterable[str],
             lang: str | None = None) -> Values:
    """VALUES of the metrics asked for, from opened tables; see `measure`."""
    chosen = _chosen(metrics)
    wanted = _periods(period)
    asked = None if by is None else _slices(by, bases)
    frames: dict[str, pd.DataFrame] = {}
    sums: list[tuple[Metric, Ask]] = []
    for metric in dict.fromkeys(metric.of or metric for metric in chosen):
        lacks = bases.lacks(*metric.needs)
        ask = Ask(wanted, _asked(metric, asked, bases))
        if lacks:
            frames[metric.id] = finish.lacking(metric, lacks)
        elif metric.compute is None:
            sums.append((metric, ask))
        else:
            frames[metric.id] = metric.compute(metric, bases, ask)
            bases.lighten(_KEPT)
    bases.lighten()  # sums take memory of their own
    frames |= additive.all_values(sums, bases)
    frames = {metric.id: _of_others(metric, frames, bases) for metric in chosen}
    if all(finish.is_lacking(frame) for frame in frames.values()):
        wanted_most = Counter(need for metric in chosen for need in bases.lacks(*metric.needs)).most_common(6)
        raise NothingMeasurableError("metrics.nothing", n=len(chosen), lacks=", ".join(need for need, _ in wanted_most),
                                     tables=", ".join(sorted(bases.tables)) or "–")
    parts = [_in_stage_order(finish.explained(metric, frames[metric.id]), bases) for metric in chosen]
    slices = {metric.id: ["×".join(one) for one in _asked(metric, asked, bases)] for metric in chosen}
    return Values(finish.ordered(parts, slices), bases.as_of, bases.client.currency, lang)


def _of_others(metric: Metric, frames: dict[str, pd.DataFrame], bases: Bases) -> pd.DataFrame:
    """The rows of a metric: its own, or those that it makes of another one's."""
    if metric.of is None or metric.made is None:
        return frames[metric.id]
    lacks = bases.lacks(*metric.needs)
    return finish.lacking(metric, lacks) if lacks else metric.made(metric, bases, frames[metric.of.id])


def _in_stage_order(frame: pd.DataFrame, bases: Bases) -> pd.DataFrame:
    """Rows of stage slices in the order of the stages."""
    if not any("stage" in by for by in set(frame["by"])):
        return frame
    places = bases.stages.order()
    last = [text.split(" × ")[-1] if "stage" in by else "" for by, text in zip(frame["by"], frame["group"], strict=True)]
    rank = pd.Series([places.get(name, len(places)) for name in last], index=frame.index)
    heads = [text.split(" × ")[0] if by.endswith("×stage") else "" for by, text in zip(frame["by"], frame["group"], strict=True)]
    keys = pd.DataFrame({"head": heads, "rank": rank}, index=frame.index)
    return frame.loc[keys.sort_values(["head", "rank"], kind="stable").index]


def _loaded(tables: Any, engine: str) -> engines.Tables:
    """Canonical tables of any accepted source; a plain deals table, also as the `deals` of a dict, goes through intake's recognition."""
    import os
    from pathlib import Path

    path = isinstance(tables, str | os.PathLike) and not engines.is_address(tables)
    if (path and not Path(tables).is_dir()) or _is_frame(tables):
        from audit.intake.deals import canonical_deals
        from audit.intake.given import as_frame

        deals, _ = canonical_deals(as_frame(tables) if hasattr(tables, "to_pyarrow") else tables)
        return engines.load({"deals": deals}, engine)
    if isinstance(tables, Mapping):
        from audit.intake.given import canonical_tables

        tables = canonical_tables(tables)
    return engines.load(tables, engine)


def _is_frame(source: Any) -> bool:
    """A single table rather than a collection of them."""
    return hasattr(source, "columns") and not isinstance(source, dict)


def day_of(as_of: Any) -> dt.date | None:
    """The day that a caller named, as text or any date (Python, pandas, NumPy); UsageError when it is none, or out of the years 1900–2199."""
    if as_of is None:
        return None
    if as_of is pd.NaT:
        raise UsageError("errors.bad_date", value=as_of, option="as_of")
    try:
        as_of = as_of.astype("datetime64[us]").item() if isinstance(as_of, np.datetime64) else as_of
        day = as_of.date() if isinstance(as_of, dt.datetime) else as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of)
    except (ValueError, TypeError):
        raise UsageError("errors.bad_date", value=str(as_of)[:40], option="as_of") from None
    if not 1900 <= day.year < 2200:
        raise UsageError("errors.far_date", value=str(as_of)[:40], option="as_of")
    return day


def _listed(given: Any, kind: str, known: Iterable[str]) -> list[str]:
    """The names of one kind that a caller gave, one or several; UsageError for what is no name."""
    names = [given] if isinstance(given, str) or not isinstance(given, Iterable) else list(given)
    for name in names:
        if not isinstance(name, str):
            raise UsageError("errors.unknown_name", kind=kind, name=name, nearest=nearest(str(name), [*known]))
    return names


def _chosen(metrics: str | Iterable[str] | None) -> list[Metric]:
    if metrics is None:
        return list(METRICS)
    names = _listed(metrics, "metric", [*BY_ID, *CARDS])
    if not names:
        raise UsageError("errors.no_metric", example="M08, win_rate")
    picked = set()
    for name in names:
        if name not in BY_ID and name not in CARDS:
            near = nearest(str(name), [*BY_ID, *CARDS])
            raise UsageError("errors.unknown_name", kind="metric", name=name, nearest=near)
        picked |= {metric.id for metric in METRICS if name in (metric.id, metric.card)}
    return [metric for metric in METRICS if metric.id in picked]


def _periods(period: str | Iterable[str]) -> tuple[str, ...]:
    names = _listed(period, "period", PERIODS)
    for name in names:
        if name not in PERIODS:
            raise UsageError("errors.unknown_name", kind="period", name=name, nearest=nearest(str(name), PERIODS))
    return tuple(name for name in PERIODS if name in names and name != "all")


def _slices(by: str | Iterable[str], bases: Bases) -> list[tuple[str, ...]]:
    """Slices as tuples of columns; UsageError names the nearest of what the data has."""
    known = {*NATURAL, *(name for table in ("deals", "leads") for name in bases.free(table)), *FIXED}
    found = []
    for text in _listed(by, "slice", sorted(known)):
        parts = tuple(part.strip() for part in text.split("×")) if text not in known else (text,)
        parts = tuple(part if part in known or part.casefold() not in NATURAL else part.casefold() for part in parts)
        for part in parts:
            if part and part not in known:
                near = nearest(part, sorted(known))
                raise UsageError("errors.unknown_name", kind="slice", name=part, nearest=near)
        if parts != ("",):
            found.append(parts)
    return found


def _asked(metric: Metric, asked: list[tuple[str, ...]] | None, bases: Bases) -> tuple[tuple[str, ...], ...]:
    """Slices of one metric that its table has."""
    wanted = [tuple(name.split("×")) for name in metric.slices] if asked is None else asked
    own = {part for name in metric.slices for part in name.split("×") if part in FIXED}
    absent = {part for part in own if part in BY_NAME[metric.table] and not bases.tables.has(f"{metric.table}.{part}")}
    absent |= {"client"} if "client" in own and not billing.tells_client(bases, metric.table) else set()
    have = {*bases.slices(metric.table), *own - absent}
    lent = LENT.get(metric.table, ())
    have |= {part for name in metric.slices for part in name.split("×") if part in lent and part in bases.slices("deals")}
    return tuple(dict.fromkeys(one for one in wanted if all(name in have for name in one)))
