"""The levels of a hierarchy that a report prints in one column: account, client, contract, document."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from audit.intake.text import norm

ACCOUNT, CLIENT, CONTRACT, DOCUMENT = range(4)
_ACCOUNT = re.compile(r"^(?:62|1210|4010|411)(?:[./]\w{1,3})*(?:[,\s].*)?$")
_CONTRACT = re.compile(
    r"^(?:основной договор|договор\b|дог\b\.?|доп\.? ?согл|допсогл|дополнительное соглашение|дс\b|соглашение|контракт|сч[её]т-?(?:оферта|договор)|оферта|"
    r"публичная оферта|без договора|б/?н\b|бн от|государственный контракт|муниципальный контракт|спецификация|заявка №|заказ №|№)|.+\sот\s\d{1,2}\.\d{2}\.\d{2,4}", re.I)
_DOCUMENT = re.compile(
    r"^(?:реализация|поступление|корректировка|возврат|списание|ввод (?:начальных )?остатков|операция|оплата|плат[её]жн|приходный кассовый|расходный кассовый|"
    r"передача|акт\b|отч[её]т комиссионера|взаимозач[её]т|зач[её]т аванса|сч[её]т-фактура|документ расч[её]тов|оказание услуг|накладная|упд\b|фактура|"
    r"фискален|банково извлечение|чек ккм|выдача наличных|прием на работу)\b.*(?:\d|$)", re.I)
_SERVICE = {"контрагенты", "договоры", "документы расчетов с контрагентом", "документ расчетов с контрагентом", "покупатели-работники", "субконто",
            "договор", "документ", "контрагент", "счет", "показатели", "выводимые данные", "отбор", "отборы"}
_FOLDERS = {"покупатели", "покупатели-работники", "клиенты", "юридические лица", "физические лица", "контрагенты", "клиенти"}
TOTALS = {"итого", "итог", "всего", "общо", "всичко", "total", "grand total", "итого развернутое", "обороты и сальдо на конец"}


@dataclass
class Row:
    """What a row of a report is: `leaf` (money counts), `group`, `total` or `service`; and whose it is."""

    kind: str
    level: int = CLIENT
    client: str = ""
    tax: str = ""
    contract: str = ""
    document: str = ""


def of(label: str, tax: str) -> int:
    """The level of a row by its words; who has a tax number is a client."""
    if tax:
        return CLIENT
    if _ACCOUNT.match(label):
        return ACCOUNT
    if _DOCUMENT.match(label):
        return DOCUMENT
    return CONTRACT if _CONTRACT.match(label) else CLIENT


def read(labels: list[str], taxes: list[str], numbers: np.ndarray, totals: set[int], plain: bool) -> list[Row]:
    """What every row is; `numbers` has a row of money each, NaN where a cell is empty. `plain`: each row is a record of its own."""
    filled = ~np.isnan(numbers).all(axis=1)
    repeats = np.zeros(len(labels), dtype=bool)
    repeats[1:] = (np.nan_to_num(numbers[1:]) == np.nan_to_num(numbers[:-1])).all(axis=1)
    rows: list[Row] = []
    client = tax = contract = ""
    before = ACCOUNT
    for place, (label, number) in enumerate(zip(labels, taxes, strict=True)):
        if place in totals:
            rows.append(Row("total"))
            continue
        foot = bool(totals) and place > min(totals) and not filled[place]
        if not label or foot or (norm(label) in _SERVICE and not filled[place]):
            counts = plain and filled[place]
            rows.append(Row("leaf" if counts else "service", client=client, tax=tax, contract=contract))
            continue
        if norm(label) in _FOLDERS and not plain:
            rows.append(Row("group", ACCOUNT))
            continue
        level = CLIENT if plain else _marked(before, bool(repeats[place])) if label.startswith("<") and label.endswith(">") else of(label, number)
        name = "" if label.startswith("<") else label
        if level <= CLIENT:
            client, tax, contract = (name, number, "") if level == CLIENT else ("", "", "")
            level -= 0 if level == CLIENT else max(2 - len(re.findall(r"[./]", label.split(",")[0])), 0)  # 62 is above 62.01
        elif level == CONTRACT:
            contract = name
        rows.append(Row("leaf" if filled[place] else "group", level, client, tax, contract, name if level == DOCUMENT else ""))
        before = level
    _groups(rows)
    return rows


def _marked(before: int, repeats: bool) -> int:
    """The level of `<…>`, something without a name: below what is over it when it is the first there or repeats its numbers, else beside it."""
    return max(before + 1, CLIENT) if before <= CLIENT or (before == CONTRACT and repeats) else before


def _groups(rows: list[Row]) -> None:
    """A row is a group when the next one that counts lies deeper."""
    none = ACCOUNT - 9
    below = none
    for row in reversed(rows):
        if row.kind in ("total", "service"):
            below = none if row.kind == "total" else below
            continue
        if below > row.level:
            row.kind = "group"
        below = row.level
