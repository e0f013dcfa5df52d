"""What is imported is declared, what is declared is used, and a start imports nothing heavy."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HEAVY = {"pandas", "numpy", "ibis", "duckdb", "pyarrow", "papermill", "matplotlib", "seaborn", "statsmodels", "scipy",
         "nbconvert", "nbformat", "nbclient", "IPython", "jupyter_client", "babel.dates", "pydantic", "jinja2"}
# the kernel that papermill starts, the engine that Ibis opens, and the packages every environment is promised
WITHOUT_IMPORT = {"ipykernel", "duckdb", "jupyterlab", "papermill", "pandas", "scipy", "nbconvert"}


def imported(files: list[Path]) -> set[str]:
    """Top names of all absolute imports, also those inside functions and import_module("…")."""
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return {name.split(".")[0] for name in found}


@pytest.fixture(scope="module")
def used(root) -> dict[str, set[str]]:
    """Imported third-party module → the distributions that may give it, in audit/ and notebooks/."""
    gives = packages_distributions()
    names = imported([*(root / "audit").rglob("*.py")]) - sys.stdlib_module_names - {"audit"}
    return {name: {canonicalize_name(giver) for giver in gives.get(name, [name])} for name in names}


@pytest.fixture(scope="module")
def project(root) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def declared(project) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}


@pytest.fixture(scope="module")
def extra(project) -> set[str]:
    """What the extras of users bring; the tools of developers are none of the package's."""
    extras = [lines for name, lines in project["optional-dependencies"].items() if name != "dev"]
    return {canonicalize_name(Requirement(line).name) for lines in extras for line in lines}


def test_every_import_is_declared(used, declared, extra):
    assert {name: givers for name, givers in used.items() if not givers & (declared | extra)} == {}


def test_every_extra_is_used(used, extra):
    assert extra - set().union(*used.values()) == set()


def test_every_dependency_is_used(used, declared):
    assert declared - WITHOUT_IMPORT - set().union(*used.values()) == set()


@pytest.mark.parametrize("start", [["-c", "import audit"], ["-m", "audit.cli", "--help"]], ids=["import", "help"])
def test_a_start_imports_nothing_heavy(start):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *start],
        capture_output=True, text=True, check=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    loaded = set(re.findall(r"^import time:.*\|\s*([\w.]+)$", done.stderr, re.M))
    assert "audit" in loaded
    assert loaded & HEAVY == set()


def test_every_version_a_run_records_is_declared(declared):
    from audit.runner.record import versions

    assert set(versions()) - {"audit", "code", "python", "system"} <= declared
