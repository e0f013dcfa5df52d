"""Zones in money: what closing each would bring a month, none counted twice, by simulation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from audit.zones.assumptions import assumptions
from audit.zones.base import Base
from audit.zones.gaps import Gap
from audit.zones.measures import BY_ID
from audit.zones.search import Search

DRAWS = 4000
MONTH = 30.4375
LATELY = 3.0  # months of the recent units of a zone against its own past
WINDOW = 365.25  # volume a month is that of the last year


@dataclass
class Worth:
    """Money of one zone a month (None: cannot be told), units gained, and money that only moves forward once."""

    money: tuple[float, float, float] | None = None
    units: float | None = None
    once: float | None = None
    volume: float = 0.0
    assumptions: list[dict] = field(default_factory=list)  # what moves the money, the strongest first


@dataclass
class Priced:
    """Worth of every zone, in the order given, and of all together."""

    worth: list[Worth]
    total: tuple[float, float, float] | None


@dataclass
class Recent:
    """Decided deals of the last year with their expected share won and expected cheque."""

    rows: np.ndarray
    months: float
    share: np.ndarray
    check: np.ndarray
    check_error: float
    masks: dict[int, np.ndarray] = field(default_factory=dict)


def window(base: Base, rows: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, float]:
    """(which of the rows ended in the last year in which rows ended, months that covers)."""
    when = times[rows]
    known = when[np.isfinite(when)]
    if not len(known):
        return np.ones(len(rows), dtype=bool), 12.0
    # a few endings long after the others (old deals, slips of the pen) must not empty the last year
    end = min(base.end, float(np.quantile(known, 0.995)))
    length = min(WINDOW, max(end - float(known.min()), MONTH))
    with np.errstate(invalid="ignore"):
        return (when >= end - length) & (when <= end), length / MONTH


def price(gaps: list[Gap], deals: Base | None, searches: dict[str, Search], share: float) -> Priced:
    """Worth of `gaps` when a plan closes the part `share` of each down to its attainable level.

    A month's gain = volume × share × (attainable − shrunk value) × what a unit brings. A won deal brings the
    expected cheque of its row, so zones of win rate and of cheque that meet in a row share the product of both.
    The seed comes from the zones themselves: the same data give the same figures.
    """
    random = np.random.default_rng(_seed(gaps))
    recent = _recent(deals, searches) if deals is not None and deals.has_amount else None
    draws = [_lifts(gap, share, random) for gap in gaps]
    common = np.exp(random.normal(0, recent.check_error, DRAWS)) if recent else np.ones(DRAWS)
    worth = [Worth(volume=_volume(gap)) for gap in gaps]
    parts: list[np.ndarray | None] = [None] * len(gaps)
    for i, gap in enumerate(gaps):
        metric = gap.search.measure.id
        if not gap.search.measure.priced:
            continue
        worth[i].units = _units(gap, draws[i], worth[i].volume)
        if metric == "cycle_days":
            if recent is not None:
                worth[i].once = float(np.mean(draws[i]) * worth[i].volume / MONTH * _mean_check(gap, recent))
        elif metric == "lead_conversion":
            unit = gap.search.base.worth
            if unit:
                parts[i] = draws[i] * worth[i].volume * _own_part(gap, gaps) * unit["win_rate"] * unit["check"] * common
        elif metric == "revenue_per_lead":
            if not {"win_rate", "avg_check"} & set(searches):  # else its money is theirs
                parts[i] = draws[i] * worth[i].volume
        elif recent is not None:
            parts[i] = draws[i] * common * _weight(gap, recent, gaps)
    if recent is not None:
        _shared(gaps, draws, parts, recent, common)
    for gap, one, part in zip(gaps, worth, parts, strict=True):
        if part is not None:
            one.money = _summary(part)
            one.assumptions = assumptions(gap, one.money[0], share, one.volume, recent.check_error if recent else 0.0)
    known = [part for part in parts if part is not None]
    return Priced(worth, _summary(np.sum(known, axis=0)) if known else ((0.0, 0.0, 0.0) if not gaps else None))


def _seed(gaps: list[Gap]) -> int:
    text = "|".join(f"{gap.search.measure.id}:{_named(gap)}:{gap.n}:{gap.gap:.6g}" for gap in gaps)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def _named(gap: Gap) -> list[tuple[str, str]]:
    """The slice by its names, whatever the order of the columns."""
    return sorted((item.name, item.labels[level]) for item, level in zip(gap.search.factors_of(gap.zone), gap.zone.levels, strict=True))


def _summary(draws: np.ndarray) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(draws.mean()), float(low), float(high)


def _lifts(gap: Gap, share: float, random: np.random.Generator) -> np.ndarray:
    """Draws of what a unit gains: in the metric's unit; for cheques as a part of the cheque; for days, days saved."""
    point, low, high = gap.effect
    noise = random.standard_normal(DRAWS)
    effects = point + np.where(noise < 0, noise * (point - low), noise * (high - point)) / 1.96
    volume = random.normal(1, 1 / np.sqrt(max(gap.n, 1)), DRAWS)
    sign = gap.search.measure.sign
    value = gap.benchmark + gap.gaps(effects)
    lift = np.maximum(sign * (gap.attainable - value), 0.0) * share * np.maximum(volume, 0)
    if gap.search.measure.id == "avg_check":
        return lift / np.maximum(value, 1e-9)
    return lift


def _volume(gap: Gap) -> float:
    """Units of the slice a month."""
    base, rows = gap.search.base, gap.search.units.rows[gap.rows]
    inside, months = window(base, gap.search.units.rows, base.created if base.table == "leads" else base.closed)
    if gap.search.since is not None:
        inside, months = np.ones(len(inside), dtype=bool), LATELY
    return float(inside[gap.rows].sum() / months) if len(rows) else 0.0


def _units(gap: Gap, lift: np.ndarray, volume: float) -> float | None:
    metric = gap.search.measure.id
    return float(lift.mean() * volume) if metric in ("win_rate", "lead_conversion", "cycle_days") else None


def _recent(base: Base, searches: dict[str, Search]) -> Recent:
    """Expected outcome and cheque of every decided deal of the last year."""
    rows = np.flatnonzero(base.decided)
    inside, months = window(base, rows, base.closed)
    rows = rows[inside]
    check = searches.get("avg_check") or _bare("avg_check", base)
    win = searches.get("win_rate") or _bare("win_rate", base)
    paid = check.units.raw
    error = float(np.std(np.minimum(paid, np.quantile(paid, 0.99))) / paid.mean() / np.sqrt(len(paid))) if len(paid) > 1 else 0.0
    share = 1 / (1 + np.exp(-win.predict(rows)))
    return Recent(rows, months, share, check.smear * np.exp(check.predict(rows)), min(error, 1.0))


def _bare(metric: str, base: Base) -> Search:
    """The expectation of a metric that is not searched itself."""
    search = Search(BY_ID[metric], base)
    search.start()
    return search


def _in(gap: Gap, recent: Recent) -> np.ndarray:
    if id(gap) not in recent.masks:
        recent.masks[id(gap)] = gap.search.base.within(gap.zone.at, gap.zone.levels, recent.rows)
    return recent.masks[id(gap)]


def _weight(gap: Gap, recent: Recent, gaps: list[Gap]) -> float:
    """Money a month that one unit of the zone's lift moves; a row that a zone against peers has is not its own past's as well."""
    inside, past = _in(gap, recent), gap.search.since is not None
    if past:
        inside = inside & ~_covered(gap, recent, gaps)
    money = recent.check if gap.search.measure.id == "win_rate" else recent.share * recent.check
    return float(money[inside].sum() / (LATELY if past else recent.months))


def _own_part(gap: Gap, gaps: list[Gap]) -> float:
    """Part of the rows of a zone against its own past that no zone of the same metric against peers has."""
    if gap.search.since is None:
        return 1.0
    rows, covered = gap.search.units.rows[gap.rows], np.zeros(len(gap.rows), dtype=bool)
    for other in gaps:
        if other.search.measure.id == gap.search.measure.id and other.search.since is None:
            covered |= gap.search.base.within(other.zone.at, other.zone.levels, rows)
    return float(1 - covered.mean()) if len(rows) else 0.0


def _covered(gap: Gap, recent: Recent, gaps: list[Gap]) -> np.ndarray:
    """Rows that zones of the same metric against peers or the norm have, or earlier ones against the own past."""
    covered, metric = np.zeros(len(recent.rows), dtype=bool), gap.search.measure.id
    for other in gaps:
        if other is gap:
            break
        if other.search.measure.id == metric:
            covered |= _in(other, recent)
    for other in gaps:
        if other.search.measure.id == metric and other.search.since is None:
            covered |= _in(other, recent)
    return covered


def _mean_check(gap: Gap, recent: Recent) -> float:
    inside = _in(gap, recent)
    return float(recent.check[inside].mean()) if inside.any() else 0.0


def _shared(gaps: list[Gap], draws: list[np.ndarray], parts: list, recent: Recent, common: np.ndarray) -> None:
    """More won deals at higher cheques: the product belongs half to each of the two zones."""
    for i, win in enumerate(gaps):
        for j, check in enumerate(gaps):
            if win.search.measure.id != "win_rate" or check.search.measure.id != "avg_check" or win.search.since is not None or check.search.since is not None:
                continue
            both = _in(win, recent) & _in(check, recent)
            product = draws[i] * draws[j] * common * float(recent.check[both].sum() / recent.months)
            parts[i] = parts[i] + product / 2
            parts[j] = parts[j] + product / 2
