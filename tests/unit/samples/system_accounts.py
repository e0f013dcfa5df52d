"""The accounting of the sample client as banks and 1C write it: the text exchange, a statement, a printed report of debts."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from system_parts import Truth, flat, ru, sheet

OURS, THEIRS = "40702810000000000001", "40702810500000000077"


def exchange(truth: Truth, inbox: Path) -> None:
    """1CClientBankExchange in cp1251: receipts, and a payment to a supplier after every hundredth."""
    came = sum(round(100 * row["amount"]) for row in flat(truth.payments)) / 100
    lines = ["1CClientBankExchange", "ВерсияФормата=1.03", "Кодировка=Windows", "Отправитель=Банк", "Получатель=1С", "ДатаНачала=01.05.2025", "ДатаКонца=31.10.2026", f"РасчСчет={OURS}",
             "СекцияРасчСчет", "ДатаНачала=01.05.2025", "ДатаКонца=31.10.2026", f"РасчСчет={OURS}", "НачальныйОстаток=0.00", f"ВсегоПоступило={came:.2f}", "КонецРасчСчет"]
    for place, row in enumerate(flat(truth.payments), 1):
        day = ru(row["received_on"], day=True)
        lines += ["СекцияДокумент=Платежное поручение", f"Номер={place}", f"Дата={day}", f"Сумма={row['amount']:.2f}", f"ПлательщикСчет={THEIRS}", f"Плательщик=ИНН {row['tax_id']} {row['client_name']}",
                  f"ПлательщикИНН={row['tax_id']}", f"Плательщик1={row['client_name']}", f"ПолучательСчет={OURS}", f"ДатаПоступило={day}", "Получатель=ООО Мы", "ВидПлатежа=электронно",
                  f"НазначениеПлатежа={row['purpose']}", "КонецДокумента"]
        if place % 100 == 0:
            lines += ["СекцияДокумент=Платежное поручение", f"Номер={10_000 + place}", f"Дата={day}", "Сумма=100.00", f"ПлательщикСчет={OURS}", f"ДатаСписано={day}", f"ПолучательСчет={THEIRS}",
                      "Получатель=Поставщик", "НазначениеПлатежа=За товар", "КонецДокумента"]
    (inbox / "kl_to_1c.txt").write_bytes(("\r\n".join([*lines, "КонецФайла"]) + "\r\n").encode("cp1251"))


def statement(truth: Truth, inbox: Path) -> None:
    """A table of the bank with debit and credit, decimals after a comma."""
    rows = []
    for place, row in enumerate(flat(truth.payments), 1):
        rows.append({"Дата": ru(row["received_on"], day=True), "Номер": str(place), "Дебет": "", "Кредит": f"{row['amount']:.2f}".replace(".", ","), "Контрагент": row["client_name"],
                     "ИНН": row["tax_id"], "Назначение платежа": row["purpose"]})
        if place % 100 == 0:
            rows.append({**rows[-1], "Номер": str(10_000 + place), "Дебет": "100,00", "Кредит": "", "Контрагент": "Поставщик", "ИНН": "", "Назначение платежа": "За товар"})
    sheet(inbox / "выписка.csv", rows, "cp1251", ";")


def debts(truth: Truth, inbox: Path) -> None:
    """'Задолженность покупателей' as printed: buyers, their contracts, their documents, a total."""
    import xlsxwriter

    owed = truth.receivables
    rows: list[list] = [["Задолженность покупателей"], ["Май 2025 г. - Октябрь 2026 г."], ["ООО Мы"], [], ["Единица измерения: руб."], [],
                        ["Покупатель", "ИНН", "На начало периода", "", "За период", "", "На конец периода", ""], ["", "", "Долг", "Аванс", "Продано", "Оплачено", "Долг", "Аванс"]]
    for (buyer, tax), mine in owed.groupby(["client_name", "tax_id"], sort=False):
        rows.append([buyer, tax, "", "", float(mine["amount"].sum()), "", float(mine["amount"].sum()), ""])
        for contract, papers in mine.groupby("contract", sort=False):
            rows.append([contract, "", "", "", float(papers["amount"].sum()), "", float(papers["amount"].sum()), ""])
            rows += [[paper, "", "", "", float(amount), "", float(amount), ""] for paper, amount in zip(papers["document"], papers["amount"], strict=True)]
    rows.append(["Итого", "", "", "", float(owed["amount"].sum()), "", float(owed["amount"].sum()), ""])
    with xlsxwriter.Workbook(str(inbox / "Задолженность покупателей.xlsx")) as book:
        page = book.add_worksheet()
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                page.write(at, place, cell)


def payments(rows: pd.DataFrame) -> list[tuple]:
    """What every system must agree on of payments."""
    return sorted(zip(rows["received_on"].astype("str"), rows["amount"].round(2), rows["client_name"], rows["tax_id"], rows["deal_id"].fillna(""), rows["currency"], strict=True))


def owed(rows: pd.DataFrame) -> list[tuple]:
    """What every system must agree on of debts."""
    return sorted(zip(rows["as_of"].astype("str"), rows["client_name"], rows["tax_id"], rows["contract"], rows["document"], rows["document_date"].astype("str"), rows["amount"].round(2), strict=True))
