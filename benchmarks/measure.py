"""`measure` of win rate, conversion and cycle on 2M deals against DuckDB's bare scan of the same columns.

Usage: python benchmarks/measure.py [rows]. CPU seconds of the process, the least of several runs in one process.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from audit.metrics import measure

COLUMNS = ("created_at", "closed_at", "semantic")
SLICES = ("owner_id", "source", "segment")


def deals(rows: int) -> pd.DataFrame:
    """Made-up deals of three years."""
    rng = np.random.default_rng(0)
    created = np.datetime64("2023-01-01", "us") + rng.integers(0, 3 * 365 * 86_400, rows) * 1_000_000
    state = rng.choice(["won", "lost", "open"], rows, p=[0.3, 0.5, 0.2])
    closed = created + (rng.exponential(30, rows) * 86_400).astype(int) * 1_000_000
    return pd.DataFrame({
        "deal_id": np.arange(rows).astype(str), "owner_id": rng.integers(0, 20, rows).astype(str),
        "source": rng.choice(list("abcdef"), rows), "segment": rng.choice(list("klmn"), rows), "semantic": state,
        "created_at": created, "closed_at": np.where(state == "open", np.datetime64("NaT", "us"), closed),
        "amount": rng.lognormal(10, 1, rows).round(2),
    })


def least(work: Callable[[], object], runs: int = 5) -> float:
    """CPU seconds of the fastest of several runs."""
    took = []
    for _ in range(runs):
        gc.collect()
        begin = time.process_time()
        work()
        took.append(time.process_time() - begin)
    return min(took)


def scan(path: Path, columns: tuple[str, ...]) -> Callable[[], object]:
    """Reads every value of the columns and keeps one number of each."""
    sums = ", ".join(f"sum(hash({column}) % 1000)" for column in columns)
    connection = duckdb.connect()
    return lambda: connection.execute(f"select {sums} from read_parquet('{path}')").fetchall()


def main(rows: int = 2_000_000) -> None:
    """Prints CPU seconds and ratios."""
    metrics = ["win_rate", "win_rate_cohort", "cycle_days"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deals.parquet"
        deals(rows).to_parquet(path)
        for by, columns in (((), COLUMNS), (("owner", "source", "segment"), (*COLUMNS, *SLICES))):
            bare = least(scan(path, columns))
            ours = least(lambda by=by: measure({"deals": path}, metrics, by=by))
            print(f"{rows} deals, slices {', '.join(by) or '–'}: scan {bare:.3f} s, measure {ours:.3f} s, ratio {ours / bare:.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
