"""What others would do with one series before and after: from a made-up world to a two-sided p-value. Each is told of the season where there is one."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import statsmodels.api as sm
from changes import Change

Peer = Callable[[Change], float]
YEAR = 365.25


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
        fit = quiet(lambda: sm.tsa.SARIMAX(y, exog=x[:, kept], order=order).fit(disp=0, maxiter=200))
        return float(fit.pvalues[0])

    return judge


def stochastic(waves: int, autoregressive: int | None = 1) -> Peer:
    """A structural model: a level that walks, autoregressive noise, the step and controls as regressors."""

    def judge(change: Change) -> float:
        y, x = _lines(change, waves)
        lines = x[:, [0, *range(2, x.shape[1])]] if change.asked["controls"] or waves else x[:, :1]
        fit = quiet(lambda: sm.tsa.UnobservedComponents(y, level="llevel", autoregressive=autoregressive, exog=lines).fit(disp=0, maxiter=200))
        return float(fit.pvalues[[name.startswith("beta.x1") for name in fit.param_names]][0])

    return judge


def foretold(change: Change) -> float:
    """A structural model of the time before foretells the time after: the mean gap over its simulated spread (what CausalImpact does, by likelihood)."""
    y, x = _lines(change, 0)
    cut = int((x[:, 0] == 0).sum())
    lines = x[:, 2:] if change.asked["controls"] else None
    fit = quiet(lambda: sm.tsa.UnobservedComponents(y[:cut], level="llevel", exog=None if lines is None else lines[:cut]).fit(disp=0, maxiter=200))
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


def quiet(run: Callable):
    """A fit without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run()
