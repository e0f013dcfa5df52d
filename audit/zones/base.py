"""One table of units to compare (deals or leads) as arrays: outcome, times, money and dimensions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from audit.zones.dimensions import Factor, choose, factor, is_given

PERIOD = "period"
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Base:
    """Units of one table as of one day. One entry a unit; times are days since 1970 (NaN when absent)."""

    table: str  # deals | leads
    created: np.ndarray
    closed: np.ndarray
    won: np.ndarray  # bool: won (deals) or converted (leads)
    decided: np.ndarray  # bool: closed either way
    amount: np.ndarray
    factors: tuple[Factor, ...]
    period: Factor
    as_of: dt.date
    clock: bool = False  # times have a clock part
    file: str = "tables/deals.parquet"
    sql: Callable[[str, str], str] = field(default=lambda name, label: equals(quoted(name), label))
    conditions: dict[str, str] = field(default_factory=dict)  # what the rows of a metric are, in SQL
    columns: dict[str, str] = field(default_factory=dict)  # canonical column → SQL of it, where it is not simply its name
    has_amount: bool = True
    has_dates: bool = True
    worth: dict[str, float] = field(default_factory=dict)  # leads: money of one more converted lead
    own: np.ndarray | None = None  # of a metric of the catalogue: what it is of each unit
    held: frozenset[str] = frozenset()  # dimensions that nobody asked about: held fixed, never a zone
    ids: np.ndarray | None = None  # what each unit is called in the data, and the column that says so
    id_name: str = ""

    @property
    def end(self) -> float:
        """The day after `as_of`."""
        return float(day_number(self.as_of)) + 1

    def within(self, at: tuple[int, ...], levels: tuple[int, ...], rows: np.ndarray) -> np.ndarray:
        """Which of the rows lie in the slice of these factor numbers and levels."""
        inside = np.ones(len(rows), dtype=bool)
        for number, level in zip(at, levels, strict=True):
            inside &= self.factors[number].codes[rows] == level
        return inside


def day_number(day: dt.date) -> int:
    """Days since 1970."""
    return (day - dt.date(1970, 1, 1)).days


def days(column: pd.Series) -> np.ndarray:
    """Times as fractional days since 1970, NaN where absent."""
    stamps = pd.to_datetime(column, errors="coerce")
    if getattr(stamps.dt, "tz", None) is not None:
        stamps = stamps.dt.tz_localize(None)
    raw = stamps.to_numpy(dtype="datetime64[s]")
    number = raw.astype("int64") / 86400.0
    number[np.isnat(raw)] = np.nan
    return number


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def equals(expression: str, label: str) -> str:
    """SQL that selects the rows of one level; labels are compared as trimmed text."""
    return f"trim(cast({expression} as varchar)) = {literal(label)}"


def from_frame(
    frame: pd.DataFrame, *, table: str = "deals", names: list[str] | None = None, as_of: dt.date | None = None,
    beside: list[str] | None = None, won_column: str | None = None, taken: frozenset[str] | None = None, **more,
) -> Base:
    """A base from canonical columns (created_at, closed_at, semantic, amount_base or amount) and dimensions `names`.

    `names` None chooses the comparable columns but those `taken` (None: all canonical ones). Of `beside` (columns nobody asked about) those that are given to a seller, such as
    source, segment and product, are held fixed. Units created after `as_of` are dropped; endings after it reopen.
    """
    created = days(frame["created_at"]) if "created_at" in frame else np.full(len(frame), np.nan)
    ended = "converted_at" if table == "leads" else "closed_at"
    closed = days(frame[ended]) if ended in frame else np.full(len(frame), np.nan)
    if as_of is None:
        as_of = last_day(created, closed)
    end = day_number(as_of) + 1
    here = ~(created >= end)
    if not here.all():
        frame, created, closed = frame[here], created[here], closed[here]
    won, decided = _outcome(frame, table, closed)
    later = closed >= end
    won, decided = won & ~later, decided & ~later
    closed = np.where(later, np.nan, closed)
    amount, has_amount = _amount(frame)
    if names is None:
        names = choose(frame, (CANONICAL if taken is None else taken) | {won_column or ""}, won, decided & ~won)
    given = frame[[name for name in beside or () if name not in names and is_given(name)]]
    held = choose(given, set(), won, decided & ~won)
    factors = tuple(factor(name, frame[name]) for name in [*names, *held])
    with np.errstate(invalid="ignore"):
        clock = bool(np.nanmax(np.abs(created - np.round(created)), initial=0.0) > 1e-6)
    return Base(
        table, created, closed, won, decided, amount, factors, cohorts(created, end), as_of, clock, held=frozenset(held),
        has_amount=has_amount, has_dates=bool(np.isfinite(created).any() and np.isfinite(closed).any()), ids=_ids(frame, table), id_name=f"{table.removesuffix('s')}_id", **more,
    )


def _ids(frame: pd.DataFrame, table: str) -> np.ndarray | None:
    name = f"{table.removesuffix('s')}_id"
    return frame[name].to_numpy() if name in frame else None


CANONICAL = {
    "deal_id", "lead_id", "client_id", "owner_id", "title", "stage_id", "semantic", "status", "amount", "currency",
    "amount_base", "margin", "profit", "created_at", "closed_at", "won_at", "expected_close_on", "contract_signed_at", "shipped_at",
    "loss_reason", "next_activity_at", "last_activity_at", "converted_at", "qualified_at", "pipeline_id",
}


OF_PLAIN = frozenset({"deal_id", "semantic", "stage_id", "amount", "amount_base", "created_at", "closed_at", "won_at"})  # what a plain table becomes; the rest is further columns


def last_day(*times: np.ndarray) -> dt.date:
    """The last day on which anything happened; today for an empty table."""
    every = np.concatenate(times) if times else np.empty(0)
    every = every[np.isfinite(every)]
    return dt.date(1970, 1, 1) + dt.timedelta(days=int(np.floor(every.max()))) if len(every) else dt.date.today()


def _outcome(frame: pd.DataFrame, table: str, closed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    semantic = _words(frame["semantic"]) if "semantic" in frame else None
    if table == "leads":
        converted = np.isfinite(closed) if semantic is None else np.isfinite(closed) | (semantic == "converted")
        return converted, np.ones(len(frame), dtype=bool)
    if semantic is None:
        return np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    won = semantic == "won"
    return won, won | (semantic == "lost")


def _words(column: pd.Series) -> np.ndarray:
    """Few words as an array of text."""
    codes, words = pd.factorize(column)
    return np.array([*(str(word) for word in words), ""])[codes]


def _amount(frame: pd.DataFrame) -> tuple[np.ndarray, bool]:
    for name in ("amount_base", "amount"):
        if name in frame:
            amount = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            if np.isfinite(amount).any():
                return np.round(amount, 2), True
    return np.full(len(frame), np.nan), False


def cohorts(created: np.ndarray, end: float) -> Factor:
    """Cohort of creation: the factor that puts equal maturity, season and trend beside each other.

    Half-months for the last two months (where maturity changes fast), months for two years, quarters before.
    """
    each = np.where(np.isfinite(created), np.floor(created), -1).astype("int64")
    first = int(each.min(initial=-1))
    stamp = np.arange(first, int(each.max(initial=-1)) + 1)  # one entry a day; days before 1970 mean absent
    month = stamp.astype("datetime64[D]").astype("datetime64[M]").astype("int64")
    day = stamp - month.astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    label = np.where(stamp < end - 730, -1000 - (month // 3), 2 * month)
    label = np.where(stamp >= end - 62, 2 * month + (day >= 15), label)
    label = np.where(stamp < 0, -1, label)
    there = np.bincount(each - first, minlength=len(stamp)) > 0
    levels = np.unique(label[there])
    return Factor(PERIOD, PERIOD, tuple(str(level) for level in levels), np.searchsorted(levels, label)[each - first])
