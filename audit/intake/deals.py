"""A plain deals table, whatever its headers, as canonical deals."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from audit.errors import UsageError
from audit.intake.bare import from_file, numbers, refuse_bad, text, times
from audit.intake.outcome import outcome
from audit.intake.parse import parse_bool
from audit.intake.parse.plain import is_destroyed
from audit.intake.read.source import EXACT
from audit.intake.shapes import keys, shapes

# words of bare tables beside those of the presets; in this order headers are taken, so that a status alone is the stage
_MORE = {
    "deal_id": ("deal",), "created_at": ("engage date", "start date", "дата начала"), "closed_at": ("end date", "won date"),
    "won": ("iswon", "won flag", "успешна", "success"), "stage": ("stage id", "status id", "state"), "semantic": (),
    "amount": ("amount base", "close value", "sum", "price", "total", "оборот"),
}
_AMO = {"142": "won", "143": "lost"}  # ids of the last stages, the same in every pipeline of amoCRM and Kommo
_OF_PRESET = {"closed_at": ("close_date", "closed_at"), "stage": ("stage_id",)}


@cache
def essential() -> dict[str, tuple[str, ...]]:
    """Canonical name → headers that mean it, best first: the words of the plain and Pipedrive presets, then those of bare tables."""
    presets = [shapes()[name].columns for name in ("deals_plain_outcome", "pipedrive_deals")]
    return {name: (*(word for columns in presets for own in _OF_PRESET.get(name, (name,)) for word in columns.get(own, ())), *more)
            for name, more in _MORE.items()}


def canonical_deals(data: pd.DataFrame | str | os.PathLike, lang: str = "en") -> tuple[pd.DataFrame, dict[str, str]]:
    """(deals, canonical name → original header) of a plain deals table; a row a deal, in source order.

    Columns of the result: deal_id (text), created_at, closed_at, won_at (times, whole seconds), semantic
    (open|won|lost), stage_id where a stage was given, amount and amount_base (one unknown currency), then every
    further column under its own header as text: these are the dimensions.
    Known outcomes come from a yes/no `won`, from open/won/lost words or from known stage words; a row that is not won
    and has no closing time is open. Times of closing of open deals are dropped.
    Errors are worded when they are shown, so `lang` changes nothing; it stays for callers that pass it.
    Raises UsageError when an essential column is missing or unreadable or an id is empty or repeated, UnreadableError
    when the file is no table.
    """
    return deals_with_source(data)[:2]


def deals_with_source(data: pd.DataFrame | str | os.PathLike) -> tuple[pd.DataFrame, dict[str, str], pd.DataFrame]:
    """What `canonical_deals` gives, and the table as it was read; row for row the same."""
    words = frozenset(alias for group in essential().values() for alias in group)
    frame = data if isinstance(data, pd.DataFrame) else from_file(Path(data), words)
    frame = frame.reset_index(drop=True)
    found = recognised(frame)
    _require(frame, found)
    ids = _ids(frame, found["deal_id"])
    refuse_bad(frame, found["deal_id"], (ids.isna() | ids.duplicated()).to_numpy(), "intake.repeated_ids")
    created = times(frame, found["created_at"])
    closed = times(frame, found["closed_at"]) if "closed_at" in found else None
    amount = numbers(frame, found["amount"])
    semantic = _semantic(frame, found, closed)
    if closed is None:
        closed = pd.Series(np.full(len(frame), "NaT", dtype="datetime64[us]"))
    is_open = (semantic == "open").to_numpy()
    closed = closed.mask(is_open)
    result = {
        "deal_id": ids, "semantic": semantic, "amount": amount, "amount_base": amount,
        "created_at": created, "closed_at": closed, "won_at": closed.where((semantic == "won").to_numpy()),
    }
    if "stage" in found:
        result["stage_id"] = text(frame[found["stage"]])
    used = set(found.values())
    for name in frame.columns:
        if name not in used:
            result[str(name) if str(name) not in result else f"{name}__2"] = text(frame[name])
    mapping = {("stage_id" if name == "stage" else name): header for name, header in found.items()}
    return pd.DataFrame(result, copy=False), mapping, frame


def recognised(frame: pd.DataFrame) -> dict[str, str]:
    """Essential name → header, the first synonym that the table has."""
    headers = keys(list(frame.columns))
    found: dict[str, str] = {}
    for name, aliases in essential().items():
        header = next((headers[alias] for alias in aliases if alias in headers and headers[alias] not in found.values()), None)
        if header is not None:
            found[name] = header
    return found


def _require(frame: pd.DataFrame, found: dict[str, str]) -> None:
    missing = [name for name in ("deal_id", "created_at", "amount") if name not in found]
    if not {"won", "semantic", "stage"} & set(found):
        missing.append("won")
    if missing:
        headers = ", ".join(str(name) for name in list(frame.columns)[:30]) or "–"
        raise UsageError("intake.not_deals", headers=headers, missing=", ".join(missing), n=len(missing), rows=len(frame))


def _ids(frame: pd.DataFrame, header: str) -> pd.Series:
    """The ids of a column as text; UsageError when a spreadsheet has destroyed some."""
    values = frame[header]
    floats = pd.api.types.is_float_dtype(values)
    if floats:
        lost = (values.abs() > EXACT).to_numpy(dtype=bool, na_value=False)
    ids = text(values)
    if not floats:
        unique = pd.Series(ids.unique(), dtype="str").dropna()
        lost = ids.isin([text for text in unique[unique.str.contains("[eE]", regex=True)] if is_destroyed(text)]).to_numpy(dtype=bool)
    refuse_bad(frame, header, lost, "intake.destroyed_ids")
    return ids


def _semantic(frame: pd.DataFrame, found: dict[str, str], closed: pd.Series | None) -> pd.Series:
    """open, won or lost for every row."""
    if "won" in found:
        return _from_flag(frame, found["won"], closed)
    header = found.get("semantic") or found["stage"]
    codes, unique = pd.factorize(text(frame[header]), use_na_sentinel=False)
    known = [None if label is None or label != label else _AMO.get(str(label)) or outcome(str(label)) for label in unique]
    strange = [str(label) for label, meaning in zip(unique, known, strict=True) if meaning is None and label == label and label is not None]
    if strange and not {"won", "lost"} & {meaning for meaning in known if meaning}:
        raise UsageError("intake.unknown_outcomes", column=header, n=len(strange), examples=", ".join(strange[:5]))
    closed_share = None if closed is None else closed.notna().to_numpy()
    for place, (label, meaning) in enumerate(zip(unique, known, strict=True)):
        if meaning is None and closed_share is not None and closed_share[codes == place].any() and label == label and label is not None:
            raise UsageError("intake.unknown_outcomes", column=header, n=len(strange), examples=", ".join(strange[:5]))
    labels = pd.array([meaning or "open" for meaning in known], dtype="str")
    return pd.Series(labels.take(codes))


def _from_flag(frame: pd.DataFrame, header: str, closed: pd.Series | None) -> pd.Series:
    values = frame[header]
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        flag = values.to_numpy(dtype="float64", na_value=np.nan)
        bad = ~np.isnan(flag) & (flag != 0) & (flag != 1)
    else:
        cells = values.astype("str").fillna("")
        parsed = parse_bool(cells)
        flag = parsed.values.to_numpy(dtype="float64", na_value=np.nan)
        bad = parsed.bad
        told = pd.factorize(cells)
        words = [{"won": 1.0, "lost": 0.0, "open": np.nan}.get(outcome(word) or "", -1.0) for word in told[1]]
        by_word = np.array(words, dtype="float64")[told[0]] if len(words) else flag
        flag = np.where(bad & (by_word != -1.0), by_word, flag)
        bad = bad & (by_word == -1.0)
    refuse_bad(frame, header, bad, "intake.bad_flags")
    done = np.ones(len(frame), dtype=bool) if closed is None else closed.notna().to_numpy()
    codes = np.where(flag == 1, 1, np.where((flag == 0) & done, 2, 0))
    return pd.Series(pd.array(["open", "won", "lost"], dtype="str").take(codes))
