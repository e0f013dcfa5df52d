"""People: tiers with intervals, strengths before weaknesses, never a league table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.charts.dots import dots
from audit.report.charts.multiples import Line, multiples
from audit.report.charts.style import HALF
from audit.report.figure import figure
from audit.report.frame import framed, name_of, shown_of, spread, told
from audit.report.markup import details, el, items, join, table
from audit.report.privacy import EMPTY
from audit.report.tiers import gated, judges, proven, standardised, toned
from audit.schema.results import INCOMPLETE

if TYPE_CHECKING:
    from audit.report.report import Report

COLUMNS = ("won_deals", "revenue", "win_rate", "avg_check", "cycle_days", "norm_attainment", "plan_attainment", "leaking_deals", "tasks_on_time")
PANELS = 16


def people(report: Report) -> Block:
    """Tiers of sellers by what survived the test, the picture of each, the figures folded."""
    sellers = _names(report)
    if not sellers:
        return framed(report, "people", el("p", report.say("report.people.nothing")))
    above, below = proven(report, report.strengths), proven(report, report.zones)
    parts_of = [(at, zone) for at, zone in enumerate(report.zones, start=1) if len(zone.get("slice") or {}) > 1 and "owner" in zone["slice"]
                and judges(report, str(zone.get("metric")), str(zone["slice"]["owner"]))]
    named = {*above, *below, *(str(zone["slice"]["owner"]) for _, zone in parts_of)}
    judged = {row.name for row in toned(report, "win_rate")} - named
    first = sorted(gated(report) & set(sellers), key=str.casefold)
    rest, young = len(judged), len(set(sellers) - judged - named - set(first))
    parts = [
        el("div", _tier(report, "above", above), _tier(report, "below", below, parts_of), class_="tiers"),
        el("p", report.say("report.people.rest", n=rest, count=rest)) if rest else None,
        el("p", report.say("report.people.gate", n=len(first), names=", ".join(first))) if first else None,
        el("p", report.say("report.people.young", n=young, count=young)) if young else None,
        el("div", win_rates(report), _months(report, above, below), class_="pair"), _figures(report, sellers),
    ]
    return framed(report, "people", *parts, lead=report.say("report.people.lead"))


def _names(report: Report) -> list[str]:
    """Sellers in a fixed order: by the alphabet, which ranks nobody."""
    owners = report.values[(report.values["by"] == "owner") & ~report.values["group"].isin(["", EMPTY])]["group"]
    return sorted(set(map(str, owners)), key=str.casefold)


def _tier(report: Report, tier: str, proven: dict[str, list[dict[str, Any]]], parts_of: Sequence[tuple[int, dict[str, Any]]] = ()) -> Markup:
    """One tier: who is in it by which figures, then sellers who fall short in a part of the deals only (number of the zone, zone)."""
    if not proven and parts_of:
        return el("div", el("h3", report.words(f"report.people.{tier}")), el("p", report.say("report.people.no_below_whole")), _parts(report, parts_of), class_=f"tier {tier}")
    if not proven:
        return el("div", el("h3", report.words(f"report.people.{tier}")), el("p", report.say(f"report.people.no_{tier}")), class_="tier")
    said = []
    for name, findings in sorted(proven.items()):
        parts = [report.say.plain("report.people.against", **figures_of(report, finding)) for finding in findings]
        said.append(el("span", el("b", name), ": ", "; ".join(parts)))
    also = [el("p", report.say("report.people.in_part")), _parts(report, parts_of)] if parts_of else []
    return el("div", el("h3", report.words(f"report.people.{tier}")), items(said), *also, class_=f"tier {tier}")


def _parts(report: Report, parts_of: Sequence[tuple[int, dict[str, Any]]]) -> Markup:
    return items([join([report.say("report.people.part", slice=name_of(report, zone["slice"]), **figures_of(report, zone)),
                        el("a", report.words("report.people.zone", number=at), href=f"#zone-{at}")], " ") for at, zone in parts_of])


def figures_of(report: Report, finding: dict[str, Any]) -> dict[str, str]:
    """Metric, value and benchmark of a finding as they are said."""
    unit, interval = str(finding.get("unit") or report.unit(str(finding.get("metric")))), (finding.get("low"), finding.get("high"))
    return {"metric": report.title(str(finding.get("metric"))).lower(), "value": report.numbers.value(unit, finding.get("value"), *interval),
            "benchmark": report.numbers.value(unit, finding.get("benchmark"), *interval)}


def win_rates(report: Report, most: int | None = None) -> Markup | None:
    """Win rate of every seller with interval, of at most `most` if asked; standardised where the zones give it."""
    standard, everybody = standardised(report, "win_rate"), toned(report, "win_rate")
    rows = spread(everybody, most or len(everybody), lambda row: row.tone)
    if len(rows) < 2:
        return None
    whole, numbers = report.one("win_rate"), report.numbers
    drawn = dots(rows, report.theme, lambda v: numbers.tick("share", v), benchmark=whole.value if whole else None,
                 benchmark_name=report.words("report.people.whole"), width=HALF)
    caption = report.say("report.people.dots_standard" if standard else "report.people.dots_raw")
    head = [report.slice_name("owner"), report.title("win_rate"), report.words("report.column.interval"), report.words("report.column.tier")]
    body = [(row.name, numbers.value("share", row.value, row.low, row.high), numbers.interval("share", row.low, row.high) or "–",
             report.words(f"report.people.tier.{row.tone or 'same'}")) for row in rows]
    return figure(drawn, title=caption, unit=report.words("report.people.dots_unit"), note=shown_of(report, len(rows), len(everybody)),
                  alt=report.say.plain("report.people.dots_alt", count=len(rows), above=sum(r.tone == "above" for r in rows), below=sum(r.tone == "below" for r in rows)),
                  numbers=table(caption, head, body, numeric=(1, 2)), folded=report.words("report.folded.numbers"))


def _months(report: Report, above: dict, below: dict) -> Markup | None:
    """Revenue of every seller by month, small multiples on one scale."""
    rows = [row for row in report.rows("revenue", "owner", "month") if row.status != INCOMPLETE]
    starts = sorted({row.start for row in rows if row.start})[-18:]
    if len(starts) < 4:
        return None
    found: dict[str, dict] = {}
    for row in rows:
        found.setdefault(row.group, {})[row.start] = row.value
    everybody = sorted((name for name in found if name not in ("", EMPTY)), key=lambda name: -sum(found[name].values()))
    names = sorted(everybody[:PANELS], key=str.casefold)
    lines = [Line(name, tuple(found[name].get(s) for s in starts), name in above or name in below) for name in names]
    context = [sum(vals) / len(vals) if (vals := [found[n][s] for n in everybody if s in found[n]]) else None for s in starts]
    numbers = report.numbers
    drawn = multiples(lines, report.theme, lambda v: numbers.tick("money", v), context=context)
    return figure(drawn, title=report.say("report.people.months"), unit=report.words("report.people.months_unit", first=report.words.month(starts[0]), last=report.words.month(starts[-1])),
                  note=shown_of(report, len(names), len(everybody)),
                  alt=report.say.plain("report.people.months_alt", count=len(lines), first=report.words.month(starts[0]), last=report.words.month(starts[-1])))


def _figures(report: Report, sellers: list[str]) -> Markup | None:
    """Everything measured of each, in the order of the alphabet."""
    measured = {metric: {row.group: row for row in report.rows(metric, "owner")} for metric in COLUMNS}
    shown = [metric for metric in COLUMNS if measured[metric]]
    if not shown:
        return None
    head = [report.slice_name("owner"), *[report.title(metric) for metric in shown]]
    rows = [(name, *[told(report, metric, measured[metric].get(name) if judges(report, metric, name) else None) for metric in shown]) for name in sellers]
    caption = report.words("report.people.table")
    return details(caption, table(caption, head, rows, numeric=range(1, len(head)), class_="dense"))
