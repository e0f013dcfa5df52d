"""`audit run` with an engine elsewhere, told by `--engine` or client.yml: the same values and findings as here."""

import datetime as dt
import os
import random
import re
import subprocess
import sys

import pandas as pd
import pytest
from engine_worlds import differences

from audit.starter import start


def client(folder, engine: str = ""):
    """A client of 240 deals of two sellers."""
    dice = random.Random(7)
    lines = ["id,created_at,closed_at,won,amount,owner"]
    for number in range(240):
        begun = dt.datetime(2026, 1, 5, 9) + dt.timedelta(days=number, seconds=108 * number)
        won = dice.random() < (0.5 if number % 2 else 0.2)
        lines.append(f"{number},{begun},{begun + dt.timedelta(days=9, seconds=4_321 * number)},{won},{dice.randrange(50, 150) * 100},{'Anna Lis' if number % 2 else 'Boris Elk'}")
    made = start(folder, name="Made Up Ltd", language="en", currency="EUR", country="BG")
    (made.inbox / "deals.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if engine:
        settings = made.root / "client.yml"
        settings.write_text(re.sub("(?m)^engine:.*$", f"engine: {engine}", settings.read_text("utf-8")), encoding="utf-8")
    return made.root


def run(root, *options):
    return subprocess.run([sys.executable, "-m", "audit.cli", "run", str(root), "--quiet", *options], capture_output=True, text=True, env={**os.environ, "AUDIT_LANG": "en"}, check=False)


def ran(root, *options):
    """(VALUES, bytes of findings.json) of a whole run."""
    done = run(root, *options)
    assert done.returncode == 0, done.stderr
    place = next((root / "reports").iterdir())
    assert (place / "defence.html").is_file()
    return pd.read_parquet(place / "values.parquet"), (place / "findings.json").read_bytes()


def test_a_whole_run_on_postgres_gives_the_same(server, tmp_path):
    here, there = ran(client(tmp_path / "here")), ran(client(tmp_path / "there"), "--engine", server[0])
    assert not differences(here[0], there[0])
    assert here[1] == there[1]


@pytest.mark.parametrize("said", ["option", "settings"])
def test_an_engine_that_cannot_be_reached_is_told(tmp_path, said):
    address = "postgres://nobody@localhost:1/none"
    root = client(tmp_path / "client", engine=address if said == "settings" else "")
    done = run(root, *(["--engine", address] if said == "option" else []))
    assert done.returncode not in (0, 1)
    assert "Traceback" not in done.stderr
    assert "localhost" in done.stderr
