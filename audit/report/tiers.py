"""Tiers of sellers: what survived the correction for many tests, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from audit.metrics import BY_ID
from audit.report.charts.dots import Dot
from audit.report.numbers import good

if TYPE_CHECKING:
    from audit.report.report import Report

RANK = {"above": 0, "": 1, "below": 2}
_VOLUME = " × volume"
_CONVERSIONS = ("M06", "M07", "M08", "M12")  # cards that a seller below the norms of activity is not judged by


def gated(report: Report) -> set[str]:
    """Sellers of whom quantity is to be mended first (M33): no conversion is shown of them beside the others'."""
    return {row.group.removesuffix(_VOLUME) for row in report.rows("gate_verdicts", "owner×verdict") if row.group.endswith(_VOLUME)}


def judges(report: Report, metric: str, seller: str) -> bool:
    """Whether a seller may be judged by a metric."""
    return not (is_conversion(metric) and seller in gated(report))


def is_conversion(metric: str) -> bool:
    """Whether a metric is a rate at which leads, stages or deals are gone through."""
    return metric in BY_ID and BY_ID[metric].card in _CONVERSIONS


def proven(report: Report, findings: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Seller → findings about the seller alone that survived the correction for many tests and that may be told of the seller."""
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        if set(finding.get("slice") or {}) == {"owner"} and judges(report, str(finding.get("metric")), str(finding["slice"]["owner"])):
            found.setdefault(str(finding["slice"]["owner"]), []).append(finding)
    return found


def tones(report: Report, metric: str) -> dict[str, str]:
    """Seller → 'above' or 'below' of those who differ from the others in `metric` by more than chance."""
    sides = (("below", proven(report, report.zones)), ("above", proven(report, report.strengths)))
    return {name: tone for tone, sellers in sides for name, found in sellers.items() if any(f.get("metric") == metric for f in found)}


def standardised(report: Report, metric: str) -> list[Dot]:
    """Values of all sellers on the same mix of deals, from a zone or strength about a seller."""
    for finding in [*report.zones, *report.strengths]:
        if finding.get("metric") == metric and set(finding.get("slice") or {}) == {"owner"}:
            return [Dot(p["label"], p["value"], p.get("low"), p.get("high")) for p in finding.get("peers") or [] if good(p.get("value"))]
    return []


def toned(report: Report, metric: str) -> list[Dot]:
    """Every seller with value and interval, standardised where the zones give it: by tier, in a tier by the alphabet, which ranks nobody."""
    rows = standardised(report, metric) or [Dot(row.group, row.value, row.low, row.high) for row in report.sellers(metric)]
    out = gated(report) if is_conversion(metric) else set()
    rows = [row for row in rows if row.name not in out]
    tone = tones(report, metric)
    return sorted((row._replace(tone=tone.get(row.name, "")) for row in rows), key=lambda row: (RANK[row.tone], row.name.casefold()))
