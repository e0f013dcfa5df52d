"""The tables kept by hand load to the truths of TRUTH.md: each figure is counted again from what intake wrote."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import audit
from audit.metrics import measure
from audit.samples import SAMPLE, control, hand, knowledge, offers, outlook, reviews, sample_files, staff
from audit.samples.sheet import between, later
from audit.share import share
from audit.starter import start_demo
from audit.workspace import read_json


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    place = start_demo(tmp_path_factory.mktemp("hand") / "client")
    audit.intake(place)
    return place


@pytest.fixture(scope="module")
def read(workspace):
    found = {}

    def table(name: str) -> pd.DataFrame:
        if name not in found:
            found[name] = pd.read_parquet(workspace.table_paths()[name])
        return found[name]

    return table


@pytest.fixture(scope="module")
def told():
    """Fact as the page of truths says it: text of its row → what came out."""
    page = (share("data_samples") / "TRUTH.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| (.*?) \| (.*?) \|$", page.split("## Files")[0].split("own tables hold")[1], re.M)
    return {name: found for name, _, found in rows}


def said(told: dict[str, str], words: str) -> list[float]:
    """Numbers of the fact whose row has these words."""
    (found,) = [text for name, text in told.items() if words in name]
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", found)]


def test_no_table_of_the_sample_is_missing(workspace):
    assert set(hand.CSV) < set(SAMPLE.files)
    assert set(workspace.table_paths()) >= {
        "absences", "calendar", "competences", "contacts", "control_log", "deal_products", "deal_snapshots", "dev_items", "deviations", "forecasts",
        "growth_actions", "invoices", "kb_items", "meetings", "norms", "proposals", "qa_reviews", "spend", "surveys", "technique_tags",
    }


def test_only_recordings_of_calls_have_no_partner(workspace):
    joins = read_json(workspace.intake_report)["joins"]
    assert {(one["file"], one["to"]) for one in joins} == {("qa_calls_1.xlsx", "activities.activity_id"), ("qa_calls_2.xlsx", "activities.activity_id")}


def test_leavers_are_people_too(read, told):
    users = read("users")
    left = users[users["left_at"].astype("str") > "2025-10-31"]
    assert len(users) == 1 + 12 + len(staff.FORMER)
    assert len(left) == said(told, "exits of the last twelve months")[0]
    assert left["leave_kind"].value_counts().to_dict() == {"initiated": 2, "voluntary": 1}
    assert users.loc[users["is_manager"].fillna(False), "user_id"].tolist() == ["Эталонова Софья"]
    assert users.set_index("user_id").loc["Шаблонова Ирина", "fte"] == 0.75


def test_days_away(read, told):
    days = read("absences")["kind"].value_counts()
    assert [days["болезнь"], days["отпуск"]] == said(told, "days away")


def test_development_and_competences(read, told):
    items, levels = read("dev_items"), read("competences")
    due = items[pd.to_datetime(items["due_on"]) <= pd.Timestamp(SAMPLE.as_of)]
    timely = (pd.to_datetime(due["done_at"]) <= pd.to_datetime(due["due_on"])).sum()
    assert [timely, len(due)] == said(told, "items done by their day")[:2]
    table = levels.pivot_table(index=["user_id", "competence_id"], columns=levels["assessed_at"].astype("str"), values="level").dropna()
    gain = (table.iloc[:, 1] - table.iloc[:, 0]).rename("gain").reset_index()
    done = items[(pd.to_datetime(items["planned_at"]) == pd.Timestamp(2026, 4, 20)) & (pd.to_datetime(items["done_at"]) < pd.Timestamp(staff.ASSESSED[1]))]
    finished = pd.MultiIndex.from_frame(gain[["user_id", "competence_id"]]).isin(pd.MultiIndex.from_frame(done[["user_id", "competence_id"]]))
    own, others = gain.loc[finished, "gain"].mean(), gain.loc[~finished, "gain"].mean()
    assert [own, others] == pytest.approx(said(told, "change of level")[:2], abs=0.006)
    assert own - others > 0.5


def test_pulse_and_spot_checks(read, told):
    answers = read("surveys")
    pulse = answers[answers["question_id"] == "eNPS"]
    score = pulse.groupby("asked_at")["value"].agg(lambda marks: 100 * ((marks >= 9).mean() - (marks <= 6).mean()))
    assert pulse["user_id"].isna().all()
    assert score.round().tolist() == said(told, "eNPS by quarter")
    knows = answers[answers["question_id"] == "Знает остаток до плана"].groupby("asked_at")["value"].mean()
    assert (100 * knows).round(1).tolist() == said(told, "what is left to the plan")


@pytest.fixture(scope="module")
def scored(read):
    """One row a review of a call: its score over the items that applied."""
    items = read("qa_reviews").query("object == 'call'")
    items = items[~items["is_na"].fillna(False) & items["score"].notna()]
    weight = items["weight"].fillna(1)
    items = items.assign(got=items["score"] * weight, best=items["max_score"] * weight)
    sums = items.groupby("review_id")[["got", "best"]].sum()
    return items.drop_duplicates("review_id").set_index("review_id").assign(total=100 * sums["got"] / sums["best"])


def test_scores_of_calls(read, scored, told):
    first = scored[scored["reviewer_id"] == reviews.FIRST].groupby("sampling")["total"].agg(["mean", "size"])
    fact = said(told, "mean score")
    assert [*first.loc[["random", "targeted"], "mean"], *first.loc[["random", "targeted"], "size"]] == pytest.approx(fact, abs=0.06)
    assert scored["checklist_version"].nunique() == 2
    calls = read("qa_reviews").query("object == 'call'")
    assert set(calls["block"]) == set(staff.SKILLS)
    assert scored.groupby("checklist_version")["reviewed_at"].min()["2.0"] >= pd.Timestamp(reviews.NEW_LIST)


def test_agreement_of_reviewers(scored, told):
    table = scored.pivot_table(index="object_id", columns="reviewer_id", values="total").dropna()
    values = table.to_numpy()
    n, k = values.shape
    whole, rows, judges = values.mean(), values.mean(axis=1), values.mean(axis=0)
    between_rows, between_judges = k * ((rows - whole) ** 2).sum() / (n - 1), n * ((judges - whole) ** 2).sum() / (k - 1)
    rest = ((values - rows[:, None] - judges[None, :] + whole) ** 2).sum() / ((n - 1) * (k - 1))
    agreed = (between_rows - rest) / (between_rows + (k - 1) * rest + k * (between_judges - rest) / n)
    assert [round(agreed, 2), n, scored["object_id"].nunique()] == said(told, "ICC(2,1)")[:3]
    assert n / scored["object_id"].nunique() >= 0.10
    assert 0.6 < agreed < 0.95


def test_micro_trainings(told):
    works, idle = (said(told, f"micro-training of the block “{block}”")[0] for block in (staff.TALKS, staff.CONTACT))
    assert works >= 10
    assert abs(idle) <= 8
    assert works - idle >= 8


def test_questions_about_deals(read, told):
    items = read("qa_reviews").query("object == 'deal'")
    rated = items[~items["is_na"].fillna(False)]
    assert [round(100 * rated["score"].sum() / rated["max_score"].sum(), 1), items["object_id"].nunique()] == said(told, "reviewed deals")
    assert set(items["object_id"]) <= set(read("deals")["deal_id"])


def test_standups(read, told):
    meetings = read("meetings")
    planned = meetings[meetings["kind"] == "standup"]
    held = planned[planned["held_at"].notna()]
    assert [len(held), len(planned)] == said(told, "stand-ups held")[:2]
    assert (held["brief_ready_at"] <= held["held_at"]).sum() == said(told, "brief ready")[0]
    covered = held["agenda_json"].map(lambda text: sum(json.loads(text).values()) / len(control.AGENDA))
    assert round(100 * covered.mean(), 1) == said(told, "points of the agenda")[0]
    calls = meetings[meetings["kind"] == "rollcall"]
    assert [calls["held_at"].notna().sum(), len(calls)] == said(told, "roll-calls held")[:2]


def test_deviations(read, told):
    found, items = read("deviations"), read("dev_items")
    began, noticed = pd.to_datetime(found["breach_start_on"]).dt.date, found["detected_at"].dt.date
    wait = pd.Series([between(a, b) for a, b in zip(began, noticed, strict=True)])
    daily = pd.Series([day >= control.DAILY for day in began])
    assert [wait[~daily].median(), wait[daily].median(), (~daily).sum(), daily.sum()] == said(told, "before the daily stand-ups")
    assert set(found["meeting_id"].dropna()) <= set(read("meetings").loc[read("meetings")["held_at"].notna(), "meeting_id"])
    solved = found["resolved_on"].notna()
    days = [between(a, b) for a, b in zip(noticed[solved], pd.to_datetime(found.loc[solved, "resolved_on"]).dt.date, strict=True)]
    assert [np.median(days), (~solved).sum()] == said(told, "from notice to repair")
    assert (items["kind"] == "micro").sum() == said(told, "deviations of skill")[0] + sum(len(names) for _, names in staff.TRAINED.values())


def test_minutes_of_control(read, told):
    log = read("control_log")
    day = pd.to_datetime(log["date"])
    old = day < pd.Timestamp(control.AUTOMATED)
    each = [log.loc[side, "minutes"].sum() / n for side, n in ((old, 45 - 1), (~old, 44))]
    assert each == pytest.approx(said(told, "minutes a working day"), abs=3)
    assert each[0] > 1.3 * each[1]


def test_proposals(read, told):
    sent = read("proposals")
    day, when = sent["sent_at"].dt.date, sent["reaction_at"].dt.date
    limit = pd.Series([later(one, 5) for one in day])
    ripe = limit <= SAMPLE.as_of
    soon = sent["reaction_at"].notna() & (when.where(sent["reaction_at"].notna(), SAMPLE.as_of) <= limit)
    whole = soon[ripe].groupby(sent["template_version"]).agg(["mean", "size"])
    fact = said(told, "reaction within five working days")
    assert [round(100 * whole.loc[offers.OLD, "mean"], 1), whole.loc[offers.OLD, "size"], round(100 * whole.loc[offers.NEW, "mean"], 1), whole.loc[offers.NEW, "size"]] == fact
    trial = ripe & (day >= offers.TRIAL) & (day < offers.ROLLED_OUT)
    lot = soon[trial].groupby(sent["template_version"]).mean()
    assert lot[offers.NEW] - lot[offers.OLD] > 0.08


def test_invoices_lead_to_payments(read, told):
    issued, paid = read("invoices"), read("payments")
    assert [len(issued), issued["amount"].sum()] == pytest.approx(said(told, "invoices; roubles"))
    assert set(paid["invoice_id"]) <= set(issued["invoice_id"])
    joined = paid.merge(issued, on="invoice_id", suffixes=("", "_i"))
    assert (joined["deal_id"] == joined["deal_id_i"]).all()
    assert (pd.to_datetime(joined["received_on"]) >= pd.to_datetime(joined["issued_on"])).all()
    open_sum = issued["amount"].sum() - paid["amount"].sum()
    assert open_sum == pytest.approx(read("receivables")["amount"].sum(), abs=0.05)


def test_discounts(read, told):
    lines = read("deal_products")
    lines = lines[lines["list_price"].notna() & (lines["product"] != "Доставка")].merge(read("deals")[["deal_id", "owner_id"]], on="deal_id")
    cut = {mine: 100 * (1 - (group["price"] * group["quantity"]).sum() / (group["list_price"] * group["quantity"]).sum())
           for mine, group in lines.groupby(lines["owner_id"] == offers.GENEROUS)}
    assert [round(cut[True], 1), round(cut[False], 1)] == said(told, "discount from the list price")


def test_contacts(read, told):
    people = read("contacts")
    known = people.groupby("client_id")["is_decision_maker"].any()
    assert [known.sum(), len(known)] == said(told, "decision maker")[:2]
    phones = people["phone"].dropna()
    assert phones.duplicated(keep=False).sum() == said(told, "a phone that two have")[0]
    assert set(people["client_id"]) <= set(read("clients")["client_id"])


def test_companies(read, told, workspace):
    clients = read("clients")
    owned = clients[clients["owner_id"].notna()]
    assert [len(owned), clients["created_at"].notna().sum()] == said(told, "seller who is still there")[:2]
    assert set(owned["owner_id"]) <= set(read("users").query("left_at.isna()")["user_id"])
    values = measure(workspace, ["base_coverage", "cycle_client_won"], client=workspace.client)
    assert values.get("base_coverage")["n"] == len(owned)
    assert 30 < values.get("cycle_client_won")["value"] < 45


def test_techniques(read, told):
    tags, deals = read("technique_tags"), read("deals").set_index("deal_id")
    tags = tags.assign(won=(tags["deal_id"].map(deals["semantic"]) == "won").astype(float), used=tags["confidence"] > 0)
    assert set(tags["kb_id"]) <= set(read("kb_items")["kb_id"])
    for technique, words in ((knowledge.WORKS, "It works"), (knowledge.IDLE, "it does nothing by itself")):
        own = tags[tags["kb_id"] == technique]
        raw = own.groupby("used")["won"].mean().diff().iloc[-1]
        sums, weights = 0.0, 0.0
        for _, group in own.groupby("user_id"):
            n = group["used"].value_counts()
            if len(n) == 2:
                weight = n[True] * n[False] / n.sum()
                sums, weights = sums + weight * group.groupby("used")["won"].mean().diff().iloc[-1], weights + weight
        assert [100 * raw, 100 * sums / weights, own["used"].sum(), len(own)] == pytest.approx(said(told, words), abs=0.051)
    works, idle = (said(told, words)[1] for words in ("It works", "it does nothing by itself"))
    assert works > 15 > 3 > abs(idle)


def test_forecasts(read, told):
    made, deals = read("forecasts"), read("deals")
    won = deals[deals["semantic"] == "won"]
    fact = won["amount_base"].groupby(won["won_at"].dt.to_period("M")).sum()
    head = made[made["kind"] == "head"]
    head = head.assign(fact=pd.to_datetime(head["period_start"]).dt.to_period("M").map(fact))
    tenth = head["made_at"].dt.day >= 10
    bias = [100 * (side["value"].sum() / side["fact"].sum() - 1) for side in (head[~tenth], head[tenth])]
    assert bias == pytest.approx(said(told, "bias of the head")[:2], abs=0.06)
    assert set(made["kind"]) == {"head", "commit"}


def test_states_of_the_funnel(read, told):
    states = read("deal_snapshots")
    plans = states.groupby("deal_id")["expected_close_on"].agg(["nunique", "size"])
    many = plans[plans["size"] > 1]
    assert [(many["nunique"] > 1).sum(), len(many)] == said(told, "planned close moved")[:2]
    assert set(states["semantic"]) == {"open"}
    assert set(states["stage_id"]) <= set(read("stages")["stage_id"])


def test_agreed_changes(read, told):
    done = read("growth_actions")
    agreed = done[done["agreed_at"].notna()]
    assert [len(agreed), len(done), agreed["start_on"].notna().sum(), len(agreed), agreed["done_on"].notna().sum(), len(agreed)] == said(told, "started and done")
    assert done["effort"].notna().all()
    assert set(done["horizon"]) == {"tactical", "strategic"}


def test_spend(read, told):
    spent = read("spend")
    assert spent["amount"].sum() == said(told, "roubles in all")[0]
    assert set(spent["source"]) == set(outlook.COSTS)


def test_files_by_hand_have_streams_of_their_own():
    """Another seed changes them; the workbook of norms has no chance in it."""
    one, two = sample_files(seed=7), sample_files(seed=7)
    assert one == two
    mine = sample_files()
    changed = {name for name in SAMPLE.files if one[name] != mine[name]}
    assert {"norms.xlsx", "calendar.csv", "hr.xlsx", "growth_actions.xlsx"}.isdisjoint(changed)
    assert {"qa_calls_2.xlsx", "proposals.xlsx", "technique_uses.xlsx", "deviations.xlsx", "surveys.xlsx", "spend.xlsx"} <= changed
