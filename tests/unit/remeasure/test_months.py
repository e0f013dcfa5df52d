"""Months, looks, and periods counted from the day of a change."""

import datetime as dt

import numpy as np
import pytest

from audit.errors import UsageError
from audit.remeasure import months

START = dt.date(2026, 3, 10)


@pytest.mark.parametrize("given", ["2026-13", "2026-00", "1899-01", "2026", "2026-3", "march", "", "2026-03-01"])
def test_what_is_no_month_is_refused(given):
    with pytest.raises(UsageError) as error:
        months.first_of(given)
    assert error.value.key == "remeasure.bad_month"


def test_the_month_in_which_the_horizon_falls_is_the_first_look():
    horizon = dt.date(2026, 4, 15)
    ends = [dt.date(2026, 3, 31), dt.date(2026, 4, 30), dt.date(2026, 5, 31), dt.date(2027, 3, 31)]
    assert [months.look_of(horizon, end) for end in ends] == [0, 1, 2, 12]
    assert months.look_end(horizon, 1) == dt.date(2026, 4, 30)
    assert months.look_end(horizon, 12) == dt.date(2027, 3, 31)
    assert months.look_of(dt.date(2026, 4, 30), dt.date(2026, 4, 30)) == 1


@pytest.mark.parametrize("grain", [months.WEEK, months.MONTH])
def test_no_period_lies_on_both_sides_of_the_start_or_beyond_the_ends(grain):
    first, end = months.number(dt.date(2025, 9, 3)), months.number(dt.date(2026, 6, 1))
    edges = months.bounds(START, first, end, grain)
    assert months.number(START) in edges
    assert edges[0] >= first
    assert edges[-1] <= end
    lengths = np.diff(edges)
    assert set(lengths) == {7} if grain == months.WEEK else {28, 30, 31} >= set(lengths)
    # as many as fit: one more period on either side would stick out
    longest = 7 if grain == months.WEEK else 31
    assert edges[0] - first < longest
    assert end - edges[-1] < longest


def test_days_outside_of_all_periods_belong_to_none():
    edges = np.array([10, 17, 24])
    assert months.placed(np.array([9.9, 10.0, 16.99, 17.0, 23.5, 24.0]), edges).tolist() == [-1, 0, 0, 1, 1, -1]


def test_the_last_day_of_a_long_month_stays_in_a_short_one():
    assert months.moved(dt.date(2026, 8, 31), -6) == dt.date(2026, 2, 28)
    assert months.moved(dt.date(2025, 12, 31), 2) == dt.date(2026, 2, 28)
