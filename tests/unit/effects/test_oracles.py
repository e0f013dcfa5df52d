"""The same comparisons by other people's libraries."""

import warnings

import numpy as np
import pandas as pd
import pytest

from audit.effects import compare
from audit.stats.adjust import adjusted
from audit.stats.groups import clustered, means, within_clusters
from audit.stats.panel import Panel, imputed, staggered, two_way
from audit.stats.panel import adjusted as at_level
from audit.stats.serial import changed

rng = np.random.default_rng(3)


def test_welch_is_that_of_scipy():
    from scipy.stats import ttest_ind

    one, other = rng.normal(1, 2, 40), rng.normal(0, 1, 60)
    theirs = ttest_ind(one, other, equal_var=False)
    found = means(one, other)
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-6)
    assert found.interval() == pytest.approx(tuple(theirs.confidence_interval(0.95)), rel=1e-6)


def test_a_mean_is_that_of_tea_tasting():
    import tea_tasting as tt

    data = pd.DataFrame({"variant": np.repeat([0, 1], [400, 300]), "y": rng.normal(size=700)})
    theirs = tt.Experiment({"y": tt.Mean("y")}).analyze(data)["y"]
    found = compare(data, outcome="y", group="variant", kind="value")
    assert found.effect == pytest.approx(theirs.effect_size, rel=1e-9)
    assert (found.low, found.high, found.p_value) == pytest.approx((theirs.effect_size_ci_lower, theirs.effect_size_ci_upper, theirs.pvalue), rel=1e-6)


def test_robust_regression_is_that_of_statsmodels():
    import statsmodels.api as sm

    group, x = rng.integers(0, 2, 200), rng.normal(size=(200, 2))
    y = group * 0.5 + x @ [1.0, -1.0] + rng.normal(size=200)
    centred = x - x[group == 0].mean(0)
    theirs = sm.OLS(y, np.column_stack([np.ones(200), group, centred, centred * group[:, None]])).fit(cov_type="HC3")
    found = adjusted(y, group, x, np.arange(200))
    assert (found.value, found.error) == (pytest.approx(theirs.params[1], rel=1e-8), pytest.approx(theirs.bse[1], rel=1e-8))


def test_kinds_of_rows_give_what_rows_give():
    kind, group, units = rng.integers(0, 5, 900), rng.integers(0, 2, 900), rng.integers(0, 15, 900)
    kinds = np.eye(5)[:, 1:]
    y = group * 0.3 + kind * 0.2 + rng.normal(size=900)
    for clusters in (None, units):
        cells, rows_ = adjusted(y, group, kinds, kind, clusters), adjusted(y, group, kinds[kind], np.arange(900), clusters)
        assert (cells.value, cells.error) == (pytest.approx(rows_.value, rel=1e-9), pytest.approx(rows_.error, rel=1e-9))


def test_leaving_out_clusters_is_near_the_sandwich_of_statsmodels():
    import statsmodels.api as sm

    units = rng.integers(0, 40, 2000)
    group = rng.integers(0, 2, 2000)
    y = rng.normal(size=40)[units] + rng.normal(size=2000)
    theirs = sm.OLS(y, sm.add_constant(group.astype(float))).fit(cov_type="cluster", cov_kwds={"groups": units})
    found = clustered(y, group, units)
    assert found.value == pytest.approx(theirs.params[1], rel=1e-9)
    assert found.error == pytest.approx(theirs.bse[1], rel=0.06)


def test_clusters_against_their_own_past_weigh_what_came_after():
    units, group = rng.integers(0, 10, 900), (rng.random(900) < 0.4).astype(int)
    y = rng.normal(size=10)[units] + 0.5 * group + rng.normal(size=900)
    found = within_clusters(y, group, units)
    past = pd.Series(y[group == 0]).groupby(units[group == 0]).mean()
    assert found.value == pytest.approx((y[group == 1] - past.loc[units[group == 1]].to_numpy()).mean(), rel=1e-9)
    moved = np.where(group == 1, rng.choice(10, 900, p=np.arange(1, 11) / 55), units)  # more rows of other clusters after, each as it was
    level = np.linspace(-3, 3, 10)[moved] + 0.01 * rng.normal(size=900)
    assert abs(within_clusters(level, group, moved).value) < 0.01 < clustered(level, group, moved).value
    assert within_clusters(y, group, np.arange(900)) is None  # none is seen on both sides


def test_one_effect_for_all_is_that_of_linearmodels():
    from linearmodels.panel import PanelOLS

    g, t = 9, 8
    start = np.array([3, 3, 5, 5, 6, 9, 9, 9, 9])
    on = (np.arange(t)[None, :] >= start[:, None]).astype(int)
    here = np.random.default_rng(1)
    y = here.normal(size=(g, 1)) + here.normal(size=t) + on + 0.3 * here.normal(size=(g, t))
    rows = pd.DataFrame({"y": y.ravel(), "on": on.ravel().astype(float)}, index=pd.MultiIndex.from_product([range(g), range(t)]))
    theirs = PanelOLS(rows["y"], rows[["on"]], entity_effects=True, time_effects=True).fit()
    cells = Panel(y, np.ones((g, t)), on)
    value, pull = two_way(cells)
    assert value == pytest.approx(float(theirs.params.iloc[0]), rel=1e-9)
    assert (pull * y).sum() == pytest.approx(value, rel=1e-9)
    assert staggered(cells).value == pytest.approx(value, rel=1e-9)  # nothing speaks against one effect
    growing = Panel(y + 3 * on * np.arange(t), np.ones((g, t)), on)
    assert staggered(growing).value == pytest.approx(imputed(growing).value, rel=1e-9)


def test_the_part_of_a_level_that_stays_lies_between_none_and_all():
    from statsmodels.api import OLS

    n, t = 60, 12
    reached, on = np.arange(n) < 10, np.zeros((n, 24), int)
    on[:10, t:] = 1
    y = rng.normal(size=(n, 1)) + rng.normal(size=(n, 24)) * 2 + on
    before, after = y[:, :t].mean(1), y[:, t:].mean(1)
    theirs = OLS(after, np.column_stack([reached, np.ones(n), before])).fit()
    found = at_level(Panel(y, np.ones(y.shape), on))
    assert found.value == pytest.approx(theirs.params[0], abs=theirs.bse[0] / 3)  # many units tell the slope themselves
    assert found.error == pytest.approx(theirs.bse[0], rel=0.2)


def test_imputation_is_that_of_diff_diff():
    import diff_diff

    g, t = 12, 10
    start = np.array([4, 4, 6, 6, 8, 8, 0, 0, 0, 0, 0, 0])
    unit, time = np.divmod(np.arange(g * t), t)
    on = ((start[unit] > 0) & (time >= start[unit])).astype(int)
    y = rng.normal(size=g)[unit] + 0.3 * time + on * (1 + 0.2 * (time - start[unit])) + rng.normal(size=g * t)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = diff_diff.ImputationDiD().fit(pd.DataFrame({"y": y, "unit": unit, "time": time, "start": start[unit]}), "y", "unit", "time", "start")
    ours = imputed(Panel(y.reshape(g, t), np.ones((g, t)), on.reshape(g, t)))
    assert ours.value == pytest.approx(float(theirs.overall_att), rel=1e-8)


def test_a_known_memory_is_that_of_generalised_least_squares(monkeypatch):
    import statsmodels.api as sm

    from audit.stats import serial

    monkeypatch.setattr(serial, "FADING", (0.6,))
    monkeypatch.setattr(serial, "DRIFT", (0.1,))
    n, at = 50, np.arange(50)
    y, step = rng.normal(size=n).cumsum(), (at >= 35).astype(float)
    covariance = 0.6 ** np.abs(np.subtract.outer(at, at)) + 0.1 * np.minimum.outer(at, at)
    fixed = np.column_stack([np.ones(n), at / n])
    theirs = sm.GLS(y, np.column_stack([fixed, step]), sigma=covariance).fit()
    found = changed(y, step[None], np.ones(1), fixed)
    assert (found.effect.value, found.effect.error) == (pytest.approx(theirs.params[2], rel=1e-6), pytest.approx(theirs.bse[2], rel=1e-6))


def test_a_season_known_to_vary_is_part_of_the_noise(monkeypatch):
    import statsmodels.api as sm

    from audit.stats import serial

    for name, value in (("FADING", (0.2,)), ("DRIFT", (0.0,)), ("SEASON", (2.0,))):
        monkeypatch.setattr(serial, name, value)
    n, at = 48, np.arange(48)
    season = serial.waves(at.astype(float), 12.0)
    y, step = rng.normal(size=n), (at >= 36).astype(float)
    covariance = 0.2 ** np.abs(np.subtract.outer(at, at)) + 2.0 * season @ season.T
    theirs = sm.GLS(y, np.column_stack([np.ones(n), step]), sigma=covariance).fit()
    found = changed(y, step[None], np.ones(1), np.ones((n, 1)), season)
    assert (found.effect.value, found.effect.error) == (pytest.approx(theirs.params[1], rel=1e-6), pytest.approx(theirs.bse[1], rel=1e-6))


def test_foretelling_is_that_of_generalised_least_squares(monkeypatch):
    """With a dummy for every later point: their mean is the mean gap."""
    import statsmodels.api as sm

    from audit.stats import serial
    from audit.stats.ahead import foretold

    monkeypatch.setattr(serial, "FADING", (0.6,))
    monkeypatch.setattr(serial, "DRIFT", (0.1,))
    n, cut, at = 40, 32, np.arange(40)
    y = rng.normal(size=n).cumsum()
    covariance = 0.6 ** np.abs(np.subtract.outer(at, at)) + 0.1 * np.minimum.outer(at, at)
    dummies = np.eye(n)[:, cut:]
    theirs = sm.GLS(y, np.column_stack([np.ones(n), at / n, dummies]), sigma=covariance).fit()
    pick = np.concatenate([[0, 0], np.full(n - cut, 1 / (n - cut))])
    found = foretold(y, cut, np.column_stack([np.ones(n), at / n])).effect
    assert found.value == pytest.approx(float(pick @ theirs.params), rel=1e-6)
    assert found.error == pytest.approx(float(np.sqrt(pick @ theirs.cov_params() @ pick)), rel=1e-6)
