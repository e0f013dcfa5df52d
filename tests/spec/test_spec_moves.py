"""Moves, their evidence and the order of stages, counted by hand. 2 January 2026 is a Friday."""

import pandas as pd
import pytest
from drawn import client, crm, row, value
from test_spec_stages import AS_OF, FLOW

from audit.metrics import listed, measure


def of(metric, by="", group="", tables=FLOW, **more):
    return value(tables, metric, by, group, as_of=more.pop("as_of", AS_OF), **more)


def test_entries_and_moves():
    assert of("stage_entries") == 14
    assert of("stage_entries", "stage", "meeting") == 4
    assert of("stage_new") == 7
    assert of("moves_forward") == 8  # n→m 3, n→o 2, m→o 1, o→w 2
    assert of("moves_back") == 1  # d7
    assert of("moves_net") == 7
    assert of("moves_net", "owner", "ann") == 4
    assert of("moves_skipped") == 2 / 8  # d3, d7
    assert of("moves_rework") == pytest.approx(1 / 9)


def test_moves_at_an_earlier_day():
    assert of("moves_forward", as_of="2026-01-08") == 5
    assert of("moves_back", as_of="2026-01-08") == 0


def test_a_closing_without_a_record_is_a_move():
    history = FLOW["stage_history"]
    silent = FLOW | {"stage_history": history[history["to_stage"] != "w"]}
    assert of("moves_forward", tables=silent) == 8
    assert of("moves_forward", "stage", "won", silent) == 2


def test_breadth_counts_clients_not_moves():
    # in work on Mondays from 5 January: 6, 2, 2, 3 deals; moved forward in those weeks: d1 d2 d3 d7, then d4
    found = row(FLOW, "move_breadth", as_of=AS_OF)
    assert (found["sum_num"], found["sum_den"]) == (5, 13)
    one = FLOW | {"deals": FLOW["deals"].assign(client_id=["a", "a", "b", "b", "b", "c", "a"])}
    # clients in work on Mondays: a b, a b, a b, a b c; moved: both, then b
    found = row(one, "move_breadth", as_of=AS_OF)
    assert (found["sum_num"], found["sum_den"]) == (3, 9)


WEEK = crm("""
stages
  stage_id name    ord semantic exit_criterion
  n        new     1   open     -
  m        meeting 2   open     meeting~or~presentation
  o        offer   3   open     -
  w        won     4   won      -
users
  user_id name is_system
  ann     Ann  no
  bob     Bob  no
  bot     Bot  yes
deals
  deal_id owner_id client_id stage_id semantic created_at          closed_at
  d1      ann      c1        w        won      2026-01-05T10:00:00 2026-01-19T12:00:00
  d2      ann      c2        w        won      2026-01-05T10:00:00 2026-01-16T17:00:00
  d3      bob      c3        m        open     2026-01-06T10:00:00 -
stage_history
  entity entity_id to_stage entered_at          changed_by
  deal   d1        n        2026-01-05T10:00:00 ann
  deal   d1        m        2026-01-09T16:30:00 bob
  deal   d1        o        2026-01-12T11:00:00 ann
  deal   d1        w        2026-01-19T12:00:00 ann
  deal   d2        n        2026-01-05T10:00:00 ann
  deal   d2        m        2026-01-09T17:30:00 bob
  deal   d2        o        2026-01-14T11:00:00 ann
  deal   d2        w        2026-01-16T17:00:00 ann
  deal   d3        n        2026-01-06T10:00:00 bob
  deal   d3        m        2026-01-07T10:00:00 bob
  deal   d3        n        2026-01-08T10:00:00 bob
  deal   d3        m        2026-01-08T11:00:00 bot
activities
  activity_id kind     entity entity_id client_id owner_id created_at done_at             is_auto
  a1          call_out deal   d1        -         ann      2026-01-05 2026-01-12T09:00:00 no
  a2          meeting  deal   d1        -         ann      2026-01-05 2026-01-13T09:00:00 no
  a3          task     deal   d1        -         ann      2026-01-05 2026-01-19T09:00:00 no
  a4          email    client c2        c2        ann      2026-01-05 2026-01-12T09:00:00 no
  a5          email    deal   d2        -         ann      2026-01-05 2026-01-14T09:00:00 no
  a6          email    deal   d2        -         ann      2026-01-05 2026-01-16T09:00:00 no
  a7          call_out deal   d3        -         bob      2026-01-05 2026-01-09T09:00:00 no
  a8          call_out deal   d3        -         bob      2026-01-05 2026-01-07T11:00:00 yes
""")


def test_moves_are_of_whoever_made_them_and_robots_make_none():
    assert of("moves_forward", tables=WEEK) == 7
    assert of("moves_forward", "owner", "Bob", WEEK) == 3
    assert of("moves_back", "owner", "Bob", WEEK) == 1


def test_evidence_within_a_working_day():
    # d1 n→m Fri 9: call on Mon 12, yes; m→o Mon 12 needs a meeting: Tue 13, yes; o→w Mon 19: only a task, no
    # d2 n→m Fri 9: mail to the client on Mon 12, yes; m→o Wed 14: a mail is no meeting, no; o→w Fri 16: yes
    # d3 n→m Wed 7: the call of Fri 9 is two days away, that of Wed 7 is a robot's, no
    found = row(WEEK, "moves_evidenced", as_of=AS_OF)
    assert (found["sum_num"], found["n"]) == (4, 7)
    assert row(WEEK, "moves_evidenced", as_of=AS_OF, evidence_workdays=2)["sum_num"] == 5  # now d3 too; d1's task stays a task
    assert row(WEEK, "moves_evidenced", as_of=AS_OF, evidence_workdays=0)["sum_num"] == 1  # d2's mail of the 16th


def test_the_algorithm_and_each_rule_of_it():
    assert of("algorithm_followed", tables=WEEK) == 1 / 2  # d2 left the meeting without one; d3 is open
    assert of("algorithm_unproven", tables=WEEK) == 1 / 2
    assert of("algorithm_followed") == 3 / 4  # d1 d2 d5; d3 skipped the meeting
    assert of("algorithm_skips") == 1 / 4
    assert of("algorithm_backs") == 0
    again = crm("""
stage_history
  entity entity_id to_stage entered_at
  deal   d1        n        2026-01-04
  deal   d1        m        2026-01-05
""")["stage_history"]
    assert of("algorithm_backs", tables=FLOW | {"stage_history": pd.concat([FLOW["stage_history"], again])}) == 1 / 4


LINE = crm("""
stages
  stage_id name    ord semantic exit_criterion
  n        new     1   open     -
  m        meeting 2   open     meeting
  o        offer   3   open     -
  c        talks   4   open     -
  w        won     5   won      -
  l        lost    6   lost     -
deals
  deal_id owner_id stage_id semantic created_at closed_at
  d1      ann      w        won      2026-01-01 2026-01-20
  d2      ann      w        won      2026-01-01 2026-01-20
  d3      bob      l        lost     2026-01-01 2026-02-20
  d4      bob      w        won      2026-01-01 2026-02-20
  d5      bob      m        open     2026-01-01 -
stage_history
  entity entity_id to_stage entered_at
  deal   d1        n        2026-01-01
  deal   d1        m        2026-01-02
  deal   d1        o        2026-01-05
  deal   d1        c        2026-01-06
  deal   d1        w        2026-01-20
  deal   d2        n        2026-01-01
  deal   d2        c        2026-01-05
  deal   d2        w        2026-01-20
  deal   d3        m        2026-01-01
  deal   d3        o        2026-01-05
  deal   d3        m        2026-01-06
  deal   d3        o        2026-01-07
  deal   d3        m        2026-01-08
  deal   d3        l        2026-02-20
  deal   d4        n        2026-01-01
  deal   d4        m        2026-01-02
  deal   d4        o        2026-01-05
  deal   d4        c        2026-01-06
  deal   d4        o        2026-01-07
  deal   d4        w        2026-02-20
  deal   d5        m        2026-01-01
activities
  activity_id kind    entity entity_id owner_id created_at done_at    is_auto
  a1          meeting deal   d1        ann      2026-01-05 2026-01-05 no
  a2          email   deal   d3        bob      2026-01-05 2026-01-05 no
""")


LATE = "2026-03-31"


def test_which_rule_was_broken_at_which_stage():
    # d1 kept all; d2 passed over meeting and offer; d3 began at meeting, went back from offer twice and left meeting without one, which counts once;
    # d4 left meeting without one, went back from talks and passed over talks on its way from offer to winning; d5 is open
    assert of("algorithm_faults", tables=LINE, as_of=LATE) == 8
    assert [of("algorithm_faults", "rule", name, LINE, as_of=LATE) for name in ("skip", "back", "unproven")] == [4, 2, 2]
    assert [of("algorithm_faults", "stage", name, LINE, as_of=LATE) for name in ("new", "meeting", "offer", "talks")] == [1, 3, 2, 2]
    assert of("algorithm_faults", "rule×stage", "skip × offer", LINE, as_of=LATE) == 1
    assert of("algorithm_faults", "rule×stage", "back × talks", LINE, as_of=LATE) == 1
    assert of("algorithm_faults", "owner", "bob", LINE, as_of=LATE) == 6
    assert of("algorithm_faults", "owner×rule", "ann × skip", LINE, as_of=LATE) == 2
    assert of("algorithm_faults", period="month", start="2026-01-01", tables=LINE, as_of=LATE) == 2  # d2 closed in January
    # by deals: skips d2 d3 d4, returns d3 d4, no meeting d3 d4
    assert [of(f"algorithm_{name}", tables=LINE, as_of=LATE) for name in ("skips", "backs", "unproven", "followed")] == [3 / 4, 2 / 4, 2 / 4, 1 / 4]
    rows = listed(LINE, "algorithm_faults", as_of=LATE, client=client())
    assert rows[["rule", "stage", "deals", "of", "share"]].values.tolist() == [
        ["unproven", "meeting", 2, 4, 0.5], ["skip", "meeting", 1, 4, 0.25], ["skip", "new", 1, 4, 0.25], ["skip", "offer", 1, 4, 0.25],
        ["skip", "talks", 1, 4, 0.25], ["back", "offer", 1, 4, 0.25], ["back", "talks", 1, 4, 0.25]]
    calm = LINE | {"activities": LINE["activities"].iloc[:0]}
    assert listed(calm, "algorithm_faults", as_of=LATE, client=client())["rule"].unique().tolist() == ["skip", "back"]  # who logs nothing proves nothing


def test_a_pipeline_has_stages_of_its_own():
    twice = {name: pd.concat([t.assign(pipeline_id="a"), t.assign(pipeline_id="b", **{c: t[c].where(t[c].isna(), t[c] + "'") for c in ("deal_id", "entity_id") if c in t})])
             for name, t in LINE.items() if name != "activities"}
    assert of("algorithm_faults", "rule", "skip", twice, as_of=LATE) == 8
    rows = listed(twice, "algorithm_faults", as_of=LATE, client=client())
    assert rows.groupby("pipeline")["deals"].sum().to_dict() == {"a": 6, "b": 6}
    assert set(rows["of"]) == {4}


def test_without_demands_there_is_nothing_to_prove():
    lacks = measure(WEEK | {"stages": WEEK["stages"].drop(columns="exit_criterion")}, "M19", as_of=AS_OF).lacking().set_index("metric")["lacks"]
    assert lacks.to_dict() == {"algorithm_unproven": "stages.exit_criterion=kinds"}


def test_moves_at_the_end_of_the_week():
    # after Friday 16:00: d1 and d2 to meeting by Bob, d2 to won by Ann; eight moves have an hour
    assert of("moves_late_share", tables=WEEK) == 3 / 8
    assert of("moves_bulk_weeks", tables=WEEK, bulk_week_moves=3) == 0  # Bob's week from 5 January: 2 of 4; Ann's from 12 January: 1 of 3
    assert of("moves_bulk_weeks", tables=WEEK, bulk_week_moves=3, bulk_week_share=0.4) == 1 / 2
    found = listed(WEEK, "bulk_weeks", as_of=AS_OF, client=client(bulk_week_moves=3, bulk_week_share=0.4))
    assert found[["owner", "moves", "late"]].values.tolist() == [["Bob", 4, 2]]
    assert str(found["week"].iloc[0]) == "2026-01-05"


def test_touch_breadth():
    # clients in work on Mondays 12, 19 and 26 January: c1 c2 c3, c1 c3, c3; touched by people: c1 c2, then c1
    found = row(WEEK, "touch_breadth", as_of=AS_OF)
    assert (found["sum_num"], found["sum_den"]) == (3, 6)


TASKS = crm("""
activities
  activity_id kind owner_id created_at          done_at             reschedules is_auto
  t1          task ann      2026-01-05T10:00:00 2026-01-05T10:00:30 0           no
  t2          task ann      2026-01-05T10:00:00 2026-01-05T10:05:00 3           no
  t3          task bob      2026-01-05T10:00:00 -                   5           no
  t4          task bob      2026-01-05T10:00:00 2026-01-05T10:01:00 -           no
  t5          task bob      2026-01-05T10:00:00 2026-01-05T10:00:01 9           yes
  t6          call_out bob  2026-01-05T10:00:00 2026-01-05T10:00:01 -           no
""")


def test_tasks_that_calm_a_counter():
    assert of("tasks_instant_share", tables=TASKS) == 2 / 3  # t1, t4 of t1 t2 t4
    assert of("tasks_rescheduled_share", tables=TASKS) == 2 / 3  # t2, t3 of t1 t2 t3
    assert of("tasks_rescheduled_share", tables=TASKS, reschedules=5) == 1 / 3
