"""The deck in a real Chromium: keys move it, nothing sticks out of a slide, it prints one slide a page and reads without JavaScript."""

from __future__ import annotations

import io
import re
from importlib.resources import files
from pathlib import Path

import fixtures
import pytest

from audit.workspace import read_json, write_json

WORDS = re.compile(r"\w{3,}")
KINDS = pytest.mark.parametrize("kind", ["plain", "hostile"])
# places of everything seen that reach into the foot of a sheet or beyond its sides
STICKING = """[...document.querySelectorAll('.sheet')].flatMap((sheet, at) => {
  const box = sheet.getBoundingClientRect(), foot = 0.068 * box.height;
  return [...sheet.querySelectorAll('*')].filter(one => !one.closest('caption, .first h3')).filter(one => {
    const place = one.getBoundingClientRect();
    return place.bottom > box.bottom - foot || place.right > box.right - 20 || place.left < box.left || one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).display === 'block';
  }).map(one => [at + 1, one.tagName, one.className, one.textContent.slice(0, 60)]);
})"""
SMALLEST = """Math.min(...[...document.querySelectorAll('.sheet *')].filter(one => [...one.childNodes].some(part => part.nodeType === 3 && part.textContent.trim()))
  .filter(one => !one.closest('caption')).map(one => parseFloat(getComputedStyle(one).fontSize)))"""


def place(page) -> tuple[str, float]:
    """(end of the address, slides scrolled away)."""
    return tuple(page.evaluate("[location.hash, scrollY / innerHeight]"))


def settled(page, number: int) -> None:
    page.wait_for_function("n => location.hash === '#' + n && Math.abs(scrollY - (n - 1) * innerHeight) < 2", arg=number)


def crowd(file: Path) -> None:
    """Four times as many zones, each about a slice with a long name."""
    content, long = read_json(file), " и ещё одно длинное уточнение названия среза номер "
    content["findings"] = [{**one, "id": f"{one['id']}_{copy}", "slice": {by: f"{label}{long}{copy}" for by, label in one["slice"].items()}}
                           for copy in range(4) for one in content["findings"]]
    write_json(file, content)


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """(kind, language) → deck."""
    from audit.report import render

    made = {}
    for kind in ("plain", "hostile", "crowded"):
        workspace = fixtures.workspace(tmp_path_factory.mktemp("decks") / kind, hostile=kind == "hostile")
        if kind == "crowded":
            crowd(workspace.report_dir(fixtures.AS_OF) / "findings.json")
        for lang in ("ru", "en", "bg"):
            path = render(workspace, formats=("slides",), lang=lang)[0]
            made[kind, lang] = path.rename(path.with_name(f"{kind}-{lang}.html"))
    return made


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
@pytest.mark.parametrize("kind", ["plain", "hostile", "crowded"])
def test_nothing_sticks_out_of_a_slide_and_all_is_readable(browser, decks, kind, lang):
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(decks[kind, lang].as_uri())
    assert page.evaluate(STICKING) == []
    assert page.evaluate(SMALLEST) >= 16
    assert page.evaluate("Math.min(...[...document.images].map(one => one.getBoundingClientRect().height / one.getAttribute('height')))") >= 1.1  # letters of 13 pixels grow
    assert page.evaluate("document.querySelectorAll('.slide').length * innerHeight === document.documentElement.scrollHeight")
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1024, 768), (390, 844)])
def test_it_fits_other_windows(opened, width, height):
    page = opened("plain", "slides", width=width, height=height)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 820:
        assert page.evaluate(STICKING) == []
    else:
        assert page.evaluate(SMALLEST) >= 12


@KINDS
def test_the_only_script_is_its_own_and_nothing_is_fetched(opened, kind):
    page = opened(kind, "slides")
    page.keyboard.press("ArrowRight")
    settled(page, 2)
    assert [url for url in page.tried if not url.startswith(("file:", "data:"))] == []
    assert sum(url.startswith("file:") for url in page.tried) == 1
    assert page.evaluate("Object.keys(window).filter(k => k.startsWith('__xss'))") == []
    assert page.evaluate("document.scripts.length") == 1
    assert page.evaluate("document.forms.length + document.querySelectorAll('iframe,object,embed').length") == 0
    assert page.evaluate("[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on/i.test(a.name))).length") == 0


def test_another_script_is_refused(opened):
    page = opened("plain", "slides")
    page.evaluate("() => { const one = document.createElement('script'); one.textContent = 'window.__xss = 1'; document.body.append(one); }")
    assert page.evaluate("window.__xss") is None


@KINDS
@pytest.mark.parametrize("width", [1280, 390])
def test_accessible(opened, kind, width):
    page = opened(kind, "slides", width=width, height=720)
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": axe})
    assert page.evaluate("axe.run(document).then(r => r.violations.map(v => [v.id, v.nodes[0].html.slice(0, 200)]))") == []
    assert page.evaluate("[...document.images].every(i => i.alt.length > 20 && i.naturalWidth > 0)")
    assert page.evaluate("(ids => ids.length === new Set(ids).size)([...document.querySelectorAll('[id]')].map(e => e.id))")
    assert page.evaluate("[...document.querySelectorAll('a[href]')].every(a => document.getElementById(a.getAttribute('href').slice(1)))")


def test_keys_move_it_and_the_address_tells_where(opened):
    page = opened("plain", "slides", height=720)
    last = page.evaluate("document.querySelectorAll('.slide').length")
    for key, number in (("ArrowRight", 2), ("ArrowDown", 3), ("Space", 4), ("PageDown", 5), ("ArrowLeft", 4), ("ArrowUp", 3), ("Shift+Space", 2), ("PageUp", 1), ("ArrowLeft", 1),
                        ("End", last), ("PageDown", last), ("Home", 1)):
        page.keyboard.press(key)
        settled(page, number)
    page.mouse.wheel(0, 720)
    settled(page, 2)
    page.keyboard.press("Control+ArrowRight")
    assert place(page) == ("#2", 1)


def test_an_address_opens_its_slide_and_a_new_size_keeps_it(opened):
    page = opened("plain", "slides", height=720)
    page.goto(page.url + "#7")
    settled(page, 7)
    page.set_viewport_size({"width": 1600, "height": 900})
    settled(page, 7)
    page.goto(page.url.partition("#")[0] + "#99")
    page.keyboard.press("ArrowLeft")
    settled(page, page.evaluate("document.querySelectorAll('.slide').length") - 1)


def test_a_narrow_window_scrolls_as_a_page(opened):
    page = opened("plain", "slides", width=390, height=844)
    page.keyboard.press("ArrowDown")
    page.wait_for_function("scrollY > 0")
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") < 200


@KINDS
def test_reads_without_javascript(opened, kind):
    with_, without = opened(kind, "slides"), opened(kind, "slides", script=False)
    assert with_.inner_text("body") == without.inner_text("body")
    assert without.locator(".slide").count() == without.locator(".slide:visible").count()


@KINDS
@pytest.mark.parametrize("css_size", [True, False], ids=["sheet", "margins"])
def test_one_slide_a_page_on_paper(opened, kind, css_size):
    from pypdf import PdfReader

    page = opened(kind, "slides")
    visible, edges = page.inner_text("body"), {} if css_size else dict.fromkeys(("top", "right", "bottom", "left"), "10mm")
    reader = PdfReader(io.BytesIO(page.pdf(format="A4", print_background=True, prefer_css_page_size=css_size, margin=edges, tagged=True, outline=True)))
    width, height = reader.pages[0].mediabox[2:]
    assert width > height
    texts = [one.extract_text() for one in reader.pages]
    heads = [one.inner_text() for one in page.locator(".slide :is(h1, h2)").all()]
    assert len(texts) == len(heads)
    for text, head in zip(texts, heads, strict=True):
        assert re.sub(r"\W", "", head)[:30] in re.sub(r"\W", "", text)
    squeezed = re.sub(r"\W", "", " ".join(texts)).lower()
    words = set(WORDS.findall(visible.lower()))
    lost = [word for word in words if re.sub(r"\W", "", word) not in squeezed]
    assert len(lost) <= 0.03 * len(words), lost
    assert reader.outline
