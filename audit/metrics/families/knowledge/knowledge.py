"""The knowledge base: what it covers, where its items come from, whether they are used: M68."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import days, told_beside, yes
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.knowledge import tags

_ITEMS = ("kb_items.kb_id",)
_USED = (*_ITEMS, "technique_tags.kb_id", "technique_tags.at")
_MAP = "map of the knowledge base"


class Cell(NamedTuple):
    """One cell of the client's map; an empty part stands for any."""

    stage: str
    need: str
    segment: str


def cells(bases: Bases) -> list[Cell]:
    """Cells that the knowledge base must cover: rules.kb_map, else every open stage."""
    written = bases.client.rules.kb_map
    if not written:
        names = [stage.name for pipeline in bases.stages.pipelines for stage in bases.stages.open_ones(pipeline)]
        return [Cell(name, "", "") for name in dict.fromkeys(names)]
    parts = [[part.strip() for part in text.split("/")][:3] for text in written]
    return [Cell(*part, *[""] * (3 - len(part))) for part in parts]


def coverage(bases: Bases) -> pd.DataFrame:
    """One row a cell of the map: stage, need, segment, and how many items that are not retired cover it."""
    t = bases.rows_of(tags.items).filter(lambda rows: tags.is_live(rows, bases))
    frame = bases.rows(t.select("stage", "stage_id", "need", "segment", "competence_id"))
    have = {name: frame[name].fillna("").astype(str).str.casefold().str.strip() for name in frame}
    rows = []
    for cell in cells(bases):
        stage, need, segment = (part.casefold() for part in cell)
        fits = pd.Series(True, index=frame.index)
        if stage:
            fits &= (have["stage"] == stage) | (have["stage_id"] == stage)
        if need:
            fits &= (have["need"] == need) | (have["competence_id"] == need)
        if segment:
            fits &= have["segment"].isin(["", segment])
        rows.append({**cell._asdict(), "items": int(fits.sum())})
    return pd.DataFrame(rows, columns=[*Cell._fields, "items"])


def _coverage(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    frame = bases.rows_of(coverage)
    cuts = [("", "", frame)]
    if ("stage",) in ask.slices:
        cuts += [("stage", str(name), rows) for name, rows in frame[frame["stage"] != ""].groupby("stage", sort=False)]
    return finish.made(metric, bases, [_share(by, group, rows["items"] > 0) for by, group, rows in cuts])


def _share(by: str, group: str, good: pd.Series) -> dict:
    """A share of a whole that is known to the last cell: no interval."""
    hits, n = float(good.sum()), len(good)
    sums = {"sum_num": hits, "sum_den": float(n)}
    return {"by": by, "group": group, "value": hits / n if n else np.nan, "n": n, **sums}


def aged(bases: Bases) -> ir.Table:
    """Items that are not retired with `used_at`, the last use known at `as_of`."""
    t = bases.rows_of(tags.items).filter(lambda rows: tags.is_live(rows, bases))
    s = bases.rows_of(tags.situations)
    last = s.filter(s.used == 1).group_by(_kb=ibis._.kb_id).agg(used_at=ibis._["at"].max())
    return told_beside(t, last, "kb_id")


def from_wins(bases: Bases) -> ir.Table:
    """Items made of a deal with `wait`: days from winning it to the item; made before winning is no wait."""
    t = bases.rows_of(tags.items)
    d = bases.deals.select(_deal="deal_id", _won="won_at").filter(lambda rows: rows._won.notnull())
    t = t.inner_join(d, t.source_deal_id == d._deal)
    return t.filter(t.created_at.notnull()).mutate(wait=ibis.greatest(days(t._won, t.created_at), 0.0))


def _from_field(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.source_deal_id.notnull())


def _since(days_: int, b: Bases) -> ir.Value:
    return ibis.literal(b.end) - ibis.interval(days=days_)


def _in_use(t: ir.Table, b: Bases) -> ir.Value:
    return yes(t.used_at >= _since(b.client.rules.kb_used_days, b))


def _stale(t: ir.Table, b: Bases) -> ir.Value:
    latest = ibis.greatest(ibis.coalesce(t.used_at, t.created_at), t.created_at)
    return yes(latest < _since(b.client.rules.kb_stale_days, b))


def _dated(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.created_at.notnull()


def _gaps(bases: Bases) -> pd.DataFrame:
    """Cells of the map without any item, in the order of the map."""
    frame = bases.rows_of(coverage)
    return frame[frame["items"] == 0]


METRICS = (
    Metric(
        id="kb_coverage", card="M68", kind="share", unit="share", better="higher", basis="snapshot", table="kb_items", rows=tags.items,
        at="", needs=("kb_items.stage_id", _MAP), where=None, numerator=None, denominator=None, compute=_coverage, matures_days=0,
        min_n=1, slices=("stage",), counter="kb_used_share",
        source="cells of rules.kb_map (stage/need/segment; every open stage where it is empty) with an item that is not retired ÷ cells",
    ),
    Metric(
        id="kb_field_share", card="M68", kind="share", unit="share", better="higher", basis="cohort", table="kb_items", rows=tags.items,
        at="created_at", needs=(*_ITEMS, "kb_items.source_deal_id"), where=None, numerator=_from_field, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("kind",), counter="kb_used_share", source="items made of a deal ÷ items",
    ),
    Metric(
        id="kb_used_share", card="M68", kind="share", unit="share", better="higher", basis="snapshot", table="kb_items", rows=aged, at="",
        needs=_USED, where=None, numerator=_in_use, denominator=one, compute=None, matures_days=0, min_n=MIN_N, slices=("kind",),
        counter="technique_effect", source="items used within rules.kb_used_days ÷ items that are not retired",
    ),
    Metric(
        id="kb_stale_share", card="M68", kind="share", unit="share", better="lower", basis="snapshot", table="kb_items", rows=aged, at="",
        needs=(*_USED, "kb_items.created_at"), where=_dated, numerator=_stale, denominator=one, compute=None, matures_days=0,
        min_n=MIN_N, slices=("kind",), counter="kb_coverage",
        source="items neither made nor used within rules.kb_stale_days ÷ items that are not retired and dated",
    ),
    Metric(
        id="kb_days_from_deal", card="M68", kind="median", unit="days", better="lower", basis="closing", table="kb_items", rows=from_wins,
        at="created_at", needs=(*_ITEMS, "kb_items.source_deal_id", "kb_items.created_at", "deals.closed_at|deals.won_at"), where=None,
        numerator="wait", denominator=None, compute=None, matures_days=0, min_n=MIN_N, slices=("kind",),
        counter="kb_field_share", source="median of won → recorded over items made of a won deal",
    ),
)

LISTINGS = (
    Listing(id="kb_gaps", card="M68", needs=("kb_items.stage_id", _MAP), columns=("stage", "need", "segment"), rows=_gaps,
            source="cells of the map without an item; see the metric kb_coverage"),
)
