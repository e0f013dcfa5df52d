"""The pages in a real Chromium: inert, accessible, whole without JavaScript, on paper and on a phone."""

from __future__ import annotations

import io
import re
from importlib.resources import files
from itertools import pairwise

import fixtures
import pytest

WORDS = re.compile(r"\w{3,}")


EVERY = pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in ("plain", "hostile") for name in ("defence", "memo", "remeasure", "standup")])


@EVERY
def test_nothing_runs_and_nothing_is_fetched(opened, kind, name):
    page = opened(kind, name)
    assert [url for url in page.tried if not url.startswith(("file:", "data:"))] == []
    assert sum(url.startswith("file:") for url in page.tried) == 1
    assert page.evaluate("Object.keys(window).filter(k => k.startsWith('__xss'))") == []
    assert page.evaluate("document.scripts.length + document.forms.length + document.querySelectorAll('iframe,object,embed').length") == 0
    assert page.evaluate("[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length") == 0


@EVERY
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible(opened, kind, name, width):
    page = opened(kind, name, width=width)
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
    found = page.evaluate("axe.run(document).then(r => r.violations.map(v => [v.id, v.nodes[0].html.slice(0, 200)]))")
    assert found == []


@EVERY
def test_document_is_sound(opened, kind, name):
    page = opened(kind, name)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    assert page.evaluate("[...document.images].every(i => i.alt.length > 20 && i.naturalWidth > 0)")
    assert page.evaluate("[...document.querySelectorAll('a[href]')].every(a => document.getElementById(a.getAttribute('href').slice(1)))")
    assert page.evaluate("(ids => ids.length === new Set(ids).size)([...document.querySelectorAll('[id]')].map(e => e.id))")
    assert page.evaluate("[...document.querySelectorAll('table')].every(t => t.caption && t.querySelector('th[scope]'))")
    assert page.evaluate("document.fonts.check('15px \"Audit Noto Sans\"')")


@EVERY
@pytest.mark.parametrize("width", [390, 820, 1280])
def test_nothing_sticks_out(opened, kind, name, width):
    page = opened(kind, name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@EVERY
def test_nothing_sticks_out_on_paper(opened, kind, name):
    page = opened(kind, name, width=718)  # A4 between margins of 10 mm
    page.emulate_media(media="print")
    assert page.evaluate("[...document.querySelectorAll('table,img,figure')].every(e => e.getBoundingClientRect().right <= 720)")


@EVERY
def test_whole_on_paper_with_folded_numbers(opened, kind, name):
    from pypdf import PdfReader

    page = opened(kind, name)
    inside = page.evaluate("[...document.querySelectorAll('details table :is(th, td)')].map(cell => cell.textContent).join(' ')")
    page.emulate_media(media="print")
    visible = page.evaluate("document.body.innerText")
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True, prefer_css_page_size=True, tagged=True, outline=True)))
    texts = [one.extract_text() for one in reader.pages]
    squeezed = re.sub(r"\W", "", " ".join(texts)).lower()
    for wanted in (visible, inside):
        words = set(WORDS.findall(wanted.lower()))
        lost = [word for word in words if re.sub(r"\W", "", word) not in squeezed]
        assert len(lost) <= 0.03 * len(words)
    assert all(text.strip() for text in texts)
    if name == "memo":
        assert len(texts) == 1 or kind == "hostile"
    else:
        assert f"2 из {len(texts)}" in texts[1].replace("\u00a0", " ")
        assert reader.outline


@EVERY
def test_reads_without_javascript(opened, kind, name):
    with_, without = opened(kind, name).inner_text("body"), opened(kind, name, script=False).inner_text("body")
    assert with_ == without


def test_a_section_in_a_foreign_page_leaves_it_alone(browser, tmp_path):
    """In JupyterLab a block brings its style along: what is outside must keep its own."""
    from audit.report import Report

    block = Report.open(fixtures.workspace(tmp_path / "client")).section("limits")
    page = browser.new_page()
    page.set_content(f"<p id=outside style='font: 20px serif'>x</p><table id=t><tr><td>1</td></tr></table>{block._repr_html_()}")
    assert page.evaluate("getComputedStyle(document.getElementById('outside')).fontSize") == "20px"
    assert page.evaluate("getComputedStyle(document.querySelector('#t td')).borderBottomWidth") == "0px"
    assert page.evaluate("getComputedStyle(document.querySelector('.audit h2')).fontSize") == "24px"
    page.close()
