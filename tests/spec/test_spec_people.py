"""Surveys, development, newcomers, leavers and productivity, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import listed, measure


def answers(survey: str, day: str, question: str, marks: list[float], people: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"survey_id": survey, "asked_at": pd.Timestamp(day), "user_id": people or [None] * len(marks), "question_id": question, "value": marks})


STAFF = crm("""
users
  user_id name team hired_at   left_at
  a       A    T1   2020-01-01 -
  b       B    T1   2020-01-01 -
  c       C    T1   2020-01-01 -
  d       D    T1   2020-01-01 -
  e       E    T1   2020-01-01 -
  f       F    T2   2020-01-01 -
  g       G    T2   2020-01-01 2026-01-31
""")


def test_enps_of_enough_people():
    tables = STAFF | {"surveys": pd.concat([answers("s1", "2026-02-10", "eNPS", [10, 9, 9, 7, 6, 3]), answers("s2", "2026-03-10", "eNPS", [10, 0, 0, 0]),
                                            answers("s1", "2026-02-10", "Знает план", [1, 1])])}
    assert value(tables, "enps") == pytest.approx(100 * (3 - 2) / 6)  # the second wave has four answers: nothing of it is told
    values = measure(tables, "M59", as_of="2026-03-31", period="month")
    assert values.rows("enps", period="month")["n"].tolist() == [6]
    # six of six people on staff answered in February, four of six in March
    assert value(tables, "survey_response") == pytest.approx(10 / 12)


def test_no_team_can_be_had_by_subtraction():
    who = ["a", "b", "c", "d", "e", "f"]
    small = STAFF | {"surveys": answers("s1", "2026-02-10", "eNPS", [10, 10, 10, 10, 10, 0], who)}
    frame = measure(small, "enps", by="team", as_of="2026-03-31").frame
    assert set(frame["group"]) == {""}  # T1 of five would tell what the one of T2 said
    alone = STAFF | {"surveys": answers("s1", "2026-02-10", "eNPS", [10, 10, 10, 10, 0], who[:5])}
    assert value(alone, "enps", "team", "T1") == 60
    few = STAFF | {"surveys": answers("s1", "2026-02-10", "eNPS", [10, 10, 10, 10])}
    found = row(few, "enps")
    assert (np.isnan(found["value"]), found["n"]) == (True, 0)


def test_one_person_answers_once_and_a_pulse_is_a_mean_of_people():
    twice = STAFF | {"surveys": pd.concat([answers("Пульс", "2026-02-10", "q1", [5, 4, 4, 4, 3], list("abcde")),
                                           answers("Пульс", "2026-02-10", "q2", [1, 2, 2, 2, 3], list("abcde")),
                                           answers("Пульс", "2026-02-10", "q2", [1, 2, 2, 2, 3], list("abcde"))])}
    assert value(twice, "pulse") == 3
    assert row(twice, "pulse")["n"] == 5
    assert value(twice, "pulse", "question", "q1") == 4
    with pytest.raises(NothingMeasurableError):
        value(twice, "enps")


def test_days_away():
    tables = STAFF | {"absences": pd.DataFrame({"user_id": ["a", "a", "g", "a"], "date": pd.to_datetime(["2026-01-29", "2026-01-30", "2026-02-02", "2026-05-01"])})}
    # working days from 29 January to 3 February: 29, 30, 2, 3; six stay for four of them, g for two
    assert value(tables, "absence_share", as_of="2026-02-03") == pytest.approx(2 / (6 * 4 + 2))
    assert value(tables, "absence_share", "owner", "A", as_of="2026-02-03") == 0.5


PLAN = STAFF | crm("""
dev_items
  item_id user_id competence_id kind     planned_at due_on     done_at    evidence
  i1      a       asks          training 2026-01-10 2026-02-01 2026-01-31 sheet
  i2      b       asks          training 2026-01-10 2026-02-01 2026-02-05 -
  i3      c       asks          self     2026-01-10 2026-02-01 -          -
  i4      a       closes        self     2026-01-10 2026-05-01 -          -
  i5      d       asks          training 2026-01-10 2026-03-01 2026-04-09 sheet
competences
  user_id competence_id assessed_at level level_max
  a       asks          2026-01-01  2     5
  a       asks          2026-03-01  4     5
  b       asks          2026-01-01  2     5
  b       asks          2026-03-01  3     5
  c       asks          2026-01-01  2     5
  c       asks          2026-03-01  2     5
  d       asks          2026-01-01  3     5
  d       asks          2026-03-01  4     5
""")


def test_items_done_by_their_day():
    found = row(PLAN, "dev_on_time")
    assert (found["value"], found["n"]) == (0.25, 4)  # i4 is not due; i5, done in April, is late in March
    assert value(PLAN, "dev_on_time", "kind", "training") == pytest.approx(1 / 3)
    assert value(PLAN, "dev_evidence") == 0.5


def test_gain_of_those_who_finished():
    # done: a +40, b +20; not done by the end of March: c 0, d +20
    assert value(PLAN, "dev_gain") == pytest.approx(30 - 10)


def trained(change: float, others: float) -> dict:
    """Five sellers with ten random reviews of two blocks in the four weeks before 1 March 2026 and in weeks three and four after it."""
    rows = []
    for place, user in enumerate("abcde"):
        for day, after in [*((f"2026-02-{2 + n:02d}", 0) for n in range(10)), *((f"2026-03-{16 + n:02d}", 1) for n in range(10))]:
            for block in ("asks", "talks"):
                noise = [-1, 1, -1, 1, 0][(int(day[-2:]) + place) % 5]
                points = 50 + 5 * place + noise + (others * after) + (change * after if user == "a" and block == "asks" else 0)
                rows.append({"review_id": f"{user}{day}", "reviewed_at": pd.Timestamp(day), "reviewer_id": "h", "object": "call", "object_id": f"{user}{day}",
                             "user_id": user, "sampling": "random", "item_id": block, "block": block, "score": float(points), "max_score": 100.0})
    return STAFF | {"qa_reviews": pd.DataFrame(rows)} | crm("""
dev_items
  item_id user_id competence_id kind  planned_at due_on     done_at
  i1      a       asks          micro 2026-03-01 2026-03-01 2026-03-01
  i2      f       asks          micro 2026-03-01 2026-03-01 2026-03-20
  i3      b       asks          micro 2026-03-01 2026-03-01 2026-04-09
deviations
  dev_id scope scope_id detected_at
  x1     user  a        2026-02-19
  x2     user  f        2026-03-19
  x3     user  b        2026-03-11
""")


def test_what_a_micro_training_changes():
    tables = trained(10, 3)
    assert value(tables, "micro_effect_raw") == pytest.approx(10, abs=1e-4)  # three points came to all blocks of all
    assert value(tables, "micro_effect") == pytest.approx(10, abs=0.5)  # the noise of reviews is small, so little is drawn back
    assert value(tables, "micro_effect_raw", "block", "asks") == pytest.approx(10, abs=1e-4)
    # February is before the first; March: two of six sellers on staff
    found = row(tables, "micro_per_month")
    assert (found["value"], found["n"]) == (pytest.approx(2 / 6), 6)
    assert value(tables, "micro_delay_days") == 10  # 10 and 1 days; the third waits for 20 days so far: half by day 10


RAMP = crm("""
users
  user_id name hired_at   left_at    is_manager
  old1    O    2020-01-01 -          no
  old2    P    2020-01-01 -          no
  new1    N    2025-02-10 -          no
  new2    M    2025-03-01 2025-06-30 no
  new3    K    2025-05-31 -          no
  boss    B    2025-02-01 -          yes
""")
WON = {  # deals won from January to June 2025
    "old1": [2, 2, 2, 2, 2, 2], "old2": [4, 2, 2, 2, 2, 2], "new1": [0, 0, 2, 1, 2, 2], "new2": [0, 0, 1, 2, 1, 1], "new3": [0, 0, 0, 0, 0, 3]}


def with_deals(tables: dict, won: dict[str, list[float]], first: str = "2025-01-01", amount: bool = False) -> dict:
    """Every number as so many deals (or as the amount of one deal) won in the middle of its month."""
    rows = []
    for user, numbers in won.items():
        for month, number in zip(pd.date_range(first, periods=len(numbers), freq="MS"), numbers, strict=True):
            rows += [(user, month, number)] if amount else [(user, month, 1.0)] * int(number)
    frame = pd.DataFrame(rows, columns=["owner_id", "created_at", "amount"])
    return tables | {"deals": frame.assign(deal_id=[f"d{i}" for i in range(len(frame))], semantic="won", closed_at=frame["created_at"] + pd.Timedelta(days=14))}


def test_months_to_the_result_of_the_tenured():
    tables = with_deals(RAMP, WON)
    # 80 % of the median 2 is 1.6: new1 reaches it in May and June, three months after February; new2 leaves without a run and is watched for runs
    # that begin up to May (two months after March); new3, hired in May, has one run to begin (in May) and no more
    found = row(tables, "ramp_months", as_of="2025-06-30")
    assert found["n"] == 3
    assert found["value"] == 3  # of three one is left to watch at three months, and he comes up
    assert row(tables, "ramp_months", as_of="2025-05-31")["n"] == 2  # new3 has one complete month
    assert value(tables, "ramp_curve", "tenure", "00", as_of="2025-06-30") == pytest.approx(0.5 / 3)
    assert value(tables, "ramp_curve", "tenure", "01", as_of="2025-06-30") == pytest.approx((2 / 2 + 2 / 2 + 3 / 2) / 3)
    # first deal: new1 15 March (33 days), new2 15 March (14), new3 15 June (15)
    assert value(tables, "first_deal_days", as_of="2025-06-30") == 15
    assert value(tables, "first_deal_days", "milestone", "deal", as_of="2025-06-30") == 15


LEAVE = crm("""
users
  user_id name team hired_at   left_at    leave_kind is_manager is_system
  a       A    T1   2024-01-01 -          -          no         no
  b       B    T1   2024-01-01 2025-07-01 voluntary  no         no
  c       C    T1   2025-01-01 2025-02-14 initiated  no         no
  d       D    T2   2025-11-01 2026-04-01 voluntary  no         no
  e       E    T2   2026-06-01 -          -          no         no
  m       M    T1   2024-01-01 2025-12-31 voluntary  yes        no
  r       R    T1   2024-01-01 2025-12-31 -          no         yes
""")


def test_turnover_of_twelve_months():
    # 1 April 2025 … 31 March 2026: a 365 days, b 92, d 151 (who leaves on 1 April is there); one exit
    years = (365 + 92 + 151) / 365  # the average headcount
    found = row(LEAVE, "turnover")
    assert found["value"] == pytest.approx(1 / years)
    assert (found["low"], found["high"]) == (pytest.approx(0.02532 / years, rel=1e-3), pytest.approx(5.5716 / years, rel=1e-3))
    assert value(LEAVE, "turnover_voluntary") == pytest.approx(1 / years)
    assert value(LEAVE, "turnover_initiated") == 0
    assert value(LEAVE, "turnover", "team", "T2") == 0


def test_turnover_of_a_quarter():
    # a 90, b 90, c 45 days; c left
    values = measure(LEAVE, ["turnover_initiated"], period="quarter", as_of="2026-03-31")
    first = values.rows("turnover_initiated", period="quarter").iloc[0]
    assert str(first["period_start"]) == "2025-01-01"
    assert first["value"] == pytest.approx(4 / ((90 + 90 + 45) / 90))


def test_staying_censors_those_still_at_work():
    # days at work: a 821, b 548 †, c 45 †, d 151, m 731 †; at 90 days one of five is gone
    found = row(LEAVE, "stay_90_days")
    assert (found["value"], found["n"]) == (pytest.approx(4 / 5), 5)
    assert value(LEAVE, "stay_12_months") == pytest.approx(4 / 5)
    assert row(LEAVE, "stay_90_days", as_of="2025-03-01")["n"] == 4
    with pytest.raises(NothingMeasurableError):
        value({"users": LEAVE["users"].drop(columns="left_at")}, "stay_90_days")


SIX = crm("""
users
  user_id name hired_at   left_at
  u1      U1   2020-01-01 2025-07-20
  u2      U2   2020-01-01 -
  u3      U3   2020-01-01 -
  u4      U4   2020-01-01 -
  u5      U5   2020-01-01 -
  u6      U6   2020-01-01 2025-10-10
""")
EARNED = {"u1": [1] * 7 + [0] * 5, "u2": [2] * 12, "u3": [3] * 6 + [4] * 6, "u4": [4] * 12, "u5": [5] * 6 + [7] * 6, "u6": [6] * 10 + [0] * 2}


def test_who_leaves_by_thirds():
    tables = with_deals(SIX, {who: [100.0 * x + m % 2 for m, x in enumerate(xs)] for who, xs in EARNED.items()}, amount=True)
    day = {"as_of": "2025-12-31"}
    # April to July six people, thirds of two; u1 leaves in July from the lowest; then five are too few for thirds
    assert row(tables, "exit_rate", "tercile", "low", **day)["n"] == 8
    assert value(tables, "exit_rate", "tercile", "low", **day) == pytest.approx(1 / (8 / 12))
    assert value(tables, "exit_rate", "tercile", "top", **day) == 0
    assert value(tables, "exit_rate", **day) == pytest.approx(1 / 2)
    assert value(tables, "regretted_losses", **day) == 0
    found = row(tables, "exit_ratio", **day)
    assert (found["value"], np.isnan(found["high"])) == (1.5 / 0.5, True)  # one against none, half an exit on both sides; no upper end
    early = {**EARNED, "u1": EARNED["u6"], "u6": EARNED["u1"]}
    worth = with_deals(SIX, {who: [100.0 * x + m % 2 for m, x in enumerate(xs)] for who, xs in early.items()}, amount=True)
    assert value(worth, "regretted_losses", **day) == 1


def test_lift_of_the_effective():
    stay = {"users": SIX["users"].assign(left_at=pd.NaT)}
    stay["users"].loc[0, "left_at"] = pd.Timestamp("2026-02-01")
    earned = {**EARNED, "u1": [1] * 12, "u6": [6] * 12}
    tables = with_deals(stay, {who: [100.0 * x + m % 2 for m, x in enumerate(xs)] for who, xs in earned.items()}, amount=True)
    # upper two thirds of the first half: u3 … u6 with 300, 400, 500, 600 and half a unit; then 400, 400, 700, 600
    assert value(tables, "effective_lift", as_of="2025-12-31") == pytest.approx((100 + 0 + 200 + 0) / 1802, abs=1e-4)


def test_lift_a_lead_takes_out_leads_that_were_taken_over():
    stay = {"users": SIX["users"].assign(left_at=pd.NaT)}
    earned = {**EARNED, "u1": [1] * 12, "u6": [6] * 12}
    tables = with_deals(stay, {who: [100.0 * x + m % 2 for m, x in enumerate(xs)] for who, xs in earned.items()}, amount=True)
    # leads a month: u3 one, then two; u4 two all the time; u5 one, then one; u6 one, then none from September on
    given = {"u3": [1] * 6 + [2] * 6, "u4": [2] * 12, "u5": [1] * 12, "u6": [1] * 8 + [0] * 4, "u2": [1] * 12}
    leads = [(who, pd.Timestamp(2025, month + 1, 5)) for who, ns in given.items() for month, n in enumerate(ns) for _ in range(n)]
    tables["leads"] = pd.DataFrame(leads, columns=["owner_id", "created_at"]).assign(lead_id=lambda t: "l" + t.index.astype(str))
    # a lead: u3 300, then 200; u4 200 and 200; u5 500, then 700; u6 was given too few, u2 was not of the upper thirds
    found = row(tables, "effective_lift_a_lead", as_of="2025-12-31")
    assert found["n"] == 3
    assert found["value"] == pytest.approx((-100 + 0 + 200) / 3 / (1000 / 3), abs=1e-3)


def test_portrait_of_the_productive():
    tables = with_deals(SIX, {who: [100.0 * x + m % 2 for m, x in enumerate(xs)] for who, xs in EARNED.items()}, amount=True)
    tables["competences"] = pd.DataFrame({"user_id": [f"u{n}" for n in range(1, 7)], "competence_id": "asks", "assessed_at": pd.Timestamp("2025-06-01"),
                                          "level": [1.0, 2, 1, 2, 5, 4], "level_max": 5.0})
    frame = listed(tables, "employee_portrait", "2025-12-31", client=None)
    one = frame.set_index("feature").loc["competence: asks"]
    # leavers included: u1 and u6 too; the top third are u5 and u6
    assert (one["n_top"], one["n_other"], one["top"], one["other"]) == (2, 4, 90, 30)
    pooled = np.sqrt((2 * 10**2 + 4 * 10**2) / 4)
    assert one["effect"] == pytest.approx(60 / pooled * (1 - 3 / 15))
    assert not one["holds"]  # with one of two left out nothing can be said
    assert value(tables, "portrait_features", as_of="2025-12-31") == 0
    assert value(tables, "portrait_features", "feature", "competence: asks", as_of="2025-12-31") == pytest.approx(one["effect"])


def test_what_the_variable_pay_is_for():
    paid = [{"metric": "revenue", "share": 0.5}, {"metric": "Margin", "share": 0.2}, {"metric": "calls", "share": 0.3}]
    assert value(STAFF, "pay_alignment", variable_pay=paid) == pytest.approx(0.7)
    assert value(STAFF, "pay_alignment", "pay", "calls", variable_pay=paid) == pytest.approx(0.3)
    with pytest.raises(NothingMeasurableError) as told:
        value(STAFF, "pay_alignment")
    assert "variable pay" in str(told.value)


def test_those_who_learn_of_their_own_choice():
    items = crm("""
dev_items
  item_id user_id kind     planned_at done_at
  i1      a       self     2026-02-01 2026-03-01
  i2      a       self     2026-02-01 2026-03-02
  i3      b       training 2026-02-01 2026-03-01
  i4      c       self     2025-11-01 2025-12-20
  i5      d       self     2026-02-01 2026-04-01
  i6      g       self     2026-01-01 2026-01-20
""")
    assert value(STAFF | items, "own_learning_share") == 1 / 6  # a; c long ago, d later, g has left
    assert value(STAFF | items, "own_learning_share", learning_days=120) == 2 / 6
    assert value(STAFF | items, "own_learning_share", "team", "T2") == 0


def test_those_above_their_norms():
    days = pd.bdate_range("2026-03-02", "2026-03-31") + pd.Timedelta(hours=10)
    calls = pd.concat([pd.DataFrame({"owner_id": who, "done_at": np.repeat(days, n)}) for who, n in (("a", 3), ("b", 2), ("c", 1), ("g", 4))], ignore_index=True)
    world = STAFF | {"activities": calls.assign(activity_id=[f"x{i}" for i in range(len(calls))], kind="call_out", created_at=calls["done_at"]),
                     "norms": pd.DataFrame({"metric": ["call_out"], "per": ["day"], "value": [2.0], "role": [None]})}
    assert value(world, "above_norm_share") == pytest.approx(1 / 3)  # a; b is on the norm, g has left, the others have no norm
