"""Accounting joined to the CRM by phone, e-mail and domain, after tax numbers and before names; whatever several clients share joins nobody."""

import csv
import io

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from audit.intake.tables.clients import Clients
from audit.intake.tables.contacts import SHARED, STEPS
from audit.intake.tables.people import match

INN, OTHER = "7707083893", "7728168971"
FREE = "mail" + ".ru"  # in two parts: an address with it would look like somebody's
COMPANIES = ("ID,Название компании,Тип компании,Телефон,E-mail,Сайт,ИНН\n"
             "10,Ромашка,Клиент,8 (495) 123-45-67,,,\n"
             "11,Лютик,Клиент,,info@lutik.example,,\n"
             f"12,Мак,Клиент,,boss@{FREE},https://www.mak.example/,{OTHER}\n"
             "13,Роза,Клиент,+7 495 000-00-01,,,\n"
             "14,Ирис,Клиент,+7 495 000-00-01,,,\n")
INVOICES = "номер счета,дата счета,срок оплаты,сумма,контрагент,ИНН,телефон,e-mail\n"


def invoices(desk, *rows: str) -> list:
    """Clients of invoices of such (payer, tax number, phone, e-mail) rows."""
    desk.put("invoices.csv", INVOICES + "".join(f"{at},01.02.2025,10.02.2025,5,{row}\n" for at, row in enumerate(rows, 1)))
    desk.run()
    assert desk.taken("invoices.csv", "invoices")["rows_kept"] == len(rows)
    return desk.table("invoices").sort_values("number")["client_id"].tolist()


def steps(desk, file: str = "invoices.csv") -> dict:
    return next((entry["value"] for entry in desk.report["decisions"] if entry["kind"] == "client_join" and entry["file"] == file), {})


def test_phone_then_mail_then_domain_then_name(desk):
    desk.put("companies.csv", COMPANIES)
    found = invoices(desk, "ООО Плательщик,,84951234567,", "ООО Второй,,,INFO@lutik.example", "ООО Третий,,,buh@mak.example", "ООО Роза,,,", "Никто,,,x@nobody.example",
                     "ООО Лютик,,+7 (495) 123-45-67,info@lutik.example")
    assert found == ["10", "11", "12", "13", "Никто", "10"]
    assert steps(desk) == {"bare_name": 1, "domain": 1, "email": 1, "phone": 2}
    first = desk.table("invoices")
    desk.run()
    pd.testing.assert_frame_equal(first, desk.table("invoices"))


def test_a_tax_number_goes_before_a_phone_and_another_one_forbids_the_join(desk):
    desk.put("companies.csv", COMPANIES)
    found = invoices(desk, f"Некто,{OTHER},84951234567,", f"Иной,{INN},,buh@mak.example", f"Новый,{INN},84951234567,")
    assert found == ["12", "Иной", "Иной"]  # the third is the second by its tax number, whatever its phone
    assert steps(desk) == {"domain_of_another_tax_id": 1, "tax_id": 2}


def test_what_several_clients_share_joins_nobody_and_is_listed(desk):
    desk.put("companies.csv", COMPANIES)
    assert invoices(desk, "Платит кто-то,,8 495 000 00 01,", f"Ещё кто-то,,,boss2@{FREE}", "ООО Ирис,,8 495 000 00 01,") == ["Платит кто-то", "Ещё кто-то", "14"]
    assert steps(desk) == {"bare_name": 1, "phone_shared": 2}
    listed = list(csv.DictReader(io.StringIO(desk.quarantine("duplicates_clients.csv"))))
    assert {(row["by"], row["id"]) for row in listed} == {("phone", "13"), ("phone", "14")}
    assert desk.report["duplicates"]["clients"]["by"] == {"phone": 1}


def test_contacts_of_a_client_are_its_phones(desk):
    desk.put("companies.csv", COMPANIES)
    desk.put("contacts.csv", "ID,Имя,Фамилия,Тип контакта,ID компании,Рабочий телефон,Рабочий e-mail\n1,Анна,Первая,Клиент,10,8 916 111-22-33,anna@first.example\n")
    assert invoices(desk, "Кто,,+79161112233,", "Некий,,,anna@first.example", "Другой,,,buh@first.example") == ["10", "10", "10"]
    assert steps(desk) == {"domain": 1, "email": 1, "phone": 1}


def test_phones_of_contacts_beside_deals(desk):
    desk.put("deals.csv", "ID,Название сделки,Этап сделки,Воронка,Ответственный,Бюджет,Дата создания сделки,Компания,Рабочий телефон (контакт),Мобильный телефон (контакт),Рабочий email (контакт)\n"
             "1,Окна,Новая,Опт,Иванов,5,01.02.2025,Ромашка,,8 916 111-22-33,\n2,Двери,Новая,Опт,Иванов,6,01.02.2025,Лютик,8 (495) 765-43-21,8 916 444-55-66,a@lutik.example\n")
    desk.put("debts.csv", "контрагент,долг,срок оплаты,на дату,телефон\nООО Ы,5,01.03.2025,01.04.2025,+79161112233\nООО Э,6,01.03.2025,01.04.2025,4957654321\n")
    desk.run()
    assert desk.table("receivables").sort_values("amount")["client_id"].tolist() == ["Ромашка", "Лютик"]
    assert steps(desk, "debts.csv") == {"phone": 2}
    assert not {"Рабочий телефон (контакт)", "client_phone"} & set(desk.table("deals"))


numbers = st.sampled_from([INN, OTHER, "500100732259", "", ""])
pointed = st.sampled_from(["a", "b", "c", SHARED, None, None])


@given(st.lists(st.tuples(st.sampled_from(["Ромашка", "Лютик", "", "ромашка ооо"]), numbers, pointed, pointed, pointed), min_size=1, max_size=12),
       st.lists(numbers, min_size=3, max_size=3), st.booleans())
def test_no_step_joins_two_tax_numbers(rows, own, whole):
    registry = Clients(accounting=False)
    for key, number in zip("abc", own, strict=True):
        registry.add(key, {"a": "Ромашка", "b": "Лютик", "c": "Мак"}[key], number or None)
    registry.accounting = True

    def series(values):
        return pd.Series([value or None for value in values], dtype="str")

    def joined(some):
        near = pd.DataFrame({step: series(row[2 + at] for row in some) for at, step in enumerate(STEPS)})
        return match(registry, None, series(row[0] for row in some), series(row[1] for row in some), near=near).ids.tolist()

    ids = joined(rows) if whole else [one for row in rows for one in joined([row])]
    seen: dict[str, set[str]] = {key: {number} for key, number in zip("abc", own, strict=True) if number and own.count(number) == 1}
    for one, (_, number, *_) in zip(ids, rows, strict=True):
        if number and isinstance(one, str):
            seen.setdefault(one, set()).add(number)
    assert all(len(numbers) == 1 for numbers in seen.values()), seen
