"""Traceability: every statement of the mission, whether it is measured here, and what is lacking if not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.block import Block
from audit.report.facts import lacking
from audit.report.frame import framed
from audit.report.markup import details, el, join, table

if TYPE_CHECKING:
    import pandas as pd

    from audit.report.report import Report

KINDS = ("measured", "not_measurable", "procedure", "not_here")


def statements(report: Report) -> Block:
    """Counts by status, then the statements by source, folded."""
    from audit.metrics import Values, trace

    traced = trace(Values(report.values, report.as_of))
    kinds = [_kind(str(status)) for status in traced["status"]]
    counts = Counter(kinds)
    said = [(report.words(f"report.statements.{kind}"), report.numbers.count(counts[kind])) for kind in KINDS if counts[kind]]
    summary = table(report.words("report.statements.counts"), [report.words("report.column.status"), report.words("report.column.statements")], said, numeric=(1,), class_="narrow")
    return framed(report, "statements", summary, *[_source(report, name, part) for name, part in _by_source(traced)],
                  lead=report.say("report.statements.lead", n=len(traced), count=report.numbers.count(len(traced))))


def _by_source(traced: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    sources = traced["statement"].astype(str).str.split("-").str[0]
    return [(name, traced[sources == name]) for name in dict.fromkeys(sources)]


def _source(report: Report, name: str, part: pd.DataFrame) -> Markup:
    head = [report.words(f"report.column.{column}") for column in ("number", "statement", "status")]
    rows = []
    for row in part.itertuples():
        rows.append((str(row.statement), _quote(report, name, row), _status(report, str(row.status))))
    key = f"report.statements.source.{name}"
    title = report.words(key) if report.words.has(key) else name
    measured = sum(_kind(str(status)) == "measured" for status in part["status"])
    caption = report.words("report.statements.part", title=title, measured=measured, count=len(part))
    return details(caption, table(caption, head, rows, class_="statements"))


def _quote(report: Report, source: str, row: Any) -> Markup | str:
    """The statement in the words of its source, marked when that is another language; an English report names it."""
    if report.lang == "en":
        return str(row.name)
    said = "bg" if source == "S3" else "ru"
    return str(row.text) if said == report.lang else el("span", str(row.text), lang=said)


def _kind(status: str) -> str:
    if status.startswith("measured"):
        return "measured"
    if status.startswith(("not_measurable", "not measurable")):
        return "not_measurable"
    return "procedure" if status.startswith("procedure") else "not_here"


def _status(report: Report, status: str) -> Markup:
    kind = _kind(status)
    lacks = lacking(report, status.partition("lacks ")[2])
    mark = el("span", report.words(f"report.statements.{kind}"), class_=f"status {kind}")
    return join([mark, f": {lacks}" if lacks else None])
