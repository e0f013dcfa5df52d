"""The glossary: words of the report, each with one meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from audit.report.block import Block
from audit.report.frame import framed
from audit.report.markup import terms

if TYPE_CHECKING:
    from audit.report.report import Report

TERMS = ("zone", "lead", "deal", "stage", "win_rate", "conversion", "cohort", "cycle", "check", "leak", "plan_line", "norm", "benchmark",
         "attainable", "interval", "q_value", "shrunk", "tactical", "strategic", "receivables", "dso", "quarantine")


def glossary(report: Report) -> Block:
    """Terms in the order of the language's alphabet."""
    pairs = [(report.words(f"report.term.{name}.name"), report.say(f"report.term.{name}.text")) for name in TERMS]
    return framed(report, "glossary", terms(sorted(pairs, key=lambda pair: str(pair[0]).casefold()), class_="glossary"))
