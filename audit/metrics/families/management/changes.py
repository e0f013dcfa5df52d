"""The plan of changes: what was agreed, begun, done, and what it was to bring: M70."""

from __future__ import annotations

import dataclasses

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics.bases import Bases
from audit.metrics.bases.shape import yes
from audit.metrics.count import finish
from audit.metrics.declare.common import MIN_N, one
from audit.metrics.declare.listing import Listing
from audit.metrics.declare.metric import Ask, Metric
from audit.metrics.rows.management import progress
from audit.metrics.rows.management.progress import actions

_ID = ("growth_actions.action_id",)
_AGREED = (*_ID, "growth_actions.agreed_at")


def _agreed(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.agreed_at.notnull()


def _is_agreed(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.agreed_at.notnull())


def _started(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.start_on.notnull() | t.done_on.notnull())


def _done(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.done_on.notnull())


def _due(t: ir.Table, b: Bases) -> ir.BooleanValue:
    """Agreed actions whose day has come."""
    return t.agreed_at.notnull() & (t.due_on <= ibis.literal(b.as_of)).fill_null(False)


def _in_time(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.done_on <= t.due_on)


def _sound(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.metric.notnull() & t.baseline.notnull() & t.target.notnull() & t.due_on.notnull())


def _ranked(t: ir.Table, _: Bases) -> ir.BooleanValue:
    return t.client_priority.notnull() & t.proposed_priority.notnull()


def _moved(t: ir.Table, _: Bases) -> ir.Value:
    return yes(t.client_priority != t.proposed_priority)


def _listed(bases: Bases) -> pd.DataFrame:
    """Agreed actions with what became of their metric, those overdue first."""
    frame = bases.rows_of(progress.judged)
    return frame.sort_values(["overdue", "client_priority", "action_id"], ascending=[False, True, True], na_position="last")


def _realised(metric: Metric, bases: Bases, ask: Ask) -> pd.DataFrame:
    """Money a month that the metrics of judged actions have moved by, or that money ÷ what was expected of it."""
    frame = bases.rows_of(progress.realised)
    groups: list[tuple[dict, pd.DataFrame]] = [({}, frame)]
    if ("horizon",) in ask.slices:
        groups += [({"by": "horizon", "group": str(name)}, rows) for name, rows in frame.groupby("horizon", sort=True)]
    records = []
    for key, rows in groups:
        gain, expected, half = float(rows["gain"].sum()), float(rows["expected"].sum()), float(np.sqrt((rows["half"] ** 2).sum()))
        by = 1.0 if metric.unit == "money" else expected
        if len(rows) and by:
            records.append(key | {"value": gain / by, "low": (gain - half) / by, "high": (gain + half) / by, "n": len(rows), "sum_num": gain, "sum_den": expected})
    return finish.made(metric, bases, records or [{"value": np.nan}])


def _share(name: str, needs: tuple[str, ...], where, numerator, counter: str, source: str) -> Metric:
    return Metric(
        id=name, card="M70", kind="share", unit="share", better="neutral" if name == "actions_reranked" else "higher", basis="snapshot",
        table="growth_actions", rows=actions, at="", needs=needs, where=where, numerator=numerator, denominator=one, compute=None,
        matures_days=0, min_n=MIN_N, slices=("horizon",), counter=counter, source=source)


_GAIN = Metric(
    id="actions_gain_realised", card="M70", kind="figure", unit="money", better="higher", basis="snapshot", table="growth_actions", rows=actions,
    at="", needs=(*_AGREED, "growth_actions.expected_gain", "growth_actions.metric", "growth_actions.baseline", "growth_actions.target", "growth_actions.start_on"),
    where=None, numerator=None, denominator=None, compute=_realised, matures_days=0, min_n=1, slices=("horizon",), counter="actions_gain_agreed",
    source="by the monthly re-measurement where there was one; else Σ expected gain × (weekly mean since the start − before it) ÷ (target − baseline); actions on one metric "
           "once, those too young to judge left out; what coincides with an action is not proven to come of it")
METRICS = (
    _share("actions_agreed", _AGREED, None, _is_agreed, "actions_sound", "actions agreed ÷ proposed"),
    _share("actions_started", (*_AGREED, "growth_actions.start_on|growth_actions.done_on"), _agreed, _started, "actions_done",
           "agreed actions begun ÷ agreed"),
    _share("actions_done", (*_AGREED, "growth_actions.done_on"), _agreed, _done, "actions_sound", "agreed actions done ÷ agreed"),
    _share("actions_in_time", (*_AGREED, "growth_actions.done_on", "growth_actions.due_on"), _due, _in_time, "actions_sound",
           "actions done by their day ÷ agreed actions whose day has come"),
    _share("actions_sound", (*_AGREED, "growth_actions.metric"), _agreed, _sound, "actions_agreed",
           "agreed actions with a metric, its value before, a target and a day ÷ agreed"),
    _share("actions_reranked", (*_ID, "growth_actions.client_priority", "growth_actions.proposed_priority"), _ranked, _moved,
           "actions_agreed", "actions whose priority the client changed ÷ actions with both priorities"),
    Metric(
        id="actions_gain_agreed", card="M70", kind="sum", unit="money", better="higher", basis="snapshot", table="growth_actions",
        rows=actions, at="", needs=(*_AGREED, "growth_actions.expected_gain"), where=_agreed, numerator="expected_gain", denominator=None,
        compute=None, matures_days=0, min_n=MIN_N, slices=("horizon",), counter="actions_done",
        source="Σ gain a month expected of agreed actions, as agreed; actions on one metric share it and are not added here twice",
    ),
    _GAIN,
    dataclasses.replace(_GAIN, id="actions_gain_attained", unit="share", source="the same ÷ Σ gain a month expected of these actions"),
)

LISTINGS = (
    Listing(
        id="change_plan", card="M70", needs=(*_AGREED, "growth_actions.metric"),
        columns=("action_id", "zone_id", "horizon", "owner", "client_priority", "agreed_at", "start_on", "due_on", "done_on", "overdue",
                 "metric", "baseline", "target", "now", "low", "high", "attained", "verdict", "expected_gain"),
        rows=_listed, source="agreed actions; verdict: values of the metric before the start and after it, their intervals compared",
    ),
)
