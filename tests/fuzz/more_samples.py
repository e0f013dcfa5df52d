"""Small files of the systems and shapes beside those of data_samples: exports of CRMs, printed reports, plans, checklists, databases."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

ROWS = range(1, 25)
MONTHS = ["Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"]
PEOPLE = ("Иванов Иван", "Петрова Анна", "Сидоров Олег")


def day(at: int, month: int = 3) -> str:
    """A day of 2026 as ISO text."""
    return f"2026-{month:02d}-{at % 27 + 1:02d}"


def text(rows: Iterable[Iterable[object]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    """Delimited text of `rows`."""
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def crm() -> dict[str, bytes]:
    """Deals of HubSpot, Salesforce and Pipedrive with dates of stages; answers of the APIs of HubSpot, Bitrix24 and amoCRM."""
    found = {
        "hubspot.csv": text([["Record ID", "Deal Name", "Deal Stage", "Pipeline", "Amount", "Deal owner", "Create Date", "Close Date", 'Date entered "Closed Won (Sales Pipeline)"',
                              'Date entered "Qualified To Buy (Sales Pipeline)"', 'Date exited "Qualified To Buy (Sales Pipeline)"'],
                             *([9_000_000_000 + at, f"Deal {at}", ("Closed Won", "Closed Lost", "Qualified To Buy")[at % 3], "Sales Pipeline", at * 100.5, PEOPLE[at % 3],
                                f"{day(at, 2)} 09:{at:02d}", f"{day(at)} 10:00", f"{day(at)} 10:00" if not at % 3 else "", f"{day(at, 2)} 11:00", day(at)] for at in ROWS)]),
        "salesforce.csv": text([["Opportunity ID", "Opportunity Name", "Stage", "Amount", "Opportunity Owner", "Created Date", "Close Date", "Account Name", "Type", "Lead Source"],
                                *([f"0065g00000ABC{at:02d}", f"Opp {at}", ("Closed Won", "Closed Lost", "Prospecting")[at % 3], f"USD {at},000.00", PEOPLE[at % 3], f"3/{at % 27 + 1}/2026",
                                   f"4/{at % 27 + 1}/2026", f"Acme {at}", "New Business", "Web"] for at in ROWS), [], ["Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."]]),
        "pipedrive.csv": text([["Deal - ID", "Deal - Title", "Deal - Value", "Deal - Currency of Value", "Deal - Owner", "Deal - Stage", "Deal - Status", "Deal - Deal created", "Deal - Won time",
                                "Deal - Lost time", "Deal - Lost reason", "Deal - Organization"],
                               *([at, f"Deal {at}", at * 10, "EUR", PEOPLE[at % 3], "Offer", ("won", "lost", "open")[at % 3], f"{day(at)} 09:00:00", f"{day(at, 4)} 09:00:00" if not at % 3 else "",
                                  f"{day(at, 4)} 09:00:00" if at % 3 == 1 else "", "price" if at % 3 == 1 else "", f"Org {at}"] for at in ROWS)]),
    }
    deals = [{"id": str(at), "properties": {"dealname": f"Deal {at}", "amount": str(at * 10.5), "dealstage": "closedwon", "pipeline": "default", "createdate": f"{day(at)}T09:00:00.000Z",
                                            "closedate": f"{day(at, 4)}T09:00:00Z", "hubspot_owner_id": "7", "hs_v2_date_entered_closedwon": f"{day(at, 4)}T09:00:00Z"},
              "associations": {"companies": {"results": [{"id": "5", "type": "deal_to_company"}]}}, "archived": False} for at in ROWS]
    found["hubspot.json"] = json.dumps({"results": deals, "paging": {"next": {"after": "25"}}}).encode()
    listed = [{"ID": str(at), "TITLE": f"Сделка {at}", "STAGE_ID": ("C2:WON", "C2:LOSE", "C2:NEW")[at % 3], "CATEGORY_ID": "2", "OPPORTUNITY": f"{at}00.50", "CURRENCY_ID": "RUB", "ASSIGNED_BY_ID": "3",
               "COMPANY_ID": "9", "DATE_CREATE": f"{day(at)}T10:00:00+03:00", "CLOSEDATE": f"{day(at, 4)}T03:00:00+03:00", "CLOSED": "Y", "UF_CRM_1": ["а", "б"]} for at in ROWS]
    found["bitrix24.json"] = json.dumps({"result": listed, "total": 24, "time": {"start": 1.5}}, ensure_ascii=False).encode()
    events = [{"id": f"e{at}", "type": "lead_status_changed", "entity_id": at, "entity_type": "lead", "created_by": 3, "created_at": 1_760_000_000 + at,
               "value_before": [{"lead_status": {"id": 1, "pipeline_id": 7}}], "value_after": [{"lead_status": {"id": 142, "pipeline_id": 7}}]} for at in ROWS]
    events += [{"id": f"c{at}", "type": ("incoming_call", "outgoing_call", "lead_added")[at % 3], "entity_id": at, "entity_type": ("lead", "contact")[at % 2], "created_by": 3,
                "created_at": 1_760_000_500 + at, "value_before": [], "value_after": [{"note": {"id": at}}]} for at in ROWS]
    found["amo_events.json"] = json.dumps({"_page": 1, "_embedded": {"events": events}}).encode()
    return found


def sheets() -> dict[str, list[list]]:
    """Printed reports, statements, plans, checklists: file → cells."""
    turnover = [["ООО Пример"], ["Оборотно-сальдовая ведомость по счету 62 за 1 квартал 2026 г."], [], ["Счет", "Сальдо на начало периода", "", "Обороты за период", "", "Сальдо на конец периода", ""],
                ["Контрагенты", "Дебет", "Кредит", "Дебет", "Кредит", "Дебет", "Кредит"], ["62", 100, "", 500, 300, 300, ""], ["ООО Ромашка", 100, "", 300, 100, 300, ""], ["Договор 1 от 01.02.2026", 100, "", 300, 100, 300, ""],
                ["АО Василек", "", "", 200, 200, "", ""], ["Итого", 100, "", 500, 300, 300, ""]]
    settlements = [["Ведомость расчетов с контрагентами"], ["Период: 01.01.2026 - 31.03.2026"], [], ["Контрагент", "Начальный остаток", "Приход", "Расход", "Конечный остаток"],
                   *([f"ООО Клиент {at}", at, 10, 5, at + 5] for at in range(1, 9)), ["Итого", 36, 80, 40, 76]]
    ageing = [["Задолженность покупателей по срокам долга на 31.03.2026"], [], ["Покупатель", "ИНН", "Всего", "Не просрочено", "до 15 дней", "16 - 30 дней", "31 - 60 дней", "Свыше 60 дней"],
              *([f"ООО Клиент {at}", "7707083893", at * 10, at * 4, at * 3, at * 2, at, 0] for at in range(1, 9)), ["Итого", "", 360, 144, 108, 72, 36, 0]]
    statement = [["Выписка по счету 40702810000000000001 за март 2026"], ["Дата", "№ документа", "Дебет", "Кредит", "Контрагент", "ИНН контрагента", "Назначение платежа"],
                 *([f"{at:02d}.03.2026", at, "" if at % 2 else at * 100, at * 1000.5 if at % 2 else "", f"ООО Клиент {at}", "7707083893", f"Оплата по счету {at}"] for at in range(1, 20))]
    plan = [["План продаж на 2026 год"], ["Менеджер", "Показатель", *MONTHS, "Итого"],
            *([name, "Выручка", *range(100, 112), 1266] for name in PEOPLE)]
    checklist = [["Чек-лист прослушивания звонков"], ["Дата", "Менеджер", "Клиент", "Приветствие", "Выявление потребности", "Презентация", "Работа с возражениями", "Договорённость о следующем шаге", "Итоговый балл"],
                 *([f"{at:02d}.03.2026", PEOPLE[at % 3], f"Клиент {at}", at % 2, 1, 0, at % 2, 1, 3] for at in range(1, 20))]
    return {"osv62": turnover, "settlements": settlements, "ageing": ageing, "statement": statement, "plan_wide": plan, "checklist": checklist}


def ods(grid: list[list]) -> bytes:
    """An OpenDocument spreadsheet of one sheet."""
    from xml.sax.saxutils import escape

    rows = "".join("<table:table-row>" + "".join(
        f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>' if isinstance(cell, int | float)
        else f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>' for cell in row) + "</table:table-row>" for row in grid)
    return ods_of(f'<table:table table:name="Лист1">{rows}</table:table>')


def ods_of(tables: str) -> bytes:
    """An OpenDocument spreadsheet with `tables` as the content of its body."""
    names = " ".join(f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')
        package.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>')
    return out.getvalue()


def databases(grid: list[list]) -> dict[str, bytes]:
    """The table as a SQLite, a DuckDB and a parquet file."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    head, rows = grid[0], [[str(cell) for cell in row] for row in grid[1:]]
    names, marks = ", ".join(f'"{name}"' for name in head), ", ".join("?" * len(head))
    with tempfile.TemporaryDirectory() as folder:
        light, duck, flat = (Path(folder) / name for name in ("a.sqlite", "a.duckdb", "a.parquet"))
        with sqlite3.connect(light) as base:
            base.execute(f"CREATE TABLE deals ({names})")
            base.executemany(f"INSERT INTO deals VALUES ({marks})", rows)
            base.execute("CREATE VIEW late AS SELECT * FROM deals")
        base.close()
        with duckdb.connect(str(duck)) as base:
            base.execute("CREATE TABLE deals (" + ", ".join(f'"{name}" VARCHAR' for name in head) + ")")
            base.executemany(f"INSERT INTO deals VALUES ({marks})", rows)
        pq.write_table(pa.table({name: [row[place] for row in rows] for place, name in enumerate(head)}), flat)
        return {"crm.sqlite": light.read_bytes(), "crm.duckdb": duck.read_bytes(), "crm.parquet": flat.read_bytes()}


def more() -> dict[str, bytes]:
    """Every file of this module: name → content."""
    from mutate import workbook

    found = crm()
    for name, grid in sheets().items():
        found[f"{name}.xlsx"] = workbook(grid)
    found["statement.csv"] = text(sheets()["statement"], ";", "cp1251")
    found["checklist.ods"] = ods(sheets()["checklist"])
    grid = [row.split(",") for row in found["pipedrive.csv"].decode().splitlines()]
    found.update(databases(grid))
    found["pipedrive.csv.gz"] = gzip.compress(found["pipedrive.csv"], mtime=0)
    return found
