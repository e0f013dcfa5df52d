"""What one comparison costs: 1M rows against a plain group-by of the same columns, and a series of 240 points with controls.

    python benchmarks/changes_speed.py [--rows 1000000]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from audit.effects import compare

TIMES = 5


def cost(work: Callable[[], object]) -> float:
    """CPU seconds of the cheapest of five runs, all threads."""
    spent = []
    for _ in range(TIMES):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def main() -> None:
    """Prints CPU seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    n = parser.parse_args().rows
    rng = np.random.default_rng(0)
    data = pd.DataFrame({
        "won": rng.integers(0, 2, n), "check": rng.lognormal(size=n), "after": rng.integers(0, 2, n), "seller": rng.integers(0, 50, n),
        "month": rng.integers(0, 24, n), "source": rng.choice(["site", "call", "fair", "cold"], n),
    })
    data["changed"] = ((data["seller"] < 10) & (data["month"] >= 16)).astype(int)
    sums = ["count", "mean", "var"]
    for title, asked, plain in (
        ("shares", {"outcome": "won", "group": "after"}, lambda: data.groupby("after")["won"].agg(sums)),
        ("skewed money", {"outcome": "check", "group": "after"}, lambda: data.groupby("after")["check"].agg(sums)),
        ("clusters", {"outcome": "won", "group": "after", "unit": "seller"}, lambda: data.groupby(["seller", "after"])["won"].agg(sums)),
        ("mix", {"outcome": "won", "group": "after", "covariates": ["source"]}, lambda: data.groupby(["source", "after"])["won"].agg(sums)),
        ("panel", {"outcome": "won", "unit": "seller", "time": "month", "treated": "changed"}, lambda: data.groupby(["seller", "month", "changed"])["won"].agg(sums)),
    ):
        ours, theirs = cost(lambda asked=asked: compare(data, **asked)), cost(plain)
        print(f"{n:,} rows, {title}: {ours:.3f} CPU s, group-by {theirs:.3f} ({ours / theirs:.1f} x)", flush=True)
    points = pd.DataFrame({"week": pd.date_range("2020-01-06", periods=240, freq="7D"), **{name: rng.normal(size=240).cumsum() for name in ("y", "one", "two")}})
    asked = {"outcome": "y", "time": "week", "at": points["week"][180], "controls": ["one", "two"]}
    print(f"240 points, two controls, with checks: {cost(lambda: compare(points, **asked)):.3f} CPU s", flush=True)


if __name__ == "__main__":
    main()
