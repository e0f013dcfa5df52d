"""Traffic burn on simulated departments of known truth."""

import numpy as np
import pandas as pd

from audit.metrics.families.leads.burn import judged

RATE = {"web": 0.4, "ads": 0.1, "fair": 0.25}


def department(rng, sellers=20, n=300, burner=1.0):
    """Counts of leads by seller, source and hour; every seller has a mix of sources of their own, the first loses more."""
    rows = []
    for seller in range(sellers):
        for source, leads in zip(RATE, rng.multinomial(n, rng.dirichlet([1, 1, 1])), strict=True):
            for hour, k in zip(("09", "13", "17"), rng.multinomial(leads, [0.4, 0.4, 0.2]), strict=True):
                if k:
                    rate = RATE[source] * (burner if seller == 0 else 1.0)
                    rows.append((f"s{seller:02}", source, "", hour, 0, float(k), float(rng.binomial(k, rate))))
    return pd.DataFrame(rows, columns=["owner", "source", "segment", "hour", "day", "n", "converted"])


def test_equal_sellers_with_unequal_leads_are_seldom_accused():
    rng = np.random.default_rng(11)
    found = [judged(department(rng)) for _ in range(60)]
    accused = np.mean([(one["q"] <= 0.10).any() for one in found])
    assert accused <= 0.20  # of departments; the rule allows 10 %
    burns = pd.concat(found)["burn"]
    assert abs(burns.mean()) < 0.02 and burns.abs().quantile(0.95) < 0.2


def test_a_burner_is_found_and_measured():
    rng = np.random.default_rng(12)
    found = [judged(department(rng, n=600, burner=0.5)).iloc[0] for _ in range(40)]
    assert np.mean([one["q"] <= 0.10 for one in found]) >= 0.9
    assert 0.35 < np.mean([one["burn"] for one in found]) < 0.5  # half is burned; the estimate leans to the department
    assert np.mean([one["low"] <= 0.5 <= one["high"] for one in found]) >= 0.7
