"""What a listing is: the units behind a number, one row a unit, for whoever has to act on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.metrics.bases import Bases

if TYPE_CHECKING:
    import pandas as pd

    from audit.client import Client


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A list that a card names: stuck deals, hot clients, payments to control, deviations."""

    id: str
    card: str  # M01 … M70
    needs: tuple[str, ...]  # see audit.engine.Tables
    columns: tuple[str, ...]  # of the frame that `rows` gives, in order
    rows: Callable[[Bases], pd.DataFrame]  # most urgent first
    source: str  # by which rule a unit is on it


def listed(tables: Any, name: str, as_of: dt.date | str | None = None, *, client: Client | None = None,
           engine: str = "duckdb") -> pd.DataFrame:
    """The listing `name` at `as_of`, one row a unit, most urgent first, columns as declared.

    `tables` as for `measure`. UsageError for an unknown name; NothingMeasurableError where its needs are lacking.
    """
    from audit import engine as engines
    from audit.metrics.catalogue import LISTINGS
    from audit.metrics.measure import day_of

    if name not in LISTINGS:
        raise UsageError("errors.unknown_name", kind="listing", name=name, nearest=nearest(name, [*LISTINGS]))
    listing = LISTINGS[name]
    loaded = engines.load(tables, engine)
    make = Bases.of if loaded is tables else Bases  # of tables opened here nothing is kept for others
    bases = make(loaded, day_of(as_of), client or getattr(tables, "client", None))
    lacks = bases.lacks(*listing.needs)
    if lacks:
        raise NothingMeasurableError("metrics.nothing", n=1, lacks=", ".join(lacks), tables=", ".join(sorted(bases.tables)) or "–")
    return listing.rows(bases)[list(listing.columns)].reset_index(drop=True)
