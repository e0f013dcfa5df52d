"""Zones in counts over an exposure: conversations a working day of sellers."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from audit.metrics.catalogue import METRICS
from audit.zones.rates import of_months
from audit.zones.search import Search
from audit.zones.select import select
from audit.zones.sought import chosen, sought

TALKS = next(metric for metric in METRICS if metric.id == "conversations_per_day")


def _months(seed: int, sellers: int, idle: dict[str, float], differ: float = 0.0) -> pd.DataFrame:
    """Eighteen months of each seller: conversations of a negative binomial law, three times as scattered as counts are; `idle`: seller → part of the usual."""
    random = np.random.default_rng(seed)
    rows = []
    for at in range(sellers):
        own = 6 * idle.get(f"s{at:02d}", 1.0) * np.exp(random.normal(0, differ))
        for month in pd.date_range("2025-01-01", periods=18, freq="MS"):
            size = float(random.integers(14, 23))
            mean = own * size
            count = random.negative_binomial(mean / 2, 1 / 3)
            rows.append({"owner": f"s{at:02d}", "team": f"t{at % 3}", "role": "seller", "start": month, "n": float(count), "size": size})
    return pd.DataFrame(rows)


def _zones(frame: pd.DataFrame) -> list[str]:
    search = Search(*of_months(TALKS, frame, dt.date(2026, 6, 30)))
    select([search], 0.10)
    return ["×".join(item.labels[level] for item, level in zip(search.factors_of(zone), zone.levels, strict=True)) for zone in search.outer if zone.worse]


def test_sellers_who_talk_a_third_less_are_found():
    for seed in range(6):
        assert _zones(_months(seed, 12, {"s04": 0.66})) == ["s04"]


def test_bursts_and_natural_differences_are_no_zones():
    runs = [_zones(_months(seed, 12, {}, differ)) for seed in range(20) for differ in (0.0, 0.15)]
    assert sum(bool(run) for run in runs) <= 6  # at a true rate of 10 % more than six of forty have a chance of 10 %


def test_a_month_of_few_days_says_nothing():
    frame = _months(1, 4, {})
    few = frame.assign(size=2.0)
    assert of_months(TALKS, few, dt.date(2026, 6, 30)) is None
    measure, base = of_months(TALKS, frame, dt.date(2026, 6, 30))
    assert (measure.family, measure.sign, measure.priced) == ("level", 1, False)
    assert base.own.sum() == pytest.approx((frame["n"] / frame["size"]).sum())


def test_conversations_are_sought_by_themselves_and_deals_a_day_only_when_asked():
    assert {"conversations_per_day", "deals_per_day"} <= set(sought())

    class Everything:
        def lacks(self, *_):
            return []

    ids = {metric.id for metric in chosen(Everything(), {"win_rate"})}
    assert "conversations_per_day" in ids
    assert "deals_per_day" not in ids  # fewer won deals a day are told by the share won
