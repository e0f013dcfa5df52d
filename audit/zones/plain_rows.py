"""Which rows of a plain table a metric counts, as SQL over the table's own headers and words."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from audit.zones.base import day_number, literal, quoted

_MOST = 200  # words of an outcome that are worth a list
_ISO = r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"


def conditions(source: pd.DataFrame, mapping: dict[str, str], frame: pd.DataFrame, as_of: dt.date) -> tuple[dict[str, str], dict[str, str]]:
    """(metric → its rows, canonical column → SQL of it); `frame`: the canonical rows of `source`, row for row.

    Only what selects the very rows is said: where words, dates or amounts cannot be read by plain SQL the metric is left out.
    """
    times: dict[str, str] = {name: f"cast({quoted(mapping[name])} as timestamp)" for name in ("created_at", "closed_at") if name in mapping and _is_iso(source[mapping[name]])}
    end = np.datetime64(day_number(as_of) + 1, "D")
    late = {name: (frame[name] >= end).to_numpy() for name in ("created_at", "closed_at")}
    parts, known = [], np.ones(len(frame), dtype=bool)
    for name in late:
        if late[name].any():
            if name not in times:
                return {}, {}
            known &= ~late[name]
            parts.append(f"coalesce({times[name]} < timestamp '{as_of + dt.timedelta(days=1)}', true)")
    won = (frame["semantic"] == "won").to_numpy()
    said = {name: _outcome(source, mapping, mask, known) for name, mask in (("ended", won | (frame["semantic"] == "lost").to_numpy()), ("won", won))}
    found = {}
    if said["ended"]:
        found["win_rate"] = found["revenue_per_lead"] = " and ".join([said["ended"], *parts])
    positive = _positive(source[mapping["amount"]], mapping["amount"], frame["amount"]) if "amount" in mapping else None
    if said["won"] and positive:
        found["avg_check"] = " and ".join([said["won"], positive, *parts])
    if said["won"] and len(times) == 2:
        found["cycle_days"] = " and ".join([said["won"], f"{times['closed_at']} >= {times['created_at']}", *parts])
    return found, times


def _words(cells: pd.Series) -> pd.Series:
    """The cells as words to compare; of a column with few different ones each is read once."""
    codes, levels = pd.factorize(cells)
    words = pd.array([str(level).strip().lower() for level in levels], dtype="str")
    return pd.Series(words.take(codes, allow_fill=True) if len(levels) else pd.array([None] * len(cells), dtype="str"))


def _outcome(source: pd.DataFrame, mapping: dict[str, str], wanted: np.ndarray, known: np.ndarray) -> str | None:
    """The condition that selects the `wanted` of the `known` rows by the words of the outcome, and by the end where a word alone does not say it."""
    header = next((mapping[name] for name in ("won", "semantic", "stage_id") if name in mapping), None)
    if header is None:
        return None
    words = _words(source[header])
    chosen = sorted(words[wanted & known].dropna().unique())
    if not chosen or len(chosen) > _MOST:
        return None
    selected = words.isin(chosen).to_numpy()
    also = [f"{one}.0" if one.isdigit() else one.removesuffix(".0") for one in chosen]  # a flag with gaps is read as a fraction
    said = f"lower(trim(cast({quoted(header)} as varchar))) in ({', '.join(literal(one) for one in dict.fromkeys([*chosen, *also]))})"
    if (selected[known] == wanted[known]).all():
        return said
    if "closed_at" not in mapping:
        return None
    closed = source[mapping["closed_at"]]
    filled = (closed.notna() & (closed.astype("str") != "")).to_numpy()
    if not ((selected & filled)[known] == wanted[known]).all():
        return None
    return f"{said} and coalesce(trim(cast({quoted(mapping['closed_at'])} as varchar)), '') <> ''"


def _is_iso(cells: pd.Series) -> bool:
    if pd.api.types.is_datetime64_any_dtype(cells):
        return True
    import pyarrow as pa
    import pyarrow.compute as pc

    return bool(pc.all(pc.match_substring_regex(pa.array(cells.dropna().astype("str")), f"^({_ISO})?$")).as_py())


def _positive(cells: pd.Series, header: str, amount: pd.Series) -> str | None:
    plain = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        same = ((plain > 0) == (amount.to_numpy(dtype=float, na_value=np.nan) > 0)).all()
    return f"try_cast({quoted(header)} as double) > 0" if same else None
