"""Fields that stages ask for and fields of one value, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed, measure

CRM = crm("""
stages
  pipeline_id stage_id name    ord semantic
  p           1        New     1   open
  p           2        Talk    2   open
  p           3        Offer   3   open
  p           4        Won     4   won
deals
  deal_id pipeline_id stage_id owner_id client_id source amount semantic created_at closed_at
  d1      p           1        ann      -         -      -      open     2026-03-01 -
  d2      p           2        ann      c1        -      -      open     2026-03-01 -
  d3      p           2        bob      -         test   5      open     2026-03-01 -
  d4      p           3        bob      c2        web    0      open     2026-03-01 -
  d5      p           4        bob      -         -      -      won      2026-03-01 2026-03-02
""")


def test_what_the_usual_stages_ask_for():
    # from the second stage on client and source: d2 has one of two, d3 none ("test" is no source), d4 both; in the last the amount too, which d4 lacks
    found = row(CRM, "stage_fields_filled")
    assert (found["sum_num"], found["sum_den"]) == (3, 7)  # nobody asks d1; no column of products or plans is there to ask for
    assert value(CRM, "stage_fields_filled", "stage", "Offer") == pytest.approx(2 / 3)
    assert value(CRM, "stage_fields_filled", "field", "deals.amount") == 0
    assert value(CRM, "stage_fields_filled", "owner", "bob") == pytest.approx(2 / 5)


def test_what_the_client_asks_for():
    found = row(CRM, "stage_fields_filled", stage_fields=("talk/amount", "Offer / client_id", "Nowhere/source"))
    assert (found["sum_num"], found["sum_den"]) == (2, 4)  # d3 of d2, d3, d4; d4
    known = measure(CRM, ["stage_fields_filled", "completeness"], as_of="2026-03-31", client=client(stage_fields=("Nowhere/source",)))
    assert known.get("stage_fields_filled")["status"] == "not_measurable: lacks fields of stages"


MANY = {"deals": pd.DataFrame({
    "deal_id": [f"d{i}" for i in range(20)], "semantic": "open", "created_at": "2026-03-01", "amount": [1.0] * 13 + [0.0] * 2 + [7.0, 8.0, 9.0, 10.0, 11.0],
    "source": ["web"] * 6 + ["ads "] * 6 + ["-"] * 8, "title": ["deal"] * 9 + [None] * 11})}


def test_fields_of_one_value():
    # 18 amounts, of which 13 are 1; 12 sources, half and half; nine titles are too few to judge
    assert value(MANY, "commonest_value_share", "field", "deals.amount") == pytest.approx(13 / 18)
    assert value(MANY, "commonest_value_share", "field", "deals.source") == 1 / 2
    found = row(MANY, "commonest_value_share")
    assert (found["sum_num"], found["sum_den"]) == (19, 30)
    assert value(MANY, "uniform_fields") == 1
    assert value(MANY, "uniform_fields", uniform_share=0.8) == 0
    assert row(MANY, "uniform_fields")["n"] == 2
    rows = listed(MANY, "uniform_fields", as_of="2026-03-31", client=client(uniform_share=0.4))
    assert rows[["field", "value", "filled"]].values.tolist() == [["deals.amount", "1.0", 18], ["deals.source", "ads", 12]]
