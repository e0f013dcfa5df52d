"""Records of an API as rows of a table: nested objects become dotted headers, lists become text or the one value that matters."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.read.gathered import Repeats, Texts, gatherer
from audit.intake.read.source import Source, Unreadable

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = 2_000  # a file with more is keyed by values, not by names
DEPTH, KEYS, CHUNK = 8, 300, 20_000
TRACKING = {"utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "utm_referrer", "roistat", "referrer", "from", "gclientid",
            "gclid", "yclid", "fbclid", "_ym_uid", "_ym_counter", "openstat_source", "openstat_ad", "openstat_campaign", "openstat_service"}
_BOUND, _MARKS = {"ufCrmTask", "UF_CRM_TASK"}, {"L": "lead", "D": "deal", "C": "contact", "CO": "company"}  # of tasks of Bitrix24
_HALVES = re.compile("[\ud800-\udfff]")
_OWNERS = {"1": "lead", "2": "deal", "3": "contact", "4": "company"}


class Number(str):
    """A number exactly as it is written: ids keep every digit, amounts every decimal."""

    __slots__ = ()


class Records:
    """A table in the making. Add records one by one, then `source()`; rows are numbered by the place of the record."""

    def __init__(self, file: str, kind: str = "json"):
        self.made = Source(file, kind)
        self.count = 0
        self.headers: dict[str, None] = {}
        self.fields: dict[str, str] = {}  # id of a custom field → its header, the same in all records
        self._rows: list[dict[str, str]] = []
        self._done: dict[str, Texts | Repeats] = {}
        self._numbers: dict[str, list[tuple[int, np.ndarray]]] = {}

    def add(self, record: dict) -> None:
        """One record. Unreadable when the table would have thousands of columns."""
        row: dict[str, str] = {}
        self._put_all(row, "", record, 0)
        if not self.headers.keys() >= row.keys():
            row = {self._whole(head): cell for head, cell in row.items()}
            self.headers.update(dict.fromkeys(row))
            if len(self.headers) > COLUMNS:
                raise Unreadable("too_many_columns")
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= CHUNK:
            self._pack()

    def add_all(self, records: list[dict]) -> None:
        """Records in their order."""
        for record in records:
            self.add(record)

    def odd(self, text: str, reason: str = "no_record") -> None:
        """What stands among the records and is none: an empty row to quarantine, its text beside."""
        self.made.faults[self.count] = reason
        self.made.spare.add(self.count, [self._whole(text[:100_000])])
        self._rows.append({})
        self.count += 1

    def source(self) -> Source:
        """The table; a file without records has the problem `empty`."""
        self._pack()
        made = self.made
        made.headers = list(self.headers)
        if not self.count:
            made.problem = "empty"
            return made
        made.cells = pd.DataFrame({header: self._done.pop(header).series() for header in made.headers}, index=pd.RangeIndex(self.count), copy=False)
        made.rows = np.arange(1, self.count + 1, dtype="int64")
        for header in list(self._numbers):
            made.numbers[header] = np.full(self.count, np.nan)
            for start, values in self._numbers.pop(header):
                made.numbers[header][start : start + len(values)] = values
        return made

    def _pack(self) -> None:
        import pyarrow as pa

        rows, start = self._rows, self.count - len(self._rows)
        if not rows:
            return
        for header in self.headers:
            column = [row.get(header, "") for row in rows]
            values = np.array([float(cell) if isinstance(cell, Number) else np.nan for cell in column])
            if not np.isnan(values).all():
                self._numbers.setdefault(header, []).append((start, values))
            self._gather(header, pa.array([self._whole(str(cell)) for cell in column], pa.large_string()), start)
        self._rows = []

    def _gather(self, header: str, cells: pa.Array, start: int) -> None:
        """The cells of a column from row `start` on; rows before its first are blank. Only a column of many rows is worth keeping each text once."""
        import pyarrow as pa

        if header not in self._done:
            self._done[header] = gatherer(cells, "utf-8", 1.0) if len(cells) == CHUNK else Texts("utf-8", len(cells), cells.nbytes)
            if start:
                self._gather(header, pa.array([""] * start, pa.large_string()), 0)
        made = self._done[header]
        made.add(cells.dictionary_encode() if isinstance(made, Repeats) else cells)

    def _whole(self, text: str) -> str:
        """The text with a mark of damage for each half of a character, as titles cut in the middle of an emoji have it; counted."""
        if text.isascii() or not _HALVES.search(text):
            return text
        self.made.warnings["broken_text"] += 1
        return _HALVES.sub("\ufffd", text)

    # -- one record --------------------------------------------------------------------------------------

    def _put_all(self, row: dict[str, str], prefix: str, node: dict, depth: int) -> None:
        for key, value in node.items():
            head = f"{prefix}{key}"
            if isinstance(value, dict):
                self._object(row, prefix, head, str(key), value, depth)
            elif isinstance(value, list):
                self._list(row, prefix, head, str(key), value, depth)
            else:
                _put(row, head, scalar(value))

    def _object(self, row: dict[str, str], prefix: str, head: str, key: str, value: dict, depth: int) -> None:
        if key == "attributes" and set(value) <= {"type", "url"}:
            return  # Salesforce repeats the kind and the address of every record
        if prefix == "_embedded." and key == "loss_reason":
            _put(row, head, scalar(value.get("name")))
        elif prefix == "associations." and isinstance(value.get("results"), list):
            _put(row, head, _first_id(value["results"]))
        elif depth >= DEPTH or len(value) > KEYS:
            _put(row, head, as_text(value))
        elif not value:
            _put(row, head, "")
        else:
            self._put_all(row, "" if key == "properties" and depth == 0 else f"{head}.", value, depth + 1)

    def _list(self, row: dict[str, str], prefix: str, head: str, key: str, value: list, depth: int) -> None:
        records = [item for item in value if isinstance(item, dict)]
        if not records or len(records) < len(value):
            plain = not any(isinstance(item, dict | list) for item in value)
            if key in _BOUND:
                self._bound(row, head, [scalar(item) for item in value])
            _put(row, head, ", ".join(map(scalar, value)) if plain else as_text(value))
        elif key in ("custom_fields_values", "custom_fields") and all(isinstance(item.get("values"), list) for item in records):
            for item in records:
                row[self._field(item, row)] = ", ".join(_value(one) for one in item["values"])
        elif key in ("tags", "groups", "roles", "segments") and all("name" in item for item in records):
            _put(row, head, ", ".join(scalar(item["name"]) for item in records))
        elif prefix == "_embedded." and key in ("companies", "contacts"):
            _put(row, head, _first_id(sorted(records, key=lambda item: not item.get("is_main"))))
        elif prefix == "_embedded." and key == "loss_reason":
            _put(row, head, scalar(records[0].get("name")))
        elif key in ("value_before", "value_after") and len(records) == 1 and depth < DEPTH:
            self._put_all(row, f"{head}.", records[0], depth + 1)
        elif all(set(item) & {"VALUE", "value"} and not isinstance(item.get("VALUE", item.get("value")), dict | list) for item in records):
            _put(row, head, ", ".join(scalar(item.get("VALUE", item.get("value"))) for item in records))
        else:
            _put(row, head, as_text(value))
            if key == "BINDINGS":
                for item in reversed(records):
                    if owner := _OWNERS.get(scalar(item.get("OWNER_TYPE_ID"))):
                        row[f"{head}.{owner}"] = scalar(item.get("OWNER_ID"))

    def _bound(self, row: dict[str, str], head: str, marks: list[str]) -> None:
        """Units of the CRM that a task is bound to, written as `D_12`: the first of every kind."""
        for mark in marks:
            kind, _, number = mark.partition("_")
            if kind in _MARKS and number:
                row.setdefault(f"{head}.{_MARKS[kind]}", number)

    def _field(self, item: dict, row: dict[str, str]) -> str:
        """The header of a custom field: its code where that is a mark of tracking, else its name; fields of one name stay apart."""
        code = scalar(item.get("field_code") or item.get("code"))
        name = code if code.lower() in TRACKING else scalar(item.get("field_name") or item.get("name")) or code
        key = scalar(item.get("field_id") or item.get("id")) or name
        if key not in self.fields:
            taken, header, n = {*self.fields.values(), *row}, name or key, 1
            while header in taken:
                n += 1
                header = f"{name}__{n}"
            self.fields[key] = header
        return self.fields[key]


def _put(row: dict[str, str], head: str, text: str) -> None:
    """A cell under its header; another field that gives the same header gets `__2`."""
    name, n = head, 1
    while name in row:
        n += 1
        name = f"{head}__{n}"
    row[name] = text


def scalar(value: object) -> str:
    """A value as a cell. NaN and infinity are no values."""
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return Number(value)
    if isinstance(value, float):
        return Number(repr(value))
    if isinstance(value, Decimal):
        return Number(value)
    return as_text(value) if isinstance(value, dict | list) else str(value) if not isinstance(value, str) else value


def _value(item: object) -> str:
    if not isinstance(item, dict):
        return scalar(item)
    return scalar(item["value"]) if "value" in item else as_text(item)


def _first_id(items: list) -> str:
    return next((scalar(item.get("id", item.get("toObjectId"))) for item in items if isinstance(item, dict)), "")


def as_text(value: object) -> str:
    """A nested value as compact JSON."""
    return json.dumps(_bare(value), ensure_ascii=False, separators=(",", ":"), default=str)


def _bare(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _bare(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return int(value) if isinstance(value, Number) and value.lstrip("-").isdigit() and len(value) < 40 else value
