"""Missed calls that nobody returned, with the seller whose deal or request the caller has."""

from __future__ import annotations

import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.catalogue import LISTINGS
from audit.standup.day import Day


def unreturned(bases: Bases, _: Day) -> pd.DataFrame:
    """The listing `unreturned_calls`; a call that came to nobody is its deal's or request's seller's."""
    listing = LISTINGS["unreturned_calls"]
    frame = listing.rows(bases)[list(listing.columns)]
    if frame.empty:
        return frame
    whose = pd.Series([_sellers(bases, entity).get(unit) for entity, unit in zip(frame["entity"], frame["entity_id"], strict=True)], index=frame.index, dtype=object)
    return frame.assign(owner=frame["owner"].where(frame["owner"].notna(), whose))


def _sellers(bases: Bases, entity: object) -> dict[str, str]:
    """Deal or lead → its seller."""
    build = {"deal": _of_deals, "lead": _of_leads}.get(str(entity))
    return bases.rows_of(build) if build else {}


def _of_deals(bases: Bases) -> dict[str, str]:
    return dict(bases.rows(bases.deals.select("deal_id", "owner")).dropna().itertuples(index=False)) if "deals" in bases.tables else {}


def _of_leads(bases: Bases) -> dict[str, str]:
    return dict(bases.rows(bases.leads.select("lead_id", "owner")).dropna().itertuples(index=False)) if "leads" in bases.tables else {}
