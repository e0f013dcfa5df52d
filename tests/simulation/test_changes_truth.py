"""False alarms, coverage and power of `compare` on made-up worlds; `benchmarks/effects.py` runs the same with many seeds."""

import numpy as np
import pytest
from changes import WORLDS
from scipy.stats import binom, ttest_ind

from audit.effects import compare

SEEDS = 60
MOST = int(binom.ppf(0.999, SEEDS, 0.06))  # alarms that a true rate of 6 % exceeds once in a thousand
LEAST = int(binom.ppf(0.001, SEEDS, 0.93))  # intervals that hold the truth


@pytest.mark.parametrize("name", WORLDS)
def test_no_effect_raises_no_alarm_and_a_planted_one_is_covered(name):
    make, effect = WORLDS[name]
    nulls = [compare(change.rows, **change.asked) for change in (make(np.random.default_rng(seed), 0.0) for seed in range(SEEDS))]
    assert sum(one.verdict in ("improved", "worsened") for one in nulls) <= MOST
    assert sum(one.verdict == "not measurable yet" for one in nulls) < SEEDS / 3
    changes = [make(np.random.default_rng(seed), effect) for seed in range(SEEDS)]
    found = [compare(change.rows, **change.asked) for change in changes]
    assert sum(one.low <= change.truth <= one.high for one, change in zip(found, changes, strict=True)) >= LEAST
    wanted = "improved" if found[0].better == "higher" else "worsened"
    assert sum(one.verdict == wanted for one in found) > MOST  # far more often than by chance


def unit_means(change):
    """p-value of Student's t between the changed unit's change and those of the others."""
    y, on = (change.rows.pivot(index=change.asked["unit"], columns="month", values=one).to_numpy() for one in ("y", "trained"))
    moved = y[:, on.any(0)].mean(1) - y[:, ~on.any(0)].mean(1)
    return ttest_ind(moved[on.any(1)], moved[~on.any(1)]).pvalue


def walking_level(change):
    """p-value of the step in a structural model with a level that walks, by statsmodels."""
    import statsmodels.api as sm

    step = (change.rows["day"] >= change.asked["at"]).to_numpy(float)
    return sm.tsa.UnobservedComponents(change.rows["y"].to_numpy(), level="llevel", exog=step).fit(disp=0).pvalues[-1]


@pytest.mark.parametrize(("name", "peer"), [("bad_by_nature", unit_means), ("drift", walking_level)])
def test_what_is_there_is_seen_as_often_as_by_a_peer_that_keeps_its_level(name, peer):
    make, effect = WORLDS[name]
    assert sum(peer(make(np.random.default_rng(seed), 0.0)) < 0.05 for seed in range(SEEDS)) <= MOST
    changes = [make(np.random.default_rng(seed), effect) for seed in range(SEEDS)]
    theirs = np.array([peer(change) < 0.05 for change in changes])
    ours = np.array([compare(change.rows, **change.asked).verdict == "improved" for change in changes])
    assert ours.sum() >= theirs.sum() - 3 * np.sqrt((ours != theirs).sum())


def test_the_worst_seller_is_seen_where_a_plain_difference_raises_alarms():
    make, effect = WORLDS["worst_trained"]
    nulls, changes = ([make(np.random.default_rng(seed), planted) for seed in range(SEEDS)] for planted in (0.0, effect))
    assert sum(unit_means(change) < 0.05 for change in nulls) > 0.1 * SEEDS
    assert sum(compare(change.rows, **change.asked).verdict == "improved" for change in changes) >= 0.9 * SEEDS


def test_twelve_monthly_looks_at_nothing():
    import pandas as pd

    alarms = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        before, after = rng.random(600) < 0.3, rng.random(600) < 0.3
        verdicts = set()
        for look in range(1, 13):
            frame = pd.DataFrame({"won": np.concatenate([before, after[: 50 * look]]).astype(int), "after": np.repeat([0, 1], [600, 50 * look])})
            verdicts.add(compare(frame, outcome="won", group="after", look=look, planned_looks=12).verdict)
        alarms += bool(verdicts & {"improved", "worsened"})
    assert alarms <= int(binom.ppf(0.999, SEEDS, 0.05))
