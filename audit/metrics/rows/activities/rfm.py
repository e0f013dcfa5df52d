"""Cells of clients by recency, frequency and money."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def thirds(last: ir.Value, times: ir.Value, money: ir.Value, among: ir.Value | None = None) -> ir.Value:
    """"r-f-m": in which third of the rows of one value of `among` (of all rows without it) each is, 3 is best.

    Equal values have equal scores, by the mean of their places, as in `loyalty.scores`: buyers who all bought once stand in the middle
    by frequency. A row has no empty value.
    """
    parts = []
    for value in (last, times, money):
        order = ibis.window(order_by=value) if among is None else ibis.window(group_by=among, order_by=value)
        n = value.count().over(ibis.window() if among is None else ibis.window(group_by=among))
        mean = (ibis.rank().over(order) + 1 + ibis.cume_dist().over(order) * n) / (2 * n)
        parts.append(ibis.cases((mean <= 1 / 3 + 1e-9, "1"), (mean <= 2 / 3 + 1e-9, "2"), else_="3"))
    return parts[0] + "-" + parts[1] + "-" + parts[2]
