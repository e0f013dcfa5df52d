"""Units by periods, some changed and some not (yet): differences in differences, imputation for staggered starts, a synthetic twin for one unit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.effects.case import Case, Found
from audit.effects.periods import label, panel
from audit.errors import Phrase
from audit.stats.estimate import Between, Estimate
from audit.stats.panel import Panel, adjusted, collapsed, difference, imputed, staggered
from audit.stats.synthetic import FEWEST, Synthetic, closer, come_back, synthetic

DID, STAGGERED, SHRUNK, TWIN = "diff_in_diff", "staggered_imputation", "baseline_adjusted", "synthetic_control"
NAMES = (DID, STAGGERED, SHRUNK, TWIN)
WORST = 0.25  # units whose mean rank before is in this part were chosen for being bad
BY_LOTS = 0.05  # chance below which several units are so low not by lot
HISTORY = 8  # periods before the change that a twin is fitted on


def fits(case: Case) -> bool:
    """Whether units are followed over time and some rows are marked as changed."""
    return case.unit is not None and case.time is not None and case.treated is not None


def choose(case: Case) -> str:
    """By who starts when, how many are changed, and whether they were the worst before."""
    cells, _ = panel(case)
    if not cells.common:
        return STAGGERED
    if cells.ever.sum() == 1 and (~cells.ever).sum() >= FEWEST and _full(cells) is not None and (cells.treated[cells.ever][0] == 0).sum() >= HISTORY:
        return SHRUNK if chosen_for_being_bad(cells, case.better) and not closer(*_one(cells)) else TWIN
    return SHRUNK if chosen_for_being_bad(cells, case.better) else DID


def takes(case: Case) -> frozenset[str]:
    """Parameters of `compare` that play a part."""
    return frozenset(("unit", "time", "treated", "at"))


def found(case: Case, name: str) -> Found:
    """The mean effect a unit and period after the change."""
    cells, starts = panel(case)
    needs = _lacking(cells)
    before, value = _levels(cells)
    if needs is not None:
        return Found(None, before, value, needs=needs)
    twin = synthetic(*_one(cells)) if name == TWIN and cells.ever.sum() == 1 and _full(cells) is not None else None
    if name == TWIN and twin is None:
        return Found(None, before, value, needs=_twinless(cells))
    estimate = _beside_twin(cells, twin, case.better) if twin is not None else estimated(cells, name)
    if estimate is None:
        return Found(None, before, value, needs=_unestimated(cells, name))
    expected = twin.expected[None, :] if twin is not None else _expected(cells)
    return Found(estimate, before, value, _points(cells, starts, expected, estimate), controlled=bool((cells.treated == 0).any(1).sum() > cells.ever.sum() or not cells.common))


def _beside_twin(cells: Panel, twin: Synthetic, better: str) -> Estimate:
    """The gap to the twin; of a unit that was among the worst, from there to what is left of it were its level chance as far as it may be."""
    if not chosen_for_being_bad(cells, better):
        return twin.effect
    return Between(twin.effect.less(come_back(*_one(cells), twin)), twin.effect)


def estimated(cells: Panel, name: str) -> Estimate | None:
    """The effect by one of the methods that compare many units."""
    if name == STAGGERED or not cells.common:
        return staggered(cells)
    plain = difference(cells)
    if name != SHRUNK:
        return plain
    # the worst come back by themselves as far as chance made them the worst, and not at all as far as they are: each method takes one of both for granted
    level = adjusted(cells)
    return None if level is None or plain is None else Between(level, plain)


def chosen_for_being_bad(cells: Panel, better: str) -> bool:
    """Whether the changed units, at most half of all, were on average in the worst quarter before the change, several of them all at the bottom or lower than lots would have it."""
    from scipy.stats import mannwhitneyu

    before, _, reached = collapsed(cells)
    n = len(before)
    if not reached.any() or reached.sum() > n / 2 or n < 5:
        return False
    order = np.argsort(np.argsort(before if better == "higher" else -before))
    if (order[reached] + 0.5).mean() / n > WORST:
        return False
    if reached.sum() in (1, order[reached].max() + 1):
        return True
    return float(mannwhitneyu(order[reached], order[~reached], alternative="less").pvalue) <= BY_LOTS


def _lacking(cells: Panel) -> Phrase | None:
    if not cells.ever.any():
        return Phrase("effects.needs.changed")
    off = np.isfinite(cells.y) & (cells.treated == 0) & (np.maximum.accumulate(cells.treated, axis=1) == 1)
    if off.any():
        return Phrase("effects.needs.stays", {"n": int(off.any(1).sum())})
    if (cells.treated == 1)[cells.ever].all():
        return Phrase("effects.needs.start")
    if (cells.treated == 1).all(1).any() and cells.common:
        return Phrase("effects.needs.periods_before")
    if cells.common and (~cells.ever).sum() < 2:
        return Phrase("effects.needs.units", {"n": int(2 - (~cells.ever).sum())})
    return None if len(cells.y) >= 4 else Phrase("effects.needs.units", {"n": int(4 - len(cells.y))})


def _twinless(cells: Panel) -> Phrase:
    """Why there is no synthetic twin."""
    if cells.ever.sum() != 1:
        return Phrase("effects.needs.one_changed", {"n": int(cells.ever.sum())})
    if not np.isfinite(cells.y[cells.ever]).all():
        return Phrase("effects.needs.seen_always")
    if _full(cells) is None:
        return Phrase("effects.needs.donors", {"n": FEWEST})
    short = 4 - int((cells.treated[cells.ever] == 0).sum())
    return Phrase("effects.needs.periods_twin", {"n": short}) if short > 0 else Phrase("effects.needs.spread")


def _unestimated(cells: Panel, name: str) -> Phrase:
    """Why units give no estimate: none with both times, too few of them, or nothing that varies."""
    if not cells.common:
        return Phrase("effects.needs.spread" if imputed(cells) is not None else "effects.needs.untouched_time")
    reached = collapsed(cells)[2]
    least = 5 if name == SHRUNK else 4
    if not reached.any():
        return Phrase("effects.needs.periods_before")
    return Phrase("effects.needs.both_times", {"n": least - len(reached)}) if len(reached) < least or reached.all() else Phrase("effects.needs.spread")


def _one(cells: Panel) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(the changed unit, the others, periods after) for a twin."""
    full = _full(cells)
    return cells.y[cells.ever][0], full if full is not None else np.zeros((0, cells.y.shape[1])), cells.treated[cells.ever][0] == 1


def _full(cells: Panel) -> np.ndarray | None:
    """The unchanged units that were seen in every period; None where they or the changed one are too few or torn."""
    donors = cells.y[~cells.ever]
    donors = donors[np.isfinite(donors).all(1)]
    return donors if len(donors) >= FEWEST and np.isfinite(cells.y[cells.ever]).all() else None


def _levels(cells: Panel) -> tuple[float, float]:
    """(mean of the changed units before, after), cells weighted by their rows."""
    seen = np.isfinite(cells.y) & cells.ever[:, None]
    parts = []
    for on in (0, 1):
        at = seen & (cells.treated == on)
        parts.append(float(np.average(cells.y[at], weights=cells.weight[at])) if at.any() else float("nan"))
    return parts[0], parts[1]


def _expected(cells: Panel) -> np.ndarray:
    """What the changed units would have shown, by unit and period effects of the untreated cells."""
    told = imputed(cells)
    return (np.full(cells.y.shape, np.nan) if told is None else told.expected)[cells.ever]


def _points(cells: Panel, starts: np.ndarray, expected: np.ndarray, estimate: Estimate) -> pd.DataFrame:
    """A row a period: mean of the rows of the changed units, of those of the others, and what the changed ones were expected to show."""
    low, high = estimate.interval()
    on = cells.treated[cells.ever].any(0)
    rows, rest = cells.weight[cells.ever], cells.weight[~cells.ever]
    value, others = _mean(cells.y[cells.ever], rows), _mean(cells.y[~cells.ever], rest)
    course = np.where(on, _mean(np.where(np.isfinite(cells.y[cells.ever]), expected, np.nan), rows), np.nan)
    return pd.DataFrame({
        "time": label(starts), "value": value, "expected": course, "low": course - (high - estimate.value), "high": course + (estimate.value - low),
        "after": on, "others": others,
    })


def _mean(cells: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The mean of the rows behind the cells of each period."""
    counted = np.where(np.isfinite(cells), weight, 0.0)
    rows = counted.sum(0)
    return np.divide((np.nan_to_num(cells) * counted).sum(0), rows, out=np.full(cells.shape[1], np.nan), where=rows > 0)
