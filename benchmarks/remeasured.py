"""How often the monthly re-measurement is right: made-up clients with five agreed changes, one of them real, measured month by month.

    python benchmarks/remeasured.py [--clients 40] [--start 0] [--months 2024-08]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "remeasure"))

from house_of_changes import START, House, row

REAL = 0.25  # added to the chance to win of seller A from the start on; no other change does anything
CHANGES = (
    row("real", scope={"owner": "Seller A"}, rank=1), row("seller", scope={"owner": "Seller B"}, rank=2), row("region", scope={"region": "North"}, rank=3),
    row("team", metric="avg_check", scope={"team": "one"}, rank=4, unit="money", baseline=3600.0, target=4000.0),
    row("days", metric="cycle_days", scope={"owner": "Seller C"}, rank=5, unit="days", baseline=20.0, target=15.0),
)
DECIDED = ("improved", "worsened")


def run(clients: range, months: list[str]) -> str:
    """Intervals that hold the truth by change and form, verdicts on changes without effect, how often the real one was found."""
    held: Counter[tuple[str, bool]] = Counter()
    alarms = nothing = seen = real = 0
    clock = time.process_time()
    for seed in clients:
        with tempfile.TemporaryDirectory() as folder:
            house = House(Path(folder) / "client").deals(seed=seed, a_month=600, win=lambda deal: REAL * (deal["owner"] == "Seller A" and deal["created_at"].date() >= START))
            house.agree(*CHANGES)
            for month in months:
                for name, one in house.measure(month)[1].items():
                    if name == "real":
                        real, seen = real + 1, seen + (one["verdict"] == "improved")
                    else:
                        nothing, alarms = nothing + 1, alarms + (one["verdict"] in DECIDED)
                    if one["effect"] is not None and name != "region":  # the region holds a twelfth of the real one
                        held[f"{name} ({one['form']})", one["low"] <= (REAL if name == "real" else 0.0) <= one["high"]] += 1
    told = ", ".join(f"{name} {held[name, True]} of {held[name, True] + held[name, False]}" for name in sorted({name for name, _ in held}))
    return (f"intervals that hold the truth: {told}; verdicts of an effect where there is none: {alarms} of {nothing}; the real one found: {seen} of {real}; "
            f"{(time.process_time() - clock) / len(clients):.1f} s a client")


def main() -> None:
    """Prints a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--months", nargs="+", default=["2024-08"])
    options = parser.parse_args()
    print(run(range(options.start, options.start + options.clients), options.months), flush=True)


if __name__ == "__main__":
    main()
