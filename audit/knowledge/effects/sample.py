"""One technique as rows of deals: whether it was used given an opportunity, and the strata within which deals are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from audit.knowledge.effects.landmark import Heard
from audit.knowledge.effects.load import Cases, bands, label
from audit.stats.within import information

OWNER, AMOUNT, CHANCES = "owner", "amount", "chances"
USUAL = ("stage", "segment")
KEEPS = 0.95  # finer strata are taken while they keep so much of the information of the coarsest
MOST_CHANCES = 5


class Strata(NamedTuple):
    """Codes a deal of each column that deals are compared within; `left` are columns that tell the outcome by themselves and are no strata."""

    codes: dict[str, np.ndarray]
    labels: dict[str, np.ndarray]
    left: tuple[str, ...]


@dataclass(frozen=True)
class Sample:
    """Deals with an opportunity and a known outcome; arrays a deal: code `deal`, `y`, `used` 0/1, `dose`, `chances`, codes of strata by name.

    `opportunities` and `uses` count cases; `users` sellers who used it; `callers` sellers who had an opportunity.
    """

    technique: str
    deal: np.ndarray
    y: np.ndarray
    used: np.ndarray
    dose: np.ndarray
    strata: dict[str, np.ndarray]
    opportunities: int
    uses: int
    users: int
    callers: int
    situations: pd.DataFrame  # a row a case with an opportunity: deal, owner, at, used

    def cells(self) -> np.ndarray:
        """A code for each combination of strata."""
        return _crossed(list(self.strata.values()), len(self.y))

    def factors(self) -> tuple[list[np.ndarray], str]:
        """Sets of levels to compare within, as fine as the data bear, and what that is called: crossed, cells or additive."""
        names = [name for name in self.strata if len(np.unique(self.strata[name])) > 1]
        parts = [self.strata[name] for name in names]
        ways: list[tuple[list[np.ndarray], str]] = [([self.cells()], "crossed")]
        if OWNER in names and len(names) > 2:
            ways.append(([self.strata[OWNER], _crossed([self.strata[name] for name in names if name != OWNER], len(self.y))], "cells"))
        if len(names) > 1:
            ways.append((parts, "additive"))
        # every level fitted costs a row, so the information is that of the rows left
        told = [information(self.used, sets) * max(1 - sum(len(np.unique(one)) for one in sets) / max(len(self.y), 1), 0) for sets, _ in ways]
        return next(way for way, one in zip(ways, told, strict=True) if one >= KEEPS * max(told))


def strata_of(cases: Cases, named: tuple[str, ...]) -> Strata:
    """The seller always; the columns `named`, else stage, segment and the band of the amount where they are there."""
    deals = cases.deals
    columns = {OWNER: deals["owner"].fillna("")} if deals["owner"].notna().any() else {}
    for name in named or tuple(one for one in USUAL if one in deals):
        columns[name] = label(deals[name])
    if not named and AMOUNT in deals and pd.api.types.is_numeric_dtype(deals[AMOUNT]):
        columns[AMOUNT] = bands(deals[AMOUNT].to_numpy(dtype=float, na_value=np.nan))
    codes, labels, left = {}, {}, []
    for name, values in columns.items():
        coded, levels = pd.factorize(values.to_numpy(), sort=True)
        if name != OWNER and _tells(coded, deals["y"].to_numpy()):
            left.append(name)
        else:
            codes[name], labels[name] = coded, np.asarray(levels, dtype=object)
    return Strata(codes, labels, tuple(left))


def _tells(codes: np.ndarray, y: np.ndarray) -> bool:
    """Whether a column is the outcome in other words: every level with two decided deals has one outcome only, and outcomes differ."""
    known = ~np.isnan(y)
    n, hits = (np.bincount(codes[known], part, codes.max() + 1) for part in (np.ones(known.sum()), y[known]))
    mixed = (hits > 0) & (hits < n)
    return bool(not mixed[n >= 2].any() and (n >= 2).sum() >= 2 and 0 < hits[n >= 2].sum() < n[n >= 2].sum())


def sample_of(technique: str, heard: Heard, cases: Cases, strata: Strata, called: dict[str, np.ndarray]) -> Sample:
    """`called`: technique → ids of the cases that called for it; a technique that is not there is called for by every case."""
    own = heard.words[(heard.words["technique"] == technique).to_numpy()]
    ids = heard.cases.intersection(called[technique]) if technique in called else heard.cases
    frame = cases.frame.loc[ids, ["deal", "at"]]
    frame = frame[frame["deal"].map(cases.deals["y"].notna())]
    times_used = own.loc[own["used"], "case_id"].value_counts()
    frame = frame.assign(used=times_used.reindex(frame.index).fillna(0).to_numpy(), owner=frame["deal"].map(cases.deals["owner"]))
    deals = frame.groupby("deal").agg(dose=("used", "sum"), chances=("used", "size"))
    deal = deals.index.to_numpy(dtype=int)
    codes = {name: part[deal] for name, part in strata.codes.items()}
    if deals["chances"].nunique() > 1:
        codes[CHANCES] = deals["chances"].clip(upper=MOST_CHANCES).to_numpy()
    codes = {name: np.unique(part, return_inverse=True)[1] for name, part in codes.items()}
    dose = deals["dose"].to_numpy(dtype=int)
    return Sample(technique, deal, cases.deals["y"].to_numpy()[deal], (dose > 0).astype(float), dose, codes, len(frame), int((frame["used"] > 0).sum()),
                  frame.loc[frame["used"] > 0, "owner"].nunique(), frame["owner"].nunique(), frame)


def _crossed(parts: list[np.ndarray], n: int) -> np.ndarray:
    """One code for each combination of levels."""
    if not parts:
        return np.zeros(n, dtype=int)
    return np.unique(np.column_stack(parts), axis=0, return_inverse=True)[1].ravel()
