"""Which searches a run makes: the metrics with a way to money, then the rest of the catalogue; what cannot be searched says what it lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from audit.errors import UsageError, nearest
from audit.zones.load import Source
from audit.zones.measures import BY_ID, MEASURES, Measure
from audit.zones.past import of_past
from audit.zones.search import Search
from audit.zones.sought import chosen, of_catalogue, sought

if TYPE_CHECKING:
    from audit.metrics.declare.metric import Metric

USUAL = ("win_rate", "avg_check", "cycle_days", "lead_conversion")


def need_known(asked: list[str] | None) -> None:
    """UsageError for an id that is no metric in which zones can be sought."""
    for name in asked or ():
        if name not in BY_ID and name not in sought():
            raise UsageError("errors.unknown_name", kind="metric", name=name, nearest=nearest(name, [*BY_ID, *sought()]))


def searches(source: Source, asked: list[str] | None, depth: int) -> tuple[list[Search], list[dict]]:
    """Searches of the measurable metrics, and what the others lack: dicts of card, metric, lacks."""
    found, lacking = [], []
    for measure in _measures(asked):
        lacks = _lacks(measure, source)
        search = Search(measure, source.bases[measure.table], depth) if not lacks else None
        if search is not None and search.measurable:
            found.append(search)
            past = of_past(measure, source.bases[measure.table]) if source.tables is not None else None
            found += [past] if past is not None and past.measurable else []
        elif asked is not None or measure.table == "deals" or measure.table in source.bases:
            lacking.append({"card": measure.card, "metric": measure.id, "lacks": lacks or _too_little(search)})
    for metric in _of_catalogue(source, asked, {search.measure.id for search in found}):
        search, lacks = _searched(metric, source, depth)
        if search is not None:
            found.append(search)
        elif asked is not None:
            lacking.append({"card": metric.card, "metric": metric.id, "lacks": lacks})
    return found, lacking


def _measures(asked: list[str] | None) -> list[Measure]:
    return [BY_ID[name] for name in USUAL] if asked is None else [measure for measure in MEASURES if measure.id in asked]


def _of_catalogue(source: Source, asked: list[str] | None, found: set[str]) -> Iterable[Metric]:
    """Further metrics: the asked ones, else of canonical tables all that can be measured."""
    if asked is not None:
        return [metric for name, metric in sought().items() if name in asked]
    return chosen(source.tables, found) if source.tables else ()


def _searched(metric: Metric, source: Source, depth: int) -> tuple[Search | None, list[str]]:
    """The search of a metric of the catalogue, or what it lacks."""
    if source.tables is None:
        return None, [metric.table]
    if lacks := source.tables.lacks(*metric.needs):
        return None, lacks
    made = of_catalogue(metric, source.tables)
    search = Search(*made, depth) if made and made[1].factors else None
    few = [f"{metric.table}: {2 * (made[0] if made else metric).min_n} rows"]
    return (search, []) if search is not None and search.measurable else (None, few)


def _lacks(measure: Measure, source: Source) -> list[str]:
    base = source.bases.get(measure.table)
    if base is None:
        return list(source.lacking.get(measure.table) or [measure.table])
    known = {
        "semantic": bool(base.decided.any()), "amount": base.has_amount, "created_at": bool(np.isfinite(base.created).any()),
        "closed_at": bool(np.isfinite(base.closed).any()), "converted_at": bool(np.isfinite(base.closed).any()),
    }
    return [need for need in measure.needs if not known[need.partition(".")[2]]]


def _too_little(search: Search | None) -> list[str]:
    """What an outcome without variation or with too few units lacks."""
    assert search is not None
    table, y = search.measure.table, search.units.y
    if search.measure.family == "share" and len(y) and np.ptp(y) == 0:
        return [f"{table}.semantic = lost" if y[0] else f"{table}.semantic = won"]
    return [f"{table}: {2 * search.measure.min_n} rows with an outcome, {len(y)} found"]
