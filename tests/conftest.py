"""What tests of every kind share: places, the public data sets, the browser."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# a slow machine is no failure; on CI a found counterexample must be there for everybody
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


# folders whose tests run again, on other data, what the others have run
AGAIN = {"contract", "fuzz", "real", "reference", "simulation"}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item):
    """Lines that such tests run are not counted: each was counted before, and counting takes half as long as running."""
    with _uncounted() if item.get_closest_marker("again") or item.path.parent.name in AGAIN else nullcontext():
        return (yield)


@contextmanager
def _uncounted() -> Iterator[None]:
    """Coverage rests, in this process and in those that it starts."""
    name = "COVERAGE_PROCESS_CONFIG"
    if name not in os.environ:
        yield
        return
    tracer, told = sys.gettrace(), os.environ.pop(name)
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
        os.environ[name] = told


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def made_values(tmp_path_factory):
    """VALUES of the made-up world at its day, measured once for every process of the tests."""
    from made import AS_OF, made
    from once import made_once

    from audit.metrics import measure

    return made_once(tmp_path_factory, "made", lambda: measure(made(), as_of=AS_OF))


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


@pytest.fixture(scope="session")
def press():
    """WeasyPrint with Pango; absence skips the test, or fails it where AUDIT_REQUIRE_PDF is set."""
    from audit.errors import UsageError
    from audit.report.paper import printer

    try:
        return printer()
    except UsageError as missing:
        if os.environ.get("AUDIT_REQUIRE_PDF"):
            pytest.fail(f"AUDIT_REQUIRE_PDF is set: {missing.told('en')}")
        pytest.skip(missing.told("en"))
