"""Movement through the stages: entries, moves forward and back, bulk moves: M16."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Metric, Row
from audit.metrics.rows.flow.moves import NEEDS, people_moves

_SLICES = ("owner", "team", "stage", "source", "segment", "pipeline")


def _flag(name: str) -> Row:
    def value(t: ir.Table, _: Bases) -> ir.Value:
        return t[name]

    return value


def _seen(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Entries into open stages that somebody recorded."""
    return (t.semantic == "open") & ~t.is_unseen


def _new(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return (t.entry == 1) & (t["rank"] == 0)


def _moved(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return (t.forward == 1) | (t.back == 1)


def _net(t: ir.Table, _: Bases) -> ir.Value:
    return t.forward - t.back


def _clocked(t: ir.Table, _: Bases) -> ir.BooleanValue:
    """Moves whose hour is known."""
    return ((t.forward == 1) | (t.back == 1)) & t.late.notnull()


def weeks(bases: Bases) -> ir.Table:
    """One row a seller's week with enough moves: `at` (its first move), `moves`, `late`, `bulk` when too many of them are late."""
    t = bases.rows_of(people_moves)
    t = t.filter(_clocked(t, bases) & t.owner.notnull())
    week = ((t["at"].epoch_seconds().cast("int64") + 3 * 86_400) / (7 * 86_400)).floor()
    made = t.group_by(owner=t.owner, team=t.team, _week=week).agg(at=t["at"].min(), moves=t.count(), late=t.late.sum())
    rules = bases.client.rules
    made = made.filter(made.moves >= rules.bulk_week_moves)
    return made.mutate(bulk=ibis.ifelse(made.late > made.moves * rules.bulk_week_share, 1, 0))


def _bulk_rows(bases: Bases) -> pd.DataFrame:
    """Weeks with moves in bulk, the latest first."""
    t = bases.rows_of(weeks)
    frame = bases.rows(t.filter(t.bulk == 1).select("owner", "at", "moves", "late"))
    start = pd.to_datetime(frame["at"]).dt.normalize()
    frame = frame.assign(week=(start - pd.to_timedelta(start.dt.weekday, unit="D")).dt.date, late_share=(frame["late"] / frame["moves"]).round(3))
    return frame.sort_values(["week", "late_share", "owner"], ascending=[False, False, True])


def _count(metric_id: str, where: Row, numerator: Row, better: str, counter: str, source: str, slices: tuple[str, ...] = _SLICES) -> Metric:
    return Metric(
        id=metric_id, card="M16", kind="count", unit="count", better=better, basis="period", table="deals", rows=people_moves,  # type: ignore[arg-type]
        at="at", needs=NEEDS, where=where, numerator=numerator, denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        slices=slices, counter=counter, source=source,
    )


_DOUBT = "moves_evidenced"

METRICS = (
    _count("stage_entries", _seen, one, "higher", _DOUBT, "recorded entries of deals into open stages, returns too", ("stage", "owner", "team", "owner×stage")),
    _count("stage_new", _new, one, "higher", "stage_conversion", "deals that entered the first stage of their pipeline as their first",
           ("owner", "team", "source", "segment", "pipeline")),
    _count("moves_forward", _moved, _flag("forward"), "higher", _DOUBT,
           "moves to a later stage of the pipeline or to winning, by whoever made them; robots are left out"),
    _count("moves_back", _moved, _flag("back"), "lower", "stage_conversion", "moves to an earlier stage of the pipeline"),
    Metric(
        id="moves_net", card="M16", kind="figure", unit="count", better="higher", basis="period", table="deals", rows=people_moves,
        at="at", needs=NEEDS, where=_moved, numerator=_net, denominator=None, compute=None, matures_days=0, min_n=MIN_N,
        slices=_SLICES, counter=_DOUBT, source="moves forward − moves back",
    ),
    Metric(
        id="moves_late_share", card="M16", kind="share", unit="share", better="lower", basis="period", table="deals",
        rows=people_moves, at="at", needs=NEEDS, where=_clocked, numerator=_flag("late"), denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("owner", "team"), counter="moves_forward",
        source="moves in the last rules.week_end_hours of the working week or after it ÷ moves; mere dates are left out",
    ),
    Metric(
        id="moves_bulk_weeks", card="M16", kind="share", unit="share", better="lower", basis="period", table="deals",
        rows=weeks, at="at", needs=NEEDS, where=None, numerator=_flag("bulk"), denominator=one, compute=None, matures_days=0,
        min_n=MIN_N, slices=("owner", "team"), counter="moves_forward",
        source="seller-weeks in which more than rules.bulk_week_share of the moves are late ÷ seller-weeks with rules.bulk_week_moves or more",
    ),
)

LISTINGS = (
    Listing(
        id="bulk_weeks", card="M16", needs=NEEDS, columns=("owner", "week", "moves", "late", "late_share"), rows=_bulk_rows,
        source="seller-weeks in which more than rules.bulk_week_share of the moves came in the last hours of the working week",
    ),
)
