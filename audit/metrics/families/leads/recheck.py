"""Closed leads looked at once more by somebody who does not know who closed them and why: M02."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric
from audit.metrics.rows.quality import reviews

_HALF = 50.0  # points of 100 from which a lead was worth working
_DAYS = 92  # of closings from which the sample is drawn


def _valid(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.score >= _HALF)


def _sample(bases: Bases) -> pd.DataFrame:
    """rules.recheck_units of the leads closed as lost or junk lately, drawn by the hash of their ids, the same all through a month;
    who closed them and why stays hidden."""
    t = bases.leads.filter(bases.leads.semantic.isin(["lost", "junk"]))
    t = t.filter(t.closed_at >= ibis.literal(bases.end - dt.timedelta(days=_DAYS)))
    frame = bases.rows(t.select("lead_id", "created_at", "closed_at", "source", "channel"))
    seed = f"{bases.as_of:%Y-%m}"
    order = [sha256(f"{seed} {lead}".encode()).hexdigest() for lead in frame["lead_id"]]
    return frame.assign(_order=order).sort_values("_order", kind="stable").head(bases.client.rules.recheck_units)


METRICS = (
    Metric(
        id="recheck_valid_share", card="M02", kind="share", unit="share", better="lower", basis="period", table="qa_reviews", rows=reviews.units,
        at="at", needs=(*reviews.NEEDS, "qa_reviews.object=lead"), where=reviews.rechecked, numerator=_valid, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="wrongly_closed_leads",
        source="closed leads found worth working at a blind second look (object lead, chosen at random, half of the points or more) ÷ leads so looked at",
    ),
)
LISTINGS = (
    Listing(
        id="recheck_sample", card="M02", needs=("leads.closed_at", "leads.semantic=lost or junk"),
        columns=("lead_id", "created_at", "closed_at", "source", "channel"), rows=_sample,
        source="leads closed as lost or junk in the last three months, drawn at random to be qualified anew without knowing who closed them and why",
    ),
)
