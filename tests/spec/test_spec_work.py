"""Activities and norms, receivables, hygiene, counted by hand."""

import datetime as dt

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import measure
from audit.stats import intervals

WORK = crm("""
users
  user_id name role   left_at    is_system
  ann     Ann  seller -          no
  bob     Bob  seller 2026-03-04 no
  bot     Bot  seller -          yes
activities
  activity_id kind     owner_id entity entity_id created_at done_at          duration_s is_answered is_auto
  a1          call_out ann      deal   d1        2026-03-02 2026-03-02T10:00 90         yes         no
  a2          call_out ann      deal   d1        2026-03-02 2026-03-02T11:00 5          no          no
  a3          call_out ann      deal   d1        2026-03-03 2026-03-03T10:00 60         yes         no
  a4          meeting  ann      deal   d1        2026-03-03 2026-03-03T12:00 -          -           no
  a5          call_out bob      deal   d1        2026-03-03 2026-03-03T10:00 300        yes         no
  a6          email    bot      deal   d1        2026-03-03 2026-03-03T10:00 -          -           yes
  a7          meeting  bob      deal   d1        2026-03-03 -                -          -           no
norms
  metric   role   per value
  call_out seller day 2
absences
  user_id date
  ann     2026-03-05
""")
WORK["norms"]["value"] = WORK["norms"]["value"].astype(float)
TO = {"as_of": "2026-03-06"}  # a Friday; the first call was on Monday the 2nd


def test_actions_done_by_people():
    assert value(WORK, "activity_count", **TO) == 5
    assert value(WORK, "activity_count", "kind", "call_out", **TO) == 4
    assert value(WORK, "activity_count", "kind", "conversation", **TO) == 3  # 90, 60 and 300 seconds
    assert value(WORK, "activity_count", "owner", "Ann", **TO) == 4
    assert value(WORK, "activity_count", "owner×kind", "Ann × call_out", **TO) == 3


def test_norm_counts_days_of_presence():
    # Ann: 2 of 2, 1 of 2, 0, away, 0; Bob, gone after the 4th: 0, 1 of 2, 0; the robot has no norm
    assert value(WORK, "norm_attainment", "owner", "Ann", **TO) == pytest.approx((1 + 0.5 + 0 + 0) / 4)
    assert value(WORK, "norm_attainment", "owner", "Bob", **TO) == pytest.approx(0.5 / 3)
    assert value(WORK, "norm_attainment", **TO) == pytest.approx(2 / 7)
    assert value(WORK, "norm_hit_days", **TO) == pytest.approx(1 / 7)


def test_norms_by_weekday():
    # Monday: Ann all, Bob none; Tuesday a half each; Wednesday none; Thursday Ann is away and Bob gone
    assert value(WORK, "norm_attainment", "weekday", "1", **TO) == pytest.approx(1 / 2)
    assert value(WORK, "norm_attainment", "weekday", "2", **TO) == pytest.approx(1 / 2)
    assert value(WORK, "norm_hit_days", "weekday", "1", **TO) == 1 / 2
    assert value(WORK, "norm_hit_days", "weekday", "5", **TO) == 0
    weekly = WORK | {"norms": WORK["norms"].assign(per="week")}
    assert set(measure(weekly, "norm_attainment", as_of="2026-03-08", client=client()).frame["by"]) == {"", "owner", "kind", "owner×kind"}


def test_one_great_day_does_not_fill_a_week():
    busy = WORK | {"norms": WORK["norms"].assign(value=0.5)}
    assert value(busy, "norm_attainment", "owner", "Ann", **TO) == pytest.approx((1.5 + 1.5 + 0 + 0) / 4)


def test_a_norm_holds_until_the_next_one():
    twice = pd.concat([WORK["norms"], WORK["norms"].assign(value=1.0)], ignore_index=True).assign(valid_from=[None, dt.date(2026, 3, 3)])
    changed = WORK | {"norms": twice}
    # Ann: 2 of 2 on Monday, 1 of 1 on Tuesday, 0, away, 0; Bob: 0 of 2, 1 of 1, 0 of 1
    assert value(changed, "norm_attainment", "owner", "Ann", **TO) == pytest.approx(2 / 4)
    assert value(changed, "norm_attainment", "owner", "Bob", **TO) == pytest.approx(1 / 3)
    assert row(changed, "norm_attainment", "owner", "Ann", **TO)["n"] == 4


def test_a_week_in_which_the_norm_changes_is_two_parts():
    weekly = WORK["norms"].assign(per="week", value=10.0, valid_from=None)
    changed = WORK | {"norms": pd.concat([weekly, weekly.assign(value=5.0, valid_from=dt.date(2026, 3, 4))], ignore_index=True)}
    # Ann: 3 calls of 4 on two days of five, then 0 of 2; Bob: 1 of 4, then 0 of 1 on his last day
    assert value(changed, "norm_attainment", "owner", "Ann", as_of="2026-03-08") == pytest.approx(0.75 / 2)
    assert value(changed, "norm_attainment", "owner", "Bob", as_of="2026-03-08") == pytest.approx(0.25 / 2)


OWED = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
receivables
  as_of      client_id document owner_id due_on     amount overdue_amount days_overdue
  2026-02-28 c1        x0       ann      2026-01-01 9999   9999           58
  2026-03-31 c1        x1       ann      2026-04-10 100    0              0
  2026-03-31 c1        x2       ann      2026-03-21 200    200            10
  2026-03-31 c2        x3       ann      2026-02-19 300    300            40
  2026-03-31 c3        x4       bob      2026-01-20 400    150            70
  2026-03-31 c4        x5       bob      2025-12-01 500    500            120
  2026-03-31 c5        x6       bob      2026-03-01 -60    0              0
deals
  deal_id semantic created_at closed_at  amount
  d1      won      2025-12-01 2026-03-10 1000
  d2      won      2025-12-01 2026-02-10 800
  d3      won      2025-12-01 2025-12-15 5000
""")


def test_receivables_of_the_latest_statement():
    assert value(OWED, "receivables") == 1500
    assert value(OWED, "receivables", "owner", "Bob") == 900
    assert value(OWED, "overdue_share") == pytest.approx(1150 / 1500)
    assert value(OWED, "receivables", as_of="2026-03-30") == 9999


def test_ageing_adds_up_to_all():
    ages = [value(OWED, "receivables_ageing", "bucket", name) for name in ("not_due", "1-30", "31-60", "61-90", "90+")]
    assert ages == [100 + 250, 200, 300, 150, 500]


def test_days():
    assert value(OWED, "days_delinquent") == pytest.approx((200 * 10 + 300 * 40 + 150 * 70 + 500 * 120) / 1150)
    # sales of the last 90 days (from 1 January): 1800
    assert value(OWED, "dso") == pytest.approx(1500 / 1800 * 90)
    # all 31 days of March cover 1000, 500 of February's 800 take 28 × 5/8 days
    assert value(OWED, "dso_countback") == pytest.approx(31 + 28 * 500 / 800)
    assert value(OWED, "receivables_top5_share") == 1


def test_receivables_from_invoices_less_payments():
    tables = crm("""
invoices
  invoice_id client_id issued_on  due_on     amount
  i1         c1        2026-03-01 2026-03-11 1000
  i2         c2        2026-03-01 2026-04-11 500
  i3         c3        2026-04-01 2026-04-11 500
payments
  payment_id invoice_id received_on amount
  p1         i1         2026-03-05  400
  p2         i1         2026-04-05  600
""")
    assert value(tables, "receivables") == 1100
    assert value(tables, "overdue_share") == pytest.approx(600 / 1100)
    assert value(tables, "days_delinquent") == 20


CARDS = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
deals
  deal_id owner_id client_id source semantic created_at closed_at  amount expected_close_on loss_reason
  d1      ann      c1        web    open     2026-03-01 -          100    2026-04-01        -
  d2      ann      -         -      open     2026-03-01 -          0      -                 -
  d3      bob      c2        test   lost     2026-03-01 2026-03-20 50     -                 price
  d4      bob      c2        web    lost     2026-03-01 2026-03-21 50     -                 -
  d5      bob      c2        web    lost     2025-03-01 2025-03-21 -      -                 -
contacts
  contact_id client_id name phone        email
  k1         c1        Kim  +35921234567 kim@example.org
  k2         c1        Lee  123          lee-at-example
""")


def test_completeness_by_field():
    # four deals count: open, or lost within 90 days
    assert value(CARDS, "completeness", "field", "deals.client_id") == 3 / 4
    assert value(CARDS, "completeness", "field", "deals.source") == 2 / 4  # one empty, one "test"
    assert value(CARDS, "completeness", "field", "deals.amount") == 3 / 4  # nought is no amount
    assert value(CARDS, "completeness", "field", "deals.expected_close_on") == 1 / 2  # of the open ones
    assert value(CARDS, "completeness", "field", "deals.loss_reason") == 1 / 2  # of the lost ones
    assert value(CARDS, "completeness", "field", "contacts.phone") == 1 / 2
    assert value(CARDS, "completeness", "field", "contacts.email") == 1 / 2


def test_completeness_by_the_weights_of_fields():
    # deals 14 of 20 and contacts 4 of 6; the amount, 3 of 4, three times: 20 of 28; without the e-mail, 1 of 2: 3 of 4
    assert value(CARDS, "completeness", "entity", "deals") == 14 / 20
    assert value(CARDS, "completeness", "entity", "contacts") == pytest.approx(4 / 6)
    heavy = {"field_weights": {"deals.amount": 3, "contacts.email": 0}}
    assert value(CARDS, "completeness", "entity", "deals", **heavy) == 20 / 28
    assert value(CARDS, "completeness", "entity", "contacts", **heavy) == 3 / 4
    found = row(CARDS, "completeness", **heavy)
    assert (found["value"], found["n"], found["sum_num"], found["sum_den"]) == (23 / 32, 24, 23, 32)
    assert value(CARDS, "completeness", "field", "deals.amount", **heavy) == 3 / 4
    assert value(CARDS, "completeness", "owner", "Ann", **heavy) == 8 / 14  # client 1/2, owner 2/2, source 1/2, amount 3/6, date 1/2
    # 32² ÷ (20 + 4 · 9) = 18.3 fields of equal weight tell as much: a wider interval than of 24
    low, high = intervals.wilson(23 / 32 * 32**2 / 56, 32**2 / 56)
    assert (found["low"], found["high"]) == (pytest.approx(float(low)), pytest.approx(float(high)))
    assert value(CARDS, "placeholder_share", **heavy) == value(CARDS, "placeholder_share")  # weights are of what is filled


def test_completeness_of_all_fields_and_of_a_seller():
    # deals: client 3/4, owner 4/4, source 2/4, amount 3/4, date 1/2, reason 1/2; contacts: name 2/2, phone 1/2, e-mail 1/2
    assert value(CARDS, "completeness") == pytest.approx(18 / 26)
    # Ann: client 1/2, owner 2/2, source 1/2, amount 1/2, date 1/2
    assert value(CARDS, "completeness", "owner", "Ann") == pytest.approx(6 / 10)


def test_placeholders_among_what_is_filled():
    # filled with anything: client 3, owner 4, source 3, amount 4, date 1, reason 1, name 2, phone 2, e-mail 2; sham: 4
    assert value(CARDS, "placeholder_share") == pytest.approx(4 / 22)
    assert value(CARDS, "placeholder_share", "field", "deals.source") == pytest.approx(1 / 3)


def test_a_good_comment_holds_a_result_and_a_next_step():
    talks = crm("""
activities
  activity_id kind     owner_id created_at done_at    comment
  a1          call_out ann      2026-03-01 2026-03-01 Обсудили~условия,~договорились~созвониться~в~четверг
  a2          call_out ann      2026-03-01 2026-03-01 Обсудили~условия~поставки~и~скидку~на~партию
  a3          call_out bob      2026-03-01 2026-03-01 недозвон,~перезвоню
  a4          call_out bob      2026-03-01 2026-03-01 Client~agreed~to~the~terms,~follow~up~on~Monday
  a5          call_out bob      2026-03-01 2026-03-01 -
  a6          call_out bob      2026-03-01 -          Обсудили~условия,~договорились~созвониться~в~четверг
""")
    assert value(talks, "comment_quality") == 2 / 5
    assert row(talks, "comment_quality", "owner", "bob")["sum_num"] == 1
