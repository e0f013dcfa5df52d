"""Which columns can be compared, and what kind of thing each of them is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import pandas as pd

MAX_LEVELS, MAX_CHOSEN = 60, 500
FILL_GAP = 0.15  # a column filled this much more often on one outcome is filled because of it


class Spelled(NamedTuple):
    """A level whose labels differed by case and spaces alone: the commonest way to write it, the others, and how many rows had those."""

    label: str
    others: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Factor:
    """A dimension of one table: a code a row into sorted `labels`; −1-free, the empty label is ''."""

    name: str
    kind: str
    labels: tuple[str, ...]
    codes: np.ndarray
    spelled: tuple[Spelled, ...] = ()  # levels that were written in several ways

    @property
    def usable(self) -> np.ndarray:
        """Levels that can be named in a finding (all but the empty one)."""
        return np.array([label != "" for label in self.labels], dtype=bool)


@cache
def kinds() -> dict[str, dict]:
    """The declarations of dimensions.yml."""
    import yaml

    return yaml.safe_load(files("audit.zones").joinpath("dimensions.yml").read_text(encoding="utf-8"))


@cache
def kind_of(header: str) -> str:
    """Kind of a dimension by the words of its header; the last known word decides, else `other`.

    >>> kind_of("sales_agent"), kind_of("Источник"), kind_of("lead source"), kind_of("loss_reason"), kind_of("x9")
    ('people', 'traffic', 'traffic', 'outcome', 'other')
    """
    text = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])", "_", str(header)).lower().replace("ё", "е")
    tokens = [token for token in re.split(r"[\W_]+", text) if token]
    known = {word: kind for kind, rules in kinds().items() for word in rules["words"]}
    if any(known.get(token) == "outcome" for token in tokens):
        return "outcome"
    for token in reversed(tokens):
        for form in (token, token.removesuffix("s"), token.removesuffix("ы")):
            if form in known:
                return known[form]
    return "other"


def spread(kind: str, scale: str) -> float:
    """Standard deviation between levels that is normal for this kind on this scale."""
    return float(kinds()[kind]["spread"][scale])


def is_given(header: str) -> bool:
    """Whether a dimension of this name is what sellers are given (source, segment, product …), not what they or their places are."""
    return bool(kinds()[kind_of(header)].get("given"))


def is_price_list(kind: str) -> bool:
    """Whether the levels of this kind have different cheques by nature."""
    return bool(kinds()[kind].get("lists"))


def factor(name: str, column: pd.Series, kind: str | None = None) -> Factor:
    """The column as sorted levels; missing and blank cells become the level ''; labels that differ by case and spaces alone are one level."""
    codes, levels = pd.factorize(column, use_na_sentinel=True)
    text = ["" if pd.isna(level) else str(level).strip() for level in levels]
    common, spelled = _commonest(text, np.bincount(codes[codes >= 0], minlength=len(text)))
    text = [*(common[label] for label in text), ""]  # code −1: missing
    labels = tuple(sorted(set(text if (codes < 0).any() else text[:-1])))
    place = {label: at for at, label in enumerate(labels)}
    to = np.array([place.get(label, 0) for label in text], dtype=np.int64)
    return Factor(name, kind or kind_of(name), labels, to[codes], spelled)


def _commonest(text: list[str], rows: np.ndarray) -> tuple[dict[str, str], tuple[Spelled, ...]]:
    """(label → its commonest spelling, the labels that had several)."""
    count: dict[str, int] = {}
    for label, n in zip(text, rows.tolist(), strict=True):
        count[label] = count.get(label, 0) + n
    alike: dict[str, list[str]] = {}
    for label in count:
        alike.setdefault(" ".join(label.split()).casefold(), []).append(label)
    common: dict[str, str] = {}
    spelled: list[Spelled] = []
    for ways in alike.values():
        ways.sort(key=lambda label: (-count[label], label))
        common |= dict.fromkeys(ways, ways[0])
        if len(ways) > 1:
            spelled.append(Spelled(ways[0], tuple(ways[1:]), sum(count[way] for way in ways[1:])))
    return common, tuple(sorted(spelled))


def choose(frame: pd.DataFrame, taken: set[str] | frozenset[str], won: np.ndarray, lost: np.ndarray) -> list[str]:
    """Names of the columns of a plain table that can be compared, in column order.

    Text, category and yes/no columns with 2…60 levels that repeat; never ids, stages and other outcomes,
    nor columns that are filled because of the outcome.
    """
    return [
        str(name) for name in frame.columns
        if name not in taken and kind_of(name) != "outcome" and _comparable(frame[name], won, lost)
    ]


def _comparable(column: pd.Series, won: np.ndarray, lost: np.ndarray) -> bool:
    dtype = column.dtype
    named = isinstance(dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(dtype)
    if not (named or pd.api.types.is_string_dtype(dtype) or pd.api.types.is_object_dtype(dtype)):
        return False
    levels = column.nunique()
    if not 2 <= levels <= MAX_LEVELS or levels > column.notna().sum() / 5:
        return False
    return not decided_by_outcome(column, won, lost)


def why_left(column: pd.Series, is_group: bool) -> str:
    """Why a column of a plain table is not compared: number (or date), one_value, many_values, outcome (tells it, or is filled because of it)."""
    levels = column.nunique()
    if kind_of(str(column.name)) == "outcome":
        return "outcome"
    if not is_group:
        return "number"
    if levels < 2:
        return "one_value"
    return "many_values" if levels > MAX_LEVELS or levels > column.notna().sum() / 5 else "outcome"


def decided_by_outcome(column: pd.Series, won: np.ndarray, lost: np.ndarray) -> bool:
    """Whether the column says how the deal ended, or is filled because of it."""
    if not won.any() or not lost.any():
        return False
    filled = column.notna().to_numpy()
    if abs(filled[won].mean() - filled[lost].mean()) > FILL_GAP:
        return True
    closed = (won | lost) & filled
    if not closed.any():
        return True
    table = pd.DataFrame({"level": column[closed].astype(str), "won": won[closed]})
    by = table.groupby("level", observed=True)["won"].agg(["mean", "size"])
    pure = by["size"][(by["mean"] < 0.01) | (by["mean"] > 0.99)].sum()
    return bool(pure > 0.9 * by["size"].sum())
