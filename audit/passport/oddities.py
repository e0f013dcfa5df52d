"""Suspicious patterns: what people, robots and exports leave in the data and a report must not take for selling."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir

from audit.metrics.bases.shape import dated, yes
from audit.passport.base import Then
from audit.passport.facts import Fact, Severity, graded, part
from audit.passport.scan import CLOCKS, Counted, future

BULK = 50  # units moved in one second: no hand does that
SPREE = 100  # deals that one person closes in one minute
NUMBERED = 0.99  # share of ids that must be plain numbers
FOREIGN = 0.80  # so many numbers missing: the counter is not of deals alone
FAR = 30  # times that a plan of revenue is above or below the fact of its months: written in other units, not missed


def oddities(then: Then, counted: Mapping[str, Counted], intake: Mapping[str, Any]) -> list[Fact]:
    """Every pattern that the tables allow to look for, also those that were not found (severity ok)."""
    found: list[Fact] = []
    if "deals" in counted:
        found += _deals(counted["deals"].sums, _refused(intake))
        found += _numbers(then)
        found += _bulk(then, "deals", "ended", "deal_id", "deals.closed_at")
        found += _spree(then)
        if "plans" in then:
            found += _plan_scale(then)
    if "stage_history" in counted:
        found += _bulk(then, "stage_history", "entered_at", "entity_id", "stage_history.entered_at")
    for name in CLOCKS:
        if name in counted:
            found += _midnights(name, counted[name].sums)
    for name in then.names:
        found += [_fact("future", f"{name}.{column}", late, of, 1e-9, 0.01) for column, (late, of) in future(then, name).items() if late]
    return found


def _fact(name: str, where: str, n: int, of: int, attention: float, serious: float, **more: Any) -> Fact:
    share = part(n, of)
    return Fact("pattern", name, where, share, n, graded(share, attention, serious), of, (), more)


def _refused(intake: Mapping[str, Any]) -> int:
    """Deals that intake refused because they close before they are created."""
    files = [one for one in intake.get("files") or [] if isinstance(one, Mapping) and one.get("table") == "deals"]
    return sum(int((one.get("reasons") or {}).get("closed_before_created") or 0) for one in files)


def _deals(sums: Mapping[str, int], refused: int) -> list[Fact]:
    backward = sums["back"] + refused
    return [
        _fact("closed_before_created", "deals.closed_at", backward, sums["both"] + refused, 0.001, 0.02, kept=sums["back"], refused=refused),
        _fact("closed_at_once", "deals.closed_at", sums["quick"], sums["exact"], 0.02, 0.15),
        _fact("zero_amount", "deals.amount", sums["zero"], sums["priced"], 0.02, 0.20),
        _fact("symbolic_amount", "deals.amount", sums["symbolic"], sums["priced"], 0.01, 0.10),
        _fact("round_amount", "deals.amount", sums["round"], sums["positive"], 0.80, 2.0),
        _fact("won_without_amount", "deals.amount", sums["won_unpriced"], sums["won"], 0.02, 0.20),
        _fact("open_over_a_year", "deals.created_at", sums["old"], sums["open"], 0.10, 0.40),
    ]


def _midnights(name: str, sums: Mapping[str, int]) -> list[Fact]:
    """Times that are mere dates: hours, and what needs them, cannot be told."""
    pairs = [(column, sums[f"midnight:{column}"], sums[f"timed:{column}"]) for column in CLOCKS[name]]
    return [_fact("no_clock", f"{name}.{column}", dates, of, 0.20, 0.90) for column, dates, of in pairs if of]


def _bulk(then: Then, name: str, column: str, unit: str, where: str) -> list[Fact]:
    """Units that entered a stage, or closed, in the same second as at least 49 others; mere dates are left out."""
    table = then.table(name)
    moment: ir.Value = table[column]
    timed = table.filter(moment.notnull() & ~dated(moment))
    return _crowd(then, "bulk", where, timed.group_by(at=timed[column].truncate("s")).agg(units=timed[unit].nunique()), BULK)


def _spree(then: Then) -> list[Fact]:
    """Deals of minutes in which one person closed at least 100 of them."""
    table = then.table("deals")
    timed = table.filter(table.ended.notnull() & ~dated(table.ended) & table.owner_id.notnull())
    minutes = timed.group_by("owner_id", at=timed.ended.truncate("m")).agg(units=timed.deal_id.nunique())
    return _crowd(then, "spree", "deals.closed_at", minutes, SPREE)


def _crowd(then: Then, name: str, where: str, moments: ir.Table, least: int) -> list[Fact]:
    """Units of the moments that have at least `least` of them; with the fullest moment, the earliest of equals."""
    big = moments.units >= least
    row = then.one(moments.agg(of=moments.units.sum(), n=moments.units.sum(where=big), moments=yes(big).sum(), most=moments.units.max()))
    if not row["of"]:
        return []
    more = {"moments": int(row["moments"] or 0), "most": int(row["most"])}
    if row["n"]:
        top = then.one(moments.filter(moments.units == more["most"]).agg(at=ibis._["at"].min()))["at"]
        more["when"] = top.isoformat(" ", "seconds")
    return [_fact(name, where, int(row["n"] or 0), int(row["of"]), 1e-9, 0.05, **more)]


def _plan_scale(then: Then) -> list[Fact]:
    """Periods of the plan of revenue, over by the as-of day, whose target is over 30 times above or below what was won in them."""
    plans, deals = then.table("plans"), then.table("deals")
    plans = plans.filter(plans.metric == "revenue", plans.target > 0, plans.period_end <= ibis.literal(then.as_of + dt.timedelta(days=1)))
    scopes = plans.group_by("scope", "period_start", "period_end").agg(target=plans.target.sum())
    periods = scopes.group_by("period_start", "period_end").agg(target=scopes.target.max())
    won = deals.filter(deals.semantic == "won", deals.ended.notnull())
    won = won.group_by(month=won.ended.truncate("M").cast("date")).agg(money=ibis.coalesce(won.amount_base, won.amount).sum())
    by_month = {row["month"]: float(row["money"] or 0) for row in then.rows(won)}
    pairs = [(float(row["target"]), sum(money for month, money in by_month.items() if row["period_start"] <= month < row["period_end"])) for row in then.rows(periods)]
    told = [max(plan / fact, fact / plan) > FAR for plan, fact in pairs if fact > 0]
    return [_fact("plan_scale", "plans.target", sum(told), len(told), 0.5, 0.5)] if len(told) >= 2 and 2 * sum(told) >= len(told) else []


def _numbers(then: Then) -> list[Fact]:
    """Share of numbers missing between the smallest and the greatest id: an upper estimate of deleted deals.

    Assumes one counter for deals alone and every pipeline exported; more than 80 % missing says that it is not so.
    """
    table = then.table("deals").select("deal_id").distinct()
    number = table.deal_id.re_search(r"^\d{1,15}$").ifelse(table.deal_id, None).try_cast("int64")
    row = then.one(table.agg(ids=table.count(), n=number.nunique(), low=number.min(), high=number.max()))
    if not row["n"] or row["n"] < NUMBERED * row["ids"] or row["n"] < 2:
        return []
    span = int(row["high"]) - int(row["low"]) + 1
    missing = span - int(row["n"])
    share = missing / span
    foreign = share > FOREIGN
    severity: Severity = "note" if foreign else graded(share, 0.02, 0.15)
    return [Fact("pattern", "shared_counter" if foreign else "missing_ids", "deals.deal_id", share, missing, severity, span, (),
                 {"low": int(row["low"]), "high": int(row["high"])})]
