"""Damage as files meet it on their way: bytes lost, doubled, moved, overwritten; and a small file of every kind to damage."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

TOKENS = [b'"', b"'", b";", b",", b"\t", b"\n", b"\r", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"=1+1", b"1e309", b"-", b"&#0;", b"&#x110000;", b"<br>", b"</td>", b"<td colspan=999>",
          b"]]>", b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>", b"31.02.2026", b"99.99.9999", b"\xd0", "Итого".encode(), "Итого".encode("cp1251"), b"{", b"}", b"[", b"]", b":", b"null", b"NaN",
          b"9" * 40, "\u202e".encode(), "\ud83d".encode("utf-8", "surrogatepass"), b"(1 000,00)", b"sep=|\n"]


def mutated(content: bytes, dice: random.Random) -> bytes:
    """`content` with one to six damages."""
    found = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 3, 6))):
        size = len(found)
        at = dice.randrange(size + 1)
        length = dice.choice((1, 2, 8, 64, max(size // 4, 1)))
        match dice.randrange(8):
            case 0:
                del found[at : at + length]
            case 1:
                found[at:at] = found[at : at + length]
            case 2:
                found[at:at] = dice.choice(TOKENS) * dice.choice((1, 1, 3))
            case 3:
                for place in range(at, min(at + min(length, 8), size)):
                    found[place] = dice.randrange(256)
            case 4:
                del found[at:]
            case 5:
                other = dice.randrange(size + 1)
                piece = bytes(found[at : at + length])
                del found[at : at + length]
                found[other:other] = piece
            case 6:
                for place in range(at, min(at + length, size)):
                    found[place] ^= 1 << dice.randrange(8)
            case _:
                found[at:at] = dice.randbytes(min(length, 64))
    return bytes(found)


def mutated_inside(content: bytes, dice: random.Random) -> bytes:
    """A zipped file with one of its members damaged, packed again so that the package itself is whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = {name: package.read(name) for name in package.namelist()}
    except (zipfile.BadZipFile, KeyError):
        return mutated(content, dice)
    chosen = dice.choice(sorted(members))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, mutated(data, dice) if name == chosen else data)
    return out.getvalue()


def first_rows(path: Path, rows: int = 40) -> bytes:
    """The beginning of a text file or a workbook, so that thousands of variants are read in minutes."""
    if path.suffix == ".csv":
        return b"".join(path.read_bytes().splitlines(keepends=True)[:rows])
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    return workbook([row[:30] for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)[:rows]])


def workbook(grid: list[list]) -> bytes:
    """A workbook of one sheet."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd.mm.yyyy", "remove_timezone": True}) as book:
        page = book.add_worksheet()
        for at, row in enumerate(grid):
            for place, cell in enumerate(row):
                page.write(at, place, cell)
    return out.getvalue()


def samples(root: Path) -> dict[str, bytes]:
    """A small file of every format and system: name → content."""
    found = {path.name: first_rows(path) for path in sorted((root / "data_samples").iterdir()) if path.suffix in (".csv", ".xlsx")}
    deals = [{"id": at, "name": f"Сделка {at}", "price": 1000 * at, "responsible_user_id": at % 3, "pipeline_id": 7, "status_id": (142, 143, 5)[at % 3],
              "created_at": 1_760_000_000 + at * 86_400, "closed_at": 1_761_000_000 + at * 86_400, "custom_fields_values": [{"field_name": "Регион", "values": [{"value": "Юг"}]}]} for at in range(1, 30)]
    found["leads.json"] = json.dumps({"_embedded": {"leads": deals}}, ensure_ascii=False).encode()
    found["leads.jsonl"] = "\n".join(json.dumps(deal, ensure_ascii=False) for deal in deals).encode()
    rows = "".join(f"<tr><td>{at}</td><td>Сделка &quot;{at}&quot;</td><td>{('Новая', 'Сделка успешна')[at % 2]}</td><td>{at}00,50</td><td>Иванов</td><td>0{at % 9 + 1}.03.2026 10:00:00</td></tr>" for at in range(1, 30))
    head = "".join(f"<th>{name}</th>" for name in ("ID", "Название сделки", "Стадия сделки", "Сумма", "Ответственный", "Дата создания"))
    found["deals.xls"] = f"<meta charset='utf-8'><table border=1><tr>{head}</tr>{rows}</table>".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("deals.csv", found["bitrix24_deals.csv"])
        package.writestr("leads.json", found["leads.json"])
    found["export.zip"] = packed.getvalue()
    documents = "".join(f"СекцияДокумент=Платежное поручение\r\nНомер={at}\r\nДата=0{at % 9 + 1}.03.2026\r\nСумма={at}000.50\r\nПлательщикСчет=4070281{at}\r\nПлательщик1=ООО Ромашка {at}\r\n"
                        f"ПлательщикИНН=7707083893\r\nПолучательСчет=40702810000000000001\r\nДатаПоступило=0{at % 9 + 1}.03.2026\r\nНазначениеПлатежа=Оплата по счету № {at} от 01.03.2026\r\nКонецДокумента\r\n" for at in range(1, 20))
    found["kl_to_1c.txt"] = ("1CClientBankExchange\r\nВерсияФормата=1.03\r\nКодировка=Windows\r\nРасчСчет=40702810000000000001\r\nСекцияРасчСчет\r\nДатаНачала=01.03.2026\r\nРасчСчет=40702810000000000001\r\n"
                             f"ВсегоПоступило=190009.50\r\nКонецРасчСчет\r\n{documents}КонецФайла\r\n").encode("cp1251")
    found["debt.xlsx"] = workbook([["ООО Пример"], ["Задолженность покупателей за Январь 2026 г. - Март 2026 г."], [], ["Покупатель", "ИНН", "Долг на начало", "Аванс на начало", "Продано", "Оплачено", "Аванс", "Зачтено", "Долг на конец", "Аванс на конец"],
                                   ["ООО Ромашка", "7707083893", 100, 0, 50, 20, 0, 0, 130, 0], ["Договор №1 от 01.01.2026", "", 100, 0, 50, 20, 0, 0, 130, 0], ["Реализация (акт) 00000001 от 31.01.2026", "", 0, 0, 50, 0, 0, 0, 50, 0],
                                   ["Итого", "", 100, 0, 50, 20, 0, 0, 130, 0]])
    from more_samples import more

    found.update(more())
    found["utf16.txt"] = "\ufeff".encode("utf-16-le") + found["bitrix24_deals.csv"].decode("cp1251", "replace").replace(";", "\t").encode("utf-16-le")
    return found
