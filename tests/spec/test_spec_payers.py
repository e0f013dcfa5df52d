"""Who pays, who owes and who paid for the first time, on drawn books, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed, measure
from audit.metrics.rows.money import billing

BOOKS = crm("""
clients
  client_id name owner_id
  c1        Oak  ann
  c2        Elm  bob
  c3        Elm  bob
users
  user_id name
  ann     Ann
  bob     Bob
deals
  deal_id client_id semantic created_at source
  d1      c1        won      2026-01-01 web
  d2      c2        won      2026-01-01 ads
invoices
  invoice_id deal_id client_id issued_on  due_on     amount
  i1         d1      -         2026-01-10 2026-01-20 100
  i2         d2      c2        2026-02-01 2026-02-11 200
  i3         -       c3        2026-02-05 2026-02-15 400
payments
  payment_id invoice_id client_id deal_id received_on amount
  p1         i1         -         -       2026-01-18  60
  p2         i1         -         -       2026-02-20  40
  p3         -          -         d2      2026-02-10  50
  p4         -          c3        -       2026-03-01  400
  p5         -          -         -       2026-03-02  7
""")


def test_receipts_by_the_client_that_the_bill_or_the_deal_tells():
    assert value(BOOKS, "receipts") == 557
    assert value(BOOKS, "receipts", "client", "Oak") == 100  # by i1, and that by d1
    assert value(BOOKS, "receipts", "client", "Elm (c2)") == 50  # by d2
    assert value(BOOKS, "receipts", "client", "Elm (c3)") == 400
    assert value(BOOKS, "receipts", "client", "—") == 7
    assert value(BOOKS, "receipts", "client", "Oak", period="month", start="2026-02-01") == 40
    assert value(BOOKS, "receipts", "owner", "Ann") == 100  # the seller of the client whose bill it is


def test_the_plan_and_delays_of_a_client():
    # Oak: 60 of 100 paid by 20 January; the rest a month late. c2: 200 came due, 50 were paid by its deal; c3 settled its 400 late
    assert value(BOOKS, "payment_plan_attainment", "client", "Elm (c3)") == 1
    assert value(BOOKS, "days_late", "client", "Oak") == 31
    assert value(BOOKS, "days_late", "client", "Elm (c3)") == 14
    assert row(BOOKS, "late_share", "client", "Elm (c2)")["sum_num"] == 1


def test_the_largest_by_name_and_the_others_together(monkeypatch):
    monkeypatch.setattr(billing, "_SHOWN", 1)
    assert value(BOOKS, "receipts", "client", "Elm (c3)") == 400  # 400 invoiced and 400 paid
    assert value(BOOKS, "receipts", "client", "…") == 150
    assert value(BOOKS, "receipts", "client", "—") == 7


def test_where_people_are_not_to_be_named_clients_are_not_either():
    assert value(BOOKS, "receipts", "client", "c1", privacy="initials") == 100


def test_without_clients_there_is_no_such_slice():
    bare = {"payments": BOOKS["payments"][["payment_id", "received_on", "amount"]]}
    assert set(measure(bare, "receipts", as_of="2026-03-31", client=client()).frame["by"]) == {""}


def test_first_payments():
    assert value(BOOKS, "new_clients_paid", new_client_burn_in_months=0) == 3
    assert value(BOOKS, "new_clients_paid", period="month", start="2026-01-01", new_client_burn_in_months=0) == 1  # Oak; its February is its second
    assert value(BOOKS, "new_clients_paid", "source", "ads", new_client_burn_in_months=0) == 1
    found = row(BOOKS, "new_clients_paid", period="month", start="2026-03-01")
    assert (found["value"], found["status"]) == (1, "provisional")  # c3, whose year of history is not over
    assert value(BOOKS, "new_clients_paid", as_of="2026-01-31", new_client_burn_in_months=0) == 1


YEARS = crm("""
payments
  payment_id client_id received_on amount
  p1         c1        2025-01-10  100
  p2         c2        2025-05-10  100
  p3         c1        2026-02-01  900
  p4         c2        2026-02-02  10
  p5         c2        2026-03-02  10
  p6         c3        2026-03-03  10
  p7         -         2026-03-04  10
""")


def test_new_among_those_who_paid():
    # from 10 January 2026 c1, c2 and c3 paid, c2 and c3 within a year of their first payment: two of three clients, 30 of 930
    assert value(YEARS, "new_payer_share") == pytest.approx(2 / 3)
    assert (value(YEARS, "new_payers"), value(YEARS, "known_payers")) == (2, 1)
    assert value(YEARS, "new_client_paid_share") == pytest.approx(30 / 930)
    assert (value(YEARS, "new_client_receipts"), value(YEARS, "known_client_receipts")) == (30, 900)
    assert value(YEARS, "new_payer_share", period="month", start="2026-02-01") == 1 / 2
    assert value(YEARS, "new_payer_share", period="month", start="2026-03-01") == 1
    assert row(YEARS, "new_payers", period="month", start="2025-01-01")["status"] == "provisional"


def test_money_given_back_and_empty_rows_make_no_payer():
    more = crm("""
payments
  payment_id client_id received_on amount
  q1         c3        2025-02-01  0
  q2         c4        2026-02-01  -50
  q3         c1        2026-03-05  -40
""")
    tables = {"payments": pd.concat([YEARS["payments"], more["payments"]], ignore_index=True)}
    assert (value(tables, "new_payers"), value(tables, "known_payers")) == (2, 1)  # c3 still first paid in March 2026, c4 never
    assert value(tables, "new_clients_paid", period="month", start="2026-03-01") == 1
    assert value(tables, "known_payers", period="month", start="2026-03-01") == 0  # c1 was only given money back
    assert value(tables, "known_client_receipts") == 900 - 40


OWED = crm("""
receivables
  as_of      client_id client_name contract document amount overdue_amount days_overdue
  2026-03-31 c1        Oak~Ltd     main     x1       100    100            10
  2026-03-31 c1        Oak~Ltd     second   x2       50     0              0
  2026-03-31 c2        -           main     x3       30     30             100
  2026-03-31 -         Yew~Ltd     main     x4       20     0              0
""")


def test_debts_by_client_and_contract():
    assert value(OWED, "receivables", "client", "Oak Ltd") == 150
    assert value(OWED, "receivables", "client", "c2") == 30
    assert value(OWED, "receivables", "client", "Yew Ltd") == 20
    # contracts of different clients share their names
    assert value(OWED, "receivables", "client×contract", "Oak Ltd × main") == 100
    assert value(OWED, "overdue_share", "client", "Oak Ltd") == pytest.approx(2 / 3)
    assert value(OWED, "days_delinquent", "client", "c2") == 100
    ages = measure(OWED, "receivables_ageing", as_of="2026-03-31", client=client())
    assert ages.get("receivables_ageing", "client×bucket", "Oak Ltd × 1-30")["value"] == 100
    assert ages.get("receivables_ageing", "client×bucket", "Oak Ltd × not_due")["value"] == 50


def test_small_debtors_are_one_group(monkeypatch):
    from audit.metrics.families.money import money

    monkeypatch.setattr(money, "_SHOWN", 1)
    assert value(OWED, "receivables", "client", "…") == 50
    assert value(OWED, "receivables", "client×contract", "… × …") == 50


def test_debts_of_bills_are_of_the_client_of_the_deal():
    assert value(BOOKS, "receivables", "client", "Elm (c2)") == 150  # p3 names d2, a deal of c2: 50 of i2 are paid
    whole = measure(BOOKS, "receivables", as_of="2026-03-31", client=client())
    assert set(whole.frame["by"]) == {"", "owner", "client"}
    assert value(BOOKS, "receivables", "owner", "Bob") == 150  # the seller of the client


def test_payments_and_bills_that_only_deals_tell_the_client_of():
    books = crm("""
deals
  deal_id client_id semantic created_at
  d1      c1        won      2026-01-01
  d2      c1        won      2026-01-01
  d3      c2        won      2026-01-01
invoices
  invoice_id deal_id issued_on  due_on     amount
  i1         d1      2026-01-10 2026-01-20 100
  i2         d2      2026-02-01 2026-02-11 200
  i3         d3      2026-02-01 2026-02-11 400
payments
  payment_id deal_id received_on amount
  p1         d2      2026-02-10  150
""")
    # c1 owes 300 and paid 150: i1 on 10 February, 50 of i2; c2 paid nothing
    assert value(books, "receivables") == 550
    assert value(books, "payments_overdue") == 550
    assert row(books, "invoice_paid_share", start="2026-01-01", period="month", invoice_days=31)["sum_num"] == 1


def test_debts_are_of_the_seller_of_the_client():
    people = {name: BOOKS[name] for name in ("clients",)} | crm("""
users
  user_id name team
  ann     Ann  T1
  bob     Bob  T2
receivables
  as_of      client_id due_on     amount
  2026-03-31 c1        2026-03-21 100
  2026-03-31 c2        2026-04-10 50
  2026-03-31 c3        2026-03-30 70
""")
    assert value(people, "receivables", "owner", "Bob") == 120
    assert value(people, "receivables", "team", "T1") == 100
    assert value(people, "overdue_share", "owner", "Bob") == pytest.approx(70 / 120)


BILLS = crm("""
invoices
  invoice_id client_id owner_id issued_on  due_on     promised_on amount
  i1         c1        ann      2026-01-01 2026-01-11 -           100
  i2         c1        ann      2026-01-01 2026-01-11 2026-01-20  200
  i3         c2        ann      2026-01-01 2026-01-11 2026-03-10  300
  i4         c2        bob      2026-01-10 -          2026-03-31  400
  i5         c3        bob      2026-03-20 2026-04-20 2026-04-05  500
payments
  payment_id invoice_id client_id received_on amount
  p1         i1         c1        2026-01-01  100
  p2         i2         c1        2026-02-10  200
  p3         i3         c2        2026-03-20  100
""")


def test_chance_to_be_paid_by_age():
    # as issued: i1 of four within 30 days; at 30 days i2 of three (31 and 60 days later is too late); at 60 none of two; on 31 March all of them are 80 days old
    found = {age: row(BILLS, "unpaid_chance", "age", age)[["sum_num", "sum_den"]].tolist() for age in ("0", "30")}
    assert found == {"0": [1, 4], "30": [1, 3]}
    # looks of 2 March (i3) and 11 March (i4) are not 30 days old, nor is that of i5: only the month shows them
    assert row(BILLS, "unpaid_chance")["sum_den"] == 7
    march = row(BILLS, "unpaid_chance", period="month", start="2026-03-01")
    assert march["sum_den"] == 3
    assert row(BILLS, "unpaid_chance", as_of="2026-01-31")["sum_den"] == 3  # of 1 January, i2 not yet paid; i4 is too young


def test_unpaid_money_by_its_age(monkeypatch):
    from audit.metrics.facts import sales

    monkeypatch.setattr(sales, "MIN_N", 4)
    # all looks 2 of 7, drawn: as issued (1 + 5·3/9)/(4 + 5), at 60 days none: 5·3/9 of 5
    whole = 3 / 9
    new, old = (1 + 5 * whole) / 9, 5 * whole / 5
    # at such ages 2·new + 2·(1 + 5·3/9)/(3 + 5) of the four looks at c2 would be paid, none was; c3 has no record
    middle, usual = (1 + 5 * whole) / 8, 5 * whole
    own = usual / (2 * new + 2 * middle + usual)
    assert value(BILLS, "unpaid_expected") == pytest.approx(own * (200 * old + 400 * old) + 500 * new)
    assert value(BILLS, "unpaid_expected", "client", "c3") == pytest.approx(500 * new)


def test_few_bills_tell_no_chance():
    found = measure(BILLS, ["unpaid_chance", "unpaid_expected"], as_of="2026-03-31", client=client())
    assert found.get("unpaid_expected")["status"] == "not_measurable: lacks invoices of two months"


def test_promised_days():
    found = row(BILLS, "payment_promises_kept")
    assert (found["sum_num"], found["sum_den"]) == (0, 2)  # i2 and i3 came late; the day of i4 is not over, that of i5 is to come
    early = BILLS | {"payments": BILLS["payments"].assign(received_on=BILLS["payments"]["received_on"] - pd.Timedelta(days=21))}
    assert row(early, "payment_promises_kept")["sum_num"] == 1  # i2 on 20 January; a part of i3 is no kept promise
    assert row(BILLS, "payment_promises_kept", period="month", start="2026-01-01")["sum_den"] == 1


def test_a_promised_day_stands_for_the_due_day():
    assert value(BILLS, "payments_due_today") == 400  # i4, promised for today
    assert value(BILLS, "payments_due_month") == 200 + 400  # the rest of i3 and i4
    assert value(BILLS, "payment_plan", period="month", start="2026-01-01") == 100 + 200
    assert value(BILLS, "payments_overdue") == 200  # by the due day
    assert row(BILLS, "late_share")["sum_den"] == 3  # i4 has no due day
    found = listed(BILLS, "payment_control", as_of="2026-03-31", client=client()).set_index("invoice_id")
    assert found["days_overdue"].to_dict() == {"i3": 21, "i4": 0}
