"""Whatever was given (frame, file, Ibis table, canonical tables, workspace) → the bases to search."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from audit.client import Client
from audit.errors import NothingMeasurableError, UsageError, nearest
from audit.intake.given import as_frame, canonical_tables, plain_deals
from audit.workspace import REMEDIES
from audit.zones.base import OF_PLAIN, Base, equals, from_frame, literal, quoted
from audit.zones.dimensions import MAX_CHOSEN, kind_of, why_left
from audit.zones.plain_rows import conditions
from audit.zones.remedies import Remedy, own_remedies

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from audit.metrics.bases import Bases

COLUMNS = {
    "deals": ("deal_id", "created_at", "closed_at", "semantic", "amount_base", "amount"),
    "leads": ("lead_id", "created_at", "converted_at", "semantic"),
}
SINGLES = {"pipeline": "pipeline_id"}
MONTH_END, LAST_DAYS = "month_end", 3  # the last days of a month, when plans are to be met
_CLOCK = {
    "hour": "strftime(created_at, '%H')", "weekday": "cast(isodow(created_at) as varchar)",
    MONTH_END: f"case when monthname(created_at) <> monthname(created_at + interval {LAST_DAYS} day) then 'end' else 'rest' end",
}
OF_CLIENT = ("segment", "region", "industry")


@dataclass
class Source:
    """The bases by table name, the client's settings and what is lacking altogether."""

    bases: dict[str, Base]
    client: Client | None
    lacking: dict[str, list[str]] = field(default_factory=dict)  # table → needs that are not met
    left_out: dict[str, str] = field(default_factory=dict)  # further columns of a plain table that are not compared, and why
    tables: Bases | None = None  # canonical tables, whose other metrics are sought as well
    remedies: tuple[Remedy, ...] = ()  # the consultant's own
    as_of: dt.date | None = None  # of canonical tables, for which "no zone can be sought" is an answer, not an error


def load(data: Any, dimensions: list[str] | None, as_of: dt.date | None, client: Client | None, lang: str | None) -> Source:
    """Bases of `data`; UsageError when a named dimension does not exist, NothingMeasurableError without rows."""
    data, client = _workspace(data, client)
    if not (isinstance(data, pd.DataFrame | str | os.PathLike | Mapping) or hasattr(data, "table_paths") or _is_ibis(data)):
        raise UsageError("zones.bad_data", kind=type(data).__name__)
    if isinstance(data, pd.DataFrame | str | os.PathLike) or _is_ibis(data):
        return _plain(data, dimensions, as_of, client, lang)
    plain = plain_deals(data)
    if plain is not None and len(data) == 1:
        return _plain(plain, dimensions, as_of, client, lang)
    source, home = _canonical(canonical_tables(data), dimensions, as_of, client), getattr(data, "root", None) or getattr(data, "home", None)
    return replace(source, remedies=own_remedies(Path(home) / REMEDIES) if home else ())


def _workspace(data: Any, client: Client | None) -> tuple[Any, Client | None]:
    if isinstance(data, str | os.PathLike) and Path(data).is_dir():
        from audit.workspace import Workspace

        data = Workspace.open(data)
    if hasattr(data, "table_paths") and client is None:
        client = data.client
    return data, client


def _is_ibis(data: Any) -> bool:
    return hasattr(data, "to_pyarrow") and hasattr(data, "schema")


# -- a plain deals table -----------------------------------------------------------------------------


def _plain(data: Any, dimensions, as_of, client, lang) -> Source:
    from audit.intake.deals import deals_with_source

    file = Path(data).name if isinstance(data, str | os.PathLike) else "deals"
    if _is_ibis(data):
        data = as_frame(data)
    if isinstance(data, pd.DataFrame) and data.columns.duplicated().any():  # as a file with such headers is read
        again = data.columns.to_series().groupby(data.columns).cumcount()
        data = data.set_axis([str(name) if not n else f"{name}__{n + 1}" for name, n in zip(data.columns, again, strict=True)], axis=1)
    numeric = {str(name) for name, kind in data.dtypes.items() if _counts(kind)} if isinstance(data, pd.DataFrame) else set()
    frame, mapping, own = deals_with_source(data)
    free = [str(name) for name in frame.columns if name not in OF_PLAIN]
    names = _asked(dimensions or (list(client.dimensions) if client else None), free)
    groups = [name for name in free if name not in numeric and not _not_a_group(frame[name])]
    further = frame[free]
    if names is None:
        frame = frame.drop(columns=[name for name in free if name not in groups])
    _need_rows(frame)
    base = from_frame(frame, names=names, beside=groups if names else None, as_of=as_of, file=file, taken=OF_PLAIN)
    said, columns = conditions(own, mapping, frame, base.as_of)
    base = replace(base, conditions=said, columns=columns)
    if not len(base.won):
        raise NothingMeasurableError("zones.no_rows")
    _need_few_levels(base, names)
    lacking = {"deals": [f"deals.{name}" for name in ("created_at", "closed_at", "amount") if name not in mapping], "leads": ["leads"]}
    compared = {factor.name for factor in base.factors}
    left = {} if names else {name: why_left(further[name], name in groups) for name in free if name not in compared}
    if not names and "stage_id" in mapping and {"won", "semantic"} & mapping.keys():  # a stage beside the outcome
        left[str(mapping["stage_id"])] = "outcome"
    return Source({"deals": base}, client, lacking, left_out=left)


def _counts(kind: Any) -> bool:
    return pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind)


def _not_a_group(column: pd.Series) -> bool:
    """Numbers and dates told as text: a measurement or a time, not a group of deals."""
    levels = pd.Series(column.unique()).dropna().astype("str")
    if not len(levels) or len(levels) > 1000 or kind_of(str(column.name)) not in ("other", "outcome"):
        return False
    number = levels.str.fullmatch(r"[-+]?[\d\s]+([.,]\d+)?%?").all()
    date = levels.str.fullmatch(r"\d{4}-\d{2}(-\d{2})?([ T].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}.*").all()
    return bool((number and len(levels) > 2) or date)


def _asked(dimensions: list[str] | None, known: list[str]) -> list[str] | None:
    if not dimensions:
        return None
    for name in dimensions:
        if name not in known:
            raise UsageError("errors.unknown_name", kind="dimension", name=name, nearest=nearest(name, known))
        if kind_of(name) == "outcome" and name not in ("stage", "loss_reason"):
            raise UsageError("zones.outcome_dimension", name=name)
    return list(dict.fromkeys(dimensions))


def _need_few_levels(base: Base, asked: list[str] | None) -> None:
    """A dimension that was asked for and is rather an id would take all memory, and none of its levels has enough units."""
    for factor in base.factors if asked else ():
        if len(factor.labels) > MAX_CHOSEN:
            raise UsageError("zones.too_many_levels", name=factor.name, n=len(factor.labels), most=MAX_CHOSEN)


def _need_rows(frame: pd.DataFrame) -> None:
    if not len(frame):
        raise NothingMeasurableError("zones.no_rows")


# -- canonical tables --------------------------------------------------------------------------------


def _canonical(data: Any, dimensions, as_of, client) -> Source:
    from audit.engine import load as open_tables
    from audit.metrics.bases import Bases

    tables = open_tables(data)
    # of tables opened here nothing is kept for others: a circle would keep the session alive
    bases = Bases.of(tables, as_of, client) if tables is data else Bases(tables, as_of, client)
    known = {name: bases.slices(name) for name in ("deals", "leads") if name in tables}
    _asked(dimensions, [slice_ for slices in known.values() for slice_ in slices])
    source = Source({}, client, tables=bases, as_of=bases.as_of)
    for name in ("deals", "leads"):
        if name not in tables:
            source.lacking[name] = [name]
            continue
        names = [one for one in dimensions if one in known[name]] if dimensions else bases.dimensions(name)
        names = [one for one in names if kind_of(one) != "outcome"]
        source.lacking[name] = tables.lacks(*(f"{name}.{column}" for column in COLUMNS[name] if column != "amount_base"))
        base = _fetched(bases, name, names if dimensions else [*names, *(one for one in _of_arrival(name) if one not in tables[name].columns)],
                        bases.dimensions(name) if dimensions else [])
        if len(base.won):
            _need_few_levels(base, dimensions)
            source.bases[name] = base
    if "leads" in source.bases and "deals" in source.bases:
        source.bases["leads"].worth.update(_worth(source.bases["deals"]))
    return source


def _of_arrival(name: str) -> tuple[str, ...]:
    """Slices by the time of arrival."""
    return ("hour", "weekday", MONTH_END) if name == "leads" else (MONTH_END,)


def _fetched(bases: Bases, name: str, names: list[str], beside: list[str]) -> Base:
    import ibis

    from audit.metrics.declare.common import arrivals

    table: ir.Table = bases.rows_of(arrivals) if name == "leads" else getattr(bases, name)
    if MONTH_END in names and MONTH_END not in table.columns:
        table = table.mutate(**{MONTH_END: ibis.ifelse(table.created_at.truncate("M") != (table.created_at + ibis.interval(days=LAST_DAYS)).truncate("M"), "end", "rest")})
    columns = [column for column in COLUMNS[name] if column in table.columns]
    frame = table.select(*columns, *dict.fromkeys(one for one in (*names, *beside) if one not in columns))
    return from_frame(
        bases.rows(frame), table=name, names=names, beside=beside, as_of=bases.as_of, file=f"tables/{name}.parquet",
        sql=partial(canonical_sql, bases=bases, table=name), conditions=_conditions(bases, name),
    )


def _conditions(bases: Bases, name: str) -> dict[str, str]:
    """Which rows a metric counts, in SQL: those that had ended by the as-of day."""
    if name != "deals":
        return CONDITIONS[name]
    known = f"coalesce(closed_at < timestamp '{bases.end:%Y-%m-%d %H:%M:%S}', true)"
    return {metric: f"{condition} and {known}" for metric, condition in CONDITIONS[name].items()}


CONDITIONS = {
    "deals": {
        "win_rate": "semantic in ('won', 'lost')", "avg_check": "semantic = 'won' and amount_base > 0",
        "cycle_days": "semantic = 'won' and closed_at >= created_at", "revenue_per_lead": "semantic in ('won', 'lost')",
    },
    "leads": {"lead_conversion": ""},
}


def _worth(deals: Base) -> dict[str, float]:
    """What one more converted lead brings: share of decided deals won × their mean cheque."""
    paid = deals.amount[deals.won & np.isfinite(deals.amount)]
    if not deals.decided.any() or not len(paid):
        return {}
    return {"win_rate": float(deals.won.sum() / deals.decided.sum()), "check": float(paid.mean())}


def canonical_sql(name: str, label: str, bases: Bases, table: str) -> str:
    """SQL over tables/<table>.parquet that selects level `label` of slice `name`, looking into other tables where it lives there."""
    if name in _CLOCK and name not in bases.tables[table].columns:
        return f"{_CLOCK[name]} = {literal(label)}"
    tables = bases.tables
    own = f"{table}.{SINGLES.get(name, name)}"
    if name == "owner" and tables.has("users.name", f"{table}.owner_id"):
        users = bases.rows(bases.users.select("user_id", "owner"))
        ids = sorted(users.loc[users["owner"].str.strip() == label, "user_id"].dropna().astype(str))
        return f"owner_id in ({', '.join(literal(one) for one in ids or [label])})"
    if name == "owner":
        return equals("owner_id", label)
    if name == "team" and tables.has("users.team", f"{table}.owner_id"):
        return f"owner_id in (select user_id from 'tables/users.parquet' where {equals('team', label)})"
    if name == "is_repeat":
        return equals("is_repeat", {"repeat": "true", "new": "false"}.get(label, label))
    if name in OF_CLIENT and tables.has(f"clients.{name}", f"{table}.client_id"):
        joined = f"client_id in (select client_id from 'tables/clients.parquet' where {equals(name, label)})"
        return f"({equals(name, label)} or ({name} is null and {joined}))" if tables.has(own) else joined
    if name in ("source", "channel") and table == "deals" and tables.has(f"leads.{name}", "deals.lead_id"):
        joined = f"lead_id in (select lead_id from 'tables/leads.parquet' where {equals(name, label)})"
        return f"({equals(name, label)} or ({name} is null and {joined}))" if tables.has(own) else joined
    return equals(quoted(SINGLES.get(name, name)), label)


