"""Tests in a real Chromium: all marked `browser`, so that they can be chosen or left out."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(autouse=True)
def _needs_browser(chromium: str) -> None:
    """Every test here needs a browser, whether it names it or not."""
