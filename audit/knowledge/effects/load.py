"""Cases and tags as given (frame, file, Ibis table) → one frame of cases, one of deals, one of words with their times."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from audit.errors import UsageError, nearest
from audit.intake.bare import from_file, numbers, refuse_bad, text, times
from audit.intake.outcome import outcome as meaning
from audit.intake.parse import parse_bool

BANDS = ("small", "middle", "large")
TEXTS = ("technique", "kb_id")
SURE = 0.5  # confidence from which a tag says that a technique was used
_DAY = np.timedelta64(1, "D")
_TIMES = {"at": ("at",), "decided_at": ("decided_at", "closed_at"), "started_at": ("started_at", "created_at")}


class Cases(NamedTuple):
    """`frame`: a row a case – case_id, deal (code), at, turns, words. `deals`: a row a deal – deal_id, y (0, 1, NaN), owner, started_at, decided_at, length, and
    every further column of the cases as it was given. `at` of words without a time of their own is that of their case."""

    frame: pd.DataFrame
    deals: pd.DataFrame


def whole(data: Any) -> pd.DataFrame:
    """Every row and column of a frame, a file or an Ibis table."""
    if isinstance(data, pd.DataFrame):
        return data.reset_index(drop=True)
    if hasattr(data, "to_pyarrow") and hasattr(data, "schema"):
        return data.to_pyarrow().to_pandas()
    if not isinstance(data, str | os.PathLike):
        raise UsageError("techniques.bad_data", kind=type(data).__name__)
    return from_file(Path(data))


def cases_of(data: Any, outcome: str, owner: str) -> Cases:
    """Cases (a row a case, or a row an utterance with the same case_id) and their deals; UsageError for columns that are lacking or unreadable."""
    given = whole(data)
    head = _one(given, ("case_id", "text_id", "deal_id"))
    frame = pd.DataFrame({"case_id": text(given[head])})
    refuse_bad(given, head, frame["case_id"].isna().to_numpy(), "techniques.no_id")
    frame["deal_id"] = text(given["deal_id"]).fillna(frame["case_id"]) if "deal_id" in given else frame["case_id"]
    frame["y"] = _flags(given, _outcome(given, outcome))
    frame["owner"] = text(given[_owner(given, owner)]) if _owner(given, owner) else None
    for name, headers in _TIMES.items():
        header = next((one for one in headers if one in given), None)
        frame[name] = times(given, header) if header else pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    frame["decided_at"] = _day_ends(frame["decided_at"])
    for name in ("turns", "length"):
        frame[name] = numbers(given, name) if name in given else np.nan
    frame["words"] = text(given["text"]) if "text" in given else None
    for name in given.columns:
        if name not in frame and str(name) not in ("text", head):
            frame[name] = given[name]
    return _joined(frame)


def _joined(frame: pd.DataFrame) -> Cases:
    first = frame["at"].groupby(frame["case_id"]).transform("min")
    said = frame["words"]
    cases = frame.drop(columns="words").assign(at=first).groupby("case_id", sort=False).first()  # first filled cell of each column
    cases["words"] = said.dropna().groupby(frame["case_id"]).agg("\n".join)
    cases = cases.sort_values("at", kind="stable")
    deals = cases.groupby("deal_id", sort=True).first()
    deals["started_at"] = deals["started_at"].fillna(cases.groupby("deal_id")["at"].min())
    days = (deals["decided_at"] - deals["started_at"]) / _DAY
    deals["length"] = deals["length"].fillna(deals["turns"]).fillna(days)
    cases["deal"] = pd.Index(deals.index).get_indexer(cases["deal_id"])
    return Cases(cases[["deal", "at", "turns", "words"]].reset_index(), deals.drop(columns=["at", "turns", "words"], errors="ignore").reset_index())


def words_of(data: Any, cases: Cases) -> tuple[pd.DataFrame, int]:
    """(a row a word tagged or a situation: case and deal (codes), technique, used, called, at, turn, quote; rows whose case is unknown)."""
    given = whole(data)
    head = _one(given, ("case_id", "text_id"))
    name = _one(given, TEXTS)
    frame = pd.DataFrame({"case_id": text(given[head]), "technique": text(given[name])})
    frame["used"] = _flag_or(given, "is_used", given["confidence"].to_numpy(dtype=float, na_value=1.0) >= SURE if "confidence" in given else True)
    frame["called"] = _flag_or(given, "opportunity", True)
    frame["at"] = times(given, "at") if "at" in given else pd.Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    turn = next((one for one in ("turn", "position") if one in given), None)
    frame["turn"] = numbers(given, turn) if turn else np.nan
    frame["quote"] = text(given["quote"]) if "quote" in given else None
    frame["case"] = pd.Index(cases.frame["case_id"]).get_indexer(frame["case_id"])
    known = (frame["case"] >= 0) & frame["technique"].notna()
    frame = frame[known].drop(columns="case_id").reset_index(drop=True)
    if len(frame):
        frame["at"] = frame["at"].fillna(cases.frame["at"].take(frame["case"]).set_axis(frame.index))
    frame["deal"] = cases.frame["deal"].to_numpy()[frame["case"].to_numpy()]
    return frame, int((~known).sum())


def situations_told(data: Any) -> bool:
    """Whether tags say where a technique was called for: a column `opportunity`, or rows of situations without use."""
    return "opportunity" in data or ("is_used" in data and not bool(np.all(_flag_or(data, "is_used", True))))


def label(values: pd.Series) -> pd.Series:
    """A column as levels of a stratum: many different numbers as three bands of about equally many rows, empty as ''."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values) and values.nunique() > 12:
        return bands(values.to_numpy(dtype=float, na_value=np.nan))
    return text(values).fillna("")


def bands(amounts: np.ndarray) -> pd.Series:
    """small, middle or large, '' for no amount."""
    known = amounts[np.isfinite(amounts) & (amounts > 0)]
    if not len(known):
        return pd.Series("", index=range(len(amounts)))
    cuts = np.quantile(known, (1 / 3, 2 / 3))
    names = np.array(BANDS)[np.searchsorted(cuts, amounts, side="left").clip(0, 2)]
    return pd.Series(np.where(np.isfinite(amounts) & (amounts > 0), names, ""))


def _one(frame: pd.DataFrame, names: Iterable[str]) -> str:
    """The first of `names` that is a column."""
    for name in names:
        if name in frame.columns:
            return name
    wanted = next(iter(names))
    raise UsageError("errors.unknown_name", kind="column", name=wanted, nearest=nearest(wanted, [str(one) for one in frame.columns]))


def _outcome(frame: pd.DataFrame, outcome: str) -> str:
    return _one(frame, (outcome, *(("outcome", "semantic") if outcome == "won" else ())))


def _owner(frame: pd.DataFrame, owner: str) -> str | None:
    return next((name for name in (owner, *(("owner_id", "user_id") if owner == "owner" else ())) if name in frame), None)


def _flags(frame: pd.DataFrame, header: str) -> np.ndarray:
    """1 success, 0 failure, NaN not decided; yes and no, or words of outcomes in three languages; UsageError with count and row for others."""
    values = frame[header]
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        flags = values.to_numpy(dtype=float, na_value=np.nan)
        refuse_bad(frame, header, ~np.isnan(flags) & ~np.isin(flags, (0.0, 1.0)), "intake.bad_flags")
        return flags
    cells = values.astype("str").fillna("")
    told = parse_bool(cells)
    codes, unique = pd.factorize(cells)
    by_word = np.array([{"won": 1.0, "lost": 0.0, "open": np.nan}.get(meaning(word) or "", -1.0) for word in unique] or [np.nan])[codes]
    bad = np.asarray(told.bad)
    refuse_bad(frame, header, bad & (by_word == -1.0), "intake.bad_flags")
    return np.where(bad, by_word, told.values.to_numpy(dtype=float, na_value=np.nan))


def _flag_or(frame: pd.DataFrame, header: str, default: Any) -> np.ndarray:
    if header not in frame:
        return np.broadcast_to(np.asarray(default, dtype=bool), len(frame)).copy()
    flags = _flags(frame, header)
    return np.where(np.isnan(flags), np.asarray(default, dtype=float), flags) > 0.5


def _day_ends(values: pd.Series) -> pd.Series:
    """Days without hours stand for their ends, so that words of the same day come before the decision; beside them others may have hours."""
    return values.mask(values == values.dt.normalize(), values + pd.Timedelta(days=1) - pd.Timedelta(seconds=1))
