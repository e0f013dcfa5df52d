"""Whether the calls that are reviewed stand for the others: M55."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import cells, finish, small
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.quality import reviews, tolisten
from audit.stats import intervals


def lengths(bases: Bases) -> pd.DataFrame:
    """One row a seller: of answered calls of known length `n`, `seconds`, `recorded`, and of those reviewed at random `n_seen`, `seconds_seen`."""
    a = reviews.answered(bases)
    a = a.filter(a.duration_s.notnull())
    a = a.select("activity_id", "owner", "team", seconds=a.duration_s, recorded=yes(a.record_url.notnull()), seen=ibis.literal(0))
    u, c = bases.rows_of(reviews.units), bases.rows_of(reviews.calls)
    u = u.filter(reviews.talks(u, bases)).select(_of="object_id").distinct()
    c = c.filter(c.seconds.notnull())
    c = c.inner_join(u, c._call == u._of).select("_call", "seconds")
    known = a.select(_id="activity_id", owner="owner", team="team")
    r = c.inner_join(known, c._call == known._id)
    keys = ["owner", "team"]
    whole = bases.rows(a.group_by(keys).agg(n=a.count(), seconds=cells.exact(a.seconds), recorded=a.recorded.sum()))
    seen = bases.rows(r.group_by(keys).agg(n_seen=r.count(), seconds_seen=cells.exact(r.seconds)))
    frame = whole.merge(seen, on=keys, how="left")
    return frame.fillna({"n_seen": 0, "seconds_seen": 0.0}).sort_values(keys, kind="stable").reset_index(drop=True)


def _ratio(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Mean length of the reviewed ÷ mean length of all."""
    records = []
    for key, rows in small.cells_of(bases.rows_of(lengths), ask):
        n, seen, all_, heard = (float(rows[name].sum()) for name in ("n", "n_seen", "seconds", "seconds_seen"))
        if seen and all_:
            records.append(key | {"value": (heard / seen) / (all_ / n), "n": int(seen)})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


def _recorded(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Answered calls with a recording ÷ answered calls of known length."""
    records = []
    for key, rows in small.cells_of(bases.rows_of(lengths), ask):
        hit, n = float(rows["recorded"].sum()), float(rows["n"].sum())
        low, high = intervals.wilson(hit, n)
        records.append(key | {"value": hit / n if n else np.nan, "low": float(low), "high": float(high), "n": int(n), "sum_num": hit, "sum_den": n,
                              "sum_num2": hit, "sum_numden": hit, "sum_den2": n})
    return finish.made(metric, bases, records or [{"value": np.nan, "n": 0}])


_LENGTHS = ("qa_reviews.object_id", *reviews.RANDOM, "activities.kind", "activities.done_at|activities.started_at", "activities.duration_s",
            "lengths of reviewed calls")
METRICS = (
    Metric(
        id="qa_length_ratio", card="M55", kind="ratio", unit="ratio", better="band", basis="snapshot", table="qa_reviews", rows=reviews.units, at="",
        needs=_LENGTHS, where=None, numerator=None, denominator=None, compute=_ratio, matures_days=0, min_n=MIN_N, slices=("owner", "team"),
        counter="calls_recorded_share", source="mean length of the calls reviewed at random ÷ mean length of all answered calls; above 1 the long ones are chosen",
    ),
    Metric(
        id="calls_recorded_share", card="M55", kind="share", unit="share", better="higher", basis="snapshot", table="activities", rows=reviews.units, at="",
        needs=(*_LENGTHS, "activities.record_url"), where=None, numerator=None, denominator=None, compute=_recorded, matures_days=0, min_n=MIN_N,
        slices=("owner", "team"), counter="qa_length_ratio", source="answered calls with a recording ÷ answered calls of known length: of the others no review can tell",
    ),
)
LISTINGS = (
    Listing(
        id="listening", card="M55", needs=("activities.kind", "activities.done_at|activities.started_at", "activities.duration_s"),
        columns=tolisten.COLUMNS, rows=tolisten.drawn,
        source="answered calls of rules.talk_seconds or more from the last working day to the as-of day, one of each seller in turn, drawn at random, "
               "the same all day, until 15 minutes of talk are full; a longer one ends the list only where its seller has none yet",
    ),
)
