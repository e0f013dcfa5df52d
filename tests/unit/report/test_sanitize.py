"""The allow-list keeps a document and drops everything that can run or load."""

import base64

import pytest

from audit.report.sanitize import inert, relevelled, safe_html, safe_markdown


def uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


@pytest.mark.parametrize("html", [
    "<script>x()</script>", "<img src=x onerror=x()>", '<a href="javascript:x()">a</a>', '<a href="https://example.org">a</a>',
    "<iframe src='//example.org'></iframe>", "<svg onload=x()></svg>", "<style>*{}</style>", "<form action=x><input></form>", "<base href=x>",
    '<p style="background:url(x)">a</p>', '<meta http-equiv=refresh content="0">', "<object data=x></object>", '<p onclick="x()">a</p>',
    '<img src="https://example.org/x.png" alt="a">', '<link rel=stylesheet href=x>', '<a href="&#106;avascript:x()">a</a>', "<!-- x -->",
])
def test_dropped(html):
    shown = safe_html(html)
    for bad in ("x()", "example.org", "url(", "<style", "<form", "<input", "<base", "<meta", "<object", "onclick", "<link", "<!--"):
        assert bad not in shown


@pytest.mark.parametrize("html", [
    '<section id="a" class="b"><h2>t</h2></section>', "<details><summary>s</summary><p>t</p></details>",
    '<table class="x"><caption>c</caption><thead><tr><th scope="col">h</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
    '<figure><figcaption>f</figcaption></figure>', '<a href="#zone-1">z</a>', "<dl><div><dt>t</dt><dd>d</dd></div></dl>",
])
def test_kept(html):
    assert safe_html(html) == html


def test_pictures_only_as_inert_data():
    assert inert(uri('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'))
    for bad in ("<svg><script>x</script></svg>", "<svg onload='x()'/>", '<svg><image href="https://example.org/x"/></svg>', "<svg><foreignObject/></svg>",
                '<svg><style>@import url(https://example.org/x)</style></svg>', "<!DOCTYPE svg [<!ENTITY x 'y'>]><svg/>"):
        assert not inert(uri(bad)), bad
    assert not inert("data:text/html;base64,AAAA")
    assert not inert("data:image/svg+xml,<svg/>")


def test_markdown_is_text_with_structure():
    shown = safe_markdown("# Заголовок\n\n**важно** <script>x()</script> [a](javascript:x()) ![b](https://example.org/x.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<h3>Заголовок</h3>" in shown
    assert "<strong>важно</strong>" in shown
    assert "<script" not in shown
    assert "href" not in shown
    assert "src=" not in shown
    assert "<td>1</td>" in shown


def test_headings_do_not_jump():
    assert relevelled("<h1>a</h1><h4>b</h4><h2>c</h2>", 3) == "<h3>a</h3><h4>b</h4><h4>c</h4>"
