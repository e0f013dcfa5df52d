"""The accounting and staff workbooks: payments, receivables, plan, people; equal content gives equal bytes."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass

from audit.samples import recipe as r
from audit.samples.dice import Dice, works
from audit.samples.text import company, money, tax_number
from audit.samples.things import Deal, World
from audit.samples.world import MONTH_FACTOR

DAY = dt.timedelta(days=1)
Cell = str | float | dt.date | None
FIRM = "ООО «Пример-Снаб» (вымышленная организация)"
TERMS = {r.BUILD: 21, r.RETAIL: 10, r.FACTORY: 30, r.STATE: 45}  # days to pay
PLAN_PER_WEIGHT = 3_000_000  # roubles a month of a seller with weight 1 in a month with factor 1
PAYMENT_HEADER = [
    "Дата", "Номер", "Контрагент", "ИНН", "Договор", "Сумма", "Ставка НДС", "В том числе НДС", "Назначение платежа",
    "Ответственный",
]
DEBT_HEADER = [
    "Контрагент", "ИНН", "Договор", "Документ", "Дата документа", "Срок оплаты", "Сумма долга", "Просрочено",
    "Дней просрочки", "Ответственный",
]


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of a won deal and what has been paid on it by the last day: (day, amount) in order."""

    deal: Deal
    due: dt.date
    paid: tuple[tuple[dt.date, float], ...]

    @property
    def owed(self) -> float:
        """What is still owed on the last day, roubles."""
        return round(self.deal.amount - sum(amount for _, amount in self.paid), 2)


def invoices(world: World, seed: int) -> list[Invoice]:
    """One invoice a won deal, issued on the day of winning, with the payments up to the last day."""
    dice = Dice(seed, "payments")
    won = sorted((deal for deal in world.deals if deal.semantic == "won"), key=lambda deal: (deal.closed, deal.id))
    return [_invoice(deal, dice) for deal in won]


def _invoice(deal: Deal, dice: Dice) -> Invoice:
    assert deal.closed
    due = _workday(deal.closed.date() + DAY * TERMS[deal.client.segment])
    fate = dice.share()
    if fate < 0.62:  # in time
        parts = [(due - DAY * dice.whole(0, TERMS[deal.client.segment] - 2), deal.amount)]
    elif fate < 0.84:  # late
        parts = [(due + DAY * int(1 + dice.lognormal(11, 0.8)), deal.amount)]
    elif fate < 0.96:  # half before, the rest around the due day
        half = round(deal.amount / 2, 2)
        parts = [(deal.closed.date() + DAY * dice.whole(1, 6), half)]
        parts.append((max(parts[0][0], due + DAY * dice.whole(-4, 25)), round(deal.amount - half, 2)))
    else:
        parts = []
    paid = ((_workday(max(day, deal.closed.date())), amount) for day, amount in parts)
    return Invoice(deal, due, tuple(item for item in paid if item[0] <= r.SAMPLE.as_of))


def _workday(day: dt.date) -> dt.date:
    while not works(day):
        day += DAY
    return day


def vat_rate(day: dt.date) -> int:
    """General VAT rate of the country on `day`, percent."""
    return 22 if day.year >= 2026 else 20


def payments(issued: list[Invoice]) -> list[list[Cell]]:
    """Rows of 1c_payments.xlsx below the title: header, one row a payment, the total."""
    rows: list[list[Cell]] = []
    found = sorted((day, invoice.deal.id, part, amount, invoice) for invoice in issued
                   for part, (day, amount) in enumerate(invoice.paid))
    for number, (day, _, _, amount, invoice) in enumerate(found, start=1):
        deal = invoice.deal
        rate = 0 if deal.client.id % 25 == 0 else vat_rate(day)
        tax = round(amount * rate / (100 + rate), 2)
        said = f"в т.ч. НДС {rate}% {money(tax)}" if rate else "НДС не облагается"
        purpose = f"Оплата по счету № {deal.id} от {deal.closed:%d.%m.%Y} за {deal.product.lower()}, {said}"
        rows.append([
            day, f"ПС00-{number:06d}", _payer(deal.client.id, number), _inn(deal.client.id, number), f"Договор № {deal.client.id}/25",
            money(amount) if number % 90 == 0 else amount, f"{rate}%" if rate else "Без НДС", tax or None, purpose, deal.owner,
        ])
    total = round(sum(amount for _, _, _, amount, _ in found), 2)
    return [list(PAYMENT_HEADER), *rows, ["Итого", None, None, None, None, total]]


def _payer(client_id: int, number: int) -> str:
    name = company(client_id)
    return name.upper() if number % 70 == 0 else name.replace("ООО ", "ООО\u00a0") if number % 40 == 0 else name


def _inn(client_id: int, number: int) -> str | float:
    """The tax number as text, as a number, or as text that went through a float."""
    text = tax_number(client_id)
    return float(text) if number % 6 == 0 else text + ".0" if number % 75 == 0 else text


def receivables(issued: list[Invoice]) -> list[list[Cell]]:
    """Rows of 1c_receivables.xlsx below the title: header, one row an unpaid document, the total."""
    rows: list[list[Cell]] = []
    for number, invoice in enumerate((one for one in issued if one.owed > 0), start=1):
        deal, late = invoice.deal, max(0, (r.SAMPLE.as_of - invoice.due).days)
        assert deal.closed
        rows.append([
            company(deal.client.id), _inn(deal.client.id, number), f"Договор № {deal.client.id}/25",
            f"Реализация (акт) {deal.id:08d} от {deal.closed:%d.%m.%Y}", deal.closed.date(), invoice.due, invoice.owed,
            invoice.owed if late else 0.0, late, deal.owner,
        ])
    sums = [round(sum(row[place] for row in rows), 2) for place in (6, 7)]  # type: ignore[misc]
    return [list(DEBT_HEADER), *rows, ["Итого", None, None, None, None, None, *sums]]


def plan() -> list[list[Cell]]:
    """Rows of plan.xlsx: revenue targets of every month up to the end of the year, a row a seller, team and company."""
    rows: list[list[Cell]] = [["Месяц", "Уровень", "Отдел", "Сотрудник", "План, руб."]]
    month = r.SAMPLE.plans_since
    while month <= dt.date(r.SAMPLE.as_of.year, 12, 1):
        targets = {seller: _target(seller, month) for seller in r.SELLERS if seller.works(month)}
        for seller, target in targets.items():
            rows.append([month, "Сотрудник", seller.team, seller.name, target])
        for team in (r.NORTH, r.SOUTH):
            total = sum(target for seller, target in targets.items() if seller.team == team)
            rows.append([month, "Отдел", team, None, total])
        rows.append([month, "Компания", None, None, sum(targets.values())])
        month = (month + 31 * DAY).replace(day=1)
    return rows


def _target(seller: r.Seller, month: dt.date) -> float:
    months = (month.year - r.SAMPLE.start.year) * 12 + month.month - r.SAMPLE.start.month
    newcomer = 0.5 if (month - seller.hired).days < 90 else 1.0
    raw = PLAN_PER_WEIGHT * seller.weight * MONTH_FACTOR[month.month - 1] * 1.008**months * newcomer
    return float(round(raw, -4))


def managers() -> list[list[Cell]]:
    """Rows of managers.xlsx: the head and the twelve sellers."""
    rows: list[list[Cell]] = [["ФИО", "Отдел", "Роль", "Дата приёма", "Дата увольнения"]]
    return rows + [[one.name, one.team, one.role, one.hired, one.left] for one in (r.LEADER, *r.SELLERS)]


def titles(kind: str) -> list[str]:
    """The lines above the header of a 1C report; an empty one is an empty row."""
    first, last = f"{r.SAMPLE.start:%d.%m.%Y}", f"{r.SAMPLE.as_of:%d.%m.%Y}"
    if kind == "payments":
        return [FIRM, f"Поступления от покупателей за период с {first} по {last}", "Валюта: руб.", ""]
    return [FIRM, f"Задолженность покупателей на {last}", ""]


def workbook(sheet: str, above: list[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """An xlsx of one sheet: the lines `above`, then `rows`; made at a fixed moment and by nobody."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": dt.datetime.combine(r.SAMPLE.as_of, dt.time(18))})
    page = book.add_worksheet(sheet)
    bold, day, time = (book.add_format(look) for look in ({"bold": True}, {"num_format": "dd.mm.yyyy"}, {"num_format": "dd.mm.yyyy hh:mm:ss"}))
    for line, text in enumerate(above):
        page.write_string(line, 0, text)
    for line, row in enumerate(rows, start=len(above)):
        for place, value in enumerate(row):
            if isinstance(value, dt.datetime):
                page.write_datetime(line, place, value, time)
            elif isinstance(value, dt.date):
                page.write_datetime(line, place, dt.datetime.combine(value, dt.time()), day)
            elif value is not None:
                page.write(line, place, value, bold if line == len(above) else None)
    page.set_column(0, max(len(row) for row in rows) - 1, 18)
    book.close()
    return buffer.getvalue()
