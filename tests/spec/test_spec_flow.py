"""Undecided deals, ways out of a stage, and durations between named ends, counted by hand."""

import pandas as pd
import pytest
from drawn import crm, row, value
from test_spec_stages import AS_OF, FLOW


def of(metric, stage, by="stage", tables=FLOW, **more):
    return value(tables, metric, by, stage, as_of=AS_OF, **more)


def test_conversion_with_the_undecided_counted_while_they_were_watched():
    # new, days: 3 went and 1 fell after 2, 1 went after 4, 1 after 10, d6 is watched for 12: 3/7 + 3/7·1/3 + 2/7·1/2
    assert of("stage_conversion_incidence", "new") == pytest.approx(5 / 7)
    # meeting: d3 and d7 skipped it (0 days), d2 fell after 2, d1 went after 5, d4 watched for 20: 2/5 + 2/5·1/2
    assert of("stage_conversion_incidence", "meeting") == pytest.approx(3 / 5)
    # offer: went after 3 and 6, d7 watched for 26: 1/3 + 2/3·1/2
    assert of("stage_conversion_incidence", "offer") == pytest.approx(2 / 3)
    assert row(FLOW, "stage_conversion_incidence", "stage", "meeting", as_of=AS_OF)["n"] == 5
    assert of("stage_conversion_incidence", "bob × new", "owner×stage") == pytest.approx(2 / 3)


def test_the_undecided():
    assert [of("stage_undecided", stage) for stage in ("new", "meeting", "offer")] == [1, 1, 1]  # d6, d4, d7


def test_incidence_at_an_earlier_day_knows_nothing_later():
    # to 8 January: new went after 2 2 2 4, fell after 2, d4 watched for 7 days
    assert value(FLOW, "stage_conversion_incidence", "stage", "new", as_of="2026-01-08") == pytest.approx(3 / 6 + 2 / 6 / 2)


def test_ways_out_of_a_stage():
    # meeting: d2 lost after 2, d1 forward after 5, d4 and d7 inside for 20 and 23
    assert of("stage_exit_lost", "meeting") == 1 / 4
    assert of("stage_exit_forward", "meeting") == pytest.approx(3 / 4 / 3)
    # offer: d1 forward and d7 back after 3, d3 won after 6
    assert of("stage_exit_forward", "offer") == pytest.approx(2 / 3)
    assert of("stage_exit_back", "offer") == pytest.approx(1 / 3)
    assert of("stage_exit_back", "new") == 0


def test_velocity_is_thirty_days_over_the_median_stay():
    assert of("stage_speed", "new") == 15
    assert of("stage_speed", "meeting") == 6


def test_a_stay_without_an_upper_end_may_be_any_slower():
    deals = pd.DataFrame({"deal_id": [f"d{i}" for i in range(12)], "stage_id": "n", "semantic": "open", "created_at": pd.Timestamp("2026-01-01"), "amount": 1.0})
    gone = [{"entity": "deal", "entity_id": f"d{i}", "to_stage": "m", "entered_at": pd.Timestamp("2026-01-11")} for i in range(6)]
    came = [{"entity": "deal", "entity_id": f"d{i}", "to_stage": "n", "entered_at": pd.Timestamp("2026-01-01")} for i in range(12)]
    found = row(FLOW | {"deals": deals, "stage_history": pd.DataFrame(came + gone)}, "stage_speed", "stage", "new", as_of=AS_OF)
    assert (found["value"], found["low"]) == (3, 0)  # half were gone after ten days, the interval of the median has no end


def test_days_of_closed_deals_over_all_visits():
    again = FLOW["stage_history"]
    back = pd.DataFrame({"entity": "deal", "entity_id": "d1", "to_stage": ["n", "m"],
                         "entered_at": pd.to_datetime(["2026-01-04", "2026-01-06"])})
    tables = FLOW | {"stage_history": pd.concat([again, back])}
    assert of("stage_days_total", "new") == (2 + 4 + 2 + 2) / 4
    assert of("stage_days_total", "new", tables=tables) == (4 + 4 + 2 + 2) / 4  # d1: 2 days, then 2 more
    assert of("stage_days_total", "meeting", tables=tables) == (3 + 2) / 2  # d1: 1 + 2, d2: 2


SPANS = crm("""
clients
  client_id created_at
  c1        2026-01-01
  c2        2026-01-01
  c3        2025-01-01
leads
  lead_id created_at semantic
  l1      2026-01-02 converted
  l2      2026-01-04 converted
deals
  deal_id client_id lead_id semantic created_at closed_at  contract_signed_at amount
  d1      c1        l1      won      2026-01-03 2026-01-11 2026-01-09         100
  d2      c2        l2      won      2026-01-05 2026-01-21 2026-01-15         200
  d3      c1        -       won      2026-01-20 2026-01-22 2026-01-21         300
  d4      c3        -       lost     2026-01-04 2026-01-06 -                  400
  d5      c3        -       open     2026-01-10 -          -                  500
invoices
  invoice_id deal_id amount
  i1         d1      100
payments
  payment_id deal_id invoice_id received_on amount
  p1         -       i1         2026-01-13  40
  p2         -       i1         2026-01-23  60
  p3         d2      -          2026-01-25  50
  p4         d3      -          2026-01-24  300
  p5         d3      -          2026-02-24  999
""")


def span(metric, **more):
    return value(SPANS, metric, as_of=AS_OF, **more)


def test_from_the_client_only_first_purchases_count():
    # d1 after 10 days, d2 after 20; d3 is the second purchase of c1; d4 fell after 370, d5 waits for 395
    found = row(SPANS, "cycle_client_won", as_of=AS_OF)
    assert (found["value"], found["n"]) == (10, 2)
    assert span("cycle_client_contract") == 8
    assert span("cycle_client_first_payment") == 12
    assert row(SPANS, "cycle_client_full_payment", as_of=AS_OF)["n"] == 1
    assert span("cycle_client_full_payment") == 22


def test_spans_by_size_and_by_new_and_repeat():
    # a third of five amounts goes up to 200, two thirds up to 400: d1 and d2 are small, d3 middle
    assert span("cycle_deal_contract", by="band", group="middle") == 1
    repeat = SPANS | {"deals": SPANS["deals"].assign(is_repeat=pd.Series([False, False, True, True, False], dtype="boolean"))}
    assert value(repeat, "cycle_deal_contract", "is_repeat", "repeat", as_of=AS_OF) == 1
    assert value(repeat, "cycle_deal_contract", "is_repeat", "new", as_of=AS_OF) == 6  # 6 and 10 days


def test_from_the_lead():
    assert span("cycle_lead_won") == 9
    assert span("cycle_lead_contract") == 7
    assert span("cycle_lead_first_payment") == 11
    assert span("cycle_lead_full_payment") == 21


def test_from_the_deal():
    assert span("cycle_deal_contract") == 6  # 1, 6 and 10 of five deals
    assert span("cycle_deal_first_payment") == 10  # 4, 10 and 20
    found = row(SPANS, "cycle_deal_full_payment", as_of=AS_OF)  # d3 after 4, d1 after 20; d2 has paid a quarter
    assert (found["value"], found["n"]) == (4, 2)


def test_what_is_paid_later_has_not_been_paid():
    assert row(SPANS, "cycle_deal_full_payment", as_of="2026-01-22")["n"] == 0


def test_a_span_without_its_dates_is_not_measurable():
    found = row({"deals": SPANS["deals"].drop(columns="contract_signed_at")}, "cycle_days_half", as_of=AS_OF)
    assert found["n"] == 3
    from audit.metrics import measure

    lacks = measure({"deals": SPANS["deals"].drop(columns="contract_signed_at")}, "M17", as_of=AS_OF).lacking().set_index("metric")["lacks"]
    assert lacks["cycle_deal_contract"] == "deals.contract_signed_at"
    assert "clients.created_at" in lacks["cycle_client_won"]
