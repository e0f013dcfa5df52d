"""What tests of every kind share: places, the public data sets, the browser."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# a slow machine is no failure; on CI a found counterexample must be there for everybody
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public data sets beside the project; the test is skipped where it is absent."""
    place = ROOT.parent / "shared" / "data"
    if not place.is_dir():
        pytest.skip("the public data sets (../shared/data) are not beside the project")
    return place


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a real Chromium; absence skips the test, or fails it where AUDIT_REQUIRE_BROWSER is set."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("AUDIT_REQUIRE_BROWSER"):
        pytest.fail("AUDIT_REQUIRE_BROWSER is set and no Chromium is on the PATH")
    pytest.skip("no Chromium on the PATH")
