"""How often `compare` is right: false alarms, coverage, power and answers withheld on made-up worlds, and what peers do on the same.

    python benchmarks/effects.py [--seeds 300] [--world season] [--start 0] [--looks]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "simulation"))

from changes import WORLDS, Change

from audit.effects import compare

DECIDED = ("improved", "worsened")


def run(name: str, seeds: range) -> str:
    """Rates over the seeds of one world, with and without its effect."""
    make, effect = WORLDS[name]
    alarms = covered = seen = withheld = told = 0
    start = time.process_time()
    for seed in seeds:
        for planted in (0.0, effect):
            change = make(np.random.default_rng(seed), planted)
            found = compare(change.rows, **change.asked)
            withheld += found.verdict == "not measurable yet"
            if not planted:
                alarms += found.verdict in DECIDED
            else:
                seen += found.verdict == "improved" if found.better == "higher" else found.verdict == "worsened"
            if found.effect is not None:
                told += 1
                covered += found.low <= change.truth <= found.high
    n = len(seeds)
    spent = (time.process_time() - start) / n / 2
    return f"{name:14s} false alarms {alarms / n:.3f}, coverage {covered / max(told, 1):.3f}, power {seen / n:.2f}, withheld {withheld / n / 2:.3f}, {1000 * spent:.0f} ms{peers(name, seeds)}"


def peers(name: str, seeds: range) -> str:
    """What is used elsewhere on the same worlds: naive before/after, interrupted series with HAC errors, Welch; (false alarms / power)."""
    make, effect = WORLDS[name]
    told = []
    for title, judge in (("before/after t", naive), ("HAC", hac)):
        if judge(make(np.random.default_rng(seeds[0]), 0.0)) is None:
            continue
        rates = [np.mean([judge(make(np.random.default_rng(seed), planted)) < 0.05 for seed in seeds]) for planted in (0.0, effect)]
        told.append(f"{title} {rates[0]:.3f}/{rates[1]:.2f}")
    return f"; peers: {', '.join(told)}" if told else ""


def naive(change: Change) -> float | None:
    """p-value of Welch's t before against after."""
    from scipy.stats import ttest_ind

    rows, asked = change.rows, change.asked
    if "event" in asked:
        return None
    after = rows[asked["group"]] == 1 if "group" in asked else rows[asked["treated"]] == 1 if "treated" in asked else rows[asked["time"]] >= asked["at"]
    return float(ttest_ind(rows.loc[after, asked["outcome"]], rows.loc[~after, asked["outcome"]], equal_var=False).pvalue)


def hac(change: Change) -> float | None:
    """p-value of the step of an interrupted series with trend, two waves of a year and Newey–West errors."""
    import statsmodels.api as sm

    rows, asked = change.rows, change.asked
    if "at" not in asked:
        return None
    days = (rows["day"] - rows["day"].iloc[0]).dt.days.to_numpy() * 2 * np.pi / 365.25
    step = (rows["day"] >= asked["at"]).astype(float)
    x = np.column_stack([step, np.ones(len(rows)), days, np.cos(days), np.sin(days), np.cos(2 * days), np.sin(2 * days), *(rows[one] for one in asked["controls"])])
    lags = max(1, int(4 * (len(rows) / 100) ** (2 / 9)))
    return float(sm.OLS(rows["y"].to_numpy(), x).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}).pvalues[0])


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
    parser.add_argument("--looks", action="store_true")
    options = parser.parse_args()
    seeds = range(options.start, options.start + options.seeds)
    if options.looks:
        print(looked(seeds), looked(seeds, effect=0.08), sep="\n", flush=True)
        return
    for name in [options.world] if options.world else WORLDS:
        print(run(name, seeds), flush=True)


if __name__ == "__main__":
    main()
