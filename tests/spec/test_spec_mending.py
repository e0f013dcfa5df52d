"""Deviations from their first day to their repair, counted by hand (2 March 2026 is a Monday)."""

import datetime as dt

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.engine import load
from audit.metrics import measure, trace
from audit.metrics.bases import Bases
from audit.metrics.rows.management import logs

AS_OF = "2026-03-31"
CRM = crm("""
users
  user_id name team
  1       Ann  T1
  2       Bob  T2
deviations
  dev_id metric scope scope_id breach_start_on detected_at      cause  action action_owner due_on     resolved_on
  v1     calls  user  1        2026-03-02      2026-03-02T10:00 market drill  1            2026-03-04 2026-03-04
  v2     calls  user  2        2026-03-02      2026-03-03T10:00 skills drill  1            2026-03-04 2026-03-09
  v3     check  user  2        2026-03-06      2026-03-10T10:00 skill  -      -            -          2026-03-26
  v4     check  user  1        2026-03-06      2026-03-16T10:00 Skill  -      -            -          -
  v5     calls  user  1        2026-03-09      2026-03-09T10:00 market drill  1            2026-03-30 2026-04-02
  v6     calls  user  2        2026-03-30      -                -      -      -            -          -
  v7     calls  user  1        2026-04-01      2026-04-01T10:00 skill  -      -            -          -
dev_items
  item_id user_id kind     planned_at due_on     done_at
  i1      2       training 2026-03-12 2026-03-20 -
  i2      1       training 2026-03-13 2026-03-20 2026-03-20
  i3      1       training 2026-04-02 2026-04-20 -
""")


def at(metric, by="", group="", **more):
    return value(CRM, metric, by, group, **({"as_of": AS_OF} | more))


def test_days_to_notice_keep_what_is_not_noticed_yet():
    # 0, 1, 2 (over a weekend), 6, 0 and one that waits for a day by now: alive 4/6 after 0, 3/6 after 1
    assert at("detect_days") == 1
    assert row(CRM, "detect_days", as_of=AS_OF)["n"] == 6
    assert at("detect_days", "owner", "Ann") == 0


def test_noticed_by_the_next_working_day():
    assert at("detected_within_day") == 3 / 6  # v6 has had Monday and Tuesday; v3 and v4 came late
    assert at("detected_within_day", as_of="2026-03-30") == 3 / 5


def test_a_meeting_or_a_task_may_tell_of_it_first():
    told = CRM | {"deviations": CRM["deviations"].assign(meeting_id=[None, "m1", "m1", "m2", None, "m3", None])} | crm("""
meetings
  meeting_id planned_on kind    held_at
  m1         2026-03-02 standup 2026-03-02T09:00
  m2         2026-03-10 standup 2026-03-10T09:00
  m3         2026-04-01 standup 2026-04-01T09:00
activities
  activity_id kind     owner_id created_at       comment
  t1          task     1        2026-03-01T10:00 drill
  t2          task     1        2026-03-02T18:00 Drill~
  t3          task     2        2026-03-09T10:00 drill
  t4          call_out 1        2026-03-09T10:00 drill
""")
    known = logs.deviations(Bases(load(told), dt.date(2026, 3, 31))).set_index("dev_id")["detected"]
    # v2 by the meeting and the task of its first day; v3 began after the meeting; v4 on 10 March instead of the 16th; the meeting of v6 is yet to come
    assert {name: one and one.day for name, one in known.items()} == {"v1": 2, "v2": 2, "v3": 10, "v4": 10, "v5": 9, "v6": None}
    # waits 0, 0, 2, 2, 0 working days and one that waits for a day by now
    assert value(told, "detect_days", as_of=AS_OF) == 0
    assert value(told, "detected_within_day", as_of=AS_OF) == 3 / 6
    late = told | {"meetings": told["meetings"].assign(held_at=pd.NaT)}
    known = logs.deviations(Bases(load(late), dt.date(2026, 3, 31))).set_index("dev_id")["detected"]
    assert (known["v2"].day, known["v4"].day) == (2, 16)  # by the task; the task of the 9th is another person's, the call no task


def test_days_to_fix_keep_what_is_not_fixed_yet():
    # 2, 4, 12; still open after 11 (v4) and 16 (v5, mended later): half are mended at 12 of 5, 4, 3 and 2 at risk
    assert at("fix_days") == 12
    assert row(CRM, "fix_days", as_of=AS_OF)["n"] == 5
    assert row(CRM, "fix_days", as_of=AS_OF)["sum_num"] == 3
    assert at("fix_days", "action", "acted") == 4
    assert at("fix_days", "action", "untouched") == 12


def test_share_fixed_within_terms():
    assert at("fixed_share", "term", "5") == pytest.approx(2 / 5)
    assert at("fixed_share", "term", "10") == pytest.approx(2 / 5)
    assert at("fixed_share") == pytest.approx(2 / 5)
    assert at("fixed_share", fix_days=12) == pytest.approx(1 - 3 / 5 * 1 / 2)
    terms = measure(CRM, "fixed_share", as_of=AS_OF).rows("fixed_share", "term")["group"]
    assert [*terms] == ["5", "10"]  # nobody was watched for twenty days


def test_a_deviation_that_comes_back():
    # v1 was mended on the 4th and back on the 9th, three working days later; v2 on the 9th and back on the 30th, fifteen later
    assert at("relapse_share", relapse_days=10) == 1 / 2  # v3 has not been watched for ten days
    assert at("relapse_share", relapse_days=15) == 1
    assert at("relapse_share", relapse_days=2) == 0


def test_a_month_of_repairs_is_final_when_their_time_is_over():
    log = [CRM["deviations"].assign(dev_id=CRM["deviations"]["dev_id"] + one, metric=CRM["deviations"]["metric"] + one) for one in "abcde"]
    many = CRM | {"deviations": pd.concat(log, ignore_index=True)}
    for metric, day, status in (("relapse_share", "2026-03-31", "provisional"), ("relapse_share", "2026-04-10", "ok"),  # ten working days after the 26th
                                ("escalated_to_training", "2026-03-31", "provisional"), ("escalated_to_training", "2026-04-03", "ok")):
        month = row(many, metric, period="month", start="2026-03-01", as_of=day, relapse_days=10)
        assert (month["n"], month["status"]) == (10 if status == "provisional" or metric == "escalated_to_training" else 15, status)


def test_the_clock_of_a_repair_starts_with_its_notice():
    late = crm("""
deviations
  dev_id metric scope scope_id breach_start_on detected_at      cause  action action_owner due_on     resolved_on
  v1     calls  user  1        2026-02-27      2026-03-02T10:00 market drill  1            2026-03-04 2026-03-04
""")
    frame = measure(late, ["fix_days", "fixed_share"], as_of=AS_OF, by=()).frame
    assert {str(day) for day in frame.loc[frame["period"] == "month", "period_start"]} == {"2026-03-01"}
    assert value(late, "fix_days", period="month", start="2026-03-01", as_of=AS_OF) == 2


def test_want_of_skill_that_stays_leads_to_training():
    # v3 (12 days, training on the third) and v4 (11 days so far; that of the 13th came before its notice)
    assert at("escalated_to_training") == 1 / 2
    assert at("escalated_to_training", "owner", "Bob") == 1
    assert at("escalation_days") == 2
    assert at("escalated_to_training", as_of="2026-04-07") == 1


def test_missing_columns_are_told():
    bare = CRM | {"deviations": CRM["deviations"].drop(columns=["breach_start_on", "cause"])}
    own = ["detect_days", "detected_within_day", "fix_days", "fixed_share", "relapse_share", "M48"]
    lacking = measure(bare, own, as_of=AS_OF).lacking().set_index("metric")["lacks"]
    assert lacking.to_dict() == {"detect_days": "deviations.breach_start_on", "detected_within_day": "deviations.breach_start_on",
                                 "escalated_to_training": "deviations.cause", "escalation_days": "deviations.cause"}


def test_before_there_is_a_log_half_the_interval_of_reports_stands_in_and_answers_nothing():
    deals = crm("""
deals
  deal_id semantic created_at closed_at
  d1      won      2026-01-05 2026-03-05
""")
    # 1 April 2025 to 31 March 2026, a country without holidays: 261 working days
    assert value(deals, "detect_days_by_reports", as_of="2026-03-31") == pytest.approx(261 / 12 / 2)
    assert value(deals, "detect_days_by_reports", as_of="2026-03-31", report_every="week") == pytest.approx(261 * 7 / 365 / 2)
    assert value(deals, "detect_days_by_reports", as_of="2026-03-31", report_every="day") == 0.5
    told = trace(measure(deals, as_of="2026-03-31", client=client())).set_index("statement")
    assert told.loc["S1-27", "status"].startswith("not measurable: lacks")


def test_a_task_tells_of_a_deviation_only_where_its_first_day_is_known():
    tables = crm("""
deviations
  dev_id metric scope scope_id detected_at      action action_owner due_on     resolved_on
  v1     calls  user  1        2026-03-16T10:00 drill  9            2026-03-20 2026-03-18
activities
  activity_id kind owner_id created_at       comment
  t1          task 9        2025-06-02T10:00 drill
""")
    assert value(tables, "fix_days", as_of=AS_OF) == 2  # the drill of last June was for something else
    assert value(tables, "deviations_acted_on", period="month", start="2026-03-01", as_of=AS_OF) == 1


def test_a_repair_that_the_last_copy_tells_is_that_of_the_deviation():
    tables = crm("""
deviations
  dev_id metric scope scope_id breach_start_on detected_at      action action_owner due_on     resolved_on
  v1     calls  user  1        2026-03-16      2026-03-16T10:00 drill  9            2026-03-20 -
  v2     calls  user  1        2026-03-16      2026-03-17T10:00 drill  9            2026-03-20 2026-03-18
  v3     calls  user  1        2026-03-16      2026-03-23T10:00 drill  9            2026-03-27 -
""")
    found = row(tables, "fix_days", as_of=AS_OF)
    assert (found["value"], found["n"], found["sum_num"]) == (2, 2, 1)  # v1 for two days; v3 came after the repair
    assert value(tables, "corrections_on_time", as_of=AS_OF) == 1 / 2


def test_after_a_day_off_the_next_working_day_is_the_first_that_follows():
    tables = crm("""
deviations
  dev_id metric scope scope_id breach_start_on detected_at
  v1     calls  user  1        2026-03-14      2026-03-16T10:00
  v2     calls  user  2        2026-03-14      2026-03-17T10:00
  v3     calls  user  3        2026-03-13      2026-03-16T10:00
  v4     calls  user  4        2026-03-13      2026-03-17T10:00
""")
    assert value(tables, "detected_within_day", as_of=AS_OF) == 2 / 4  # of Saturday the 14th and of Friday it is Monday
    assert row(tables, "detected_within_day", as_of="2026-03-16")["sum_den"] == 4
    assert row(tables, "detected_within_day", as_of="2026-03-15")["sum_den"] == 0
