"""`audit remeasure --history` in a pipe: a row a line, however long its title."""

import os
import subprocess
import sys

from house_of_changes import row


def test_a_pipe_has_no_width(house):
    title = "A title of a change that is so long that no terminal of eighty columns could ever show it beside its effect and its money"
    house.deals(a_month=240).agree(row("a", scope={"owner": "Seller A"}) | {"title": title})
    house.measure("2024-06")
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"} | {"AUDIT_LANG": "en"}
    done = subprocess.run([sys.executable, "-m", "audit.cli", "remeasure", str(house.root), "--history"], capture_output=True, text=True, check=True, env=environment)
    line = next(line for line in done.stdout.splitlines() if title in line)
    assert "2024-06" in line
    assert "1 ✓" in line
