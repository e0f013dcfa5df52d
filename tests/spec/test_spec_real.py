"""Prices apart from growth on drawn lines of deals, counted by hand."""

import math

import numpy as np
import pytest
from drawn import client, crm, row, value

from audit.metrics import measure

# the second quarter of 2026 against the first; December begins the data
SALES = crm("""
deals
  deal_id semantic created_at closed_at  amount
  d0      won      2025-12-10 2025-12-10 1
  d1      won      2026-02-01 2026-02-10 200
  d2      won      2026-05-01 2026-05-10 500
  d3      lost     2026-05-01 2026-05-11 999
deal_products
  deal_id product quantity price cost
  d0      x       1        1   -
  d1      x       10       10  6
  d1      y       10       10  -
  d2      x       20       20  10
  d2      y       10       9   10
  d2      z       1        10  0
  d2      x       5        -   7
  d3      x       9        90  1
""")
TO = {"as_of": "2026-06-30"}
# at old quantities 290 ÷ 200; at new ones 490 ÷ 300
INDEX = math.sqrt(290 / 200 * 490 / 300)


def test_pieces_by_the_product_of_the_line():
    assert value(SALES, "units_sold", **TO) == 57  # the line without a price has its pieces, the lost deal none
    assert value(SALES, "units_sold", "product", "x", **TO) == 36
    assert value(SALES, "units_sold", "product", "z", **TO) == 1
    assert value(SALES, "units_sold", period="month", start="2026-02-01", **TO) == 20


def test_margin_by_the_product_of_the_line():
    # x: 10 × 4 + 20 × 10; y once without a cost, once 10 × (9 − 10); z costs nothing; a line without a price and the lost deal earn nothing
    assert value(SALES, "line_margin", **TO) == 240 - 10 + 10
    assert value(SALES, "line_margin", "product", "x", **TO) == 240
    assert value(SALES, "line_margin_share", **TO) == pytest.approx(240 / (100 + 400 + 90 + 10))
    assert value(SALES, "line_margin_share", "product", "y", **TO) == pytest.approx(-10 / 90)
    assert value(SALES, "line_margin", period="month", start="2026-02-01", **TO) == 40


def test_prices_of_what_was_sold_both_times():
    found = row(SALES, "price_growth", **TO)
    assert found["value"] == pytest.approx(INDEX - 1)
    assert (found["n"], found["status"]) == (2, "provisional")  # a quarter against a quarter: the season cannot be told
    assert value(SALES, "price_growth", "product", "x", **TO) == pytest.approx(1)
    assert value(SALES, "price_growth", "product", "y", **TO) == pytest.approx(-0.1)


def test_growth_without_prices():
    assert value(SALES, "revenue_growth", **TO) == pytest.approx(1.5)
    assert value(SALES, "revenue_growth_real", **TO) == pytest.approx(2.5 / INDEX - 1)


def test_an_index_of_the_lesser_part_of_sales_is_none():
    new = SALES["deal_products"].copy()
    new.loc[(new["product"] == "x") & (new["deal_id"] == "d2"), "product"] = "X"
    values = measure(SALES | {"deal_products": new}, ["price_growth", "revenue_growth_real"], as_of="2026-06-30", client=client())
    assert np.isnan(values.get("price_growth")["value"])  # y alone: 90 of 500
    assert np.isnan(values.get("revenue_growth_real")["value"])
    assert values.get("price_growth", "product", "y")["value"] == pytest.approx(-0.1)


def test_prices_are_a_driver_of_their_own():
    # one deal won of one made, then one of two: twice the deals, half the share won; the check 200 → 500
    part = {name: value(SALES, "growth_driver", "driver", name, **TO) for name in ("deals", "to_won", "price", "check_constant")}
    mean = 300 / math.log(2.5)
    assert part == pytest.approx({"deals": mean * math.log(2), "to_won": -mean * math.log(2), "price": mean * math.log(INDEX),
                                  "check_constant": mean * math.log(2.5 / INDEX)})
    assert sum(part.values()) == pytest.approx(value(SALES, "growth_driver", **TO)) == 300


def test_money_of_another_currency_at_its_rate():
    dear = SALES | {"deals": SALES["deals"].assign(currency=["EUR", "EUR", "USD", "EUR"], amount_base=[1, 200, 250, 999])}
    assert value(dear, "price_growth", "product", "x", **TO) == pytest.approx(0)  # 20 dollars are 10 euro


def test_products_with_the_most_money_are_shown(monkeypatch):
    from audit.metrics.families.results import real

    monkeypatch.setattr(real, "_SHOWN", 1)
    values = measure(SALES, "price_growth", as_of="2026-06-30", client=client())
    assert values.rows("price_growth", "product")["group"].tolist() == ["x"]  # 400 against 90
    assert values.get("price_growth")["value"] == pytest.approx(INDEX - 1)  # of all of them


def test_lines_of_a_deal_without_an_amount():
    sold = SALES["deals"].assign(amount=SALES["deals"]["amount"].where(SALES["deals"]["deal_id"] != "d2", np.nan))
    tables = SALES | {"deals": sold}
    assert value(tables, "line_margin", **TO) == 240 - 10 + 10  # the lines have prices of their own
    # in dollars without an amount nobody knows the rate: d2's lines tell nothing, those of d1 remain
    for amount in (np.nan, 0.0):
        dollars = sold.assign(currency=np.where(sold["deal_id"] == "d2", "USD", "EUR"), amount=sold["amount"].where(sold["deal_id"] != "d2", amount))
        assert value(SALES | {"deals": dollars}, "line_margin", **TO) == 40
