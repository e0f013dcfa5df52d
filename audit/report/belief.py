"""Why a growth zone is believed, and the answers to what a board asks next."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.frame import sentences, short
from audit.report.markup import items
from audit.report.numbers import good

if TYPE_CHECKING:
    from audit.report.report import Report


def unit_of(report: Report, finding: dict[str, Any]) -> str:
    """Unit of a finding's metric."""
    return str(finding.get("unit") or report.unit(str(finding.get("metric"))))


def belief(report: Report, finding: dict[str, Any]) -> Markup:
    """Why it is believed: rows, benchmark, adjustment, chance."""
    unit, numbers, say = unit_of(report, finding), report.numbers, report.say
    others = [report.slice_name(str(name)).lower() for name in finding.get("confounders") or []]
    q_value = finding.get("q_value")
    return sentences(
        say("report.zones.rows", n=int(finding.get("n") or 0), count=numbers.count(finding.get("n")),
            benchmark=compared(report, finding)),
        say("report.zones.adjusted", others=", ".join(others)) if others else None,
        _gap(report, unit, finding) if good(finding.get("low")) else None,
        say("report.zones.chance", q=_chance(report, q_value)) if good(q_value) else None,
        say("report.zones.since", day=report.words.date(date.fromisoformat(finding["since"]))) if finding.get("since") else None,
    )


def compared(report: Report, finding: dict[str, Any]) -> str:
    """What a zone is compared with, in words."""
    key = f"report.zones.benchmark.{_benchmark(finding)}"
    return report.words(key if report.words.has(key) else "report.zones.benchmark.peers")


def _benchmark(finding: dict[str, Any]) -> str:
    """Key of the words for what a zone is compared with."""
    kind, metric = str(finding.get("benchmark_kind") or "peers"), str(finding.get("metric"))
    if kind != "peers" or metric in ("win_rate", "avg_check", "cycle_days", "revenue_per_lead"):
        return kind
    return "peers_leads" if metric == "lead_conversion" else "peers_other"


def answers(report: Report, finding: dict[str, Any]) -> Markup | None:
    """What a board asks next: who does it well, when, could it be something else, what the money hangs on."""
    unit, numbers, say = unit_of(report, finding), report.numbers, report.say
    twin, best, worst = (finding.get(name) for name in ("twin", "best_month", "worst_month"))
    told_by = (finding.get("assumptions") or [None])[0]
    said = (
        say("report.zones.gate") if finding.get("gate") == "volume" else None,
        say("report.zones.burn", share=report.words.share(finding["burn_index"], 0), volume=numbers.count(finding.get("volume_per_month")),
            burned=numbers.count(finding["burned_leads_per_month"])) if good(finding.get("burn_index")) else None,
        say("report.zones.twin", name=short(str(twin["level"])), value=numbers.value(unit, twin["value"], twin["low"], twin["high"]),
            interval=numbers.interval(unit, twin["low"], twin["high"])) if twin else None,
        say("report.zones.mix", whole=numbers.gap(unit, finding["raw_gap"]), mix=numbers.gap(unit, finding["mix_part"]),
            rate=numbers.gap(unit, finding["rate_part"])) if good(finding.get("mix_part")) else None,
        say("report.zones.months_told", **_month(report, unit, "best", best), **_month(report, unit, "worst", worst)) if best and worst else None,
        say("report.zones.e_value", e=report.words.number(finding["e_value"], 1)) if good(finding.get("e_value")) else None,
        say("report.zones.assumption", name=report.words(f"report.zones.assumptions.{told_by['assumption']}"), low=numbers.money(told_by["low"]),
            high=numbers.money(told_by["high"])) if told_by else None,
    )
    return items([one for one in said if one], class_="answers") if any(said) else None


def changed(report: Report) -> Markup | None:
    """The department's own changes that are more than chance: how much of each is mix and how much result."""
    numbers, said = report.numbers, []
    for one in report.findings.get("changes") or []:
        unit = str(one["unit"])
        if one["low"] * one["high"] > 0 and one["by"]:
            part = one["by"][0]
            said.append(report.say(
                "report.zones.changed", metric=report.title(str(one["metric"])), day=report.words.date(date.fromisoformat(one["since"])), now=numbers.value(unit, one["now"]),
                before=numbers.value(unit, one["before"]), change=numbers.gap(unit, one["change"]), interval=numbers.gap_interval(unit, one["low"], one["high"]),
                dimension=report.slice_name(part["dimension"]), mix=numbers.gap(unit, part["mix"]), rate=numbers.gap(unit, part["rate"])))
    return items(said) if said else None


def _month(report: Report, unit: str, name: str, month: dict[str, Any]) -> dict[str, str]:
    said = report.numbers.value
    return {name: report.words.month(date.fromisoformat(f"{month['month'][:7]}-01")), f"{name}_value": said(unit, month["value"]),
            f"{name}_expected": said(unit, month["expected"])}


def _gap(report: Report, unit: str, finding: dict[str, Any]) -> Markup:
    """The shortfall with its interval; beside it the one seen, where shrinking makes another figure of it."""
    gap, low, high, seen = (finding.get(name) for name in ("gap", "low", "high", "gap_unshrunk"))
    shrunk, raw = report.numbers.gap(unit, gap, low, high), report.numbers.gap(unit, seen, low, high)
    return report.say("report.zones.gap_shrunk" if good(seen) and raw != shrunk else "report.zones.gap", gap=shrunk, raw=raw, interval=report.numbers.gap_interval(unit, low, high))


def _chance(report: Report, q_value: float) -> str:
    if q_value < 0.001:
        return "< " + report.words.number(0.001, 3)
    return report.words.number(q_value, 3)
