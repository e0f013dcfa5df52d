"""An independent look at the sample world: main effects, planted terms and every other cell, by plain GLM."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.stats import norm

from audit.samples import recipe as r
from audit.samples.things import World

DIMENSIONS = ["owner", "source", "segment", "region", "product", "repeat"]
TEAM = {seller.name: seller.team for seller in r.SELLERS}


def closed_deals(world: World) -> pd.DataFrame:
    """Closed deals with the labels that the CRM shows; empty labels are their own level."""
    rows = [
        {**{name: deal.shown(name) or "?" for name in DIMENSIONS[:-1]}, "repeat": str(deal.repeat),
         "won": float(deal.semantic == "won"), "cheque": np.log(deal.amount), "created": deal.created,
         "days": np.log((deal.closed - deal.created).total_seconds() / 86400 + 0.1)}
        for deal in world.deals if deal.closed
    ]
    return pd.DataFrame(rows)


def planted_terms(frame: pd.DataFrame) -> pd.DataFrame:
    """One 0/1 column a planted truth of deals."""
    terms = {
        planted.key: np.logical_and.reduce([frame[name] == label for name, label in planted.slice.items()]).astype(float)
        for planted in r.ZONES
    }
    return pd.DataFrame(terms, index=frame.index)


def design(frame: pd.DataFrame, outcome: str, dimensions: list[str]) -> pd.DataFrame:
    """Constant, main effects of `dimensions`, and the planted terms of `outcome` that those do not already hold."""
    x = sm.add_constant(pd.get_dummies(frame[dimensions], drop_first=True, dtype=float))
    terms = planted_terms(frame)
    wanted = {"won": {"seller": "owner", "cell": None}, "cheque": {"region": "region"}}.get(outcome, {})
    return x.join(terms[[term for term, own in wanted.items() if own not in dimensions]])


def effect(frame: pd.DataFrame, outcome: str, term: str) -> tuple[float, float]:
    """(coefficient, z) of a planted term beside the main effects.

    Linear probability for `won` (so the coefficient is in points), log-linear for the cheque; robust errors.
    """
    own = {"seller": "owner", "region": "region"}.get(term)
    fit = sm.OLS(frame[outcome], design(frame, outcome, [name for name in DIMENSIONS if name != own])).fit(cov_type="HC1")
    return float(fit.params[term]), float(fit.tvalues[term])


def expected(frame: pd.DataFrame, outcome: str, dimensions: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """(expected value, variance) of each row from main effects of `dimensions` and the planted terms."""
    x = design(frame, outcome, dimensions)
    if outcome == "won":
        p = np.asarray(sm.GLM(frame[outcome], x, family=sm.families.Binomial()).fit().fittedvalues)
        return p, p * (1 - p)
    fit = sm.OLS(frame[outcome], x).fit()
    return np.asarray(fit.fittedvalues), np.full(len(frame), fit.mse_resid)


def scan(frame: pd.DataFrame, outcome: str, at_least: int = 30) -> pd.DataFrame:
    """z and p of every level and every pair of levels with `at_least` rows, planted terms being known."""
    found = []
    for name in DIMENSIONS:  # a level is judged without its own main effect
        others = [other for other in DIMENSIONS if other != name]
        found += _cells(frame, outcome, [name], *expected(frame, outcome, others), at_least)
    mean, variance = expected(frame, outcome, DIMENSIONS)
    for pair in combinations(DIMENSIONS, 2):
        found += _cells(frame, outcome, list(pair), mean, variance, at_least)
    table = pd.DataFrame(found, columns=["slice", "n", "z"])
    table["p"] = 2 * norm.sf(table["z"].abs())
    return table


def _cells(frame, outcome, by, mean, variance, at_least):
    parts = frame[by].assign(gap=frame[outcome] - mean, variance=variance, n=1).groupby(by).sum(numeric_only=True)
    parts = parts[parts["n"] >= at_least]
    for label, row in parts.iterrows():
        names = label if isinstance(label, tuple) else (label,)
        if "?" not in names:
            yield " × ".join(names), int(row["n"]), row["gap"] / np.sqrt(row["variance"])


def lowest_q(p: pd.Series) -> float:
    """The smallest Benjamini–Hochberg q-value."""
    ordered = np.sort(p.to_numpy())
    return float(np.min(ordered * len(ordered) / np.arange(1, len(ordered) + 1)))
