"""Tests in a real Chromium: all marked `browser`, so that they can be chosen or left out."""

from pathlib import Path

import fixtures
import packs
import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(autouse=True)
def _needs_browser(chromium: str) -> None:
    """Every test here needs a browser, whether it names it or not."""


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """(kind, page) → file, for a plain and a hostile client."""
    from audit.report import render
    from audit.report.remeasured.pages import render_month
    from audit.report.standup.pages import render_standup
    from audit.standup import standup

    made = {}
    for kind in ("plain", "hostile"):
        workspace = fixtures.workspace(tmp_path_factory.mktemp(kind) / "client", hostile=kind == "hostile")
        made |= {(kind, path.stem): path for path in [*render(workspace), render_month(workspace)]}
        drawn = packs.workspace(tmp_path_factory.mktemp(kind) / "drawn", packs.HOSTILE if kind == "hostile" else packs.WORLD, names="shown", lang="ru")
        standup(drawn, packs.MONDAY)
        made[kind, "standup"] = render_standup(drawn)[-1]
    return made


@pytest.fixture(scope="session")
def browser(chromium):
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--no-first-run"])
        yield running
        running.close()


@pytest.fixture
def opened(browser, pages):
    """Opens a page; every request beyond the file and every dialog is written down."""
    contexts = []

    def open_(kind, name, *, width=1280, height=900, script=True):
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
        contexts.append(context)
        page = context.new_page()
        page.tried = []
        page.on("request", lambda request: page.tried.append(request.url[:60]))
        page.on("dialog", lambda dialog: (page.tried.append("dialog"), dialog.dismiss()))
        page.goto(pages[kind, name].as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
