"""How often `compare` is right: false alarms, coverage, power and answers withheld on made-up worlds, and what peers do on the same.

    python benchmarks/effects.py [--seeds 300] [--world season] [--start 0] [--ours] [--looks]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "simulation"))

from changes import WORLDS
from effect_peers import PEERS
from scipy.stats import binom

from audit.effects import compare

DECIDED = ("improved", "worsened")
LEVEL = 0.06  # false alarms that a method may raise


def run(name: str, seeds: range, only: bool = False) -> str:
    """Rates over the seeds of one world, with and without its effect: ours, then a line a peer with its power less ours on the same seeds."""
    make, effect = WORLDS[name]
    hits: dict[str, list[list[bool]]] = {title: [[], []] for title in ("ours", *({} if only else PEERS[name]))}
    covered, withheld, spent = [], 0, 0.0
    for seed in seeds:
        for on, planted in enumerate((0.0, effect)):
            change = make(np.random.default_rng(seed), planted)
            start = time.process_time()
            found = compare(change.rows, **change.asked)
            spent += time.process_time() - start
            withheld += found.verdict == "not measurable yet"
            wanted = "improved" if found.better == "higher" else "worsened"
            hits["ours"][on].append(found.verdict == wanted if on else found.verdict in DECIDED)
            if found.effect is not None:
                covered.append(found.low <= change.truth <= found.high)
            for title in list(hits)[1:]:
                hits[title][on].append(PEERS[name][title](change) < 0.05)
    n, (alarms, seen) = len(seeds), hits.pop("ours")
    head = f"{name:14s} false alarms {np.mean(alarms):.3f}, coverage {np.mean(covered):.3f}, power {np.mean(seen):.3f}, withheld {withheld / n / 2:.3f}, {500 * spent / n:.0f} ms"
    return "\n".join([head, *(beside(title, found, seen) for title, found in hits.items())])


def beside(title: str, found: list[list[bool]], ours: list[bool]) -> str:
    """False alarms and power of a peer, and its power less ours with the error of that difference; whether it keeps its level, as far as the seeds tell."""
    alarms, more = np.mean(found[0]), np.array(found[1], float) - np.array(ours, float)
    keeps = "keeps its level" if alarms <= LEVEL else "may keep it" if sum(found[0]) <= binom.ppf(0.95, len(ours), LEVEL) else "does not keep it"
    return f"    {title:38s} false alarms {alarms:.3f} ({keeps}), power {np.mean(found[1]):.3f}, less ours {more.mean():+.3f} ± {more.std() / np.sqrt(len(more)):.3f}"


def looked(seeds: range, planned: int = 12, effect: float = 0.0) -> str:
    """Twelve monthly looks at 50 rows a month against 600 before: how often any look, and the last, says that something changed."""
    rates = {rule: [0, 0] for rule in ("peeking", "obrien_fleming", "confidence_sequence")}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        before, after = rng.random(600) < 0.3, rng.random(50 * planned) < 0.3 + effect
        hits: dict[str, list[bool]] = {rule: [] for rule in rates}
        for look in range(1, planned + 1):
            rows = {"won": np.concatenate([before, after[: 50 * look]]).astype(int), "after": np.repeat([0, 1], [600, 50 * look])}
            for rule, asked in (("peeking", {}), ("obrien_fleming", {"look": look, "planned_looks": planned}), ("confidence_sequence", {"look": look})):
                hits[rule].append(compare(_frame(rows), outcome="won", group="after", **asked).verdict in DECIDED)
        for rule, found in hits.items():
            rates[rule][0] += any(found)
            rates[rule][1] += found[-1]
    n = len(seeds)
    return f"{planned} looks, effect {effect}: " + ", ".join(f"{rule} any {one / n:.3f}, last {last / n:.3f}" for rule, (one, last) in rates.items())


def _frame(columns: dict):
    import pandas as pd

    return pd.DataFrame(columns)


def main() -> None:
    """Prints a line a world."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--world", choices=WORLDS)
    parser.add_argument("--ours", action="store_true", help="without peers")
    parser.add_argument("--looks", action="store_true")
    options = parser.parse_args()
    seeds = range(options.start, options.start + options.seeds)
    if options.looks:
        print(looked(seeds), looked(seeds, effect=0.08), sep="\n", flush=True)
        return
    for name in [options.world] if options.world else WORLDS:
        print(run(name, seeds, options.ours), flush=True)


if __name__ == "__main__":
    main()
