"""Worlds for before/after comparisons: what is seen, what `compare` is told of it, and the effect that was planted."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd


class Change(NamedTuple):
    """Rows, the arguments of `compare`, and the true mean effect per row (per unit and period)."""

    rows: pd.DataFrame
    asked: dict[str, Any]
    truth: float


def fading(rng: np.random.Generator, n: int, memory: float) -> np.ndarray:
    """Noise of variance one that fades with `memory` from point to point."""
    noise = rng.normal(size=n)
    for at in range(1, n):
        noise[at] = memory * noise[at - 1] + noise[at] * np.sqrt(1 - memory**2)
    return noise


def _series(y: np.ndarray, cut: int, effect: float, freq: str, controls: dict[str, np.ndarray] | None = None) -> Change:
    days = pd.date_range("2022-01-03" if freq == "7D" else "2022-01-01", periods=len(y), freq=freq)
    rows = pd.DataFrame({"day": days, "y": y + effect * (np.arange(len(y)) >= cut), **(controls or {})})
    return Change(rows, {"outcome": "y", "time": "day", "at": str(days[cut].date()), "controls": list(controls or ()), "kind": "value"}, effect)


def season(rng: np.random.Generator, effect: float) -> Change:
    """Three years of weeks with a season of a year, a slow trend, noise that fades; the last nine months are changed."""
    at = np.arange(156)
    return _series(20 + 0.01 * at + 3 * np.sin(2 * np.pi * (at - 10) / 52.18) + fading(rng, 156, 0.4), 117, effect, "7D")


def months(rng: np.random.Generator, effect: float) -> Change:
    """36 months with a season and noise that fades; the last nine are changed."""
    at = np.arange(36)
    return _series(20 + 0.02 * at + 2 * np.sin(2 * np.pi * at / 12) + fading(rng, 36, 0.4), 27, effect, "MS")


def drift(rng: np.random.Generator, effect: float) -> Change:
    """A level that walks at random under noise, 120 weeks, the last 30 changed."""
    return _series(20 + np.cumsum(rng.normal(size=120) * 0.3) + rng.normal(size=120), 90, effect, "7D")


def controlled(rng: np.random.Generator, effect: float) -> Change:
    """Driven by two series that walk at random and are not changed, 120 weeks, the last 30 changed."""
    one, two = np.cumsum(rng.normal(size=(2, 120)), axis=1)
    return _series(20 + 1.2 * one + 0.5 * two + fading(rng, 120, 0.5), 90, effect, "7D", {"one": one, "two": two})


def _panel(rng: np.random.Generator, starts: list[int | None], periods: int, effect: float, memory: float = 0.3) -> Change:
    g = len(starts)
    y = rng.normal(size=(g, 1)) + 0.5 * rng.normal(size=periods) + np.array([fading(rng, periods, memory) for _ in range(g)])
    on = np.array([[int(start is not None and at >= start) for at in range(periods)] for start in starts])
    unit, at = np.divmod(np.arange(g * periods), periods)
    rows = pd.DataFrame({"seller": [f"seller {one:02d}" for one in unit], "month": at, "y": (y + effect * on).ravel(), "changed": on.ravel()})
    return Change(rows, {"outcome": "y", "unit": "seller", "time": "month", "treated": "changed", "kind": "value"}, effect)


def staggered(rng: np.random.Generator, effect: float) -> Change:
    """20 sellers over 24 months, four never changed, the others from different months on."""
    return _panel(rng, [None if one % 5 == 0 else int(rng.integers(8, 20)) for one in range(20)], 24, effect)


def few(rng: np.random.Generator, effect: float) -> Change:
    """Eight teams over 24 months, two changed at once."""
    return _panel(rng, [12, 12, *[None] * 6], 24, effect)


def twin(rng: np.random.Generator, effect: float) -> Change:
    """One of eleven shops changed; all are mixtures of two common courses."""
    courses, shares = np.cumsum(rng.normal(size=(2, 48)), axis=1), rng.dirichlet([1, 1], 11)
    y = shares @ courses + 0.6 * np.array([fading(rng, 48, 0.3) for _ in range(11)])
    on = np.zeros((11, 48), dtype=int)
    on[0, 36:] = 1
    unit, at = np.divmod(np.arange(11 * 48), 48)
    rows = pd.DataFrame({"shop": unit, "month": at, "y": (y + effect * on).ravel(), "changed": on.ravel()})
    return Change(rows, {"outcome": "y", "unit": "shop", "time": "month", "treated": "changed", "kind": "value"}, effect)


def checks(rng: np.random.Generator, effect: float) -> Change:
    """1,000 skewed cheques before, 60 after; `effect` as a part of the mean of 100."""
    before, after = 100 * rng.lognormal(-0.5, 1, 1000), 100 * (1 + effect) * rng.lognormal(-0.5, 1, 60)
    rows = pd.DataFrame({"check": np.concatenate([before, after]), "after": np.repeat([0, 1], [1000, 60])})
    return Change(rows, {"outcome": "check", "group": "after"}, 100 * effect)


def worst_trained(rng: np.random.Generator, effect: float) -> Change:
    """Ten equal sellers over 12 months; the one who was worst in the first six is trained."""
    y = rng.normal(size=(10, 12))
    worst = int(y[:, :6].mean(1).argmin())
    on = np.zeros((10, 12), dtype=int)
    on[worst, 6:] = 1
    unit, at = np.divmod(np.arange(120), 12)
    rows = pd.DataFrame({"seller": unit, "month": at, "y": (y + effect * on).ravel(), "trained": on.ravel()})
    return Change(rows, {"outcome": "y", "unit": "seller", "time": "month", "treated": "trained", "kind": "value"}, effect)


def bad_by_nature(rng: np.random.Generator, effect: float) -> Change:
    """Ten sellers over 12 months; one is worse than the others by nature, not by chance, and is trained."""
    y = rng.normal(size=(10, 12))
    y[0] -= 1.5
    on = np.zeros((10, 12), dtype=int)
    on[0, 6:] = 1
    unit, at = np.divmod(np.arange(120), 12)
    rows = pd.DataFrame({"seller": unit, "month": at, "y": (y + effect * on).ravel(), "trained": on.ravel()})
    return Change(rows, {"outcome": "y", "unit": "seller", "time": "month", "treated": "trained", "kind": "value"}, effect)


def mixed_rows(rng: np.random.Generator, effect: float) -> Change:
    """Deals before and after of 12 sellers, from sources of very different win rates whose mix has moved."""
    n, after = 1200, np.repeat([0, 1], [800, 400])
    source = rng.choice(4, n, p=[0.4, 0.3, 0.2, 0.1])
    moved = rng.random(n) < 0.4 * after
    source = np.where(moved, rng.choice(4, n, p=[0.1, 0.2, 0.3, 0.4]), source)
    chance = np.array([0.5, 0.35, 0.2, 0.1])[source] + effect * after
    rows = pd.DataFrame({"won": (rng.random(n) < chance).astype(int), "after": after, "source": np.array(["site", "call", "fair", "cold"])[source]})
    return Change(rows, {"outcome": "won", "group": "after", "covariates": ["source"]}, effect)


def sellers_alike(rng: np.random.Generator, effect: float) -> Change:
    """Rows of 12 sellers who each react a little differently, before and after."""
    seller = rng.choice(12, 1000, p=np.arange(1, 13) / 78)
    after = rng.integers(0, 2, 1000)
    y = rng.normal(size=12)[seller] * 0.5 + (effect + 0.3 * rng.normal(size=12))[seller] * after + rng.normal(size=1000)
    return Change(pd.DataFrame({"y": y, "after": after, "seller": seller}), {"outcome": "y", "group": "after", "unit": "seller", "kind": "value"}, effect)


def one_of_few_rows(rng: np.random.Generator, effect: float) -> Change:
    """Deals of four equal sellers by month; the one who is trained after the ninth month has four deals a month, the others fifteen."""
    seller, month = np.divmod(np.arange(4 * 12), 12)
    size = np.where(seller == 0, 4, 15)
    seller, month = np.repeat(seller, size), np.repeat(month, size)
    on = ((seller == 0) & (month >= 9)).astype(int)
    rows = pd.DataFrame({"seller": seller, "month": month, "won": (rng.random(len(on)) < 0.3 + effect * on).astype(int), "trained": on})
    return Change(rows, {"outcome": "won", "unit": "seller", "time": "month", "treated": "trained"}, effect)


def durations(rng: np.random.Generator, effect: float) -> Change:
    """Deals that close after exponential times of mean 30 days, seen for 60; the truth is the difference of means within 60 days."""
    after = np.repeat([0, 1], [300, 200])
    mean = np.where(after, 30 * (1 + effect), 30.0)
    time = rng.exponential(mean)
    rows = pd.DataFrame({"days": np.minimum(time, 60), "over": (time < 60).astype(int), "after": after})
    within = [scale * (1 - np.exp(-60 / scale)) for scale in (30 * (1 + effect), 30.0)]
    return Change(rows, {"outcome": "days", "event": "over", "group": "after"}, within[0] - within[1])


WORLDS = {
    "season": (season, 1.0), "months": (months, 2.0), "drift": (drift, 2.0), "controlled": (controlled, 1.0), "staggered": (staggered, 0.7), "few": (few, 1.0),
    "twin": (twin, 1.0), "checks": (checks, 0.4), "worst_trained": (worst_trained, 2.0), "bad_by_nature": (bad_by_nature, 4.0), "mixed_rows": (mixed_rows, 0.1), "sellers_alike": (sellers_alike, 0.4),
    "one_of_few_rows": (one_of_few_rows, 0.5), "durations": (durations, 0.4),
}
