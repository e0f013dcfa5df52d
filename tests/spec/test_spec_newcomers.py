"""What newcomers were handed, the floor of their ramp, and people whom no list knows, on drawn CRMs, counted by hand."""

import pytest
from drawn import crm, row, value


def test_deals_that_newcomers_were_handed():
    tables = crm("""
users
  user_id name team hired_at
  old     Old  T1   2020-01-01
  new     New  T1   2026-02-02
  late    Late T2   2026-03-02
deals
  deal_id owner_id semantic created_at       closed_at
  d0      old      won      2025-12-01T10:00 2026-02-10T10:00
  d1      new      won      2026-01-20T10:00 2026-02-10T10:00
  d2      new      won      2026-02-03T10:00 2026-02-20T10:00
  d3      new      lost     2026-01-20T10:00 2026-02-20T10:00
  d4      late     won      2026-03-02T09:00 2026-03-20T10:00
  d5      late     won      2026-02-20T09:00 2026-03-25T10:00
  d6      late     won      2026-01-20T09:00 2026-02-25T10:00
""")
    # won by newcomers since their first day: d1, d2, d4, d5; there before it: d1, d5; d6 was won before Late came
    found = row(tables, "newcomer_handed_share")
    assert (found["sum_num"], found["sum_den"]) == (2, 4)
    assert value(tables, "newcomer_handed_share", "owner", "New") == 0.5
    assert value(tables, "newcomer_handed_share", period="month", start="2026-03-01") == 0.5
    # cycles: d0 71, d1 21, d2 17, d4 18 days and an hour, d5 33 days and an hour, d6 36 days and an hour; the lost one is no cycle
    days = 71 + 21 + 17 + 18 + 33 + 36 + 3 / 24
    assert value(tables, "ramp_floor_months") == pytest.approx(days / 6 / 365.25 * 12)


def test_deals_of_people_whom_the_list_of_staff_does_not_know():
    tables = crm("""
users
  user_id name hired_at   left_at
  a       A    2020-01-01 -
  b       B    2020-01-01 2026-02-28
deals
  deal_id owner_id semantic created_at
  d1      a        open     2026-01-05
  d2      b        won      2026-01-06
  d3      gone     won      2026-01-07
  d4      gone     lost     2026-02-07
  d5      -        open     2026-02-08
""")
    found = row(tables, "staff_unlisted_share")
    assert (found["sum_num"], found["sum_den"]) == (2, 4)  # d5 is nobody's
    assert value(tables, "staff_unlisted_share", period="month", start="2026-02-01") == 1
