"""The page of a portfolio: figures of re-measurements, hostile names, links only to what was named."""

import re

import pytest

from audit.portfolio.figures import figures_of
from audit.report.portfolio import VERDICTS, portfolio_page
from audit.report.sanitize import safe_html
from audit.workspace import write_json

HOSTILE = '<img src=x onerror="alert(1)">"><a href="https://example.org">x</a>'


def content(command, *clients):
    counts = {name: sum(one["outcome"] == name for one in clients) for name in ("failed", "done", "up_to_date")}
    return {"schema": 1, "command": command, "started": "2026-11-02T10:00:00+00:00", "seconds": 1.0, "counts": counts, "clients": list(clients)}


def client(name, figures, *, report=None, error=None, ended="exit", code=0):
    return {"client": f"clients/{name}", "name": name, "outcome": "failed" if error else "done", "ended": ended, "code": code, "seconds": 3.0,
            "error": error, "report": report, "figures": figures}


def test_verdicts_are_counted(tmp_path):
    write_json(tmp_path / "effects.json", {"effects": [{"verdict": "improved"}, {"verdict": "improved"}, {"verdict": "worsened"}]})
    figures = figures_of("remeasure", tmp_path)
    assert figures == {"verdicts": {"improved": 2, "worsened": 1}}
    page = portfolio_page(content("remeasure", client("A", figures, report="a/reports/2026-10/remeasure.html")), "en")
    row = re.search(r"<tr><th scope=\"row\">.*?</tr>", page, re.S)[0]
    cells = re.findall(r'<td class="num">([^<]*)</td>', row)
    assert cells == ["2", "0", "1", "0", "3"]
    assert len(VERDICTS) == 4


@pytest.mark.parametrize("text", [None, "{", '{"findings": 1}'])
def test_figures_that_are_not_there_are_dashes(tmp_path, text):
    if text is not None:
        (tmp_path / "effects.json").write_text(text)
    figures = figures_of("remeasure", tmp_path)
    page = portfolio_page(content("remeasure", client("A", figures)), "ru")
    assert page.count("–</td>") == (4 if text != '{"findings": 1}' else 0)


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_hostile_texts_stay_text(lang):
    error = {"found": HOSTILE, "where": "clients/x", "next": HOSTILE}
    page = portfolio_page(content("run", client(HOSTILE, {}, error=error, ended="killed", code=-9), client("=1+1", {}, report="../x #1/d.html")), lang)
    assert "<img" not in page and "onerror" not in re.sub(r">[^<]*<", "><", page)
    assert [link for link in re.findall(r'<a href="([^"]*)"', page) if not link.startswith("#")] == ["../x%20%231/d.html"]


def test_a_link_leaves_the_page_only_where_it_was_named():
    html = '<a href="a/b.html">1</a><a href="a/c.html">2</a><a href="https://example.org">3</a><a href="#x">4</a>'
    assert re.findall(r'href="([^"]*)"', safe_html(html, {"a/b.html"})) == ["a/b.html", "#x"]
    assert re.findall(r'href="([^"]*)"', safe_html(html)) == ["#x"]


def test_gain_is_shown_with_its_interval():
    figures = {"as_of": "2026-10-31", "zones": 5, "currency": "EUR", "gain_per_month": {"value": 12_000.0, "low": 9_000.0, "high": 15_000.0}}
    page = portfolio_page(content("run", client("A", figures, report="a.html")), "en")
    assert "€12.0" in page and "9.0 to €15.0" in page
