"""What a start costs: `audit --help` against a bare Python.

    python benchmarks/startup.py [--runs 9]

Prints the median CPU seconds (user + system) of each; the wanted figure is less than 0.3 CPU s for the help.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys


def cpu(arguments: list[str]) -> float:
    """CPU seconds of one Python with these arguments."""
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    bare = statistics.median(cpu(["-c", "pass"]) for _ in range(runs))
    told = statistics.median(cpu(["-m", "audit.cli", "--help"]) for _ in range(runs))
    print(f"bare Python  CPU s: {bare:.3f}")
    print(f"audit --help CPU s: {told:.3f} (wanted: less than 0.3)")


if __name__ == "__main__":
    main()
