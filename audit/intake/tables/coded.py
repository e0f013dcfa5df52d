"""Columns by their distinct values: each is read once, however many rows and steps ask."""

from __future__ import annotations

import weakref
from collections.abc import Mapping

import numpy as np
import pandas as pd

_known: dict[int, tuple[weakref.ref, tuple[np.ndarray, pd.Series]]] = {}  # arrow column that is still in use → what was found


def coded(texts: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """(number of the distinct text of every row, -1 for none; the distinct texts in the order in which they are met).

    What was found stays known as long as the column itself, which nothing changes in place.
    """
    if texts.dtype != "str":
        codes, unique = pd.factorize(texts.astype("str"))
        return codes, pd.Series(unique, dtype="str")
    column = texts.array.__arrow_array__()
    key = id(column)
    if key not in _known:
        encoded = column.dictionary_encode()
        chunks = getattr(encoded, "chunks", [encoded])
        numbers = [chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False) for chunk in chunks]
        unique = chunks[0].dictionary.to_pandas() if chunks else pd.Series(dtype="str")
        found = numbers[0] if len(numbers) == 1 else np.concatenate([np.zeros(0, dtype="int32"), *numbers])
        small = next(kind for kind in ("int8", "int16", "int32") if len(unique) <= np.iinfo(kind).max)
        _known[key] = weakref.ref(column, lambda _: _known.pop(key, None)), (found.astype(small, copy=False), unique)
    return _known[key][1]


def mapped(texts: pd.Series, known: Mapping[str, str | None]) -> pd.Series:
    """`known` of every text, read once a distinct one; empty where it is not known, the column itself where all stay as they are."""
    codes, unique = coded(texts)
    values = [known.get(text) for text in unique]
    return texts.astype("str") if values == unique.tolist() else spread(values, codes, texts.index)


def spread(values: list[str | None], codes: np.ndarray, index: pd.Index) -> pd.Series:
    """The value of every row by its number; none where that is -1."""
    import pyarrow as pa
    import pyarrow.compute as pc

    at = pa.array(codes, mask=codes < 0)
    return pc.take(pa.array(values, pa.large_string()), at).to_pandas().set_axis(index)


def combinations(size: int, *columns: pd.Series | None) -> tuple[np.ndarray, list[list[str | None]]]:
    """(number of the combination that each row has, a list a column of their values), in the order in which they are met; an absent column is None throughout."""
    joined, width = np.zeros(size, dtype="int64"), 1
    parts: list[tuple[np.ndarray | None, list[str | None]]] = []
    for place, values in enumerate(columns):
        twin = next((parts[at] for at, other in enumerate(columns[:place]) if values is not None and other is not None and other.equals(values)), None)
        if values is None or twin is not None:  # a name that is its own id makes no further combination
            parts.append(twin or (None, [None]))
            continue
        codes, unique = coded(values)
        if len(unique) == 1 and codes.min() == 0:  # one text in every row makes none either
            parts.append((None, unique.tolist()))
            continue
        parts.append((codes, [*unique.tolist(), None]))
        joined = joined * (len(unique) + 1) + codes + 1 if width > 1 else codes.astype("int64") + 1
        width *= len(unique) + 1
        if width > 2**40:  # the next column must still fit
            joined, width = pd.factorize(joined)[0], size
    alone = [own for own, _ in parts if own is not None]
    if len(alone) == 1 and size and alone[0].min() == 0:  # numbered as they are met already
        return alone[0], [values * (int(alone[0].max()) + 1) if own is None else values[:-1] for own, values in parts]
    codes, unique = pd.factorize(joined)
    del joined
    codes = codes.astype("int32")
    first = np.searchsorted(np.maximum.accumulate(codes), np.arange(len(unique), dtype="int32"))
    return codes, [values * len(unique) if own is None else [values[place] for place in own[first].tolist()] for own, values in parts]


def soonest(texts: pd.Series, moments: pd.Series) -> pd.Series:
    """The earliest moment of every distinct text, empty where it has none."""
    codes, unique = coded(texts)
    told = (codes >= 0) & moments.notna().to_numpy()
    found = np.full(len(unique), np.iinfo("int64").max)
    np.minimum.at(found, codes[told], moments.to_numpy().astype("datetime64[us]").astype("int64")[told])
    found[found == np.iinfo("int64").max] = np.iinfo("int64").min  # NaT
    return pd.Series(found.astype("datetime64[us]"), index=pd.Index(unique, dtype="str"))
