"""Every other metric of the catalogue as zones see it: one row a unit, with its outcome and its slices."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.zones.base import Base, cohorts, day_number, days
from audit.zones.dimensions import MAX_LEVELS, Factor, factor
from audit.zones.measures import BY_ID, Measure
from audit.zones.rates import rate

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from audit.metrics.bases import Bases
    from audit.metrics.declare.metric import Metric

# kind of the metric → family, link, natural spread, minimum important difference (part of the mean, at most)
_KINDS = {
    "share": ("share", "logit", "leads", 0.20, 0.05), "money": ("level", "mean", "money", 0.10, np.inf),
    "median": ("level", "log1p", "days", 0.15, np.inf), "mean": ("level", "sd", "score", 0.07, np.inf),
}
# what a unit belongs to: several rows of one are one unit in a slice, for they are alike
_CLUSTERS = {"deal_id": "deal_id", "entity_id": "entity_id", "lead_id": "lead_id", "_caller": "phone", "invoice_id": "invoice_id", "client_id": "client_id", "unit": "review"}
# slices that are no header of the client's: what kind of thing each is; minutes of business begin with the shift, so that is held fixed
_DIMENSIONS = {
    "stage": "process", "block": "process", "technique": "process", "kind": "process", "line": "process", "competence": "process", "object": "process",
    "version": "process", "pipeline": "process", "shift": "process", "band": "offer", "cell": "client", "client": "client", "need": "client", "hour": "time", "weekday": "time",
}
_NOT_COMPARED = ("age", "field", "loss_reason", "landing", "utm_content", "utm_term", "rfm")  # what a unit became, or too fine
MIN_N = 20
MOST = 1_000_000  # rows of a metric; of more a fixed part is taken
CLASSES = 97  # into which rows fall by the last signs of an id


@cache
def _declared() -> dict:
    import yaml

    return yaml.safe_load(files("audit.zones").joinpath("sought.yml").read_text(encoding="utf-8"))


def sought() -> dict[str, Metric]:
    """Metrics of the catalogue in which zones can be sought beside those of `measures`, by id."""
    from audit.metrics.catalogue import METRICS

    rules = _declared()
    return {metric.id: metric for metric in METRICS if metric.id in rules["rates"]
            or (metric.compute is None and metric.kind in ("share", "mean", "median") and metric.better in ("higher", "lower") and metric.slices
                and metric.id not in {*BY_ID, *rules["never"]} and metric.table not in rules["tables"])}


def chosen(bases: Bases, found: set[str]) -> Iterator[Metric]:
    """Metrics to be sought where none is named: measurable ones, none that a measurable other one tells of; `found` are searched already."""
    told_by, told = _declared()["told_by"], set(found)
    for metric in sorted(sought().values(), key=lambda metric: metric.id in told_by):
        teller = told_by.get(metric.id)
        if teller in told or bases.lacks(*metric.needs):
            continue
        told |= {metric.id} | ({teller} if teller else set())
        yield metric


def teller(metric: str) -> str:
    """The metric that tells of the same thing as this one: itself, where no other does."""
    return _declared()["told_by"].get(metric, metric)


def of_catalogue(metric: Metric, bases: Bases) -> tuple[Measure, Base] | None:
    """The metric as a measure over its own units; None where there are none."""
    if metric.id in _declared()["rates"]:
        return rate(metric, bases)
    frame, names, unit = _units(metric, bases)
    if not len(frame):
        return None
    family, link, scale, least, most = _KINDS["money" if metric.kind == "mean" and metric.unit == "money" else metric.kind]
    measure = Measure(metric.id, metric.card, metric.table, family, link, scale, 1 if metric.better == "higher" else -1, metric.unit, least, most,
                      metric.needs, max(MIN_N, metric.min_n), _own, priced=False)
    at = days(frame["_at"]) if metric.at else np.full(len(frame), np.nan)
    y = frame["_y"].to_numpy(dtype=float)
    factors = tuple(made for name in names if (made := _factor(name, frame[name])) is not None)
    every = np.ones(len(frame), dtype=bool)
    end = day_number(bases.as_of) + 1
    base = Base(metric.table, at, at, y > 0, every, np.full(len(frame), np.nan), factors, cohorts(at, end), bases.as_of, has_amount=False, own=y,
                ids=frame["_id"].to_numpy() if unit else None, id_name=unit, file="", has_dates=bool(metric.at))
    return measure, base


def _own(base: Base) -> tuple[np.ndarray, np.ndarray]:
    assert base.own is not None
    return np.arange(len(base.own)), base.own


def _factor(name: str, column: pd.Series) -> Factor | None:
    made = factor(name, column, _DIMENSIONS.get(name))
    most = MAX_LEVELS if name != "owner" else 10 * MAX_LEVELS
    return made if 2 <= made.usable.sum() <= most and len(column) >= made.usable.sum() * 5 else None


def _units(metric: Metric, bases: Bases) -> tuple[pd.DataFrame, list[str], str]:
    """One row a unit and slice: `_y` the metric of it, `_at`, `_id` of what it belongs to, and its slices; their names; what `_id` is."""
    from audit.metrics.declare.metric import said

    names = list(dict.fromkeys(name for one in metric.slices for name in one.split("×") if name not in _NOT_COMPARED))
    t: ir.Table = bases.part_of(metric.rows, lambda made: _read(metric, made, names, bases))
    if metric.where is not None:
        t = t.filter(said(metric.where, t, bases))
    if metric.matures_days:
        import ibis

        t = t.filter(t[metric.at] < ibis.literal(bases.end - metric.maturity(bases)))
    names = [name for name in names if name in t.columns]
    at = {"_at": t[metric.at].cast("timestamp(6)")} if metric.at else {}
    unit = next((name for name in _CLUSTERS if name in t.columns), None)
    t = _measured(metric, t, bases, {**at, **({"_id": t[unit].cast("string")} if unit else {}), **{name: t[name].cast("string") for name in names}})
    if unit is None:
        return bases.rows(t.select("_y", *at, *names)), names, ""
    t = _part(t, bases)
    made = t.group_by("_id", *names).agg(_y=t._y.mean(), _n=t.count(), **{name: t[name].min() for name in at})
    frame = _ordered(bases.tables.backend.to_pyarrow(made), ["_id", *names]).to_pandas()
    loose = frame["_id"].isna() & (frame["_n"] > 1)  # rows that belong to nothing are units of their own
    frame = frame.loc[frame.index.repeat(np.where(loose, frame["_n"], 1))].reset_index(drop=True)
    return frame, names, _CLUSTERS[unit]


def _ordered(rows: pa.Table, keys: list[str]) -> pa.Table:
    """The rows in the order of `keys`, the empty first."""
    import pyarrow.compute as pc

    return rows.take(pc.sort_indices(rows, sort_keys=[(key, "ascending", "at_start") for key in keys]))


def _measured(metric: Metric, t: ir.Table, bases: Bases, kept: dict[str, ir.Value]) -> ir.Table:
    """Rows that count, with `_y` and what is `kept` of them: what is not asked for later need not be carried."""
    import ibis.expr.types as ir

    from audit.metrics.declare.metric import said

    y = said(metric.numerator, t, bases)  # type: ignore[arg-type]
    counted = said(metric.denominator, t, bases) if metric.denominator is not None else None
    t = t.select(**kept, _y=y.cast("float64"), **({} if counted is None or isinstance(counted, ir.Scalar) else {"_counted": counted.cast("float64")}))
    return t.filter(t._y.notnull() if "_counted" not in t.columns else t._y.notnull() & (t._counted > 0))


def _read(metric: Metric, made: ir.Table, names: list[str], bases: Bases) -> list[str]:
    """Columns of the rows that the metric, its slices and its units need."""
    from audit.metrics.count.additive import columns
    from audit.metrics.declare.metric import Ask

    wanted = {*columns([(metric, Ask((), ()))], made, bases), *names, *_CLUSTERS}
    return [name for name in made.columns if name in wanted]


def _part(t: ir.Table, bases: Bases) -> ir.Table:
    """At most about MOST rows, chosen by the last signs of what they belong to, so that the same data give the same part on any engine."""
    from audit.metrics.bases import SMALL

    if bases.small and MOST > SMALL:  # few rows need not be counted
        return t
    count = int(bases.tables.backend.to_pyarrow(t.count()).as_py())
    if count <= MOST:
        return t
    sign = [t._id.right(at).left(1).fill_null("").ascii_str().fill_null(0) for at in (1, 2, 3)]
    place = (sign[0] * 31 + sign[1] * 17 + sign[2] * 7) % CLASSES
    return t.filter(place < max(CLASSES * MOST // count, 1))
