"""CPU time of `find_zones` on a million deals, two metrics, five dimensions, beside its peers where they are installed.

    python benchmarks/zones.py [--deals 1000000] [--peer-python /path/to/venv/bin/python]
    python benchmarks/zones.py --client DIR [--repeats 5]

With `--client` all metrics × slices of a workspace instead (`audit demo --to DIR` makes one), tables and bases included, each time in a process of its own.
A peer's Python needs wise-pizza and pysubgroup; it gets the same table and prints its own CPU seconds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "simulation"))

from worlds import World, make

DIMENSIONS = ["manager", "channel", "region", "product", "segment"]
PEER = """
import sys, time
import pandas as pd
frame = pd.read_csv(sys.argv[1])
dims = sys.argv[3].split(",")
closed = frame.assign(won=(frame["semantic"] == "won").astype(float), deals=1.0)
won = closed[closed["won"] == 1]
start = time.process_time()
if sys.argv[2] == "wise_pizza":
    import wise_pizza
    start = time.process_time()
    for rows, total in ((closed, "won"), (won, "amount")):
        result = wise_pizza.explain_levels(rows[[*dims, total, "deals"]], dims, total, "deals", max_depth=2)
else:
    import pysubgroup as ps
    start = time.process_time()
    space = ps.create_nominal_selectors(closed[dims])
    for rows, name, target, measure in (
        (closed, "won", ps.BinaryTarget("won", 0.0), ps.StandardQF(0.5)),
        (won, "amount", ps.NumericTarget("amount"), ps.StandardQFNumeric(0.5)),
    ):
        task = ps.SubgroupDiscoveryTask(rows[[*dims, name]], target, space, result_set_size=5, depth=2, qf=measure)
        ps.SimpleDFS().execute(task)
print(time.process_time() - start)
"""


def ours(frame, repeats: int) -> float:
    """Least CPU seconds of a few runs; the import is paid before."""
    from audit.zones import find_zones

    best = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        zones = find_zones(frame, metrics=["win_rate", "avg_check"], dimensions=DIMENSIONS)
        best = min(best, time.process_time() - start)
    print(f"find_zones: {best:.2f} CPU s, {zones.tested} tests, found: {[(one['metric'], one['slice']) for one in zones.findings]}")
    return best


ALONE = """
import sys, time
import holidays.countries, pyarrow.parquet, scipy.special, yaml
import audit.engine.duck, audit.metrics.catalogue
from audit.workspace import Workspace
from audit.zones import find_zones
workspace = Workspace.open(sys.argv[1])
start = time.process_time()
zones = find_zones(workspace)
print(time.process_time() - start, zones.tested, len(zones.findings))
"""


def alone(folder: str, repeats: int) -> None:
    """All metrics × slices of a workspace, each time in a process that has imported what it needs and read nothing."""
    runs = [subprocess.run([sys.executable, "-c", ALONE, folder], capture_output=True, text=True, check=True).stdout.split() for _ in range(repeats)]
    seconds = sorted(float(run[0]) for run in runs)
    print(f"find_zones alone: {seconds[0]:.2f} CPU s (median {seconds[len(seconds) // 2]:.2f} of {repeats}), {runs[0][1]} tests, {runs[0][2]} zones")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--client", help="folder of a workspace")
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--peers", nargs="*", default=["wise_pizza", "pysubgroup"])
    options = parser.parse_args()
    if options.client:
        alone(options.client, options.repeats)
        return
    frame = make(World(deals=options.deals, planted=True), seed=1)
    frame.attrs.clear()
    best = ours(frame, options.repeats)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "deals.csv"
        frame[[*DIMENSIONS, "semantic", "amount"]].to_csv(file, index=False)
        for peer in options.peers:
            run = subprocess.run([options.peer_python, "-c", PEER, file, peer, ",".join(DIMENSIONS)], capture_output=True, text=True)
            if run.returncode:
                print(f"{peer}: not run ({run.stderr.strip().splitlines()[-1] if run.stderr.strip() else 'no reason given'})")
                continue
            seconds = float(run.stdout.strip().splitlines()[-1])
            print(f"{peer}: {seconds:.2f} CPU s, {seconds / best:.1f} times ours")


if __name__ == "__main__":
    main()
