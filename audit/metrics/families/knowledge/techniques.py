"""Techniques: which there are and how often they are used: M66."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.knowledge import standing, tags

_TAGS = ("kb_items.kb_id", "technique_tags.kb_id", "technique_tags.at")
_CALLED = (*_TAGS, "technique_tags.opportunity", "technique_tags without use")
_BY = ("technique", "owner", "team", "stage", "segment")
_Z = 1.959963984540054


def _statuses(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Techniques, the retired left out of the whole; by status each."""
    frame = bases.rows_of(standing.register)
    live = frame[frame["status"] != "retired"]
    records = [_counted(len(live))]
    if ("status",) in ask.slices:
        sizes = frame["status"].value_counts()
        records += [_counted(int(sizes[name])) | {"by": "status", "group": name} for name in standing.STATUSES if name in sizes]
    return finish.made(metric, bases, records)


def _proven(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    return finish.made(metric, bases, [_counted(int((bases.rows_of(standing.register)["status"] == "proven").sum()))])


def _counted(n: int) -> dict:
    return {"value": float(n), "n": n, "sum_num": float(n)}


def _is_called(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.called == 1


def talks_and_uses(bases: Bases) -> ir.Table:
    """Two kinds of dated rows: a conversation held (`talks`) and a technique used in one (`uses`)."""
    a = bases.activities
    met = a.kind.isin(["meeting", "presentation"]) | (a.kind.isin(["call_out", "call_in"]) & a.is_answered.fill_null(True) & (a.duration_s >= bases.client.rules.talk_seconds))
    a = a.filter(a.done_at.notnull() & ~a.is_auto & met.fill_null(False))
    t = bases.rows_of(tags.situations)
    t = t.filter((t.used == 1) & (t.object.fill_null("call") == "call"))
    talks = a.select("owner", "team", at=a.done_at, talks=ibis.literal(1), uses=ibis.literal(0))
    return ibis.union(talks, t.select("owner", "team", at=t["at"], talks=ibis.literal(0), uses=ibis.literal(1)))


def _kappa(metric: Metric, bases: Bases, _: Ask) -> pd.DataFrame:
    """Cohen's κ with its large-sample interval: agreement beyond that of chance."""
    frame = bases.rows_of(standing.agreement)
    n = float(frame["n"].sum())
    if not n:
        return finish.made(metric, bases, [{"value": np.nan}])
    seen = float(frame["one"].sum()) / n
    human, machine = (float((frame[name] * frame["n"]).sum()) / n for name in ("human", "machine"))
    chance = human * machine + (1 - human) * (1 - machine)
    if chance == 1:
        return finish.made(metric, bases, [{"value": np.nan, "n": int(n)}])
    value, half = (seen - chance) / (1 - chance), _Z * np.sqrt(seen * (1 - seen) / n) / (1 - chance)
    return finish.made(metric, bases, [{"value": value, "low": max(value - half, -1.0), "high": min(value + half, 1.0), "n": int(n)}])


def _in_won(bases: Bases) -> pd.DataFrame:
    """Uses of techniques in won deals with the words said and a link to the recording, the latest first."""
    t = bases.rows_of(tags.situations).filter(lambda one: (one.used == 1) & (one.deal_semantic == "won"))
    t = t.mutate(record_url=ibis.null("string"))
    if bases.tables.has("activities.record_url"):
        side = bases.activities.select(_call="activity_id", _url="record_url").distinct(on="_call", keep="first")
        t = t.left_join(side, (t.object_id == side._call) & (t.object == "call"))
        t = t.mutate(record_url=t._url)
    columns = ("technique", "deal_id", "owner", "stage", "at", "object", "object_id", "quote", "record_url", "tagged_by", "confidence")
    return bases.rows(t.select("tag_id", *columns)).sort_values(["at", "tag_id"], ascending=[False, True])


def _register(bases: Bases) -> pd.DataFrame:
    frame = bases.rows_of(standing.register)
    return frame.assign(rank=frame["status"].map({"proven": 0, "candidate": 1, "claimed": 2, "draft": 3, "retired": 4})).sort_values(
        ["rank", "effect", "technique"], ascending=[True, False, True])


METRICS = (
    Metric(
        id="techniques", card="M66", kind="count", unit="count", better="higher", basis="snapshot", table="kb_items", rows=tags.items,
        at="", needs=("kb_items.kb_id",), where=None, numerator=None, denominator=None, compute=_statuses, matures_days=0, min_n=MIN_N,
        slices=("status",), counter="technique_use_rate",
        source="techniques of the knowledge base that are not retired; by status: draft → candidate (10 situations that called for it, "
               "3 sellers) → proven (interval of the effect, or of its roll-out, above 0); claimed: called proven by the client, not by the data",
    ),
    Metric(
        id="techniques_proven", card="M66", kind="count", unit="count", better="higher", basis="snapshot", table="kb_items",
        rows=tags.items, at="", needs=(*_CALLED, "technique_tags.deal_id", "deals.semantic", "technique_tags of lost deals"), where=None,
        numerator=None, denominator=None, compute=_proven, matures_days=0, min_n=MIN_N, slices=(), counter="technique_lost_per_won",
        source="candidates with the interval of the effect within strata above 0, or of the roll-out while its placebo shows nothing",
    ),
    Metric(
        id="technique_use_rate", card="M66", kind="share", unit="share", better="higher", basis="period", table="technique_tags",
        rows=tags.situations, at="at", needs=_CALLED, where=_is_called, numerator="used", denominator="called", compute=None,
        matures_days=0, min_n=MIN_N, slices=_BY, counter="technique_agreement",
        source="situations that called for a technique in which it was used ÷ situations that called for one",
    ),
    Metric(
        id="technique_uses_a_talk", card="M66", kind="ratio", unit="ratio", better="higher", basis="period", table="technique_tags",
        rows=talks_and_uses, at="at", needs=(*_TAGS, "activities.duration_s", "activities.done_at|activities.started_at"), where=None,
        numerator=lambda t, _: t.uses * 100, denominator="talks", compute=None, matures_days=0, min_n=MIN_N,
        slices=("owner", "team"), counter="technique_use_rate", source="100 × techniques used in conversations ÷ conversations held",
    ),
    Metric(
        id="technique_agreement", card="M66", kind="mean", unit="ratio", better="higher", basis="snapshot", table="technique_tags",
        rows=tags.situations, at="",
        needs=(*_CALLED, "technique_tags.tagged_by", "technique_tags.object_id", "technique_tags tagged twice"), where=None,
        numerator=None, denominator=None, compute=_kappa, matures_days=0, min_n=MIN_N, slices=(), counter="technique_use_rate",
        source="Cohen's κ of a person and a rule or model on the same situations",
    ),
)

LISTINGS = (
    Listing(
        id="techniques_in_won", card="M66", needs=(*_TAGS, "technique_tags.deal_id", "deals.semantic"),
        columns=("technique", "deal_id", "owner", "stage", "at", "object", "object_id", "quote", "record_url", "tagged_by", "confidence"),
        rows=_in_won, source="tags of used techniques of won deals, the latest first",
    ),
    Listing(
        id="technique_register", card="M66", needs=("kb_items.kb_id",),
        columns=("kb_id", "technique", "stage", "said", "status", "called", "uses", "sellers", "effect", "low", "high",
                 "rollout", "rollout_low", "rollout_high"),
        rows=_register, source="see the metric techniques; effect: points of the next-step rate within strata, an association; rollout: the same as "
                               "sellers took it up one after another",
    ),
)
