"""The workbook in which people say whether a tag is right: one sheet to answer, one that explains the techniques, one by which it is known again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd

from audit.errors import UsageError
from audit.knowledge.card import Card
from audit.knowledge.deck import deck
from audit.knowledge.learn.sampling import Asked, questions
from audit.knowledge.learn.utterances import Utterances, utterances, votes_of
from audit.words import Words

MARK, SCHEMA, MACHINE = "audit.review", 1, "_audit"
COLUMNS = ("row", "dialogue", "speaker", "before", "text", "after", "technique", "quote", "answer", "comment", "drawn")
OPEN = ("answer", "comment")
ANSWERS = ("yes", "no", "unsure")
HEAD, FIRST = 3, 4  # rows of headings and of the first question, from 0
MARKER = (1, 3)  # where the marker writes the own name
LONGEST = 2_000  # characters of an utterance that are shown
_WIDTHS = {"row": 6, "dialogue": 14, "speaker": 11, "before": 34, "text": 60, "after": 34, "technique": 24, "quote": 34, "answer": 12, "comment": 30, "drawn": 12}
_CODED = re.compile("_(x[0-9A-Fa-f]{4}_)")  # spreadsheets read it as one character
_STEERING = {"Cc", "Cf", "Cs", "Co", "Cn"}


def review_book(path: str | os.PathLike, texts: pd.DataFrame, tags: pd.DataFrame, cards: Any = None, lang: str = "ru", labels: pd.DataFrame | None = None, *,
                techniques: list[str] | None = None, rows: int = 200, random: float = 0.5, seed: int = 0) -> int:
    """Writes an xlsx of questions “is this technique in this utterance?” and returns how many there are.

    `texts`, `tags` (TAGS, of rules, models or both) and `cards` as for `tag`; `lang` of the book; `labels`: what was labelled already is not
    asked again as doubtful. `techniques`: those to ask about, without it all that are tagged; `rows` in all, as many of each technique;
    `random`: the share drawn by lot (marked as such), which alone tells precision and recall without bias (`quality_of`): a third
    tagged texts, the rest others, as what was missed is rare.
    Equal input gives equal questions. Raises UsageError for missing columns, unknown techniques and when there is nothing to ask.
    """
    those, known, names, asked = _asked(texts, tags, cards, labels, techniques, rows, random, seed)
    if not asked:
        raise UsageError("learn.nothing_to_ask", techniques=len(names), rows=rows)
    Path(path).write_bytes(_workbook(those, _dialogues(texts, those), asked, known, names, Words(lang)))
    return len(asked)


def asked_of(texts: pd.DataFrame, tags: pd.DataFrame, cards: Any = None, labels: pd.DataFrame | None = None, *, techniques: list[str] | None = None, rows: int = 200,
             random: float = 0.5, seed: int = 0) -> pd.DataFrame:
    """The questions of `review_book` as a frame: text_id, technique, before, text, quote, drawn (random or uncertain), present (empty)."""
    those, _, _, asked = _asked(texts, tags, cards, labels, techniques, rows, random, seed)
    told = [(those.ids[one.place], one.technique, those.texts[those.before[one.place]] if those.before[one.place] >= 0 else "", those.texts[one.place], one.quote, one.drawn, None) for one in asked]
    return pd.DataFrame(told, columns=["text_id", "technique", "before", "text", "quote", "drawn", "present"]).astype({"present": "object"})


def _asked(texts, tags, cards, labels, techniques, rows, random, seed) -> tuple[Utterances, dict[str, Card], list[str], list[Asked]]:
    those = utterances(texts)
    known = {card.id: card for card in deck(cards)}
    names = sorted(map(str, tags["technique"].unique())) if techniques is None else list(techniques)
    if strange := [name for name in names if name not in known and name not in set(tags["technique"])]:
        raise UsageError("learn.no_technique", name=strange[0])
    done = set() if labels is None else set(votes_of(labels)[["text_id", "technique"]].itertuples(index=False, name=None))
    return those, known, names, questions(those, tags, known, names, done, rows, random, seed)


def _dialogues(texts: pd.DataFrame, those: Utterances) -> list[str]:
    """The conversation of each utterance, as it is called."""
    if "case_id" not in texts:
        return [""] * len(those.ids)
    of = dict(zip(texts["text_id"], texts["case_id"].astype(str), strict=True))
    return [of[text_id] for text_id in those.ids]


def shown(text: Any, longest: int = LONGEST) -> str:
    """Text as a cell holds it: in one line, without characters that steer a page, no longer than `longest`.

    >>> shown(" =1\\u202e+1\\n ")
    '=1 +1'
    """
    lined = "".join(" " if unicodedata.category(char) in _STEERING else char for char in str(text)[:10 * longest])
    short = re.sub(r"\s+", " ", _CODED.sub(r"_ \1", lined)).strip()
    return short if len(short) <= longest else short[:longest - 1] + "…"


def digest(*cells: str) -> str:
    """By which it is seen that a row still asks what it asked."""
    return hashlib.sha256("\0".join(" ".join(cell.split()) for cell in cells).encode()).hexdigest()[:16]


def _workbook(those: Utterances, dialogues: list[str], asked: list[Asked], cards: dict[str, Card], names: list[str], words: Words) -> bytes:
    import io

    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"title": words("learn.book.title"), "created": dt.datetime(2000, 1, 1)})
        page, explained, machine = (book.add_worksheet(name) for name in (words("learn.book.sheet"), words("learn.book.techniques"), MACHINE))
        called = {name: shown(_told(cards[name].names, words.lang), 200) if name in cards else shown(name, 200) for name in names}
        lines = [_line(number, one, those, dialogues, called, words) for number, one in enumerate(asked, 1)]
        _questions(book, page, lines, words)
        _explain(book, explained, [cards[name] for name in names if name in cards], words)
        _machine(machine, those, asked, lines, words.lang)
    return content.getvalue()


def _line(number: int, one: Asked, those: Utterances, dialogues: list[str], called: dict[str, str], words: Words) -> dict[str, str]:
    """The cells of a question."""
    place, speaker = one.place, those.speakers[one.place]
    after = place + 1 if place + 1 < len(those.ids) and those.before[place + 1] == place else -1
    said = {name: shown(those.texts[at], 500) if at >= 0 else "" for name, at in (("before", those.before[place]), ("after", after))}
    return {"row": str(number), "dialogue": shown(dialogues[place], 100), "speaker": words(f"learn.book.speaker.{speaker}") if speaker else "", **said,
            "text": shown(those.texts[place]), "technique": called[one.technique], "quote": shown(one.quote, 500), "answer": "", "comment": "",
            "drawn": words(f"learn.book.drawn.{one.drawn}")}


def _told(told: Any, lang: str) -> str:
    """A card's text in the language of the book, else in one that it has."""
    return str(getattr(told, lang) or told.en or told.ru or told.bg)


def _questions(book: Any, page: Any, lines: list[dict[str, str]], words: Words) -> None:
    bold, wrapped = book.add_format({"bold": True, "font_size": 14}), {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#D9D9D9"}
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 2})
    shut, free = book.add_format(wrapped), book.add_format({**wrapped, "locked": False, "bg_color": "#FFF9E5"})
    page.write_string(0, 0, words("learn.book.title"), bold)
    page.write_string(1, 0, words("learn.book.marker"))
    page.write_blank(*MARKER, None, free)
    page.write_string(2, 0, words("learn.book.how"))
    for at, name in enumerate(COLUMNS):
        page.set_column(at, at, _WIDTHS[name])
        page.write_string(HEAD, at, words(f"learn.book.column.{name}"), head)
        for row, line in enumerate(lines, FIRST):
            page.write_string(row, at, line[name], free if name in OPEN else shut)
    last, answer = FIRST + len(lines) - 1, COLUMNS.index("answer")
    choices = [words(f"learn.book.answer.{one}") for one in ANSWERS]
    page.data_validation(FIRST, answer, last, answer, {
        "validate": "list", "source": choices, "error_title": words("learn.book.column.answer"), "error_message": words("learn.book.choose", answers=", ".join(choices))})
    page.autofilter(HEAD, 0, last, len(COLUMNS) - 1)
    page.freeze_panes(FIRST, 1)
    page.protect("", dict.fromkeys(("sort", "autofilter", "format_columns", "format_rows", "select_locked_cells", "select_unlocked_cells"), True))


def _explain(book: Any, page: Any, cards: list[Card], words: Words) -> None:
    """What each technique is, with its examples in the language of the book."""
    head, wrapped = book.add_format({"bold": True, "bottom": 2}), book.add_format({"text_wrap": True, "valign": "top"})
    for at, (name, width) in enumerate((("technique", 30), ("what", 60), ("examples", 80), ("counter", 60))):
        page.set_column(at, at, width)
        page.write_string(0, at, words(f"learn.book.card.{name}"), head)
    for row, card in enumerate(cards, 1):
        lists = ["\n".join(getattr(lines, words.lang)) for lines in (card.examples, card.counter_examples)]
        for at, text in enumerate((_told(card.names, words.lang), _told(card.what, words.lang), *lists)):
            page.write_string(row, at, text[:LONGEST], wrapped)
    page.freeze_panes(1, 1)
    page.protect()


def _machine(page: Any, those: Utterances, asked: list[Asked], lines: list[dict[str, str]], lang: str) -> None:
    """The hidden sheet: what each row asks."""
    for row, (name, value) in enumerate({"book": MARK, "schema": str(SCHEMA), "lang": lang}.items()):
        page.write_string(row, 0, name)
        page.write_string(row, 1, value)
    for row, (one, line) in enumerate(zip(asked, lines, strict=True), FIRST):
        cells = (line["row"], json.dumps(_plain(those.ids[one.place])), one.technique, one.drawn, str(int(one.tagged)), str(one.size), digest(line["text"], line["technique"]))
        for at, text in enumerate(cells):
            page.write_string(row, at, text)
    page.protect()
    page.hide()


def _plain(text_id: Any) -> Any:
    """An id as JSON holds it."""
    return text_id if isinstance(text_id, str) else int(text_id) if hasattr(text_id, "__index__") else str(text_id)
