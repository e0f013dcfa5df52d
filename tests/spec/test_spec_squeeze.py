"""Growth at a falling margin on a drawn CRM, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed
from audit.stats import intervals

DEALS = crm("""
deals
  deal_id semantic created_at closed_at  product amount margin
  a0      won      2024-11-01 2024-11-20 pipes   900    90
  a1      won      2025-01-01 2025-01-20 pipes   400    80
  a2      won      2025-02-01 2025-02-20 pipes   300    90
  a3      won      2025-02-01 2025-02-21 cable   100    30
  a4      won      2025-03-01 2025-03-20 pipes   400    120
  b1      won      2026-01-01 2026-01-20 pipes   500    150
  b2      won      2026-02-01 2026-02-20 pipes   400    60
  b3      won      2026-02-01 2026-02-21 cable   100    40
  b4      won      2026-03-01 2026-03-20 pipes   500    50
  b5      won      2026-03-01 2026-03-21 pipes   500    -
  b6      lost     2026-03-01 2026-03-21 pipes   900    90
""")
FEBRUARY = {"period": "month", "start": "2026-02-01"}


def test_margin_given_up_where_revenue_grew():
    # January: 500 at 30 % after 400 at 20 %: nothing is given up; February: 500 at 20 % after 400 at 30 %
    assert value(DEALS, "margin_share_change", period="month", start="2026-01-01") == pytest.approx(0.10)
    assert value(DEALS, "margin_squeeze", period="month", start="2026-01-01") == 0
    assert value(DEALS, "margin_share_change", **FEBRUARY) == pytest.approx(-0.10)
    found = row(DEALS, "margin_squeeze", **FEBRUARY)
    assert (found["value"], found["sum_num"], found["sum_den"]) == (pytest.approx(50), 500, 400)
    # pipes: 400 at 15 % after 300 at 30 %; cable did not grow, and its share rose
    assert value(DEALS, "margin_squeeze", "product", "pipes", **FEBRUARY) == pytest.approx(60)
    assert value(DEALS, "margin_squeeze", "product", "cable", **FEBRUARY) == 0
    # a fall without growth is no such growth
    less = {"deals": DEALS["deals"].assign(amount=DEALS["deals"]["amount"].where(DEALS["deals"]["deal_id"] != "b2", 290))}
    assert value(less, "revenue_growth", **FEBRUARY) < 0
    assert value(less, "margin_share_change", **FEBRUARY) == pytest.approx(100 / 390 - 120 / 400)
    assert value(less, "margin_squeeze", **FEBRUARY) == 0


def test_rounding_is_no_fall():
    margins = DEALS["deals"]["margin"].where(DEALS["deals"]["deal_id"] != "b2", 109.8)  # 149.8 of 500: 29.96 % after 30 %
    tables = {"deals": DEALS["deals"].assign(margin=margins)}
    assert value(tables, "margin_share_change", **FEBRUARY) == pytest.approx(-0.0004)
    assert value(tables, "margin_squeeze", **FEBRUARY) == 0


def test_nothing_is_said_where_the_margin_of_too_little_is_known():
    # March: 1000 after 400, of which the margin of one half is known
    with pytest.raises(AssertionError, match="no row"):
        row(DEALS, "margin_squeeze", period="month", start="2026-03-01")
    told = DEALS["deals"].assign(amount=DEALS["deals"]["amount"].where(DEALS["deals"]["deal_id"] != "b5", 100))  # five sixths of 600, all of 400: too far apart
    with pytest.raises(AssertionError, match="no row"):
        row({"deals": told}, "margin_share_change", period="month", start="2026-03-01")
    told = told.assign(amount=told["amount"].where(told["deal_id"] != "b5", 50))  # ten elevenths of 550
    assert value({"deals": told}, "margin_share_change", period="month", start="2026-03-01") == pytest.approx(50 / 500 - 120 / 400)


def test_the_list_has_both_numbers_then_and_now():
    frame = listed(DEALS, "margin_squeezes", "2026-03-31", client=client())
    one = frame[(frame["by"] == "") & (frame["period"] == "month")]
    assert one[["revenue_then", "revenue_now", "growth", "share_then", "share_now", "given_up"]].round(9).to_numpy().tolist() == [[400, 500, 0.25, 0.3, 0.2, 50]]
    assert (one["deals_then"].iloc[0], one["deals_now"].iloc[0], one["known_now"].iloc[0], bool(one["clear"].iloc[0])) == (2, 2, 1, False)
    # February as a whole and its pipes; without two years of history there is no year as a whole
    assert set(zip(frame["period"], frame["by"], frame["group"], strict=True)) == {("month", "", ""), ("month", "product", "pipes")}


def test_a_sure_fall_comes_first_and_has_an_interval():
    rows = [(f"{year}{i}", f"{year}-02-{i + 1:02d}", amount, amount * share + i % 3) for year, amount, share in ((2025, 100.0, 0.3), (2026, 110.0, 0.2)) for i in range(12)]
    deals = pd.DataFrame(rows, columns=["deal_id", "closed_at", "amount", "margin"]).assign(semantic="won", created_at=pd.Timestamp("2025-01-01"))
    tables = {"deals": pd.concat([deals, deals.head(1).assign(deal_id="0", closed_at="2024-12-01")]).assign(closed_at=lambda t: pd.to_datetime(t["closed_at"]))}
    found = row(tables, "margin_share_change", as_of="2026-02-28", **FEBRUARY)
    old, new = 372 / 1200, 276 / 1320  # twelve margins of 30 or 22 and 0, 1 or 2 more
    assert found["value"] == pytest.approx(new - old)
    ends = [intervals.ratio(12, 12 * a + 12, 12 * x, 4 * (a**2 + (a + 1) ** 2 + (a + 2) ** 2), x * (12 * a + 12), 12 * x**2) for a, x in ((30, 100), (22, 110))]
    assert found["low"] == pytest.approx(new - old - np.hypot(new - ends[1][0], ends[0][1] - old))
    assert found["high"] == pytest.approx(new - old + np.hypot(ends[1][1] - new, old - ends[0][0]))
    frame = listed(tables, "margin_squeezes", "2026-02-28", client=client())
    assert bool(frame["clear"].iloc[0])
    assert frame["given_up"].iloc[0] == pytest.approx(1320 * (old - new))


def test_a_short_history_has_an_empty_list():
    frame = listed({"deals": DEALS["deals"].head(5)}, "margin_squeezes", "2025-03-31", client=client())
    assert len(frame) == 0
    assert list(frame.columns)[:5] == ["period", "period_start", "period_end", "by", "group"]
