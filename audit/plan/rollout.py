"""The verb `plan_stagger`: a change of the client's plan in, schedules for its roll-out over sellers or teams out."""

from __future__ import annotations

import datetime as dt
import math
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.plan.advise import advised
from audit.plan.agreed import with_agreed
from audit.plan.detect import MONTH, in_unit
from audit.plan.export import measured_on, plan_draft, spoken
from audit.plan.ledger import latest
from audit.plan.panel import MOST_MONTHS, panel
from audit.plan.people import People
from audit.plan.staggered import Stagger
from audit.words import Words
from audit.workspace import Workspace
from audit.zones.load import load
from audit.zones.measures import BY_ID, Measure
from audit.zones.search import RECENT
from audit.zones.searches import need_known
from audit.zones.sought import of_catalogue, sought

if TYPE_CHECKING:
    import pandas as pd

    from audit.zones.base import Base

LOGS: Mapping[str, Callable] = {"log": np.log, "log1p": np.log1p}  # scales on which heavy tails are judged


def plan_stagger(
    client: Workspace | str | os.PathLike, change: str | None = None, *, metric: str | None = None, by: str = "owner", months: int = 12,
    as_of: dt.date | str | None = None, lang: str | None = None,
) -> Stagger:
    """How to give a change of the plan of `client` to sellers or teams one after another, so that its effect shows best.

    `change`: id of a change (metric, slice, target, start and wait are taken from it), or else `metric`. `by`: the dimension whose levels start apart. The slice of
    the change is kept but for `by` itself: a change for one seller is planned as if for all. History: units of the metric's own rows in whole months before `as_of`
    (default: the latest report). UsageError for unknown ids, metrics and dimensions; NothingMeasurableError where the data do not have what is needed.
    """
    workspace = Workspace.open(client)
    day, lang = measured_on(workspace, as_of), spoken(workspace, lang)
    if (change is None) == (metric is None):
        raise UsageError("plan.stagger.what")
    wanted = _change(workspace, change, day, lang) if change is not None else {"metric": metric, "scope": {}}
    need_known([wanted["metric"]] if wanted["metric"] else [])
    if not wanted["metric"]:
        raise UsageError("plan.stagger.no_metric", change=change)
    scope = {name: label for name, label in wanted["scope"].items() if name not in (by, RECENT)}
    measure, history = _history(workspace, wanted["metric"], by, scope, day)
    people = People(workspace, Words(lang))
    return _told(wanted, measure, history, by, months, day, lang, lambda label: people.label(by, label), currency=workspace.client.currency,
                 notes=("widened",) if scope != wanted["scope"] else ())


def _change(workspace: Workspace, change: str, day: dt.date, lang: str) -> Mapping[str, Any]:
    """The change of this id, as it is drafted or agreed; its id as the book shows it will do."""
    people = People(workspace, Words(lang))
    changes = with_agreed(plan_draft(workspace, day, lang), latest(workspace).rows).changes
    known = {name: one for one in changes for name in (one["id"], people.id(one["id"]))}
    if change not in known:
        raise UsageError("errors.unknown_name", kind="CHANGE-ID", name=change, nearest=nearest(change, [people.id(one["id"]) for one in changes]))
    return known[change]


def _history(workspace: Workspace, metric: str, by: str, scope: Mapping[str, str], day: dt.date) -> tuple[Measure, pd.DataFrame]:
    """The measure, and a row a unit of it: y, the level of `by`, month; whole months up to `day`."""
    import pandas as pd

    source = load(workspace, [by, *scope] if metric in BY_ID else None, day, workspace.client, None)
    measure, base = _base(source, metric)
    rows, raw = measure.outcome(base)
    factors = {item.name: item for item in base.factors}
    for name in (by, *scope):
        if name not in factors:
            raise UsageError("errors.unknown_name", kind="dimension", name=name, nearest=nearest(name, list(factors)))
    kept = np.ones(len(rows), dtype=bool)
    for name, label in scope.items():
        kept &= np.array(factors[name].labels, dtype=object)[factors[name].codes[rows]] == label
    times = (base.created if base.table == "leads" else base.closed)[rows]
    end = (day + dt.timedelta(days=1)).replace(day=1)  # months after it are not whole
    kept &= np.isfinite(times) & np.isfinite(raw) & (np.nan_to_num(times) < (end - dt.date(1970, 1, 1)).days)
    labels = np.array(factors[by].labels, dtype=object)[factors[by].codes[rows[kept]]]
    months = np.floor(times[kept]).astype("int64").astype("datetime64[D]").astype("datetime64[M]").astype("datetime64[s]")
    frame = pd.DataFrame({"y": raw[kept], by: labels, "month": months})
    return measure, frame[frame["month"] >= np.datetime64(end, "M") - MOST_MONTHS]


def _base(source: Any, metric: str) -> tuple[Measure, Base]:
    if metric in BY_ID:
        measure = BY_ID[metric]
        if measure.table in source.bases:
            return measure, source.bases[measure.table]
        raise NothingMeasurableError("plan.stagger.lacks", metric=metric, lacks=", ".join(source.lacking.get(measure.table) or [measure.table]))
    lacks = source.tables.lacks(*sought()[metric].needs)
    made = None if lacks else of_catalogue(sought()[metric], source.tables)
    if made is None:
        raise NothingMeasurableError("plan.stagger.lacks", metric=metric, lacks=", ".join(lacks) or metric)
    return made


def _told(wanted: Mapping[str, Any], measure: Measure, history: pd.DataFrame, by: str, months: int, day: dt.date, lang: str, shown: Callable[[str], str], **more: Any) -> Stagger:
    """Schedules on the scale of the measure, effects back in its unit, units as they may be `shown`."""
    scale = LOGS.get(measure.link)
    plus = 1.0 if measure.link == "log1p" else 0.0
    found = panel(history.assign(y=scale(history["y"])) if scale else history, "y", by, "month")
    usual = float(history["y"].median() if measure.link == "log1p" else history["y"].mean())
    baseline: float = usual if wanted.get("baseline") is None else wanted["baseline"]
    target: float | None = wanted.get("target")
    up = (measure.sign > 0) if target is None else target > baseline
    size = None if target is None or target == baseline else abs(math.log((target + plus) / (baseline + plus)) if scale else target - baseline)
    found = found._replace(units=tuple(shown(name) for name in found.units))  # only now: two people may have the same initials
    start = wanted.get("start_on") or (day + dt.timedelta(days=32)).replace(day=1)
    wait = min(round((wanted.get("remeasure_after_days") or 0) / MONTH), max(months - 2, 0))
    return advised(
        found, months=months, target=None if size is None or target is None else abs(target - baseline), size=size, start=start, wait=wait, lang=lang, unit=measure.unit,
        back=lambda step: in_unit(measure.link if scale else "sd", baseline, step, up) or step, **more,
    )
