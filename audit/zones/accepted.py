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
    p: float
    level: float
    cut: float  # selection threshold in standard errors of the effect
    spread: float
    effect: float = 0.0
    error: float = 0.0
    q: float = 1.0


@dataclass
class Candidate:
    """The best slice that is left of one search in one direction."""

    p: float
    weight: float  # of its depth; Benjamini–Hochberg orders by p / weight
    z: float
    row: int
    worse: bool

    @property
    def level(self) -> float:
        """p over weight."""
        return self.p / self.weight
