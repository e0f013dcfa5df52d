"""What others would do in the worlds of before/after: a short function a peer, from a made-up world to its two-sided p-value; a list of them a world.

Every peer gets the benefit of the doubt: it is told of the season where there is one and of none where there is none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from changes import Change
from peers_of_panels import (
    gap_series,
    left_out,
    level_before,
    of_diff_diff,
    on_donors,
    on_donors_prais,
    own_starts,
    placebo_rank,
    synthetic_did,
    two_way,
    unit_means,
)
from peers_of_series import Peer, arima, foretold, hac, last_year, prais, quiet, stochastic
from scipy import stats


def _sides(change: Change) -> tuple[np.ndarray, np.ndarray]:
    """(rows after, rows before or not reached)."""
    rows, asked = change.rows, change.asked
    after = rows[asked["group"]] == 1 if "group" in asked else rows[asked["treated"]] == 1 if "treated" in asked else rows[asked["time"]] >= asked["at"]
    y = rows[asked["outcome"]].to_numpy(float)
    return y[after], y[~after]


def naive(change: Change) -> float:
    """Welch's t of all rows after against all others."""
    return float(stats.ttest_ind(*_sides(change), equal_var=False).pvalue)


def welch_of_logs(change: Change) -> float:
    """Welch's t of logarithms: another question (a shift of the logarithm) where shapes differ."""
    one, other = _sides(change)
    return float(stats.ttest_ind(np.log(one), np.log(other), equal_var=False).pvalue)


def ranks(change: Change) -> float:
    """Mann–Whitney: another question (who is larger) where shapes differ."""
    return float(stats.mannwhitneyu(*_sides(change)).pvalue)


def trimmed(change: Change) -> float:
    """Yuen's t of means trimmed by a tenth on either side: another question where tails differ."""
    return float(stats.ttest_ind(*_sides(change), equal_var=False, trim=0.1).pvalue)


def drawn(change: Change) -> float:
    """Permutation of the difference of means."""
    one, other = _sides(change)
    rows, rng = np.concatenate([one, other]), np.random.default_rng(0)
    few = np.array([rng.choice(rows, len(one), replace=False).sum() for _ in range(999)])
    gaps = few / len(one) - (rows.sum() - few) / len(other)
    return float((1 + (np.abs(gaps) >= abs(one.mean() - other.mean())).sum()) / 1000)


def bootstrap_bca(change: Change) -> float:
    """0.01 or 1: whether the 95 % BCa interval of the difference of means leaves zero out."""
    one, other = _sides(change)
    found = stats.bootstrap((one, other), lambda a, b, axis: a.mean(axis) - b.mean(axis), n_resamples=999, method="BCa", rng=np.random.default_rng(0), vectorized=True)
    low, high = found.confidence_interval
    return 0.01 if low > 0 or high < 0 else 1.0


def bootstrap_t(change: Change) -> float:
    """Bootstrap of Welch's t."""
    one, other = _sides(change)
    rng = np.random.default_rng(0)
    a, b = one[rng.integers(0, len(one), (999, len(one)))] - one.mean(), other[rng.integers(0, len(other), (999, len(other)))] - other.mean()
    t = (a.mean(1) - b.mean(1)) / np.sqrt(a.var(1, ddof=1) / a.shape[1] + b.var(1, ddof=1) / b.shape[1])
    below = float((t <= stats.ttest_ind(one, other, equal_var=False).statistic).mean())
    return min(1.0, 2 * min(below, 1 - below) + 1 / 999)


def proportions(change: Change) -> float:
    """Two proportions, pooled z."""
    from statsmodels.stats.proportion import proportions_ztest

    one, other = _sides(change)
    return float(proportions_ztest([one.sum(), other.sum()], [len(one), len(other)])[1])


def _adjusted(change: Change) -> np.ndarray:
    rows, asked = change.rows, change.asked
    return np.column_stack([rows[asked["group"]], np.ones(len(rows)), pd.get_dummies(rows[asked["covariates"]], drop_first=True)]).astype(float)


def logistic(change: Change) -> float:
    """Logistic regression with the covariates."""
    return float(sm.Logit(change.rows[change.asked["outcome"]], _adjusted(change)).fit(disp=0).pvalues.iloc[0])


def least_squares(change: Change) -> float:
    """Linear regression with the covariates, HC3 errors."""
    return float(sm.OLS(change.rows[change.asked["outcome"]], _adjusted(change)).fit(cov_type="HC3").pvalues.iloc[0])


def mantel_haenszel(change: Change) -> float:
    """Strata of the covariates, Mantel–Haenszel test."""
    rows, asked = change.rows, change.asked
    return float(sm.stats.StratifiedTable.from_data(asked["group"], asked["outcome"], asked["covariates"][0], rows).test_null_odds().pvalue)


def clustered(change: Change) -> float:
    """Difference of means with errors clustered by unit, t(G − 1)."""
    rows, asked = change.rows, change.asked
    x = np.column_stack([rows[asked["group"]], np.ones(len(rows))])
    fit = sm.OLS(rows[asked["outcome"]], x).fit(cov_type="cluster", cov_kwds={"groups": rows[asked["unit"]], "df_correction": True}, use_t=True)
    return float(fit.pvalues.iloc[0])


def within_units(change: Change) -> float:
    """Fixed effects of units with errors clustered by unit, t(G − 1)."""
    rows, asked = change.rows, change.asked
    x = np.column_stack([rows[asked["group"]], np.eye(rows[asked["unit"]].nunique())[rows[asked["unit"]]]])
    fit = sm.OLS(rows[asked["outcome"]], x).fit(cov_type="cluster", cov_kwds={"groups": rows[asked["unit"]], "df_correction": True}, use_t=True)
    return float(fit.pvalues.iloc[0])


def paired(change: Change) -> float:
    """Each unit's mean after less before, one-sample t."""
    asked = change.asked
    means = change.rows.groupby([asked["unit"], asked["group"]])[asked["outcome"]].mean().unstack().dropna()
    return float(stats.ttest_1samp(means[1] - means[0], 0).pvalue)


def mixed(change: Change) -> float:
    """A mixed model with a level and a reaction of each unit (statsmodels)."""
    rows, asked = change.rows, change.asked
    x = np.column_stack([rows[asked["group"]], np.ones(len(rows))])
    fit = quiet(lambda: sm.MixedLM(rows[asked["outcome"]].to_numpy(), x, groups=rows[asked["unit"]].to_numpy(), exog_re=x).fit(reml=True))
    return float(fit.pvalues[0])


def _times(change: Change) -> tuple[stats.CensoredData, stats.CensoredData]:
    asked = change.asked
    return tuple(
        stats.CensoredData(uncensored=rows.loc[rows[asked["event"]] == 1, asked["outcome"]], right=rows.loc[rows[asked["event"]] == 0, asked["outcome"]])
        for _, rows in sorted(change.rows.groupby(asked["group"]), reverse=True)
    )


def log_rank(change: Change) -> float:
    """The log-rank test."""
    return float(stats.logrank(*_times(change)).pvalue)


def cox(change: Change) -> float:
    """Proportional hazards (statsmodels)."""
    rows, asked = change.rows, change.asked
    return float(sm.PHReg(rows[asked["outcome"]], rows[[asked["group"]]], status=rows[asked["event"]]).fit().pvalues[0])


DATED = {"before/after t": naive}
PANEL = {"before/after t": naive, "unit means t": unit_means, "two-way fixed effects, clustered": two_way}
PEERS: dict[str, dict[str, Peer]] = {
    "season": DATED | {"HAC": hac(2), "GLSAR(1)": prais(2), "ARIMA(1,0,0)": arima(2, (1, 0, 0)), "stochastic level + AR": stochastic(2), "last year": last_year(52)},
    "months": DATED | {"HAC": hac(2), "GLSAR(1)": prais(2), "ARIMA(1,0,0)": arima(2, (1, 0, 0)), "stochastic level + AR": stochastic(2), "last year": last_year(12)},
    "drift": DATED | {"HAC": hac(0), "GLSAR(1)": prais(0), "ARIMA(1,0,0)": arima(0, (1, 0, 0)), "ARIMA(0,1,1)": arima(0, (0, 1, 1)),
                      "stochastic level + AR": stochastic(0), "stochastic level": stochastic(0, None), "foretold by a stochastic level": foretold},
    "controlled": DATED | {"HAC": hac(0), "GLSAR(1)": prais(0), "ARIMA(1,0,0)": arima(0, (1, 0, 0)), "stochastic level + AR": stochastic(0), "foretold by a stochastic level": foretold},
    "staggered": {"before/after t": naive, "unit means t, own starts": own_starts, "two-way fixed effects, clustered": two_way, "did2s": of_diff_diff("TwoStageDiD"),
                  "Callaway–Sant'Anna": of_diff_diff("CallawaySantAnna"), "imputation (BJS)": of_diff_diff("ImputationDiD"), "imputation, leave-one-unit-out t(G-1)": left_out},
    "few": PANEL | {"gap series GLSAR(1)": gap_series},
    "twin": PANEL | {"placebo rank": placebo_rank, "synthetic DiD, placebo": synthetic_did, "regression on donors, HAC": on_donors, "regression on donors, GLSAR(1)": on_donors_prais, "gap series GLSAR(1)": gap_series},
    "checks": {"Welch": naive, "Welch of logs": welch_of_logs, "Mann–Whitney": ranks, "Yuen trimmed": trimmed, "permutation of means": drawn, "BCa bootstrap": bootstrap_bca, "bootstrap t": bootstrap_t},
    "worst_trained": PANEL | {"level before (ANCOVA)": level_before, "gap series GLSAR(1)": gap_series},
    "bad_by_nature": PANEL | {"level before (ANCOVA)": level_before, "gap series GLSAR(1)": gap_series},
    "mixed_rows": {"two proportions": proportions, "logistic": logistic, "least squares HC3": least_squares, "Mantel–Haenszel": mantel_haenszel},
    "sellers_alike": {"Welch": naive, "clustered": clustered, "fixed effects, clustered": within_units, "unit means t": paired, "mixed model": mixed},
    "durations": {"Welch": naive, "log-rank": log_rank, "Cox": cox, "Mann–Whitney": ranks},
}
