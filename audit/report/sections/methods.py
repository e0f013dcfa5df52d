"""Methods: how the figures were made, each in two sentences, and the meaning of every metric."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.block import Block
from audit.report.frame import framed
from audit.report.markup import details, table, terms

if TYPE_CHECKING:
    from audit.report.report import Report

METHODS = ("as_of", "intervals", "fair", "many", "one_cause", "shrunk", "money", "cycle", "leaks", "young")


def methods(report: Report) -> Block:
    """The methods, then the dictionary of the metrics of this report folded."""
    say, words = report.say, report.words
    rules = report.client.rules
    values = {
        "date": words.date(report.as_of), "q": words.share(rules.false_discovery_rate, 0), "part": words.share(rules.attainable_share, 0),
        "silent": rules.silent_days, "days": rules.conversion_days, "tested": report.numbers.count(report.findings.get("tested") or 0),
    }
    told = [(words(f"report.methods.{name}.title"), say(f"report.methods.{name}.text", **values)) for name in METHODS]
    metrics = [m for m in dict.fromkeys(report.values["metric"]) if words.has(f"metrics.{m}.meaning")]
    rows = [(report.title(m), words(f"metrics.{m}.meaning")) for m in metrics]
    caption = words("report.methods.dictionary", count=len(rows))
    head = [words("report.column.metric"), words("report.column.meaning")]
    return framed(report, "methods", terms(told, class_="prose"), details(caption, table(caption, head, rows)) if rows else None)
