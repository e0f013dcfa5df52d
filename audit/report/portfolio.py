"""The page of a portfolio: every client in one table with a link to its report, and of those that failed what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from audit.report.block import Block
from audit.report.exporter import AuditExporter
from audit.report.frame import with_interval
from audit.report.lean import lean_imports
from audit.report.markup import el, table, terms
from audit.report.numbers import Numbers
from audit.report.say import Say
from audit.report.theme import Theme
from audit.words import Words

VERDICTS = ("improved", "no clear change", "worsened", "not measurable yet")  # of effects.json
PARTS = ("found", "where", "next")
_ACCENT = "#1f5f8b"
Row = Mapping[str, Any]


class PortfolioExporter(AuditExporter):
    """A page with links to the reports of clients, which lie beside it."""

    page_name = "portfolio"
    kind = "portfolio_kind"


def portfolio_page(content: Mapping[str, Any], lang: str) -> str:
    """The page of `content` (that of portfolio.json) as one inert file.

    Its links are the paths of `report`, relative to the page. Texts of errors are taken to be masked; the gate masks once more what has a pattern.
    """
    words, rows = Words(lang), list(content["clients"])
    page = _page(content, words)
    failed = [row for row in rows if row["outcome"] == "failed"]
    blocks = [Block("clients", words("portfolio.heading.clients"), _all(rows, content["command"], words), page)]
    if failed:
        blocks.append(Block("failed", words("portfolio.heading.failed"), _failed(failed, words), page))
    exporter = PortfolioExporter()
    exporter.hidden_names, exporter.links = (), frozenset(_link(row["report"]) for row in rows if row["report"])
    body, _ = exporter.from_notebook_node(_notebook(blocks))
    return body


def _notebook(blocks: list[Block]) -> Any:
    with lean_imports():
        from nbformat.v4 import new_code_cell, new_notebook, new_output

    cells = []
    for block in blocks:
        data, metadata = block._repr_mimebundle_()
        cells.append(new_code_cell(outputs=[new_output("execute_result", data=data, metadata=metadata, execution_count=1)]))
    return new_notebook(cells=cells)


def _page(content: Mapping[str, Any], words: Words) -> dict[str, Any]:
    """What the frame needs to know."""
    counts, day = content["counts"], dt.datetime.fromisoformat(content["started"]).date()
    total = len(content["clients"])
    headline = words("portfolio.headline.failed" if counts["failed"] else "portfolio.headline.well", n=total, failed=counts["failed"])
    return {"lang": words.lang, "client": words("portfolio.name"), "as_of": str(day), "date": words.date(day), "headline": headline,
            "accent": Theme.of(_ACCENT).accent, "logo": None}


def _all(rows: list[Row], command: str, words: Words) -> Markup:
    """The table of clients, in the order they come: those that failed first."""
    columns = ("as_of", "zones", "gain") if command == "run" else tuple(f"verdict.{name.replace(' ', '_')}" for name in VERDICTS)
    head = [words(f"portfolio.column.{name}") for name in ("client", "state", *columns, "seconds")]
    figures = _of_run if command == "run" else _of_remeasure
    told = [(_client(row), _state(row, words), *figures(row["figures"], words), words.number(row["seconds"])) for row in rows]
    first = 3 if command == "run" else 2
    shown = table(words("portfolio.caption"), head, told, numeric=range(first, len(head)), class_="plan glance")
    return _section("clients", words("portfolio.heading.clients"), shown, el("p", Say(words)(f"portfolio.note.{command}"), class_="note"))


def _client(row: Row) -> Markup | str:
    """The client's name, leading to its report where there is one, and its folder."""
    name = el("bdi", row["name"])
    return el("span", el("a", name, href=_link(row["report"])) if row["report"] else name, el("span", row["client"], class_="what"))


def _state(row: Row, words: Words) -> Markup:
    state = el("span", words(f"portfolio.outcome.{row['outcome']}"), class_=f"state-{row['outcome']}")
    return el("span", state, el("span", row["error"]["next"], class_="next") if row["error"] else None)


def _of_run(figures: Row, words: Words) -> tuple[object, ...]:
    if not figures:
        return "–", "–", "–"
    numbers, gain = Numbers(words, figures["currency"]), figures["gain_per_month"]
    day = words.date(dt.date.fromisoformat(figures["as_of"]), "medium") if figures["as_of"] else "–"
    ends = numbers.interval("money", gain["low"], gain["high"])
    return day, numbers.count(figures["zones"]), with_interval(numbers.money(gain["value"], gain["low"], gain["high"]), ends)


def _of_remeasure(figures: Row, words: Words) -> tuple[object, ...]:
    counts = figures.get("verdicts")
    return tuple("–" if counts is None else words.number(counts.get(name, 0)) for name in VERDICTS)


def _failed(rows: list[Row], words: Words) -> Markup:
    """The clients that failed, each with what was found, where, and the next step."""
    articles = []
    for row in rows:
        told = terms([(words(f"errors.label.{part}"), row["error"][part]) for part in PARTS], class_="prose")
        code = words("portfolio.ended.exit", code=row["code"]) if row["ended"] == "exit" else words(f"portfolio.ended.{row['ended']}")
        articles.append(el("article", el("h3", el("bdi", row["name"])), el("p", f"{row['client']} · {code}", class_="note"), told))
    return _section("failed", words("portfolio.heading.failed"), *articles)


def _section(name: str, heading: str, *body: object) -> Markup:
    return el("section", el("h2", heading, id=f"{name}-title"), *body, id=name, aria_labelledby=f"{name}-title", class_=name)


def _link(path: str) -> str:
    """A path as a link: letters that would mean something in an address are written as codes.

    >>> _link("../ромашка #1/defence.html")
    '../%D1%80%D0%BE%D0%BC%D0%B0%D1%88%D0%BA%D0%B0%20%231/defence.html'
    """
    return quote(path, safe="/.-_~()")
