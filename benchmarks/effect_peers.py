"""What others would do in the worlds of before/after: a short function a peer, from a made-up world to its two-sided p-value.

Every peer gets the benefit of the doubt: it is told of the season where there is one and of none where there is none.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import statsmodels.api as sm
from changes import Change
from scipy import stats

Peer = Callable[[Change], float]
YEAR = 365.25


def _sides(change: Change) -> tuple[np.ndarray, np.ndarray]:
    """(rows after, rows before or not reached)."""
    rows, asked = change.rows, change.asked
    after = rows[asked["group"]] == 1 if "group" in asked else rows[asked["treated"]] == 1 if "treated" in asked else rows[asked["time"]] >= asked["at"]
    y = rows[asked["outcome"]].to_numpy(float)
    return y[after], y[~after]


def naive(change: Change) -> float:
    """Welch's t of all rows after against all others."""
    return float(stats.ttest_ind(*_sides(change), equal_var=False).pvalue)


# one series


def _lines(change: Change, waves: int) -> tuple[np.ndarray, np.ndarray]:
    """(outcome, columns: step, level, controls or else a trend, waves of a year)."""
    rows, asked = change.rows, change.asked
    days = (rows["day"] - rows["day"].iloc[0]).dt.days.to_numpy() / YEAR
    beside = [rows[one].to_numpy() for one in asked["controls"]] or [days]
    angles = [2 * np.pi * days * (one + 1) for one in range(waves)]
    step = (rows["day"] >= asked["at"]).to_numpy(float)
    return rows["y"].to_numpy(), np.column_stack([step, np.ones(len(rows)), *beside, *(wave(one) for one in angles for wave in (np.cos, np.sin))])


def hac(waves: int) -> Peer:
    """The step of an interrupted series with Newey–West errors."""

    def judge(change: Change) -> float:
        y, x = _lines(change, waves)
        lags = max(1, int(4 * (len(y) / 100) ** (2 / 9)))
        return float(sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}).pvalues[0])

    return judge


def prais(waves: int) -> Peer:
    """Generalised least squares with an autocorrelation of lag one, iterated."""

    def judge(change: Change) -> float:
        y, x = _lines(change, waves)
        return float(sm.GLSAR(y, x, rho=1).iterative_fit(maxiter=10).pvalues[0])

    return judge


def arima(waves: int, order: tuple[int, int, int]) -> Peer:
    """Regression on the step with ARIMA noise, full likelihood."""

    def judge(change: Change) -> float:
        y, x = _lines(change, waves)
        kept = [0, *range(2 if order[1] else 1, x.shape[1])]
        fit = _quiet(lambda: sm.tsa.SARIMAX(y, exog=x[:, kept], order=order).fit(disp=0, maxiter=200))
        return float(fit.pvalues[0])

    return judge


def stochastic(waves: int, autoregressive: int | None = 1) -> Peer:
    """A structural model: a level that walks, autoregressive noise, the step and controls as regressors."""

    def judge(change: Change) -> float:
        y, x = _lines(change, waves)
        lines = x[:, [0, *range(2, x.shape[1])]] if change.asked["controls"] or waves else x[:, :1]
        fit = _quiet(lambda: sm.tsa.UnobservedComponents(y, level="llevel", autoregressive=autoregressive, exog=lines).fit(disp=0, maxiter=200))
        return float(fit.pvalues[[name.startswith("beta.x1") for name in fit.param_names]][0])

    return judge


def foretold(change: Change) -> float:
    """A structural model of the time before foretells the time after: the mean gap over its simulated spread (what CausalImpact does, by likelihood)."""
    y, x = _lines(change, 0)
    cut = int((x[:, 0] == 0).sum())
    lines = x[:, 2:] if change.asked["controls"] else None
    fit = _quiet(lambda: sm.tsa.UnobservedComponents(y[:cut], level="llevel", exog=None if lines is None else lines[:cut]).fit(disp=0, maxiter=200))
    ahead = {} if lines is None else {"exog": lines[cut:]}
    drawn = fit.simulate(len(y) - cut, anchor="end", repetitions=400, rng=np.random.default_rng(0), **ahead)
    gaps = y[cut:].mean() - np.asarray(drawn).reshape(len(y) - cut, -1).mean(0)
    below = float((gaps < 0).mean())
    return min(1.0, 2 * min(below, 1 - below) + 1 / 400)


def last_year(lag: int) -> Peer:
    """Differences to the same point of the year before: after the change against before it, errors with an autocorrelation of lag one."""

    def judge(change: Change) -> float:
        y, x = _lines(change, 0)
        moved, step = y[lag:] - y[:-lag], x[lag:, 0]
        return float(sm.GLSAR(moved, np.column_stack([step, np.ones(len(step))]), rho=1).iterative_fit(maxiter=10).pvalues[0])

    return judge


def _quiet(run: Callable):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run()


# panels


def _wide(change: Change) -> tuple[np.ndarray, np.ndarray]:
    """(outcome, treated) of units by periods."""
    asked = change.asked
    return tuple(change.rows.pivot(index=asked["unit"], columns=asked["time"], values=one).to_numpy(float) for one in (asked["outcome"], asked["treated"]))


def unit_means(change: Change) -> float:
    """Each unit's mean after less before, changed against others by Student's t (pooled with fewer than two on a side, else Welch's)."""
    y, on = _wide(change)
    after, ever = on.any(0), on.any(1)
    moved = y[:, after].mean(1) - y[:, ~after].mean(1)
    return float(stats.ttest_ind(moved[ever], moved[~ever], equal_var=ever.sum() < 5).pvalue)


def own_starts(change: Change) -> float:
    """Staggered: each changed unit's after less before, set against the same months of the units never changed; Student's t between the changed."""
    y, on = _wide(change)
    ever = on.any(1)
    others = y[~ever].mean(0)
    gap = y - others
    moved = [gap[one, on[one] == 1].mean() - gap[one, on[one] == 0].mean() for one in np.flatnonzero(ever)]
    return float(stats.ttest_1samp(moved, 0).pvalue)


def two_way(change: Change) -> float:
    """Two-way fixed effects, errors clustered by unit (linearmodels)."""
    from linearmodels.panel import PanelOLS

    asked = change.asked
    frame = change.rows.set_index([asked["unit"], asked["time"]])
    fit = PanelOLS(frame[asked["outcome"]], frame[[asked["treated"]]].astype(float), entity_effects=True, time_effects=True).fit(cov_type="clustered", cluster_entity=True)
    return float(fit.pvalues.iloc[0])


def _started(change: Change) -> pd.DataFrame:
    """Rows with the first changed period of their unit, 0 for those never changed."""
    asked, rows = change.asked, change.rows
    first = rows[rows[asked["treated"]] == 1].groupby(asked["unit"])[asked["time"]].min() + 1
    frame = rows.assign(start=rows[asked["unit"]].map(first).fillna(0).astype(int), period=rows[asked["time"]] + 1)
    return frame.assign(unit=pd.factorize(frame[asked["unit"]])[0])


def of_diff_diff(name: str) -> Peer:
    """An estimator for staggered starts by diff-diff: TwoStageDiD (did2s), CallawaySantAnna, ImputationDiD."""

    def judge(change: Change) -> float:
        import diff_diff

        fit = _quiet(lambda: getattr(diff_diff, name)().fit(_started(change), change.asked["outcome"], "unit", "period", "start"))
        return float(fit.overall_p_value)

    return judge


def synthetic_did(change: Change) -> float:
    """Synthetic difference in differences with placebo errors (diff-diff)."""
    import diff_diff

    frame = _started(change).assign(reached=lambda rows: (rows["start"] > 0).astype(int))
    after = sorted(frame.loc[frame[change.asked["treated"]] == 1, "period"].unique())
    fit = _quiet(lambda: diff_diff.SyntheticDiD(seed=0, n_bootstrap=100).fit(frame, change.asked["outcome"], "reached", "unit", "period", post_periods=after))
    return float(fit.p_value)


def left_out(change: Change) -> float:
    """Imputation with leave-one-unit-out errors and t(G − 1), on regressions by statsmodels."""
    y, on = _wide(change)
    whole = _imputed(y, on)
    parts = np.array([_imputed(np.delete(y, one, 0), np.delete(on, one, 0)) for one in range(len(y))])
    g = len(parts)
    error = np.sqrt((g - 1) / g * ((parts - parts.mean()) ** 2).sum())
    return float(2 * stats.t.sf(abs(whole / error), g - 1))


def _imputed(y: np.ndarray, on: np.ndarray) -> float:
    units, periods = np.indices(y.shape)
    x = np.hstack([np.eye(len(y))[units.ravel()], np.eye(y.shape[1])[periods.ravel()][:, 1:]])
    clean = on.ravel() == 0
    told = x @ np.linalg.lstsq(x[clean], y.ravel()[clean], rcond=None)[0]
    return float((y.ravel() - told)[~clean].mean())


def gap_series(change: Change) -> float:
    """The mean of the changed units less that of the others as one series: its step with an autocorrelation of lag one."""
    y, on = _wide(change)
    ever = on.any(1)
    gap = y[ever].mean(0) - y[~ever].mean(0)
    return float(sm.GLSAR(gap, np.column_stack([on.any(0), np.ones(len(gap))]), rho=1).iterative_fit(maxiter=10).pvalues[0])


def on_donors(change: Change) -> float:
    """One unit regressed on the others and the step, with Newey–West errors."""
    y, on = _wide(change)
    ever = on.any(1)
    x = np.column_stack([on.any(0), np.ones(y.shape[1]), *y[~ever]])
    return float(sm.OLS(y[ever][0], x).fit(cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": True}, use_t=True).pvalues[0])


def placebo_rank(change: Change) -> float:
    """Synthetic control (weights ≥ 0, sum one) judged by the rank of the squared gap after over before among all units."""
    from scipy.optimize import nnls

    y, on = _wide(change)
    after, ratios = on.any(0), []
    for one in np.argsort(~on.any(1), kind="stable"):
        others = np.delete(y, one, 0)
        weights = nnls(np.vstack([others[:, ~after].T, 1e3 * np.ones(len(others))]), np.append(y[one, ~after], 1e3))[0]
        gap = y[one] - weights @ others
        ratios.append((gap[after] ** 2).mean() / (gap[~after] ** 2).mean())
    return float((np.array(ratios) >= ratios[0]).mean())


def level_before(change: Change) -> float:
    """Mean after on whether changed and the mean before (analysis of covariance)."""
    y, on = _wide(change)
    after, ever = on.any(0), on.any(1)
    before = y[:, ~after].mean(1)
    return float(sm.OLS(y[:, after].mean(1), np.column_stack([ever, np.ones(len(y)), before])).fit().pvalues[0])


# rows


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
    fit = _quiet(lambda: sm.MixedLM(rows[asked["outcome"]].to_numpy(), x, groups=rows[asked["unit"]].to_numpy(), exog_re=x).fit(reml=True))
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
    "twin": PANEL | {"placebo rank": placebo_rank, "synthetic DiD, placebo": synthetic_did, "regression on donors, HAC": on_donors, "gap series GLSAR(1)": gap_series},
    "checks": {"Welch": naive, "Welch of logs": welch_of_logs, "Mann–Whitney": ranks, "Yuen trimmed": trimmed, "permutation of means": drawn, "BCa bootstrap": bootstrap_bca, "bootstrap t": bootstrap_t},
    "worst_trained": PANEL | {"level before (ANCOVA)": level_before, "gap series GLSAR(1)": gap_series},
    "bad_by_nature": PANEL | {"level before (ANCOVA)": level_before, "gap series GLSAR(1)": gap_series},
    "mixed_rows": {"two proportions": proportions, "logistic": logistic, "least squares HC3": least_squares, "Mantel–Haenszel": mantel_haenszel},
    "sellers_alike": {"Welch": naive, "clustered": clustered, "fixed effects, clustered": within_units, "unit means t": paired, "mixed model": mixed},
    "durations": {"Welch": naive, "log-rank": log_rank, "Cox": cox, "Mann–Whitney": ranks},
}
