"""What the whole catalogue costs on a large client: CPU against one scan, memory, growth, plain pandas and pm4py.

    python benchmarks/catalogue.py [--sizes 20000 200000 2000000] [--no-pm4py]

Every measurement is a process of its own: its CPU is user + system with all threads, imports included; memory is the peak resident set. The scan is
DuckDB reading every value of every column of the files and adding up its hash. Files lie in .bench/ (see large.py); so does pm4py, in an environment
of its own: it is AGPL and no dependency.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import pandas as pd
from large import BENCH, folder_of, write
from peers import METRICS

HERE = Path(__file__).resolve().parent
SCAN = """
import sys
from pathlib import Path
import duckdb
duckdb.sql("SET enable_progress_bar = false")
for file in sorted(Path(sys.argv[1]).glob("*.parquet")):
    columns = [row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM '{file}'").fetchall()]
    duckdb.sql("SELECT " + ", ".join(f'sum(hash("{one}") % 1000)' for one in columns) + f" FROM '{file}'").fetchall()
"""
OURS = """
import sys
from pathlib import Path
from audit.metrics import measure
tables = {file.stem: file for file in Path(sys.argv[1]).glob("*.parquet")}
metrics = sys.argv[3].split(",") if sys.argv[3] else None
values = measure(tables, metrics, by=sys.argv[4].split(",") if sys.argv[4] else None)
print(len(values.frame), "rows,", values.frame["metric"].nunique(), "metrics,", len(values.lacking()), "not measurable")
values.frame.to_parquet(sys.argv[2])
"""
# what pm4py's performance views tell: how long stages and deals take, and from which stage deals go where
PERFORMANCE = ("stage_days", "stage_days_p80", "stage_exit_forward", "stage_exit_back", "cycle_days", "cycle_days_mean")


def run(*command: str | Path) -> tuple[float, float, str]:
    """(CPU seconds, peak memory in MB, what was printed) of one process; its children and threads count."""
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([str(part) for part in command], stdout=said)
        _, state, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(state)
        if process.returncode:
            raise SystemExit(f"{command[1]} ended with {process.returncode}")
        said.seek(0)
        return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said.read().strip()


def ours(folder: Path, metrics: tuple[str, ...] = (), by: str = "") -> tuple[float, float, str, pd.DataFrame]:
    """The same of `measure`, with VALUES."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "values.parquet"
        return *run(sys.executable, "-c", OURS, folder, file, ",".join(metrics), by), pd.read_parquet(file)


def whole(size: int) -> float:
    """Prints the cost of the whole catalogue on a client of this size; CPU seconds."""
    folder = write(size, folder_of(size))
    scan = run(sys.executable, "-c", SCAN, folder)[0]
    cpu, memory, said, _ = ours(folder)
    print(f"{size:,} deals: scan {scan:.1f} CPU s, catalogue {cpu:.1f} CPU s ({cpu / scan:.1f} scans), {memory:,.0f} MB; {said}", flush=True)
    return cpu


def against_pandas(size: int) -> None:
    """Prints CPU of a dozen metrics here and in plain pandas; stops where a value differs."""
    folder = folder_of(size)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "pandas.parquet"
        theirs, their_memory, _ = run(sys.executable, HERE / "peers.py", "pandas", folder, file)
        plain = pd.read_parquet(file)
    cpu, memory, _, values = ours(folder, METRICS, "owner")
    compared = same(values, plain)
    print(f"{size:,} deals, {len(METRICS)} metrics: pandas {theirs:.1f} CPU s, {their_memory:,.0f} MB; here, with intervals, {cpu:.1f} CPU s "
          f"(pandas ÷ here {theirs / cpu:.2f}), {memory:,.0f} MB; {compared} values equal", flush=True)


def same(values: pd.DataFrame, plain: pd.DataFrame) -> int:
    """How many values both have; an error where one differs or is missing."""
    values = values.assign(start=pd.to_datetime(values["period_start"].where(values["period"] != "all")))
    keys = ["metric", "by", "group", "period", "start"]
    plain = plain.assign(start=pd.to_datetime(plain["start"])).dropna(subset=["value"])
    both = plain.merge(values[values["n"] > 0], on=keys, how="left", suffixes=("", "_here"))
    wrong = both[~((both["value"] - both["value_here"]).abs() <= 1e-8 * both["value"].abs()) & (both["value"] != 0)]
    if len(wrong):
        raise SystemExit(f"{len(wrong)} of {len(both)} values differ:\n{wrong.head(10).to_string()}")
    return len(both)


def against_pm4py(size: int) -> None:
    """Prints CPU of pm4py's performance views and of the metrics here that tell the same."""
    python = BENCH / "pm4py" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", BENCH / "pm4py"], check=True)
        subprocess.run([BENCH / "pm4py" / "bin" / "pip", "install", "-q", "pm4py", "pyarrow"], check=True)
    folder = folder_of(size)
    theirs, their_memory, said = run(python, HERE / "peers.py", "pm4py", folder)
    cpu, memory, _, _ = ours(folder, PERFORMANCE)
    print(f"{size:,} deals: pm4py {theirs:.1f} CPU s, {their_memory:,.0f} MB ({said}); {len(PERFORMANCE)} metrics here {cpu:.1f} CPU s "
          f"(pm4py ÷ here {theirs / cpu:.2f}), {memory:,.0f} MB", flush=True)


def main() -> None:
    """Prints every figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[20_000, 200_000, 2_000_000])
    parser.add_argument("--no-pm4py", action="store_true")
    options = parser.parse_args()
    cost = {size: whole(size) for size in options.sizes}
    for less, more in pairwise(options.sizes):
        print(f"growth from {less:,} to {more:,} deals: CPU ~ deals^{math.log(cost[more] / cost[less]) / math.log(more / less):.2f}")
    for size in options.sizes:
        against_pandas(size)
        if not options.no_pm4py:
            against_pm4py(size)


if __name__ == "__main__":
    main()
