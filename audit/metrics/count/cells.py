"""Sums of every slice and period from a few aggregate queries: the finest cells once, the rest rolled up."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from audit.metrics.bases import Bases
from audit.metrics.count import periods

EMPTY = "—"  # label of units whose slice is not filled; they are a row of their own, never shared out
OTHER = "…"  # label of the levels beyond the MAX_LEVELS largest, added up
MAX_LEVELS = 200
_CELLS = 200_000  # cells of one query, beyond which slices are asked separately
NO_KEY = np.iinfo(np.int64).min

Slice = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rolled:
    """Sums of one period grain: a row a (slice, group, period) and, where asked, a further key."""

    period: str
    by: np.ndarray
    group: np.ndarray
    number: np.ndarray  # of the period, see periods.py; NO_KEY for `all`
    sums: dict[str, np.ndarray]
    first: dt.date  # earliest date of any row, the as-of day when none is dated
    unit: np.ndarray | None = None  # numbers rows from 0 by slice, group and period alone, in order

    def heads(self) -> Rolled:
        """One row a (slice, group, period), without sums."""
        assert self.unit is not None
        at = np.searchsorted(self.unit, np.arange(int(self.unit.max(initial=-1)) + 1))
        return Rolled(self.period, self.by[at], self.group[at], self.number[at], {}, self.first)


def exact(value: ir.Value, digits: int = 4) -> ir.Value:
    """Σ of a number that does not depend on the order of rows or threads."""
    return value.cast(f"decimal(38, {digits})").sum().cast("float64")


def exact_days(value: ir.Value) -> ir.Value:
    """Σ of durations in days, exact to a millisecond; whole seconds are never rounded half way."""
    return value.cast("decimal(18, 8)").sum().cast("float64")


def label(column: ir.Value) -> ir.Value:
    """A slice as text with a label for the empty."""
    return column.cast("string").fill_null(EMPTY)


def labelled(bases: Bases, table: ir.Table, names: Iterable[str], ask: Callable[[dict[str, ir.Value]], ir.Table]) -> pd.DataFrame:
    """The rows of what `ask` makes of these slices as keys, the empty labelled.

    They are labelled afterwards, as engines tell numbers of a list of texts apart faster than texts; at once where a level bears their label.
    """
    for how in (lambda column: column.cast("string"), label):
        keys = {name: how(table[name]) for name in names}
        frame = bases.rows(ask(keys))
        if not (frame[list(keys)] == EMPTY).any(axis=None):
            break
    return frame.fillna(dict.fromkeys(keys, EMPTY))


def collect(
    bases: Bases, table: ir.Table, at: str, slices: Iterable[Slice], wanted: tuple[str, ...],
    sums: Mapping[str, ir.Value], extra: Mapping[str, ir.Value] | None = None, levels_of_extra: int = 1,
    base: ir.Table | None = None, mature: ir.Value | None = None,
) -> list[Rolled]:
    """Sums of `table` for every slice that it has (the whole included) and wanted period.

    `at` dates the rows ("" for none; rows without a date count in `all` only). `extra` are further grouping
    columns, kept as numbers in columns of `sums`, 0 where empty. `base` is what `table` is a part of, with no more levels. With
    `mature` (0/1) every sum comes once more, as `m_<name>`, of mature rows only.
    """
    parts, grain = _asked(bases, table, at, slices, wanted, sums, extra, levels_of_extra, base, mature)
    return _roll(list(parts), grain, at, wanted, list(sums), list(extra or ()), bases.as_of)


def collect_apart(
    bases: Bases, table: ir.Table, at: str, slices: Iterable[Slice], wanted: tuple[str, ...],
    sums: Mapping[str, ir.Value], extra: Mapping[str, ir.Value], levels_of_extra: int, base: ir.Table | None = None,
) -> Iterator[Rolled]:
    """`collect` query by query, for keys so many that the cells of all slices together would fill the memory."""
    parts, grain = _asked(bases, table, at, slices, wanted, sums, extra, levels_of_extra, base, None)
    for part in parts:
        yield from _roll([part], grain, at, wanted, list(sums), list(extra), bases.as_of)


def _asked(
    bases: Bases, table: ir.Table, at: str, slices: Iterable[Slice], wanted: tuple[str, ...], sums: Mapping[str, ir.Value],
    extra: Mapping[str, ir.Value] | None, levels_of_extra: int, base: ir.Table | None, mature: ir.Value | None,
) -> tuple[Iterator[tuple[_Pack, pa.Table]], str]:
    """(the cells of each pack of slices, asked for when taken; their finest period)."""
    grain = periods.finest(wanted) if at else "all"
    extra = dict(extra or {})
    all_slices = list(dict.fromkeys([(), *(one for one in slices if set(one) <= set(table.columns))]))
    names = sorted({name for one in all_slices for name in one})
    packs = _packs(bases, table if base is None else base, all_slices, names, levels_of_extra, grain)
    more = {"_first": table[at].min()} if at else {}

    def ask(pack: _Pack) -> pa.Table:
        # the empty are labelled afterwards, see `labelled`
        keys = {f"_d{i}": table[name].cast("string") for i, name in enumerate(pack.names)}
        if grain != "all":
            keys["_p"] = periods.key(table[at], grain)
        keys |= extra if mature is None else {**extra, "_mature": mature}
        return bases.tables.backend.to_pyarrow(table.group_by(**keys).agg(**sums, **more) if keys else table.agg(**sums, **more))

    return ((pack, ask(pack)) for pack in packs), grain


@dataclass(frozen=True, slots=True)
class _Pack:
    names: tuple[str, ...]
    slices: tuple[Slice, ...]


def _packs(bases: Bases, base: ir.Table, slices: list[Slice], names: list[str], extra: int, grain: str) -> list[_Pack]:
    """Slices whose cells come from one query together."""
    if not names or bases.small:
        return [_Pack(tuple(names), tuple(slices))]
    levels = bases.levels(base, names)
    days = (bases.as_of - bases.first_day).days + 1
    spans = {"all": 1, "month": days // 28 + 1, "day": days}[grain]
    limit = _CELLS // max(spans * extra, 1)
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


def _roll(
    parts: list[tuple[_Pack, pa.Table]], grain: str, at: str, wanted: tuple[str, ...], sums: list[str], extra: list[str],
    as_of: dt.date,
) -> list[Rolled]:
    """The cells of all packs, rolled up to every slice and period."""
    first = as_of
    found: dict[str, list[_Sums]] = {period: [] for period in ("all", *wanted) if period == "all" or at}
    for pack, table in parts:
        columns = {name: _numbers(table[name]) for name in sums}
        if "_mature" in table.column_names:
            columns |= {f"m_{name}": column * _numbers(table["_mature"]) for name, column in columns.items()}
        if at:
            days = [day.date() if isinstance(day, dt.datetime) else day for day in (pc.min(table["_first"]).as_py(),) if day]
            first = min([first, *days])
        codes = {name: _coded(table[f"_d{i}"]) for i, name in enumerate(pack.names)}
        more = [np.unique(_numbers(_numbered(table[name])), return_inverse=True) for name in extra]
        keys = np.full(table.num_rows, NO_KEY)
        if grain != "all":
            keys = table["_p"].fill_null(NO_KEY).to_numpy().astype(np.int64)
        for one in pack.slices:
            group, labels = _grouped(codes, one, table.num_rows, columns[sums[0]])
            for period, rows in found.items():
                rows.append(_summed("×".join(one), group, labels, _renumbered(keys, grain, period), columns, more, extra))
    return [_joined(period, rows, first) for period, rows in found.items()]


def _numbers(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    return np.nan_to_num(column.to_numpy(zero_copy_only=False).astype(float))


def _numbered(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    """Numbers as they are, texts by a number from 1 in no order of theirs."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    return pc.add(column.combine_chunks().dictionary_encode().indices, 1)


def _renumbered(keys: np.ndarray, grain: str, period: str) -> np.ndarray:
    """Number of the period of each cell, NO_KEY for the undated."""
    if period == "all":
        return np.zeros(len(keys), dtype=np.int64)
    number = np.full(len(keys), NO_KEY)
    dated = keys != NO_KEY
    number[dated] = periods.rolled(keys[dated], grain, period)
    return number


def _coded(column) -> tuple[np.ndarray, np.ndarray]:
    """(code of each row, labels in order)."""
    coded = column.fill_null(EMPTY).combine_chunks().dictionary_encode()
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
    weight[labels == OTHER] = -1.0  # a level of this name is one of them
    kept = np.sort(np.argsort(-weight, kind="stable")[:MAX_LEVELS])
    place = np.full(len(labels), len(kept))
    place[kept] = np.arange(len(kept))
    return place[code], np.append(labels[kept], OTHER)


_Sums = tuple[str, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]


def _summed(
    by: str, group: np.ndarray, labels: np.ndarray, number: np.ndarray, columns: dict[str, np.ndarray],
    more: list[tuple[np.ndarray, np.ndarray]], extra: list[str],
) -> _Sums:
    """(slice, unit, label, period number, sums) of every combination that occurs, undated cells left out."""
    dated = np.flatnonzero(number != NO_KEY)
    if not len(dated):
        nothing = np.zeros(0, dtype=np.int64)
        return by, nothing, labels[nothing], nothing, {name: np.zeros(0) for name in (*extra, *columns)}
    whole = len(dated) == len(number)
    pick = (lambda array: array) if whole else (lambda array: array[dated])
    lowest = int(pick(number).min())
    span = int(pick(number).max()) - lowest + 1
    key = pick(group) * span + (pick(number) - lowest)
    for levels, code in more:
        key = key * len(levels) + pick(code)
    size = int(np.prod([len(labels), span, *(len(levels) for levels, _ in more)], dtype=np.int64))
    if size > 4 * len(key) + 1_000_000:
        present, place = np.unique(key, return_inverse=True)
    else:
        present = np.flatnonzero(np.bincount(key, minlength=size))
        place = np.searchsorted(present, key)
    sums = {name: added(place, pick(column), len(present)) for name, column in columns.items()}
    rest = present
    for name, (levels, _) in zip(reversed(extra), reversed(more), strict=True):
        sums[name] = levels[rest % len(levels)]
        rest = rest // len(levels)
    unit = np.unique(rest, return_inverse=True)[1] if extra else np.arange(len(rest))
    return by, unit, labels[rest // span], rest % span + lowest, sums


def added(place: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Sums by place that do not depend on the order of adding: values are set on a binary grid on which sums are exact."""
    most = float(np.abs(values).sum())
    grid = 2.0 ** (51 - math.ceil(math.log2(most))) if most > 0 else 1.0
    return np.round(np.bincount(place, weights=np.round(values * grid) / grid, minlength=size), 8)


def _joined(period: str, rows: list[_Sums], first: dt.date) -> Rolled:
    offset, units = 0, []
    for _, unit, _, _, _ in rows:
        units.append(unit + offset)
        offset += int(unit.max(initial=-1)) + 1
    by = np.concatenate([np.full(len(unit), name, dtype=object) for name, unit, _, _, _ in rows])
    number = np.concatenate([part[3] for part in rows])
    if period == "all":
        number = np.full(len(number), NO_KEY)
    names = rows[0][4]
    sums = {name: np.concatenate([part[4][name] for part in rows]) for name in names}
    return Rolled(period, by, np.concatenate([part[2] for part in rows]), number, sums, first, np.concatenate(units))


def duration_bin(days: ir.Value) -> ir.Value:
    """Bin of a duration: an hour within the first day, a tenth of a day below ten days, a whole day above."""
    hours, tenths = (days * 24).floor() / 24, (days * 10).floor() / 10
    return ibis.cases((days < 1, hours), (days < 10, tenths), else_=days.floor())


def money_bin(amount: ir.Value) -> ir.Value:
    """Bin of an amount: itself to four significant digits."""
    size = amount.abs().nullif(0).log10().floor() - 3
    scale = ibis.literal(10.0) ** size
    return ibis.ifelse(amount == 0, 0.0, (amount / scale).round(0) * scale)
