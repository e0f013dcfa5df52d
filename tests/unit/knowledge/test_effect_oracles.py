"""Differences within strata against statsmodels; errors of a marker, and phrases, against what can be counted."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from audit.stats.estimate import student
from audit.stats.misread import by_precision, by_rates, righted
from audit.stats.phrases import marked
from audit.stats.strata import odds_ratio, risk_difference
from audit.stats.within import demeaned, difference, information


def world(seed: int, n: int = 600, effect: float = 0.1):
    rng = np.random.default_rng(seed)
    seller, stage = rng.integers(0, 6, n), rng.integers(0, 3, n)
    used = (rng.random(n) < 0.3 + 0.05 * seller).astype(float)
    won = (rng.random(n) < 0.2 + 0.04 * seller + 0.05 * stage + effect * used).astype(float)
    return won, used, seller, stage


def counted(won, used, cells):
    return [np.array([part[(used == side) & (cells == one)].sum() for one in range(cells.max() + 1)]) for side in (1, 0) for part in (won, np.ones(len(won)))]


def test_one_factor_is_mantel_haenszel_with_its_error():
    won, used, seller, stage = world(1)
    cells = seller * 3 + stage
    found, other = difference(won, used, [cells]), risk_difference(*counted(won, used, cells))
    assert found.value == pytest.approx(other.value)
    assert found.estimate.error == pytest.approx((other.high - other.low) / 3.92, rel=0.05)
    _, n1, _, n0 = counted(won, used, cells)
    assert found.information == pytest.approx((n1 * n0 / (n1 + n0)).sum())


def test_odds_ratio_is_that_of_statsmodels():
    table = pytest.importorskip("statsmodels.stats.contingency_tables")
    discrete = pytest.importorskip("statsmodels.discrete.conditional_models")
    won, used, seller, _ = world(2)
    a, n1, c, n0 = counted(won, used, seller)
    mine = odds_ratio(a, n1, c, n0)
    oracle = table.StratifiedTable([np.array([[a[i], n1[i] - a[i]], [c[i], n0[i] - c[i]]]) for i in range(len(a))])
    assert mine.value == pytest.approx(oracle.oddsratio_pooled)
    assert (mine.low, mine.high) == pytest.approx(oracle.oddsratio_pooled_confint(), rel=1e-6)
    logit = discrete.ConditionalLogit(won, used[:, None], groups=seller).fit()
    assert np.log(mine.value) == pytest.approx(logit.params[0], abs=0.03)
    # the same evidence on the scale of shares
    assert difference(won, used, [seller]).p_value == pytest.approx(logit.pvalues[0], abs=0.02)
    assert difference(won, used, [seller]).p_value == pytest.approx(oracle.test_null_odds().pvalue, abs=0.002)


def test_additive_factors_are_least_squares():
    sm = pytest.importorskip("statsmodels.api")
    won, used, seller, stage = world(3)
    design = np.column_stack([used, np.eye(6)[seller], np.eye(3)[stage][:, 1:]])
    fit = sm.OLS(won, design).fit(cov_type="HC3")
    found = difference(won, used, [seller, stage])
    assert found.value == pytest.approx(fit.params[0], abs=1e-7)
    assert found.estimate.error == pytest.approx(fit.bse[0], rel=0.02)
    team = np.random.default_rng(0).integers(0, 60, len(won))
    grouped = sm.OLS(won, design).fit(cov_type="cluster", cov_kwds={"groups": team})
    assert difference(won, used, [seller, stage], team).estimate.error == pytest.approx(grouped.bse[0], rel=0.06)


def test_nothing_within_levels_is_no_comparison():
    used = np.repeat([1.0, 0.0], 20)
    assert difference(np.tile([1.0, 0.0], 20), used, [used.astype(int)]) is None
    assert information(used, [used.astype(int)]) == pytest.approx(0)
    assert demeaned(used, []).sum() == pytest.approx(0)


def test_few_uses_that_all_won_are_not_sure():
    used = np.repeat([1.0, 0.0], [4, 200])
    won = np.concatenate([np.ones(4), np.repeat([1.0, 0.0], [60, 140])])
    assert difference(won, used, [np.zeros(204, int)]).p_value > 0.05


def test_sellers_who_differ_widen_the_interval():
    rng = np.random.default_rng(4)
    seller = np.arange(2_400) % 8
    used = (rng.random(2_400) < 0.5).astype(float)
    effect = np.where(seller % 2, 0.3, -0.2)
    won = (rng.random(2_400) < 0.4 + effect * used).astype(float)
    alone, differing = difference(won, used, [seller]), difference(won, used, [seller], None, seller)
    assert alone.tau == 0 and differing.tau == pytest.approx(0.25, abs=0.08)
    assert differing.estimate.error > 3 * alone.estimate.error and differing.p_value > 0.1
    assert len(differing.left_out) == 8


@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.9, 0.95), (0.7, 0.9), (1.0, 0.8)])
def test_thinning_is_what_a_marker_does(sensitivity, specificity):
    true, with_, without = 0.4, 0.5, 0.2
    hit, false = true * sensitivity, (1 - true) * (1 - specificity)
    share = hit + false
    seen_with = (hit * with_ + false * without) / share
    seen_without = (true * (1 - sensitivity) * with_ + (1 - true) * specificity * without) / (1 - share)
    rates, precision = by_rates(share, sensitivity, specificity, 1e6), by_precision(share, hit / share, sensitivity, 1e6)
    assert (with_ - without) * rates.factor == pytest.approx(seen_with - seen_without)
    assert precision.factor == pytest.approx(rates.factor)
    assert righted(student(seen_with - seen_without, 0.02, 500), rates).value == pytest.approx(with_ - without, abs=2e-3)


def test_righted_keeps_its_side_of_zero_and_its_evidence():
    seen, thinned = student(0.06, 0.025, 300), by_rates(0.4, 0.8, 0.85, 60)
    told = righted(seen, thinned)
    assert told.p_value == pytest.approx(seen.p_value) and told.interval()[0] > 0
    assert told.interval()[1] - told.interval()[0] > (seen.interval()[1] - seen.interval()[0]) / thinned.factor
    assert righted(seen, by_rates(0.4, 0.5, 0.5, 60)) is None


def test_phrases_by_permutation_hold_their_level_and_find():
    false, found = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        seller = rng.integers(0, 5, 300)
        won = (rng.random(300) < 0.2 + 0.12 * seller).astype(float)
        own = rng.random((300, 60)) < np.where((np.arange(60) % 5)[None, :] == seller[:, None], 0.6, 0.05)  # every phrase is some seller's own
        false += marked(sparse.csr_matrix(own.astype(float)), won, seller, rounds=200, seed=seed).p_value.min() <= 0.05
        own[:, 0] = rng.random(300) < np.where(won > 0, 0.6, 0.25)
        found += marked(sparse.csr_matrix(own.astype(float)), won, seller, rounds=200, seed=seed).p_value[0] <= 0.05
    assert false <= 5 and found >= 36


def test_phrases_are_found_in_texts_and_nothing_in_noise():
    from audit import technique_effects

    rng = np.random.default_rng(8)
    words = np.array([f"слово{chr(1072 + i)}{chr(1072 + j)}" for i in range(12) for j in range(12)])
    n = 700
    seller = rng.integers(0, 5, n)
    said = rng.random(n) < 0.4
    won = rng.random(n) < np.where(said, 0.6, 0.25)
    texts = [" ".join([*rng.choice(words, 15), *(["давайте сверим сроки"] if one else []), *rng.choice(words, 15)]) for one in said]
    cases = pd.DataFrame({"case_id": np.arange(n), "owner": seller, "won": won, "text": texts})
    tags = pd.DataFrame({"text_id": [0], "technique": ["t"]})
    found = technique_effects(tags, cases, discover=True).candidates
    assert len(found) == 1 and found[0]["phrase"] in "давайте сверим сроки" and found[0]["status"] == "draft"
    assert found[0]["low"] < 0.35 < found[0]["high"] and found[0]["phrase"] in found[0]["quotes"][0]
    calm = cases.assign(won=rng.random(n) < 0.4)
    assert technique_effects(tags, calm, discover=True).candidates == []


def test_with_clusters_the_p_value_and_the_interval_say_the_same():
    for seed in range(60):
        random = np.random.default_rng(seed)
        clusters = np.repeat(np.arange(12), 10)
        used = (random.random(120) < 0.5).astype(int)
        won = (random.random(120) < 0.3 + 0.2 * used + random.normal(0, 0.15, 12)[clusters]).astype(int)
        found = difference(won, used, [], clusters)
        low, high = found.estimate.interval()
        assert (found.p_value < 0.05) == (low > 0 or high < 0)
