"""The handbook as a workbook: cards, effects, quotes, the map; texts are texts, never formulas or links."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

from audit.knowledge.base.snippet import inert
from audit.knowledge.handbook import say
from audit.knowledge.handbook.gather import Handbook, Page
from audit.words import Words

LONGEST = 32_000  # characters that a cell takes
MARGIN = 80  # widest column
EFFECT = ("uses", "opportunities", "users", "success_with", "success_without", "lift", "low", "high", "detectable", "p_value", "q_value", "tagger_f1")
SHARES = {"success_with", "success_without", "lift", "low", "high", "detectable"}


def workbook(book: Handbook) -> bytes:
    """The book; equal content gives equal bytes."""
    import xlsxwriter

    content, words = io.BytesIO(), book.words
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as file:
        file.set_properties({"title": inert(words("handbook.plain_title")), "created": dt.datetime.combine(book.as_of, dt.time())})
        for name, (head, rows) in _sheets(book).items():
            _write(file, words(f"handbook.sheet.{name}"), [words(f"handbook.head.{column}") for column in head], head, rows)
    return content.getvalue()


def _sheets(book: Handbook) -> dict[str, tuple[Sequence[str], list[tuple]]]:
    """Sheet → columns and rows."""
    words = book.words
    return {
        "cards": (("id", "technique", "stage", "status", "what", "why", "when", "examples", "patterns", "owner", "version"), [_card(page, words) for page in book.pages]),
        "effects": (("id", "technique", "status", *EFFECT, "reason"), [_effect(page, words) for page in book.pages if page.effect]),
        "quotes": (("id", "technique", "quote", "outcome"), [(page.card.id, page.title, quote.text, words(f"handbook.outcome.{quote.outcome}") if quote.outcome in ("won", "lost", "open") else "") for page in book.pages for quote in page.quotes]),
        "users": (("id", "technique", "seller", "cases", "of", "share", "low_share", "high_share"),
                  [(page.card.id, page.title, user.name, user.cases, user.of, user.cases / user.of, user.low, user.high) for page in book.pages for user in page.users]),
        "coverage": (("stage", "occasion", "segment", "cases", "texts", "won", "lost", "answered", "techniques", "used", "called", "gap"),
                     [_cell(row, book) for row in book.coverage.itertuples(index=False)]),
        "stale": (("id", "status", "reasons", "uses", "last_heard", "days_silent", "changed", "months_unchanged", "draft_since"), [_stale(row, words) for row in book.stale.itertuples(index=False)]),
    }


def _card(page: Page, words: Words) -> tuple:
    sayings = "\n".join(line for _, lines in page.examples for line in lines)
    patterns = "\n".join(f"{say.language(lang, words)}: {line}" for lang, lines in page.patterns for line in lines)
    return (page.card.id, page.title, say.stage(page.card.stage, words), say.status(page.status, words), page.what, page.why, page.when, sayings, patterns, page.owner, page.card.version)


def _effect(page: Page, words: Words) -> tuple:
    one = page.effect or {}
    return (page.card.id, page.title, say.status(page.status, words), *(one.get(name) for name in EFFECT), one.get("why"))


def _cell(row: Any, book: Handbook) -> tuple:
    told = row._asdict() | {"occasion": book.occasions.get(row.occasion, row.occasion), "gap": say.gap(row.gap, book.words)}
    return tuple(told.values())


def _stale(row: Any, words: Words) -> tuple:
    return tuple((row._asdict() | {"status": say.status(row.status, words), "reasons": say.reasons(row.reasons, words)}).values())


def _write(file: Any, name: str, titles: list[str], columns: Sequence[str], rows: list[tuple]) -> None:
    """One sheet: a bold head that stays in sight, filters, widths that fit."""
    page, bold, wrapped = file.add_worksheet(name[:31]), file.add_format({"bold": True, "text_wrap": True, "valign": "top"}), file.add_format({"text_wrap": True, "valign": "top"})
    formats = {"share": file.add_format({"num_format": "0.0%", "valign": "top"}), "day": file.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}), "number": file.add_format({"valign": "top"})}
    page.freeze_panes(1, 2)
    for place, title in enumerate(titles):
        page.write_string(0, place, title, bold)
        page.set_column(place, place, _width(title, (row[place] for row in rows)))
    for at, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            _put(page, at, place, value, columns[place], formats, wrapped)
    if rows:
        page.autofilter(0, 0, len(rows), len(titles) - 1)


def _put(page: Any, at: int, place: int, value: Any, column: str, formats: dict[str, Any], wrapped: Any) -> None:
    import pandas as pd

    if pd.isna(value):
        return
    if isinstance(value, dt.datetime | dt.date):
        page.write_datetime(at, place, value if not hasattr(value, "to_pydatetime") else value.to_pydatetime(), formats["day"])
    elif isinstance(value, str):
        page.write_string(at, place, cell(value), wrapped)
    else:
        page.write_number(at, place, float(value), formats["share" if column in SHARES or column.endswith("share") else "number"])


def cell(text: str) -> str:
    """A text that a cell takes: its lines kept, no control characters, not endless."""
    told = "\n".join(inert(line) for line in text.split("\n"))
    return told if len(told) <= LONGEST else told[:LONGEST - 1] + "…"


def _width(title: str, values: Iterable[Any]) -> int:
    return min(MARGIN, max(10, *(len(word) + 2 for word in title.split()), *(len(line) + 2 for value in values if isinstance(value, str) for line in value.split("\n"))))
