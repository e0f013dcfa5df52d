"""New clients, their money, and segments on equal terms, counted by hand."""

import pandas as pd
import pytest
from drawn import crm, row, value
from scipy.special import stdtrit

from audit.stats import intervals

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


def test_a_second_purchase_of_a_client_from_the_burn_in_is_none_of_a_new_client():
    # c2 in March; c1's second deal in February is within a year of its first, which lies in the burn-in
    assert value(BUYERS, "active_new_clients", second_purchase_days=365) == 1
    assert value(BUYERS, "active_new_clients", period="month", start="2026-02-01", second_purchase_days=365) in (0, None)
    assert value(BUYERS, "active_new_clients", period="month", start="2026-03-01", second_purchase_days=365) == 1


def test_first_purchases_of_the_first_year_are_provisional():
    found = row(BUYERS, "new_clients", period="month", start="2025-01-01")
    assert (found["value"], found["status"]) == (1, "provisional")


def test_shares_of_clients_in_their_first_year():
    # from 10 January 2026: d2 (c1, within a year of its first on 10 February 2025), d3, d4 are new; d6, d7 are not
    assert value(BUYERS, "new_client_share") == 3 / 5
    assert value(BUYERS, "new_client_revenue_share") == pytest.approx(900 / 2000)


def test_shares_of_clients_not_of_their_deals():
    # from 10 January 2026: c1 (d2) and c2 (d3, d4) bought as new clients, c4 (the CRM knew it) and c0 as known ones
    assert value(BUYERS, "new_buyer_share") == 2 / 4
    assert (value(BUYERS, "new_buyers"), value(BUYERS, "known_buyers")) == (2, 2)
    # a client counts once a period: c2 in February, in March and in the quarter
    share = {start: row(BUYERS, "new_buyer_share", period="month", start=start)[["sum_num", "sum_den"]].tolist() for start in ("2026-02-01", "2026-03-01")}
    assert share == {"2026-02-01": [2, 2], "2026-03-01": [1, 3]}
    found = row(BUYERS, "new_buyer_share", period="quarter", start="2026-01-01")
    assert (found["sum_num"], found["sum_den"]) == (2, 4)
    assert value(BUYERS, "new_buyers", period="month", start="2026-03-01") == 1
    assert value(BUYERS, "known_buyers", period="month", start="2026-03-01") == 2
    assert row(BUYERS, "new_buyers", period="month", start="2025-02-01")["status"] == "provisional"
    # c1 and c2 are one client by their tax number, known since February 2025: it bought in its first year on 1 February and 10 March alike
    same = BUYERS | {"clients": pd.DataFrame({"client_id": ["c1", "c2"], "name": ["Oak", "Oak"], "tax_id": ["1234567890", "1234567890"]})}
    assert (value(same, "new_buyers"), value(same, "known_buyers")) == (1, 2)


def test_a_client_of_two_sellers_counts_where_it_bought_first():
    owned = {"deals": BUYERS["deals"].assign(owner_id=["x", "x", "x", "ann", "bob", "bob", "bob", "ann", "bob"])}
    assert value(owned, "new_buyers", "owner", "ann", period="quarter", start="2026-01-01") == 1  # c2 bought of Ann in February, of Bob in March
    assert value(owned, "new_buyers", "owner", "bob", period="quarter", start="2026-01-01") == 0
    assert value(owned, "new_buyers", "owner", "bob", period="month", start="2026-03-01") == 1


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


def test_the_interval_of_a_ratio_takes_clients_as_independent():
    # ten deals of 100: four of a with a margin of 40, three of b with 20, three of c with 30; 310 of 1000 are 0.31. Less 0.31 of what they bought
    # a is 160 − 124 = 36, b 60 − 93 = −33, c 90 − 93 = −3; each against the rest without it 36 ÷ 0.6 = 60, −33 ÷ 0.7, −3 ÷ 0.7
    # squares 3600 + 2222.449 + 18.367, of which two thirds; as many equal clients as 1000² ÷ (400² + 300² + 300²) = 2.941
    whose = ["a"] * 4 + ["b"] * 3 + ["c"] * 3
    deals = pd.DataFrame({"deal_id": [f"d{i}" for i in range(10)], "client_id": whose, "semantic": "won", "created_at": pd.Timestamp("2026-01-05"),
                          "closed_at": pd.Timestamp("2026-02-05"), "amount": 100.0, "margin": [{"a": 40.0, "b": 20.0, "c": 30.0}[one] for one in whose]})
    half = stdtrit(1 / 0.34 - 1, 0.975) * (5_840.816 * 2 / 3) ** 0.5 / 1_000
    found = row({"deals": deals}, "margin_share")
    assert (found["value"], found["n"]) == (pytest.approx(0.31), 10)
    assert (found["low"], found["high"]) == (pytest.approx(0.31 - half, abs=1e-6), pytest.approx(0.31 + half, abs=1e-6))
    # of deals of unknown clients each stands for itself: variance 100² · (4 · 0.09² + 3 · 0.11² + 3 · 0.01²) · 10 ÷ 9
    half = stdtrit(9, 0.975) * (100**2 * (4 * 0.09**2 + 3 * 0.11**2 + 3 * 0.01**2) * 10 / 9) ** 0.5 / 1_000
    found = row({"deals": deals.assign(client_id=None)}, "margin_share")
    assert (found["low"], found["high"]) == (pytest.approx(0.31 - half), pytest.approx(0.31 + half))
    # of one client nothing is known but itself
    assert pd.isna(row({"deals": deals.assign(client_id="a")}, "margin_share")["low"])


def test_the_interval_of_a_share_of_invoices_of_one_client_is_that_of_one():
    bills = pd.DataFrame({"invoice_id": [f"i{n}" for n in range(12)], "client_id": "a", "issued_on": pd.Timestamp("2026-01-05"), "due_on": pd.Timestamp("2026-02-05"),
                          "amount": 100.0})
    paid = pd.DataFrame({"payment_id": [f"p{n}" for n in range(12)], "invoice_id": bills["invoice_id"], "amount": 100.0,
                         "received_on": [pd.Timestamp("2026-02-01")] * 6 + [pd.Timestamp("2026-02-20")] * 6})
    one, many = (row({"invoices": bills.assign(client_id=names), "payments": paid}, "late_share") for names in ("a", [f"c{n}" for n in range(12)]))
    assert one["value"] == many["value"] == 0.5
    assert (one["low"], one["high"]) == tuple(pytest.approx(float(end)) for end in intervals.wilson(0.5, 1))
    assert (many["low"], many["high"]) == tuple(pytest.approx(float(end)) for end in intervals.wilson(6, 12))
