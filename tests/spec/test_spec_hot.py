"""Clients close to payment on twelve drawn deals, counted by hand."""

import pytest
from drawn import client, crm, row, value

from audit.metrics import listed

HOT = crm("""
users
  user_id name
  ann     Ann
stages
  stage_id name  ord semantic
  n        new   1   open
  o        offer 2   open
  w        won   3   won
deals
  deal_id owner_id stage_id semantic created_at closed_at  amount
  d1      ann      w        won      2026-01-01 2026-02-05 10
  d2      ann      w        won      2026-01-02 2026-02-06 10
  d3      ann      w        won      2026-01-02 2026-02-06 10
  d4      ann      w        won      2026-01-02 2026-02-09 10
  d5      ann      w        won      2026-01-02 2026-02-13 10
  d6      ann      o        open     2026-01-02 -          60
  d7      ann      w        won      2026-02-02 2026-03-03 10
  d8      ann      w        won      2026-02-02 2026-03-13 10
  d9      ann      w        won      2026-02-02 2026-03-16 10
  d10     ann      o        open     2026-03-02 -          100
  d11     ann      o        open     2026-03-02 -          200
  d12     ann      n        open     2026-03-02 -          400
activities
  activity_id kind     owner_id entity entity_id created_at done_at          due_at
  a1          call_out ann      deal   d6        2026-03-30 2026-03-30T10:00 -
  a2          call_out ann      deal   d6        2026-03-26 2026-03-26T10:00 -
  a3          call_out ann      deal   d10       2026-03-20 2026-03-20T10:00 -
  a4          task     ann      deal   d10       2026-03-20 -                2026-04-02T10:00
invoices
  invoice_id deal_id issued_on  due_on     amount
  i1         d12     2026-03-20 2026-04-05 400
  i2         d1      2026-02-01 2026-02-10 10
payments
  payment_id invoice_id received_on amount
  p1         i2         2026-02-05  10
""")
_MOVES = [(f"d{i}", "n", HOT["deals"]["created_at"][i - 1]) for i in range(1, 13)]
_MOVES += [(f"d{i}", "o", f"2026-01-{10 + i}") for i in range(1, 7)] + [(f"d{i}", "o", f"2026-02-1{i}") for i in (7, 8, 9)]
_MOVES += [("d10", "o", "2026-03-10"), ("d11", "o", "2026-03-11")]
_MOVES += [(f"d{i}", "w", HOT["deals"]["closed_at"][i - 1]) for i in (1, 2, 3, 4, 5, 7, 8, 9)]
HOT["stage_history"] = crm("stage_history\n  entity_id to_stage entered_at\n" + "".join(
    f"  {deal} {stage} {str(at).replace(' ', 'T')}\n" for deal, stage, at in _MOVES))["stage_history"]
TO = {"as_of": "2026-03-31"}  # a Tuesday
# offer on 31 January: d1…d6, five won by 13 February; on 28 February: d6…d9, two won by 13 March, d9 on the 16th


def test_hot_by_stage_or_by_an_unpaid_invoice():
    assert value(HOT, "hot_deals", **TO) == 4  # d6, d10, d11 at offer; d12 by its invoice, due within ten working days
    assert value(HOT, "hot_deals", hot_days=2, **TO) == 3
    assert value(HOT, "hot_amount", **TO) == 760


def test_a_stage_is_hot_from_the_chance_of_the_rule():
    found = listed(HOT, "hot_deals", as_of="2026-03-31", client=client()).set_index("deal_id")
    assert found.loc["d6", "chance"] == pytest.approx(7 / 10)
    assert value(HOT, "hot_deals", hot_stages=("new",), **TO) == 1


def test_neglected_are_those_untouched_for_two_working_days():
    found = row(HOT, "hot_neglected", **TO)
    assert (found["sum_num"], found["n"]) == (3, 4)
    listing = listed(HOT, "hot_deals", as_of="2026-03-31", client=client())
    assert listing["deal_id"].tolist() == ["d12", "d11", "d10", "d6"]
    assert listing["acts_in_week"].tolist() == [0, 0, 0, 2]
    # the log begins on 20 March: of d11 and d12 nobody knows a silence of fourteen days; d10 has a task ahead; d6 stands at its offer since 16 January,
    # longer than nine of ten winners did
    assert listing["blockers"].tolist() == ["no_next, stuck", "no_next", "", "no_next, stuck"]
    assert str(listing["next_at"][2])[:10] == "2026-04-02"


def test_actions_a_hot_deal_in_the_week():
    assert value(HOT, "hot_actions", **TO) == 2 / 4


def test_hits_of_the_lists_of_past_month_ends():
    found = row(HOT, "hot_hit_rate", hot_stages=("offer",), **TO)
    assert (found["sum_num"], found["n"]) == (7, 10)
    february = row(HOT, "hot_hit_rate", period="month", start="2026-02-01", hot_stages=("offer",), **TO)
    assert (february["sum_num"], february["n"]) == (2, 4)


def test_a_list_knows_nothing_that_came_later():
    assert value(HOT, "hot_deals", as_of="2026-03-09", hot_stages=("offer",)) == 3  # d6, d8, d9: not yet closed
    found = row(HOT, "hot_hit_rate", as_of="2026-03-09", hot_stages=("offer",))
    assert found["n"] == 6  # the list of 28 February is not decided yet
