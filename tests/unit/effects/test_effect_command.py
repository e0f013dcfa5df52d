"""`audit effect`: a summary for a person at a terminal, JSON for a pipe or a file, no folders made by a mistyped path."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.csv"
    pd.DataFrame({"won": np.repeat([1, 0, 1, 0], [48, 32, 56, 14]), "after": np.repeat([0, 1], [80, 70])}).to_csv(path, index=False)
    return path


def command(table, *more):
    return [sys.executable, "-m", "audit.cli", "effect", str(table), "--outcome", "won", "--group", "after", *more]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
@pytest.mark.parametrize(("lang", "said"), [("en", "Rows before: 80; after: 70."), ("ru", "Строк до: 80; после: 70."), ("bg", "Редове преди: 80; след: 70.")])
def test_a_person_at_a_terminal_gets_a_summary(table, lang, said):
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen(command(table, "--lang", lang, "--look", "3", "--planned-looks", "12"), stdout=theirs, stdin=subprocess.DEVNULL)
    os.close(theirs)
    told = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        told += part
    assert process.wait() == 0
    os.close(ours)
    text = told.decode()
    assert said in text
    assert "two_proportions" in text
    assert "{" not in text


def test_a_pipe_gets_json(table):
    done = subprocess.run(command(table), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["effects"][0]["verdict"] == "improved"


@pytest.mark.parametrize("verb", ["effect", "zones"])
def test_a_mistyped_path_makes_no_folders(table, tmp_path, verb):
    out = tmp_path / "mistyped" / "deep" / "effect.json"
    asked = command(table, "--out", str(out)) if verb == "effect" else [sys.executable, "-m", "audit.cli", "zones", str(table), "--out", str(out)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env={**os.environ, "AUDIT_LANG": "en"})
    assert done.returncode == 2
    assert not (tmp_path / "mistyped").exists()
    assert str(out.parent) in done.stderr
