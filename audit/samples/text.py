"""How the exports write names, money, dates and phones; all of them plainly invented."""

from __future__ import annotations

import csv
import datetime as dt
import io

from audit.samples.dice import Dice

Rows = list[list[str]]
STEMS = ("Пример", "Образец", "Макет", "Эскиз", "Шаблон", "Прототип", "Черновик")
PHONES = ("+7 (000) {a}-{b}-{c}", "8 (000) {a}-{b}-{c}", "+7000{a}{b}{c}", "8000{a}{b}{c}", "7000{a}{b}{c}")


def company(client_id: int) -> str:
    """Name of a buying company."""
    return f'ООО "{STEMS[client_id % len(STEMS)]} {client_id}"'


def tax_number(client_id: int) -> str:
    """Ten digits in the shape of an INN whose check digit is wrong, so that no real company has it."""
    body = f"99{client_id:07d}"
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    right = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True)) % 11 % 10
    return f"{body}{(right + 1) % 10}"


def phone(client_id: int, dice: Dice) -> str:
    """A phone with the unused code 000, in one of the ways people type it."""
    digits = f"{client_id * 7919 % 10_000_000:07d}"
    return dice.one(PHONES).format(a=digits[:3], b=digits[3:5], c=digits[5:])


def money(amount: float) -> str:
    """Money as Russian exports write it: 1 234,56."""
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",")


def stamp(moment: dt.datetime) -> str:
    """Date and time as Russian exports write them."""
    return f"{moment:%d.%m.%Y %H:%M:%S}"


def bitrix_csv(rows: Rows) -> bytes:
    """A Bitrix24 list file: windows-1251, every field quoted, every row ends with a separator."""
    text = "".join("".join('"' + cell.replace('"', '""') + '";' for cell in row) + "\r\n" for row in rows)
    return text.encode("cp1251")


def plain_csv(rows: Rows, separator: str = ",", *, bom: bool = False) -> bytes:
    """A UTF-8 file quoted only where needed."""
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=separator, lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode("utf-8-sig" if bom else "utf-8")
