"""Reviews by checklist, competences and agreement of reviewers, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import listed, measure

QA = crm("""
users
  user_id name team hired_at
  ann     Ann  T1   2025-01-01
  bob     Bob  T1   2026-03-09
qa_reviews
  review_id reviewed_at      reviewer_id object object_id user_id sampling checklist_version item_id block   score max_score weight is_critical is_na
  r1        2026-03-02T10:00 head        call   c1        ann     random   1                 hello   contact 1     1         1      no          no
  r1        2026-03-02T10:00 head        call   c1        ann     random   1                 asked   needs   3     5         1      no          no
  r1        2026-03-02T10:00 head        call   c1        ann     random   1                 doubt   objects 0     5         1      no          yes
  r1        2026-03-02T10:00 head        call   c1        ann     random   1                 next    step    1     1         2      no          no
  r2        2026-03-03T10:00 lead        call   c1        ann     random   1                 hello   contact 1     1         1      no          no
  r2        2026-03-03T10:00 lead        call   c1        ann     random   1                 asked   needs   4     5         1      no          no
  r2        2026-03-03T10:00 lead        call   c1        ann     random   1                 next    step    0     1         2      no          no
  r3        2026-03-10T10:00 head        call   c2        bob     random   1                 hello   contact 0     1         1      yes         no
  r3        2026-03-10T10:00 head        call   c2        bob     random   1                 asked   needs   5     5         1      no          no
  r4        2026-03-11T10:00 head        call   c3        bob     targeted 1                 asked   needs   1     5         1      no          no
  r5        2026-04-20T10:00 head        call   c4        bob     random   1                 asked   needs   5     5         1      no          no
  r6        2026-03-12T10:00 head        deal   d1        ann     random   1                 stage   -       1     1         1      no          no
  r6        2026-03-12T10:00 head        deal   d1        ann     random   1                 dated   -       0     1         1      no          no
  r7        2026-03-12T10:00 head        deal   d2        bob     random   1                 stage   -       1     1         1      no          no
deals
  deal_id owner_id semantic created_at closed_at  amount next_activity_at last_activity_at expected_close_on
  d1      ann      open     2026-03-01 -          100    2026-04-05       2026-03-30       2026-04-10
  d2      bob      lost     2026-03-01 2026-03-05 -      -                -                -
  d3      bob      open     2026-03-01 -          -      2026-03-05       2026-03-02       2026-03-20
activities
  activity_id kind     owner_id entity entity_id done_at          is_answered is_auto
  c1          call_out ann      deal   d1        2026-03-02T09:00 yes         no
  c2          call_out bob      deal   d3        2026-03-10T09:00 yes         no
  c3          call_in  bob      deal   d3        2026-03-11T09:00 yes         no
  c9          call_out bob      deal   d3        2026-03-16T09:00 no          no
  c10         call_out ann      deal   d1        2026-03-16T09:00 yes         no
""")


def test_score_leaves_out_what_did_not_apply_and_weighs_the_rest():
    # r1: (1 + 3 + 2×1) / (1 + 5 + 2) = 75; r2: (1 + 4 + 0) / 8 = 62.5; the call c1 is one call
    assert value(QA, "qa_score", "owner", "Ann") == pytest.approx((75 + 62.5) / 2)


def test_a_failed_critical_item_caps_the_score():
    assert value(QA, "qa_score", "owner", "Bob") == 0
    assert value(QA, "qa_score", "owner", "Bob", critical_fail_cap=50) == 50
    assert value(QA, "qa_score", "owner", "Bob", critical_fail_cap=100) == pytest.approx(500 / 6, rel=1e-5)
    assert value(QA, "qa_critical_fails") == 0.5


def test_items_on_the_script():
    rows = QA["qa_reviews"]
    # by blocks: Ann's call c1 is asked by two reviewers and kept of "needs" by none, "step" by one of two; Bob's c2 has full points for "needs"
    script = QA | {"qa_reviews": rows.assign(block=rows["block"].replace({"needs": "Скрипт: вопросы", "step": "Script: next step"}))}
    assert value(script, "script_kept", "owner", "Ann") == 0
    assert value(script, "script_kept", "owner", "Bob") == 1
    assert value(script, "script_kept") == 0.5
    # by items where no block is called so: both greeted, c2 not
    named = QA | {"qa_reviews": rows.assign(item_id=rows["item_id"].replace({"hello": "приветствие по скрипту", "asked": "script asked"}))}
    assert value(named, "script_kept", "owner", "Ann") == 0.5
    assert value(named, "script_kept", "owner", "Bob") == 0.5
    lacks = measure(QA, ["script_kept", "qa_score"], as_of="2026-03-31", client=client()).get("script_kept")
    assert lacks["status"] == "not_measurable: lacks qa_reviews about the script"


def test_reviews_for_a_cause_are_shown_apart_and_later_ones_have_not_happened():
    assert row(QA, "qa_score")["n"] == 2  # c1 and c2; c3 was targeted, c4 is of April, d1 and d2 are deals
    assert value(QA, "qa_targeted_score") == 20
    assert row(QA, "qa_score", as_of="2026-04-30")["n"] == 3


def test_blocks():
    assert value(QA, "qa_block_score", "block", "needs") == pytest.approx((70 + 100) / 2)
    assert value(QA, "qa_block_score", "owner×block", "Ann × step") == 50
    assert measure(QA, "qa_block_score", as_of="2026-03-31").get("qa_block_score", "block", "objects") is None


def test_nothing_random_is_lacking_and_no_zero():
    aimed = QA | {"qa_reviews": QA["qa_reviews"].assign(sampling="targeted")}
    found = measure(aimed, ["qa_score", "qa_targeted_score"], as_of="2026-03-31")
    assert found.lacking().to_dict("records") == [{"metric": "qa_score", "lacks": "qa_reviews.sampling=random"}]
    assert found.get("qa_targeted_score")["n"] == 3
    with pytest.raises(NothingMeasurableError):
        measure({"users": QA["users"]}, "M54", as_of="2026-03-31")


def test_coverage_of_calls_and_weeks():
    # answered calls c1, c2, c3, c10; reviewed c1, c2, c3
    assert value(QA, "qa_coverage") == pytest.approx(3 / 4)
    assert value(QA, "qa_coverage", "owner", "Bob") == 1
    # complete weeks with something to hear: Ann 2 and 16 March, Bob 9 March (he came on that day), whole weeks only up to 29 March
    found = row(QA, "qa_seller_weeks", reviews_per_week=1)
    assert (found["value"], found["n"]) == (pytest.approx(2 / 3), 3)
    assert value(QA, "qa_seller_weeks") == 0
    assert value(QA, "qa_seller_weeks", "owner", "Bob", reviews_per_week=1) == 1


def test_precision_is_half_an_interval():
    found = row(QA | {"qa_reviews": QA["qa_reviews"].assign(is_critical=False)}, "qa_precision")
    mean = row(QA | {"qa_reviews": QA["qa_reviews"].assign(is_critical=False)}, "qa_score")
    assert found["n"] == mean["n"] == 2
    assert found["value"] > 0


CONTROL = crm("""
control_log
  user_id date       kind           minutes
  head    2026-03-02 call_listening 15
  head    2026-03-03 call_listening 0
  head    2026-03-04 base_revision  25
  head    2026-03-11 call_listening 10
  head    2026-03-18 call_listening 10
  lead    2026-03-18 call_listening 10
  head    2026-03-20 base_revision  30
  head    2026-04-20 base_revision  30
""")


def test_days_of_listening_and_weeks_of_revision():
    found = row(CONTROL, "listening_days", as_of="2026-03-22")
    assert (found["value"], found["n"]) == (pytest.approx(3 / 15), 15)
    found = row(CONTROL, "revision_weeks", as_of="2026-03-22")
    assert (found["value"], found["n"]) == (pytest.approx(2 / 3), 3)


def test_deals_judged_and_seen_by_records():
    assert value(QA, "deal_quality") == 75
    assert value(QA, "deal_quality_item", "item", "dated") == 0
    assert value(QA, "deal_quality_item", "owner×item", "Bob × stage") == 100
    assert value(QA, "deal_reviews_after_outcome") == 0.5  # d2 was lost a week before
    # d1 passes all: five flags of a leak and the amount; d3 has an owner at work, and nothing else
    assert value(QA, "deal_quality_records") == pytest.approx(7 / 12)
    assert value(QA, "deal_quality_records", "owner", "Ann") == 1
    assert value(QA, "deal_quality_records", "owner", "Bob") == pytest.approx(1 / 6)
    assert value(QA, "deal_quality_part", "part", "leads_on") == pytest.approx(6 / 10)
    assert value(QA, "deal_quality_part", "part", "fields") == pytest.approx(1 / 2)
    parts = set(measure(QA, "deal_quality_part", as_of="2026-03-31").rows("deal_quality_part", "part")["group"])
    assert parts == {"leads_on", "fields"}  # without stages nobody knows who is stuck, nor what was proven


def test_a_placeholder_fills_no_field():
    named = QA | {"deals": QA["deals"].assign(source=["web", "web", "не указано"])}
    assert value(named, "deal_quality_part", "part", "fields") == pytest.approx(2 / 4)  # d1 both, d3 neither


def test_a_blind_second_look_at_closed_leads():
    looked = crm("""
qa_reviews
  review_id reviewed_at      reviewer_id object object_id user_id sampling item_id score max_score
  r1        2026-03-02T10:00 head        lead   l1        ann     random   worth   1     1
  r2        2026-03-02T10:00 head        lead   l2        ann     random   worth   0     1
  r3        2026-03-02T10:00 head        lead   l3        bob     random   worth   2     5
  r4        2026-03-02T10:00 head        lead   l4        bob     targeted worth   5     5
  r5        2026-04-02T10:00 head        lead   l5        bob     random   worth   5     5
  r6        2026-03-02T10:00 head        call   c5        bob     random   worth   5     5
""")
    found = row(looked, "recheck_valid_share")
    assert (found["sum_num"], found["sum_den"]) == (1, 3)
    assert value(looked, "recheck_valid_share", "owner", "ann") == 0.5
    assert value(looked, "qa_score") == 100  # a lead looked at again is no call


def test_the_sample_for_it_hides_who_and_why():
    at = pd.Timestamp("2026-03-01") + pd.to_timedelta(range(40), unit="h")
    leads = pd.DataFrame({"lead_id": [f"l{i}" for i in range(40)], "owner_id": "ann", "semantic": ["lost", "junk"] * 20, "created_at": at,
                          "closed_at": at + pd.Timedelta(days=1), "loss_reason": "rude"})
    old = leads.assign(lead_id="old" + leads["lead_id"], closed_at=pd.Timestamp("2025-11-01"))
    world = {"leads": pd.concat([leads, old], ignore_index=True)}
    drawn = listed(world, "recheck_sample", as_of="2026-03-31", client=client(recheck_units=12))
    assert list(drawn.columns) == ["lead_id", "created_at", "closed_at", "source", "channel"]
    assert len(set(drawn["lead_id"])) == 12 and not drawn["lead_id"].str.startswith("old").any()
    again = listed({"leads": world["leads"][::-1]}, "recheck_sample", as_of="2026-03-15", client=client(recheck_units=12))
    assert again["lead_id"].tolist() == drawn["lead_id"].tolist()  # the same all through the month, whatever the order of rows


def reviews(*scores: tuple[str, str, str, float]) -> dict:
    lines = [f"  r{i} 2026-03-0{1 + i % 9}T10:00 {who} call {call} {seller} random 1 a b {points} 100 1" for i, (who, call, seller, points) in enumerate(scores)]
    return crm("\n".join(["qa_reviews", "  review_id reviewed_at reviewer_id object object_id user_id sampling checklist_version item_id block score max_score weight",
                          *lines]))


def test_severity_of_reviewers_is_told_from_sellers():
    # Ann 80, Bob 60; the strict one takes off 10; each hears both sellers, but Ann more often by the strict one
    known = {"ann": 80, "bob": 60}
    heard = [("strict", "ann"), ("strict", "ann"), ("mild", "ann"), ("strict", "bob"), ("mild", "bob"), ("mild", "bob")]
    noise = [1, -1, 0, 0, 1, -1]
    made = reviews(*((who, f"c{i}", seller, known[seller] - 10 * (who == "strict") + noise[i]) for i, (who, seller) in enumerate(heard)))
    gap = value(made, "reviewer_severity", "reviewer", "mild") - value(made, "reviewer_severity", "reviewer", "strict")
    assert gap == pytest.approx(10)
    sellers = value(made, "qa_score_adjusted", "owner", "ann") - value(made, "qa_score_adjusted", "owner", "bob")
    assert sellers == pytest.approx(20)
    assert value(made, "qa_score", "owner", "ann") - value(made, "qa_score", "owner", "bob") == pytest.approx(20 - 10 / 3, rel=1e-4)
    own = reviews(("h1", "c1", "ann", 70), ("h1", "c2", "ann", 80), ("h2", "c3", "bob", 50), ("h2", "c4", "bob", 60))
    assert row(own, "reviewer_severity")["n"] == 0  # each has a reviewer of his own: nobody can tell


def test_agreement_of_the_published_table():
    # Shrout & Fleiss (1979): six things, four judges
    table = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    made = reviews(*((f"j{j}", f"c{i}", "ann", points) for i, line in enumerate(table) for j, points in enumerate(line)))
    assert value(made, "reviewer_icc") == pytest.approx(0.29, abs=0.005)
    assert value(made, "double_scored_share") == 1
    assert value(QA, "double_scored_share") == pytest.approx(1 / 5)  # c1 of c1, c2, c3 and d1, d2
    alone = reviews(("h1", "c1", "ann", 70), ("h1", "c2", "ann", 80))
    with pytest.raises(NothingMeasurableError) as told:
        value(alone, "reviewer_icc")
    assert "qa_reviews of two reviewers" in str(told.value)
    same = reviews(("h1", "c1", "ann", 70), ("h2", "c1", "ann", 70), ("h1", "c2", "ann", 80), ("h2", "c2", "ann", 80))
    assert value(same, "reviewer_alpha") == 1
    assert value(same, "reviewer_alpha", "item", "a") == 1


CALLS = crm("""
users
  user_id name
  ann     Ann
stages
  pipeline_id stage_id name ord semantic
  p           n        new  1   open
  p           m        mid  2   open
  p           w        won  3   won
  p           l        lost 4   lost
deals
  deal_id owner_id pipeline_id semantic created_at closed_at
  d1      ann      p           open     2026-01-01 -
  d2      ann      p           lost     2026-01-01 2026-01-20
  d3      ann      p           won      2026-01-01 2026-01-20
  d4      ann      p           open     2026-01-01 -
stage_history
  entity entity_id to_stage entered_at
  deal   d1        n        2026-01-01
  deal   d1        m        2026-01-15
  deal   d2        n        2026-01-01
  deal   d2        l        2026-01-20
  deal   d3        n        2026-01-01
  deal   d4        n        2026-01-01
  deal   d4        m        2026-03-01
activities
  activity_id kind     owner_id entity entity_id done_at    is_answered
  c1          call_out ann      deal   d1        2026-01-10 yes
  c2          call_out ann      deal   d2        2026-01-10 yes
  c3          call_out ann      deal   d3        2026-01-10 yes
  c4          call_out ann      deal   d4        2026-01-10 yes
  c5          call_out ann      deal   d4        2026-03-25 yes
""") | {"qa_reviews": reviews(("h", "c1", "ann", 90), ("h", "c2", "ann", 40), ("h", "c3", "ann", 80), ("h", "c4", "ann", 50), ("h", "c5", "ann", 99))["qa_reviews"]}


def test_scores_are_held_against_the_next_step():
    # moved on within 14 days: d1 and the won d3; lost is no step, d4 came too late, the call of 25 March is too young
    found = row(CALLS, "qa_outcome_link", as_of="2026-03-31")
    assert found["n"] == 4
    assert found["value"] == pytest.approx(0.9701, abs=1e-4)  # r of (90, 40, 80, 50) with (1, 0, 1, 0)


SKILLS = crm("""
users
  user_id name team left_at
  ann     Ann  T1   -
  bob     Bob  T1   -
  cid     Cid  T1   2026-02-01
competences
  user_id competence_id assessed_at level level_max assessor_id
  ann     asks          2025-10-01  2     5         h
  ann     asks          2026-03-01  4     5         h
  ann     asks          2026-03-10  3     5         k
  ann     closes        2026-03-01  5     5         h
  bob     asks          2026-03-01  2     5         h
  bob     closes        2026-03-01  3     5         h
  cid     asks          2025-10-01  5     5         h
  ann     asks          2026-05-01  1     5         h
""")


def test_levels_of_those_at_work_by_their_latest_round():
    assert value(SKILLS, "competence_level", "owner×competence", "Ann × asks") == 70  # 4 and 3 of 5 by two assessors of one round
    assert value(SKILLS, "competence_level") == pytest.approx((70 + 100 + 40 + 60) / 4)
    assert row(SKILLS, "competence_level", as_of="2026-01-31")["n"] == 2  # Ann and Cid in October
    assert value(SKILLS, "competence_change") == 30
    assert row(SKILLS, "competence_change")["n"] == 1


def test_ranking_names_tiers():
    frame = listed(SKILLS, "competence_ranking", "2026-03-31")
    assert frame["owner"].tolist() == ["Ann", "Bob"]
    assert frame["tier"].tolist() == [1, 1]  # two competences cannot tell them apart
    assert frame["level"].tolist() == [85, 50]
    assert value(SKILLS, "competence_tier") == 1
    assert value(SKILLS, "competence_tier", "owner", "Bob") == 1
    assert 50 < value(SKILLS, "competence_shrunk", "owner", "Bob") < value(SKILLS, "competence_shrunk", "owner", "Ann") < 85


def test_people_and_a_model_agree():
    # of c1 two people say 70 and 80, of c2 50 and of c3 90; the model says 75, 50 and 90 too
    told = reviews(("h1", "c1", "ann", 70), ("h2", "c1", "ann", 80), ("model", "c1", "ann", 75), ("h1", "c2", "ann", 50), ("model", "c2", "ann", 50),
                   ("h1", "c3", "ann", 90), ("model", "c3", "ann", 90), ("model", "c4", "ann", 10), ("h1", "c5", "ann", 20))
    # alpha of (75, 75), (50, 50), (90, 90): full agreement; were the model 50 below at c3, by hand 1 − 5·2·50² ÷ (2·(Σ over pairs of all six values))
    assert value(told, "reviewer_model_alpha") == 1
    apart = reviews(("h1", "c1", "ann", 80), ("model", "c1", "ann", 80), ("h1", "c2", "ann", 50), ("model", "c2", "ann", 50), ("h1", "c3", "ann", 90), ("model", "c3", "ann", 40))
    marks = [80, 80, 50, 50, 90, 40]
    pairs = sum((a - b) ** 2 for a in marks for b in marks)  # every ordered pair of the six
    assert value(apart, "reviewer_model_alpha") == pytest.approx(1 - 5 * 2 * 50**2 / pairs)
    assert row(apart, "reviewer_model_alpha", "item", "a")["n"] == 3
    found = row(told, "reviewer_model_icc")
    assert (found["value"], found["n"]) == (pytest.approx(1), 3)
    robot = reviews(("h1", "c1", "ann", 70), ("r7", "c1", "ann", 60), ("h1", "c2", "ann", 50), ("r7", "c2", "ann", 60))
    robot["users"] = pd.DataFrame({"user_id": ["ann", "h1", "r7"], "name": ["Ann", "Head", "Ear"], "is_system": [False, False, True]})
    assert row(robot, "reviewer_model_icc")["n"] == 2
    with pytest.raises(NothingMeasurableError):
        value(robot, "reviewer_icc")  # a person and a model are not two people
    with pytest.raises(NothingMeasurableError):
        value(reviews(("h1", "c1", "ann", 70), ("h2", "c1", "ann", 80)), "reviewer_model_icc")


def test_a_new_version_of_the_checklist_is_bridged():
    one = reviews(("h1", "c1", "ann", 70), ("h1", "c2", "ann", 50), ("h1", "c3", "ann", 90))["qa_reviews"].assign(checklist_version="1")
    two = reviews(("h1", "c1", "ann", 60), ("h1", "c2", "ann", 45), ("h1", "c9", "ann", 10))["qa_reviews"].assign(checklist_version="2")
    two = two.assign(review_id=two["review_id"] + "b", reviewed_at=two["reviewed_at"] + pd.Timedelta(days=1))
    both = {"qa_reviews": pd.concat([one, two], ignore_index=True)}
    found = row(both, "qa_version_shift")
    assert (found["value"], found["n"]) == (pytest.approx((-10 - 5) / 2), 2)
    assert value(both, "qa_version_shift", "version", "2") == pytest.approx(-7.5)
    with pytest.raises(NothingMeasurableError):
        value({"qa_reviews": one}, "qa_version_shift")
