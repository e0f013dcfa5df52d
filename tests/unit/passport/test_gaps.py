"""Improbably low months: planted ones are found, regular data raise no alarm, growth and steps neither."""

import datetime as dt

import numpy as np
import pytest

from audit.passport.gaps import Series, ends_early, gaps, silence, starts_late

DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def series(counts, name="deals.created_at", days=None) -> Series:
    counts = tuple(int(n) for n in counts)
    return Series(name, counts, tuple(days or (DAYS * 5)[: len(counts)]), dt.date(2024, 1, 1), dt.date(2024, 12, 31))


def flagged(*lines: Series) -> dict[str, list[int]]:
    return {name: [gap.at for gap in found] for name, found in gaps(lines).items()}


def test_an_empty_month_among_full_ones_is_flagged():
    found = gaps([series([40, 42, 39, 0, 41, 40, 38])])["deals.created_at"]
    assert [(gap.at, gap.found) for gap in found] == [(3, 0)]
    # left 40+42+39 in 90 days, right 41+40+38 in 92 days: the weaker side lets expect 119/92*30
    assert found[0].expected == pytest.approx(119 / 92 * 30)
    # binomial: none of 0+119 rows fell into 30 of 122 days, the less sure of the sides is the left one or the right one
    assert found[0].p == pytest.approx(max((90 / 120) ** 121, (92 / 122) ** 119))


def test_several_empty_months_in_a_row_are_all_flagged():
    assert flagged(series([40] * 6 + [0] * 8 + [40] * 6)) == {"deals.created_at": list(range(6, 14))}


def test_several_low_months_in_a_row_are_all_flagged():
    assert flagged(series([400] * 6 + [40] * 5 + [400] * 6)) == {"deals.created_at": list(range(6, 11))}


@pytest.mark.parametrize("counts", [
    [10 + 12 * at for at in range(24)],  # growth
    [300 - 12 * at for at in range(24)],  # decline
    [50] * 12 + [400] * 12, [400] * 12 + [50] * 12,  # a step
    [100, 100, 100, 60, 100, 100, 100],  # a weak month, more than half
    [1, 0, 1, 0, 2, 0, 0, 1], [3, 4, 0, 3, 5, 2],  # too few to tell
    [0, 0, 0, 50, 50, 50, 0, 0, 0], [7], [],  # ends are not gaps
], ids=str)
def test_what_is_no_gap(counts):
    assert flagged(series(counts)) == {"deals.created_at": []}


def test_an_unfinished_month_is_judged_by_its_days():
    line = Series("x", (62, 60, 62, 4, 60), (31, 30, 31, 2, 30), dt.date(2024, 1, 1), dt.date(2024, 5, 1))
    assert flagged(line) == {"x": []}
    assert flagged(Series("x", (62, 60, 62, 4, 60), (31, 30, 31, 30, 30), line.first, line.last)) == {"x": [3]}


def test_regular_data_raise_an_alarm_in_at_most_one_report_of_twenty():
    """A null world: eight tables of steady Poisson rows, sparse to rich, two years."""
    rng, alarms, worlds = np.random.default_rng(20261031), 0, 400
    for _ in range(worlds):
        rates = rng.choice([0.05, 0.2, 0.5, 1, 3, 10, 40], size=8)
        lines = [series(rng.poisson(rate * np.array(DAYS * 2)), f"t{at}") for at, rate in enumerate(rates)]
        alarms += any(gaps(lines).values())
    assert alarms / worlds <= 0.05


def test_seasonal_and_clumped_data_raise_few_alarms():
    """Seasons of ±30 % and rows that come in clumps of five are not Poisson; their own scatter is allowed for."""
    rng, alarms, worlds = np.random.default_rng(7), 0, 200
    season = 1 + 0.3 * np.sin(np.arange(24) / 12 * 2 * np.pi)
    for _ in range(worlds):
        lines = [series(5 * rng.poisson(3 * season * np.array(DAYS * 2) / 5), f"t{at}") for at in range(6)]
        alarms += any(gaps(lines).values())
    assert alarms / worlds <= 0.05


def test_a_planted_gap_is_found_in_nearly_every_world():
    rng, found, worlds = np.random.default_rng(3), 0, 100
    for _ in range(worlds):
        counts = rng.poisson(2 * np.array(DAYS * 2))
        counts[10] = rng.poisson(0.3 * 31)
        found += flagged(series(counts), series(rng.poisson(5 * np.array(DAYS * 2)), "other")) == {"deals.created_at": [10], "other": []}
    assert found / worlds >= 0.97


def test_silence_is_the_chance_of_no_row():
    assert silence(10, 30, 30) == 0.5 ** 10
    assert silence(10, 30, 0) == 1.0


def test_a_table_that_stops_and_one_that_starts_late():
    line = Series("x", (0, 0, 30, 30, 30, 0), (0, 0, 31, 30, 31, 30), dt.date(2024, 3, 1), dt.date(2024, 5, 31))
    assert ends_early(line, dt.date(2024, 6, 30), 1) == 30
    assert ends_early(line, dt.date(2024, 6, 14), 1) is None  # two weeks may be a holiday
    assert starts_late(line, dt.date(2024, 1, 1), 1) == 60
    assert starts_late(line, dt.date(2024, 2, 10), 1) is None
    rare = Series("x", (0, 1, 0, 1, 0), (0, 29, 31, 30, 31), dt.date(2024, 2, 1), dt.date(2024, 4, 30))
    assert ends_early(rare, dt.date(2024, 5, 31), 1) is None  # one row a month: a month without is chance
