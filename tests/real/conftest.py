"""Tests on public data: all marked `real`, all skipped with a reason where the data is absent."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("real")


@pytest.fixture(autouse=True)
def _needs_data(shared_data: Path) -> None:
    """Every test here needs the data, whether it names it or not."""
