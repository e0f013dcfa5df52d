"""The text exchange of 1C with bank programs (1CClientBankExchange): documents of a statement as rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from audit.intake.read import sniff
from audit.intake.read.records import COLUMNS
from audit.intake.read.source import Source, Unreadable

PAGES = {"windows": "cp1251", "dos": "cp866", "utf-8": "utf-8", "utf8": "utf-8"}
_DOCUMENT, _ACCOUNT = "СекцияДокумент", "СекцияРасчСчет"
_SUMMED = {"ВсегоПоступило": "ПолучательСчет", "ВсегоСписано": "ПлательщикСчет"}
# the digits of an account that name its currency
_CURRENCY = {"810": "RUB", "643": "RUB", "840": "USD", "978": "EUR", "156": "CNY", "398": "KZT", "933": "BYN", "975": "BGN", "949": "TRY", "826": "GBP"}
_TAX = re.compile(r"^\s*ИНН\s*(\d{10}(?:\d{2})?)(?:[\s/,]*КПП\s*\d{9})?[\s,/\\]*", re.I)
FLOW, DAY, NAME, TAX, CURRENCY = "Направление", "Дата операции", "Контрагент", "ИНН контрагента", "Валюта счета"
IN, OUT, OWN = "поступление", "списание", "между своими счетами"


def exchange(path: Path, encoding: str | None = None) -> Source:
    """A row a document, as it is written and with its direction, day, other side and currency beside.

    Totals of the sections of accounts become checks. Unreadable when there is no whole document.
    """
    with open(path, "rb") as raw:
        head = raw.read(65_536)
    source = Source(path.name, "exchange", encoding=encoding or _encoding(head))
    if encoding is None and _said(head) not in (None, source.encoding):
        source.warnings["encoding_line"] += 1
    documents: list[tuple[int, dict[str, str], bool]] = []
    accounts: list[dict[str, str]] = []
    top: list[str] = []
    with open(path, encoding=source.encoding, errors="replace") as file:
        for kind, line, fields, whole in _sections(file, source, top):
            if kind == _DOCUMENT:
                documents.append((line, fields, whole))
            elif whole:
                accounts.append(fields)
    if not documents:
        raise Unreadable("empty" if top and not source.warnings["no_end"] else "damaged_exchange")
    own = {_digits(number) for number in top} | {_digits(fields.get("РасчСчет", "")) for fields in accounts} - {""}
    for place, (_, fields, whole) in enumerate(documents):
        _complete(fields, own)
        if not whole:
            source.faults[place] = "torn_record"
    heads = list(dict.fromkeys(key for _, fields, _ in documents for key in fields))
    if len(heads) > COLUMNS:
        raise Unreadable("too_many_columns")
    source.headers = heads
    source.cells = pd.DataFrame({key: pd.Series([fields.get(key, "") for _, fields, _ in documents], dtype="str") for key in heads}, columns=heads)
    source.rows = np.array([line for line, _, _ in documents], dtype="int64")
    source.checks = _checks(accounts, [fields for _, fields, whole in documents if whole])
    return source


def _encoding(head: bytes) -> str:
    """The page in which the file's own words are written, whatever it says of itself."""
    for page in ("cp1251", "utf-8", "cp866"):
        if any(word.encode(page) in head for word in ("Кодировка", _DOCUMENT, _ACCOUNT)):
            return page
    return _said(head) or "cp1251"


def _said(head: bytes) -> str | None:
    for page in ("cp1251", "utf-8", "cp866"):
        if found := re.search("Кодировка[ \t]*=[ \t]*".encode(page) + rb"([\w-]+)", head):
            return PAGES.get(found[1].decode("ascii", "replace").lower())
    return None


def _sections(file: Iterator[str], source: Source, top: list[str]) -> Iterator[tuple[str, int, dict[str, str], bool]]:
    """(kind, line, fields, whether it is closed) of every section; own accounts of the header go to `top`."""
    kind, start, fields, ended, last = "", 0, dict[str, str](), False, ""
    for number, text in enumerate(_lines(file, source), 1):
        key, mark, value = (part.strip() for part in text.strip().partition("="))
        if key in (_DOCUMENT, _ACCOUNT):
            if kind:
                yield kind, start, fields, False
            kind, start, fields = key, number, {key: value} if key == _DOCUMENT else {}
        elif key in ("КонецДокумента", "КонецРасчСчет"):
            if kind:
                yield kind, start, fields, (kind == _DOCUMENT) == (key == "КонецДокумента")
            kind = ""
        elif key == "КонецФайла":
            ended = True
        elif kind and key and not mark and last in fields:
            fields[last] = f"{fields[last]} {key}".strip()  # a purpose that goes on in the next line
        elif kind and key:
            fields[key] = f"{fields[key]} {value}".strip() if key in fields else value
            last = key
        elif key == "РасчСчет":
            top.append(value)
    if kind:
        yield kind, start, fields, False
    if not ended:
        source.warnings["no_end"] += 1


def _lines(file: Iterator[str], source: Source) -> Iterator[str]:
    while text := file.readline(sniff.LINE_LIMIT):  # type: ignore[attr-defined]
        if len(text) == sniff.LINE_LIMIT:
            raise Unreadable("line_too_long")
        if "\ufffd" in text or "\x00" in text:
            source.warnings["broken_text"] += 1
            text = text.replace("\x00", "")
        yield text


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _complete(fields: dict[str, str], own: set[str]) -> None:
    """Direction, day, the other side and currency of a document, under their own headers."""
    payer, payee = (_digits(fields.get(f"{side}Счет") or fields.get(f"{side}РасчСчет", "")) for side in ("Плательщик", "Получатель"))
    spent, came = payer in own, payee in own
    if not spent and not came:
        came, spent = bool(fields.get("ДатаПоступило")), bool(fields.get("ДатаСписано"))
    flow = OWN if spent and came else IN if came else OUT if spent else ""
    other = "Получатель" if flow == OUT else "Плательщик"
    written = fields.get(f"{other}1") or fields.get(other, "")
    told = _TAX.match(written)
    if "НазначениеПлатежа" not in fields:
        parts = [fields[key] for key in sorted(fields) if re.fullmatch(r"НазначениеПлатежа\d", key) and fields[key]]
        fields["НазначениеПлатежа"] = " ".join(parts)
    ours = payee if came else payer
    fields.update({
        FLOW: flow, DAY: fields.get("ДатаСписано" if flow == OUT else "ДатаПоступило") or fields.get("Дата", ""),
        NAME: written[told.end() :].strip() if told else written,
        TAX: fields.get(f"{other}ИНН") or (told[1] if told else ""),
        CURRENCY: _CURRENCY.get(ours[5:8], "") if len(ours) == 20 else "",
    })


def _checks(accounts: list[dict[str, str]], documents: list[dict[str, str]]) -> list[dict]:
    """What the sections of accounts say came and went, beside the documents of the file."""
    found = []
    for number in dict.fromkeys(_digits(fields.get("РасчСчет", "")) for fields in accounts):
        for total, side in _SUMMED.items():
            said = [_number(fields[total]) for fields in accounts if _digits(fields.get("РасчСчет", "")) == number and fields.get(total)]
            if not said:
                continue
            mine = [doc for doc in documents if _digits(doc.get(side) or doc.get(side.replace("Счет", "РасчСчет"), "")) == number]
            stated, sums = round(sum(said), 2), round(sum(_number(doc.get("Сумма", "")) for doc in mine), 2)
            found.append({"name": f"{total} {number}", "column": "Сумма", "stated": stated, "found": sums, "agrees": abs(stated - sums) < 0.01})
    return found


def _number(text: str) -> float:
    """Sums are written with a point; anything else counts as nothing and so does not agree."""
    plain = re.sub(r"\s", "", text).replace(",", ".")
    return float(plain) if re.fullmatch(r"-?\d{1,15}(\.\d+)?", plain) else 0.0
