"""Stage conversion, time in stage, stuck deals on seven drawn deals, counted by hand."""

import datetime as dt

import pytest
from drawn import crm, row, value

from audit.engine import load
from audit.metrics import BY_ID, METRICS, measure
from audit.metrics.bases import Bases

FLOW = crm("""
stages
  stage_id name    ord semantic
  n        new     1   open
  m        meeting 2   open
  o        offer   3   open
  w        won     4   won
  l        lost    5   lost
deals
  deal_id owner_id stage_id semantic created_at closed_at  amount
  d1      ann      w        won      2026-01-01 2026-01-11 100
  d2      ann      l        lost     2026-01-01 2026-01-07 200
  d3      bob      w        won      2026-01-02 2026-01-10 300
  d4      bob      m        open     2026-01-02 -          400
  d5      bob      l        lost     2026-01-03 2026-01-05 500
  d6      ann      n        open     2026-01-20 -          600
  d7      ann      m        open     2026-01-04 -          700
stage_history
  entity entity_id to_stage entered_at
  deal   d1        n        2026-01-01
  deal   d1        m        2026-01-03
  deal   d1        o        2026-01-08
  deal   d1        w        2026-01-11
  deal   d2        n        2026-01-01
  deal   d2        m        2026-01-05
  deal   d2        l        2026-01-07
  deal   d3        n        2026-01-02
  deal   d3        o        2026-01-04
  deal   d3        w        2026-01-10
  deal   d4        n        2026-01-02
  deal   d4        m        2026-01-12
  deal   d5        n        2026-01-03
  deal   d5        l        2026-01-05
  deal   d6        n        2026-01-20
  deal   d7        n        2026-01-04
  deal   d7        o        2026-01-06
  deal   d7        m        2026-01-09
""")
AS_OF = "2026-01-31"


def of(metric, stage, by="stage", tables=FLOW, **more):
    return value(tables, metric, by, stage, as_of=AS_OF, **more)


def test_conversion_counts_whoever_reached_a_later_stage():
    assert of("stage_conversion", "new") == pytest.approx(5 / 6)  # d6 undecided, d5 lost there
    assert of("stage_conversion", "meeting") == 3 / 4  # d3 skipped it, d7 came back to it; d4 undecided, d2 lost
    assert of("stage_conversion", "offer") == 1  # d1 d3 won; d7 has not decided
    assert row(FLOW, "stage_conversion", "stage", "meeting", as_of=AS_OF)["n"] == 4


def test_conversion_within_a_slice():
    assert of("stage_conversion", "ann × new", "owner×stage") == 1  # d1 d2 d7 went on; d6 undecided
    assert of("stage_conversion", "bob × new", "owner×stage") == pytest.approx(2 / 3)


def test_conversion_is_dated_by_the_first_entry():
    later = value(FLOW, "stage_conversion", "stage", "offer", "month", "2026-01-01", AS_OF)
    assert later == 1


def test_stage_rows_come_in_the_order_of_the_stages():
    from audit.metrics import measure

    rows = measure(FLOW, "stage_conversion", as_of=AS_OF).rows("stage_conversion", "stage")
    assert rows["group"].tolist() == ["new", "meeting", "offer"]


def test_conversion_at_an_earlier_day_knows_nothing_later():
    # on 8 January: d1 at offer, d2 lost, d3 at offer, d4 new, d5 lost, d7 at offer
    assert value(FLOW, "stage_conversion", "stage", "new", as_of="2026-01-08") == pytest.approx(4 / 5)
    found = row(FLOW, "stage_conversion", "stage", "meeting", as_of="2026-01-08")
    assert (found["sum_num"], found["n"]) == (3, 4)


def test_current_stage_form_is_a_lower_bound():
    assert [of("stage_conversion_current", s) for s in ("new", "meeting", "offer")] == pytest.approx([4 / 7, 2 / 4, 1])


def test_stage_share():
    assert [of("stage_share", s) for s in ("new", "meeting", "won", "lost")] == pytest.approx([1 / 7, 2 / 7, 2 / 7, 2 / 7])


def test_deals_in_work_by_stage():
    assert of("deals_in_work", "meeting") == 2
    assert of("deals_in_work", "ann × meeting", "owner×stage") == 1


def test_time_in_stage_with_those_still_inside():
    # new: left after 2 2 2 2, 4 and 10 days, one inside for 12
    assert of("stage_days", "new") == 2
    assert of("stage_days_p80", "new") == 10
    # meeting: left after 2 and 5, inside for 20 and 23: half have left by day 5, four fifths never yet
    assert of("stage_days", "meeting") == 5
    p80 = row(FLOW, "stage_days_p80", "stage", "meeting", as_of=AS_OF)
    assert p80["value"] != p80["value"]


NORMS = FLOW | {"stages": FLOW["stages"].assign(max_days=[3.0, 4.0, None, None, None])}


def test_stays_over_the_norm():
    assert of("stage_over_norm", "new", tables=NORMS) == pytest.approx(3 / 7)  # 4, 10 and 12 days and counting
    assert of("stage_over_norm", "meeting", tables=NORMS) == 3 / 4  # 5, 20, 23 against 2


def test_stuck_by_the_norm_of_the_stage():
    assert value(NORMS, "stuck_deals", as_of=AS_OF) == 3
    assert value(NORMS, "stuck_deals", "stage", "meeting", as_of=AS_OF) == 2
    assert value(NORMS, "stuck_money", as_of=AS_OF) == 1700
    assert value(NORMS, "stuck_deals", as_of="2026-01-16") == 2  # d4 is in meeting for 5 days, d7 for 8; no d6 yet


def test_stuck_by_what_winners_took_where_there_is_no_norm():
    # winners stayed 2 2 3 5 6 days: nine of ten at most 5.6
    assert value(FLOW, "stuck_deals", as_of="2026-01-16") == 1  # d7: 8 days; d4: 5


def test_the_list_of_stuck_deals():
    from audit.metrics import listed

    found = listed(NORMS, "stuck_deals", as_of=AS_OF)
    assert found["deal_id"].tolist() == ["d7", "d6", "d4"]
    assert found["limit_days"].tolist() == [4, 3, 4]
    assert found["days_in_stage"].tolist() == [23, 12, 20]
    assert found["amount"].sum() == 1700


def test_two_pipelines_are_told_apart():
    two = {
        "stages": FLOW["stages"].assign(pipeline_id="A"),
        "deals": FLOW["deals"].assign(pipeline_id=["A", "A", "A", "A", "B", "B", "B"]),
        "stage_history": FLOW["stage_history"],
    }
    import pandas as pd

    two["stages"] = pd.concat([two["stages"], two["stages"].assign(pipeline_id="B")])
    assert value(two, "stage_conversion", "pipeline×stage", "A × new", as_of=AS_OF) == 1  # d1 d2 d3 d4 went on
    assert value(two, "stage_conversion", "pipeline×stage", "B × new", as_of=AS_OF) == 1 / 2  # d7; d5 lost, d6 undecided


def test_the_history_of_stages_is_made_into_visits_once_however_many_metrics_read_it():
    tables = load(FLOW)
    readers = [one.id for one in METRICS if any(need.startswith("stage_history") for need in one.needs)]
    values = measure(tables, readers, as_of=AS_OF)
    assert {"M07", "M15", "M18"} <= {BY_ID[name].card for name in set(values.frame["metric"]) - set(values.lacking()["metric"])}
    visits = sorted(Bases(load(FLOW), dt.date.fromisoformat(AS_OF)).visits.columns)
    made = tables.backend.con.execute("SELECT list_sort(list(column_name)) FROM duckdb_columns() WHERE NOT internal GROUP BY table_name")
    assert [columns for columns, in made.fetchall()].count(visits) == 1


def test_a_deal_that_moved_after_the_day_stands_where_it_stood_then():
    # d1 went on to offer and d2 into another pipeline in April, d3 has not moved since, d4 was won in April, d5 has no record of its own
    tables = crm("""
stages
  pipeline_id stage_id name     ord semantic max_days
  p           n        new      1   open     10
  p           o        offer    2   open     60
  p           w        won      3   won      -
  q           n        ask      1   open     -
deals
  deal_id pipeline_id stage_id semantic created_at closed_at  amount
  d1      p           o        open     2026-03-01 -          10
  d2      q           n        open     2026-03-01 -          20
  d3      p           o        open     2026-03-01 -          40
  d4      p           w        won      2026-03-01 2026-04-20 80
  d5      p           o        open     2026-03-01 -          160
activities
  activity_id kind     entity entity_id created_at done_at
  a1          call_out deal   d1        2026-03-05 2026-03-05
stage_history
  entity entity_id pipeline_id to_stage entered_at
  deal   d1        p           n        2026-03-01
  deal   d1        p           o        2026-04-02
  deal   d2        p           o        2026-03-03
  deal   d2        q           n        2026-04-03
  deal   d3        p           n        2026-03-01
  deal   d4        p           n        2026-03-01
  deal   d4        p           w        2026-04-20
""")
    for metric, new, offer in (("deals_in_work", 2, 3), ("deals_in_work_amount", 90, 220), ("stage_share", 2 / 5, 3 / 5)):
        by, name = ("stage", "{}") if metric == "stage_share" else ("pipeline×stage", "p × {}")
        assert value(tables, metric, by, name.format("new"), as_of="2026-03-31") == pytest.approx(new)
        assert value(tables, metric, by, name.format("offer"), as_of="2026-03-31") == pytest.approx(offer)
    assert value(tables, "deals_in_work", "pipeline", "p", as_of="2026-03-31") == 5
    # silent for 27 days: more than a new deal may be, less than an offer
    assert value(tables, "leak_silent", "stage", "new", as_of="2026-03-31") == 1
    assert value(tables, "leak_silent", "stage", "offer", as_of="2026-03-31") == 0
    assert value(tables, "deals_in_work", "pipeline×stage", "q × ask", as_of="2026-04-30") == 1
