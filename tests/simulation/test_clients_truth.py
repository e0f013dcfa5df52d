"""Intervals where rows come in clients, on made-up departments of known truth: a seller's month is a world of its own."""

import numpy as np
import pandas as pd
import pytest
from drawn import client

from audit.metrics import measure
from audit.metrics.bases import asof
from audit.stats import intervals

SELLERS, MONTHS, CLIENTS = 50, 12, 60
TRUTH = {"margin_share": 0.3, "avg_check": 1000 * np.exp((0.4**2 + 0.5**2) / 2), "late_share": 0.25, "win_rate_value": 0.4, "win_rate": 0.4}
NEAR = (0.92, 0.975)


def world(a_client: float, alike: bool) -> dict[str, pd.DataFrame]:
    """Deals won and lost and their invoices: `a_client` deals of each client on average, `alike` in margin, size, luck and delay where asked."""
    random = np.random.default_rng(71)
    worlds = SELLERS * MONTHS
    times = random.geometric(1 / a_client, worlds * CLIENTS)
    whose = np.repeat(np.arange(worlds * CLIENTS), times)
    n, of = len(whose), np.repeat(np.arange(worlds), CLIENTS)[whose]

    def told(draw) -> np.ndarray:
        """What is drawn once a client where they are alike, else once a deal, of the same spread."""
        return draw(worlds * CLIENTS)[whose] if alike else draw(n)

    amount = 1000 * np.exp(told(lambda size: random.normal(0, 0.4, size)) + random.normal(0, 0.5, n))
    margin = amount * (told(lambda size: random.normal(0.3, 0.1, size)) + random.normal(0, 0.05, n))
    won = random.random(n) < told(lambda size: random.beta(2, 3, size))
    late = random.random(n) < told(lambda size: random.beta(1, 3, size))
    day = (np.datetime64("2025-01") + of % MONTHS).astype("datetime64[D]") + np.timedelta64(9, "D")
    ids = [f"d{i}" for i in range(n)]
    names = whose.astype(str)
    deals = pd.DataFrame({"deal_id": ids, "client_id": names, "owner_id": (of // MONTHS).astype(str), "semantic": np.where(won, "won", "lost"), "amount": amount,
                          "margin": margin, "created_at": day - np.timedelta64(3, "D"), "closed_at": day})
    invoices = pd.DataFrame({"invoice_id": ids, "client_id": names, "owner_id": deals["owner_id"], "issued_on": day - np.timedelta64(3, "D"), "due_on": day,
                             "amount": amount})
    payments = pd.DataFrame({"payment_id": ids, "invoice_id": ids, "received_on": day + np.where(late, 5, 0).astype("timedelta64[D]"), "amount": amount})
    return {name: frame.astype({column: "datetime64[us]" for column in frame if column.endswith(("_at", "_on"))})
            for name, frame in (("deals", deals), ("invoices", invoices), ("payments", payments))}


def covered(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, float], dict[str, float]]:
    """(part of sellers' months whose interval holds the truth, the same of intervals over rows), by metric."""
    rows = measure(tables, list(TRUTH), by="owner", as_of="2025-12-31", client=client()).frame.query("by == 'owner' and period == 'month'")
    found, plain = {}, {}
    for metric, truth in TRUTH.items():
        mine = rows[rows["metric"] == metric]
        assert len(mine) == SELLERS * MONTHS and mine["low"].notna().all()
        found[metric] = mine["low"].le(truth).mul(mine["high"].ge(truth)).mean()
        n, *sums = (mine[name].to_numpy() for name in ("n", "sum_num", "sum_den", "sum_num2", "sum_numden", "sum_den2"))
        if metric in ("late_share", "win_rate"):
            low, high = intervals.wilson(sums[0], n)
        else:
            low, high = intervals.ratio(n, *(sums if metric != "avg_check" else (sums[0], sums[1], sums[2], sums[0], sums[1])))
        plain[metric] = np.mean((low <= truth) & (truth <= high))
    return found, plain


@pytest.mark.parametrize(("a_client", "alike"), [(5, True), (5, False), (1, False)])
def test_intervals_hold_the_truth_as_often_as_they_say(a_client, alike):
    found, plain = covered(world(a_client, alike))
    assert all(NEAR[0] <= part <= NEAR[1] for part in found.values()), found
    assert (max(plain.values()) < 0.85) == alike, plain  # over rows


def test_groups_of_clients_stand_for_clients_where_rows_are_many(monkeypatch):
    tables = {name: frame.head(60_000) for name, frame in world(5, alike=True).items()}
    found = []
    for small in (200_000, 1_000):
        monkeypatch.setattr(asof, "SMALL", small)
        rows = measure(tables, list(TRUTH), by=[], period=[], as_of="2025-12-31", client=client()).frame.set_index("metric")
        found.append((rows["value"], rows["high"] - rows["low"]))
    np.testing.assert_allclose(found[1][0], found[0][0], rtol=1e-9)
    np.testing.assert_allclose(found[1][1], found[0][1], rtol=0.25)
    assert (found[1][1] != found[0][1]).all()  # other ways to the same
