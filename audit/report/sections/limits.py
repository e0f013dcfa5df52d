"""What this report cannot say: what was not measurable, what is too little, what must not be read into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.facts import lacking, unmeasured
from audit.report.frame import framed, name_of, short, shown_of
from audit.report.markup import details, el, items, join, table
from audit.schema.results import PROVISIONAL, TOO_FEW

if TYPE_CHECKING:
    from audit.report.report import Report

ALWAYS = ("association", "current_state", "open_deals", "money", "people")


def limits(report: Report) -> Block:
    """General limits, then what lacked data, then what lacked rows."""
    parts = [items([report.say(f"report.limits.{name}") for name in ALWAYS]), _unmeasured(report), _few(report), _cannot_tell(report)]
    return framed(report, "limits", *parts, lead=report.say("report.limits.lead"))


def _unmeasured(report: Report) -> Markup | None:
    lacks_of = unmeasured(report)
    cards = [(", ".join(map(str, one.get("lacks") or [])), str(one.get("metric") or one.get("card") or "")) for one in report.findings.get("not_measurable") or []]
    for lacks, metric in cards:
        if metric and lacks and not any(metric in metrics for metrics in lacks_of.values()):
            lacks_of.setdefault(lacks, []).append(metric)
    if not lacks_of:
        return el("p", report.say("report.limits.all_measured"))
    rows = [(lacking(report, lacks), ", ".join(report.title(metric) for metric in metrics))
            for lacks, metrics in sorted(lacks_of.items(), key=lambda pair: -len(pair[1]))]
    head = [report.words("report.column.lacks"), report.words("report.column.not_measured")]
    count = sum(len(metrics) for metrics in lacks_of.values())
    caption = report.words("report.limits.unmeasured")
    return join([el("h3", caption), el("p", report.say("report.limits.unmeasured_means", n=count, count=count)), table(caption, head, rows, class_="bare")])


def _few(report: Report) -> Markup | None:
    status = report.values["status"]
    few, young = int((status == TOO_FEW).sum()), int((status == PROVISIONAL).sum())
    said = [report.say("report.limits.few", n=few, count=report.numbers.count(few)) if few else None,
            report.say("report.limits.provisional", n=young, count=report.numbers.count(young)) if young else None]
    return items([one for one in said if one]) if few or young else None


def _cannot_tell(report: Report) -> Markup | None:
    entries = report.findings.get("cannot_tell") or []
    if not entries:
        return None
    said = []
    for entry in entries[:40]:
        n, needed = entry.get("n") or 0, entry.get("needs_n")
        title = report.title(str(entry.get("metric"))).lower()
        values = {"n": n, "slice": short(name_of(report, entry.get("slice") or {})), "metric": title, "count": report.numbers.count(n)}
        values |= {"needed": report.numbers.count(needed)} if needed else {}
        said.append(report.say("report.limits.cannot_tell_needed" if needed else "report.limits.cannot_tell_one", **values))
    return details(report.words("report.limits.cannot_tell", count=report.numbers.count(len(entries))), items(said), el("p", note, class_="note") if (note := shown_of(report, len(said), len(entries))) else None)
