"""Growth zones: each a headline with money, why it is believed, the picture, what to do; method and rows folded."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.belief import answers, belief, changed, unit_of
from audit.report.block import Block
from audit.report.charts.dots import Dot, dots
from audit.report.charts.monthly import Month, monthly
from audit.report.charts.style import HALF
from audit.report.charts.zonemap import EFFORTS, Zone, zonemap
from audit.report.facts import Gain, gain_of, total_gain
from audit.report.figure import figure
from audit.report.frame import article, framed, name_of, sentences, short, shown_of, spread, with_interval
from audit.report.markup import details, el, items, join, table, terms
from audit.report.numbers import good
from audit.zones.remedies import told

if TYPE_CHECKING:
    from audit.report.report import Report

PICTURED, PEERS = 6, 12  # zones with a picture of their own; levels in it


def zones(report: Report) -> Block:
    """All proven zones, the largest first, then strengths."""
    found = report.zones
    if not found:
        return framed(report, "zones", el("p", nothing(report)), changed(report), _strengths(report))
    articles = [_zone(report, at, finding) for at, finding in enumerate(found, start=1)]
    return framed(report, "zones", el("div", _glance(report), zone_map(report), class_="pair"), *articles, changed(report), _strengths(report), lead=_lead(report))


def nothing(report: Report) -> Markup:
    """What is said where no zone was found."""
    tested = report.findings.get("tested")
    return report.say("report.zones.none", n=int(tested), tested=report.numbers.count(tested)) if tested else report.say("report.zones.untested")


def _lead(report: Report) -> Markup:
    count, total, say, numbers = len(report.zones), total_gain(report), report.say, report.numbers
    return sentences(
        counted(report),
        say("report.zones.lead_money", n=count, gain=numbers.money(*total), interval=numbers.interval("money", total.low, total.high),
            part=report.words.share(report.client.rules.attainable_share, 0)) if total else None,
        a_year(report),
    )


def counted(report: Report) -> Markup:
    """How many zones of how many comparisons."""
    count, tested = len(report.zones), report.findings.get("tested") or 0
    return report.say("report.zones.lead", n=count, count=report.numbers.count(count), tested=report.numbers.count(tested), q=report.words.share(report.findings.get("q", 0.1), 0))


def a_year(report: Report) -> Markup | None:
    """The margin in the worth of all zones, and what a year of doing nothing costs."""
    total, say, numbers, margin = total_gain(report), report.say, report.numbers, report.client.rules.margin_share
    return sentences(
        say("report.zones.margin", margin=numbers.money(*_times(total, margin))) if margin else None,
        say("report.zones.year", cost=numbers.money(*_times(total, 12)), interval=numbers.interval("money", *_times(total, 12)[1:])),
    ) if total else None


def _times(total: Gain, factor: float) -> Gain:
    return Gain(*(None if part is None else factor * part for part in total))  # type: ignore[arg-type]


def _glance(report: Report) -> Markup:
    """All zones in one table."""
    numbers = report.numbers
    rows = []
    for at, finding in enumerate(report.zones, start=1):
        gain, unit = gain_of(finding), unit_of(report, finding)
        name = el("a", f"{at}. {short(name_of(report, finding.get('slice') or {}), 80)}", href=f"#zone-{at}")
        change = report.say("report.zones.change", metric=report.title(str(finding.get("metric"))).lower(), value=numbers.value(unit, finding.get("value"), finding.get("low"), finding.get("high")),
                            benchmark=numbers.value(unit, finding.get("benchmark"), finding.get("low"), finding.get("high")))
        worth = with_interval(numbers.money(*gain), numbers.interval("money", gain.low, gain.high)) if gain else "–"
        rows.append((join([name, el("span", change, class_="what")], " "), worth))
    head = [report.words("report.column.zone"), report.words("report.column.per_month")]
    return table(report.words("report.zones.glance"), head, rows, numeric=(1,), class_="plan glance")


def headline(report: Report, finding: dict[str, Any], longest: int = 70) -> Markup:
    """A zone in one line: what, against what, for how much; its name at most `longest`."""
    unit, numbers, gain = unit_of(report, finding), report.numbers, gain_of(finding)
    interval = (finding.get("low"), finding.get("high"))
    values = {
        "slice": short(name_of(report, finding.get("slice") or {}), longest), "metric": report.title(str(finding.get("metric"))).lower(),
        "value": numbers.value(unit, finding.get("value"), *interval), "benchmark": numbers.value(unit, finding.get("benchmark"), *interval),
    }
    if gain:
        return report.say("report.zones.title_money", **values, gain=numbers.money(*gain), interval=numbers.interval("money", gain.low, gain.high))
    units = finding.get("gain_units_per_month")
    if good(units):
        return report.say("report.zones.title_units", **values, units=numbers.value("count", round(units, 1)))
    return report.say("report.zones.title", **values)


def _zone(report: Report, at: int, finding: dict[str, Any]) -> Markup:
    remedy = str(finding.get("remedy") or "")
    advice = [said for part in ("title", "what") if remedy and (said := told(finding, part, report.words))]
    side = el(
        "div", el("p", belief(report, finding)), answers(report, finding),
        el("p", el("b", report.words("report.zones.do"), " ", advice[0].rstrip("."), "."), " ", *advice[1:], class_="do") if advice else None,
        _method(report, finding), class_="side",
    )
    drawn = (peers(report, finding) or by_month(report, finding)) if at <= PICTURED else None
    number = el("span", str(at), class_="number")
    return article(join([number, headline(report, finding)], " "), el("div", side, drawn, class_="pair"), id=f"zone-{at}", class_="zone")


def peers(report: Report, finding: dict[str, Any], most: int = PEERS) -> Markup | None:
    """The zone among the other levels of its dimension, standardised; of many at most `most`."""
    unit, numbers = unit_of(report, finding), report.numbers
    own = " × ".join(str(label) for label in (finding.get("slice") or {}).values())
    known = [p for p in finding.get("peers") or [] if good(p.get("value"))]
    if len(known) < 2:
        return None
    lower_is_worse = (finding.get("gap") or 0) < 0
    known.sort(key=lambda p: p["value"], reverse=lower_is_worse)
    everything = len(known)
    known = spread(known, most, lambda peer: peer["label"] == own)
    rows = [Dot(p["label"], p["value"], p.get("low"), p.get("high"), "below" if p["label"] == own else "") for p in known]
    drawn = dots(rows, report.theme, lambda v: numbers.tick(unit, v), benchmark=finding.get("benchmark"),
                 benchmark_name=report.words("report.zones.benchmark_line"), width=HALF)
    metric = report.title(str(finding.get("metric")))
    dimension = " × ".join(report.slice_name(d) for d in finding.get("slice") or {})
    caption = report.say("report.zones.peers", metric=metric, by=dimension.lower())
    head = [dimension, *[report.words(f"report.column.{name}") for name in ("value", "interval", "n")]]
    body = [(p["label"], numbers.value(unit, p["value"], p.get("low"), p.get("high")), numbers.interval(unit, p.get("low"), p.get("high")) or "–",
             numbers.count(p.get("n"))) for p in known]
    alt = report.say.plain("report.zones.peers_alt", slice=short(own, 60), metric=metric.lower(), value=numbers.value(unit, finding.get("value")),
                           benchmark=numbers.value(unit, finding.get("benchmark")), count=numbers.count(len(known)))
    return figure(drawn, title=caption, unit=report.words("report.zones.peers_unit"), alt=alt, note=shown_of(report, len(known), everything),
                  numbers=table(caption, head, body, numeric=(1, 2, 3)), folded=report.words("report.folded.numbers"))


def by_month(report: Report, finding: dict[str, Any]) -> Markup | None:
    """The zone by month against what its peers would have given."""
    rows = [m for m in finding.get("months") or [] if good(m.get("value"))]
    if len(rows) < 4:
        return None
    unit, numbers = unit_of(report, finding), report.numbers
    points = [Month(date.fromisoformat(f"{m['month'][:7]}-01"), m["value"]) for m in rows]
    drawn = monthly(points, report.theme, lambda v: numbers.tick(unit, v), lambda d: report.words.month(d, "LLL yy"),
                    reference=[m.get("expected") for m in rows], reference_name=report.words("report.zones.expected"))
    metric = report.title(str(finding.get("metric")))
    head = [report.words(f"report.column.{name}") for name in ("month", "value", "expected", "n")]
    body = [(report.words.month(p.start), numbers.value(unit, m["value"]), numbers.value(unit, m.get("expected")), numbers.count(m.get("n")))
            for p, m in zip(points, rows, strict=True)]
    caption = report.say("report.state.by_month", title=metric)
    alt = report.say.plain("report.zones.months_alt", slice=short(name_of(report, finding.get("slice") or {}), 60), metric=metric.lower(),
                           value=numbers.value(unit, finding.get("value")), benchmark=numbers.value(unit, finding.get("benchmark")))
    return figure(drawn, title=caption, unit=report.words("report.zones.months_unit"), alt=alt,
                  numbers=table(caption, head, body, numeric=(1, 2, 3)), folded=report.words("report.folded.numbers"))


def _method(report: Report, finding: dict[str, Any]) -> Markup:
    """Folded: what exactly was compared and which rows are behind it."""
    unit, numbers = unit_of(report, finding), report.numbers
    raw, raw_gap, standard = finding.get("raw_value"), finding.get("gap_unshrunk", finding.get("gap_raw")), finding.get("standardised")
    pairs = [
        ("raw", numbers.value(unit, raw) if good(raw) else None),
        ("standardised", numbers.value(unit, standard) if good(standard) else None),
        ("raw_gap", numbers.gap(unit, raw_gap) if good(raw_gap) else None),
        ("shrunk_gap", numbers.gap(unit, finding.get("gap"), finding.get("low"), finding.get("high")) if good(finding.get("gap")) else None),
        ("volume", numbers.count(finding.get("volume_per_month")) if good(finding.get("volume_per_month")) else None),
        ("p", f"{finding['p_value']:.1e}" if good(finding.get("p_value")) else None),
        ("rows", el("code", str(finding["rows"])) if finding.get("rows") and not str(finding["rows"]).startswith("zones/") else None),
        ("file", el("code", f"zones/{finding['id']}.csv") if finding.get("rows") and report.client.privacy == "names" else None),  # it tells the slice
    ]
    shown = [(report.words(f"report.zones.method.{name}"), said) for name, said in pairs if said is not None]
    return details(report.words("report.zones.method.label"), terms(shown, class_="facts"))


def zone_map(report: Report, most: int = 12) -> Markup | None:
    """Worth against effort of the first `most`, when at least two zones have both."""
    efforts = {str(change.get("zone_id")): str(change.get("effort")) for change in report.plan.changes}
    mapped = []
    for at, zone in enumerate(report.zones, start=1):
        gain, effort = gain_of(zone), efforts.get(str(zone.get("id")))
        if gain and effort in EFFORTS:
            mapped.append(Zone(at, " × ".join(map(str, (zone.get("slice") or {}).values())), *gain, effort))
    if len(mapped) < 2:
        return None
    everything, mapped, numbers = len(mapped), mapped[:most], report.numbers
    names = tuple(report.words(f"report.effort.{effort}_lane") for effort in EFFORTS)
    drawn = zonemap(mapped, report.theme, lambda v: numbers.tick("money", v), efforts=names, width=HALF)  # type: ignore[arg-type]
    head = [report.words(f"report.column.{name}") for name in ("zone", "per_month", "interval", "effort")]
    body = [(f"{z.number}. {z.name}", numbers.money(z.gain, z.low, z.high), numbers.interval("money", z.low, z.high) or "–", report.words(f"report.effort.{z.effort}"))
            for z in mapped]
    caption = report.say("report.zones.map")
    best = max(mapped, key=lambda z: (-EFFORTS.index(z.effort), z.gain))
    return figure(drawn, title=caption, unit=report.words("report.zones.map_unit"), note=shown_of(report, len(mapped), everything),
                  alt=report.say.plain("report.zones.map_alt", name=short(best.name, 60), gain=numbers.money(best.gain, best.low, best.high)),
                  numbers=table(caption, head, body, numeric=(1, 2)), folded=report.words("report.folded.numbers"))


def _strengths(report: Report) -> Markup | None:
    """What does better than its peers: worth learning from."""
    if not report.strengths:
        return None
    said = []
    for finding in report.strengths[:8]:
        unit, numbers = unit_of(report, finding), report.numbers
        interval = (finding.get("low"), finding.get("high"))
        said.append(report.say(
            "report.zones.strength", slice=short(name_of(report, finding.get("slice") or {})), metric=report.title(str(finding.get("metric"))).lower(),
            value=numbers.value(unit, finding.get("value"), *interval), benchmark=numbers.value(unit, finding.get("benchmark"), *interval),
            n=int(finding.get("n") or 0), count=numbers.count(finding.get("n")),
        ))
    note = shown_of(report, len(said), len(report.strengths))
    return article(report.words("report.zones.strengths"), items(said), el("p", note, class_="note") if note else None, class_="strengths")


