"""Statements of a bank: the text exchange of 1C in its encodings, and a table with debit and credit."""

import pytest

from audit.intake.read import read_table

OURS, THEIRS, SECOND = "40702810000000000001", "40702810500000000077", "40702840000000000002"


def document(kind: str = "Платежное поручение", **fields: str) -> str:
    return "\n".join([f"СекцияДокумент={kind}", *(f"{key}={value}" for key, value in fields.items()), "КонецДокумента", ""])


def statement(*documents: str, said: str = "Windows", came: str = "1600.50", end: str = "КонецФайла\n") -> str:
    return (f"1CClientBankExchange\nВерсияФормата=1.03\nКодировка={said}\nОтправитель=Банк\nДатаНачала=01.03.2025\nДатаКонца=31.03.2025\n"
            f"РасчСчет={OURS}\nРасчСчет={SECOND}\nСекцияРасчСчет\nДатаНачала=01.03.2025\nРасчСчет={OURS}\nНачальныйОстаток=10.00\n"
            f"ВсегоПоступило={came}\nВсегоСписано=300.00\nКонечныйОстаток=1310.50\nКонецРасчСчет\n" + "".join(documents) + end)


FIRST = document(Номер="15", Дата="03.03.2025", Сумма="1500.50", ПлательщикСчет=THEIRS, ДатаПоступило="04.03.2025", Плательщик="ИНН 7707083893 КПП 770701001 ООО Ромашка",
                 ПлательщикИНН="7707083893", ПолучательСчет=OURS, Получатель="ООО Мы", НазначениеПлатежа="Оплата по счету № 12 от 01.03.2025")
SPENT = document(Номер="16", Дата="05.03.2025", Сумма="200.00", ПлательщикСчет=OURS, ДатаСписано="05.03.2025", ПолучательСчет=THEIRS, Получатель1="АО Поставщик",
                 ПолучательИНН="7736050003", НазначениеПлатежа="За товар")
THIRD = document("Банковский ордер", Номер="17", Дата="06.03.2025", Сумма="100.00", ПлательщикРасчСчет=THEIRS, Плательщик1="ИП Петров", ПолучательРасчСчет=OURS,
                 НазначениеПлатежа1="Аванс", НазначениеПлатежа2="за март")
MOVED = document(Номер="18", Дата="07.03.2025", Сумма="100.00", ПлательщикСчет=OURS, ПолучательСчет=SECOND, НазначениеПлатежа="Перевод")


@pytest.mark.parametrize(("encoding", "said"), [("cp1251", "Windows"), ("cp866", "DOS"), ("utf-8", "UTF-8")])
def test_receipts_become_payments(desk, encoding, said):
    desk.put("kl_to_1c.txt", statement(FIRST, SPENT, THIRD, MOVED, said=said), encoding)
    desk.run()
    paid = desk.table("payments")
    assert paid[["received_on", "amount", "currency", "client_name", "tax_id", "purpose"]].astype(str).fillna("").to_numpy().tolist() == [
        ["2025-03-04", "1500.5", "RUB", "ООО Ромашка", "7707083893", "Оплата по счету № 12 от 01.03.2025"],
        ["2025-03-06", "100.0", "RUB", "ИП Петров", "", "Аванс за март"],
    ]
    entry = desk.entry("kl_to_1c.txt")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"], entry["warnings"]) == (4, 2, {"other_kind": 2}, {})
    assert (entry["preset"], entry["encoding"]) == ("payments_bank_exchange", encoding)
    assert entry["checks"] == [
        {"name": f"ВсегоПоступило {OURS}", "column": "Сумма", "stated": 1600.5, "found": 1600.5, "agrees": True},
        {"name": f"ВсегоСписано {OURS}", "column": "Сумма", "stated": 300.0, "found": 300.0, "agrees": True},
    ]


def test_a_total_that_does_not_agree_is_told(desk):
    desk.put("kl_to_1c.txt", statement(FIRST, SPENT, MOVED), "cp1251")
    desk.run()
    entry = desk.entry("kl_to_1c.txt")
    assert [(check["stated"], check["found"], check["agrees"]) for check in entry["checks"]] == [(1600.5, 1500.5, False), (300.0, 300.0, True)]
    assert entry["warnings"] == {"total_differs": 1}


@pytest.mark.parametrize(("encoding", "said"), [("cp1251", "DOS"), ("cp866", "Windows"), ("utf-8", "Windows"), ("cp1251", "нет такой")])
def test_a_wrong_line_of_encoding_is_seen_through(tmp_path, encoding, said):
    path = tmp_path / "a.txt"
    path.write_bytes(statement(FIRST, said=said).encode(encoding))
    source = read_table(path)[0]
    assert (source.encoding, source.cells["Контрагент"].tolist()) == (encoding, ["ООО Ромашка"])
    assert source.warnings["encoding_line"] == (said in ("DOS", "Windows"))


def test_a_cut_file_keeps_its_whole_documents(desk):
    desk.put("kl_to_1c.txt", statement(FIRST, THIRD.split("Плательщик1")[0], end=""), "cp1251")
    desk.run()
    entry = desk.entry("kl_to_1c.txt")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (2, 1, {"torn_record": 1})
    assert entry["warnings"] == {"no_end": 1, "total_differs": 2}


def test_without_own_accounts_the_days_tell_the_direction(tmp_path):
    path = tmp_path / "a.txt"
    plain = "1CClientBankExchange\nКодировка=Windows\n" + FIRST + SPENT + document(Сумма="1", Дата="01.03.2025") + "КонецФайла\n"
    path.write_bytes(plain.encode("cp1251"))
    assert read_table(path)[0].cells["Направление"].tolist() == ["поступление", "списание", ""]


def test_a_purpose_of_several_lines_is_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(statement(FIRST.replace("Оплата по", "Оплата\nпо")).encode("cp1251"))
    assert read_table(path)[0].cells["НазначениеПлатежа"].tolist() == ["Оплата по счету № 12 от 01.03.2025"]


@pytest.mark.parametrize(("text", "problem"), [
    ("1CClientBankExchange\nКодировка=Windows\nСекцияРасчСчет\n", "damaged_exchange"),
    ("1CClientBankExchange", "damaged_exchange"),
    (statement(), "empty"),
    ("1CClientBankExchange\n" + "".join(f"СекцияДокумент=x\nключ{at}=1\nКонецДокумента\n" for at in range(2_100)), "too_many_columns"),
    ("1CClientBankExchange\nСекцияДокумент=x\nСумма=" + "1" * 4_100_000, "line_too_long"),
])
def test_hostile_files_have_a_reason(tmp_path, text, problem):
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode("cp1251"))
    assert read_table(path)[0].problem == problem


@pytest.mark.parametrize("amount", ["1e400", "сто", "", "5 6 7,8,9"])
def test_an_unreadable_amount_is_refused(desk, amount):
    desk.put("kl_to_1c.txt", statement(FIRST, THIRD.replace("100.00", amount)), "cp1251")
    desk.run()
    assert desk.entry("kl_to_1c.txt")["rows_kept"] == 1
    assert desk.table("payments")["amount"].tolist() == [1500.5]


def test_a_statement_with_debit_and_credit(desk):
    desk.put("statement.csv", "Выписка по счету;;;;;;\nДата;Номер;Дебет;Кредит;Контрагент;ИНН;Назначение платежа\n"
             "03.03.2025;1;;1 500,50;ООО Ромашка;7707083893;Оплата по счету 12\n04.03.2025;2;200,00;0,00;АО Поставщик;7736050003;За товар\n"
             "05.03.2025;3;;99,50;ИП Петров;;Аванс\nИтого;;200,00;1 600,00;;;\n")
    desk.run()
    assert desk.table("payments")[["client_name", "amount"]].to_numpy().tolist() == [["ООО Ромашка", 1500.5], ["ИП Петров", 99.5]]
    entry = desk.entry("statement.csv")
    assert (entry["preset"], entry["reasons"]) == ("payments_statement", {"other_kind": 1, "total_row": 1})
    assert entry["checks"] == [{"name": "Итого", "column": "Кредит", "stated": 1600.0, "found": 1600.0, "agrees": True}]
