"""What others would do with units by periods: from a made-up world to a two-sided p-value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from changes import Change
from peers_of_series import Peer, quiet
from scipy import stats


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

        fit = quiet(lambda: getattr(diff_diff, name)().fit(_started(change), change.asked["outcome"], "unit", "period", "start"))
        return float(fit.overall_p_value)

    return judge


def synthetic_did(change: Change) -> float:
    """Synthetic difference in differences with placebo errors (diff-diff)."""
    import diff_diff

    frame = _started(change).assign(reached=lambda rows: (rows["start"] > 0).astype(int))
    after = sorted(frame.loc[frame[change.asked["treated"]] == 1, "period"].unique())
    fit = quiet(lambda: diff_diff.SyntheticDiD(seed=0, n_bootstrap=100).fit(frame, change.asked["outcome"], "reached", "unit", "period", post_periods=after))
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


def on_donors_prais(change: Change) -> float:
    """The same with an autocorrelation of lag one, iterated."""
    y, on = _wide(change)
    ever = on.any(1)
    x = np.column_stack([on.any(0), np.ones(y.shape[1]), *y[~ever]])
    return float(sm.GLSAR(y[ever][0], x, rho=1).iterative_fit(maxiter=10).pvalues[0])


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
