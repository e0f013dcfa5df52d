"""Durations and conversions of made-up departments whose truth is known, while many deals are still open."""

import numpy as np
import pandas as pd
import pytest
from drawn import client

from audit.metrics import BY_ID, measure

DAY = np.timedelta64(86_400, "s")
END = np.datetime64("2026-06-30T23:59:59")
AS_OF = "2026-06-30"


def ages(random, n, mean):
    """Days since creation in a department that grows: most deals are young, some are two years old."""
    return np.minimum(random.exponential(mean, n), 730)


def test_the_cycle_is_recovered_while_forty_percent_are_open():
    random = np.random.default_rng(31)
    n = 30_000
    wins = random.random(n) < 0.5
    wait = np.where(wins, random.gamma(2, 30, n), random.gamma(2, 20, n))
    age = ages(random, n, 60)
    created = END - (age * 86_400).astype("int64").astype("timedelta64[s]")
    open_ = wait > age
    assert 0.38 < open_.mean() < 0.55
    closed = created + (wait * 86_400).astype("int64").astype("timedelta64[s]")
    deals = pd.DataFrame({
        "deal_id": [f"d{i}" for i in range(n)], "created_at": created, "semantic": np.where(open_, "open", np.where(wins, "won", "lost")),
        "closed_at": np.where(open_, np.datetime64("NaT"), closed)})
    values = measure({"deals": deals}, ["cycle_days_half", "cycle_days_mean", "cycle_incidence"], as_of=AS_OF, client=client())
    truth = 50.35  # median of gamma(2, 30)
    half = values.get("cycle_days_half")
    assert half["value"] == pytest.approx(truth, rel=0.05)
    assert half["low"] <= truth <= half["high"] + 1  # whole days
    assert values.get("cycle_days_mean")["value"] < 0.8 * 60  # won deals only, against the true mean of 60
    assert values.rows("cycle_incidence", "day")["value"].iloc[-1] == pytest.approx(0.5, abs=0.02)  # who ever wins


def test_the_stay_in_a_stage_is_recovered_while_forty_percent_are_inside():
    random = np.random.default_rng(33)
    n, scale = 30_000, 20.0  # stays are gamma(2, 20): mean 40, half are over after 33.57 days, four fifths after 59.89
    stay, age = random.gamma(2, scale, n), ages(random, n, 60)
    entered = END - (age * 86_400).astype("int64").astype("timedelta64[s]")
    inside, forward = stay > age, random.random(n) < 0.7
    assert 0.38 < inside.mean() < 0.45
    left = entered + (stay * 86_400).astype("int64").astype("timedelta64[s]")
    names = np.array([f"d{i}" for i in range(n)])
    won, lost = ~inside & forward, ~inside & ~forward
    deals = pd.DataFrame({"deal_id": names, "created_at": entered, "closed_at": np.where(inside, np.datetime64("NaT"), left),
                          "semantic": np.select([won, lost], ["won", "lost"], "open")})
    moves = [pd.DataFrame({"entity_id": names, "to_stage": "first", "entered_at": entered})]
    moves += [pd.DataFrame({"entity_id": names[rows], "to_stage": stage, "entered_at": left[rows]}) for stage, rows in (("won", won), ("lost", lost))]
    stages = pd.DataFrame({"stage_id": ["first", "won", "lost"], "name": ["first", "won", "lost"], "ord": [1, 2, 3], "semantic": ["open", "won", "lost"]})
    tables = {"deals": deals, "stage_history": pd.concat(moves, ignore_index=True).assign(entity="deal"), "stages": stages}
    values = measure(tables, ["stage_days", "stage_days_p80", "stage_speed", "stage_exit_forward", "stage_days_total"], by="stage", as_of=AS_OF, client=client())
    half, most = values.get("stage_days", "stage", "first"), values.get("stage_days_p80", "stage", "first")
    for row, truth in ((half, 33.57), (most, 59.89)):
        assert row["value"] == pytest.approx(truth, rel=0.05)
        assert row["low"] <= truth + 1 and truth <= row["high"] + 1  # whole days
    assert values.get("stage_speed", "stage", "first")["value"] == pytest.approx(30 / 33.57, rel=0.05)
    assert values.get("stage_exit_forward", "stage", "first")["value"] == pytest.approx(0.7, rel=0.05)
    assert stay[~inside].mean() < 0.8 * 40 and np.median(stay[~inside]) < 0.8 * 33.57  # of those who left
    assert values.get("stage_days_total", "stage", "first")["value"] == pytest.approx(stay[~inside].mean(), rel=0.001)  # which says so: of closed deals


def test_a_pipeline_with_skipped_stages_converts_as_it_does():
    random = np.random.default_rng(32)
    n, chances, pace = 12_000, [0.8, 0.6, 0.7, 0.9], [10.0, 15.0, 20.0, 25.0]
    age, rows, deals, entries = ages(random, n, 60), [], [], np.zeros(5)
    for i in range(n):
        at, outcome, created = 0.0, "open", END - np.timedelta64(int(age[i] * 86_400), "s")
        closed, stage, stood = np.datetime64("NaT"), 0, []
        while stage < 4:
            rows.append((f"d{i}", f"s{stage}", created + np.timedelta64(int(at * 86_400), "s")))
            stood.append(stage)
            went = random.random() < chances[stage]
            at += random.exponential(pace[stage] * (1 if went else 2))  # losers linger
            if at > age[i]:
                break
            stage += 1 + (random.random() < 0.3 and stage < 3) if went else 9  # three next stages of ten are skipped
            if stage >= 4:
                outcome, closed = "won" if went else "lost", created + np.timedelta64(int(at * 86_400), "s")
                entries[stood] += 1
                entries[4] += went
        deals.append((f"d{i}", created, closed, outcome))
    truth, there = [], 1.0  # of those who came at least so far: how many stand there, the rest jumped over
    for chance in chances:
        truth.append(there * chance + 1 - there)
        there = (there * chance * 0.7 + 1 - there) / truth[-1]
    tables = {
        "deals": pd.DataFrame(deals, columns=["deal_id", "created_at", "closed_at", "semantic"]),
        "stage_history": pd.DataFrame(rows, columns=["entity_id", "to_stage", "entered_at"]).assign(entity="deal"),
        "stages": pd.DataFrame({"stage_id": ["s0", "s1", "s2", "s3"], "name": ["s0", "s1", "s2", "s3"], "ord": [1, 2, 3, 4], "semantic": "open"})}
    assert (tables["deals"]["semantic"] == "open").mean() > 0.35
    values = measure(tables, "M07", by="stage", period=["month", "quarter"], as_of=AS_OF, client=client())
    shares = values.frame[values.frame["metric"].map(lambda name: BY_ID[name].unit == "share")]
    assert shares["metric"].nunique() >= 4 and shares["value"].max() <= 1  # of no variant, no period, no stage
    watched = values.rows("stage_conversion_incidence", "stage")
    decided = values.rows("stage_conversion", "stage")
    np.testing.assert_allclose(watched["value"], truth, atol=0.035)
    assert ((watched["low"] <= truth) & (watched["high"] >= truth)).sum() >= 3
    assert (decided["value"].to_numpy() - truth).max() > 0.05  # what is decided soon is won
    assert watched["value"].between(0, 1).all() and decided["value"].between(0, 1).all()
    naive = entries[1:] / entries[:-1]
    assert naive.max() > 1  # counting entries of closed deals, more win than came to the last stage
