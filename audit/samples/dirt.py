"""Every flaw that is put into the files on purpose, with the number of rows it must cost."""

from __future__ import annotations

from collections import Counter

from audit.samples.text import Rows

# rows that no honest reader can take, by file and reason
REFUSED: dict[str, dict[str, int]] = {
    "bitrix24_deals.csv": {"bad_date": 2, "duplicate_id": 2, "negative_amount": 1, "closed_before_created": 2},
    "amocrm_leads_2026-10-31.csv": {"bad_date": 1, "duplicate_id": 2, "missing_id": 1},
}
WITH_TOTAL = ("1c_payments.xlsx", "1c_receivables.xlsx")  # these end with a total, which is no payment and no debt


def refused(name: str) -> dict[str, int]:
    """Reason → rows that the file `name` of CRM, accounting or telephony must lose."""
    return REFUSED.get(name, {}) | ({"total_row": 1} if name in WITH_TOTAL else {})


NBSP = "\u00a0"
TITLES = (
    "<script>alert('Сделка')</script>", '=HYPERLINK("http://example.com/";"Открыть счёт")',
    "ООО &quot;Пример&quot; &amp; партнёры", "Сделка; с точкой с запятой\r\nи переводом строки", '"Под ключ"',
)
NOTES = (
    "Перезвонить после 15:00;\nпросили счёт на две позиции", "Контакт: +7 (000) 555-01-02, zakaz@example.org",
    "1) уточнить объём;\n2) выслать КП;\n3) согласовать срок", "@SUM(1+1)*cmd|' /C calc'!A0",
)


def deals(rows: Rows) -> Rows:
    """The deal rows with the flaws of a hand-kept base; refused rows are extra and belong to no deal of the world."""
    header, body = rows[0], rows[1:]
    at = {name: header.index(name) for name in reversed(header)}
    for number, title in enumerate(TITLES):
        body[400 + 97 * number][at["Название сделки"]] = title
    body[1300][at["Комментарий"]] = NOTES[0].replace("\n", "\r\n")
    body[1301][at["Комментарий"]] = NOTES[1]
    _misspelt_stages(body, at["Стадия сделки"])
    for row in body[700:760]:
        row[at["Ответственный"]] = row[at["Ответственный"]].replace(" ", "  ")
    _short_rows(body, at["Дата закрытия"])
    return [header, *_with_refused(body, at)]


def _misspelt_stages(body: Rows, stage: int) -> None:
    talks = [row for row in body if row[stage] == "Переговоры"]
    for row, name in zip(talks, ("Переговоры" + NBSP, "переговоры", "  Переговоры", "ПЕРЕГОВОРЫ"), strict=False):
        row[stage] = name


def _short_rows(body: Rows, last: int) -> None:
    """The writer leaves out a cell that was never set: five open deals lack their last cell."""
    for row in [row for row in body if len(row) == last + 1 and not row[last]][:5]:
        del row[last]


def _with_refused(body: Rows, at: dict[str, int]) -> Rows:
    """Copies of ordinary rows under new numbers, each with one impossible value, and two exact copies."""
    closed = [row for row in body if len(row) > at["Дата закрытия"] and row[at["Дата закрытия"]]]
    times = Counter(row[at["ID"]] for row in body)
    single = [row for row in closed if times[row[at["ID"]]] == 1][600:607]
    bad = [list(row) for row in single]
    for number, row in enumerate(bad[:5]):
        row[at["ID"]] = str(90_001 + number)
        row[at["Название сделки"]] = f"Сделка #{90_001 + number}"
    for row, day in zip(bad[:2], ("31.02.2026", "30.02.2026"), strict=True):
        row[at["Дата создания"]] = f"{day} 10:15:00"
    bad[2][at["Сумма"]] = "-12 500,00"
    for row in bad[3:5]:
        created, shut = at["Дата создания"], at["Дата закрытия"]
        row[created], row[shut] = row[shut], row[created]
    return [*body[:2000], *bad[:3], *body[2000:5000], *bad[3:7], *body[5000:]]


def leads(rows: Rows) -> Rows:
    """The request rows with line breaks in notes, emoji, formulas, and four rows that must be refused."""
    header, body = rows[0], rows[1:]
    at = {name: header.index(name) for name in reversed(header)}
    for number, note in enumerate(NOTES * 10):
        body[50 + 61 * number][at["Примечание"]] = note
    for row in body[90:2000:160]:
        row[at["Название сделки"]] = f"🔥 {row[at['Название сделки']]} ✅"
    body[333][at["Полное имя контакта"]] = "<b>Пример</b> Иванович"
    working = [row for row in body if row[at["Этап сделки"]] == "Взят в работу"]
    for row in working[:2]:
        row[at["Этап сделки"]] = "Взят в работу ⚡"
    no_id, bad_date = list(body[1500]), list(body[1600])
    no_id[at["ID"]], bad_date[at["ID"]] = "", "39999999"
    bad_date[at["Дата создания сделки"]] = "31.02.2026 09:00:00"
    for row in (no_id, bad_date):
        row[at["ID сделки Битрикс24"]] = ""
    return [header, *body[:1700], no_id, bad_date, list(body[1650]), *body[1700:], list(body[2100])]
