"""The verb `find_zones`: load, search, read, price, describe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from audit.client import Client
from audit.errors import NothingMeasurableError, UsageError
from audit.zones.base import Base
from audit.zones.changes import changes
from audit.zones.describe import Context, cannot_tell, describe
from audit.zones.gaps import read
from audit.zones.load import Source, load
from audit.zones.norms import against_norms
from audit.zones.price import price
from audit.zones.result import Zones
from audit.zones.rows import rows_behind
from audit.zones.search import Search
from audit.zones.searches import need_known, searches
from audit.zones.select import select

if TYPE_CHECKING:
    import pandas as pd


LEAST_Q = 1e-9


def find_zones(
    deals_or_tables: Any, *, dimensions: Iterable[str] | None = None, metrics: Iterable[str] | None = None,
    q: float | None = None, as_of: dt.date | str | np.datetime64 | None = None, client: Client | None = None, lang: str | None = None,
    depth: int = 2,
) -> Zones:
    """Growth zones of a sales department.

    `deals_or_tables`: a plain deals frame, file or Ibis table (a row a deal), or canonical tables (dict,
    `Tables`, workspace). `dimensions`: columns or slices to compare (None: chosen from the data; sources, segments and
    products are held fixed also when they are not named); `metrics`:
    ids among win_rate, avg_check, cycle_days, lead_conversion, revenue_per_lead (None: all but the last), of canonical
    tables also any share, mean or duration of the catalogue (None: all that can be measured, see zones/sought.yml);
    `q`: expected share of false zones among those reported (default: the client's, 0.10); `depth` 1…3: how many
    dimensions a slice may combine. Money is a month, in the client's base currency.

    Raises UsageError for unknown names and unreadable columns, NothingMeasurableError when a plain table allows
    no metric (of canonical tables that is an answer: no findings, and `not_measurable` says what lacks).
    Method and sources: docs/zones.md.
    """
    asked = _listed(metrics)
    need_known(asked)
    if q is not None and not (isinstance(q, int | float) and LEAST_Q <= q < 1):
        raise UsageError("zones.bad_q", value=q)
    if depth not in (1, 2, 3):
        raise UsageError("zones.bad_depth", value=depth)
    depth = int(depth)
    from audit.metrics.measure import day_of, seldom_collected

    with seldom_collected():
        return _sought(deals_or_tables, _listed(dimensions), asked, q, day_of(as_of), client, lang, depth)


def _sought(data: Any, dimensions: list[str] | None, asked: list[str] | None, q: float | None, as_of: dt.date | None, client: Client | None,
            lang: str | None, depth: int) -> Zones:
    source = load(data, dimensions, as_of, client, lang)
    level = q or (source.client.rules.false_discovery_rate if source.client else 0.10)
    found, lacking = searches(source, asked, depth)
    if not found and source.as_of is None:
        lacks = ", ".join(sorted({need for entry in lacking for need in entry["lacks"]})) or "–"
        raise NothingMeasurableError("zones.nothing", lacks=lacks)
    return _found(source, found, lacking, level, lang)


def _listed(names: Iterable[str] | None) -> list[str] | None:
    if names is None:
        return None
    if isinstance(names, str) or not isinstance(names, Iterable):
        return [str(names)]
    return [str(name) for name in names]


def _found(source: Source, made: list[Search], lacking: list[dict], q: float, lang: str | None) -> Zones:
    tested = select(made, q)
    read_gaps = [read(search, zone) for search in made for zone in search.outer]
    shown = [gap for gap in read_gaps if gap.zone.worse and gap.matters]
    strong = [gap for gap in read_gaps if not gap.zone.worse and gap.matters]
    deals = source.bases.get("deals")
    now = [search for search in made if search.since is None]
    by_metric = {search.measure.id: search for search in now}
    share, margin = (source.client.rules.attainable_share, source.client.rules.margin_share) if source.client else (0.5, None)
    normed = against_norms(source.client, now, q, tested)
    priced = price([*shown, *normed], deals, by_metric, share)
    cycle, context = _median_cycle(deals), Context(_verdicts(source), source.remedies, margin)
    described = [describe(gap, worth, cycle, context) for gap, worth in zip([*shown, *normed], priced.worth, strict=True)]
    findings = sorted(described, key=lambda one: (one["gain_per_month"] is None, -(one["gain_per_month"] or 0), one["p_value"], one["id"]))
    unsure = [entry for search in now for entry in cannot_tell(search, read_gaps, q / max(tested, 1))]
    strengths = sorted((describe(gap, None, cycle, context) for gap in strong), key=lambda one: (one["p_value"], one["id"]))
    behind: dict[str, Callable[[], pd.DataFrame]] = {str(one["id"]): partial(rows_behind, gap) for one, gap in zip(described, [*shown, *normed], strict=True)}
    return Zones(
        findings=findings, behind=behind, margin=margin, strengths=strengths, tested=tested + len(normed), q=q, as_of=source.as_of or made[0].base.as_of,
        client=source.client.name if source.client else "", currency=source.client.currency if source.client else "",
        total=priced.total, not_measurable=lacking, cannot_tell=unsure, spellings=_spellings(source), left_out=source.left_out, changes=changes(now),
        lang=lang or (source.client.language if source.client else "en"),
    )


def _verdicts(source: Source) -> dict[str, str]:
    """The leading verdict of each seller who has norms: volume, skill, check, speed or on norm (M33)."""
    from audit.metrics.catalogue import LISTINGS
    from audit.metrics.families.activities.gate import judged

    if source.tables is None or source.tables.lacks(*LISTINGS["gate_verdicts"].needs):
        return {}
    frame = source.tables.rows_of(judged)
    return dict(zip(frame["owner"], frame["verdict"], strict=True))


def _median_cycle(deals: Base | None) -> float | None:
    if deals is None:
        return None
    with np.errstate(invalid="ignore"):
        length = (deals.closed - deals.created)[deals.won]
        length = length[length >= 0]
    return float(np.median(length)) if len(length) else None


def _spellings(source: Source) -> list[dict]:
    """Levels of the dimensions that were written in several ways and count as one."""
    return [{"table": table, "dimension": item.name, "level": level.label, "also": list(level.others), "rows": level.rows}
            for table, base in source.bases.items() for item in base.factors for level in item.spelled]
