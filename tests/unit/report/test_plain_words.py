"""What a report says must not mislead a reader: terms, lower bounds, parts of a seller's deals, lacking data in words."""

import json
import re

import fixtures
import pandas as pd
import pytest

from audit.metrics import METRICS
from audit.metrics.count.finish import NOTHING
from audit.metrics.facts import FACTS
from audit.report import Report
from audit.report.facts import lacking
from audit.words import LANGUAGES
from audit.workspace import Workspace


def text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def workspace_with(folder, frame: pd.DataFrame, findings: dict | None = None) -> Workspace:
    workspace = Workspace.create(folder / "client", "name: Пример\ncurrency: RUB\nlanguage: en\nrules: {conversion_days: 45}\n")
    report = workspace.report_dir(fixtures.AS_OF)
    report.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(report / "values.parquet")
    (report / "findings.json").write_text(json.dumps({"schema": 1, "findings": [], **(findings or {})}), "utf-8")
    return workspace


def row(metric: str, value: float, n: int, by: str = "", group: str = "", **more) -> dict:
    start, end = pd.Timestamp(2025, 1, 1).date(), pd.Timestamp(2026, 11, 1).date()
    return {"metric": metric, "period": "all", "period_start": start, "period_end": end, "basis": "cohort", "by": by, "group": group, "value": value,
            "low": value - 0.01, "high": value + 0.01, "n": n, "status": "ok", **more}


def values(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows).reindex(columns=fixtures.values().columns)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_need_is_told_in_words(plain, lang):
    report = Report.open(plain, lang=lang)
    needs = {one for metric in METRICS for need in metric.needs for one in ([need] if need in FACTS else need.split("|"))}
    told = {need: lacking(report, need) for need in needs if "." in need or need in FACTS}
    told |= {one: lacking(report, one) for one in {NOTHING, *(metric.empty for metric in METRICS)} - {""}}
    assert {need: said for need, said in told.items() if re.search(r"[a-z]_[a-z]|\w\.\w|=", said) or not said} == {}
    assert {need for need, said in told.items() if lang != "en" and re.search("[a-z]{3}", said)} == set()


def test_needs_of_one_table_stand_together(plain):
    assert lacking(Report.open(plain, lang="en"), "leads.created_at, leads.semantic = lost, deals.amount_base, norms") == \
        "leads (date of creation, lost ones); deals (amount); norms"


def test_conversion_of_leads_names_its_term(tmp_path):
    workspace = workspace_with(tmp_path, values(row("lead_conversion", 0.068, 8000), row("lead_conversion_ever", 0.105, 8000)))
    report = Report.open(workspace, lang="en")
    assert "of leads become deals within 45 days" in text(report.section("summary").html)
    assert "become deals within 45 days" in text(report.section("state").html)
    ever = Report.open(workspace_with(tmp_path / "other", values(row("lead_conversion_ever", 0.105, 8000))), lang="en")
    assert "within 45" not in text(ever.section("state").html)
    assert "of leads became deals" in text(ever.section("summary").html)


def test_present_stages_alone_name_no_narrow_place(tmp_path):
    rows = [row(metric, share, 600, "stage", stage) for metric in ("stage_conversion_current",) for stage, share in (("New", 0.32), ("Offer", 0.98))]
    said = text(Report.open(workspace_with(tmp_path / "a", values(*rows)), lang="en").section("state").html)
    assert "narrowest" not in said
    assert "lower bound" in said
    history = [{**one, "metric": "stage_conversion"} for one in rows]
    assert "narrowest place of the funnel is “New”" in text(Report.open(workspace_with(tmp_path / "b", values(*history)), lang="en").section("state").html)


ZONE = {"id": "z1", "metric": "win_rate", "unit": "share", "slice": {"owner": "Ann", "region": "North"}, "n": 103, "value": 0.136, "benchmark": 0.323,
        "gap": -0.047, "low": -0.233, "high": -0.01, "gap_unshrunk": -0.186, "q_value": 0.005, "gain_per_month": 27000.0, "gain_low": 1000.0, "gain_high": 96000.0}
SELLERS = values(*(row("win_rate", 0.3, 200, "owner", name) for name in ("Ann", "Bob", "Cid")))


def test_a_seller_who_falls_short_in_a_part_is_not_cleared(tmp_path):
    said = text(Report.open(workspace_with(tmp_path, SELLERS, {"findings": [ZONE], "tested": 50}), lang="en").section("people").html)
    assert "Seller Ann × region “North”: win rate 14% against 32%, zone 1" in said
    assert "2 sellers do not provably differ" in said
    without = text(Report.open(workspace_with(tmp_path / "none", SELLERS, {"tested": 50}), lang="en").section("people").html)
    assert "Nobody works provably worse than the others." in without
    assert "3 sellers do not provably differ" in without


def test_the_shortfall_seen_stands_beside_the_one_reckoned_with(tmp_path):
    said = text(Report.open(workspace_with(tmp_path, SELLERS, {"findings": [ZONE], "tested": 50}), lang="en").section("zones").html)
    assert re.search(r"The shortfall seen is −1\d.*; with the exaggeration by chance taken off, −5", said)
    same = {**ZONE, "gap_unshrunk": ZONE["gap"]}
    assert "exaggeration by chance" not in text(Report.open(workspace_with(tmp_path / "b", SELLERS, {"findings": [same], "tested": 50}), lang="en").section("zones").html)


def test_one_zone_is_not_told_as_many(tmp_path):
    found = {"findings": [ZONE], "tested": 50, "total_gain_per_month": {"value": 27000.0, "low": 1000.0, "high": 96000.0}}
    said = text(Report.open(workspace_with(tmp_path, SELLERS, found), lang="en").section("zones").html)
    assert "It is worth" in said
    assert "Together" not in said


def test_heading_and_curve_of_the_cycle_tell_one_number(tmp_path):
    curve = [row("cycle_incidence", share, 500, "day", str(day)) for day, share in ((0, 0.0), (10, 0.1), (24, 0.16), (60, 0.31))]
    frame = values(row("cycle_days", 23.1, 444), row("cycle_days_half", 24.2, 444), *curve)
    said = text(Report.open(workspace_with(tmp_path, frame), lang="en").section("state").html)
    assert "within 24 days" in said.replace("\u00a0", " ")


def test_a_provisional_figure_is_marked(tmp_path):
    rows = [row("revenue", 1000.0, 50), {**row("new_clients", 85.0, 85), "status": "provisional"}, row("won_deals", 50.0, 50)]
    said = text(Report.open(workspace_with(tmp_path, values(*rows)), lang="en").section("state").html)
    assert re.search(r"New clients 85 [^A-Z]*preliminary", said)
    assert said.count("preliminary") == 1


def test_conversations_and_deals_are_not_counted_as_further_actions(tmp_path):
    counts = {"call_out": 1245, "call_in": 1240, "conversation": 1280, "deal": 366}
    rows = [row("activity_count", 2485.0, 2485), *(row("activity_count", float(n), n, "kind", kind) for kind, n in counts.items())]
    html = Report.open(workspace_with(tmp_path, values(*rows)), lang="en").section("state").html
    said = text(html)
    assert "2,485 actions with clients are recorded" in said
    assert "Of the calls 1,280 are conversations" in said
    assert "366" not in said


def test_figures_of_the_plan_to_date_are_of_one_period(tmp_path):
    months = [(9, 123.0, 300.0), (10, 96.0, 300.0)]

    def plan(metric, value, month=None):
        start = pd.Timestamp(2026, month, 1).date() if month else pd.Timestamp(2025, 1, 1).date()
        return {**row(metric, value, 0), "period": "month" if month else "all", "period_start": start, "low": None, "high": None}

    rows = [plan(metric, value, month) for month, fact, target in months for metric, value in (
        ("plan_target", target), ("plan_fact", fact), ("plan_to_date", fact / target), ("plan_line_gap", fact - target), ("plan_days_behind", 14.9))]
    rows += [plan("plan_to_date", 0.393), {**plan("plan_line_gap", -204.0), "period_start": pd.Timestamp(2026, 10, 1).date()}, plan("plan_days_behind", 14.9)]
    said = text(Report.open(workspace_with(tmp_path, values(*rows)), lang="en").section("state").html)
    assert "To date, October 2026:" in said
    assert re.search(r"Attainment to date 32(\.0)?%", said)
    assert "39.3%" not in said


def test_notes_of_two_sections_are_not_called_alike(tmp_path):
    workspace = workspace_with(tmp_path, SELLERS, {"tested": 50})
    for name in ("zones", "people"):
        (workspace.root / "notes").mkdir(exist_ok=True)
        (workspace.root / "notes" / f"{name}.md").write_text("A remark.", "utf-8")
    report = Report.open(workspace, lang="en")
    labels = [re.search(r'<aside[^>]*aria-label="([^"]+)"', str(report.section(name).html)) for name in ("zones", "people")]
    assert [label and label[1].rpartition(": ")[2] for label in labels] == ["Growth zones", "People"]
