"""Forecasts of worlds whose rates are known: chances are right and four of five intervals hold."""

from dataclasses import fields

import numpy as np
import pytest

from audit.metrics.reckon import judged, paces, wins
from audit.metrics.reckon.total import Arrivals, Open, total

WIN, LOSE, MOVE = 0.02, 0.03, 0.05  # a day: stage 0 moves or is lost, stage 1 is won or lost


def lived(rng, deals, horizon, keen=1.0):
    """Deals created evenly over `horizon` days: created, moved (inf: never), ended, won; won at `keen` times the rate."""
    created = np.sort(rng.uniform(0, horizon, deals))
    first = rng.exponential(1 / (MOVE + LOSE), deals)
    goes = rng.random(deals) < MOVE / (MOVE + LOSE)
    second = rng.exponential(1 / (keen * WIN + LOSE), deals)
    won = goes & (rng.random(deals) < keen * WIN / (keen * WIN + LOSE))
    moved = np.where(goes, created + first, np.inf)
    return created, moved, created + first + np.where(goes, second, 0.0), won


def binned(age):
    return np.clip(np.searchsorted(wins.EDGES, age, side="right") - 1, 0, wins.BINS - 1)


def stays(created, moved, ended, won, cut):
    """Stays known at `cut`, one a cell."""
    rows = []
    for c, m, e, w in zip(created, moved, ended, won, strict=True):
        if c < cut:
            first = min(m, e)
            rows.append((0, -1 if first >= cut else 1 if m < e else 3, 0.0, min(first, cut) - c))
            if m < cut:
                rows.append((1, -1 if e >= cut else 2 if w else 3, m - c, min(e, cut) - c))
    stage, to, enter, leave = (np.array(x) for x in zip(*rows, strict=True))
    return wins.Stays(stage, to, binned(enter), binned(leave), np.ones(len(stage)), enter, leave)


def truth(stage, days, keen=1.0):
    """P(won within `days`) by the exponential laws."""
    win = keen * WIN
    out = win + LOSE
    late = win / out * (1 - np.exp(-out * days))
    if stage == 1:
        return late
    a = MOVE + LOSE
    return MOVE * win / out * ((1 - np.exp(-a * days)) / a - (np.exp(-out * days) - np.exp(-a * days)) / (a - out))


def test_chances_are_those_of_the_world_while_most_deals_are_open():
    rng = np.random.default_rng(3)
    world = lived(rng, 20_000, 90.0)
    assert (world[2] > 90).mean() > 0.25
    counts = wins.counted(stays(*world, 90.0), 2)
    found = wins.win_chances(wins.rates(counts), 20.0)
    for stage in (0, 1):
        np.testing.assert_allclose(found[stage, 1:6], truth(stage, 20.0), atol=0.03)
    arrived = wins.arrival_chance(wins.rates(counts.flat()), 20.0)
    assert arrived == pytest.approx(np.mean([truth(0, day) for day in np.linspace(0.01, 20, 400)]), abs=0.008)


@pytest.mark.slow
def test_four_of_five_intervals_hold_the_total():
    """150 worlds of 900 deals in 300 days, forecast for the next 30 and then lived on."""
    held, sums = [], np.zeros(2)
    for seed in range(150):
        rng = np.random.default_rng([seed, 9])
        created, moved, ended, won = lived(rng, 990, 330.0)
        amount = rng.lognormal(10, 0.8, 990)
        known = wins.counted(stays(created, moved, ended, won, 300.0), 2)
        chance = wins.win_chances(wins.rates(known), 30.0)
        opened = (created < 300) & (ended >= 300)
        stage = (moved < 300).astype(int)
        mine = chance[stage[opened], binned(300 - created[opened])]
        past = won & (ended < 300)
        came = np.histogram(created, bins=np.arange(209.0, 301.0, 7.0))[0]
        arrivals = Arrivals((created < 300).sum() / 300 * 30, max(came.var(ddof=1) / came.mean(), 1.0),
                            wins.arrival_chance(wins.rates(known.flat()), 30.0), amount[past], np.ones(int(past.sum())))
        found = total(0.0, Open(np.ones(int(opened.sum())), amount[opened], mine), arrivals, float(past.sum()), [seed], 800)
        actual = amount[won & (ended >= 300) & (ended < 330)].sum()
        held.append(found.low <= actual <= found.high)
        sums += found.value, actual
    assert 0.72 <= np.mean(held) <= 0.88
    assert sums[0] / sums[1] == pytest.approx(1, abs=0.06)


def test_many_small_cells_and_many_arrivals_are_drawn_together_with_the_same_spread(monkeypatch):
    """Against drawing every cell and every amount one by one."""
    from audit.metrics.reckon import total as module

    rng = np.random.default_rng(5)
    opened = Open(rng.integers(1, 6, 1_500).astype(float), rng.lognormal(10, 0.8, 1_500), rng.uniform(0.02, 0.6, 1_500))
    arrivals = Arrivals(2_500.0, 1.5, 0.4, rng.lognormal(10, 0.8, 400), np.ones(400))
    short = [total(1e6, opened, arrivals, 400.0, [seed], 4_000) for seed in range(5)]
    monkeypatch.setattr(module, "_DRAWN", 10_000)
    monkeypatch.setattr(module, "_CHOSEN", 10**9)
    whole = [total(1e6, opened, arrivals, 400.0, [seed], 4_000) for seed in range(5)]
    width = np.mean([one.high - one.low for one in whole])
    for end in ("low", "high"):
        ends = [np.mean([getattr(one, end) for one in found]) for found in (short, whole)]
        assert ends[0] == pytest.approx(ends[1], abs=0.03 * width)
    assert {one.value for one in short} == {one.value for one in whole}


KEEN = {"different": (2.0, 1.5, 1.0, 0.6, 0.3), "alike": (1.0,) * 5}  # how much oftener than WIN the deals of a segment are won
SIZES = (400, 60, 200, 25, 120)  # some segments are thin


def forecast(worlds, keen, cut):
    """Of the deals open at `cut`: chances to be won within 30 days by stage and age; by segment too; the truth; what came."""
    parts = [stays(*world, cut) for world in worlds]
    both = wins.Stays(*(np.concatenate([getattr(one, field.name) for one in parts]) for field in fields(wins.Stays)))
    counts = wins.counted(both, 2, np.repeat(np.arange(len(parts)), [len(one.n) for one in parts]), len(parts))
    rate = wins.rates(counts)
    plain, factor, found = wins.win_chances(rate, 30.0), paces.factors(counts.seen, counts.days, rate), []
    for (created, moved, ended, won), k, f in zip(worlds, keen, factor, strict=True):
        opened = (created < cut) & (ended >= cut)
        stage, age = (moved[opened] < cut).astype(int), binned(cut - created[opened])
        own = wins.win_chances(paces.paced(rate, f), 30.0)
        right = np.array([truth(at, 30.0, k) for at in stage])
        found.append([plain[stage, age], own[stage, age], right, (won & (ended < cut + 30))[opened]])
    return [np.concatenate(one) for one in zip(*found, strict=True)]


def errors(keen, seeds):
    """Mean squared error of the chances of open deals against the truth (row 0) and what came (row 1): of all segments as one; of each; of what the back-test prefers."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng([seed, 40])
        worlds = [lived(rng, size, 330.0, k) for size, k in zip(SIZES, keen, strict=True)]
        past = [forecast(worlds, keen, cut) for cut in (150.0, 180.0, 210.0, 240.0, 270.0)]
        briers = [judged.brier(np.ones(len(won)), won, chance) for chance, won in
                  ((np.concatenate([one[at] for one in past]), np.concatenate([one[3] for one in past])) for at in (0, 1))]
        plain, own, *told = forecast(worlds, keen, 300.0)
        found.append([[((chance - what) ** 2).mean() for chance in (plain, own, own if briers[1] < briers[0] else plain)] for what in told])
    return np.mean(found, axis=0)


def test_chances_by_segment_are_nearer_where_segments_differ_and_no_worse_where_they_do_not():
    (plain, own, chosen), _ = errors(KEEN["different"], range(40))
    assert own < 0.25 * plain
    assert chosen == own
    near, (plain, own, chosen) = errors(KEEN["alike"], range(40))
    assert near[1] < 1.2 * near[0]  # what is to be learnt of five paces is learnt with an error of its own, small beside that of the rates
    assert chosen < 1.002 * plain
    assert own < 1.002 * plain
