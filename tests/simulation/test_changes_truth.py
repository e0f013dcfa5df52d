"""False alarms, coverage and power of `compare` on made-up worlds; `benchmarks/effects.py` runs the same with many seeds."""

import numpy as np
import pytest
from changes import WORLDS
from scipy.stats import binom

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
