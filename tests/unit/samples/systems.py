"""One client's deals as each system would export them: the same truth in many shapes."""

from __future__ import annotations

import csv
import html
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import system_actions as actions
from system_actions import with_actions
from system_parts import System, Truth, iso, page, ru, sheet, unix, utc

# -- Bitrix24 --------------------------------------------------------------------------------------------


def _bitrix_list(truth: Truth) -> list[dict]:
    meaning = dict(truth.stages)
    groups = {"open": "В работе", "won": "Успешно", "lost": "Провалено"}
    return [{
        "ID": row["deal_id"], "Название сделки": row["title"], "Стадия сделки": row["stage_id"], "Группа стадий": groups[meaning[row["stage_id"]]], "Воронка": row["pipeline_id"],
        "Сумма": f"{row['amount']:.2f}".replace(".", ","), "Валюта": "Российский рубль", "Ответственный": row["owner"], "Дата создания": ru(row["created_at"]),
        "Дата изменения стадии": ru(row["closed_at"] or row["created_at"]), "Предполагаемая дата закрытия": ru(row["expected_close_on"], day=True),
        "Сделка закрыта": "Нет" if row["semantic"] == "open" else "Да", "Источник": row["source"], "Компания": row["client"], "Причина отказа": row["loss_reason"],
    } for row in truth.rows]


def bitrix24_list(truth: Truth, inbox: Path) -> None:
    """The list as CSV: cp1251, every cell quoted, a separator after the last one."""
    sheet(inbox / "deals.csv", _bitrix_list(truth), "cp1251", ";", csv.QUOTE_ALL, tail=";")


def bitrix24_excel(truth: Truth, inbox: Path) -> None:
    """The list as 'Excel': a page with a table."""
    rows = _bitrix_list(truth)
    body = "".join("<tr>" + "".join(f"<td>{html.escape('' if cell is None else str(cell))}</td>" for cell in row.values()) + "</tr>" for row in rows)
    head = "".join(f"<th>{name}</th>" for name in rows[0])
    (inbox / "deals.xls").write_text(f'<meta http-equiv="Content-type" content="text/html;charset=UTF-8" /><table border="1"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>', "utf-8")


def bitrix24_rest(truth: Truth, inbox: Path) -> None:
    """Answers of the REST methods."""
    codes = {name: {"won": "WON", "lost": "LOSE"}.get(meaning, f"UC_{place}") for place, (name, meaning) in enumerate(truth.stages)}
    letter, meaning = {"open": "P", "won": "S", "lost": "F"}, dict(truth.stages)
    sources = {name: f"SRC_{place}" for place, name in enumerate(sorted({row["source"] for row in truth.rows if row["source"]}))}
    page(inbox / "crm.deal.list.json", {"result": [{
        "ID": row["deal_id"], "TITLE": row["title"], "CATEGORY_ID": "0", "STAGE_ID": codes[row["stage_id"]], "STAGE_SEMANTIC_ID": letter[row["semantic"]], "OPPORTUNITY": f"{row['amount']:.2f}",
        "CURRENCY_ID": row["currency"], "ASSIGNED_BY_ID": truth.users.get(row["owner"]), "DATE_CREATE": iso(row["created_at"]), "MOVED_TIME": iso(row["closed_at"] or row["created_at"]),
        "CLOSEDATE": iso(row["expected_close_on"]), "CLOSED": "N" if row["semantic"] == "open" else "Y", "SOURCE_ID": sources.get(row["source"]), "COMPANY_ID": truth.clients[row["client"]],
        "UF_CRM_LOSS": row["loss_reason"],
    } for row in truth.rows], "total": len(truth.deals)})
    page(inbox / "crm.status.list.json", {"result": [
        *({"ID": str(place), "ENTITY_ID": "DEAL_STAGE", "STATUS_ID": codes[name], "NAME": name, "SORT": str(10 * place), "CATEGORY_ID": "0", "SEMANTICS": {"won": "S", "lost": "F"}.get(meaning[name])}
          for place, (name, _) in enumerate(truth.stages, 1)),
        *({"ID": str(100 + place), "ENTITY_ID": "SOURCE", "STATUS_ID": code, "NAME": name, "SORT": str(10 * place)} for place, (name, code) in enumerate(sources.items(), 1))]})
    page(inbox / "crm.category.list.json", {"result": {"categories": [{"id": 0, "name": truth.rows[0]["pipeline_id"], "sort": 100, "entityTypeId": 2, "isDefault": "Y"}]}})
    page(inbox / "user.get.json", {"result": [{"ID": number, "ACTIVE": True, "NAME": name.split()[1], "LAST_NAME": name.split()[0], "SECOND_NAME": "", "EMAIL": f"u{number}@client.example", "IS_ONLINE": "N", "TIME_ZONE": "",
                                               "DATE_REGISTER": iso(pd.Timestamp("2020-01-01")), "PERSONAL_GENDER": "", "WORK_POSITION": "Менеджер", "UF_DEPARTMENT": [1], "USER_TYPE": "employee"} for name, number in truth.users.items()]})
    page(inbox / "crm.company.list.json", {"result": [{"ID": number, "TITLE": name} for name, number in truth.clients.items()]})
    page(inbox / "crm.stagehistory.list.json", {"result": {"items": [{
        "ID": place, "TYPE_ID": 1 if move["from"] is None else 2 if meaning[move["to"]] == "open" else 3, "OWNER_ID": int(move["deal"]), "CREATED_TIME": iso(move["at"]), "CATEGORY_ID": 0,
        "STAGE_SEMANTIC_ID": letter[meaning[move["to"]]], "STAGE_ID": codes[move["to"]]} for place, move in enumerate(truth.moves, 1)]}})


# -- amoCRM ----------------------------------------------------------------------------------------------


def amocrm_file(truth: Truth, inbox: Path) -> None:
    """The list as the system saves it: commas, a header with a space at its end, `не закрыта`."""
    sheet(inbox / "amocrm_export_leads_2026-11-01.csv", [{
        "ID": row["deal_id"], "Название сделки": row["title"], "Бюджет ": f"{row['amount']:.2f}", "Ответственный": row["owner"], "Дата создания сделки": ru(row["created_at"]),
        "Дата закрытия": ru(row["closed_at"]) or "не закрыта", "Теги": None, "Примечание": "строка;\nвторая строка" if place % 50 == 0 else None, "Этап сделки": row["stage_id"], "Воронка": row["pipeline_id"],
        "Компания": row["client"], "Источник": row["source"], "Причина отказа": row["loss_reason"],
    } for place, row in enumerate(truth.rows)])


def amocrm_api(truth: Truth, inbox: Path) -> None:
    """Answers of API v4: unix seconds, 142 and 143 the final statuses."""
    meaning = dict(truth.stages)
    codes = {name: {"won": 142, "lost": 143}.get(meaning[name], 5000 + place) for place, (name, _) in enumerate(truth.stages)}
    reasons = {name: 900 + place for place, name in enumerate(sorted({row["loss_reason"] for row in truth.rows if row["loss_reason"]}))}
    leads = [{
        "id": int(row["deal_id"]), "name": row["title"], "price": round(row["amount"]), "responsible_user_id": int(truth.users[row["owner"]]) if row["owner"] else 0, "status_id": codes[row["stage_id"]],
        "pipeline_id": 77, "loss_reason_id": reasons.get(row["loss_reason"]), "created_at": unix(row["created_at"]), "updated_at": unix(row["closed_at"] or row["created_at"]), "closed_at": unix(row["closed_at"]),
        "closest_task_at": None, "is_deleted": False, "custom_fields_values": [{"field_id": 1, "field_name": "Источник", "field_code": None, "values": [{"value": row["source"]}]}] if row["source"] else None,
        "_embedded": {"tags": [], "companies": [{"id": int(truth.clients[row["client"]])}], "loss_reason": [{"id": reasons[row["loss_reason"]], "name": row["loss_reason"]}] if row["loss_reason"] else []},
    } for row in truth.rows]
    for number, start in enumerate(range(0, len(leads), 2500), 1):
        page(inbox / f"leads_{number}.json", {"_page": number, "_links": {}, "_embedded": {"leads": leads[start : start + 2500]}})
    page(inbox / "pipelines.json", {"_total_items": 1, "_embedded": {"pipelines": [{"id": 77, "name": truth.rows[0]["pipeline_id"], "sort": 1, "is_main": True, "is_unsorted_on": True, "is_archive": False, "account_id": 1, "_embedded": {"statuses": [
        {"id": codes[name], "name": name, "sort": 10 * place, "is_editable": True, "pipeline_id": 77, "color": "#fffeb2", "type": 0, "account_id": 1} for place, (name, _) in enumerate(truth.stages, 1)]}}]}})
    page(inbox / "users.json", {"_embedded": {"users": [{"id": int(number), "name": name, "email": f"u{number}@client.example", "lang": "ru", "rights": {"leads": {"view": "A", "edit": "A"}, "status_rights": [], "is_admin": False, "is_free": False, "is_active": True, "group_id": None, "role_id": None}} for name, number in truth.users.items()]}})
    page(inbox / "companies.json", {"_embedded": {"companies": [{"id": int(number), "name": name, "responsible_user_id": 0, "group_id": 0, "created_by": 0, "updated_by": 0, "created_at": 1_735_700_000, "updated_at": 1_735_700_000,
        "closest_task_at": None, "is_deleted": False, "custom_fields_values": None, "account_id": 1, "_links": {"self": {"href": f"https://client.example/api/v4/companies/{number}"}}, "_embedded": {"tags": []}} for name, number in truth.clients.items()]}})
    page(inbox / "events.json", {"_embedded": {"events": [{
        "id": f"e{place}", "type": "lead_status_changed" if move["from"] else "lead_added", "entity_id": int(move["deal"]), "entity_type": "lead", "created_by": 0, "created_at": unix(move["at"]),
        "value_after": [{"lead_status": {"id": codes[move["to"]], "pipeline_id": 77}}], "value_before": [{"lead_status": {"id": codes[move["from"]], "pipeline_id": 77}}] if move["from"] else [],
    } for place, move in enumerate(truth.moves)]}})


# -- HubSpot, Salesforce ---------------------------------------------------------------------------------


def hubspot_file(truth: Truth, inbox: Path) -> None:
    """The list as CSV; one column for the planned and the actual closing."""
    sheet(inbox / "hubspot-crm-exports-all-deals.csv", [{
        "Record ID": row["deal_id"], "Deal Name": row["title"], "Deal Stage": row["stage_id"], "Pipeline": row["pipeline_id"], "Amount": f"{row['amount']:.2f}",
        "Close Date": pd.Timestamp(row["closed_at"] or row["expected_close_on"]).strftime("%Y-%m-%d %H:%M:%S"), "Create Date": pd.Timestamp(row["created_at"]).strftime("%Y-%m-%d %H:%M:%S"),
        "Deal owner": row["owner"], "Closed Lost Reason": row["loss_reason"], "Original Source": row["source"], "Associated Company": row["client"],
        "Is Closed Won": str(row["semantic"] == "won").lower(), "Is Deal Closed?": str(row["semantic"] != "open").lower(),
    } for row in truth.rows])


def hubspot_api(truth: Truth, inbox: Path) -> None:
    """Objects with properties, all of them texts; pipelines with stages inside; the history of dealstage."""
    meaning = dict(truth.stages)
    codes = {name: {"won": "closedwon", "lost": "closedlost"}.get(meaning[name], str(80_000 + place)) for place, (name, _) in enumerate(truth.stages)}
    page(inbox / "deals.json", {"results": [{"id": row["deal_id"], "properties": {
        "hs_object_id": row["deal_id"], "dealname": row["title"], "dealstage": codes[row["stage_id"]], "pipeline": "default", "amount": f"{row['amount']:.2f}", "deal_currency_code": row["currency"],
        "createdate": iso(utc(row["created_at"]), ".000Z"), "closedate": iso(utc(row["closed_at"] or row["expected_close_on"]), ".000Z"), "hubspot_owner_id": truth.users.get(row["owner"]),
        "hs_is_closed_won": str(row["semantic"] == "won").lower(), "hs_is_closed": str(row["semantic"] != "open").lower(), "closed_lost_reason": row["loss_reason"], "hs_analytics_source": row["source"]},
        "associations": {"companies": {"results": [{"id": truth.clients[row["client"]], "type": "deal_to_company"}]}}, "archived": False} for row in truth.rows]})
    page(inbox / "pipelines.json", {"results": [{"id": "default", "label": truth.rows[0]["pipeline_id"], "displayOrder": 0, "stages": [
        {"id": codes[name], "label": name, "displayOrder": place, "metadata": {"isClosed": str(said != "open").lower(), "probability": {"won": "1.0", "lost": "0.0"}.get(said, "0.5")}}
        for place, (name, said) in enumerate(truth.stages)]}]})
    page(inbox / "owners.json", {"results": [{"id": number, "firstName": name.split()[1], "lastName": name.split()[0], "email": f"u{number}@client.example", "type": "PERSON", "userId": int(number) + 70_000, "userIdIncludingInactive": int(number) + 70_000,
        "createdAt": "2020-01-01T00:00:00Z", "updatedAt": "2020-01-01T00:00:00Z", "archived": False} for name, number in truth.users.items()]})
    page(inbox / "companies.json", {"results": [{"id": number, "properties": {"hs_object_id": number, "name": name, "domain": None, "createdate": "2025-01-01T00:00:00Z", "hs_lastmodifieddate": "2025-01-01T00:00:00Z"},
        "createdAt": "2025-01-01T00:00:00Z", "updatedAt": "2025-01-01T00:00:00Z", "archived": False} for name, number in truth.clients.items()]})
    sheet(inbox / "deal_property_history.csv", [{"deal_id": move["deal"], "name": "dealstage", "timestamp": iso(utc(move["at"]), "Z"), "value": codes[move["to"]], "source": "CRM_UI", "source_id": "userId:1"} for move in truth.moves])


def salesforce_report(truth: Truth, inbox: Path) -> None:
    """A report with its foot: days only, month first."""
    def day(moment: pd.Timestamp) -> str:
        return f"{moment.month}/{moment.day}/{moment.year}"

    sheet(inbox / "report1761.csv", [{
        "Opportunity ID": row["deal_id"], "Opportunity Owner": row["owner"], "Account Name": row["client"], "Opportunity Name": row["title"], "Stage": row["stage_id"], "Amount": f"{row['amount']:.2f}",
        "Amount Currency": row["currency"], "Close Date": day(pd.Timestamp(row["closed_at"] or row["expected_close_on"])), "Created Date": day(row["created_at"]), "Lead Source": row["source"],
        "Closed": int(row["semantic"] != "open"), "Won": int(row["semantic"] == "won"), "Closed Lost Reason": row["loss_reason"],
    } for row in truth.rows], quoting=csv.QUOTE_ALL, end=f'\r\n"Grand Totals ({len(truth.deals)} records)"\r\n\r\n"Opportunities"\r\n"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\r\n'
          '"Confidential Information - Do Not Distribute"\r\n"Generated By:  Example  11/1/2026 10:00 AM"\r\n')


def salesforce_api(truth: Truth, inbox: Path) -> None:
    """Objects as csv, times in UTC, the day of closing without a time; the history tells the moment."""
    def key(prefix: str, number: str) -> str:
        return f"{prefix}{int(number):012d}AAA"

    sheet(inbox / "Opportunity.csv", [{
        "Id": key("006", row["deal_id"]), "Name": row["title"], "StageName": row["stage_id"], "Amount": f"{row['amount']:.2f}", "CurrencyIsoCode": row["currency"],
        "CloseDate": pd.Timestamp(row["closed_at"] or row["expected_close_on"]).strftime("%Y-%m-%d"), "CreatedDate": iso(utc(row["created_at"]), ".000+0000"), "IsClosed": str(row["semantic"] != "open").lower(),
        "IsWon": str(row["semantic"] == "won").lower(), "IsDeleted": "false", "OwnerId": key("005", truth.users[row["owner"]]) if row["owner"] else None, "AccountId": key("001", truth.clients[row["client"]]),
        "LeadSource": row["source"], "Loss_Reason__c": row["loss_reason"],
    } for row in truth.rows])
    sheet(inbox / "OpportunityHistory.csv", [{"Id": key("008", str(place)), "OpportunityId": key("006", move["deal"]), "StageName": move["to"], "Amount": None, "CloseDate": None,
                                              "CreatedDate": iso(utc(move["at"]), ".000+0000"), "CreatedById": None} for place, move in enumerate(truth.moves)])
    sheet(inbox / "User.csv", [{"Id": key("005", number), "Name": name, "IsActive": "true", "UserRoleId": None, "ManagerId": None} for name, number in truth.users.items()])
    sheet(inbox / "Account.csv", [{"Id": key("001", number), "Name": name, "OwnerId": None, "Industry": None, "CreatedDate": "2025-01-01T00:00:00.000+0000", "IsDeleted": "false"} for name, number in truth.clients.items()])


# -- Pipedrive, Zoho -------------------------------------------------------------------------------------


def pipedrive_file(truth: Truth, inbox: Path) -> None:
    """The list as CSV, `Deal - ` before every header."""
    def plain(moment) -> str | None:
        return None if moment is None else pd.Timestamp(moment).strftime("%Y-%m-%d %H:%M:%S")

    sheet(inbox / "deals-1234567-89.csv", [{
        "Deal - ID": row["deal_id"], "Deal - Title": row["title"], "Deal - Value": f"{row['amount']:.2f}", "Deal - Currency of Value": row["currency"], "Deal - Status": {"open": "Open", "won": "Won", "lost": "Lost"}[row["semantic"]],
        "Deal - Stage": row["stage_id"], "Deal - Pipeline": row["pipeline_id"], "Deal - Owner": row["owner"], "Deal - Organization": row["client"], "Deal - Deal created": plain(row["created_at"]),
        "Deal - Won time": plain(row["closed_at"]) if row["semantic"] == "won" else None, "Deal - Lost time": plain(row["closed_at"]) if row["semantic"] == "lost" else None, "Deal - Deal closed on": plain(row["closed_at"]),
        "Deal - Expected close date": None if row["expected_close_on"] is None else pd.Timestamp(row["expected_close_on"]).strftime("%Y-%m-%d"), "Deal - Lost reason": row["loss_reason"], "Deal - Source origin": row["source"],
    } for row in truth.rows])


def pipedrive_api(truth: Truth, inbox: Path) -> None:
    """Answers of the API; in Pipedrive a won or lost deal stays in the stage it had reached, so the final stages are left out of the flow."""
    def stamp(moment) -> str | None:
        return None if moment is None else utc(moment).strftime("%Y-%m-%d %H:%M:%S")

    codes = {name: place for place, (name, _) in enumerate(truth.stages, 1)}
    page(inbox / "deals.json", {"success": True, "data": [{
        "id": int(row["deal_id"]), "title": row["title"], "value": row["amount"], "currency": row["currency"], "status": row["semantic"], "stage_id": codes[row["stage_id"]], "pipeline_id": 3,
        "owner_id": int(truth.users[row["owner"]]) if row["owner"] else None, "org_id": int(truth.clients[row["client"]]), "add_time": stamp(row["created_at"]), "close_time": stamp(row["closed_at"]),
        "won_time": stamp(row["closed_at"]) if row["semantic"] == "won" else None, "lost_time": stamp(row["closed_at"]) if row["semantic"] == "lost" else None,
        "expected_close_date": None if row["expected_close_on"] is None else pd.Timestamp(row["expected_close_on"]).strftime("%Y-%m-%d"), "lost_reason": row["loss_reason"], "origin": row["source"],
    } for row in truth.rows], "additional_data": {"pagination": {"start": 0, "limit": 500, "more_items_in_collection": False}}})
    page(inbox / "stages.json", {"success": True, "data": [{"id": number, "name": name, "order_nr": number, "pipeline_id": 3, "deal_probability": 50, "is_deal_rot_enabled": False, "days_to_rotten": None} for name, number in codes.items()]})
    page(inbox / "pipelines.json", {"success": True, "data": [{"id": 3, "name": truth.rows[0]["pipeline_id"], "order_nr": 1, "is_selected": True, "is_deal_probability_enabled": True}]})
    page(inbox / "users.json", {"success": True, "data": [{"id": int(number), "name": name, "email": f"u{number}@client.example", "default_currency": "RUB", "locale": "ru_RU", "lang": 19, "phone": None, "activated": True,
        "last_login": "2026-10-31 09:00:00", "created": "2020-01-01 00:00:00", "modified": "2020-01-01 00:00:00", "has_created_company": False, "active_flag": True, "timezone_name": "Europe/Moscow",
        "timezone_offset": "+03:00", "is_admin": 0, "role_id": 1, "icon_url": None, "is_you": False, "is_deleted": False} for name, number in truth.users.items()]})
    page(inbox / "organizations.json", {"success": True, "data": [{"id": int(number), "name": name, "owner_id": None, "add_time": "2025-01-01 00:00:00", "update_time": "2025-01-01 00:00:00", "address": None, "visible_to": 3, "label_ids": [],
        "is_deleted": False, "custom_fields": {}} for name, number in truth.clients.items()]})
    page(inbox / "flow.json", {"success": True, "data": [{"object": "dealChange", "timestamp": stamp(move["at"]), "data": {
        "id": place, "item_id": int(move["deal"]), "user_id": None, "field_key": "stage_id" if move["from"] else "add_time", "old_value": str(codes[move["from"]]) if move["from"] else None,
        "new_value": str(codes[move["to"]]) if move["from"] else stamp(move["at"]), "log_time": stamp(move["at"]), "is_bulk_update_flag": None, "change_source": "app"}} for place, move in enumerate(truth.moves, 1)]})


def zoho(truth: Truth, inbox: Path) -> None:
    """Potentials and accounts as the export of modules gives them."""
    def named(moment: pd.Timestamp) -> str:
        return pd.Timestamp(moment).strftime("%d %b, %Y %H:%M:%S")

    sheet(inbox / "Potentials.csv", [{
        "PotentialId": f"zcrm_{row['deal_id']}", "Potential Owner Id": f"zcrm_u{truth.users[row['owner']]}" if row["owner"] else None, "Potential Owner": row["owner"], "Potential Name": row["title"],
        "Amount": f"RUB {row['amount']:,.2f}", "Stage": row["stage_id"], "Closing Date": pd.Timestamp(row["closed_at"] or row["expected_close_on"]).strftime("%d %b, %Y"), "Account Name": row["client"],
        "Lead Source": row["source"], "Created Time": named(row["created_at"]), "Reason For Loss": row["loss_reason"],
    } for row in truth.rows])


# -- plain tables ----------------------------------------------------------------------------------------

PLAIN = {
    "ru": ("№ сделки", "Сделка", "Стадия", "Воронка", "Сумма, руб.", "Менеджер", "Дата создания", "Дата закрытия", "Плановая дата закрытия", "Контрагент", "Источник", "Причина отказа"),
    "en": ("Deal ID", "Deal name", "Stage", "Pipeline", "Amount (RUB)", "Owner", "Created at", "Closed at", "Expected close date", "Client", "Source", "Loss reason"),
    "bg": ("ИД на сделка", "Име на сделката", "Етап", "Фуния", "Сума", "Отговорник", "Дата на създаване", "Дата на затваряне", "Очаквана дата на затваряне", "Клиент", "Източник", "Причина за загуба"),
}


def plain(lang: str) -> Callable[[Truth, Path], None]:
    """A spreadsheet that somebody keeps by hand, headers in one of three languages."""
    def write(truth: Truth, inbox: Path) -> None:
        import xlsxwriter

        with xlsxwriter.Workbook(str(inbox / "deals.xlsx"), {"default_date_format": "dd.mm.yyyy hh:mm:ss"}) as book:
            sheet = book.add_worksheet()
            for at, row in enumerate([PLAIN[lang], *([row["deal_id"], row["title"], row["stage_id"], row["pipeline_id"], row["amount"], row["owner"], row["created_at"], row["closed_at"],
                                                      row["expected_close_on"], row["client"], row["source"], row["loss_reason"]] for row in truth.rows)]):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(at, place, cell)
                    else:
                        sheet.write(at, place, pd.Timestamp(cell).to_pydatetime() if hasattr(cell, "year") else cell)
    return write


ALL = frozenset({"call_in", "call_out", "meeting", "email", "task"})
SYSTEMS = (
    System("bitrix24_list", with_actions(bitrix24_list, actions.bitrix24_list), kinds=frozenset({"meeting", "email", "task"})),
    System("bitrix24_excel", bitrix24_excel),
    System("bitrix24_rest", with_actions(bitrix24_rest, actions.bitrix24_rest), lacks=frozenset({"loss_reason"}), history=True, given_name_first=True, kinds=ALL, about=frozenset({"deal", "lead"}),
           leads={"open": "open", "converted": "converted", "junk": "junk", "lost": "lost"}),
    System("amocrm_file", amocrm_file, lacks=frozenset({"expected_close_on"})),
    System("amocrm_api", with_actions(amocrm_api, actions.amocrm_api), whole_amounts=True, lacks=frozenset({"expected_close_on"}), history=True, kinds=ALL),
    System("hubspot_file", hubspot_file, lacks=frozenset({"expected_close_on of closed"})),
    System("hubspot_api", with_actions(hubspot_api, actions.hubspot_api), lacks=frozenset({"expected_close_on of closed"}), history=True, given_name_first=True, kinds=ALL,
           no_due=frozenset({"email"})),
    System("salesforce_report", salesforce_report, times="D", lacks=frozenset({"pipeline_id", "expected_close_on of closed"})),
    System("salesforce_api", with_actions(salesforce_api, actions.salesforce_api), times="D", lacks=frozenset({"pipeline_id", "expected_close_on of closed"}), history=True, kinds=ALL, about=frozenset({"deal", "lead"}), dues="D",
           leads={"open": "open", "converted": "converted", "junk": "junk", "lost": "lost"}),
    System("pipedrive_file", pipedrive_file, ends_in_stages=False),
    System("pipedrive_api", with_actions(pipedrive_api, actions.pipedrive_api), history=True, ends_in_stages=False, kinds=ALL, dues="min", lengths="min",
           leads={"open": "open", "junk": "lost", "lost": "lost"}),
    System("zoho", zoho, times="D", lacks=frozenset({"pipeline_id", "expected_close_on of closed"})),
    System("plain_ru", plain("ru")), System("plain_en", plain("en")), System("plain_bg", plain("bg")),
)
