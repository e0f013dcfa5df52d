"""Speed to lead on simulated leads of known truth: those not reached yet do not flatter it."""

import numpy as np
import pandas as pd
import pytest

from audit.client import Client
from audit.metrics import measure

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def test_the_median_is_recovered_although_many_are_not_reached_yet():
    rng, n, mean = np.random.default_rng(3), 20_000, 2_000.0  # minutes
    end = np.datetime64("2026-04-01T00:00:00")
    came = end - (rng.random(n) * 4_000 * 60).astype("timedelta64[s]") - np.timedelta64(1, "s")
    wait = rng.exponential(mean, n)
    reached = came + (wait * 60).astype("timedelta64[s]")
    seen = reached < end
    assert 0.35 < 1 - seen.mean() < 0.5
    names = [f"l{i}" for i in range(n)]
    tables = {
        "leads": pd.DataFrame({"lead_id": names, "created_at": came, "semantic": "open"}),
        "activities": pd.DataFrame({"activity_id": names, "kind": "call_out", "entity": "lead", "entity_id": names, "done_at": reached}),
    }
    clock = Client(name="Drawn", country="XX", working_hours={"start": "00:00", "end": "23:59", "days": WEEK})
    found = measure(tables, ["speed_median", "speed_unknown"], by=[], period=[], as_of="2026-03-31", client=clock)
    row, left_out = found.get("speed_median"), found.get("speed_unknown")["value"]
    assert left_out == 0
    assert row["value"] == pytest.approx(mean * np.log(2), rel=0.03)
    assert row["low"] < mean * np.log(2) < row["high"]
    assert np.median(wait[seen]) < 0.75 * mean * np.log(2)  # what dropping them would say
