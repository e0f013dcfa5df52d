"""How often `technique_effects` is right on made-up talks: proofs of what does nothing, power, coverage, alarms, and what a plain comparison says.

    python benchmarks/techniques.py [--seeds 300] [--start 0] [--world nulls]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "simulation"))

from talks import Talks, late, misread, talks

from audit import technique_effects
from audit.knowledge import Techniques
from audit.stats.groups import shares

WORLDS: dict[str, Callable[[np.random.Generator], Talks]] = {
    "nulls": lambda rng: talks(rng, nulls=40),
    "nulls_alone": lambda rng: talks(rng, nulls=40, placebos=0),
    "best": lambda rng: talks(rng, best=("loved",)),
    "works": lambda rng: talks(rng, effects={"works": 0.1}),
    "works_among": lambda rng: talks(rng, effects={"works": 0.1}, nulls=4),
    "works_seldom": lambda rng: talks(rng, effects={"works": 0.15}, use=0.15),
    "leak": lambda rng: talks(rng, effects={"works": 0.1}, nulls=3, leak=0.2),
    "late": lambda rng: late(talks(rng, effects={"works": 0.0}), rng, "works", 0.5),
    "misread": lambda rng: misread(talks(rng, n=1_600, effects={"works": 0.15}), rng, 0.85, 0.9),
}
TAGGERS = {"misread": {"works": {"sensitivity": 0.85, "specificity": 0.9, "n": 200}}}


def run(name: str, seeds: range) -> str:
    """Rates over the seeds of one world."""
    start, wrong, right, covered, told, alarms, crude = time.process_time(), 0, 0, 0, 0, 0, 0
    for seed in seeds:
        world = WORLDS[name](np.random.default_rng(seed))
        found = technique_effects(world.tags, world.cases, tagger=TAGGERS.get(name))
        proven = {one["id"] for one in found.rows if one["status"] == "proven"}
        wrong += any(world.effects[one] <= 0 for one in proven)
        right += "works" in proven
        alarms += found.alarm.passed is False or any(one.passed is False for row in found.rows for one in row["checks"] if one.name == "late")
        crude += plain(world, found)
        for row in found.rows:
            told += row["lift"] is not None
            covered += row["lift"] is not None and row["low"] <= world.effects[row["id"]] <= row["high"]
    n = len(seeds)
    spent = (time.process_time() - start) / n
    return (f"{name:12s} any wrongly proven {wrong / n:.3f} (plain comparison {crude / n:.3f}), works proven {right / n:.3f}, coverage {covered / max(told, 1):.3f}, "
            f"alarm {alarms / n:.3f}, {spent:.2f} s")


def plain(world: Talks, found: Techniques) -> bool:
    """Whether a comparison of all deals with against all without calls any technique without effect a success (p < 0.05)."""
    won = world.cases["won"].to_numpy(float)
    for row in found.rows:
        if world.effects[row["id"]] > 0:
            continue
        used = world.cases["case_id"].isin(world.tags.loc[world.tags["technique"] == row["id"], "text_id"]).to_numpy()
        seen = shares(won[used], won[~used])
        if seen.value > 0 and seen.p_value < 0.05:
            return True
    return False


def main() -> None:
    """Prints a line a world."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--world", choices=WORLDS)
    options = parser.parse_args()
    for name in [options.world] if options.world else WORLDS:
        print(run(name, range(options.start, options.start + options.seeds)), flush=True)


if __name__ == "__main__":
    main()
