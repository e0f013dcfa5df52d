"""Money of an effect: as the gain in the plan was reckoned, once for all who share it."""

import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest
from house_of_changes import START, row

from audit.remeasure import money, months
from audit.remeasure.changes import Change

UNTIL = months.number(dt.date(2024, 8, 31)) + 1.0
MONTHS = (UNTIL - months.number(START)) / money.MONTH


def design(own, clock=None, grain="month"):
    return SimpleNamespace(reached=pd.DataFrame({"own": own, "clock": own if clock is None else clock}), grain=grain)


def effect(value, low, high, looks=None):
    return SimpleNamespace(effect=value, low=low, high=high, looks=looks and SimpleNamespace(low=looks[0], high=looks[1]))


def test_effect_times_units_a_month_times_the_price_in_the_plan():
    change = Change(row("a"))  # 100,000 a month for ten points with 25 units a month: 40,000 for a unit with 1.0 more
    assert money.unit_price(change) == pytest.approx(40_000)
    day = months.number(START)
    found = money.worth([change], effect(0.05, 0.01, 0.09), design([day - 5.0, *range(day, day + 60), UNTIL + 3], [day - 40.0] * 31 + [day + 1.0] * 31), UNTIL, lambda: None)
    assert found.volume == pytest.approx(60 / MONTHS)
    assert found.month == pytest.approx(tuple(part * 40_000 * 60 / MONTHS for part in (0.05, 0.01, 0.09)))
    # of deals that were decided since the start those count that also began after it
    assert found.to_date == pytest.approx(tuple(part * 40_000 * 30 for part in (0.05, 0.01, 0.09)))


def test_of_a_metric_that_is_better_low_fewer_is_money():
    change = Change(row("a", metric="cycle_days", baseline=40.0, target=30.0))
    assert money.unit_price(change) == pytest.approx(-100_000 / (10 * 25))
    found = money.worth([change], effect(-4.0, -6.0, -2.0), design([months.number(START) + 1.0] * 10), UNTIL, lambda: None)
    assert found.month[1] < found.month[0] < found.month[2]
    assert found.month[0] == pytest.approx(4 * 400 * 10 / MONTHS)


@pytest.mark.parametrize("lack", [{"expected_gain": None}, {"target": None}, {"volume_per_month": None}, {"baseline": None}, {"target": 0.30}])
def test_without_a_promise_the_price_is_that_of_the_data(lack):
    change = Change(row("a", **lack))
    assert money.unit_price(change) is None
    own = design([months.number(START) + 1.0])
    assert money.worth([change], effect(0.1, 0.0, 0.2), own, UNTIL, lambda: 5_000.0).unit == 5_000.0
    assert money.worth([change], effect(0.1, 0.0, 0.2), own, UNTIL, lambda: None) is None


def test_without_an_effect_or_units_there_is_no_money():
    change = Change(row("a"))
    assert money.worth([change], effect(None, None, None), design([1.0]), UNTIL, lambda: 1.0) is None
    assert money.worth([change], effect(0.1, 0.0, 0.2), design([]), UNTIL, lambda: 1.0) is None


def test_a_week_of_money_is_a_month_of_more():
    found = money.of_totals([Change(row("a"))], effect(700.0, 0.0, 1400.0), design([], grain="week"), UNTIL)
    assert found.month == pytest.approx((700 * money.MONTH / 7, 0.0, 1400 * money.MONTH / 7))
    assert found.to_date[0] == pytest.approx(100 * (UNTIL - months.number(START)))


def test_intervals_of_independent_effects_add_by_their_squares():
    whole = money.total([{"value": 10.0, "low": 7.0, "high": 14.0}, {"value": -2.0, "low": -6.0, "high": 1.0}])
    assert whole == {"value": 8.0, "low": pytest.approx(8 - 5), "high": pytest.approx(8 + 5)}
    assert money.total([]) is None


def test_revenue_of_a_lead_is_not_counted_beside_its_parts():
    def change(name, metric, **scope):
        return Change(row(name, metric=metric, scope=scope))

    groups = [("win_rate", (change("a", "win_rate", owner="A"),)), ("revenue_per_lead", (change("b", "revenue_per_lead", source="site"),)),
              ("revenue_per_lead", (change("c", "revenue_per_lead", owner="B"),))]
    assert money.counted(groups) == [True, False, True]


def test_what_was_promised_a_month_and_for_how_many():
    rows = [Change(row("a")), Change(row("b", expected_gain=30_000.0)), Change(row("c", expected_gain=None))]
    assert money.promised(rows) == (130_000, 2)
    assert money.promised(rows[2:]) == (None, 0)


def test_a_promise_is_held_against_the_units_that_count():
    """60 units ended since the start, 30 of them begun since: half of the months promised are held against what was received."""
    day = months.number(START)
    own = design([*range(day, day + 60)], [day - 40.0] * 30 + [day + 1.0] * 30)
    found = money.worth([Change(row("a"))], effect(0.1, 0.0, 0.2), own, UNTIL, lambda: None)
    assert found.units == 30
    assert found.months == pytest.approx(MONTHS / 2)
    assert found.to_date[0] / (100_000 * found.months) == pytest.approx(found.month[0] / 100_000)  # as far from the promise to date as a month is


def test_the_interval_of_a_sum_allows_for_the_looks():
    own = design([months.number(START) + 1.0] * 10)
    found = money.worth([Change(row("a"))], effect(0.1, 0.02, 0.18, looks=(-0.1, 0.3)), own, UNTIL, lambda: None)
    assert found.month[1] > 0 > found.looks[1]
    assert found.looks == pytest.approx(tuple(part * 40_000 * found.volume for part in (0.1, -0.1, 0.3)))
    assert found.looks_to_date[1] == pytest.approx(-0.1 * 40_000 * 10)


def test_what_is_money_itself_is_worth_itself():
    """The gain of a row of cheques in the plan also holds a share of what more won deals bring; a cheque that grew by one is one."""
    change = Change(row("a", metric="avg_check", baseline=100.0, target=110.0, volume_per_month=25.0, expected_gain=252.4))
    assert money.unit_price(change) == 1.0
