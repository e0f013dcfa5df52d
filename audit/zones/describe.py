"""A zone as the dict of findings.json, with what a picture of it needs."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from audit.stats.tests import units_needed
from audit.zones import evidence
from audit.zones.accepted import Zone
from audit.zones.base import Base
from audit.zones.gaps import Gap
from audit.zones.price import Worth
from audit.zones.remedies import GATE, Remedy, remedies_for
from audit.zones.search import RECENT, Search
from audit.zones.sought import teller
from audit.zones.spread import unit_sd

SIGNIFICANT = 8
RIPE = ("cycle_days", "lead_conversion")  # metrics of units old enough to have had their time


@dataclass(frozen=True)
class Context:
    """What findings are told with beside their own numbers: the leading verdict of each seller (M33), the consultant's remedies, the client's margin."""

    gate: dict[str, str] = field(default_factory=dict)
    remedies: tuple[Remedy, ...] = ()
    margin: float | None = None  # part of revenue that is margin


def tidy(value: object) -> object:
    """Numbers rounded to eight significant digits, not-a-number to None, arrays to lists; text as it is."""
    if isinstance(value, dict):
        return {key: tidy(part) for key, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [tidy(part) for part in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(f"{value:.{SIGNIFICANT}g}") if np.isfinite(value) else None
    return value


def slug(metric: str, where: dict[str, str], kind: str = "peers") -> str:
    """Stable id of a finding: metric and slice in readable form, made unique by a digest; one against the own past says so."""
    words = [re.sub(r"[\W_]+", "-", f"{name} {label}".lower()).strip("-")[:40] for name, label in where.items()]
    digest = hashlib.sha256(repr((metric, sorted(where.items()))).encode()).hexdigest()[:6]
    return "-".join([metric.replace("_", "-"), *(["past"] if kind == "past" else []), *words, digest])


def describe(gap: Gap, worth: Worth | None, cycle: float | None, context: Context) -> dict:
    """One finding or strength."""
    search, zone, measure = gap.search, gap.zone, gap.search.measure
    where = _where(search, zone)
    kinds = tuple(item.kind for item in search.factors_of(zone) if item.name != RECENT)
    rest = search.units.value(np.setdiff1d(np.arange(len(search.units.raw)), gap.rows))
    kind = "norm" if not where else "peers" if search.since is None else "past"
    found: dict = {
        "id": slug(measure.id, where, kind), "metric": measure.id, "card": measure.card, "unit": measure.unit,
        "direction": "higher" if measure.sign > 0 else "lower", "slice": where, "n": gap.n,
        "value": gap.value, "benchmark": gap.benchmark, "benchmark_kind": kind,
        "gap": gap.gap, "low": gap.low, "high": gap.high, "gap_raw": gap.value - gap.benchmark,
        "raw_value": gap.value, "raw_gap": gap.value - rest, "standardised": gap.benchmark + gap.raw,
        **({"mix_part": gap.benchmark - rest, "rate_part": gap.value - gap.benchmark} if kind == "peers" else {}),
        "gap_unshrunk": gap.raw, "attainable": gap.attainable,
        "attainable_kind": "best_quarter" if gap.attainable != gap.benchmark else kind,
        "p_value": zone.p, "q_value": zone.q, "dispersion": zone.spread, "min_important": search.least,
        "unit_sd": unit_sd(search.units, gap.rows), "unit_scale": measure.link,
        "confounders": [item.name for item in search.base.factors if item.name not in {*where, RECENT}],
        **({} if search.since is None else {"since": str(np.datetime64(int(np.ceil(search.since)), "D"))}),
        "rows": rows_clause(search, where), "months": (by_month := months(gap)), "peers": (others := peers(gap)),
        "worst_parts": [_where(search, part) for part in search.inner(zone)], **evidence.sensitivity(gap), **evidence.extremes(by_month, measure.sign), "twin": evidence.twin(gap, others),
    }
    if worth is not None:
        money = worth.money or (None, None, None)
        gate = context.gate.get(where.get("owner", ""))
        rules = remedies_for(teller(measure.id), (*kinds, GATE) if gate == "volume" else kinds, context.remedies)
        remedy = rules[0]
        found |= {
            "gain_per_month": money[0], "gain_low": money[1], "gain_high": money[2], "gain_units_per_month": worth.units,
            "gain_once": worth.once, "gain_per_year": None if worth.money is None else 12 * worth.money[0], "assumptions": worth.assumptions,
            **({} if context.margin is None or worth.money is None else {"gain_margin_per_month": context.margin * worth.money[0]}),
            "volume_per_month": worth.volume, "horizon": remedy.horizon(cycle), "gate": gate,
            "remedy": remedy.id, "effort": remedy.effort, "remeasure": remedy.remeasure or measure.id, "remeasure_days": remedy.days,
            "remedy_card": remedy.card, "remedies": [rule.id for rule in rules],
        }
        if measure.id == "lead_conversion":  # traffic burn (M11)
            found |= {"burn_index": max(0.0, -gap.gap / gap.benchmark), "burned_leads_per_month": worth.volume * max(0.0, -gap.gap)}
        if remedy.title:
            found["remedy_text"] = {"title": remedy.title, "what": remedy.what, "why": remedy.why}
    return tidy(found)  # type: ignore[return-value]


def _where(search: Search, zone: Zone) -> dict[str, str]:
    return {item.name: item.labels[level] for item, level in zip(search.factors_of(zone), zone.levels, strict=True) if item.name != RECENT}


def rows_clause(search: Search, where: dict[str, str]) -> str:
    """`<table file> where <condition>`: the rows behind the numbers, safe to run in DuckDB."""
    base = search.base
    if not base.file:
        return f"zones/{slug(search.measure.id, where)}.csv"
    parts = [_selected(base, name, label) for name, label in where.items()]
    own = base.conditions.get(search.measure.id, "")
    created, closed = (base.columns.get(name, name) for name in ("created_at", "closed_at"))
    if search.measure.id == "cycle_days" and base.clock and own:
        parts.append(f"{closed} >= {created} + interval 5 minute")
    if search.measure.id in RIPE and search.measure.id in base.conditions:
        last = np.nanmax(base.created[search.units.rows])
        parts.append(f"{created} <= timestamp '{np.datetime64(round(last * 86400), 's').item()}'")
    if search.since is not None:
        when = created if base.table == "leads" else closed
        parts.append(f"{when} >= timestamp '{np.datetime64(round(search.since * 86400), 's').item()}'")
    return f"{base.file} where {' and '.join([*parts, *([own] if own else [])]) or 'true'}"


def _selected(base: Base, name: str, label: str) -> str:
    """The condition of a level, in every way in which it is written."""
    others = next((level.others for item in base.factors if item.name == name for level in item.spelled if level.label == label), ())
    conditions = [base.sql(name, one) for one in (label, *others)]
    return conditions[0] if not others else f"({' or '.join(conditions)})"


def months(gap: Gap) -> list[dict]:
    """By calendar month of the ending (of arrival for leads): n, plain value, value expected with the peers."""
    search, base = gap.search, gap.search.base
    units = search.units
    times = (base.created if base.table == "leads" else base.closed)[units.rows[gap.rows]]
    known = np.isfinite(times)
    if not known.any():
        return []
    stamp = np.floor(times[known]).astype("int64").astype("datetime64[D]").astype("datetime64[M]")
    positions = gap.rows[known]
    start = _without(gap, positions)
    result = []
    for month in np.unique(stamp):
        here = stamp == month
        expected = gap.benchmark if start is None else units.back(start[here], np.ones(int(here.sum())), search.smear)
        result.append({"month": str(month), "n": int(here.sum()), "value": units.value(positions[here]), "expected": expected})
    return result


def _without(gap: Gap, positions: np.ndarray) -> np.ndarray | None:
    """Linear predictor of units without the zone's own effect; None for the whole against a norm."""
    return gap.search.without(gap.zone, positions) if gap.zone.at else None


def peers(gap: Gap) -> list[dict]:
    """Standardised value of every comparable slice with its 95 % interval: what each would give on the zone's own mix."""
    search, zone = gap.search, gap.zone
    assert search.model is not None
    if not zone.at:
        return []
    own = search.own(zone)[zone.mask]
    start = search.model.eta[zone.mask] - own
    n = search.cells.n[zone.mask]

    def at(effect: float, more: np.ndarray | float = 0.0) -> float:
        return search.units.back(start + effect + more, n, search.smear)

    result: list[dict] = [{**_named(search, zone.levels, zone.at), "value": at(0.0, own), "n": gap.n, "this": True,
               **_ends(partial(at, more=own - zone.effect), zone.effect, zone.error)}]
    for levels, count, effect, error in _others(search, gap):
        result.append({**_named(search, levels, zone.at), "value": at(effect), "n": count, "this": False, **_ends(at, effect, error)})
    return sorted(result, key=lambda peer: (float(peer["value"]), str(peer["level"])))


def _ends(at, effect: float, error: float) -> dict[str, object]:
    low, high = sorted((at(effect - 1.96 * error), at(effect + 1.96 * error)))
    return {"low": low, "high": high}


def _named(search: Search, levels: tuple[int, ...], at: tuple[int, ...]) -> dict[str, object]:
    labels = [search.base.factors[f].labels[level] for f, level in zip(at, levels, strict=True) if search.base.factors[f].name != RECENT]
    return {"level": " × ".join(labels)}


def _others(search: Search, gap: Gap):
    """(levels, n, effect against the mean of peers, error) of the slices that the zone is compared with."""
    zone, scan = gap.zone, search.scan
    for number, combo in enumerate(search.combos):
        if combo.at != zone.at:
            continue
        rows = np.flatnonzero(scan.combo == number)
        for row in rows:
            levels = tuple(int(level) for level in combo.levels[scan.item[row]])
            near = sum(a != b for a, b in zip(levels, zone.levels, strict=True)) == 1
            if near and any(other.at == zone.at and other.levels == levels for other in search.zones):
                other = next(other for other in search.zones if other.at == zone.at and other.levels == levels)
                yield levels, int(combo.n[scan.item[row]]), other.effect, other.error
            elif near:
                yield levels, int(combo.n[scan.item[row]]), float(scan.effect[row]), float(scan.error[row])


def cannot_tell(search: Search, reported: list[Gap], alpha: float, most: int = 60) -> list[dict]:
    """Levels that may hide a large gap: too few units, or an interval that covers both nothing and a large gap."""
    shown = {(gap.zone.at, gap.zone.levels) for gap in reported}
    found: list[dict] = []
    large = 3 * search.least
    need = units_needed(2 * search.least, search.units.variance(search.unit_variance), alpha=alpha)
    for at, item in enumerate(search.base.factors):
        if item.name in search.base.held:
            continue
        codes = item.codes[search.units.rows]
        counts = np.bincount(codes, minlength=len(item.labels))
        tested = _tested(search, at)
        for level in np.flatnonzero(item.usable & (counts > 0)):
            if ((at,), (int(level),)) in shown:
                continue
            entry = {"metric": search.measure.id, "slice": {item.name: item.labels[level]}, "n": int(counts[level]), "needs_n": need}
            if int(level) not in tested:
                if counts[level] <= counts.sum() - search.measure.min_n:
                    found.append(entry | {"reason": "too_few", "value": search.units.value(np.flatnonzero(codes == level))})
                continue
            effect, error = tested[int(level)]
            low, high = (float(search.units.moved(effect + side * 1.96 * error)) for side in (-1, 1))
            worst = low if search.measure.sign > 0 else -high
            best = high if search.measure.sign > 0 else -low
            if worst <= -large and best >= 0:
                found.append(entry | {"reason": "wide", "gap_low": low, "gap_high": high})
    found.sort(key=lambda entry: (-entry["n"], str(entry["slice"])))
    return [tidy(entry) for entry in found[:most]]  # type: ignore[misc]


def _tested(search: Search, at: int) -> dict[int, tuple[float, float]]:
    for number, combo in enumerate(search.combos):
        if combo.at == (at,):
            rows = np.flatnonzero(search.scan.combo == number)
            return {int(combo.levels[search.scan.item[row], 0]): (float(search.scan.effect[row]), float(search.scan.error[row]))
                    for row in rows}
    return {}
