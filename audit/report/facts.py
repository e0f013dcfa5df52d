"""Figures that several sections use, derived from VALUES and FINDINGS."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from audit.metrics.dictionary import slug
from audit.report.numbers import KINDS, good
from audit.schema.results import INCOMPLETE, NOT_MEASURABLE

if TYPE_CHECKING:
    from audit.report.report import Report, Value
    from audit.report.spoken import Spoken


class Gain(NamedTuple):
    """Money a month with its interval."""

    value: float
    low: float | None
    high: float | None


def total_gain(report: Report) -> Gain | None:
    """The joint gain of all zones a month, or None without money."""
    total = report.findings.get("total_gain_per_month") or {}
    if not good(total.get("value")) or not total["value"]:
        return None
    return Gain(total["value"], total.get("low"), total.get("high"))


def gain_of(finding: Mapping[str, Any]) -> Gain | None:
    """The gain of one finding or change a month, or None without money."""
    value = finding.get("gain_per_month")
    return Gain(value, finding.get("gain_low"), finding.get("gain_high")) if value is not None and good(value) else None


def monthly_revenue(report: Report) -> tuple[float, int] | None:
    """(mean revenue a month, months) of up to twelve last complete months, or None."""
    rows = report.last_complete("revenue", 12)
    return (sum(row.value for row in rows) / len(rows), len(rows)) if rows else None


def how_many(report: Report, metric: str) -> float | None:
    """Units that a metric counts: the numerator of a share, else the value itself."""
    row = report.one(metric)
    if row is None or KINDS.get(report.unit(metric)) != "share":
        return row.value if row else None
    return row.hits if row.hits is not None else row.value * row.n


class Span(NamedTuple):
    """Plan and fact summed over complete months, the first and last of them."""

    plan: float
    fact: float
    first: date
    last: date

    @property
    def share(self) -> float:
        """Fact to plan."""
        return self.fact / self.plan if self.plan else 0.0


def plan_rows(report: Report) -> list[tuple[Value, Value]]:
    """(target, fact) of the last twelve months that have both."""
    facts = {row.start: row for row in report.months("plan_fact", 12)}
    return [(row, facts[row.start]) for row in report.months("plan_target", 12) if row.start in facts]


def plan_span(report: Report) -> Span | None:
    """The plan over the complete ones of those months, or None."""
    done = [(target, fact) for target, fact in plan_rows(report) if fact.status != INCOMPLETE]
    starts = [fact.start for _, fact in done if fact.start]
    if not starts:
        return None
    return Span(sum(t.value for t, _ in done), sum(f.value for _, f in done), starts[0], starts[-1])


def year_on_year(report: Report, metric: str = "revenue") -> float | None:
    """Relative change of the last three complete months against the same three a year before, or None."""
    rows = {row.start: row.value for row in report.last_complete(metric, 36)}
    last = sorted(start for start in rows if start)[-3:]
    before = [date(start.year - 1, start.month, 1) for start in last]
    if len(last) < 3 or any(start not in rows for start in before):
        return None
    base = sum(rows[start] for start in before)
    return sum(rows[start] for start in last) / base - 1 if base > 0 else None


def lacking(report: Spoken, needs: str) -> str:
    """What is lacking, in words: "deals.amount, leads.created_at, leads.semantic" → "deals (amount); leads (date of creation, outcome)"."""
    words, found = report.words, dict[str, list[str]]()
    for need in filter(None, needs.split(", ")):
        name, _, column = need.partition(".")
        whole, part = f"report.lacks.{slug(need)}", f"report.lacks.{slug(column)}"
        table = f"report.table.{name}" if not words.has(whole) else whole
        columns = found.setdefault(words(table) if words.has(table) else name, [])
        said = words(part) if words.has(part) else column
        if said and said not in columns:
            columns.append(said)
    return "; ".join(f"{name} ({', '.join(columns)})" if columns else name for name, columns in found.items())


def unmeasured(report: Report) -> dict[str, list[str]]:
    """What is lacking → metrics that need it, from VALUES."""
    found: dict[str, list[str]] = {}
    rows = report.values[report.values["status"].str.startswith(NOT_MEASURABLE)]
    for metric, status in rows[["metric", "status"]].drop_duplicates().itertuples(index=False):
        found.setdefault(status.removeprefix(NOT_MEASURABLE), []).append(metric)
    return found


def change_name(report: Report, change: Mapping[str, Any], longest: int = 70) -> str:
    """What a change is called: its title and the slice it is for, in at most `longest` letters."""
    zone = next((zone for zone in report.zones if zone.get("id") == change.get("zone_id")), None)
    where = " × ".join(str(label) for label in (zone.get("slice") or {}).values()) if zone else ""
    title = str(change.get("title") or "")
    cut = where if len(where) <= longest else where[: longest - 1].rstrip() + "…"
    return f"{title}: {cut}" if cut and cut not in title else title


def zone_number(report: Report, zone_id: str) -> int | None:
    """The number under which a zone stands in the report, from 1."""
    return next((at for at, zone in enumerate(report.zones, start=1) if zone.get("id") == zone_id), None)
