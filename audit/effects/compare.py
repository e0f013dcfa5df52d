"""One before/after comparison of one table: the design is recognised from the columns, checked, estimated and put into words."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from audit.effects.case import Case, Found
from audit.effects.checks import (
    composition,
    course,
    maturity,
    one_point,
    placebo_date,
    prices,
    quarter,
    regression,
    trend,
    untouched,
)
from audit.effects.effect import CAUSED, COINCIDES, IMPROVED, NO_CHANGE, NOT_YET, WORSENED, Check, Effect, Looks
from audit.effects.load import load
from audit.effects.methods import duration, panel, rows, series
from audit.errors import Phrase, UsageError, nearest
from audit.stats.estimate import Estimate
from audit.stats.looks import boundary, nominal, sequence
from audit.words import default_language

METHODS = (duration, panel, series, rows)
CHECKS = (placebo_date, untouched, trend, regression, quarter, composition, maturity, course, one_point, prices)


def compare(
    data: Any, *, outcome: str | None = None, at: Any = None, time: str | None = None, unit: str | None = None, treated: str | None = None, group: str | None = None,
    event: str | None = None, covariates: Sequence[str] | str = (), controls: Sequence[str] | str = (), kind: str = "auto", method: str = "auto",
    look: int | None = None, planned_looks: int | None = None, season: float | None = None, better: str = "higher", inflation: float | None = None,
    lang: str | None = None,
) -> Effect:
    """Whether `outcome` changed, by how much, and what else could explain it.

    `data`: a frame, a file or an Ibis table. The columns named make the design:
    two groups of rows – `group` (0 before/without, 1 after/with), `covariates` measured before, `unit` for rows that come in clusters, `event` (0/1) for
    durations that may not be over; one series – `time`, `at` (first changed point), `controls` (columns the change does not touch); a panel – `unit`, `time`,
    `treated` (0/1 a row, 1 from the unit's start on; or 0/1 a unit with `at`). Dated rows with `at` alone are put into weeks or months.

    `kind`: rate | money | count | value | duration; `better`: higher | lower; `season`: points in a season of a series without dates; `inflation`: yearly
    growth of prices for money. `look` of `planned_looks`: the verdict keeps its promise over all monthly looks; a look without a plan is open-ended.

    The effect is the mean per row (per unit and period) after the change, on the outcome's own scale; a day, week or month per point of a series.
    An `outcome`, or a `time` beside `at`, that is not named is looked for by its header.
    UsageError for columns that are not there or not readable, NothingMeasurableError where no row is filled; too few data are an answer (`verdict` "not measurable yet", `needs`).

    >>> import pandas as pd
    >>> rows_ = pd.DataFrame({"won": [1] * 48 + [0] * 32 + [1] * 56 + [0] * 14, "after": [0] * 80 + [1] * 70})
    >>> compare(rows_, outcome="won", group="after").verdict
    'improved'
    """
    covariates, controls = _names(covariates), _names(controls)
    given = {"time": time, "at": at, "unit": unit, "treated": treated, "group": group, "event": event, "covariates": covariates, "controls": controls, "season": season, "inflation": inflation}
    case = load(
        data, outcome=outcome, at=at, time=time, unit=unit, treated=treated, group=group, event=event, covariates=covariates,
        controls=controls, kind=kind, season=season, better=better, inflation=inflation,
    )
    _check_looks(look, planned_looks)
    room = _room(case, method)
    _check_used({name for name, value in given.items() if value is not None and (isinstance(value, str) or not hasattr(value, "__len__") or len(value))}, room, case)
    name = room.choose(case) if method == "auto" else method
    return _told(case, name, room.found(case, name), _looked(look, planned_looks), lang or default_language())


def _names(given: Sequence[str] | str | None) -> list[str]:
    """Names of columns, one as text or several."""
    return [given] if isinstance(given, str) else list(given or ())


def _check_looks(look: int | None, planned: int | None) -> None:
    for name, value in (("look", look), ("planned_looks", planned)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer) or not 1 <= value <= 120):
            raise UsageError("effects.bad_look", name=name, value=value)
    if planned is not None and look is not None and look > planned:
        raise UsageError("effects.late_look", look=look, planned=planned)
    if planned is not None and look is None:
        raise UsageError("effects.bad_look", name="look", value="–")


def _room(case: Case, method: str) -> ModuleType:
    """The file whose design the columns make, or that has the method named."""
    fitting = [room for room in METHODS if room.fits(case)]
    if not fitting:
        raise UsageError("effects.no_design")
    if method == "auto":
        return fitting[0]
    known = [name for room in fitting for name in room.NAMES]
    if method not in known:
        raise UsageError("errors.unknown_name", kind="method", name=method, nearest=nearest(method, known))
    return next(room for room in fitting if method in room.NAMES)


def _check_used(given: set[str], room: ModuleType, case: Case) -> None:
    """UsageError for parameters that play no part in this comparison: whoever names them expects one."""
    idle = sorted(given - room.takes(case))
    if idle:
        raise UsageError("effects.idle", names=", ".join(idle), design=Phrase(f"effects.design.{room.__name__.rpartition('.')[2]}"), used=", ".join(sorted(room.takes(case))))


def _looked(look: int | None, planned: int | None):
    """From an estimate to its interval under repeated looks; None without looks."""
    if look is None:
        return lambda estimate: None

    def told(estimate: Estimate) -> Looks:
        open_end = Looks("confidence_sequence", look, planned, *estimate.interval(nominal(sequence(look))))
        if planned is None:
            return open_end
        return Looks("obrien_fleming", look, planned, *estimate.interval(nominal(boundary(look, planned))), open_end)

    return told


def _told(case: Case, name: str, found: Found, looked, lang: str) -> Effect:
    before, after = case.sizes
    at = None if case.at is None else str(np.datetime64(case.at, "D")) if case.dated or isinstance(case.at, np.datetime64) else f"{case.at:g}"
    head: dict[str, Any] = {"outcome": case.outcome, "kind": case.kind, "method": name, "why": Phrase(f"effects.why.{name}"), "n_before": before, "n_after": after, "at": at or _start(case),
            "better": case.better, "points": found.points, "lang": lang}
    level: dict[str, Any] = {"before": _number(found.before), "value": _number(found.value)}
    if found.estimate is None:
        return Effect(**head, **level, verdict=NOT_YET, needs=found.needs)
    checks = tuple(one for one in (room.check(case, name, found) for room in CHECKS) if one is not None)
    low, high = found.estimate.interval()
    looks = looked(found.estimate)
    stopped = next((one for one in checks if one.stops and one.passed is False), None)
    verdict = NOT_YET if stopped else verdict_of(looks.low if looks else low, looks.high if looks else high, case.better)
    value = found.estimate.value
    return Effect(
        **head, **level, verdict=verdict, claim=_claim(verdict, found, checks),
        effect=value, low=low, high=high, p_value=found.estimate.p_value, expected=_number(found.value - value), looks=looks, checks=checks,
        needs=Phrase(f"effects.needs.{stopped.name}") if stopped else None,
    )


def _start(case: Case) -> str | None:
    """The first point at which a unit of a panel is reached."""
    if case.treated is None or case.time is None or not case.after.any():
        return None
    first = case.time[case.after].min()
    return str(np.datetime64(first, "D")) if case.dated else f"{first:g}"


def _claim(verdict: str, found: Found, checks: tuple[Check, ...]) -> str:
    """A cause is claimed for a change that is clear, beside units that it does not reach, with every check passed."""
    earned = verdict in (IMPROVED, WORSENED) and found.controlled and not any(one.passed is False for one in checks) and _checked(checks)
    return CAUSED if earned else COINCIDES


def _checked(checks: tuple[Check, ...]) -> bool:
    """Whether at least one check of the time before the change could be made."""
    return any(one.passed for one in checks if one.name in (placebo_date.NAME, trend.NAME))


def verdict_of(low: float, high: float, better: str) -> str:
    """The fixed words for an interval of the effect."""
    if low > 0 or high < 0:
        return IMPROVED if (low > 0) == (better == "higher") else WORSENED
    return NO_CHANGE


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
