"""The verb `find_zones`: load, search, read, price, describe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import numpy as np

from audit.client import Client
from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.zones.base import Base
from audit.zones.describe import cannot_tell, describe
from audit.zones.gaps import read
from audit.zones.load import Source, load
from audit.zones.measures import BY_ID, MEASURES, Measure
from audit.zones.norms import against_norms
from audit.zones.price import price
from audit.zones.result import Zones
from audit.zones.search import Search
from audit.zones.select import select

USUAL = ("win_rate", "avg_check", "cycle_days", "lead_conversion")


def find_zones(
    deals_or_tables: Any, *, dimensions: Iterable[str] | None = None, metrics: Iterable[str] | None = None,
    q: float | None = None, as_of: dt.date | str | None = None, client: Client | None = None, lang: str | None = None,
    depth: int = 2,
) -> Zones:
    """Growth zones of a sales department.

    `deals_or_tables`: a plain deals frame, file or Ibis table (a row a deal), or canonical tables (dict,
    `Tables`, workspace). `dimensions`: columns or slices to compare (None: chosen from the data); `metrics`:
    ids among win_rate, avg_check, cycle_days, lead_conversion, revenue_per_lead (None: all but the last);
    `q`: expected share of false zones among those reported (default: the client's, 0.10); `depth` 1…3: how many
    dimensions a slice may combine. Money is a month, in the client's base currency.

    Raises UsageError for unknown names and unreadable columns, NothingMeasurableError when a plain table allows
    no metric (of canonical tables that is an answer: no findings, and `not_measurable` says what lacks).
    Method and sources: docs/zones.md.
    """
    measures = _measures(metrics)
    if q is not None and not 0 < q < 1:
        raise UsageError("zones.bad_q", value=q)
    if depth not in (1, 2, 3):
        raise UsageError("zones.bad_depth", value=depth)
    source = load(deals_or_tables, _listed(dimensions), _date(as_of), client, lang)
    level = q or (source.client.rules.false_discovery_rate if source.client else 0.10)
    searches, lacking = _searches(source, measures, depth, asked=metrics is not None)
    if not searches and source.as_of is None:
        lacks = ", ".join(sorted({need for entry in lacking for need in entry["lacks"]})) or "–"
        raise NothingMeasurableError("zones.nothing", lacks=lacks)
    return _found(source, searches, lacking, level, lang)


def _listed(names: Iterable[str] | None) -> list[str] | None:
    if names is None:
        return None
    return [names] if isinstance(names, str) else [str(name) for name in names]


def _date(day: dt.date | str | None) -> dt.date | None:
    if isinstance(day, dt.datetime):
        return day.date()
    if day is None or isinstance(day, dt.date):
        return day
    try:
        return dt.date.fromisoformat(str(day))
    except ValueError:
        raise UsageError("errors.bad_date", value=day, option="as_of") from None


def _measures(metrics: Iterable[str] | None) -> list[Measure]:
    if metrics is None:
        return [BY_ID[name] for name in USUAL]
    for name in (names := _listed(metrics) or []):
        if name not in BY_ID:
            raise UsageError("errors.unknown_name", kind="metric", name=name, nearest=nearest(name, list(BY_ID)))
    return [measure for measure in MEASURES if measure.id in names]


def _searches(source: Source, measures: list[Measure], depth: int, *, asked: bool) -> tuple[list[Search], list[dict]]:
    searches, lacking = [], []
    for measure in measures:
        lacks = _lacks(measure, source)
        search = Search(measure, source.bases[measure.table], depth) if not lacks else None
        if search is not None and search.measurable:
            searches.append(search)
        elif asked or measure.table == "deals" or measure.table in source.bases:
            lacking.append({"card": measure.card, "metric": measure.id, "lacks": lacks or _too_little(search)})
    return searches, lacking


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


def _found(source: Source, searches: list[Search], lacking: list[dict], q: float, lang: str | None) -> Zones:
    tested = select(searches, q)
    read_gaps = [read(search, zone) for search in searches for zone in search.zones]
    shown = [gap for gap in read_gaps if gap.zone.worse and gap.matters]
    strong = [gap for gap in read_gaps if not gap.zone.worse and gap.matters]
    deals = source.bases.get("deals")
    by_metric = {search.measure.id: search for search in searches}
    share = source.client.rules.attainable_share if source.client else 0.5
    normed = against_norms(source.client, searches, q, tested)
    priced = price([*shown, *normed], deals, by_metric, share)
    cycle = _median_cycle(deals)
    findings = [describe(gap, worth, cycle, q) for gap, worth in zip([*shown, *normed], priced.worth, strict=True)]
    findings.sort(key=lambda one: (one["gain_per_month"] is None, -(one["gain_per_month"] or 0), one["p_value"], one["id"]))
    unsure = [entry for search in searches for entry in cannot_tell(search, read_gaps, q / max(tested, 1))]
    strengths = sorted((describe(gap, None, cycle, q) for gap in strong), key=lambda one: (one["p_value"], one["id"]))
    return Zones(
        findings=findings, strengths=strengths, tested=tested + len(normed), q=q, as_of=source.as_of or searches[0].base.as_of,
        client=source.client.name if source.client else "", currency=source.client.currency if source.client else "",
        total=priced.total, not_measurable=lacking, cannot_tell=unsure,
        lang=lang or (source.client.language if source.client else "en"),
    )


def _median_cycle(deals: Base | None) -> float | None:
    if deals is None:
        return None
    with np.errstate(invalid="ignore"):
        length = (deals.closed - deals.created)[deals.won]
        length = length[length >= 0]
    return float(np.median(length)) if len(length) else None
