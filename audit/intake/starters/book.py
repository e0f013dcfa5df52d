"""One starter as a workbook with lists and a sheet of explanations, or as a plain csv; the same bytes every time."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from typing import Any

from audit.intake.shapes import shapes
from audit.intake.tables.links import PEOPLE
from audit.intake.text import load_yaml
from audit.schema import BY_NAME
from audit.words import LANGUAGES, Words

FILLED = 2000  # rows that have lists
_MADE = dt.datetime(2026, 1, 1)
_NAMED = {*PEOPLE, "owner_name", "attendees_json", "owner"}
_NUMBERS = ("number", "money", "int", "share")
_SHOWN = {"date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm"}


@dataclass(frozen=True)
class Field:
    """One column of a starter in one language."""

    name: str
    head: str
    means: str
    kind: str
    needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Starter:
    """One starter: the shape that reads it, its columns, `!` for needed, and further columns that are items."""

    name: str
    shape: str
    columns: tuple[str, ...]
    items: tuple[str, ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()
    csv: bool = False

    def fields(self, words: Words) -> list[Field]:
        """The mark of examples, the columns, the items; kinds and closed lists as the schema declares them."""
        table = shapes()[self.shape].table
        found = [Field("mark", words("starters.mark"), words("starters.mark_means"), "text")]
        for told in self.columns:
            name = told.rstrip("!")
            head, _, means = words(f"starters.col.{self.name}.{name}").partition(" | ")
            column = BY_NAME[table][name] if table and name in BY_NAME[table] else None
            kind = dict(self.kinds).get(name) or ("date" if name in ("first_day", "last_day") else "period" if name == "period" else column.kind if column else "text")
            levels = dict(self.lists).get(name) or (column.levels if column else ())
            choices = tuple(words(f"starters.level.{self.name}_{name}.{level}") for level in levels)
            if kind == "bool":
                choices = (words("starters.yes_no.yes"), words("starters.yes_no.no"))
            found.append(Field(name, head, means, kind, told.endswith("!"), choices))
        ticks = table is not None and shapes()[self.shape].ticks is not None
        for item in self.items:
            means = words("starters.tick_means" if ticks else "starters.item_means")
            found.append(Field(item, words(f"starters.item.{self.name}.{item}"), means, "bool" if ticks else "best"))
        return found

    def rows(self, words: Words) -> list[list[Any]]:
        """The example rows, cells typed by their column; the first cell is the mark."""
        fields = self.fields(words)[1:]
        return [[words("starters.mark").lower(), *(_typed(cell, field) for cell, field in zip(words(f"starters.rows.{self.name}.{row}").split("|"), fields, strict=True))]
                for row in ("a", "b")]


@cache
def starters() -> dict[str, Starter]:
    """Every starter by name."""
    tree = load_yaml(resources("audit.intake").joinpath("starters", "spec.yml").read_text(encoding="utf-8"))
    return {name: Starter(name, spec["shape"], tuple(spec["columns"]), tuple(spec.get("items", ())),
                          tuple((column, tuple(levels)) for column, levels in spec.get("lists", {}).items()),
                          tuple(spec.get("kinds", {}).items()), spec.get("csv", False)) for name, spec in tree.items()}


def files() -> Iterator[tuple[str, bytes]]:
    """(path under templates/starters/, content) of every starter in every language."""
    for lang in LANGUAGES:
        for starter in starters().values():
            yield f"{lang}/{starter.name}.xlsx", workbook(starter, lang)
            if starter.csv:
                yield f"{lang}/{starter.name}.csv", plain(starter, lang)


def plain(starter: Starter, lang: str) -> bytes:
    """The starter as csv that a spreadsheet opens by a double click."""
    words, text = Words(lang), io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([field.head for field in starter.fields(words)])
    for row in starter.rows(words):
        writer.writerow([_as_text(cell, lang) for cell in row])
    return ("\ufeff" + text.getvalue()).encode()


def workbook(starter: Starter, lang: str) -> bytes:
    """The starter as a workbook: a sheet to fill with lists of the closed words, a sheet that explains every column."""
    import xlsxwriter

    words, content = Words(lang), io.BytesIO()
    fields = starter.fields(words)
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": words(f"starters.title.{starter.name}"), "created": _MADE})
        head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1, "text_wrap": True, "valign": "top"})
        needed = book.add_format({"bold": True, "bg_color": "#CFE0F0", "bottom": 1, "text_wrap": True, "valign": "top"})
        grey = {kind: book.add_format({"font_color": "#808080", **({"num_format": _SHOWN[kind]} if kind in _SHOWN else {})}) for kind in ("text", *_SHOWN)}
        days = {kind: book.add_format({"num_format": form}) for kind, form in _SHOWN.items()}
        page = book.add_worksheet(words("starters.sheet.data"))
        page.freeze_panes(1, 1)
        for at, field in enumerate(fields):
            page.set_column(at, at, max(12, min(30, len(field.head) + 3)), days.get(field.kind))
            page.write_string(0, at, field.head, needed if field.needed else head)
            if field.choices:
                page.data_validation(1, at, FILLED, at, {"validate": "list", "source": list(field.choices), "error_type": "warning"})
        for number, row in enumerate(starter.rows(words), 1):
            for at, (cell, field) in enumerate(zip(row, fields, strict=True)):
                if cell is not None:
                    page.write(number, at, cell, grey.get(field.kind, grey["text"]))
        _explain(book, starter, fields, words, head)
    return content.getvalue()


def _explain(book: Any, starter: Starter, fields: list[Field], words: Words, head: Any) -> None:
    """The second sheet: meaning, need and format of every column."""
    page = book.add_worksheet(words("starters.sheet.help"))
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for at, (name, width) in enumerate((("column", 26), ("means", 70), ("needed", 13), ("format", 48))):
        page.set_column(at, at, width)
        page.write_string(0, at, words(f"starters.head.{name}"), head)
    page.freeze_panes(1, 0)
    for number, field in enumerate(fields, 1):
        told = (field.head, field.means, words(f"starters.needed.{'yes' if field.needed else 'no'}"), _format(field, words))
        for at, text in enumerate(told):
            page.write_string(number, at, text, wrap)


def _format(field: Field, words: Words) -> str:
    """What a cell of a column may hold."""
    if field.choices and field.kind != "bool":
        return words("starters.list", values=", ".join(field.choices))
    return words(f"starters.format.{'person' if field.name in _NAMED else field.kind}")


def _typed(cell: str, field: Field) -> Any:
    """An example cell as what the column holds; None when it is empty."""
    text = cell.strip()
    if not text:
        return None
    if field.kind in ("date", "time"):
        return dt.datetime.fromisoformat(text)
    return float(text) if field.kind in _NUMBERS or (field.kind == "best" and text.isdigit()) else text


def _as_text(cell: Any, lang: str) -> str:
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    text = "" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
    return text.replace(".", ",") if isinstance(cell, float) and lang != "en" else text
