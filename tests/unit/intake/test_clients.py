"""Clients across CRM and accounting: by tax number, then name without its legal form; conflicts never joined; duplicates listed."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from audit.intake.tables.clients import Clients
from audit.intake.tables.companies import bare_name, tax_fits, tax_key
from audit.intake.tables.people import match

DEALS = "id,created,won,amount,клиент\n1,2025-01-02,1,5,{}\n2,2025-01-03,1,6,{}\n"
PAYMENTS = "Дата,Контрагент,ИНН,Сумма,Назначение платежа\n"
INN, OTHER = "7707083893", "7728168971"


def test_legal_forms_quotes_and_alike_letters_fall_away():
    alike = ['ООО "Ромашка"', "РОМАШКА ООО", "Ромашка, О.О.О.", "Общество с ограниченной ответственностью «Ромашка»", "OOO Pомaшка", "ромашка"]
    assert len({bare_name(name) for name in alike}) == 1
    assert bare_name("ЕООД Лале") == bare_name("Лале ЕООД") == bare_name("„Лале“ ООД")
    assert bare_name("Acme, Inc.") == bare_name("ACME GmbH") == bare_name("acme ltd.")
    assert bare_name("Пчёлка АО") == bare_name("ЗАО Пчелка")
    assert bare_name("ИП Иванов И.И.") == bare_name("Иванов И. И. (ИП)")
    assert bare_name("ООО") == ""
    assert bare_name("Ромашка Плюс") != bare_name("Ромашка")


def test_tax_numbers():
    assert tax_key("BG131468980") == tax_key("131 468 980") == "131468980"
    assert [tax_fits(number) for number in (INN, OTHER, "500100732259", "131468980", "7707083894", "131468981")] == [True, True, True, True, False, False]
    assert tax_key("0000000000") is None


def test_a_payer_is_joined_by_tax_number_then_by_bare_name_and_the_step_is_recorded(desk):
    desk.put("clients.csv", "client id,наименование,ИНН\n10,Ромашка,7707083893\n11,Лютик ООО,\n")
    desk.client("sources: [{file: clients.csv, table: clients}]\n")
    desk.put("deals.csv", "id,created,won,amount,client id\n1,2025-01-02,1,5,10\n2,2025-01-03,1,6,11\n")
    desk.put("bank.csv", PAYMENTS + f"05.02.2025,Некто,{INN},5,оплата\n06.02.2025,ЗАО Лютик,,6,оплата\n")
    desk.run()
    assert desk.table("payments").sort_values("received_on")["client_id"].tolist() == ["10", "11"]
    told = next(entry for entry in desk.report["decisions"] if entry["kind"] == "client_join" and entry["file"] == "bank.csv")
    assert told["value"] == {"bare_name": 1, "tax_id": 1}


def test_one_name_with_two_tax_numbers_is_two_clients(desk):
    desk.put("deals.csv", DEALS.format("Ромашка", "Лютик"))
    desk.put("bank.csv", PAYMENTS + f"05.02.2025,ООО Ромашка,{INN},5,оплата\n06.02.2025,ООО Ромашка,{OTHER},6,оплата\n")
    desk.run()
    paid = desk.table("payments")["client_id"].tolist()
    assert len(set(paid)) == 2
    assert "Ромашка" in paid
    assert desk.table("clients")["tax_id"].dropna().nunique() == 2


def test_a_bare_name_that_fits_two_clients_joins_neither(desk):
    desk.put("deals.csv", DEALS.format("ООО Ромашка", "ИП Ромашка"))
    desk.put("bank.csv", PAYMENTS + "05.02.2025,Ромашка,,5,оплата\n")
    desk.run()
    assert desk.table("payments")["client_id"].tolist() == ["Ромашка"]


def test_duplicates_are_listed_and_nothing_is_deleted(desk):
    desk.client("sources: [{file: clients.csv, table: clients}]\n")
    desk.put("clients.csv", "client id,наименование,ИНН,телефон,email\n"
             f"1,ООО Ромашка,{INN},8 (495) 123-45-67,a@romashka.example\n2,Ромашка,{INN},,\n3,Лютик,,+7 495 123 45 67,\n4,Василёк АО,,,b@v.example\n5,ЗАО Василек,,,B@V.example\n"
             f"6,Мак,{OTHER},,\n7,Мак,500100732259,,\n")
    desk.put("deals.csv", "id,created,won,amount,client id,title\n1,2025-01-02,1,5,1,Окна\n2,2025-01-03,1,5,1,Окна\n3,2025-01-03,1,6,2,Окна\n")
    desk.run()
    found = desk.report["duplicates"]
    assert found["clients"]["by"] == {"domain": 1, "email": 1, "name": 2, "phone": 1, "tax_id": 1}
    assert found["clients"]["rows"] == 5
    assert {"by": "tax_id", "value": INN, "ids": ["1", "2"]} in found["clients"]["examples"]
    assert found["deals"]["by"] == {"client_title_amount": 1}
    assert len(desk.table("clients")) == 7
    listed = list(csv.DictReader(io.StringIO(desk.quarantine("duplicates_clients.csv"))))
    assert {(row["by"], row["id"]) for row in listed} >= {("phone", "1"), ("phone", "3")}
    assert (desk.root / "quarantine" / "duplicates_deals.csv").is_file()
    desk.put("clients.csv", "client id,наименование,ИНН\n1,Ромашка,\n2,Лютик,\n")
    desk.put("deals.csv", "id,created,won,amount,client id,title\n1,2025-01-02,1,5,1,Окна\n")
    (desk.root / "mapping.yml").unlink()
    desk.run()
    assert not (desk.root / "quarantine" / "duplicates_clients.csv").exists()


def test_a_domain_of_a_mail_service_joins_nobody():
    import pandas as pd

    from audit.intake.tables.contacts import domain_of

    free = "gmail" + ".com"  # in two parts: an address with it would look like somebody's
    assert domain_of(pd.Series(["a@romashka.example", "b@" + free, None], dtype="str")).fillna("").tolist() == ["romashka.example", "", ""]


def with_check(nine: str) -> str:
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return nine + str(sum(int(digit) * weight for digit, weight in zip(nine, weights, strict=True)) % 11 % 10)


inns = st.sampled_from([with_check(nine) for nine in ("770708389", "772816897", "123456789", "500100732")])


@given(st.lists(st.tuples(st.sampled_from(["Ромашка", "ООО Ромашка", "Лютик ООО", "", "ромашка"]), st.one_of(st.just(""), inns)), min_size=1, max_size=12), st.booleans())
def test_two_valid_tax_numbers_are_never_one_client(rows, one_by_one):
    import pandas as pd

    registry = Clients()
    names = pd.Series([name or None for name, _ in rows], dtype="str")
    numbers = pd.Series([number or None for _, number in rows], dtype="str")
    if one_by_one:
        ids = [match(registry, None, names.iloc[[at]].reset_index(drop=True), numbers.iloc[[at]].reset_index(drop=True)).ids[0] for at in range(len(rows))]
    else:
        ids = match(registry, None, names, numbers).ids.tolist()
    seen: dict[str, set[str]] = {}
    for one, (_, number) in zip(ids, rows, strict=True):
        if number:
            assert tax_fits(number)
            seen.setdefault(one, set()).add(number)
    assert all(len(numbers) == 1 for numbers in seen.values())
