"""Priority groups, changes by mix and within, discounts and checks without extremes, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import crm, row, value

from audit.metrics import measure
from audit.stats import mix

AS_OF = "2026-06-30"


def closed(segment: str, month: str, won: int, lost: int, amount: float = 100) -> list[dict]:
    rows = [("won", won), ("lost", lost)]
    return [{"segment": segment, "semantic": state, "created_at": f"{month}-01", "closed_at": f"{month}-10", "amount": amount} for state, n in rows for _ in range(n)]


def crm_of(*parts: list[dict]) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame([one for part in parts for one in part])
    for name in ("created_at", "closed_at"):
        frame[name] = pd.to_datetime(frame[name])
    return {"deals": frame.assign(deal_id=[f"d{i}" for i in range(len(frame))])}


# December begins the data and may be a part of a month; January to March stand against April to June
MOVED = crm_of(closed("A", "2025-12", 1, 0), closed("A", "2026-02", 8, 2), closed("B", "2026-02", 2, 8),
               closed("A", "2026-05", 21, 9), closed("B", "2026-05", 3, 7, 300))


def test_a_change_is_mix_and_within_and_nothing_else():
    # A 0.8 → 0.7 with the share 1/2 → 3/4, B 0.2 → 0.3 with 1/2 → 1/4: the whole 10/20 → 24/40
    assert value(MOVED, "win_rate_change", as_of=AS_OF) == pytest.approx(0.1)
    assert value(MOVED, "win_rate_change", "effect", "mix", as_of=AS_OF) == pytest.approx(0.25 * 0.75 - 0.25 * 0.25)
    assert value(MOVED, "win_rate_change", "effect", "within", as_of=AS_OF) == pytest.approx(-0.1 * 0.625 + 0.1 * 0.375)
    assert value(MOVED, "win_rate_change", "segment", "A", as_of=AS_OF) == pytest.approx(-0.1)
    found = row(MOVED, "win_rate_change", as_of=AS_OF)
    assert (found["n"], found["status"]) == (20, "provisional")  # no year of history: the season cannot be told
    half = 1.959963984540054 * np.sqrt(0.5 * 0.5 / 20 + 0.6 * 0.4 / 40)
    assert (found["low"], found["high"]) == pytest.approx((0.1 - half, 0.1 + half))


def test_the_change_of_the_check_in_money():
    # won: 10 at 100 (A 8, B 2) → 24 (A 21 at 100, B 3 at 300): 100 → 125; within B 200 × mean share (0.2 + 0.125) / 2
    assert value(MOVED, "check_change", as_of=AS_OF) == pytest.approx(25)
    assert value(MOVED, "check_change", "effect", "within", as_of=AS_OF) == pytest.approx(200 * 0.1625)
    assert value(MOVED, "check_change", "effect", "mix", as_of=AS_OF) == pytest.approx(25 - 200 * 0.1625)


def test_a_group_that_came_or_went_is_all_mix():
    came = crm_of(closed("A", "2025-12", 1, 0), closed("A", "2026-02", 5, 5), closed("A", "2026-05", 5, 5), closed("New", "2026-05", 10, 0))
    assert value(came, "win_rate_change", as_of=AS_OF) == pytest.approx(0.25)
    assert value(came, "win_rate_change", "effect", "mix", as_of=AS_OF) == pytest.approx(0.25)
    assert value(came, "win_rate_change", "effect", "within", as_of=AS_OF) == 0
    assert measure(came, "win_rate_change", by="segment", as_of=AS_OF).get("win_rate_change", "segment", "New") is None


def test_months_not_over_and_outcomes_to_come_are_not_compared():
    more = crm_of(MOVED["deals"].drop(columns="deal_id").to_dict("records"), closed("A", "2026-07", 0, 50))
    assert value(more, "win_rate_change", as_of="2026-07-20") == value(more, "win_rate_change", as_of=AS_OF) == pytest.approx(0.1)
    young = crm_of(closed("A", "2026-05", 5, 5), closed("A", "2026-06", 5, 5))
    assert np.isnan(value(young, "win_rate_change", as_of=AS_OF))  # nothing to compare with is no change of 0


def test_a_year_against_the_year_before_is_not_provisional():
    long = crm_of(*(closed("A", f"{year}-{month:02d}", 1 + (year > 2024), 1) for year in (2024, 2025) for month in range(1, 13)), closed("A", "2026-01", 2, 1))
    found = measure(long, "win_rate_change", period="quarter", as_of="2026-01-31")
    assert found.get("win_rate_change")["value"] == pytest.approx(2 / 3 - (11 * 0.5 * 2 + 2) / (11 * 2 + 3))
    assert found.get("win_rate_change")["status"] == "ok"
    assert len(found.rows("win_rate_change", period="quarter")) == 3  # January 2024 begins the data: no first quarter to compare with


def test_the_change_of_the_priority_groups_alone():
    named = {"as_of": AS_OF, "priority_segments": ("A",)}
    assert value(MOVED, "priority_win_rate_change", **named) == pytest.approx(-0.1)  # 8 of 10 to 21 of 30
    assert value(MOVED, "priority_win_rate_change", "effect", "mix", **named) == 0
    both = {"as_of": AS_OF, "priority_segments": ("A", "B")}
    assert value(MOVED, "priority_win_rate_change", **both) == value(MOVED, "win_rate_change", as_of=AS_OF)


def test_intervals_of_the_parts_cover():
    rng, hits = np.random.default_rng(5), np.zeros(3)
    share, rate, n = ([0.5, 0.5], [0.7, 0.3]), ([0.6, 0.2], [0.5, 0.4]), 300
    true_mix = (0.2 * 0.55) - (0.2 * 0.3)
    true_within = -0.1 * 0.6 + 0.2 * 0.4
    for _ in range(400):
        sums = []
        for w, p in zip(share, rate, strict=True):
            sizes = rng.multinomial(n, w)
            x = rng.binomial(sizes, p)
            sums.append((sizes, x, x))
        for at, (part, truth) in enumerate(zip(mix.change(*sums), (true_mix + true_within, true_mix, true_within), strict=True)):
            hits[at] += part.low <= truth <= part.high
    assert (np.abs(hits / 400 - 0.95) < 0.035).all(), hits / 400


PRICED = crm("""
deals
  deal_id semantic created_at closed_at  amount owner_id
  d1      won      2026-01-01 2026-01-10 270    a
  d2      won      2026-01-01 2026-02-10 50     b
  d3      lost     2026-01-01 2026-02-10 10     a
  d4      won      2026-01-01 2026-04-10 10     a
  d5      won      2026-01-01 2026-03-10 70     a
deal_products
  deal_id product quantity price list_price
  d1      P       2        90    100
  d1      Q       1        90    100
  d2      P       -        50    60
  d3      P       1        1     100
  d4      P       1        1     100
  d5      P       1        70    -
""")


def test_discounts_of_won_deals_by_money():
    # d1 270 for 300, d2 50 for 60; lost, later and unlisted lines say nothing
    found = row(PRICED, "discount_depth")
    assert (found["value"], found["n"]) == (pytest.approx(40 / 360), 2)
    assert value(PRICED, "discount_depth", "owner", "a") == pytest.approx(0.1)
    assert measure({"deals": PRICED["deals"]}, ["discount_depth", "win_rate"]).get("discount_depth")["status"].endswith("deal_products.list_price")


def test_the_largest_percent_is_pulled_in():
    sold = crm_of(closed("A", "2026-01", 198, 5, 100), closed("A", "2026-02", 1, 0, 300), closed("A", "2026-03", 1, 0, 1_000_000))
    # of two hundred amounts the 198th is 100: the two above count as it
    assert value(sold, "check_winsorised") == 100
    assert value(sold, "avg_check") == (198 * 100 + 300 + 1_000_000) / 200
    assert value(PRICED, "check_winsorised") == (270 + 50 + 70) / 3  # of less than a hundred none is pulled in


PAID = crm("""
deals
  deal_id client_id semantic created_at closed_at  amount product segment owner_id
  d1      c1        won      2025-01-01 2025-01-10 100    P       Shops   a
  d2      c2        won      2026-01-01 2026-01-10 100    P       Farms   a
  d3      c1        won      2026-01-01 2026-01-10 100    Q       Shops   b
invoices
  invoice_id client_id deal_id issued_on  amount
  i2         c2        d2      2026-01-10 100
payments
  payment_id invoice_id client_id deal_id received_on amount
  p1         -          c1        d1      2025-01-20  100
  p2         i2         -         -       2026-01-25  40
  p3         i2         -         -       2026-02-05  60
  p4         -          -         d3      2026-02-10  70
  p5         -          c1        d1      2026-02-11  30
  p6         -          -         -       2026-02-12  999
  p7         -          c3        -       2026-04-12  500
""")


def test_new_money_by_payments():
    # c2's first month is January: 40; its 60 of February is neither. c1 pays for Q for the first time: 70. p6 is nobody's
    assert value(PAID, "new_money_paid") == 110
    assert value(PAID, "new_money_paid", period="month", start="2026-02-01") == 70
    assert value(PAID, "new_money_paid", "segment", "Farms") == 40
    assert value(PAID, "new_money_paid_share") == 110 / 200
    assert value(PAID, "new_client_paid_share") == 100 / 200  # c2 is in its first year, c1 no more
    early = row(PAID, "new_money_paid", period="month", start="2025-01-01")
    assert (early["value"], early["status"]) == (100, "provisional")  # of the first year nobody can tell


def test_new_money_by_payments_needs_payments():
    assert measure({"deals": PAID["deals"]}, ["new_money_paid", "win_rate_value", "won_deals"]).get("new_money_paid")["status"].startswith(
        "not_measurable: lacks payments")
