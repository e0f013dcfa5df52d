"""Traceability: every statement of the mission, whether it is measured here, and what is lacking if not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.metrics import statements as all_statements
from audit.report.block import Block
from audit.report.facts import lacking
from audit.report.frame import framed
from audit.report.markup import details, el, join, table
from audit.schema.results import NOT_MEASURABLE

if TYPE_CHECKING:
    import pandas as pd

    from audit.metrics.statements import Statement
    from audit.report.report import Report

MOST = 3  # metrics told beside a statement
KINDS = ("measured", "not_measurable", "procedure", "not_here")


def statements(report: Report) -> Block:
    """Counts by status, then the statements by source, folded."""
    from audit.metrics import Values, trace
    from audit.metrics.statements import ZONES

    traced = trace(Values(report.values, report.as_of), [ZONES] if report.findings.get("tested") else ())
    split = _split(report)
    kinds = [_kind(str(status)) for status in traced["status"]]
    counts = Counter(kinds)
    said = [(report.words(f"report.statements.{kind}"), report.numbers.count(counts[kind])) for kind in KINDS if counts[kind]]
    summary = table(report.words("report.statements.counts"), [report.words("report.column.status"), report.words("report.column.statements")], said, numeric=(1,), class_="narrow")
    return framed(report, "statements", summary, el("p", report.say("report.statements.figures"), class_="note"),
                  *[_source(report, name, part, split) for name, part in _by_source(traced)],
                  lead=report.say("report.statements.lead", n=len(traced), count=report.numbers.count(len(traced))))


def _by_source(traced: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    sources = traced["statement"].astype(str).str.split("-").str[0]
    return [(name, traced[sources == name]) for name in dict.fromkeys(sources)]


def _source(report: Report, name: str, part: pd.DataFrame, split: set[str]) -> Markup:
    head = [report.words(f"report.column.{column}") for column in ("number", "statement", "status")]
    known = {one.id: one for one in all_statements()}
    rows = []
    for row in part.itertuples():
        rows.append((str(row.statement), _quote(report, name, row), _status(report, str(row.status), _answers(report, known[str(row.statement)], split))))
    key = f"report.statements.source.{name}"
    title = report.words(key) if report.words.has(key) else name
    counted = sum(_kind(str(status)) == "measured" for status in part["status"])
    caption = report.words("report.statements.part", title=title, measured=counted, count=len(part))
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


def _status(report: Report, status: str, by: list[Markup | str]) -> Markup:
    """The status, and `by` what it is measured or what is lacking."""
    kind = _kind(status)
    mark = el("span", report.words(f"report.statements.{kind}"), class_=f"status {kind}")
    if kind == "measured":
        rest = [report.words("report.statements.more", count=len(by) - MOST)] if len(by) > MOST else []
        return join([mark, ": " if by else None, join([*by[:MOST], *rest], "; ")])
    lacks = lacking(report, status.partition("lacks ")[2])
    return join([mark, f": {lacks}" if lacks else None])


def _answers(report: Report, one: Statement, split: set[str]) -> list[Markup | str]:
    """Card by card the first measured metric that answers a statement with the value of the whole, or its name where only parts have values;
    growth zones lead to their section."""
    from audit.metrics import BY_ID
    from audit.metrics.statements import ASSUMED, ZONES

    said = list[Markup | str]()
    for card in one.cards:
        if card == ZONES:
            said.append(el("a", report.words("report.zones.heading"), href="#zones"))
            continue
        known = [metric for metric in one.by if BY_ID[metric].card == card and metric in split and metric not in ASSUMED]
        whole = next(((metric, value) for metric in known if (value := report.one(metric))), None)
        if whole:
            metric, value = whole
            said.append(f"{report.title(metric)} {report.numbers.value(report.unit(metric), value.value, value.low, value.high)}")
        elif known:
            said.append(report.title(known[0]))
    return said


def _split(report: Report) -> set[str]:
    """Metrics that have values, at least of parts."""
    return set(report.values.loc[report.values["value"].notna() & ~report.values["status"].str.startswith(NOT_MEASURABLE), "metric"])
