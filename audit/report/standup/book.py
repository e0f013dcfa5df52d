"""The pack as a workbook: tasks to tick off, then every list; no macros, and no text of the client's data is a formula."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audit.plan.columns import plain
from audit.privacy.patterns import masked
from audit.report.gate import known_names, without_names
from audit.report.hidden import hidden_names
from audit.report.standup.said import said

if TYPE_CHECKING:
    from audit.report.standup.report import StandUp

_TASKS = ("owner", "kind", "task", "amount", "done", "comment")
# the lists of the workbook: their columns in order, how they are written
_LISTS: dict[str, tuple[str, ...]] = {
    "plans": ("measure", "whose", "period_start", "period_end", "target", "fact", "share", "line", "line_gap", "gap", "days_left", "a_day", "days_behind"),
    "catchup": ("owner", "gap", "expected", "deals", "net_deals", "check", "lever"),
    "catchup_steps": ("owner", "step", "needed", "low", "high", "net_needed", "light"),
    "day_report": ("owner", "kind", "done", "norm", "usual", "done_month", "norm_month"),
    "deviations": ("metric", "whose", "against", "value", "reference", "deviation_share", "since", "q_value", "loss", "status"),
    "quality_gaps": ("owner", "block", "reviews", "score", "others", "gap_points", "low", "high", "q_value"),
    "listening": ("owner", "at", "minutes", "entity", "entity_id", "call"),
    "payment_control": ("when", "invoice", "client", "owner", "balance", "expected_on", "days_late", "pay_chance"),
    "hot_deals": ("deal", "client", "owner", "stage", "amount", "chance", "touched_at", "next_at", "neglected"),
    "untouched_leads": ("lead", "client", "owner", "source", "created_at", "waited_minutes"),
    "unreturned_calls": ("call", "owner", "phone", "at", "waited_minutes"),
    "overdue_tasks": ("entity", "entity_id", "client", "owner", "kind", "due_at", "days_overdue"),
    "stuck_deals": ("deal", "client", "owner", "stage", "amount", "days_in_stage", "limit_days"),
    "leaking_deals": ("deal", "client", "owner", "stage", "amount", "last_at", "due_at", "flags"),
    "leaking_leads": ("lead", "client", "owner", "source", "last_at", "due_at", "flags"),
}
_FIELD = {"whose": "group", "invoice": "number", "deal": "deal_id", "lead": "lead_id", "call": "activity_id", "needed": "a_day", "net_needed": "net_a_day", "gap_points": "gap"}
_MONEY = {"target", "fact", "line", "line_gap", "gap", "a_day", "expected", "check", "loss", "balance", "amount"}
_SHARE = {"share", "chance", "pay_chance", "deviation_share"}
_DAYS = {"period_start", "period_end", "since", "expected_on"}
_TIMES = {"at", "created_at", "touched_at", "next_at", "due_at", "last_at"}
_WIDE = {"task": 90, "comment": 40, "flags": 40, "client": 30, "owner": 24, "whose": 24, "stage": 22, "block": 28, "lever": 40}


def workbook(report: StandUp) -> bytes:
    """The book; equal content gives equal bytes."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        title = plain(report.words("standup.book.title", client=report.name, date=report.words.date(report.date)), 250)
        book.set_properties({"title": title, "created": dt.datetime.combine(report.date, dt.time())})
        page = _Page(book, report)
        page.tasks()
        for name, columns in _LISTS.items():
            if rows := report.rows(name):
                page.sheet(report.words(f"standup.sheet.{name}"), columns, [[_value(report, name, column, row) for column in columns] for row in rows], name)
    return content.getvalue()


def _value(report: StandUp, part: str, column: str, row: Any) -> object:
    """A cell: what the row holds, codes in words, days and moments as such."""
    value = row.get(_FIELD.get(column, column)) if not (part == "plans" and column in ("gap", "a_day")) else row[column]
    words = report.words
    if column == "whose":
        return value or words("standup.department")
    if column in _DAYS | _TIMES and value:
        return dt.datetime.fromisoformat(value)
    if column == "invoice":
        return value or row["invoice_id"]
    if value is None or value == "":
        return None
    spelled = {"measure": "standup.measure", "when": "standup.when", "status": "standup.status", "against": "standup.against", "step": "metrics.level.step", "light": "standup.light",
               "entity": "standup.entity"}
    if column == "light" and not row["pays_back"]:
        return words("standup.light.late")
    if column in spelled and words.has(f"{spelled[column]}.{value}"):
        return words(f"{spelled[column]}.{value}")
    return _told(report, column, value, row)


def _told(report: StandUp, column: str, value: Any, row: Any) -> object:
    from audit.report.standup.plan import lever
    from audit.report.standup.said import flags
    from audit.report.standup.today import watched

    if column == "kind":
        return report.level("kind", value)
    if column == "metric":
        return watched(report, value)
    if column == "lever":
        return lever(report, row)
    if column == "flags":
        return flags(report, value)
    if isinstance(value, bool):
        return report.words("standup.yes") if value else ""
    return value


class _Page:
    """Sheets of one look."""

    def __init__(self, book: Any, report: StandUp):
        self.book, self.report, self.hidden = book, report, known_names(hidden_names(report.workspace))
        symbol = report.words.money(0, report.client.currency, rounded=False).replace("0", "").strip()
        base: dict[str, object] = {"valign": "top", "border": 1, "border_color": "#D0D0D0"}
        looks: dict[str, dict[str, object]] = {
            "text": {"text_wrap": True}, "number": {"num_format": "#,##0.##"}, "money": {"num_format": f'#,##0\\ "{symbol}"'}, "share": {"num_format": "0%"},
            "day": {"num_format": "dd.mm.yyyy"}, "time": {"num_format": "dd.mm.yyyy hh:mm"}, "open": {"bg_color": "#FFFBE6", "text_wrap": True},
            "head": {"bold": True, "text_wrap": True, "bg_color": "#CFE0F0"}}
        self.forms = {name: book.add_format(base | more) for name, more in looks.items()}

    def tasks(self) -> None:
        """The first sheet: tasks that are issued, with room to tick off and to comment."""
        report = self.report
        rows: list[Sequence[object]] = [(task["owner"] or report.words("standup.nobody"), report.words(f"standup.kind.{task['kind']}"), said(report, task).striptags(), task.get("amount"), None, None)
                                        for task in sorted((task for task in report.tasks if task["issued"]), key=lambda task: task["owner"])]
        self.sheet(report.words("standup.sheet.tasks"), _TASKS, rows, "tasks")

    def sheet(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], part: str) -> None:
        """One list: a frozen, filtered head and its rows; columns without any value are left out, room to write in is not."""
        kept = [at for at, name in enumerate(columns) if (name in ("done", "comment") and part == "tasks") or any(row[at] is not None for row in rows)]
        page = self.book.add_worksheet(plain(title, 31))
        for place, at in enumerate(kept):
            name = columns[at]
            page.set_column(place, place, _WIDE.get(name, 15))
            page.write_string(0, place, self.report.words(f"standup.column.{name}"), self.forms["head"])
            for line, row in enumerate(rows, 1):
                self._cell(page, line, place, row[at], self._form(name, part))
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(len(rows), 1), max(len(kept) - 1, 0))
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.repeat_rows(0)
        page.set_footer("&R&P / &N")

    def _form(self, name: str, part: str) -> Any:
        if part == "tasks" and name in ("done", "comment"):
            return self.forms["open"]
        pieces = part in ("catchup_steps", "quality_gaps", "day_report") or (part == "deviations" and name in ("value", "reference"))
        kind = "money" if name in _MONEY and not pieces else "share" if name in _SHARE else "day" if name in _DAYS else "time" if name in _TIMES else "number"
        return self.forms[kind]

    def _cell(self, page: Any, line: int, place: int, value: object, form: Any) -> None:
        if value is None:
            page.write_blank(line, place, None, form)
        elif isinstance(value, dt.datetime):
            page.write_datetime(line, place, value, form)
        elif isinstance(value, int | float):
            page.write_number(line, place, value, form)
        else:
            page.write_string(line, place, plain(without_names(masked(str(value)), self.hidden)), self.forms["text"])
