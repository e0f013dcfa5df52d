"""What one more unit with a better metric brings in money, where the plan does not say: from the client's own deals before the change."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.metrics.bases import Bases
from audit.metrics.catalogue import BY_ID
from audit.remeasure import months, units
from audit.remeasure.changes import Change
from audit.remeasure.money import OWN

_YEAR = 12  # months before the start whose deals set the price
_CUT = 0.99  # cheques beyond it count as it


def price_of(metric: str, group: Sequence[Change], bases: Bases) -> float | None:
    """Money of 1.0 of the metric for one unit; None where it has no way to money, or the data do not tell it.

    A won deal brings the mean cheque of its slice, a converted lead that of a won deal × the share of deals won.
    """
    if metric in OWN:
        return 1.0
    check = _mean("avg_check", group, bases) if metric in ("win_rate", "lead_conversion") else None
    if check is None or metric == "win_rate":
        return check
    rate = _mean("win_rate", group, bases)
    return None if rate is None else check * rate


def _mean(metric: str, group: Sequence[Change], bases: Bases) -> float | None:
    """The mean of a metric over units of the slice, or of all where the slice has none, in the year before the change."""
    if bases.lacks(*BY_ID[metric].needs):
        return None
    start, scope = group[0].start, group[0].scope
    found = units.read(BY_ID[metric], bases, scope, months.moved(start, -_YEAR))
    before = (found.frame["own"] < months.number(start)).to_numpy()
    here = found.inside(scope) if all(name in found.frame for name in scope) else np.zeros(len(before), dtype=bool)
    y = found.frame["y"].to_numpy()[before & here] if (before & here).any() else found.frame["y"].to_numpy()[before]
    return float(np.minimum(y, np.quantile(y, _CUT)).mean()) if len(y) else None
