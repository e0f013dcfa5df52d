"""One technique as rows of deals: whether it was used given an opportunity, and the strata within which deals are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

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
    """Deals with an opportunity and a known outcome; arrays a deal: code `deal`, `y`, `used` 0/1, `dose`, codes of strata by name.

    `cases`: codes of the cases with an opportunity, `counts` the uses in each; `sellers` had an opportunity, `users` of them used it.
    """

    technique: str
    deal: np.ndarray
    y: np.ndarray
    used: np.ndarray
    dose: np.ndarray
    strata: dict[str, np.ndarray]
    cases: np.ndarray
    counts: np.ndarray
    sellers: int
    users: int

    @property
    def opportunities(self) -> int:
        """Cases that called for it."""
        return len(self.cases)

    @property
    def uses(self) -> int:
        """Cases in which it was used."""
        return int((self.counts > 0).sum())

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


def sample_of(technique: str, uses: np.ndarray, open_: np.ndarray, cases: Cases, strata: Strata, called: np.ndarray | None) -> Sample:
    """`uses`: code of the case of each use in time; `open_`: cases that may count; `called`: codes of cases that called for it, None where every case did."""
    counts = np.bincount(uses, minlength=len(open_))
    if called is not None:
        open_ = open_ & np.isin(np.arange(len(open_)), called)
    own = np.flatnonzero(open_)
    deal, place = np.unique(cases.frame["deal"].to_numpy()[own], return_inverse=True)
    dose, chances = np.bincount(place, counts[own], len(deal)).astype(int), np.bincount(place, minlength=len(deal))
    codes = {name: part[deal] for name, part in strata.codes.items()} | {CHANCES: np.minimum(chances, MOST_CHANCES)}
    codes = {name: np.unique(part, return_inverse=True)[1] for name, part in codes.items() if name != CHANCES or np.ptp(part) > 0}
    seller = strata.codes.get(OWNER)
    mine = np.zeros(len(own), int) if seller is None else seller[deal][place]
    sellers, users = (0, 0) if seller is None else (len(np.unique(mine)), len(np.unique(mine[counts[own] > 0])))
    return Sample(technique, deal, cases.deals["y"].to_numpy()[deal], (dose > 0).astype(float), dose, codes, own, counts[own], sellers, users)


def _crossed(parts: list[np.ndarray], n: int) -> np.ndarray:
    """One code for each combination of levels."""
    if not parts:
        return np.zeros(n, dtype=int)
    return np.unique(np.column_stack(parts), axis=0, return_inverse=True)[1].ravel()
