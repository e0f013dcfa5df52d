"""New clients, their money, and segments on equal terms, counted by hand."""

import pandas as pd
import pytest
from drawn import crm, row, value

BUYERS = crm("""
deals
  deal_id client_id semantic created_at closed_at  amount is_repeat
  d0      c0        won      2025-01-01 2025-01-10 10     -
  d1      c1        won      2025-01-01 2025-02-10 100    -
  d2      c1        won      2026-01-01 2026-02-01 200    -
  d3      c2        won      2026-01-01 2026-02-10 300    -
  d4      c2        won      2026-01-01 2026-03-10 400    -
  d5      c3        lost     2026-01-01 2026-03-10 999    -
  d6      c4        won      2026-01-01 2026-03-11 500    yes
  d7      c0        won      2026-01-01 2026-03-12 600    -
  d8      -         won      2026-01-01 2026-03-12 700    -
""")


def test_new_clients_after_a_year_of_history():
    assert value(BUYERS, "new_clients") == 1  # c2; the CRM calls c4 an old client, c0 and c1 came in the burn-in
    assert value(BUYERS, "new_clients", period="month", start="2026-02-01") == 1
    assert value(BUYERS, "new_clients", period="month", start="2026-03-01") == 0


def test_first_purchases_of_the_first_year_are_provisional():
    found = row(BUYERS, "new_clients", period="month", start="2025-01-01")
    assert (found["value"], found["status"]) == (1, "provisional")


def test_shares_of_clients_in_their_first_year():
    # from 10 January 2026: d2 (c1, within a year of its first on 10 February 2025), d3, d4 are new; d6, d7 are not
    assert value(BUYERS, "new_client_share") == 3 / 5
    assert value(BUYERS, "new_client_revenue_share") == pytest.approx(900 / 2000)


def mix(segment: str, source: str, won: int, lost: int) -> list[dict]:
    rows = [("won", won), ("lost", lost)]
    return [{"segment": segment, "source": source, "semantic": state} for state, n in rows for _ in range(n)]


SEGMENTS = {
    "deals": pd.DataFrame([*mix("A", "web", 6, 2), *mix("A", "ads", 0, 2), *mix("B", "web", 1, 1), *mix("B", "ads", 2, 6)])
    .assign(deal_id=lambda t: t.index.astype(str), created_at="2026-01-01", closed_at="2026-02-01")
}


def test_segments_of_a_different_mix_are_equal_on_equal_terms():
    assert value(SEGMENTS, "win_rate", "segment", "A") == 6 / 10
    assert value(SEGMENTS, "win_rate", "segment", "B") == 3 / 10
    # web wins 7 of 10 and ads 2 of 10 everywhere: A is expected to win 6.0, B 3.0; all win 9 of 20
    assert value(SEGMENTS, "segment_win_rate_standardised", "segment", "A") == pytest.approx(0.45)
    assert value(SEGMENTS, "segment_win_rate_standardised", "segment", "B") == pytest.approx(0.45)


def test_a_segment_known_only_of_won_deals_is_refused():
    from audit.metrics import measure

    late = SEGMENTS["deals"].assign(segment=lambda t: t["segment"].where(t["semantic"] == "won"))
    found = measure({"deals": late}, ["segment_win_rate_standardised", "win_rate"]).get("segment_win_rate_standardised")
    assert found["status"] == "not_measurable: lacks deals.segment of lost deals"
