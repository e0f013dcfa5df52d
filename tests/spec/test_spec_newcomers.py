"""What newcomers were handed, the season in which they came, the floor of their ramp, and people whom no list knows, on drawn CRMs, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed


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


COMERS = crm("""
users
  user_id name team hired_at   left_at
  old1    Old1 T1   2020-01-01 -
  old2    Old2 T1   2020-01-01 -
  n1      N1   T1   2025-07-07 -
  n2      N2   T1   2025-08-11 -
  n3      N3   T2   2025-09-01 2025-12-31
  n4      N4   T2   2026-01-12 -
""")


def won(month: pd.Period, owner: str, n: int) -> list[tuple]:
    """`n` deals won on the 15th of a month."""
    return [(owner, month.to_timestamp() + pd.Timedelta(days=14)) for _ in range(n)]


def paced(first: str, last: str, high: int) -> dict[str, pd.DataFrame]:
    """A deal won a working day by two tenured sellers, `high` in July; N1 wins as they do from September on, the other newcomers nothing."""
    rows = []
    for month in pd.period_range(first, last, freq="M"):
        days = len(pd.bdate_range(month.start_time, month.end_time.normalize()))
        n = days * (high if month.month == 7 else 1)
        rows += won(month, "old1", n // 2) + won(month, "old2", n - n // 2)
        rows += won(month, "n1", n) if str(month) >= "2025-09" else []
    deals = pd.DataFrame(rows, columns=["owner_id", "closed_at"]).assign(semantic="won", deal_id=lambda t: "d" + t.index.astype(str))
    return COMERS | {"deals": deals.assign(created_at=deals["closed_at"] - pd.Timedelta(days=14))}


def test_hires_that_bunch_in_one_quarter():
    tables = paced("2025-01", "2026-03", 1)
    # three of four came from July to September
    found = row(tables, "hires_in_quarter")
    assert (found["value"], found["sum_num"], found["sum_den"], np.isnan(found["low"])) == (0.75, 3, 4, True)
    assert [value(tables, "hires_in_quarter", "hire_quarter", quarter) for quarter in "1234"] == [0.25, 0, 0.75, 0]
    # Wilson's ends of three of four
    found = row(tables, "hires_in_quarter", "hire_quarter", "3")
    assert (found["low"], found["high"]) == (pytest.approx(0.3006, abs=1e-4), pytest.approx(0.9544, abs=1e-4))
    # N1 comes up two months after July; N3 leaves and N2 is watched longer without it: two of three are left, so half is not reached
    found = row(tables, "ramp_months", "hire_quarter", "3")
    assert (found["n"], np.isnan(found["value"])) == (3, True)
    assert row(tables, "ramp_months", "hire_quarter", "1")["n"] == 1


def test_the_season_of_the_first_months_beside_each_newcomer():
    # of every window of twelve months one has double the pace: 13 / 12 on average; July is 24 / 13 of it, the others 12 / 13
    early = listed(paced("2023-05", "2025-08", 2), "newcomer_ramps", "2025-08-31", client=client()).set_index("owner")
    assert early.loc["N1", "season"] == pytest.approx((24 + 12 + 12) / 3 / 13)
    assert early.loc["N2", "season"] == pytest.approx(12 / 13)
    short = listed(paced("2024-05", "2026-03", 1), "newcomer_ramps", "2026-03-31", client=client()).set_index("owner")
    assert short.index.tolist() == ["N4", "N3", "N2", "N1"]
    assert short["season"].isna().all()  # 22 months whose whole is known
    assert short.loc["N1", ["hire_quarter", "months", "reached", "first_deal_days"]].tolist() == ["3", 2, True, 70]  # 7 July … 15 September
    assert short.loc["N3", ["months", "reached", "first_deal", "first_deal_days"]].tolist() == [2, False, False, 121]  # September … December at work


def test_deals_won_before_a_newcomer_came_are_not_the_first_ones():
    tables = crm("""
users
  user_id name hired_at   left_at
  old     Old  2020-01-01 2026-01-20
  new     New  2026-02-01 -
deals
  deal_id owner_id semantic created_at closed_at
  d0      old      won      2025-01-01 2025-02-01
  d1      new      won      2025-01-01 2025-06-01
  d2      new      won      2026-02-10 2026-03-03
""")
    assert value(tables, "first_deal_days") == 30  # d1 was Old's when it was won
