"""Proposals on a drawn CRM, counted by hand."""

import pytest
from drawn import crm, row, value

CRM = crm("""
users
  user_id name
  a       Ann
  b       Bob
stages
  stage_id name  ord semantic
  n        new   1   open
  o        offer 2   open
  t        talks 3   open
  w        won   4   won
deals
  deal_id owner_id stage_id semantic created_at closed_at  amount segment
  d1      a        w        won      2026-01-01 2026-02-10 10     S
  d2      a        o        open     2026-01-01 -          10     S
  d3      a        t        open     2026-01-01 -          10     S
  d4      b        o        open     2026-01-01 -          10     S
  d5      b        o        open     2026-01-01 -          10     S
  d6      b        o        open     2026-03-20 -          10     S
stage_history
  entity_id to_stage entered_at
  d1        o        2026-01-04
  d1        w        2026-02-10
  d2        o        2026-01-04
  d3        o        2026-01-04
  d3        t        2026-01-14
  d4        o        2026-01-04
  d5        o        2026-01-04
  d6        o        2026-03-26
proposals
  proposal_id deal_id kind template_version sent_at          reaction_at      reaction amount
  p1          d1      КП   v1               2026-01-05T10:00 2026-01-07T10:00 reply    10
  p2          d1      КП   v1               2026-01-20T10:00 -                none     10
  p3          d2      КП   v1               2026-01-05T10:00 2026-01-06T10:00 none     10
  p4          d3      КП   v2               2026-01-12T10:00 -                -        10
  p5          d4      КП   v1               2026-01-12T10:00 2026-01-20T10:00 question 10
  p6          d5      КП   v2               2026-01-12T10:00 -                -        10
  p7          d6      КП   v2               2026-03-27T10:00 2026-03-30T10:00 accept   10
  p8          d6      КП   v3               2026-04-02T10:00 -                -        10
  p9          d2      КП   v2               2026-01-26T10:00 -                -        10
activities
  activity_id kind     owner_id entity entity_id created_at done_at
  a1          call_out a        deal   d2        2026-01-06 2026-01-06T12:00
  a2          call_in  b        deal   d5        2026-01-16 2026-01-16T12:00
  a3          meeting  a        deal   d2        2026-02-09 2026-02-09T12:00
""")


def test_first_sendings_alone_are_counted():
    assert value(CRM, "proposals_sent") == 7  # p2 is sent again, p8 later
    assert value(CRM, "proposals_sent", "version", "v1") == 3


def test_reactions_are_the_clients_own_and_in_time():
    # p1 on the 3rd day; p3 noted "none", the seller's own call is none; p4 went forward on the 3rd day; p5 on the 7th day;
    # p6 called on the 5th day; p9 met on the 10th day; p7's days are not over
    found = row(CRM, "proposal_reaction")
    assert (found["sum_num"], found["sum_den"]) == (3, 6)
    assert value(CRM, "proposal_reaction", "version", "v2") == pytest.approx(2 / 3)
    assert value(CRM, "proposal_reaction", reaction_days=6) == pytest.approx(4 / 6)  # p5: six working days from Monday 12 to Tuesday 20


def test_what_has_no_reaction_yet_is_censored():
    # waits: p1 2, p3 35.08 (the meeting of 9 February), p4 1.58, p5 8, p6 4.08, p7 3, p9 14.08; all have one by March
    assert row(CRM, "proposal_reaction_days")["value"] == pytest.approx(4.08, abs=0.01)
    early = row(CRM, "proposal_reaction_days", as_of="2026-01-31")
    assert early["n"] == 6  # p3 and p9 have none: a fifth and sixth of six are open, half is reached at p6
    assert early["value"] == pytest.approx(4.08, abs=0.01)


def test_acceptance_within_the_horizon():
    found = row(CRM, "proposal_acceptance", win_days=40)
    assert (found["sum_num"], found["sum_den"]) == (1, 6)  # p7 is accepted and not mature
    assert value(CRM, "proposal_acceptance", win_days=20) == 0  # p1's deal was won on day 36


def test_a_new_template_is_compared_within_sellers():
    # Ann: v2 1 of 2 (p4, p9), v1 1 of 2 (p1, p3); Bob: v2 1 of 1 (p6), v1 0 of 1 (p5) → weights 1, 1/2
    found = row(CRM, "proposal_new_template", "version", "v2")
    assert found["value"] == pytest.approx((0 * 1 + 1 * 0.5) / 1.5)
    assert found["n"] == 6
    assert row(CRM, "proposal_new_template")["value"] == found["value"]


def test_nothing_later_leaks_in():
    assert value(CRM, "proposals_sent", as_of="2026-01-13") == 5
    assert row(CRM, "proposal_reaction", as_of="2026-01-13")["sum_den"] == 2  # p1, p3
