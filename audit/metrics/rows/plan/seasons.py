"""How much of the year's usual pace a calendar month brings: the seasonal index of deals won a working day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import numpy as np

from audit.metrics.count import compared, periods

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

YEARS = 2  # of complete months at least


def index(bases: Bases) -> dict[int, float]:
    """Calendar month (1 … 12) → deals won a working day over those of the year around it, 1 on average; {} of less than two years.

    Mean ratio to the centred moving average of twelve months (Hyndman & Athanasopoulos 2021, ch. 3.4). The month of the first
    win is left out, as perhaps only a part of it is known.
    """
    d = bases.deals.filter(bases.deals.won_at.notnull())
    frame = bases.rows(d.group_by(month=periods.key(d.won_at, "month")).agg(n=ibis._.count())).set_index("month")["n"]
    if not len(frame):
        return {}
    months = range(int(frame.index.min()) + 1, compared.last_complete(bases) + 1)
    days = [bases.calendar().workdays(periods.start(one, "month"), periods.end(one, "month")) for one in months]
    if len(months) < 12 * YEARS or not all(days):
        return {}
    pace = frame.reindex(months, fill_value=0).to_numpy(dtype=float) / np.array(days)
    around = np.convolve(pace, [1 / 24, *[1 / 12] * 11, 1 / 24], mode="valid")  # of the seventh month on, to the seventh from the end
    if not (around > 0).all():
        return {}
    ratio, place = pace[6:-6] / around, (np.array(months)[6:-6] % 12) + 1
    means = {month: float(ratio[place == month].mean()) for month in range(1, 13)}
    centre = float(np.mean(list(means.values())))
    return {month: mean / centre for month, mean in means.items()} if centre > 0 else {}
