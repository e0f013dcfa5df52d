"""Conversion and the quality of talks: who is to work on what first, where reviews are weak, which calls to listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.frame import with_interval
from audit.report.markup import el, join
from audit.report.numbers import good
from audit.report.standup.parts import Column, Row, framed, listed, of_call, unknown

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp

SURE = 0.10  # q up to which a difference is told as one


def skill(report: StandUp) -> Block:
    """Verdicts, burnt requests, weak blocks of the checklist, calls to listen to."""
    return framed(report, "skill", el("h3", report.words("standup.skill.conversion")), unknown(report, "gate_verdicts", "traffic_burn"), _verdicts(report), _burn(report),
                  el("h3", report.words("standup.skill.quality")), unknown(report, "quality_gaps", "listening"), _gaps(report), _listening(report), lead=report.say("standup.skill.lead"))


def verdict(report: StandUp, row: Row) -> str:
    """What a seller is to work on first, with why."""
    told = {"attainment": report.words.share(row["attainment"], 0), "rate": report.words.share(row["win_rate"], 0), "stage": row["weak_stage"] or "–",
            "check": report.words.share(abs(row["check_gap"]), 0) if good(row["check_gap"]) else "–", "speed": report.words.share(abs(row["speed_gap"]), 0) if good(row["speed_gap"]) else "–"}
    key = "skill_stage" if row["verdict"] == "skill" and row["weak_stage"] and good(row["weak_stage_q"]) and row["weak_stage_q"] <= SURE else row["verdict"]
    return report.words(f"standup.verdict.{key}", **told)


def _verdicts(report: StandUp) -> Markup | None:
    """Sellers with something to work on; the others in a line."""
    rows = [row for row in report.rows("gate_verdicts") if row["owner"] in report.people]
    well = [row["owner"] for row in rows if row["verdict"] == "norm"]
    columns = [Column("owner", lambda row: row["owner"]), Column("first", lambda row: report.words(f"metrics.level.verdict.{row['verdict']}")),
               Column("why", lambda row: verdict(report, row))]
    shown = listed(report, report.words("standup.skill.verdicts"), [row for row in rows if row["verdict"] != "norm"], columns, first=40)
    return join([shown, el("p", report.words("standup.skill.well", owners=", ".join(well)), class_="note") if well else None])


def _burn(report: StandUp) -> Markup | None:
    """Sellers whose conversion of the same requests is surely below the colleagues'."""
    if not report.has("traffic_burn"):
        return None
    rows = [row for row in report.rows("traffic_burn") if good(row["q"]) and row["q"] <= SURE and row["owner"] in report.people]
    if not rows:
        return el("p", report.words("standup.skill.no_burn"))
    columns = [Column("owner", lambda row: row["owner"]), Column("leads", lambda row: report.numbers.count(row["leads"]), True), Column("converted", lambda row: report.numbers.count(row["converted"]), True),
               Column("expected_leads", lambda row: report.numbers.count(row["expected"]), True), Column("burned", lambda row: report.numbers.count(row["burned_leads"]), True),
               Column("worth", lambda row: report.money(row["burned_money"]), True)]
    return listed(report, report.words("standup.skill.burn"), rows, columns)


def weakest(report: StandUp, owner: str) -> Row | None:
    """The block of the checklist in which a seller's reviews are surely below the colleagues'."""
    return next((row for row in report.rows("quality_gaps") if row["owner"] == owner and row["q_value"] <= SURE), None)


def gap_of(report: StandUp, row: Row) -> Markup:
    """A difference of scores with its interval."""
    return with_interval(report.numbers.value("count", round(row["gap"])), report.numbers.interval("count", round(row["low"]), round(row["high"])))


def _gaps(report: StandUp) -> Markup | None:
    """Weak blocks that can be told from chance; how many others are below without that."""
    if not report.has("quality_gaps"):
        return None
    rows = [row for row in report.rows("quality_gaps") if row["owner"] in report.people]
    sure = [row for row in rows if row["q_value"] <= SURE]
    columns = [Column("owner", lambda row: row["owner"]), Column("block", lambda row: row["block"]), Column("reviews", lambda row: report.numbers.count(row["reviews"]), True),
               Column("score", lambda row: report.numbers.count(row["score"]), True), Column("others", lambda row: report.numbers.count(row["others"]), True),
               Column("gap_points", lambda row: gap_of(report, row), True)]
    more = len(rows) - len(sure)
    note = el("p", report.say("standup.skill.unsure", n=more, more=report.numbers.count(more)), class_="note") if more else None
    return join([listed(report, report.words("standup.skill.blocks"), sure, columns) or el("p", report.words("standup.skill.no_blocks")), note])


def _listening(report: StandUp) -> Markup | None:
    rows = report.rows("listening")
    if not rows:
        return el("p", report.words("standup.skill.no_calls")) if report.has("listening") else None
    columns = [Column("owner", lambda row: row["owner"]), Column("at", lambda row: f"{report.day(row['at'])}, {row['at'][11:16]}"), Column("minutes", lambda row: report.numbers.value("count", round(row["minutes"], 1)), True),
               Column("unit", lambda row: of_call(report, row))]
    return listed(report, report.words("standup.skill.listening"), rows, columns, first=20)
