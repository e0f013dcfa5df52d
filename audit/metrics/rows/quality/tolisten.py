"""Which calls to listen to today: one of each seller in turn, drawn at random."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256

import ibis
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.frames import mask
from audit.metrics.rows.quality import reviews

COLUMNS = ("activity_id", "owner", "at", "kind", "minutes", "entity", "entity_id", "record_url")
SECONDS = 15 * 60  # of talk


def drawn(bases: Bases) -> pd.DataFrame:
    """Answered calls since the last working day, long enough to be conversations, until SECONDS of talk are full: the sellers in
    turn, each with the next of their calls, both in the order of a hash of the day and the call."""
    since = dt.datetime.combine(bases.calendar().last_workday(bases.as_of), dt.time())
    t = reviews.answered(bases)
    t = t.filter((t.done_at >= ibis.literal(since)) & (t.duration_s >= bases.client.rules.talk_seconds))
    frame = bases.rows(t.select("activity_id", "owner", "kind", "entity", "entity_id", "record_url", "duration_s", at=ibis.coalesce(t.started_at, t.done_at)))
    order = [sha256(f"{bases.as_of:%Y-%m-%d} {one}".encode()).hexdigest() for one in frame["activity_id"]]
    frame = frame.assign(owner_=frame["owner"].fillna(""), order_=order, minutes=(frame["duration_s"].astype(float) / 60).round(1))
    frame = frame.sort_values(["order_", "at"], kind="stable")
    theirs = frame.groupby("owner_", sort=False)["order_"]
    frame = frame.assign(turn_=theirs.cumcount(), first_=theirs.transform("first")).sort_values(["turn_", "first_"], kind="stable")
    return frame[mask(_taken(frame["owner_"].tolist(), frame["duration_s"].tolist()))]


def _taken(owners: list[str], seconds: list[float]) -> list[bool]:
    """Which calls are taken: those that still fit, and while there is room one of every seller whatever its length."""
    heard: set[str] = set()
    taken, full = [], 0.0
    for owner, length in zip(owners, seconds, strict=True):
        fits = full + length <= SECONDS or (full < SECONDS and owner not in heard)
        taken.append(fits)
        if fits:
            heard.add(owner)
            full += length
    return taken
