"""The plan as a workbook for the client: lists, locked formulas, a sheet that explains; no macros, and no text of the client's data is a formula."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping
from typing import Any

from audit.plan.cells import Shown
from audit.plan.columns import AT, COLUMNS, LISTS, plain
from audit.plan.draft import LOOKS
from audit.plan.formulas import Formulas
from audit.plan.rows import MOST, Row
from audit.plan.state import Exported
from audit.words import Words

HEAD, FREE = 4, 12  # rows above the heading; empty rows for changes of the client's own
HELP = ("meaning", "decide", "who", "rank", "target", "seen", "looks", "stagger", "own", "locked")
LISTED, MACHINE = "_lists", "_audit"  # hidden sheets
MARK, SCHEMA = "audit.plan", 1
_ALLOWED = ("sort", "autofilter", "format_columns", "format_rows", "select_locked_cells", "select_unlocked_cells")


def workbook(exported: Exported, shown: Shown, client: str, total: Mapping[str, Any] | None, people: list[str]) -> bytes:
    """The book of an export; equal content gives equal bytes. `total` is the joint gain of the findings, `people` the owners on offer."""
    import xlsxwriter

    content, words = io.BytesIO(), shown.words
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        title = plain(words("plan.book.title", client=client, date=words.date(dt.date.fromisoformat(exported.as_of))), 250)
        book.set_properties({"title": title, "created": dt.datetime.combine(dt.date.fromisoformat(exported.as_of), dt.time())})
        pages = {name: book.add_worksheet(name) for name in (words("plan.book.sheet"), words("plan.book.help"), LISTED, MACHINE)}
        page, explained, listed, machine = pages.values()
        places = _lists(listed, words, people, list(exported.metrics), list(exported.slices))
        _machine(machine, exported, shown, client)
        _explain(book, explained, words)
        Page(book, page, shown, exported, places).write(title, total)
        listed.hide()
        machine.hide()
    return content.getvalue()


def _lists(page: Any, words: Words, people: list[str], metrics: list[str], slices: list[str]) -> dict[str, str]:
    """The hidden sheet of choices; name of the list → its range."""
    told = {name: [words(f"plan.word.{name}.{code}") for code in codes] for name, codes in LISTS.items()}
    told |= {"owner": people, "metric": metrics, "zone": slices}
    places = {}
    for at, (name, items) in enumerate(told.items()):
        for row, item in enumerate(items):
            page.write_string(row, at, plain(item, 250))
        if items:
            letter = "ABCDEFG"[at]
            places[name] = f"={LISTED}!${letter}$1:${letter}${len(items)}"
    page.protect()
    return places


def _machine(page: Any, exported: Exported, shown: Shown, client: str) -> None:
    """The hidden sheet by which the book is known again."""
    head = {"book": MARK, "schema": str(SCHEMA), "token": exported.token, "plan_version": str(exported.version), "as_of": exported.as_of,
            "lang": exported.lang, "client": plain(client)}
    for row, (name, value) in enumerate(head.items()):
        page.write_string(row, 0, name)
        page.write_string(row, 1, value)
    for row, one in enumerate(exported.rows, len(head) + 1):
        scope = json.dumps({name: shown.people.label(name, label) for name, label in one["scope"].items()}, ensure_ascii=False)
        zone = (one["zone_id"] or "") if shown.people.privacy == "names" else ""
        for at, text in enumerate((shown.id(one), zone, one["metric"] or "", plain(scope, 30_000), str(one["baseline"]))):
            page.write_string(row, at, text)
    page.protect()


def _explain(book: Any, page: Any, words: Words) -> None:
    """How to fill in: a few lines."""
    page.set_column(0, 0, 110, book.add_format({"text_wrap": True, "valign": "top"}))
    page.write_string(0, 0, words("plan.book.help"), book.add_format({"bold": True, "font_size": 14}))
    for row, name in enumerate(HELP, 1):
        page.write_string(row, 0, f"{row}. " + words(f"plan.help.{name}", looks=LOOKS))
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.protect()


class Page:
    """The sheet of the plan."""

    def __init__(self, book: Any, page: Any, shown: Shown, exported: Exported, places: Mapping[str, str]):
        self.book, self.page, self.shown, self.rows, self.places, self.words = book, page, shown, exported.rows, places, shown.words
        self.last = HEAD + len(self.rows) + FREE  # last row of the table
        self.formulas = Formulas(self.words, HEAD + 1, self.last)
        self._formats: dict[tuple, Any] = {}

    def write(self, title: str, total: Mapping[str, Any] | None) -> None:
        """Everything on the sheet."""
        self._above(title, total)
        for at, column in enumerate(COLUMNS):
            self.page.set_column(at, at, column.width, None, {"hidden": column.name == "order"})
            self.page.write_string(HEAD, at, column.head(self.words), self._format("head", column.open))
        for place, row in enumerate(self.rows, HEAD + 1):
            self._row(place, row)
        for place in range(HEAD + len(self.rows) + 1, self.last + 1):
            self._empty(place)
        self._offer()
        self._lay_out()

    def _above(self, title: str, total: Mapping[str, Any] | None) -> None:
        plain_, bold = self._format("plain"), self._format("bold")
        self.page.write_string(0, 0, title, self._format("title"))
        self.page.write_string(1, 0, self.words("plan.book.agreed"), bold)
        for name in ("expected_gain", "gain_low", "gain_high"):
            formula, value = self.formulas.agreed(name, self.rows)
            self.page.write_formula(1, AT[name], formula, self._format("total"), value)
        self.page.write_string(2, 0, self.shown.joint(total), plain_)
        self.page.write_string(3, 0, self.words("plan.book.colours"), plain_)

    def _row(self, place: int, row: Row) -> None:
        """One change."""
        for at, column in enumerate(COLUMNS):
            form = self._format(column.kind, column.open or (row["state"] == "own" and column.own), self.shown.form(row, column))
            formula = self.formulas.of(column.name, place, row)
            if formula:
                self.page.write_formula(place, at, formula, form, self.formulas.value(column.name, row))
            else:
                self._cell(place, at, self.shown.cell(row, column), form)

    def _empty(self, place: int) -> None:
        """An empty row for a change of the client's own."""
        for at, column in enumerate(COLUMNS):
            form = self._format(column.kind, column.open or column.own, self.shown.form(None, column))
            if column.name in ("rank", "order"):
                self.page.write_formula(place, at, self.formulas.of(column.name, place, None), form, "")
            else:
                self.page.write_blank(place, at, None, form)

    def _cell(self, place: int, at: int, value: object, form: Any) -> None:
        if value is None or value == "":
            self.page.write_blank(place, at, None, form)
        elif isinstance(value, dt.date):
            self.page.write_datetime(place, at, dt.datetime.combine(value, dt.time()), form)
        elif isinstance(value, int | float):
            self.page.write_number(place, at, value, form)
        else:
            self.page.write_string(place, at, str(value), form)

    def _offer(self) -> None:
        """Lists and rules of what may be typed; a person, a metric and a slice may also be typed freely."""
        for name, source in self.places.items():
            free = name in ("owner", "metric", "zone")
            self._rule(name, {"validate": "list", "source": source, "show_error": not free} | self._wrong(name))
        self._rule("client_priority", {"validate": "list", "source": [str(level) for level in range(1, MOST + 1)]} | self._wrong("client_priority"))
        for name in ("start_on", "due_on", "done_on"):
            self._rule(name, {"validate": "date", "criteria": "between", "minimum": dt.date(2000, 1, 1), "maximum": dt.date(2199, 12, 31)} | self._wrong("date"))
        self._rule("target", {"validate": "decimal", "criteria": ">=", "value": 0} | self._wrong("target"))

    def _wrong(self, name: str) -> dict[str, str]:
        return {"error_title": self.words("plan.book.wrong"), "error_message": self.words(f"plan.rule.{name}")}

    def _rule(self, name: str, options: dict[str, Any]) -> None:
        self.page.data_validation(HEAD + 1, AT[name], self.last, AT[name], options)

    def _lay_out(self) -> None:
        page = self.page
        page.freeze_panes(HEAD + 1, AT["zone"])
        page.autofilter(HEAD, 0, self.last, len(COLUMNS) - 2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(HEAD)
        page.set_margins(0.4, 0.4, 0.5, 0.5)
        page.set_footer("&R&P / &N")
        page.print_area(0, 0, HEAD + max(len(self.rows), 1), len(COLUMNS) - 2)
        page.protect("", dict.fromkeys(_ALLOWED, True))
        page.set_row(HEAD, 46)

    def _format(self, kind: str, unlocked: bool = False, form: str = "") -> Any:
        """A cell format; cells that the client may write in are pale yellow."""
        key = (kind, unlocked, form)
        if key not in self._formats:
            looks: dict[str, dict[str, Any]] = {
                "title": {"bold": True, "font_size": 14}, "bold": {"bold": True}, "plain": {"font_color": "#404040"},
                "total": {"bold": True, "num_format": self.shown.money, "top": 1},
                "head": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#FFE699" if unlocked else "#CFE0F0"},
            }
            cell = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#D0D0D0", "locked": not unlocked, "num_format": form or "General"}
            self._formats[key] = self.book.add_format(looks.get(kind, cell | ({"bg_color": "#FFFBE6"} if unlocked else {})))
        return self._formats[key]
