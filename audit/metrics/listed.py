"""The units behind a number, for whoever has to act on them: the rows of a listing."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from audit import engine as engines
from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.metrics.bases import Bases
from audit.metrics.catalogue import LISTINGS
from audit.metrics.measure import day_of

if TYPE_CHECKING:
    import pandas as pd

    from audit.client import Client


def listed(tables: Any, name: str, as_of: dt.date | str | None = None, *, client: Client | None = None,
           engine: str = "duckdb") -> pd.DataFrame:
    """The listing `name` at `as_of`, one row a unit, most urgent first, columns as declared.

    `tables` as for `measure`. UsageError for an unknown name; NothingMeasurableError where its needs are lacking.
    """
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
