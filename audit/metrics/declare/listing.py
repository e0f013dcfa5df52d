"""What a listing is: the units behind a number, one row a unit, for whoever has to act on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audit.metrics.bases import Bases

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list that a card names: stuck deals, hot clients, payments to control, deviations."""

    id: str
    card: str  # M01 … M70
    needs: tuple[str, ...]  # see audit.engine.Tables
    columns: tuple[str, ...]  # of the frame that `rows` gives, in order
    rows: Callable[[Bases], pd.DataFrame]  # most urgent first
    source: str  # by which rule a unit is on it
