"""Stand-ups and what they correct, counted by hand in a week of March 2026 (2 March is a Monday)."""

import pytest
from drawn import crm, row, value

from audit.metrics import measure

AS_OF = "2026-03-06"
CRM = crm("""
users
  user_id name team left_at
  1       Ann  T1   -
  2       Bob  T1   -
  3       Cid  T2   2026-03-04
absences
  user_id date       kind
  2       2026-03-05 sick
meetings
  meeting_id kind     planned_on held_at          format duration_min brief_ready_at   attendees_json agenda_json
  m1         standup  2026-03-02 2026-03-02T09:30 room   15           2026-03-02T09:00 ["1","2","3"]  {"plan_fact":true,"activities":true,"quality":false}
  m2         standup  2026-03-03 2026-03-03T09:32 video  20           2026-03-03T09:40 ["1"]          {"plan_fact":true,"activities":true,"conversion":true,"quality":true,"payments":true}
  m3         standup  2026-03-04 -                -      -            -                -              -
  m4         standup  2026-03-05 2026-03-05T09:45 chat   25           -                ["1"]          -
  m5         rollcall 2026-03-05 2026-03-05T17:30 chat   5            -                -              -
  m6         standup  2026-03-09 2026-03-09T09:30 room   30           2026-03-09T09:00 ["2"]          {"plan_fact":true}
  m7         review   2026-03-06 2026-03-06T16:00 room   45           -                -              -
deviations
  dev_id metric scope scope_id detected_at      action   action_owner due_on     resolved_on meeting_id
  v1     calls  user  2        2026-03-02T09:40 drill    1            2026-03-04 2026-03-04  m1
  v2     calls  user  3        2026-03-02T09:50 drill    1            2026-03-04 2026-03-05  m1
  v3     check  user  2        2026-03-03T09:40 -        -            -          -           m2
  v4     check  user  1        2026-03-05T09:40 talk     1            2026-03-20 -           m4
  v5     check  user  1        2026-03-06T09:40 talk     1            2026-03-20 -           m4
  v6     calls  user  1        2026-03-09T09:40 drill    1            2026-03-20 -           m6
""")


def at(metric, by="", group="", **more):
    return value(CRM, metric, by, group, **({"as_of": AS_OF} | more))


def test_days_without_a_meeting_count_from_the_first_to_the_last_day_of_the_log():
    assert at("standup_regularity") == 3 / 5  # the review of Friday is the last entry; Wednesday and Friday had none
    assert at("rollcall_regularity") == 1 / 2
    assert at("standup_regularity", as_of="2026-03-04") == 2 / 3
    assert at("standup_regularity", as_of="2026-03-31") == 4 / 6  # after the last entry nothing is known


def test_a_stand_up_begins_at_its_hour_or_at_the_usual_one():
    assert at("standup_on_time") == pytest.approx(2 / 3)  # the median start is 9:32
    assert at("standup_on_time", standup_at="09:40") == 1
    assert at("standup_on_time", standup_at="09:40", late_minutes=4) == pytest.approx(2 / 3)


def test_the_brief_and_the_agenda():
    assert at("brief_ready") == pytest.approx(1 / 3)  # ready too late once, never once
    assert at("agenda_coverage") == pytest.approx((2 / 5 + 1) / 2)  # nobody noted that of Thursday
    assert at("agenda_topics", "topic", "quality") == 1 / 2
    assert at("agenda_topics") == pytest.approx(7 / 10)


def test_attendance_leaves_out_who_left_and_who_is_away():
    # 3 of 3; 1 of 3; Cid has left and Bob is ill: 1 of 1
    assert at("standup_attendance") == 5 / 7
    assert at("standup_attendance", "owner", "Bob") == 1 / 2
    assert at("standup_attendance", "team", "T2") == 1 / 2


def test_length_and_form():
    assert at("standup_minutes") == 20
    assert at("remote_by_video") == 1 / 2


def test_a_correction_has_an_action_a_person_and_a_day():
    assert at("correction_rate") == pytest.approx(2 / 3)
    assert at("deviations_acted_on") == 3 / 4  # v5 says v4 once more, v6 is later
    assert at("corrections_on_time") == 1 / 2  # v4 is not due yet
    assert at("corrections_on_time", "owner", "Bob") == 1
    assert at("corrections_on_time", as_of="2026-03-20") == 1 / 4


def test_a_correction_works_when_the_metric_is_back_within_the_days():
    assert at("corrections_work", fix_days=2) == 1 / 2  # v4 is not old enough
    assert at("corrections_work", fix_days=3) == 1


def test_without_names_of_meetings_the_day_tells():
    tables = CRM | {"deviations": CRM["deviations"].drop(columns="meeting_id")}
    assert value(tables, "correction_rate", as_of=AS_OF) == pytest.approx(2 / 3)


def test_what_is_not_kept_is_not_zero():
    few = CRM | {"meetings": CRM["meetings"][CRM["meetings"]["kind"] != "rollcall"].drop(columns="agenda_json")}
    lacking = measure(few, ["M50", "M51"], as_of=AS_OF).lacking().set_index("metric")["lacks"]
    assert lacking.to_dict() == {"rollcall_regularity": "meetings.kind=rollcall", "agenda_coverage": "meetings.agenda_json",
                                 "agenda_topics": "meetings.agenda_json", "confirmed_acted_on": "activities.done_at"}
    assert row(few, "standup_regularity", as_of=AS_OF)["n"] == 5


def test_a_robot_that_takes_notes_does_not_attend():
    tables = crm("""
users
  user_id name is_system
  a       Ann  no
  b       Bob  no
  r       Rec  yes
meetings
  meeting_id kind    planned_on held_at          attendees_json
  m1         standup 2026-03-02 2026-03-02T09:30 ["a","b","r"]
  m2         standup 2026-03-03 2026-03-03T09:30 ["a","r"]
  m3         standup 2026-03-04 2026-03-04T09:30 ["r"]
""")
    found = row(tables, "standup_attendance", as_of=AS_OF)
    assert (found["sum_num"], found["sum_den"]) == (3, 4)  # nobody noted who came on Wednesday
