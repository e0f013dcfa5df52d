"""Printed reports of what buyers owe: a hierarchy in the first column becomes rows of client, contract and document.

Nothing is dropped: rows of groups and totals stay as faults of the source, totals are compared with the rows under them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from audit.intake.parse.spans import last_day
from audit.intake.read import levels
from audit.intake.read.columns_of_debt import Columns, aged, classify, numbers_of
from audit.intake.text import norm

if TYPE_CHECKING:
    from audit.intake.read.source import Source

TITLES = re.compile(r"задолженность (?:покупателей|клиентов)|ведомость по (?:взаимо)?расчетам с (?:контрагентами|клиентами|покупателями)|"
                    r"(?:оборотно-сальдовая|сальдо-оборотная) ведомость по сч[её]ту:? ?(?:62|1210|4010|411)\b|"
                    r"оборотна ведомост.{0,40}\b411\b|вземания от клиенти|дебиторская задолженность|задължения на клиенти")
# headers that the reader adds; the preset `receivables_printed` knows them
CLIENT, TAX, CONTRACT, DOCUMENT = "Клиент отчета", "ИНН клиента", "Договор клиента", "Документ расчетов клиента"
DEBT, OVERDUE, ADVANCE, AGES, DAY = "Долг клиента", "Просрочено клиентом", "Аванс клиента", "Сроки долга", "Конец периода"
ADDED = (CLIENT, TAX, CONTRACT, DOCUMENT, DEBT, OVERDUE, ADVANCE, AGES, DAY)


@dataclass
class _Sheet:
    """The numbers and labels of a report while it is taken apart."""

    labels: list[str]
    taxes: list[str]
    columns: Columns
    values: dict[int, np.ndarray]  # column → its numbers, NaN where there is none
    debt: np.ndarray = field(default_factory=lambda: np.zeros(0))
    advance: np.ndarray = field(default_factory=lambda: np.zeros(0))


def may_be(source: Source, heads: list[str]) -> bool:
    """Whether a table may be a printed report of debts, by what stands above it or by its headers."""
    return bool(TITLES.search(norm(source.above))) or bool(aged(heads))


def unfold(source: Source, heads: list[str], grid: list[list]) -> list[str]:
    """Add the columns of `ADDED` to a printed report of debts; any other table is left as it is. The new heads."""
    titled = bool(TITLES.search(norm(source.above)))
    columns = classify(heads, grid) if grid and (titled or aged(heads)) else None
    if columns is None or not columns.owes or not (titled or columns.plain):
        return heads
    labels = [str(row[columns.label]).strip() for row in grid]
    taxes = [_tax(row[columns.tax]) if columns.tax is not None else "" for row in grid]
    sheet = _Sheet(labels, taxes, columns, {column: numbers_of(grid, column) for column in columns.numeric})
    sheet.debt, sheet.advance = _owed(sheet)
    stated = {place for place, why in source.faults.items() if why == "total_row"} | {
        place for place, label in enumerate(labels) if norm(label).rstrip(":") in levels.TOTALS}
    rows = levels.read(labels, taxes, np.array(list(sheet.values.values())).T, stated, columns.plain)
    totals = [place for place, row in enumerate(rows) if row.kind == "total"]
    kept = [place for place, row in enumerate(rows) if row.kind == "leaf"]
    folders = _folders(sheet, rows, kept, totals)
    day = last_day(source.above)
    for place, (row, cells) in enumerate(zip(rows, grid, strict=True)):
        cells += _added(sheet, place, row, cells, day.isoformat() if day else "")
        if place in source.faults:
            continue
        if row.kind in ("total", "service"):
            source.faults[place] = "total_row"
        elif row.kind == "group" or place in folders:
            source.faults[place] = "group_row"
    leaves = [place for place in kept if place not in folders]
    told = [_checks(sheet, leaves, place, heads) for place in totals]
    source.checks = next((one for one in told if one and all(check["agrees"] for check in one)), told[-1] if told else [])
    if off := _unbalanced(sheet, leaves):
        source.warnings["balance_differs"] += off
    return [*heads, *ADDED]


def _tax(cell: object) -> str:
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return text if re.fullmatch(r"\d{9,13}", text) else ""


def _owed(sheet: _Sheet) -> tuple[np.ndarray, np.ndarray]:
    """(owed, paid in advance) of every row, never below zero."""
    columns, value = sheet.columns, {column: np.nan_to_num(numbers) for column, numbers in sheet.values.items()}
    if len(columns.buckets) >= 3:
        parts = np.array([value[bucket.column] for bucket in columns.buckets])
        return np.maximum(parts, 0.0).sum(axis=0), np.maximum(-parts, 0.0).sum(axis=0)
    if columns.end is not None:
        return np.maximum(value[columns.end], 0.0), np.maximum(-value[columns.end], 0.0)
    debt = value[columns.end_debit] if columns.end_debit is not None else np.zeros(len(sheet.labels))
    advance = value[columns.end_credit] if columns.end_credit is not None else np.zeros(len(debt))
    return np.maximum(debt, 0.0), np.maximum(advance, 0.0) + np.maximum(-debt, 0.0)


def _folders(sheet: _Sheet, rows: list[levels.Row], kept: list[int], totals: list[int]) -> set[int]:
    """Rows that only gather the rows under them though nothing in their words says so.

    A row is taken for one only when the total of the report says that its money is counted twice.
    """
    if not totals or not kept:
        return set()
    end = totals[-1]
    told = [values for values in sheet.values.values() if not np.isnan(values[end])]
    if not told:
        return set()
    matrix = np.nan_to_num(np.array(told)).T.round(2)
    stated, found = matrix[end], matrix[kept].sum(axis=0)
    if np.allclose(stated, found, atol=0.011):
        return set()
    folders: set[int] = set()
    for _ in range(20):  # folders within folders, from the innermost
        more = _gathering(sheet, rows, [place for place in kept if place not in folders], matrix)
        if not more:
            break
        folders |= more
    rest = [place for place in kept if place not in folders]
    return folders if rest and np.allclose(stated, matrix[rest].sum(axis=0), atol=0.011) else set()


def _gathering(sheet: _Sheet, rows: list[levels.Row], kept: list[int], matrix: np.ndarray) -> set[int]:
    """Rows of clients whose money is that of the next rows together; of the next row alone only under the same name."""
    sums = np.vstack([np.zeros(matrix.shape[1]), matrix[kept].cumsum(axis=0)])
    places = {tuple(row): at for at, row in enumerate(sums.round(2) + 0.0)}
    found: set[int] = set()
    for at, place in enumerate(kept[:-1]):
        if rows[place].level != levels.CLIENT or not matrix[place].any():
            continue
        twin = norm(sheet.labels[place]) == norm(sheet.labels[kept[at + 1]]) and (matrix[place] == matrix[kept[at + 1]]).all()
        if twin or places.get(tuple((sums[at + 1] + matrix[place]).round(2) + 0.0), 0) > at + 2:
            found.add(place)
    return found


def _added(sheet: _Sheet, place: int, row: levels.Row, cells: list, day: str) -> list[str]:
    """The cells of `ADDED` of one row."""
    columns, overdue, ages = sheet.columns, "", ""
    contract = str(cells[columns.contract]).strip() if columns.contract is not None else row.contract
    document = str(cells[columns.document]).strip() if columns.document is not None else row.document
    if columns.buckets:
        parts = [(bucket, float(np.nan_to_num(sheet.values[bucket.column][place]))) for bucket in columns.buckets]
        ages = json.dumps([[bucket.name, bucket.days, round(amount, 2)] for bucket, amount in parts if amount > 0], ensure_ascii=False)
        overdue = f"{sum(amount for bucket, amount in parts if bucket.days > 0):.2f}"
    return [row.client, row.tax, contract, document, f"{sheet.debt[place]:.2f}", overdue, f"{sheet.advance[place]:.2f}", ages, day]


def _unbalanced(sheet: _Sheet, leaves: list[int]) -> int:
    """Rows whose opening balance and turnover do not give the closing one within one unit."""
    turned = sheet.columns.balance(sheet.values)
    return 0 if turned is None or not leaves else int((np.abs(turned[leaves]) > 1.0).sum())


def _checks(sheet: _Sheet, leaves: list[int], place: int, heads: list[str]) -> list[dict]:
    """A total row against the sums of rows that count; where debts and advances of a client are netted in the report, their balance."""
    columns = sheet.columns
    named = [column for column in (columns.end, columns.end_debit, columns.end_credit, *(bucket.column for bucket in columns.buckets)) if column is not None]
    found = []
    for column in dict.fromkeys(named):
        if not np.isnan(sheet.values[column][place]):
            found.append(_check(sheet.labels[place], heads[column], sheet.values[column][place], np.nansum(sheet.values[column][leaves])))
    if columns.end_debit is not None and columns.end_credit is not None and not all(check["agrees"] for check in found):
        net = np.nan_to_num(sheet.values[columns.end_debit]) - np.nan_to_num(sheet.values[columns.end_credit])
        balance = _check(sheet.labels[place], f"{heads[columns.end_debit]} − {heads[columns.end_credit]}", net[place], net[leaves].sum())
        found = [balance] if balance["agrees"] else found
    return found


def _check(name: str, column: str, stated: float, found: float) -> dict:
    return {"name": name[:80], "column": column, "stated": round(float(stated), 2), "found": round(float(found), 2),
            "agrees": bool(abs(stated - found) <= 0.01 + 1e-9 * abs(stated))}
