"""Tables of single deals: proposals, invoices, product lines with list prices, contact persons."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

from audit.samples import recipe as r
from audit.samples.books import FIRM, Invoice
from audit.samples.dice import Dice, at_work
from audit.samples.sheet import DAY, Facts, Row, Sheet, later, number, percent
from audit.samples.text import company, tax_number
from audit.samples.things import Deal, World

D = dt.date
END = dt.datetime.combine(r.SAMPLE.as_of, dt.time(23, 59, 59))
PROPOSALS_SINCE, TRIAL, ROLLED_OUT = D(2026, 4, 1), D(2026, 7, 15), D(2026, 9, 1)
OLD, NEW = "КП 1.0", "КП 2.0"
REACTS = {OLD: 0.42, NEW: 0.58}  # within five working days
KINDS = {"вопрос": 0.45, "ответ": 0.25, "встреча": 0.18, "принято": 0.12}
GENEROUS = "Примеров Илья"
DISCOUNT, GENEROUS_DISCOUNT = 0.05, 0.13
PRODUCTS_SINCE = D(2026, 1, 1)
GROUPS = {"Кабель": "Электрика", "Щитовое оборудование": "Электрика", "Освещение": "Электрика", "Электроустановка": "Электрика",
          "Насосы": "Инженерные сети", "Трубопровод": "Инженерные сети", "Вентиляция": "Инженерные сети", r.CHEAP: "Прочее", r.EXTRA_PRODUCT: "Услуги"}
POSITIONS = ("Директор", "Главный инженер", "Снабженец", "Менеджер по закупкам", "Прораб")
GIVEN = ("Анна", "Борис", "Вера", "Глеб", "Дарья", "Егор", "Жанна", "Игорь", "Лидия", "Марк", "Нина", "Олег")
DECIDES = {"won": 0.85, "open": 0.55}  # share of clients whose decision maker is known
CONTACTS_SINCE = D(2026, 5, 1)


def proposals(world: World, seed: int) -> Sheet:
    """proposals.xlsx: one a deal that came to its proposal; template 2.0 by lot for half of them, then for all."""
    dice, rows = Dice(seed, "proposals"), list[Row]()
    for deal in world.deals:
        moved = dict(deal.moves)
        sent = moved.get("EXECUTING")
        if sent is None or sent.date() < PROPOSALS_SINCE:
            continue
        day = sent.date()
        version = NEW if day >= ROLLED_OUT or (day >= TRIAL and dice.chance(0.5)) else OLD
        when, how = _reaction(dice, deal, sent, version)
        large = deal.client.segment in (r.FACTORY, r.STATE)
        rows.append({"Номер КП": f"КП-{deal.id}", "ID сделки": str(deal.id), "Вид КП": "ТКП" if large else "КП", "Версия шаблона": version,
                     "Отправлено": sent, "Дата реакции": when, "Реакция": how, "Сумма КП": deal.amount})
    bad: list[Row] = [dict(rows[50]), dict(rows[700])]
    return Sheet("КП", tuple(rows[0]), rows, bad, {"duplicate_row": 2})


def _reaction(dice: Dice, deal: Deal, sent: dt.datetime, version: str) -> tuple[dt.datetime | None, str]:
    """The client's first reaction: soon by the template's share, else late or with the next stage, else none."""
    following = next((moment for code, moment in deal.moves if moment > sent and code != "LOSE"), None)
    soon, days, how = dice.chance(REACTS[version]), dice.share(), dice.of(KINDS)
    if soon:
        moment = at_work(dice, sent + DAY * (0.1 + 3.4 * days))
    elif following:
        moment = max(following, dt.datetime.combine(later(sent.date(), 6), dt.time(12, 30)))
    elif dice.chance(0.35):
        moment = dt.datetime.combine(later(sent.date(), 6 + int(14 * days)), dt.time(14, 10))
    else:
        return None, "без реакции"
    return (moment.replace(microsecond=0), how) if moment <= END else (None, "без реакции")


def reacted_soon(row: Row) -> bool | None:
    """Whether the client reacted within five working days; None while they have not passed."""
    sent, when = row["Отправлено"], row["Дата реакции"]
    assert isinstance(sent, dt.datetime)
    limit = later(sent.date(), 5)
    if limit > r.SAMPLE.as_of:
        return None
    return isinstance(when, dt.datetime) and when.date() <= limit


def proposal_facts(sheet: Sheet) -> Facts:
    """Reaction within five working days by template, all and in the weeks when the lot decided."""
    counts: dict[bool, dict[str, Counter[bool]]] = {False: defaultdict(Counter), True: defaultdict(Counter)}
    for row in sheet.rows:
        soon, day = reacted_soon(row), row["Отправлено"]
        assert isinstance(day, dt.datetime)
        if soon is not None:
            counts[False][str(row["Версия шаблона"])][soon] += 1
            if TRIAL <= day.date() < ROLLED_OUT:
                counts[True][str(row["Версия шаблона"])][soon] += 1

    def told(trial: bool) -> str:
        found = counts[trial]
        return " → ".join(f"{percent(found[one][True], found[one].total())} (n = {found[one].total()})" for one in (OLD, NEW))

    planted = " → ".join(percent(REACTS[one], 1) for one in (OLD, NEW))
    return {"proposals": (planted, told(False)), "proposals_trial": (planted, told(True))}


def invoices(issued: list[Invoice]) -> Sheet:
    """1c_invoices.xlsx: an invoice a won deal, numbered as the purposes of payments name it."""
    rows: list[Row] = []
    for one in issued:
        deal = one.deal
        assert deal.closed
        status = "Оплачен" if one.owed <= 0 else "Оплачен частично" if one.paid else "Не оплачен"
        rows.append({"Номер счета": str(deal.id), "Дата счета": deal.closed.date(), "Контрагент": company(deal.client.id), "ИНН": tax_number(deal.client.id),
                     "Сумма": deal.amount, "Валюта": "RUB", "Срок оплаты": one.due, "Статус": status, "Ответственный": deal.owner, "ID сделки": str(deal.id)})
    total: Row = {"Номер счета": "Итого", "Сумма": round(sum(one.deal.amount for one in issued), 2)}
    bad: list[Row] = [{**rows[300], "Номер счета": "90001", "Сумма": -1200.0}, total]
    above = [FIRM, f"Счета покупателям за период с {r.SAMPLE.start:%d.%m.%Y} по {r.SAMPLE.as_of:%d.%m.%Y}", ""]
    return Sheet("Счета", tuple(rows[0]), rows, bad, {"negative_amount": 1, "total_row": 1}, above=above)


def invoice_facts(issued: list[Invoice]) -> Facts:
    """Invoices paid in full by their due day among those due, roubles invoiced."""
    due = [one for one in issued if one.due < r.SAMPLE.as_of]
    timely = sum(one.owed <= 0 and one.paid[-1][0] <= one.due for one in due)
    return {"invoices": ("", f"{len(issued)}; {sum(one.deal.amount for one in issued):.2f}"),
            "paid_in_time": ("", f"{timely} / {len(due)} = {percent(timely, len(due))}")}


def products(world: World, seed: int) -> Sheet:
    """deal_products.xlsx: product lines of deals won since `PRODUCTS_SINCE`, with list prices and costs."""
    dice, rows = Dice(seed, "product lines"), list[Row]()
    for deal in world.deals:
        if deal.semantic != "won" or deal.closed is None or deal.closed.date() < PRODUCTS_SINCE:
            continue
        usual = GENEROUS_DISCOUNT if deal.owner == GENEROUS else DISCOUNT
        for product, amount in ((deal.product, deal.amount - deal.delivery), (r.EXTRA_PRODUCT, deal.delivery)):
            if amount <= 0:
                continue
            pieces = 1 if product == r.EXTRA_PRODUCT else dice.whole(1, 40)
            cut = 0.0 if product == r.EXTRA_PRODUCT else max(0.0, usual + 0.02 * dice.normal())
            price = amount / pieces
            rows.append({"ID сделки": str(deal.id), "Товар": product, "Группа товаров": GROUPS[product], "Количество": float(pieces), "Цена": round(price, 2),
                         "Цена по прайсу": round(price / (1 - cut), 2), "Себестоимость": round(price * (0.72 + 0.06 * dice.share()), 2)})
    bad: list[Row] = [{**rows[9], "ID сделки": None}]
    return Sheet("Товары", tuple(rows[0]), rows, bad, {"missing_id": 1})


def product_facts(sheet: Sheet, world: World) -> Facts:
    """Discount against the list price, weighted by list value, of one seller and the others."""
    owner = {str(deal.id): deal.owner for deal in world.deals}
    sums: dict[bool, list[float]] = {True: [0, 0], False: [0, 0]}
    for row in sheet.rows:
        if row["Товар"] != r.EXTRA_PRODUCT:
            mine, pieces = sums[owner[str(row["ID сделки"])] == GENEROUS], number(row["Количество"])
            mine[0] += pieces * number(row["Цена"])
            mine[1] += pieces * number(row["Цена по прайсу"])
    cuts = [percent(1 - sums[who][0] / sums[who][1], 1) for who in (True, False)]
    return {"discount": (f"{percent(GENEROUS_DISCOUNT, 1)} / {percent(DISCOUNT, 1)}", " / ".join(cuts))}


def contacts(world: World, seed: int) -> Sheet:
    """contacts.xlsx: people of the clients with open deals or deals won since `CONTACTS_SINCE`; some entered twice."""
    dice, rows = Dice(seed, "contacts"), list[Row]()
    state: dict[int, str] = {}
    for deal in world.deals:
        if deal.semantic == "open" or (deal.semantic == "won" and deal.closed and deal.closed.date() >= CONTACTS_SINCE):
            state[deal.client.id] = "won" if "won" in (deal.semantic, state.get(deal.client.id)) else "open"
    taken = {client.id * 7919 % 10_000_000 for client in world.clients}
    for client, kind in sorted(state.items()):
        decides = dice.chance(DECIDES[kind])
        for place in range(1 + dice.chance(0.35)):
            number = (client * 104_729 + place * 31_337) % 10_000_000
            while number in taken:
                number = (number + 1) % 10_000_000
            taken.add(number)
            rows.append({
                "ID контакта": str(500_001 + len(rows)), "Контактное лицо": f"{dice.one(GIVEN)} Примерова-{client}", "ID компании": str(client), "Компания": company(client),
                "Должность": dice.one(POSITIONS), "ЛПР": "да" if decides and place == 0 else "нет",
                "Телефон": f"+7 (000) {number // 10_000:03d}-{number // 100 % 100:02d}-{number % 100:02d}" if dice.chance(0.92) else None,
                "E-mail": f"c{client}.{place}@example.com" if dice.chance(0.6) else None,
            })
    twins = [{**row, "ID контакта": str(600_001 + place)} for place, row in enumerate(row for row in rows[5::40] if row["Телефон"])]
    return Sheet("Контакты", tuple(rows[0]), rows + twins, [{**rows[3]}], {"duplicate_row": 1})


def companies(world: World) -> Sheet:
    """companies.xlsx: since when the CRM has known every company with a deal, and whose those are that have bought: nobody's where the seller has left."""
    since: dict[int, dt.date] = {}
    for client, came in [*((lead.client, lead.created) for lead in world.leads), *((deal.client, deal.created) for deal in world.deals)]:
        since[client.id] = min(since.get(client.id, r.D.max), came.date())
    staff = {seller.name for seller in r.SELLERS if not seller.left}
    bought = {deal.client.id for deal in world.deals if deal.semantic == "won"}
    rows: list[Row] = [{"ID": str(key), "Название компании": company(key), "Сфера деятельности": None,
                        "Ответственный": client.owner if key in bought and client.owner in staff else None, "Дата создания": since[key]}
                       for key, client in sorted({deal.client.id: deal.client for deal in world.deals}.items())]
    return Sheet("Компании", tuple(rows[0]), rows)


def company_facts(sheet: Sheet) -> Facts:
    """Companies that are somebody's."""
    owned = sum(row["Ответственный"] is not None for row in sheet.rows)
    return {"companies": ("", f"{owned} / {len(sheet.rows)} = {percent(owned, len(sheet.rows))}")}


def contact_facts(sheet: Sheet) -> Facts:
    """Clients whose decision maker is known, contacts entered twice under one phone."""
    known: dict[object, bool] = defaultdict(bool)
    for row in sheet.rows:
        known[row["ID компании"]] |= row["ЛПР"] == "да"
    phones = Counter(row["Телефон"] for row in sheet.rows if row["Телефон"])
    twice = sum(n for n in phones.values() if n > 1)
    return {"contacts": ("", f"{sum(known.values())} / {len(known)} = {percent(sum(known.values()), len(known))}"), "contact_twins": ("", str(twice))}
