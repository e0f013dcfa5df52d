"""Whose a deal was when it was closed, from a log of owners and from earlier runs, counted by hand."""

from drawn import crm, row, value

CRM = crm("""
users
  user_id name team
  a       Ann  X
  b       Bob  Y
  c       Cid  Y
deals
  deal_id owner_id semantic created_at closed_at        amount
  d1      b        won      2026-01-01 2026-02-10T12:00 100
  d2      b        won      2026-01-01 2026-02-11       200
  d3      c        lost     2026-01-01 2026-03-05T12:00 400
  d4      c        open     2026-01-01 -                800
  d5      c        won      2026-01-01 2026-03-06T12:00 1600
field_history
  deal_id field    changed_at       owner_id
  d1      owner_id 2026-01-01T09:00 a
  d1      owner_id 2026-02-20T09:00 b
  d2      owner_id 2026-01-01T09:00 a
  d2      owner_id 2026-02-11T15:00 b
  d3      owner_id 2026-01-01T09:00 b
  d3      owner_id 2026-03-05T11:00 a
  d3      owner_id 2026-03-20T09:00 c
  d4      owner_id 2026-01-01T09:00 a
  d4      owner_id 2026-03-10T09:00 b
  d4      owner_id 2026-04-05T09:00 c
""")


def test_results_are_of_the_owner_at_the_time():
    # d1 was handed over after it was won; d2 on its last day, whose hour nobody knows; d3 an hour before it was lost; of d5 nothing is told
    assert [value(CRM, "won_deals", "owner", who) for who in ("Ann", "Bob", "Cid")] == [1, 1, 1]
    assert [value(CRM, "revenue", "owner", who) for who in ("Ann", "Bob", "Cid")] == [100, 200, 1600]
    assert [value(CRM, "revenue", "team", team) for team in ("X", "Y")] == [100, 1800]
    assert value(CRM, "win_rate", "owner", "Ann") == 1 / 2  # d1 won, d3 lost
    assert value(CRM, "deals_in_work", "owner", "Bob") == 1  # d4 went to Cid later


def test_results_of_the_owner_now_stand_beside():
    assert [value(CRM, "won_by_owner_now", "owner", who) for who in ("Bob", "Cid")] == [2, 1]
    assert [value(CRM, "revenue_by_owner_now", "owner", who) for who in ("Bob", "Cid")] == [300, 1600]
    assert [value(CRM, "revenue_by_owner_now", "team", team) for team in ("Y",)] == [1900]
    found = row(CRM, "won_reassigned_share")  # d1 of three
    assert (found["sum_num"], found["sum_den"]) == (1, 3)
    assert value(CRM, "won_by_closer", "owner", "Ann") == 1
    assert value(CRM, "won_by_owner_now", "owner", "Ann", as_of="2026-02-15") == 1  # not handed over yet


def test_without_a_log_the_first_run_after_the_closing_tells():
    runs = CRM | crm("""
deal_snapshots
  as_of      deal_id owner_id semantic
  2026-01-31 d1      c        open
  2026-02-28 d1      a        won
  2026-03-15 d1      c        won
  2026-02-28 d5      a        open
  2026-03-31 d5      a        won
""")
    del runs["field_history"]
    # d1 was Ann's when a run first saw it won; of d5 the run before its closing tells nothing, and that of the as-of day is the run itself
    assert [value(runs, "won_deals", "owner", who) for who in ("Ann", "Bob", "Cid")] == [1, 1, 1]
    assert value(runs, "revenue", "owner", "Ann") == 100
    assert value(runs, "won_by_owner_now", "owner", "Bob") == 2
    assert value(runs, "won_deals", "owner", "Ann", as_of="2026-04-30") == 2  # the run of 31 March is over now
