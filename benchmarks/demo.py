"""What notebooks cost: `audit demo` against a bare Python script that does the same.

    python benchmarks/demo.py [--runs 3]

Prints CPU seconds (user + system, children included) of each run and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

BARE = """
import sys, datetime as dt
from pathlib import Path
import matplotlib; matplotlib.use("agg")
import audit
from audit.starter import start_demo
from audit.workspace import write_json
workspace = start_demo(Path(sys.argv[1]))
audit.intake(workspace)
values = audit.measure(workspace, client=workspace.client)
folder = workspace.report_dir(values.as_of)
values.write(folder)
audit.find_zones(workspace, as_of=values.as_of, client=workspace.client).to_json(folder / "findings.json")
audit.render(workspace, values.as_of, formats=("html", "memo"))
"""


def cpu(command: list[str]) -> float:
    """CPU seconds of a command and its children."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    demo, bare = [], []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs):
            demo.append(cpu([sys.executable, "-m", "audit.cli", "demo", "--quiet", "--to", str(Path(folder) / f"demo{run}")]))
            bare.append(cpu([sys.executable, "-c", BARE, str(Path(folder) / f"bare{run}")]))
    print("audit demo  CPU s:", *(f"{value:.2f}" for value in demo))
    print("bare script CPU s:", *(f"{value:.2f}" for value in bare))
    print(f"ratio of medians: {statistics.median(demo) / statistics.median(bare):.2f} (wanted: at most 2.5)")


if __name__ == "__main__":
    main()
