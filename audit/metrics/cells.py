"""Sums of every slice and period from a few aggregate queries: the finest cells once, the rest rolled up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from audit.metrics import periods
from audit.metrics.bases import Bases

EMPTY = "—"  # label of units whose slice is not filled; they are a row of their own, never shared out
OTHER = "…"  # label of the levels beyond the MAX_LEVELS largest, added up
MAX_LEVELS = 200
_CELLS = 200_000  # cells of one query, beyond which slices are asked separately
NO_KEY = np.iinfo(np.int64).min

Slice = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rolled:
    """Sums of one period grain: a row a (slice, group, period)."""

    period: str
    by: np.ndarray
    group: np.ndarray
    number: np.ndarray  # of the period, see periods.py; NO_KEY for `all`
    sums: dict[str, np.ndarray]


def exact(value: ir.Value, digits: int = 4) -> ir.Value:
    """Σ of a number that does not depend on the order of rows or threads."""
    return value.cast(f"decimal(38, {digits})").sum().cast("float64")


def label(column: ir.Value) -> ir.Value:
    """A slice as text with a label for the empty."""
    return column.cast("string").fill_null(EMPTY)


def collect(
    bases: Bases, table: ir.Table, at: str, slices: Iterable[Slice], wanted: tuple[str, ...],
    sums: Mapping[str, ir.Value], extra: Mapping[str, ir.Value] | None = None, levels_of_extra: int = 1,
) -> list[Rolled]:
    """Sums of `table` for every slice (the whole included) and wanted period.

    `at` dates the rows ("" for none; rows without a date count in `all` only). `extra` are further grouping
    columns, whole numbers, kept as columns of `sums`.
    """
    grain = periods.finest(wanted) if at else "all"
    extra = dict(extra or {})
    all_slices = list(dict.fromkeys([(), *slices]))
    names = sorted({name for one in all_slices for name in one})
    parts = []
    for pack in _packs(bases, table, all_slices, names, levels_of_extra, at, grain):
        keys = {f"_d{i}": label(table[name]) for i, name in enumerate(pack.names)}
        if grain != "all":
            keys["_p"] = periods.key(table[at], grain)
        keys |= extra
        query = table.group_by(**keys).agg(**sums) if keys else table.agg(**sums)
        parts.append((pack, bases.tables.backend.to_pyarrow(query)))
    return _roll(parts, grain, at, wanted, list(sums), list(extra))


@dataclass(frozen=True, slots=True)
class _Pack:
    names: tuple[str, ...]
    slices: tuple[Slice, ...]


def _packs(
    bases: Bases, table: ir.Table, slices: list[Slice], names: list[str], extra: int, at: str, grain: str
) -> list[_Pack]:
    """Slices whose cells come from one query together."""
    if not names:
        return [_Pack((), ((),))]
    if bases.small:
        return [_Pack(tuple(names), tuple(slices))]
    size = {"rows": table.count()} | {f"n{i}": table[name].nunique() for i, name in enumerate(names)}
    if grain != "all":
        size |= {"first": table[at].min(), "last": table[at].max()}
    row = bases.tables.backend.to_pyarrow(table.agg(**size)).to_pylist()[0]
    levels = {name: row[f"n{i}"] + 1 for i, name in enumerate(names)}
    spans = 1
    if grain != "all" and row["first"] is not None:
        spans = max((row["last"] - row["first"]).days // (1 if grain == "day" else 28) + 1, 1)
    limit = _CELLS // max(spans * extra, 1)
    if row["rows"] <= _CELLS:
        return [_Pack(tuple(names), tuple(slices))]
    packs: list[tuple[set[str], list[Slice]]] = []
    for one in sorted((s for s in slices if s), key=lambda s: -np.prod([float(levels[n]) for n in s])):
        for held, mine in packs:
            if np.prod([float(levels[name]) for name in held | set(one)]) <= limit:
                held |= set(one)
                mine.append(one)
                break
        else:
            packs.append((set(one), [one]))
    packs[-1][1].append(())
    return [_Pack(tuple(sorted(held)), tuple(mine)) for held, mine in packs]


def _roll(parts: list, grain: str, at: str, wanted: tuple[str, ...], sums: list[str], extra: list[str]) -> list[Rolled]:
    """The cells of all packs, rolled up to every slice and period."""
    found = {period: [] for period in ("all", *wanted) if period == "all" or at}  # type: ignore[var-annotated]
    for pack, table in parts:
        columns = {name: table[name].to_numpy(zero_copy_only=False) for name in [*sums, *extra]}
        columns = {name: np.nan_to_num(array.astype(float)) for name, array in columns.items()}
        codes = {name: _coded(table[f"_d{i}"]) for i, name in enumerate(pack.names)}
        keys = np.full(table.num_rows, NO_KEY)
        if grain != "all":
            raw = table["_p"]
            keys = raw.fill_null(NO_KEY).to_numpy().astype(np.int64)
        for one in pack.slices:
            group, labels = _grouped(codes, one, table.num_rows, columns[sums[0]])
            for period, rows in found.items():
                rows.append(_summed(one, group, labels, keys, grain, period, columns, sums, extra))
    return [_joined(period, rows) for period, rows in found.items()]


def _coded(column) -> tuple[np.ndarray, np.ndarray]:
    """(code of each row, labels in order)."""
    coded = column.combine_chunks().dictionary_encode()
    coded = coded.combine_chunks() if hasattr(coded, "combine_chunks") else coded
    labels = np.array(coded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(labels.astype(str), kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place[coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)], labels[order]


def _grouped(codes: dict, one: Slice, rows: int, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(group of each cell, label of each group); small levels beyond MAX_LEVELS are one group."""
    if not one:
        return np.zeros(rows, dtype=np.int64), np.array([""], dtype=object)
    group, labels = _folded(codes[one[0]], size)
    for name in one[1:]:
        more, texts = _folded(codes[name], size)
        labels = np.array([f"{a} × {b}" for a in labels for b in texts], dtype=object)
        group = group * len(texts) + more
    return group, labels


def _folded(coded: tuple[np.ndarray, np.ndarray], size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    code, labels = coded
    if len(labels) <= MAX_LEVELS:
        return code, labels
    weight = np.bincount(code, weights=size, minlength=len(labels))
    kept = np.sort(np.argsort(-weight, kind="stable")[:MAX_LEVELS])
    place = np.full(len(labels), len(kept))
    place[kept] = np.arange(len(kept))
    return place[code], np.append(labels[kept], OTHER)


def _summed(
    one: Slice, group: np.ndarray, labels: np.ndarray, keys: np.ndarray, grain: str, period: str,
    columns: dict, sums: list[str], extra: list[str],
) -> pd.DataFrame:
    number = np.full(len(keys), NO_KEY)
    dated = np.ones(len(keys), dtype=bool)
    if period != "all":
        dated = keys != NO_KEY
        number[dated] = periods.rolled(keys[dated], grain, period)
    parts = [group[dated], number[dated], *(columns[name][dated] for name in extra)]
    unique, where = _unique(parts)
    added = {name: np.bincount(where, weights=columns[name][dated], minlength=len(unique[0])) for name in sums}
    return pd.DataFrame({
        "by": "×".join(one), "group": labels[unique[0].astype(np.int64)], "number": unique[1].astype(np.int64),
        **dict(zip(extra, unique[2:], strict=True)), **added,
    })


def _unique(parts: list[np.ndarray]) -> tuple[list[np.ndarray], np.ndarray]:
    """Distinct combinations in order and the place of each row among them."""
    key = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        levels, code = np.unique(part, return_inverse=True)
        _, key = np.unique(key * max(len(levels), 1) + code, return_inverse=True)
    count = int(key.max(initial=-1)) + 1
    first = np.zeros(count, dtype=np.int64)
    first[key[::-1]] = np.arange(len(key))[::-1]
    return [part[first] for part in parts], key


def _joined(period: str, rows: list[pd.DataFrame]) -> Rolled:
    frame = pd.concat(rows, ignore_index=True)
    rest = [name for name in frame.columns if name not in ("by", "group", "number")]
    return Rolled(
        period, frame["by"].to_numpy(dtype=object), frame["group"].to_numpy(dtype=object),
        frame["number"].to_numpy(), {name: frame[name].to_numpy(dtype=float) for name in rest},
    )


def duration_bin(days: ir.Value) -> ir.Value:
    """Bin of a duration: an hour within the first day, a tenth of a day below ten days, a whole day above."""
    hours, tenths = (days * 24).floor() / 24, (days * 10).floor() / 10
    return ibis.cases((days < 1, hours), (days < 10, tenths), else_=days.floor())


def money_bin(amount: ir.Value) -> ir.Value:
    """Bin of an amount: itself to four significant digits."""
    size = amount.abs().nullif(0).log10().floor() - 3
    scale = ibis.literal(10.0) ** size
    return ibis.ifelse(amount == 0, 0.0, (amount / scale).round(0) * scale)
