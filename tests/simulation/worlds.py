"""Made-up sales departments whose truth is known: nothing differs, only mixes differ, or three slices are worse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST = np.datetime64("2025-05-01")
SIZES = {"manager": 20, "channel": 6, "region": 8, "product": 10, "segment": 4}
MANAGER, CHANNEL, SEGMENT, REGION = "manager 07", "channel 2", "segment 1", "region 3"
# (manager, channel × segment, region) that are worse: three slices, or six
THREE = ((MANAGER, CHANNEL, SEGMENT, REGION),)
SIX = (*THREE, ("manager 13", "channel 4", "segment 3", "region 6"))


def planted(world: World) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    """(metric, slice) of everything that is worse in this world."""
    found = set()
    for manager, channel, segment, region in world.worse:
        found |= {("win_rate", (("manager", manager),)), ("win_rate", (("channel", channel), ("segment", segment))), ("avg_check", (("region", region),))}
    return found


@dataclass(frozen=True)
class World:
    """What differs in a world; the defaults are a world where nothing does."""

    deals: int = 20_000
    planted: bool = False
    mix: bool = False  # sources and segments differ a lot, and every manager serves an own mix of them
    season: bool = False  # sources also differ by quarter
    managers_sd: float = 0.0  # managers differ a little in reality
    base: float = 0.30
    managers: int = 20
    check_sd: float = 0.8
    products_differ: bool = False
    open_share: float = 0.0
    lone_source: bool = False  # one source is much colder than the rest, and some managers live on it
    six: bool = False  # six slices are worse instead of three
    idle: bool = False  # one more dimension, which says nothing of anything

    @property
    def worse(self) -> tuple[tuple[str, str, str, str], ...]:
        """What is planted."""
        return SIX if self.six else THREE if self.planted else ()


def _label(name: str, codes: np.ndarray) -> np.ndarray:
    width = 2 if name == "manager" else 1
    return np.array([f"{name} {level:0{width}d}" for level in range(int(codes.max(initial=0)) + 1)], dtype=object)[codes]


def _codes(world: World, random: np.random.Generator) -> dict[str, np.ndarray]:
    sizes = SIZES | {"manager": world.managers}
    codes = {name: random.integers(0, size, world.deals) for name, size in sizes.items()}
    if world.mix or world.lone_source:
        for name, concentration in (("channel", 0.6), ("segment", 0.7)):
            shares = random.dirichlet(np.ones(sizes[name]) * concentration, world.managers)
            past = shares[codes["manager"]].cumsum(1) < random.random(world.deals)[:, None]
            codes[name] = np.minimum(past.sum(1), sizes[name] - 1)
    return codes


def make(world: World, seed: int) -> pd.DataFrame:
    """One row a deal with the canonical columns and the five dimensions; `attrs["gaps"]` are the true gaps planted.

    `attrs["truth"]`: the true chance and typical log cheque of each deal, and what each planted slice takes from its chance.
    """
    random = np.random.default_rng(seed)
    codes = _codes(world, random)
    n = world.deals
    seconds = (random.random(n) * 540 * 86400).astype("timedelta64[s]")
    created = FIRST + seconds
    odds = np.full(n, np.log(world.base / (1 - world.base)))
    if world.mix:
        odds = odds + np.array([-0.9, -0.5, -0.2, 0.1, 0.5, 0.9])[codes["channel"]]
        odds = odds + np.array([-0.5, -0.1, 0.2, 0.6])[codes["segment"]]
    if world.lone_source:
        odds = odds - 1.0 * (codes["channel"] == 4)
    if world.season:
        odds = odds + 0.4 * np.sin(1.3 * (seconds.astype("int64") // (90 * 86400)) + codes["channel"])
    gaps: dict = {}
    chance = 1 / (1 + np.exp(-odds)) + random.normal(0, world.managers_sd, world.managers)[codes["manager"]]
    level = np.full(n, np.log(100_000.0))
    if world.mix or world.products_differ:
        level = level + np.linspace(-1, 1, 10)[codes["product"]] + np.linspace(-0.5, 0.5, 4)[codes["segment"]]
    labels = {name: _label(name, code) for name, code in codes.items()}
    worse: dict = {}
    for manager, channel, segment, region in world.worse:
        worse[("manager", manager),] = -0.12 * (labels["manager"] == manager)
        worse[("channel", channel), ("segment", segment)] = -0.10 * ((labels["channel"] == channel) & (labels["segment"] == segment))
        level = level + np.log(0.8) * (labels["region"] == region)
    chance = chance + sum(worse.values())
    for where, part in worse.items():
        inside = part < 0
        gaps["win_rate", where] = float((np.clip(chance, 0.01, 0.99) - np.clip(chance - part, 0.01, 0.99))[inside].mean())
    won = random.random(n) < np.clip(chance, 0.01, 0.99)
    for *_, region in world.worse:
        without = np.exp(level[won & (labels["region"] == region)]) / 0.8 * np.exp(world.check_sd**2 / 2)
        gaps["avg_check", (("region", region),)] = -0.2 * float(without.mean())
    days = np.exp(random.normal(np.log(25), 0.7, n))
    closed = created + (days * 86400).astype("timedelta64[s]")
    is_open = random.random(n) < world.open_share
    frame = pd.DataFrame({
        "deal_id": [f"d{i}" for i in range(n)], "created_at": created.astype("datetime64[us]"),
        "closed_at": pd.Series(closed.astype("datetime64[us]")).mask(is_open),
        "semantic": np.where(is_open, "open", np.where(won, "won", "lost")),
        "amount": np.exp(level + random.normal(0, world.check_sd, n)).round(2), **labels,
    })
    if world.idle:
        frame["office"] = _label("office", np.random.default_rng(seed + 10**6).integers(0, 12, n))
    frame.attrs |= {"gaps": gaps, "truth": {"chance": chance, "level": level, "parts": worse}}
    return frame


PLANTED = planted(World(planted=True))


def named(finding: dict) -> tuple[str, tuple[tuple[str, str], ...]]:
    """(metric, slice) of a finding, to compare with `PLANTED`."""
    return finding["metric"], tuple(finding["slice"].items())

