"""Measured workspaces of a made-up client, plain and hostile, made once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import fixtures


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    """A measured workspace."""
    return fixtures.workspace(tmp_path_factory.mktemp("plain") / "client")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """The same with an attack in every name of the client's data."""
    return fixtures.workspace(tmp_path_factory.mktemp("hostile") / "client", hostile=True)


@pytest.fixture(scope="session")
def pages(plain):
    """(defence, memo) of the plain workspace as text."""
    from audit.report import render

    return [path.read_text(encoding="utf-8") for path in render(plain, formats=("html", "memo"))]


@pytest.fixture(scope="session")
def slides(plain):
    """The deck of the plain workspace as text."""
    from audit.report import render

    return render(plain, formats=("slides",))[0].read_text(encoding="utf-8")
