"""Catch-up and derived norms: the worked example of the catalogue as a CRM, 22 working days of which 12 are over."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.errors import NothingMeasurableError
from audit.metrics import listed, measure

AS_OF = "2026-09-16"
CRM = crm("""
users
  user_id name
  1       Ann
plans
  plan_id period_start period_end scope   scope_id metric  target
  p1      2026-09-01   2026-10-01 company -        revenue 3000000
  p2      2026-09-01   2026-10-01 user    1        revenue 2200000
deals
  deal_id owner_id semantic created_at closed_at  amount
  d1      1        won      2026-07-01 2026-09-01 220000
  d2      1        won      2026-07-01 2026-09-02 220000
  d3      1        won      2026-07-01 2026-09-03 220000
  d4      1        won      2026-07-01 2026-09-04 220000
  d5      1        won      2026-07-01 2026-09-16 220000
  e1      1        won      2026-07-01 2026-08-03 160000
  e2      1        won      2026-07-01 2026-08-04 160000
  e3      1        won      2026-07-01 2026-08-05 160000
  e4      1        won      2026-07-01 2026-08-06 160000
  e5      1        won      2026-07-01 2026-08-31 160000
""")


def work(first="2026-07-01", **kinds):
    """Actions of seller 1, spread evenly over the working days from `first` to 16 September; the first of each is on deal d1."""
    days = pd.bdate_range(first, AS_OF)
    parts = []
    for kind, number in kinds.items():
        at = days[np.arange(number) % len(days)] + pd.Timedelta(hours=12)
        parts.append(pd.DataFrame({"kind": kind, "owner_id": "1", "entity": "deal", "entity_id": ["d1"] + [None] * (number - 1), "done_at": at}))
    frame = pd.concat(parts, ignore_index=True)
    return {"activities": frame.assign(activity_id=[f"a{i}" for i in range(len(frame))], created_at=frame["done_at"])}


WORKED = CRM | work(call_out=800, meeting=80, proposal=40)
NOW = {"as_of": AS_OF}


def test_the_worked_example_of_the_catalogue():
    values = measure(WORKED, "M26", as_of=AS_OF, client=client())

    def of(metric, by="", group=""):
        return values.get(metric, by, group)["value"]

    assert of("catchup_line_gap") == pytest.approx(536_363.64, abs=0.005)
    assert of("catchup_gap") == 1_900_000
    assert of("catchup_deals") == 10
    steps = {"call": (800, 80), "meeting": (80, 8), "proposal": (40, 4)}
    for name, (volume, a_day) in steps.items():
        found = values.get("catchup_actions", "step", name)
        assert (found["sum_num"], found["value"]) == (volume, a_day)
        assert found["low"] < a_day < found["high"]
    # no open deal brings anything: the net need is the same
    assert of("catchup_net_gap") == 1_900_000
    assert of("catchup_net_deals") == 10
    assert of("catchup_net_actions", "step", "call") == 80
    # the seller has 1.1 M of 2.2 M to go: 6 deals of 190 thousand, 480 calls in 10 days
    assert of("catchup_gap", "owner", "Ann") == 1_100_000
    assert of("catchup_deals", "owner", "Ann") == 6
    assert of("catchup_actions", "owner×step", "Ann × call") == 48
    assert values.get("catchup_gap", "owner", "Ann", "month", dt.date(2026, 9, 1))["value"] == 1_100_000


def test_a_seller_is_listed_with_the_verdict_and_the_steps_with_their_lights():
    found = listed(WORKED, "catchup", AS_OF, client=client())
    assert found[["owner", "verdict", "gap", "days_left", "deals", "own_history"]].values.tolist() == [["Ann", "behind", 1_100_000, 10, 6, True]]
    steps = listed(WORKED, "catchup_steps", AS_OF, client=client())
    # Ann's day: 800 calls in 56 days (14 or 15 a day), a meeting or two, a proposal at most; a first call came 56 days before its deal was won
    assert steps[["step", "a_day", "light"]].values.tolist() == [["call", 48.0, "red"], ["meeting", 4.8, "red"], ["proposal", 2.4, "red"]]
    # nine of ten of her days, and of the department's, which are hers: 15 calls on 16 of 56 days, 2 meetings on 24, a proposal on 40
    assert steps[["p90_day", "department_p90"]].values.tolist() == [[15, 15], [2, 2], [1, 1]]


def test_a_step_too_slow_for_the_days_left_is_for_the_next_period():
    slow = listed(WORKED, "catchup_steps", AS_OF, client=client())
    assert slow["pays_back"].tolist() == [False] * 3  # from 1 July to 1 September, 44 working days
    quick = CRM | work("2026-08-26", call_out=800, meeting=80, proposal=40)
    assert listed(quick, "catchup_steps", AS_OF, client=client())["pays_back"].tolist() == [True] * 3  # 4 working days


def test_a_plan_that_is_made_needs_nothing_and_one_that_is_over_is_only_missed():
    low = CRM["plans"].assign(target=550_000.0)
    assert value(WORKED | {"plans": low}, "catchup_gap", **NOW) == 0
    found = listed(WORKED | {"plans": low}, "catchup", AS_OF, client=client())
    assert found[["verdict", "ahead", "ahead_days"]].values.tolist() == [["ahead", 550_000, 22]]
    last = listed(WORKED, "catchup", "2026-09-30", client=client())
    assert last[["verdict", "gap", "days_left"]].values.tolist() == [["missed", 1_100_000, 0]]
    assert last["deals"].isna().all()


def test_a_seller_without_history_has_the_departments_and_says_so():
    two = {"users": pd.DataFrame({"user_id": ["1", "2"], "name": ["Ann", "Bob"]}),
           "plans": CRM["plans"].assign(scope=["company", "user"], scope_id=[None, "2"])}
    found = listed(WORKED | two, "catchup", AS_OF, client=client())
    assert found[["owner", "gap", "deals", "own_history"]].values.tolist() == [["Bob", 2_200_000, 12, False]]
    assert value(WORKED | two, "catchup_actions", "owner×step", "Bob × call", **NOW) == 96


def test_open_deals_are_credited_once_through_what_they_are_expected_to_bring():
    opened = CRM["deals"].iloc[:4].assign(deal_id=["o1", "o2", "o3", "o4"], semantic="open", closed_at=pd.NaT, created_at=pd.Timestamp("2026-08-10"))
    tables = WORKED | {"deals": pd.concat([CRM["deals"], opened], ignore_index=True)}
    gap, net = value(tables, "catchup_gap", **NOW), value(tables, "catchup_net_gap", **NOW)
    listing = listed(tables, "catchup", AS_OF, client=client())
    assert 0 < listing["expected"].iloc[0] < 880_000
    assert gap - net == pytest.approx(listing["expected"].iloc[0])


def test_a_rarer_step_than_the_next_is_no_step_of_the_chain():
    values = measure(CRM | work(call_out=800, meeting=8, proposal=40), "catchup_actions", as_of=AS_OF, client=client())
    assert set(values.rows("catchup_actions", "step")["group"]) == {"call", "proposal"}


def test_without_work_nothing_is_asked_of_the_day():
    with pytest.raises(NothingMeasurableError):
        measure(CRM, "catchup_actions", as_of=AS_OF, client=client())
    assert value(CRM, "catchup_deals", **NOW) == 10


def test_norms_are_those_of_the_days_before_the_plan():
    # before September: 5 deals of 160 thousand from 62 calls on July's and August's 44 days, 10 proposals
    tables = CRM | work(call_out=62, proposal=10)
    made = {"call": 0, "proposal": 0}
    for kind, name in (("call_out", "call"), ("proposal", "proposal")):
        done = tables["activities"]
        made[name] = int(((done["kind"] == kind) & (done["done_at"] < "2026-09-01")).sum())
    calls = 3_000_000 / (160_000 * 5 / made["call"]) / 22
    assert value(tables, "derived_norm_own", "step", "call", **NOW) == pytest.approx(calls)
    assert value(tables, "derived_norm", "step", "call", **NOW) == pytest.approx(calls)  # the department has no cap
    own = row(tables, "derived_norm_own", "owner×step", "Ann × call", **NOW)["value"]
    assert own == pytest.approx(calls * 2.2 / 3)
    norms = listed(tables, "derived_norms", AS_OF, client=client()).set_index("step")
    assert norms.loc["call", "norm"] == pytest.approx(min(own, norms.loc["call", "department_p90"]))
    assert norms.loc["call", "uncovered"] == pytest.approx(own / norms.loc["call", "norm"] - 1)
    assert value(tables, "derived_norm_uncovered", "owner×step", "Ann × call", **NOW) == pytest.approx(norms.loc["call", "uncovered"])
    assert value(tables, "derived_norm_top", "owner×step", "Ann × call", **NOW) == pytest.approx(own)
    # the norm stays what it is all through September
    assert value(tables, "derived_norm_own", "step", "call", as_of="2026-09-08") == pytest.approx(calls)


def stored(value: float, **told) -> pd.DataFrame:
    return pd.DataFrame([{"metric": "call", "per": "day", "value": value, "basis": "derived", "owner_id": "1", "valid_from": dt.date(2026, 9, 8),
                          "valid_until": dt.date(2026, 10, 1), "set_at": dt.date(2026, 9, 7)} | told])


def test_a_norm_that_a_run_has_stored_stays_for_its_period():
    tables = CRM | work(call_out=62, proposal=10)
    own = row(tables, "derived_norm_own", "owner×step", "Ann × call", **NOW)["value"]
    frozen = tables | {"norms": stored(own / 2)}
    assert value(frozen, "derived_norm", "owner×step", "Ann × call", **NOW) == pytest.approx(own / 2)
    assert value(frozen, "derived_norm_own", "owner×step", "Ann × call", **NOW) == pytest.approx(own)
    assert value(frozen, "derived_norm_uncovered", "owner×step", "Ann × call", **NOW) == pytest.approx(1)
    # of another period, and at the day of the run itself, nothing is stored yet
    other = tables | {"norms": stored(own / 2, valid_until=dt.date(2026, 9, 1))}
    for case, day in ((other, AS_OF), (frozen, "2026-09-07")):
        norm = value(tables, "derived_norm", "owner×step", "Ann × call", as_of=day)
        assert value(case, "derived_norm", "owner×step", "Ann × call", as_of=day) == pytest.approx(norm)


def test_derived_norms_count_where_the_client_has_set_none():
    tables = CRM | work(call_out=62, proposal=10)
    done = tables["activities"]
    days = pd.to_datetime(done.loc[done["kind"] == "call_out", "done_at"]).dt.date
    weekdays = [day.date() for day in pd.bdate_range("2026-09-08", AS_OF)]
    reached = [min((days == day).sum() / 2, 1.5) for day in weekdays]
    mine = tables | {"norms": stored(2.0)}
    found = row(mine, "norm_attainment", "owner", "Ann", **NOW)
    assert (found["n"], found["value"]) == (len(weekdays), pytest.approx(sum(reached) / len(weekdays)))
    # a run on the day itself has set them after its figures, and the client's own norms go before them
    assert measure(mine, ["norm_attainment", "won_deals"], as_of="2026-09-07", client=client()).get("norm_attainment")["status"].startswith("not_measurable: lacks norms")
    own = tables | {"norms": pd.concat([stored(2.0), stored(4.0, owner_id=None, basis="client", valid_from=None, valid_until=None, set_at=None)])}
    agreed = tables | {"norms": stored(4.0, owner_id=None, basis="client", valid_from=None, valid_until=None, set_at=None)}
    assert value(own, "norm_attainment", "owner", "Ann", **NOW) == value(agreed, "norm_attainment", "owner", "Ann", **NOW)
