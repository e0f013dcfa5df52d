"""The department's own change taken apart into mix and rate, and the same of a zone's distance from the whole."""

import numpy as np
import pandas as pd
import pytest

from audit.zones import find_zones
from audit.zones.changes import taken_apart
from audit.zones.dimensions import factor


def _apart(before: dict[str, tuple[int, int]], now: dict[str, tuple[int, int]]) -> dict:
    """`taken_apart` of levels → (units, of them won) in two times."""
    rows = [(level, late, at < won) for late, time in ((False, before), (True, now)) for level, (n, won) in time.items() for at in range(n)]
    frame = pd.DataFrame(rows, columns=["source", "late", "won"])
    item = factor("source", frame["source"])
    return taken_apart(item, item.codes, frame["won"].to_numpy(float), ~frame["late"].to_numpy(), frame["late"].to_numpy())


def test_mix_and_rate_by_hand():
    # shares 1/2, 1/2 → 3/4, 1/4; rates 0.2, 0.6 → 0.2, 0.4: mix = 0.25·0.2 − 0.25·0.5, rate = −0.2·0.375
    found = _apart({"ads": (100, 20), "calls": (100, 60)}, {"ads": (150, 30), "calls": (50, 20)})
    assert found["mix"] == pytest.approx(0.25 * 0.2 - 0.25 * 0.5)
    assert found["rate"] == pytest.approx(-0.2 * 0.375)
    assert found["mix"] + found["rate"] == pytest.approx(50 / 200 - 80 / 200)
    assert sum(part["mix"] for part in found["levels"]) == pytest.approx(found["mix"])


def test_a_level_that_is_new_changes_the_mix_alone():
    found = _apart({"ads": (100, 50)}, {"ads": (100, 50), "fair": (100, 10)})
    assert found["rate"] == pytest.approx(0)
    assert found["mix"] == pytest.approx(60 / 200 - 0.5)


def _department(seed: int, late_ads: float, late_rate: float) -> pd.DataFrame:
    """8,000 deals of 500 days; in the last 91 days the cold source `ads` has the part `late_ads` of deals, and all are won by `late_rate` more."""
    random = np.random.default_rng(seed)
    n = 8_000
    day = np.sort(random.uniform(0, 500, n))
    late = day > 500 - 91
    source = np.where(random.random(n) < np.where(late, late_ads, 0.3), "ads", "calls")
    won = random.random(n) < np.where(source == "ads", 0.1, 0.4) + late_rate * late
    closed = np.datetime64("2025-01-01T00:00:00") + (day * 86_400).astype("timedelta64[s]")
    return pd.DataFrame({"id": np.arange(n), "created": closed - np.timedelta64(20, "D"), "closed": closed, "won": won,
                         "amount": np.exp(random.normal(11, 0.5, n)).round(2), "source": source, "region": random.choice(list("ABC"), n)})


@pytest.mark.parametrize(("late_ads", "late_rate", "mix", "rate"), [(0.7, 0.0, -0.12, 0.0), (0.3, -0.1, 0.0, -0.1)])
def test_what_changed_is_told_apart(late_ads, late_rate, mix, rate):
    found = next(one for one in find_zones(_department(1, late_ads, late_rate), lang="en").changes if one["metric"] == "win_rate")
    by = {part["dimension"]: part for part in found["by"]}
    assert by["source"]["mix"] == pytest.approx(mix, abs=0.02)
    assert by["source"]["rate"] == pytest.approx(rate, abs=0.04)
    for part in by.values():
        assert part["mix"] + part["rate"] == pytest.approx(found["change"], abs=1e-7)
    assert found["high"] < 0


def test_a_change_is_said_when_it_is_more_than_chance():
    assert "mix" in find_zones(_department(1, 0.7, 0.0), lang="en")._repr_html_()
    still = find_zones(_department(2, 0.3, 0.0), lang="en")
    assert {one["metric"] for one in still.changes} == {"win_rate", "avg_check"}
    assert all(one["low"] < 0 < one["high"] for one in still.changes)
    assert "is mix" not in still._repr_html_()


def test_a_short_history_has_no_change():
    frame = _department(1, 0.7, 0.0)
    assert find_zones(frame[frame["closed"] > "2025-12-01"]).changes == []


def test_distance_of_a_zone_from_the_others_is_mix_and_rate():
    random = np.random.default_rng(4)
    frame = _department(3, 0.3, 0.0)
    frame["seller"] = random.choice([f"s{at}" for at in range(8)], len(frame))
    bad = (frame["seller"] == "s3").to_numpy()
    frame.loc[bad, "source"] = np.where(random.random(bad.sum()) < 0.9, "ads", "calls")  # the cold leads, and won more seldom than those are elsewhere
    frame.loc[bad, "won"] = random.random(bad.sum()) < np.where(frame.loc[bad, "source"] == "ads", 0.02, 0.1)
    one = next(one for one in find_zones(frame).findings if one["slice"].get("seller") == "s3")
    assert one["mix_part"] + one["rate_part"] == pytest.approx(one["raw_gap"], abs=1e-7)
    assert one["mix_part"] < -0.1
    assert one["rate_part"] < -0.05
    assert one["raw_gap"] == pytest.approx(frame.loc[bad, "won"].mean() - frame.loc[~bad, "won"].mean(), abs=1e-6)


def test_the_mix_of_a_large_zone_is_not_its_own_weight_in_the_department():
    """Half of the deals, drawn as the other half: what the zone pulls the department's mean down is not its mix."""
    random = np.random.default_rng(5)
    frame = _department(3, 0.3, 0.0)
    frame["seller"] = np.where(random.random(len(frame)) < 0.5, "s3", random.choice([f"s{at}" for at in range(3)], len(frame)))
    bad = (frame["seller"] == "s3").to_numpy()
    frame.loc[bad, "won"] = frame.loc[bad, "won"] & (random.random(bad.sum()) < 0.5)
    one = next(one for one in find_zones(frame).findings if one["slice"].get("seller") == "s3")
    assert abs(one["mix_part"]) < 0.02 < 0.1 < -one["rate_part"]
