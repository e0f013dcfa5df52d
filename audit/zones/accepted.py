"""A slice that a search has accepted, and one that it may accept next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass
class Zone:
    """One accepted slice of one metric."""

    at: tuple[int, ...]
    levels: tuple[int, ...]
    mask: np.ndarray  # of cells
    worse: bool
    p: float  # when it was taken
    weight: float = 1.0  # of its p in the bound on false zones
    cut: float = 0.0  # selection threshold in standard errors of the effect
    spread: float = 0.0  # natural spread of its peers
    effect: float = 0.0
    error: float = 0.0
    q: float = 1.0

    @property
    def level(self) -> float:
        """p over weight."""
        return self.p / self.weight


@dataclass
class Candidate:
    """The best slice that is left of one search in one direction."""

    p: float
    weight: float  # Benjamini–Hochberg orders by p / weight
    z: float
    row: int
    worse: bool

    @property
    def level(self) -> float:
        """p over weight."""
        return self.p / self.weight
