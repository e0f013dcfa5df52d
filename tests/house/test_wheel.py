"""`pip install .` gives a working `audit` with the notebooks, templates and samples inside the package."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SHARED = ("notebooks", "templates", "data_samples")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(root, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", place, root], check=True, cwd=place)
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", place]
    subprocess.run([*pip, wheel], check=True)
    return place


def run(installed: Path, *arguments: str) -> str:
    """Output of a Python that sees the installed package before the checkout."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=installed, capture_output=True, text=True, check=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"},
    )
    return done.stdout


def test_the_wheel_holds_the_package_and_the_folders_and_nothing_else(wheel, root, committed):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = set()
    for path in committed:
        name = path.relative_to(root).as_posix()
        if name.startswith("audit/"):
            expected.add(name)
        elif name.startswith(SHARED):
            expected.add(f"audit/_share/{name}")
    assert names == expected


@pytest.mark.parametrize("folder", SHARED)
def test_the_installed_package_finds_its_own_folders(installed, folder):
    found = run(installed, "-c", f"from audit.share import share; print(share({folder!r}))")
    assert Path(found.strip()) == installed / "audit" / "_share" / folder


def test_the_installed_command_helps(installed):
    assert "demo" in run(installed, "-m", "audit.cli", "--help")
    assert (installed / "bin" / "audit").is_file()
