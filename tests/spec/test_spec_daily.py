"""The lists of a day on drawn rows: what leaks, whom to call back, what is overdue."""

import pandas as pd
import pytest
from drawn import client, crm, row

from audit.errors import NothingMeasurableError
from audit.metrics import listed

# 2026-03-02 is a Monday; hours are 9:00–18:00
LEFT = crm("""
users
  user_id name left_at
  ann     Ann  -
  bob     Bob  2026-03-06
leads
  lead_id owner_id source semantic created_at       closed_at
  l1      ann      web    open     2026-03-02T10:00 -
  l2      ann      ads    open     2026-03-10T17:00 -
  l3      ann      ads    open     2026-03-09       -
  l4      bob      web    open     2026-03-10T17:50 -
  l5      bob      -      open     2026-03-03T10:00 -
  l6      ann      web    open     2026-03-02T11:00 -
  l7      ann      web    lost     2026-03-02T11:00 2026-03-12T10:00
  l8      ann      web    open     2026-03-09T09:00 -
  l9      ann      web    open     2026-03-11T09:00 -
deals
  deal_id owner_id stage_id semantic created_at closed_at  amount next_activity_at last_activity_at expected_close_on
  d1      ann      n        open     2026-03-02 -          100    2026-03-20T10:00 2026-03-09T10:00 2026-03-31
  d2      ann      n        open     2026-03-02 -          500    -                2026-03-12T10:00 2026-03-09
  d3      bob      n        open     2026-03-02 -          -      2026-03-06T10:00 -                -
  d4      ann      n        won      2026-03-02 2026-03-09 900    -                -                -
  d5      ann      n        open     2026-03-02 -          500    -                -                -
activities
  activity_id kind     owner_id entity entity_id created_at       done_at          due_at           is_auto
  a0          email    ann      lead   l0        2026-03-01T09:00 2026-03-01T09:00 -                no
  a1          call_out ann      lead   l1        2026-03-02T10:10 2026-03-02T10:10 -                no
  a2          task     ann      lead   l1        2026-03-02T10:11 -                2026-03-05T10:00 no
  a3          task     ann      lead   l1        2026-03-02T10:12 -                2026-03-20T10:00 no
  a4          call_out bob      lead   l5        2026-03-04T10:00 2026-03-04T10:00 -                no
  a5          task     bob      lead   l5        2026-03-04T10:01 -                2026-03-20T10:00 no
  a6          email    ann      lead   l2        2026-03-10T17:01 2026-03-10T17:01 -                yes
  a7          call_out ann      lead   l2        2026-03-11T09:10 2026-03-11T09:10 -                no
  a8          task     ann      lead   l6        2026-03-02T12:00 -                2026-03-30T10:00 no
  a9          call_out ann      lead   l7        2026-03-03T12:00 2026-03-03T12:00 -                no
  b1          call_out ann      lead   l8        2026-03-09T10:00 2026-03-09T10:00 -                no
  b2          task     ann      lead   l8        2026-03-09T10:00 -                2026-03-13T10:00 no
  b3          call_out ann      deal   d2        2026-03-05T10:00 2026-03-05T10:00 -                no
  b4          task     ann      deal   d5        2026-03-06T10:00 -                2026-03-13T10:00 no
""")
ON = {"as_of": "2026-03-10", "client": client()}  # a Tuesday


def test_untouched_leads_the_newest_first_with_the_business_minutes_they_waited():
    found = listed(LEFT, "untouched_leads", **ON)
    # l4 came ten minutes before the end: its fifteen still run. l2 got only a letter of a robot, its call came on the 11th; l6 has a task that
    # nobody did; l5, l8 were called; l7 is closed on the 12th, but was called; l9 came later
    assert found["lead_id"].tolist() == ["l2", "l3", "l6"]
    assert found["waited_minutes"].tolist()[::2] == [60, 7 * 60 + 6 * 540]  # from 17:00; from 11:00 on the 2nd and six days
    assert pd.isna(found["waited_minutes"][1])  # nobody knows the hour
    assert (found["owner"].tolist(), found["source"].tolist()) == (["Ann"] * 3, ["ads", "ads", "web"])
    share = row(LEFT, "leak_untouched", as_of="2026-03-10")
    assert share["sum_num"] == 3


def test_untouched_leads_need_a_log_of_leads():
    bare = LEFT | {"activities": LEFT["activities"].drop(columns=["entity_id"])}
    with pytest.raises(NothingMeasurableError):
        listed(bare, "untouched_leads", **ON)


def test_leaking_leads_without_the_untouched_the_longest_left_first():
    found = listed(LEFT, "leaking_leads", **ON)
    # l7 was open on the 10th, called on the 3rd, without a next step; l8 has one ahead; l4 is Bob's, who is gone
    assert found["lead_id"].tolist() == ["l1", "l7", "l5", "l4"]
    assert found["flags"].tolist() == ["overdue", "no_next", "orphan", "orphan"]
    assert [str(at)[:16] for at in found["last_at"]] == ["2026-03-02 10:10", "2026-03-03 12:00", "2026-03-04 10:00", "NaT"]
    assert [str(at)[:10] for at in found["due_at"]] == ["2026-03-05", "NaT", "2026-03-20", "NaT"]
    late = listed(LEFT, "leaking_leads", as_of="2026-03-19", client=client())
    assert late.set_index("lead_id").loc["l1", "flags"] == "overdue, silent"
    assert row(LEFT, "leaking_leads", as_of="2026-03-10")["sum_num"] == 3 + 4  # both lists


def test_owners_who_were_away_are_a_flag_of_leads():
    away = crm("absences\n  user_id date\n  ann 2026-03-10\n  ann 2026-03-11")
    found = listed(LEFT | away, "leaking_leads", **ON).set_index("lead_id")["flags"]
    assert found.to_dict() == {"l1": "overdue, away", "l7": "no_next, away", "l5": "orphan", "l8": "away", "l4": "orphan"}


def test_leaking_deals_the_dearest_first():
    found = listed(LEFT, "leaking_deals", **ON)
    # d1 is in order; d4 is won; d2 and d5 cost the same; d3 has no amount
    assert found["deal_id"].tolist() == ["d2", "d3"]
    assert found["flags"].tolist() == ["no_next, stale_date", "no_next, overdue, orphan"]
    assert found["amount"].tolist()[:1] == [500] and pd.isna(found["amount"][1])
    assert [str(at)[:16] for at in found["last_at"]] == ["2026-03-05 10:00", "NaT"]  # what the deal says of the 12th is not known yet
    assert [str(at)[:10] for at in found["due_at"]] == ["NaT", "2026-03-06"]
    found = listed(LEFT, "leaking_deals", as_of="2026-03-17", client=client())
    assert found["deal_id"].tolist() == ["d2", "d5", "d3"]
    assert found["flags"].tolist() == ["no_next, stale_date", "no_next, overdue", "no_next, overdue, orphan"]
    found = listed(LEFT, "leaking_deals", as_of="2026-03-20", client=client())  # the log begins on the 5th; the step of d1 is that day's
    assert found["flags"].tolist() == ["no_next, stale_date", "no_next, overdue, silent", "no_next", "no_next, overdue, silent, orphan"]
    before = listed(LEFT, "leaking_deals", as_of="2026-03-05", client=client())
    assert before["deal_id"].tolist() == ["d4", "d2", "d5"]  # d4 was open then, d5 had no task yet


def test_silence_is_told_by_what_was_known_at_the_day():
    # d2 was called on the 5th and on the 12th; the action that the CRM tells of the 30th has not happened on the 24th
    deals, acts = LEFT["deals"], LEFT["activities"]
    again = acts[acts["activity_id"] == "b3"].assign(activity_id="c1", done_at=pd.Timestamp("2026-03-12T10:00"))
    later = {"deals": deals.assign(last_activity_at=pd.Timestamp("2026-03-30")), "activities": pd.concat([acts, again])}
    found = listed(LEFT | later, "leaking_deals", as_of="2026-03-24", client=client()).set_index("deal_id")
    assert found.loc["d2", "flags"] == "no_next, stale_date"
    assert str(found.loc["d2", "last_at"])[:10] == "2026-03-12"
    assert "silent" in found.loc["d5", "flags"]


CALLS = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
activities
  activity_id kind     owner_id phone entity entity_id started_at       done_at          is_answered is_auto
  a1          call_in  ann      +1    lead   l1        2026-03-04T10:00 2026-03-04T10:00 no          no
  a2          call_in  ann      +2    -      -         2026-03-03T23:59 2026-03-03T23:59 no          no
  a3          call_in  bob      +3    client c3        2026-03-07T12:00 2026-03-07T12:00 no          no
  a4          call_in  bob      +3    client c3        2026-03-07T12:20 2026-03-07T12:20 no          no
  a5          call_in  bob      +4    -      -         2026-03-09T10:00 2026-03-09T10:00 no          no
  a6          call_out ann      +4    -      -         2026-03-10T09:00 2026-03-10T09:00 no          no
  a7          call_in  bob      +5    -      -         2026-03-09T11:00 2026-03-09T11:00 no          no
  a8          call_in  ann      +5    -      -         2026-03-09T15:00 2026-03-09T15:00 yes         no
  a9          call_in  bob      -     -      -         2026-03-10T17:55 2026-03-10T17:55 no          no
  b1          call_in  bob      +6    -      -         2026-03-10       2026-03-10       no          no
  b2          call_out bob      +1    -      -         2026-03-11T09:00 2026-03-11T09:00 yes         no
  b3          call_in  bob      +7    -      -         2026-03-11T09:00 2026-03-11T09:00 no          no
""")


def test_unreturned_calls_of_seven_days_the_newest_first():
    found = listed(CALLS, "unreturned_calls", **ON)
    # a2 is a day older than a week; +4 was called back, if in vain; +5 got through; +1 is called on the 11th; a9 hides its number and is five minutes old
    assert found["activity_id"].tolist() == ["a9", "b1", "a3", "a1"]
    assert found["waited_minutes"].fillna(-1).tolist() == [5, -1, 2 * 540, 8 * 60 + 4 * 540]
    assert found["shift"].fillna("?").tolist() == ["in_hours", "?", "out_of_hours", "in_hours"]
    assert found["phone"].fillna("?").tolist() == ["?", "+6", "+3", "+1"]
    assert found[["owner", "entity", "entity_id"]].fillna("").to_numpy().tolist() == [["Bob", "", ""], ["Bob", "", ""], ["Bob", "client", "c3"], ["Ann", "lead", "l1"]]
    # a call of the 10th at 9:00 is not known on the 9th
    assert listed(CALLS, "unreturned_calls", as_of="2026-03-09", client=client())["activity_id"].tolist() == ["a5", "a3", "a1", "a2"]


def test_calls_need_no_unit_but_a_number():
    bare = {"activities": CALLS["activities"].drop(columns=["entity", "entity_id"])}
    found = listed(bare, "unreturned_calls", **ON)
    assert len(found) == 4 and found["entity"].isna().all()
    with pytest.raises(NothingMeasurableError):
        listed({"activities": CALLS["activities"].drop(columns=["phone"])}, "unreturned_calls", **ON)


TASKS = crm("""
deals
  deal_id owner_id semantic created_at closed_at  amount
  d1      ann      open     2026-03-02 -          100
  d2      ann      lost     2026-03-02 2026-03-06 100
  d3      ann      won      2026-03-02 2026-03-12 100
leads
  lead_id owner_id semantic  created_at converted_at
  l1      ann      converted 2026-03-02 2026-03-05
activities
  activity_id kind     owner_id entity entity_id created_at       done_at          due_at           is_auto
  a1          task     ann      deal   d1        2026-03-02T10:00 -                2026-03-05T10:00 no
  a2          task     ann      deal   d2        2026-03-02T10:00 -                2026-03-05T10:00 no
  a3          meeting  ann      deal   d3        2026-03-02T10:00 2026-03-11T10:00 2026-03-05T09:00 no
  a4          task     ann      lead   l1        2026-03-02T10:00 -                2026-03-05T10:00 no
  a5          call_out bob      client d2        2026-03-02T10:00 -                2026-03-06T10:00 no
  a6          task     bob      -      -         2026-03-02T10:00 -                2026-03-07T10:00 no
  a7          task     bob      deal   d9        2026-03-02T10:00 -                2026-03-09T23:00 no
  a8          task     bob      deal   d1        2026-03-02T10:00 -                2026-03-10T09:00 no
  a9          task     bob      deal   d1        2026-03-02T10:00 -                2026-03-03T09:00 yes
  b1          task     bob      deal   d1        2026-03-11T10:00 -                2026-03-03T09:00 no
  b2          task     bob      deal   d1        2026-03-02T10:00 2026-03-10T10:00 2026-03-03T09:00 no
""")


def test_overdue_tasks_of_what_is_open_the_longest_overdue_first():
    found = listed(TASKS, "overdue_tasks", **ON)
    # a3 was done on the 11th, and d3 won on the 12th; d2 and l1 are over; a7 is of a deal that nobody knows; the day of a8 is the as-of day; a9 is
    # of a robot; b1 came later; b2 is done
    assert found["activity_id"].tolist() == ["a3", "a1", "a5", "a6", "a7"]
    assert found["days_overdue"].tolist() == [3, 3, 2, 2, 1]  # the 6th, 9th, 10th; a6 was due on a Saturday
    assert found["kind"].tolist() == ["meeting", "task", "call_out", "task", "task"]
    assert row(TASKS, "overdue_tasks", as_of="2026-03-10")["value"] == 5 + 3  # and a2, a4 of what is over, a8 of this day


def test_on_a_weekend_what_was_due_on_friday_is_not_overdue_yet():
    found = listed(TASKS, "overdue_tasks", as_of="2026-03-08", client=client())
    assert found[["activity_id", "days_overdue"]].to_numpy().tolist() == [["b2", 3], ["a3", 1], ["a1", 1]]  # b2 is done on the 10th
    monday = listed({"activities": TASKS["activities"]}, "overdue_tasks", as_of="2026-03-09", client=client())
    assert monday["activity_id"].tolist() == ["b2", "a3", "a1", "a2", "a4", "a5", "a6"]  # without deals and leads nobody knows which are over
