"""The deviation table on departments whose truth is known: twenty alike sellers, and one who falls off."""

import numpy as np
import pandas as pd
import pytest

from audit.client import Client
from audit.metrics import listed

AS_OF = "2026-06-26"
CLIENT = Client(name="Drawn", country="XX", currency="EUR")


def department(seed: int, *, spread: float = 1.0, fall: float = 1.0) -> dict[str, pd.DataFrame]:
    """Twenty alike sellers with ten calls and four meetings a working day and five deals closed a week, of which 30 % are won;
    `fall` is what becomes of the calls of s0 over the last eight days."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range("2025-07-01", AS_OF)
    sellers = [f"s{i}" for i in range(20)]
    done, closed = [], []
    for who in sellers:
        for kind, mean in (("call_out", 10.0), ("meeting", 4.0)):
            means = np.full(len(days), mean)
            if who == "s0" and kind == "call_out":
                means[-8:] *= fall
            n = rng.poisson(means) if spread == 1 else rng.negative_binomial(means / (spread - 1), 1 / spread)
            done.append(pd.DataFrame({"owner_id": who, "kind": kind, "done_at": np.repeat(days.values, n) + np.timedelta64(10, "h")}))
        at = days[rng.integers(0, len(days), len(days))]
        closed.append(pd.DataFrame({"owner_id": who, "closed_at": at + pd.Timedelta(hours=12), "semantic": np.where(rng.random(len(at)) < 0.3, "won", "lost")}))
    activities = pd.concat(done, ignore_index=True).assign(activity_id=lambda t: [f"a{i}" for i in t.index], created_at=lambda t: t["done_at"])
    deals = pd.concat(closed, ignore_index=True)
    deals = deals.assign(deal_id=[f"d{i}" for i in deals.index], created_at=deals["closed_at"] - pd.Timedelta(days=20),
                         amount=np.round(rng.lognormal(8, 0.8, len(deals)), 2))
    norms = pd.DataFrame({"metric": ["call_out"], "role": [""], "per": ["day"], "value": [10.0]})
    return {"activities": activities, "deals": deals, "norms": norms, "users": pd.DataFrame({"user_id": sellers, "name": sellers})}


def table(seed: int, **world) -> pd.DataFrame:
    return listed(department(seed, **world), "deviations", as_of=AS_OF, client=CLIENT)


@pytest.mark.slow
@pytest.mark.parametrize("spread", [1.0, 2.5])
def test_of_twenty_alike_sellers_hardly_any_is_called_deviating(spread):
    runs = [table(seed, spread=spread) for seed in range(6)]
    confirmed = [frame[frame["status"].isin(["alarm", "confirmed"]) & (frame["by"] == "owner")]["group"].nunique() for frame in runs]
    assert sum(confirmed) / (6 * 20) <= 0.05


@pytest.mark.slow
def test_who_falls_off_is_named_first_and_since_when():
    found = [table(seed, fall=0.35) for seed in range(10, 13)]
    for frame in found:
        first = frame.iloc[0]
        assert (first["metric"], first["group"], first["status"]) == ("call_out", "s0", "alarm")
        assert first["loss"] > 0
        assert 5 <= first["days"] <= 14  # the fall began eight working days ago; chance may hide a day of it
        assert (frame["status"] == "alarm").sum() <= 5
