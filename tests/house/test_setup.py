"""The set-up tells what is wrong in three parts, and make lists what it can do."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="make and sh")


@pytest.fixture
def checkout(root, tmp_path) -> Path:
    """The files of the set-up alone, in a folder with a space in its name."""
    place = tmp_path / "a checkout"
    shutil.copytree(root / "tools", place / "tools")
    for name in ("Makefile", "constraints.txt", "constraints-spark.txt", "pyproject.toml"):
        shutil.copy(root / name, place)
    return place


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["make", *arguments], cwd=checkout, capture_output=True, text=True, check=False)


def old_python(folder: Path) -> Path:
    """A stand-in that answers like a Python which is too old."""
    python = folder / "python2.7"
    python.write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo Python 2.7.18 && exit 0\nexit 1\n")
    python.chmod(0o755)
    return python


def test_a_python_too_old_is_told_in_three_parts(checkout, tmp_path):
    done = make(checkout, "demo", f"PYTHON={old_python(tmp_path)}")
    assert done.returncode != 0
    assert done.stdout == ""
    found, where, step, *_ = done.stderr.splitlines()
    assert found.startswith("Found: ")
    assert "Python 2.7.18" in found
    assert where.startswith("Where: ")
    assert step.startswith("Next: ")
    assert "make demo PYTHON=" in step
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("made_for", ["here", "elsewhere"])
def test_only_an_environment_made_in_this_folder_counts_as_ready(checkout, made_for):
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / ".ready").write_text(f"{checkout.resolve()}\n" if made_for == "here" else "/elsewhere\n")
    plan = make(checkout, "--dry-run", "demo").stdout
    assert ("tools/setup.sh" in plan) == (made_for == "elsewhere")
    assert plan.splitlines()[-1] == ".venv/bin/audit demo --to demo"


def test_help_lists_every_target(checkout):
    listed = {line.split()[1] for line in make(checkout).stdout.splitlines()}
    assert listed == {"help", "demo", "test", "coverage", "engines", "lint", "lab", "bench", "starters", "lock", "clean"}


def test_clean_keeps_the_environment_and_the_sources(checkout):
    for name in (".venv/lib/__pycache__", "audit/__pycache__", "demo/reports", ".pytest_cache"):
        (checkout / name).mkdir(parents=True)
    (checkout / "audit" / "words.py").touch()
    assert make(checkout, "clean").returncode == 0
    left = {path.relative_to(checkout).as_posix() for path in checkout.rglob("*") if path.is_dir()}
    assert left == {"tools", "audit", ".venv", ".venv/lib", ".venv/lib/__pycache__"}
    assert (checkout / "audit" / "words.py").exists()


@pytest.mark.parametrize("script", ["tools/setup.sh", "tools/lock.sh", ".ci/run"])
def test_scripts_are_well_formed(root, script):
    path = root / script
    assert os.access(path, os.X_OK)
    shell = "bash" if "bash" in path.read_text("utf-8").splitlines()[0] else "sh"
    subprocess.run([shell, "-n", path], check=True)
