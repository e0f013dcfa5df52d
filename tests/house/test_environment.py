"""pyproject.toml, constraints.txt and environment.yml tell one story."""

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FIXED = {"jupyterlab", "papermill", "pandas", "seaborn", "scipy", "nbconvert", "pytest"}


@pytest.fixture(scope="module")
def wanted(root: Path) -> list[Requirement]:
    """What pyproject.toml asks for: to run, in every extra, and to build."""
    tree = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    project = tree["project"]
    extras = [line for name, lines in project["optional-dependencies"].items() for line in lines if name != "spark"]
    lines = [*project["dependencies"], *extras, *tree["build-system"]["requires"]]
    return [Requirement(line) for line in lines]


@pytest.fixture(scope="module")
def locked(root: Path) -> dict[str, tuple[Requirement, int]]:
    """Name → its pin in constraints.txt and the number of its hashes."""
    return pins(root / "constraints.txt")


def pins(path: Path) -> dict[str, tuple[Requirement, int]]:
    """Name → its pin and the number of its hashes."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            pin = Requirement(line.split(" --hash=")[0])
            assert pin.name not in found, f"{pin.name} is pinned twice"
            found[canonicalize_name(pin.name)] = (pin, len(re.findall(r"--hash=sha256:[0-9a-f]{64}\b", line)))
    return found


@pytest.fixture(scope="module")
def conda(root: Path) -> dict:
    return yaml.safe_load((root / "environment.yml").read_text("utf-8"))


def version(pin: Requirement) -> str:
    (spec,) = pin.specifier
    assert spec.operator == "=="
    return spec.version


def test_every_requirement_is_pinned_within_its_range(wanted, locked):
    for need in wanted:
        pin, _ = locked[canonicalize_name(need.name)]
        assert need.specifier.contains(version(pin)), f"{pin} is not {need}"


def test_spark_is_pinned_apart(root):
    extra = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]["spark"]
    apart = pins(root / "constraints-spark.txt")
    for need in map(Requirement, extra):
        assert need.specifier.contains(version(apart[canonicalize_name(need.name)][0]))
    assert all(hashes for _, hashes in apart.values())
    assert apart.keys() == {"pyspark", "py4j", "setuptools"}


def test_every_pin_has_a_hash(locked):
    assert len(locked) > 100
    assert [name for name, (_, hashes) in locked.items() if not hashes] == []


def test_the_lock_names_no_place(root):
    text = (root / "constraints.txt").read_text("utf-8") + (root / "environment.yml").read_text("utf-8")
    assert not re.search(r"://|index-url|find-links|# via|\s/\w+/", text)


def test_conda_has_the_same_pins(conda, locked):
    *pins, here = next(part["pip"] for part in conda["dependencies"] if isinstance(part, dict))
    assert here == "-e ."
    assert [str(Requirement(pin)) for pin in pins] == [str(pin) for pin, _ in locked.values()]


def test_conda_python_suits_the_project(root, conda):
    needs = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    (python,) = (part for part in conda["dependencies"] if isinstance(part, str) and part.startswith("python="))
    assert Requirement(f"python{needs}").specifier.contains(python.removeprefix("python="))


def test_the_fixed_packages_are_asked_for(wanted):
    assert {need.name for need in wanted} >= FIXED


def test_what_is_installed_is_what_is_locked(locked):
    for name in FIXED:
        assert distribution(name).version == version(locked[name][0])

