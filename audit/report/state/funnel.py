"""The funnel by stages and the share of won deals by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.charts.bars import Bar, funnel
from audit.report.figure import figure
from audit.report.frame import Part, facts, short, shown_of
from audit.report.markup import el, table
from audit.report.state.lines import monthly_figure
from audit.schema.results import TOO_FEW

if TYPE_CHECKING:
    from audit.report.report import Report, Value

PIPELINES = 3
KNOWN = "stage_conversion"  # by the present stage alone shares are lower bounds: no stage is called the narrowest


def funnels(report: Report) -> Part | None:
    """A funnel a pipeline, the largest first: how many reached a stage and what share went on."""
    for metric in (KNOWN, "stage_conversion_current"):
        pipelines = _pipelines(report, metric)
        if pipelines:
            break
    else:
        return None
    drawn = [_figure(report, metric, name, rows) for name, rows in list(pipelines.items())[:PIPELINES]]
    largest = next(iter(pipelines.values()))
    weak = _weakest(largest) if metric == KNOWN else None
    title = report.say("report.funnel.title_plain")
    if weak is not None:
        stage = largest[weak]
        title = report.say("report.funnel.title", stage=short(stage.group, 40), share=report.numbers.value("share", stage.value, stage.low, stage.high))
    note = shown_of(report, len(drawn), len(pipelines))
    told = el("p", report.say(f"report.funnel.note_{metric}"), class_="note")
    return Part(title, drawn[0], (*drawn[1:], el("p", note, class_="note") if note else None, told))


def _pipelines(report: Report, metric: str) -> dict[str, list[Value]]:
    """Pipeline → its stages in order; one nameless pipeline when there is only one."""
    rows = report.rows(metric, "stage")
    if rows:
        return {"": rows} if len(rows) >= 2 else {}
    found: dict[str, list[Value]] = {}
    for row in report.rows(metric, "pipeline×stage"):
        pipeline, _, stage = row.group.partition(" × ")
        found.setdefault(pipeline, []).append(row._replace(group=stage))
    whole = {name: stages for name, stages in found.items() if len(stages) >= 2}
    return dict(sorted(whole.items(), key=lambda pair: -pair[1][0].n))


def _weakest(rows: list[Value]) -> int | None:
    """Index of the stage from which the smallest share goes on, among those measured well enough."""
    known = [i for i, row in enumerate(rows) if row.status != TOO_FEW and row.n >= 30]
    return min(known, key=lambda i: rows[i].value) if known else None


def _figure(report: Report, metric: str, pipeline: str, rows: list[Value]) -> Markup:
    numbers, weak = report.numbers, _weakest(rows) if metric == KNOWN else None
    goes_on = "report.funnel.goes_on" if metric == KNOWN else "report.funnel.goes_on_least"
    bars = [
        Bar(row.group, row.n, numbers.count(row.n), strong=weak is not None and i == weak,
            between=report.words(goes_on, share=numbers.value("share", row.value, row.low, row.high)) if i + 1 < len(rows) else "")
        for i, row in enumerate(rows)
    ]
    caption = report.say("report.funnel.figure_of", pipeline=pipeline) if pipeline else report.say("report.funnel.figure")
    head = [report.words(f"report.column.{name}") for name in ("stage", "reached", "goes_on", "interval")]
    body = [
        (row.group, numbers.count(row.n), numbers.value("share", row.value, row.low, row.high), numbers.interval("share", row.low, row.high) or "–")
        for row in rows
    ]
    alt = report.say.plain("report.funnel.alt", first=rows[0].group, reached=numbers.count(rows[0].n), last=rows[-1].group, final=numbers.count(rows[-1].n))
    return figure(
        funnel(bars, report.theme), title=caption, unit=report.words("report.funnel.unit"), alt=alt,
        numbers=table(caption, head, body, numeric=(1, 2, 3)), folded=report.words("report.folded.numbers"),
    )


def winning(report: Report) -> Part | None:
    """The share of won among closed deals."""
    rate = report.one("win_rate")
    if rate is None:
        return None
    title = report.say("report.winning.title", rate=report.numbers.value("share", rate.value, rate.low, rate.high))
    return Part(title, monthly_figure(report, "win_rate", "share"), (facts(report, ("win_rate", "win_rate_cohort", "win_rate_value")),))
