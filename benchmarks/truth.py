"""How often `find_zones` is right: recall, precision, false alarms and coverage on made-up worlds.

Beside its recall stands what could be reached at all at the threshold of the search: by who knows the true model of everything else
("known"), and by who must estimate it but is told where to look ("told").

    python benchmarks/truth.py [--seeds 40] [--world planted] [--start 0]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "simulation"))

from oracle import known, told
from worlds import World, make, named, planted

from audit.zones import find_zones

WORLDS = {
    "planted": World(planted=True),
    "planted_2k": World(planted=True, deals=2_000),
    "planted_products": World(planted=True, products_differ=True),
    "planted_mix": World(planted=True, mix=True),
    "planted_idle": World(planted=True, idle=True),
    "planted_six": World(planted=True, six=True),
    "planted_six_mix": World(planted=True, six=True, mix=True),
    "planted_managers_differ": World(planted=True, managers_sd=0.02),
    "planted_1m": World(planted=True, deals=1_000_000),
    "null": World(),
    "null_2k": World(deals=2_000),
    "null_high_win": World(base=0.63),
    "null_low_win": World(base=0.08),
    "null_heavy_checks": World(check_sd=1.3),
    "null_mix": World(mix=True),
    "null_mix_2k": World(mix=True, deals=2_000),
    "null_mix_season": World(mix=True, season=True),
    "null_lone_source": World(lone_source=True),
    "null_managers_2pp": World(managers_sd=0.02),
    "null_12_managers_2pp": World(managers_sd=0.02, managers=12),
    "null_30_managers_2pp": World(managers_sd=0.02, managers=30),
    "planted_200k": World(planted=True, deals=200_000),
    "null_200k": World(deals=200_000),
    "null_mix_season_200k": World(mix=True, season=True, deals=200_000),
    "null_1m": World(deals=1_000_000),
}


# z at which the search takes a slice of one dimension and of two, in worlds of 20,000 deals and three metrics with three zones
NEEDED = {1: 3.3, 2: 3.6}


def reachable(zs: dict) -> int:
    """How many planted slices are as clear as the search needs them."""
    return sum(z <= -NEEDED[len(where)] for (_, where), z in zs.items())


def run(name: str, seeds: range, q: float) -> dict[str, float]:
    """Counts over the seeds of one world."""
    world = WORLDS[name]
    found = true = alarms = covered = priced = by_truth = by_name = 0
    hits = dict.fromkeys(truth := planted(world), 0)
    false: list[str] = []
    start = time.process_time()
    making = 0.0
    for seed in seeds:
        before = time.process_time()
        frame = make(world, seed)
        if truth:
            by_truth, by_name = by_truth + reachable(known(frame, world)), by_name + reachable(told(frame, world))
        making += time.process_time() - before
        zones = find_zones(frame, q=q)
        alarms += bool(zones.findings)
        for finding in zones.findings:
            found += 1
            if named(finding) in truth:
                true += 1
                hits[named(finding)] += 1
                gap = frame.attrs["gaps"][named(finding)]
                covered += finding["low"] <= gap <= finding["high"]
                priced += 1
            else:
                false.append(f"{seed}: {finding['metric']} {finding['slice']} p={finding['p_value']:.1e} gap={finding['gap']:.3g}")
    count = len(seeds)
    print(f"\n{name}: {count} runs, {(time.process_time() - start - making) / count:.2f} CPU s a run, {zones.tested} tests")
    if truth:
        print(f"  recall {true / (len(truth) * count):.3f}   precision {true / max(found, 1):.3f}   coverage {covered / max(priced, 1):.3f} of {priced}")
        print(f"  recall within reach: known {by_truth / (len(truth) * count):.3f}   told {by_name / (len(truth) * count):.3f}")
        for key, hit in sorted(hits.items()):
            print(f"    {key}: {hit / count:.3f}")
    else:
        print(f"  runs with any zone {alarms / count:.3f}")
    for line in false:
        print("    false", line)
    return {"found": found, "true": true, "alarms": alarms, "covered": covered}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--q", type=float, default=0.10)
    parser.add_argument("--world", choices=[*WORLDS, "all"], default="planted")
    options = parser.parse_args()
    seeds = range(options.start, options.start + options.seeds)
    for name in WORLDS if options.world == "all" else [options.world]:
        run(name, seeds, options.q)


if __name__ == "__main__":
    main()
