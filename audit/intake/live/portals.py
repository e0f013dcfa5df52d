"""What is read of each portal: methods, how their pages follow each other, and what tells a record from another."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from audit.errors import UsageError
from audit.intake.live.http import Bucket, Reader, Refused
from audit.intake.live.secrets import secret, shown
from audit.sources import Source

Params = list[tuple[str, str]]


@dataclass(frozen=True)
class Method:
    """One list of a portal.

    `pages`: by the last id, by `next` of the answer, by number, or one page alone. `changed` is the field by which later
    runs ask for what is new; without it the list is read whole each time.
    """

    file: str
    path: str
    inside: str = ""  # where the records are in the answer
    key: str = "ID"  # several fields where only together they tell records apart
    pages: Literal["id", "next", "number", "one"] = "id"
    changed: str = ""
    params: tuple[tuple[str, str], ...] = ()
    each: str = ""  # the records lie in this list of every record
    upper: bool = False  # names of parameters in capitals
    size: int = 50


_ALL = (("select[]", "*"), ("select[]", "UF_*"))
BITRIX24 = (
    Method("crm.deal.list", "crm.deal.list", changed="DATE_MODIFY", params=_ALL),
    Method("crm.lead.list", "crm.lead.list", changed="DATE_MODIFY", params=_ALL),
    Method("crm.company.list", "crm.company.list", changed="DATE_MODIFY", params=(*_ALL, ("select[]", "PHONE"), ("select[]", "EMAIL"))),
    Method("crm.contact.list", "crm.contact.list", changed="DATE_MODIFY", params=(*_ALL, ("select[]", "PHONE"), ("select[]", "EMAIL"))),
    Method("user.get", "user.get", pages="next"),
    Method("crm.status.list", "crm.status.list", pages="next"),
    Method("crm.category.list", "crm.category.list", "categories", "id", pages="next", params=(("entityTypeId", "2"),)),
    Method("crm.stagehistory.list.deals", "crm.stagehistory.list", "items", changed="CREATED_TIME", params=(("entityTypeId", "2"),)),
    Method("crm.stagehistory.list.leads", "crm.stagehistory.list", "items", changed="CREATED_TIME", params=(("entityTypeId", "1"),)),
    Method("crm.activity.list", "crm.activity.list", changed="LAST_UPDATED", params=(("select[]", "*"), ("select[]", "BINDINGS"), ("select[]", "COMMUNICATIONS"))),
    Method("voximplant.statistic.get", "voximplant.statistic.get", changed="CALL_START_DATE", upper=True),
    Method("tasks.task.list", "tasks.task.list", "tasks", "id", changed="CHANGED_DATE", params=_ALL),
)
_EVENTS = ("lead_added", "lead_deleted", "lead_restored", "lead_status_changed", "entity_responsible_changed", "sale_field_changed", "custom_field_value_changed", "incoming_call",
           "outgoing_call", "incoming_chat_message", "outgoing_chat_message", "task_added", "task_completed", "task_deadline_changed", "entity_merged")
AMOCRM = (
    Method("leads", "leads", "leads", "id", "number", "updated_at", (("with", "contacts,loss_reason,source_id"), ("order[id]", "asc")), size=250),
    Method("contacts", "contacts", "contacts", "id", "number", "updated_at", (("with", "leads"), ("order[id]", "asc")), size=250),
    Method("companies", "companies", "companies", "id", "number", "updated_at", (("with", "leads"), ("order[id]", "asc")), size=250),
    Method("users", "users", "users", "id", "number", params=(("with", "role,group"),), size=250),
    Method("pipelines", "leads/pipelines", "pipelines", "id", "one"),
    # 142 and 143 are statuses of every pipeline
    Method("statuses", "leads/pipelines", "pipelines", "pipeline_id id", "one", each="statuses"),
    Method("loss_reasons", "leads/loss_reasons", "loss_reasons", "id", "number", size=250),
    Method("tasks", "tasks", "tasks", "id", "number", "updated_at", (("order[id]", "asc"),), size=250),
    Method("leads_notes", "leads/notes", "notes", "id", "number", "updated_at", (("order[id]", "asc"),), size=250),
    Method("contacts_notes", "contacts/notes", "notes", "id", "number", "updated_at", (("order[id]", "asc"),), size=250),
    Method("companies_notes", "companies/notes", "notes", "id", "number", "updated_at", (("order[id]", "asc"),), size=250),
    Method("events", "events", "events", "id", "number", "created_at", (("filter[type]", ",".join(_EVENTS)),), size=100),
    Method("unsorted", "leads/unsorted", "unsorted", "uid", "number", size=250),
)


class Portal:
    """A portal of client.yml: its methods, its reader and its pages."""

    def __init__(self, source: Source):
        self.source = source
        self.methods = BITRIX24 if source.api == "bitrix24" else AMOCRM
        self.name = source.name or str(source.api)
        address = source.url or f"https://{source.domain}"
        self.address = address if "://" in address else f"https://{address}"
        self.label = f"{source.api} {shown(self.address)}".rstrip("/")
        self.secrets: list[str] = []

    def reader(self) -> Reader:
        """A reader with the token of now."""
        if not self.source.token:
            raise UsageError("live.no_token", place=self.label)
        token = secret(self.source.token, self.label)
        self.secrets.append(token)
        if self.source.api == "bitrix24":
            # the token is the whole address of a webhook or its end, <user>/<code>
            hook = token if "://" in token else f"{self.address.rstrip('/')}/rest/{token.strip('/').removeprefix('rest/')}"
            self.secrets += [part for part in (hook, hook.rstrip("/").rpartition("/")[2]) if part]
            if urlsplit(hook).hostname != urlsplit(self.address).hostname:
                raise UsageError("live.other_portal", place=self.label)
            return Reader(self.label, hook.rstrip("/") + "/", Bucket(30, 2), self.secrets, {}, _bitrix_code, _bitrix_pause)
        return Reader(self.label, self.address.rstrip("/") + "/api/v4/", Bucket(1, 6.5), self.secrets, {"Authorization": f"Bearer {token}"}, _amo_code)

    def pages(self, reader: Reader, method: Method, since: dt.datetime | None, cursor: str) -> Iterator[tuple[list[dict], str]]:
        """(records, cursor after them) of every page after `cursor`; the cursor is '' once nothing follows."""
        going = True
        while going:
            records, cursor = (_bitrix_page if self.source.api == "bitrix24" else _amo_page)(reader, method, since, cursor)
            going = bool(cursor)
            yield records, cursor


# -- Bitrix24 --------------------------------------------------------------------------------------------


def _bitrix_page(reader: Reader, method: Method, since: dt.datetime | None, cursor: str) -> tuple[list[dict], str]:
    params: Params = list(method.params)
    kept, order, start = ("FILTER", "ORDER", "start") if method.upper else ("filter", "order", "start")
    if since is not None and method.changed:
        params.append((f"{kept}[>={method.changed}]", since.isoformat(timespec="seconds")))
    if method.pages == "id":
        # by id and without counting: the way the vendor advises for large lists; nothing is missed when rows are added meanwhile
        params += [("SORT", "ID"), ("ORDER", "ASC")] if method.upper else [(f"{order}[ID]", "ASC")]
        params += [(f"{kept}[>ID]", cursor or "0"), *([] if method.upper or method.inside == "tasks" else [(start, "-1")])]
    elif cursor:
        params.append((start, cursor))
    body = reader.get(f"{method.path}.json", params).body
    records = _records(body.get("result") if isinstance(body, dict) else None, method)
    if method.pages == "id":
        try:
            last = max((int(record[method.key]) for record in records), default=0)
        except (KeyError, TypeError, ValueError):
            raise Refused(200, "SHAPE", f"a record without {method.key} in the answer of {method.path}") from None
        if records and last <= int(cursor or 0):
            raise Refused(200, "PAGING", "the same records again")
        return records, str(last) if len(records) >= method.size else ""
    following = body.get("next")
    return records, str(following) if following and str(following) != cursor else ""


def _records(result: Any, method: Method) -> list[dict]:
    found = result.get(method.inside, []) if method.inside and isinstance(result, dict) else result
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise Refused(200, "SHAPE", f"no list of records in the answer of {method.path}")
    return [inner for record in found for inner in (record.get("_embedded") or {}).get(method.each, [])] if method.each else found


def _bitrix_code(body: Any) -> tuple[str, str]:
    return (str(body.get("error", "")), str(body.get("error_description", ""))) if isinstance(body, dict) else ("", "")


def _bitrix_pause(body: Any) -> float:
    """A method that worked for 480 of the last 600 seconds is blocked: rest before that, until a part is free again."""
    clock = body.get("time", {}) if isinstance(body, dict) else {}
    if not isinstance(clock, dict) or float(clock.get("operating") or 0) < 400:
        return 0.0
    return min(max(float(clock.get("operating_reset_at") or 0) - time.time(), 0.0), 600.0)


# -- amoCRM ----------------------------------------------------------------------------------------------


def _amo_page(reader: Reader, method: Method, since: dt.datetime | None, cursor: str) -> tuple[list[dict], str]:
    params: Params = list(method.params)
    number = int(cursor or 1)
    if method.pages == "number":
        params += [("limit", str(method.size)), ("page", str(number))]
    if since is not None and method.changed:
        params.append((f"filter[{method.changed}][from]", str(int(since.timestamp()))))
    answer = reader.get(method.path, params)
    if answer.status == 204 or answer.body is None:
        return [], ""
    records = _records((answer.body if isinstance(answer.body, dict) else {}).get("_embedded"), method)
    more = isinstance(answer.body.get("_links"), dict) and "next" in answer.body["_links"]
    return records, str(number + 1) if more and method.pages == "number" else ""


def _amo_code(body: Any) -> tuple[str, str]:
    return (str(body.get("title", "")), str(body.get("detail", ""))) if isinstance(body, dict) else ("", "")
