"""Expected, received and invoiced money on drawn invoices, counted by hand."""

import numpy as np
import pytest
from drawn import crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import listed

BOOKS = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
deals
  deal_id owner_id semantic created_at client_id
  d1      ann      won      2026-01-01 c1
  d2      bob      won      2026-01-01 c2
invoices
  invoice_id deal_id client_id owner_id issued_on  due_on     amount status
  i1         d1      c1        -        2026-01-10 2026-01-20 100    -
  i2         d1      c1        -        2026-02-01 2026-02-11 200    -
  i3         d1      c1        -        2026-02-05 2026-02-15 200    -
  i4         d2      c2        -        2026-02-10 2026-02-20 400    -
  i5         -       c3        ann      2026-02-20 2026-03-10 800    -
  i6         d2      c2        -        2026-03-01 2026-03-10 50     -
  i7         d2      c2        -        2026-03-05 2026-03-25 60     -
  i8         d2      c2        -        2026-03-06 2026-03-26 999    cancelled
  i9         d2      c2        -        2026-03-20 2026-04-20 70     -
payments
  payment_id invoice_id client_id received_on amount
  p1         i1         c1        2026-01-18  100
  p2         i2         c1        2026-02-10  120
  p3         i2         c1        2026-02-14  80
  p4         -          c2        2026-02-25  300
  p5         -          c2        2026-03-04  140
  p6         i5         c3        2026-02-25  500
  p7         i5         c3        2026-03-15  300
""")
TO = {"as_of": "2026-03-10"}
# c2 owes i4 400 (due 20 February), i6 50, i7 60 and pays 300, 140 unnamed: i4 is settled on 4 March (300 + 100), i6 gets 40


def test_receipts_by_the_seller_of_what_they_pay():
    assert value(BOOKS, "receipts", **TO) == 1240  # p7 is later
    assert value(BOOKS, "receipts", period="month", start="2026-02-01", **TO) == 1000
    assert value(BOOKS, "receipts", "owner", "Ann", **TO) == 800


def test_payments_without_an_invoice_settle_the_earliest_due():
    found = listed(BOOKS, "payment_control", as_of="2026-03-10").set_index("invoice_id")
    assert found["balance"].to_dict() == {"i3": 200, "i5": 300, "i6": 10, "i7": 60}
    assert found["days_overdue"].to_dict() == {"i3": 23, "i5": 0, "i6": 0, "i7": 0}
    assert found.loc["i7", "owner"] == "Bob"


def test_expected_today_this_month_and_overdue():
    assert value(BOOKS, "payments_due_today", **TO) == 310  # 300 of i5, 10 of i6
    assert value(BOOKS, "payments_due_month", **TO) == 370
    assert value(BOOKS, "payments_overdue", **TO) == 200
    assert value(BOOKS, "payments_due_today", as_of="2026-03-09") == 0


def test_the_chance_of_a_client_is_drawn_to_everybodys():
    # decided: i1 on time; i2, i3, i4 late → all 1 of 4; c1 1 of 3, c2 0 of 1, c3 none
    everybody = 2 / 6
    found = listed(BOOKS, "payment_control", as_of="2026-03-10").set_index("invoice_id")["chance"]
    assert found["i3"] == pytest.approx((1 + 5 * everybody) / 8)
    assert found["i7"] == pytest.approx((0 + 5 * everybody) / 6)
    assert found["i5"] == pytest.approx(everybody)
    likely = 300 * found["i5"] + 70 * found["i7"]
    assert value(BOOKS, "payments_likely_month", **TO) == pytest.approx(likely)


def test_plan_of_payments_and_its_attainment():
    assert value(BOOKS, "payment_plan", period="month", start="2026-02-01", **TO) == 800
    # of 850 due in March so far 500 came in February
    assert value(BOOKS, "payment_plan", period="month", start="2026-03-01", **TO) == 350
    assert value(BOOKS, "payment_plan_attainment", period="month", start="2026-02-01", **TO) == pytest.approx(1000 / 800)


def test_late_payments():
    late = row(BOOKS, "late_share", **TO)
    assert (late["sum_num"], late["n"]) == (3, 4)  # i1 in time; i2, i4 late; i3 unpaid; i5, i6 are due today
    assert value(BOOKS, "days_late", **TO) == pytest.approx((0 + 3 + 12) / 3)


def test_the_lag_counts_the_unpaid_too():
    # i1 early, i2 3 days, i4 12; i3 still unpaid after 23: half are paid by 3 days, though those paid took 5 on average
    found = row(BOOKS, "payment_lag", **TO)
    assert (found["value"], found["n"]) == (3, 4)
    assert value(BOOKS, "payment_lag", "owner", "Bob", **TO) == 12
    # on 3 March i4 too is unpaid after 11: i1 and i2 alone are half, and the curve stands at one half from 3 days on
    assert value(BOOKS, "payment_lag", as_of="2026-03-03") == 3
    assert np.isnan(value(BOOKS, "payment_lag", "owner", "Bob", as_of="2026-03-03"))


def test_a_bill_paid_before_a_day_still_to_come_has_not_come_due():
    """Counting it would count those paid early and not those that are not paid yet."""
    books = crm("""
deals
  deal_id owner_id semantic created_at client_id
  d1      ann      won      2026-01-01 c1
invoices
  invoice_id deal_id client_id issued_on  due_on     amount
  i1         d1      c1        2026-01-10 2026-01-20 100
  i2         d1      c1        2026-02-01 2026-02-11 200
  i3         d1      c1        2026-02-20 2026-03-20 300
  i4         d1      c1        2026-02-20 2026-03-21 400
payments
  payment_id invoice_id client_id received_on amount
  p1         i1         c1        2026-01-18  100
  p3         i3         c1        2026-02-25  300
""")
    late = row(books, "late_share", **TO)
    assert (late["sum_num"], late["n"]) == (1, 2)  # i1 in time, i2 unpaid; the days of i3 and i4 are to come


def test_invoiced():
    assert value(BOOKS, "invoice_count", **TO) == 7
    assert value(BOOKS, "invoiced_amount", **TO) == 1810
    assert value(BOOKS, "invoice_count", "owner", "Bob", **TO) == 3
    again = row(BOOKS, "invoice_reissued_share", **TO)
    assert (again["sum_num"], again["n"]) == (1, 6)  # i3 repeats i2; i5 has no deal


def test_paid_within_the_days_of_the_rule():
    found = row(BOOKS, "invoice_paid_share", as_of="2026-03-31", invoice_days=20)
    # issued by 11 March: i1 after 8 days, i2 13, i4 22, i5 23, i3, i6, i7 not
    assert (found["sum_num"], found["n"]) == (2, 7)


def test_days_to_pay_with_the_unpaid_censored():
    # 8, 13, 22 paid; open for 5, 9, 18, 33 days: S(8) = 6/7·… the curve passes one half at 22 days
    found = row(BOOKS, "days_to_pay", as_of="2026-03-10")
    assert (found["value"], found["n"]) == (22, 7)


def test_what_is_owed_is_what_is_not_paid():
    assert value(BOOKS, "receivables", **TO) == 200 + 300 + 10 + 60


def test_without_payments_nothing_is_called_unpaid():
    with pytest.raises(NothingMeasurableError):
        value({name: table for name, table in BOOKS.items() if name != "payments"}, "payments_overdue", **TO)


def test_cancelled_bills_are_no_sales():
    bills = crm("""
invoices
  invoice_id client_id issued_on  due_on     amount status
  i1         c1        2026-03-02 2026-03-12 100    -
  i2         c1        2026-03-03 2026-03-13 100    cancelled
""")
    # 100 owed of 100 sold in 90 days; 100 of March's 100 take its 31 days
    assert value(bills, "dso", as_of="2026-03-31") == 90
    assert value(bills, "dso_countback", as_of="2026-03-31") == 31
