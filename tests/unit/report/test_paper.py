"""defence.pdf: tagged, in its language, with bookmarks, whole, the same twice; nothing is fetched; what is missing is told."""

import io
import re
import sys
from html import unescape

import fixtures
import pytest

from audit.errors import UsageError
from audit.report import render
from audit.report.paper import as_pdf, only_data, printer
from audit.words import Words

WORDS = re.compile(r"\w{3,}")


@pytest.fixture(scope="module")
def paper(press, plain):
    """(bytes, reader) of the printed defence."""
    from pypdf import PdfReader

    (path,) = render(plain, formats=("pdf",))
    assert path.name == "defence.pdf"
    return path.read_bytes(), PdfReader(path)


def test_tagged_in_its_language_with_a_title_and_bookmarks(paper):
    root = paper[1].trailer["/Root"]
    assert root["/Lang"] == "ru" and root["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "Пример-Снаб" in paper[1].metadata.title
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    marks = list(_flat(paper[1].outline))
    assert all(Words("ru")(f"report.{name}.heading") in marks for name in ("state", "zones", "plan", "limits", "glossary"))


def _flat(outline):
    for one in outline:
        if isinstance(one, list):
            yield from _flat(one)
        else:
            yield one.title


def test_no_date_of_now_and_the_same_bytes_twice(paper, pages):
    assert paper[1].metadata.creation_date is None
    assert as_pdf(pages[0]) == paper[0]


def test_fonts_are_inside(paper):
    fonts = {}
    for page in paper[1].pages:
        for font in page["/Resources"]["/Font"].values():
            inner = font.get_object()
            inner = inner["/DescendantFonts"][0].get_object() if "/DescendantFonts" in inner else inner
            fonts[inner["/BaseFont"]] = any(key.startswith("/FontFile") for key in inner["/FontDescriptor"].get_object())
    assert any("Audit-Noto-Sans" in name for name in fonts) and all(fonts.values())


def test_every_word_is_printed_folded_ones_too(paper, pages):
    body = re.sub(r'<nav.*?</nav>|<a class="skip".*?</a>', "", pages[0].partition("<body")[2].partition(">")[2], flags=re.S)
    assert "<details>" in body
    words = set(WORDS.findall(unescape(re.sub(r"<[^>]+>", " ", body)).lower()))
    printed = re.sub(r"\W", "", " ".join(page.extract_text() for page in paper[1].pages)).lower()
    lost = [word for word in words if re.sub(r"\W", "", word) not in printed]
    assert len(lost) <= 0.01 * len(words), lost


def test_running_heads_and_page_numbers(paper):
    texts = [page.extract_text().replace("\u00a0", " ") for page in paper[1].pages]
    assert all("Конфиденциально" in text and f"{at} из {len(texts)}" in text for at, text in enumerate(texts, start=1))


def test_an_attack_in_the_data_is_printed_as_text(press, hostile):
    from pypdf import PdfReader

    made = render(hostile, formats=("pdf",))[0].read_bytes()
    reader = PdfReader(io.BytesIO(made))
    assert not {"/OpenAction", "/AA", "/JavaScript", "/EmbeddedFiles"} & set(reader.trailer["/Root"])
    assert b"/JavaScript" not in made and b"/URI" not in made
    assert "window.__xss" in "".join(page.extract_text() for page in reader.pages)


def test_nothing_is_fetched(press, tmp_path, monkeypatch):
    """Addresses of the net and of the disk are refused, whatever asks for them."""
    import socket

    def refused(*_):
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket.socket, "connect", refused)
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>secret words</text></svg>', encoding="utf-8")
    asked = f'<img alt="a" src="http://example.test/a.png"><img alt="b" src="{secret.as_uri()}"><link rel="stylesheet" href="{secret.as_uri()}"><style>@import "https://example.test/b.css"; p {{ background: url(ftp://example.test/c) }}</style>'
    made = as_pdf(f'<html lang="en"><head><title>t</title>{asked}</head><body><p>whole</p>{asked}</body></html>')
    assert made.startswith(b"%PDF")
    fetch = only_data(press).fetch
    assert fetch("data:text/plain,x").read() == b"x"
    for address in ("http://example.test/", "https://example.test/", "ftp://example.test/", secret.as_uri(), "//example.test/x", "FILE:///etc/hostname"):
        with pytest.raises(ValueError, match="URI"):
            fetch(address)


def test_a_page_that_becomes_another_drops_its_print(press, tmp_path):
    workspace = fixtures.workspace(tmp_path / "client")
    page, paper = render(workspace, formats=("html", "pdf"))
    render(workspace, formats=("html", "slides", "memo"))
    assert paper.is_file()
    render(workspace, formats=("html",), lang="en")
    assert page.is_file() and not paper.exists()


def test_the_rest_is_made_without_the_extra(plain, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    assert [path.name for path in render(plain, formats=("memo",))] == ["memo.html"]
    with pytest.raises(UsageError) as told:
        render(plain, formats=("html", "pdf"))
    assert told.value.code == 2 and "sales-audit[pdf]" in told.value.told("en") and "libpango" in told.value.told("bg")


def test_a_missing_pango_is_told(monkeypatch):
    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'\nmore")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    with pytest.raises(UsageError, match="libpango") as told:
        printer()
    assert "more" not in str(told.value) and "apt-get install" in told.value.told("ru")


def test_the_command_leaves_the_pdf_out_where_it_cannot_be_printed(plain, monkeypatch, capsys):
    from audit.cli import main

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(SystemExit) as ended:
        main(["defend", str(plain.root), "--lang", "en"])
    assert not ended.value.code
    out, err = capsys.readouterr()
    assert [line.rpartition("/")[2] for line in out.split()] == ["defence.html", "slides.html", "memo.html"]
    assert "Without defence.pdf" in err
    with pytest.raises(SystemExit) as ended:
        main(["defend", str(plain.root), "--format", "pdf", "--lang", "en"])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err
