"""Leads, calls, tasks, meetings and letters of the sample client as each system exports them."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
from system_parts import Truth, flat, iso, page, ru, sheet, sure, unix, utc

TYPES = {"call_in": ("2", "VOXIMPLANT_CALL"), "call_out": ("2", "VOXIMPLANT_CALL"), "meeting": ("1", "CRM_MEETING"), "email": ("4", "CRM_EMAIL"), "task": ("6", "CRM_TODO")}


def _moment(moment, zone: str = ".000Z") -> str | None:
    return None if moment is None else iso(utc(moment), zone)


def bitrix24_list(truth: Truth, inbox: Path) -> None:
    """The list of actions: deals only, calls are a matter of the telephony."""
    names = {"task": "Задача", "meeting": "Встреча", "email": "Письмо"}
    sheet(inbox / "activities.csv", [{
        "ID": str(number), "Сделка": row["entity_id"], "Тип": names[row["kind"]], "Название": "Дело", "Начало": ru(row["started_at"]), "Срок": ru(row["due_at"]), "Ответственный": row["owner"],
        "Статус": "Выполнено" if row["done_at"] else "Не выполнено", "Дата создания": ru(row["created_at"]), "Дата завершения": ru(row["done_at"]), "Комментарий": None,
    } for number, row in enumerate(flat(truth.actions), 1) if row["kind"] in names], "cp1251", ";", csv.QUOTE_ALL, tail=";")


def bitrix24_rest(truth: Truth, inbox: Path) -> None:
    """crm.lead.list, crm.activity.list and the calls of voximplant.statistic.get, which name their actions."""
    statuses = list(dict.fromkeys(truth.leads["status"]))
    codes = {name: {"Передан в сделку": "CONVERTED", "Нецелевой": "JUNK"}.get(name, f"UC_L{place}") for place, name in enumerate(statuses)}
    letters = {"open": "P", "converted": "S", "junk": "F", "lost": "F"}
    page(inbox / "crm.lead.list.json", {"result": [{
        "ID": row["lead_id"], "TITLE": f"Лид {row['lead_id']}", "STATUS_ID": codes[row["status"]], "STATUS_SEMANTIC_ID": letters[row["semantic"]], "ASSIGNED_BY_ID": truth.users[row["owner"]],
        "DATE_CREATE": iso(row["created_at"]), "DATE_CLOSED": iso(row["closed_at"]) or "", "SOURCE_DESCRIPTION": row["source"], "COMPANY_ID": None, "OPENED": "N", "UTM_SOURCE": row["utm_source"],
    } for row in flat(truth.leads)]})
    said = {name: letters[what] for name, what in truth.leads[["status", "semantic"]].drop_duplicates("status").itertuples(index=False)}
    page(inbox / "crm.status.list_2.json", {"result": [
        {"ID": str(500 + place), "ENTITY_ID": "STATUS", "STATUS_ID": codes[name], "NAME": name, "SORT": str(10 * place), "SEMANTICS": said[name].replace("P", "") or None} for place, name in enumerate(statuses)]})
    rows = list(enumerate(flat(truth.actions), 1))
    page(inbox / "crm.activity.list.json", {"result": [{
        "ID": str(number), "OWNER_ID": row["entity_id"], "OWNER_TYPE_ID": "2" if row["entity"] == "deal" else "1", "TYPE_ID": TYPES[row["kind"]][0], "PROVIDER_ID": TYPES[row["kind"]][1],
        "ASSOCIATED_ENTITY_ID": "0", "SUBJECT": "Дело", "CREATED": iso(row["created_at"] or row["started_at"]), "START_TIME": iso(row["started_at"]), "DEADLINE": iso(row["due_at"]) or "",
        "LAST_UPDATED": iso(row["done_at"] or row["created_at"]), "COMPLETED": "Y" if row["done_at"] else "N", "RESPONSIBLE_ID": truth.users.get(row["owner"]),
        "DIRECTION": {"call_in": "1", "call_out": "2", "email": "2"}.get(row["kind"], "0"), "PRIORITY": "2",
    } for number, row in rows]})
    page(inbox / "voximplant.statistic.get.json", {"result": [{
        "ID": str(number), "PORTAL_USER_ID": truth.users.get(row["owner"]), "PORTAL_NUMBER": row["line"], "PHONE_NUMBER": row["phone"], "CALL_ID": f"c{number}", "CALL_CATEGORY": "external",
        "CALL_DURATION": str(int(row["duration_s"])), "CALL_START_DATE": iso(row["started_at"]), "CALL_FAILED_CODE": "200" if row["is_answered"] else "304",
        "CALL_TYPE": "1" if row["kind"] == "call_out" else "2", "CRM_ENTITY_TYPE": row["entity"].upper(), "CRM_ENTITY_ID": row["entity_id"], "CRM_ACTIVITY_ID": str(number),
    } for number, row in rows if row["kind"].startswith("call")]})


def amocrm_api(truth: Truth, inbox: Path) -> None:
    """Tasks of all types, and calls as notes."""
    rows = [(number, row) for number, row in enumerate(flat(truth.actions), 1) if row["entity"] == "deal"]
    page(inbox / "tasks.json", {"_page": 1, "_embedded": {"tasks": [{
        "id": number, "created_by": 0, "updated_by": 0, "created_at": unix(row["created_at"]), "updated_at": unix(row["done_at"] or row["created_at"]), "responsible_user_id": int(truth.users[row["owner"]]),
        "group_id": 0, "entity_id": int(row["entity_id"]), "entity_type": "leads", "duration": 0, "is_completed": row["done_at"] is not None,
        "task_type_id": {"meeting": 2, "email": 3}.get(row["kind"], 2_001), "text": "Дело", "result": [], "complete_till": unix(row["due_at"]), "account_id": 1,
    } for number, row in rows if not row["kind"].startswith("call")]}})
    page(inbox / "leads_notes.json", {"_page": 1, "_embedded": {"notes": [{
        "id": number, "entity_id": int(row["entity_id"]), "created_by": 0, "updated_by": 0, "created_at": unix(row["started_at"]), "updated_at": unix(row["started_at"]),
        "responsible_user_id": int(truth.users.get(row["owner"], 0)), "group_id": 0, "note_type": row["kind"], "account_id": 1,
        "params": {"uniq": f"u{number}", "duration": int(row["duration_s"]), "source": "ats", "link": None, "phone": row["phone"], "call_status": 4 if row["is_answered"] else 6},
    } for number, row in rows if row["kind"].startswith("call")]}})


def hubspot_api(truth: Truth, inbox: Path) -> None:
    """An object a kind, each bound to its deal."""
    found: dict[str, list[dict]] = {"calls": [], "meetings": [], "tasks": [], "emails": []}
    for number, row in enumerate(flat(truth.actions), 1):
        if row["entity"] != "deal":
            continue
        kind = "calls" if row["kind"].startswith("call") else f"{row['kind']}s"
        own = {
            "calls": {"hs_call_title": "Call", "hs_call_duration": str(int(1000 * (row["duration_s"] or 0))), "hs_call_direction": "INBOUND" if row["kind"] == "call_in" else "OUTBOUND",
                      "hs_call_status": "COMPLETED" if row["is_answered"] else "NO_ANSWER", "hs_call_disposition": None, "hs_call_to_number": row["phone"]},
            "meetings": {"hs_meeting_title": "Meeting", "hs_meeting_start_time": _moment(row["due_at"]), "hs_meeting_end_time": None, "hs_meeting_outcome": "COMPLETED" if row["done_at"] else "SCHEDULED"},
            "tasks": {"hs_task_subject": "Task", "hs_task_status": "COMPLETED" if row["done_at"] else "NOT_STARTED", "hs_task_type": "CALL", "hs_task_completion_date": _moment(row["done_at"])},
            "emails": {"hs_email_subject": "Mail", "hs_email_direction": "EMAIL", "hs_email_status": "SENT"},
        }[kind]
        at = row["due_at"] if kind in ("tasks", "meetings") else row["started_at"]
        found[kind].append({"id": str(number), "properties": {"hs_object_id": str(number), "hs_createdate": _moment(row["created_at"] or row["started_at"]), "hs_timestamp": _moment(at),
                                                              "hubspot_owner_id": truth.users.get(row["owner"]), **own},
                            "associations": {"deals": {"results": [{"id": row["entity_id"], "type": f"{kind[:-1]}_to_deal"}]}}, "archived": False})
    for kind, objects in found.items():
        page(inbox / f"{kind}.json", {"results": objects})


def salesforce_api(truth: Truth, inbox: Path) -> None:
    """Tasks (calls and letters are among them), events and leads."""
    def key(prefix: str, number: str | int | None) -> str | None:
        return None if number is None else f"{prefix}{int(number):012d}AAA"

    tasks, events = [], []
    for number, row in enumerate(flat(truth.actions), 1):
        what, who = (key("006", row["entity_id"]), None) if row["entity"] == "deal" else (None, key("00Q", row["entity_id"]))
        call = row["kind"].startswith("call")
        if row["kind"] == "meeting":
            events.append({"Id": key("00U", number), "Subject": "Meeting", "StartDateTime": _moment(row["due_at"], ".000+0000"), "EndDateTime": None, "DurationInMinutes": "60", "Type": "Meeting",
                           "OwnerId": key("005", truth.users[row["owner"]]), "WhatId": what, "WhoId": who, "CreatedDate": _moment(row["created_at"], ".000+0000"), "IsDeleted": "false"})
        else:
            tasks.append({"Id": key("00T", number), "Subject": "Task", "ActivityDate": None if row["due_at"] is None else f"{row['due_at']:%Y-%m-%d}", "Status": "Completed" if row["done_at"] else "Not Started",
                          "IsClosed": str(row["done_at"] is not None).lower(), "OwnerId": key("005", truth.users.get(row["owner"])), "WhatId": what, "WhoId": who, "Type": None,
                          "TaskSubtype": {"email": "Email", "task": "Task"}.get(row["kind"], "Call"), "CallDurationInSeconds": int(row["duration_s"]) if call else None,
                          "CallType": {"call_in": "Inbound", "call_out": "Outbound"}.get(row["kind"]), "CallDisposition": None, "CreatedDate": _moment(row["created_at"] or row["started_at"], ".000+0000"),
                          "CompletedDateTime": _moment(row["done_at"], ".000+0000"), "IsDeleted": "false"})
    sheet(inbox / "Task.csv", tasks)
    sheet(inbox / "Event.csv", events)
    sheet(inbox / "Lead.csv", [{
        "Id": key("00Q", row["lead_id"]), "LastName": f"Лид {row['lead_id']}", "Company": "[not provided]", "Status": row["status"], "LeadSource": row["source"], "OwnerId": key("005", truth.users[row["owner"]]),
        "IsConverted": str(row["semantic"] == "converted").lower(), "ConvertedDate": f"{row['converted_at']:%Y-%m-%d}" if row["converted_at"] else None, "ConvertedAccountId": None,
        "ConvertedOpportunityId": key("006", row["deal_id"]), "CreatedDate": _moment(row["created_at"], ".000+0000"), "IsDeleted": "false",
    } for row in flat(truth.leads)])


def pipedrive_api(truth: Truth, inbox: Path) -> None:
    """Activities: times of day and lengths in whole minutes, calls without a direction; leads that have become deals are gone."""
    def stamp(moment, form: str = "%Y-%m-%d %H:%M:%S") -> str | None:
        return None if moment is None else utc(moment).strftime(form)

    page(inbox / "activities.json", {"success": True, "data": [{
        "id": number, "subject": "Дело", "type": "call" if row["kind"].startswith("call") else row["kind"], "user_id": sure(truth.users.get(row["owner"])), "deal_id": int(row["entity_id"]), "lead_id": None,
        "org_id": None, "person_id": None, "due_date": stamp(row["due_at"] or row["started_at"], "%Y-%m-%d"), "due_time": stamp(row["due_at"] or row["started_at"], "%H:%M"),
        "duration": f"{int(row['duration_s']) // 3600:02d}:{int(row['duration_s']) // 60 % 60:02d}" if row["duration_s"] else "", "add_time": stamp(row["created_at"] or row["started_at"]),
        "update_time": stamp(row["done_at"] or row["created_at"]), "done": row["done_at"] is not None, "marked_as_done_time": stamp(row["done_at"]) or "", "active_flag": True,
    } for number, row in enumerate(flat(truth.actions), 1) if row["entity"] == "deal"]})
    page(inbox / "leads.json", {"success": True, "data": [{
        "id": f"{int(row['lead_id']):08d}-0000-4000-8000-000000000000", "title": "Лид", "owner_id": int(truth.users[row["owner"]]), "creator_id": 1, "label_ids": [], "value": None, "expected_close_date": None,
        "person_id": 1, "organization_id": None, "is_archived": row["semantic"] != "open", "source_name": row["source"], "origin": "ManuallyCreated", "channel": None, "was_seen": True,
        "add_time": _moment(row["created_at"]), "update_time": _moment(row["closed_at"] or row["created_at"]),
    } for row in flat(truth.leads) if row["semantic"] != "converted"]})


def with_actions(first, then):
    """The writer of deals and that of actions as one."""
    def write(truth: Truth, inbox: Path) -> None:
        first(truth, inbox)
        then(truth, inbox)
    return write


def expected(truth: Truth, kinds: frozenset[str], about: frozenset[str]) -> pd.DataFrame:
    """The actions that a system can carry."""
    return truth.actions[truth.actions["kind"].isin(list(kinds)) & truth.actions["entity"].isin(list(about))]
