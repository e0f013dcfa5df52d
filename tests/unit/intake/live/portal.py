"""A portal on a real socket that answers in the shapes of the vendors' documentation, with their limits and their failures."""

import json
import threading
import time
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from canary import CANARY

WHEN = datetime.fromisoformat("2026-03-01T10:00:00+03:00")
BITRIX_LISTS = {"crm.deal.list", "crm.lead.list", "crm.company.list", "crm.contact.list", "user.get", "crm.status.list", "crm.category.list",
                "crm.stagehistory.list", "crm.activity.list", "voximplant.statistic.get", "tasks.task.list", "profile"}
AMO_LISTS = {"leads", "contacts", "companies", "users", "leads/pipelines", "leads/loss_reasons", "tasks", "leads/notes", "contacts/notes",
             "companies/notes", "events", "leads/unsorted", "account"}


def bitrix_deal(number: int, days: int = 0) -> dict:
    when = (WHEN + timedelta(days=days)).isoformat()
    return {"ID": str(number), "TITLE": f"Сделка {number}", "STAGE_ID": "WON" if number % 3 == 0 else "NEW", "STAGE_SEMANTIC_ID": "S" if number % 3 == 0 else "P",
            "OPPORTUNITY": "1234.50", "CURRENCY_ID": "RUB", "CLOSED": "Y" if number % 3 == 0 else "N", "ASSIGNED_BY_ID": "1", "CATEGORY_ID": "0",
            "DATE_CREATE": WHEN.isoformat(), "CLOSEDATE": "2026-04-01T03:00:00+03:00", "DATE_MODIFY": when, "UF_CRM_1": ["a", "b"]}


def amo_lead(number: int, days: int = 0) -> dict:
    when = int((WHEN + timedelta(days=days)).timestamp())
    return {"id": number, "name": f"Сделка {number}", "price": 1000, "responsible_user_id": 7, "status_id": 142, "pipeline_id": 1, "created_at": int(WHEN.timestamp()),
            "updated_at": when, "closed_at": when, "is_deleted": False, "custom_fields_values": None, "_embedded": {"tags": [], "companies": []}}


BITRIX_SMALL = {
    "user.get": [{"ID": str(number), "XML_ID": "", "ACTIVE": True, "NAME": "Анна", "LAST_NAME": "Иванова", "EMAIL": f"a{number}@romashka.example", "WORK_POSITION": "менеджер",
                  "DATE_REGISTER": "2024-01-01T00:00:00+03:00", "UF_DEPARTMENT": [1], "USER_TYPE": "employee"} for number in range(1, 61)],
    "crm.stagehistory.list:2": [{"ID": number, "TYPE_ID": 2, "OWNER_ID": 2 * number, "CREATED_TIME": "2026-03-01T10:00:00+03:00", "CATEGORY_ID": 0, "STAGE_SEMANTIC_ID": "P",
                                 "STAGE_ID": "NEW"} for number in range(1, 51)],
    "crm.category.list": [{"id": 0, "name": "Общая", "sort": 300, "entityTypeId": 2, "isDefault": "Y", "originId": "", "originatorId": ""}],
    "crm.status.list": [{"ID": sort, "ENTITY_ID": "DEAL_STAGE", "STATUS_ID": code, "NAME": name, "NAME_INIT": "", "SORT": sort, "SYSTEM": "Y", "CATEGORY_ID": "0", "COLOR": "",
                         "SEMANTICS": semantics} for code, name, sort, semantics in (("NEW", "Новая", "10", None), ("WON", "Успех", "20", "S"))],
    "crm.activity.list": [{"ID": "1", "OWNER_ID": "2", "OWNER_TYPE_ID": "2", "TYPE_ID": "2", "PROVIDER_ID": "VOXIMPLANT_CALL", "SUBJECT": "Звонок", "COMPLETED": "Y",
                           "START_TIME": WHEN.isoformat(), "END_TIME": WHEN.isoformat(), "RESPONSIBLE_ID": "1", "DIRECTION": "2", "CREATED": WHEN.isoformat(),
                           "LAST_UPDATED": WHEN.isoformat(), "BINDINGS": [{"OWNER_ID": "2", "OWNER_TYPE_ID": "2"}]}],
    "tasks.task.list": [{"id": "5", "title": "x", "createdDate": WHEN.isoformat(), "changedDate": WHEN.isoformat(), "responsibleId": "1", "status": "2", "deadline": None}],
    "voximplant.statistic.get": [{"ID": "9", "PORTAL_USER_ID": "1", "PHONE_NUMBER": "+79990000000", "CALL_TYPE": "1", "CALL_DURATION": "30", "CALL_FAILED_CODE": "200",
                                  "CALL_START_DATE": WHEN.isoformat(), "CRM_ENTITY_TYPE": "CONTACT", "CRM_ENTITY_ID": "1", "CRM_ACTIVITY_ID": "1"}],
}
AMO_SMALL = {
    "events": [{"id": f"e{number}", "type": "lead_status_changed", "entity_id": number + 1, "entity_type": "lead", "created_by": 7, "created_at": 1772348400 + number,
                "value_before": [{"lead_status": {"id": 1, "pipeline_id": 1}}], "value_after": [{"lead_status": {"id": 142, "pipeline_id": 1}}], "account_id": 1}
               for number in range(250)],
    "users": [{"id": 7, "name": "Анна", "email": "anna@romashka.example", "lang": "ru", "rights": {"is_active": True}}],
    "leads/pipelines": [{"id": 1, "name": "Воронка", "sort": 1, "is_main": True, "is_unsorted_on": True, "is_archive": False, "account_id": 1, "_embedded": {"statuses": [
        {"id": code, "name": name, "sort": 10, "is_editable": False, "pipeline_id": 1, "color": "#fff", "type": 0, "account_id": 1} for code, name in ((1, "Новая"), (142, "Успешно"))]}},
        {"id": 2, "name": "Вторая", "sort": 2, "is_main": False, "is_unsorted_on": True, "is_archive": False, "account_id": 1, "_embedded": {"statuses": [
            {"id": 142, "name": "Куплено", "sort": 10, "is_editable": False, "pipeline_id": 2, "color": "#fff", "type": 0, "account_id": 1}]}}],
}


class PortalDouble(ThreadingHTTPServer):
    """`lists` is path → records; `faults` is number of a request → what happens instead of an answer."""

    daemon_threads = True

    def __init__(self, bucket: tuple[float, float] = (50, 2)):
        super().__init__(("localhost", 0), _Handler)
        self.size, self.drain = bucket
        self.lists: dict[str, list[dict]] = {}
        self.faults: dict[int, str] = {}
        self.token = CANARY.replace("/", "-")
        self.log: list[tuple[str, str, dict]] = []
        self.times: list[float] = []
        self.too_fast = 0
        self.level, self.seen = 0.0, time.monotonic()
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_address[1]}"

    def take(self) -> bool:
        """The vendor's leaking bucket: whether this request still fits."""
        with self.lock:
            now = time.monotonic()
            self.times.append(now)
            self.level, self.seen = max(0.0, self.level - (now - self.seen) * self.drain) + 1, now
            self.too_fast += self.level > self.size
            return self.level <= self.size

    def asked(self, path: str) -> list[dict]:
        return [query for _, one, query in self.log if one == path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: PortalDouble

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._any("GET")

    def do_POST(self):
        self._any("POST")

    do_PUT = do_PATCH = do_DELETE = do_POST

    def _any(self, verb: str) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path.startswith("/rest/"):
            _, _, user, token, name = unquote(parts.path).split("/", 4)
            path, given, amo = name.removesuffix(".json"), (user, token) == ("1", self.server.token), False
        else:
            path, given, amo = parts.path.removeprefix("/api/v4/"), self.headers.get("Authorization") == f"Bearer {self.server.token}", True
        self.server.log.append((verb, path, query))
        fits, fault = self.server.take(), self.server.faults.pop(len(self.server.log), "")
        if fault == "drop":
            self.connection.close()
            self.close_connection = True
            return None
        if fault == "half":
            self.send_response(200)
            self.send_header("Content-Length", "5000")
            self.end_headers()
            self.wfile.write(b'{"result": [')
            self.close_connection = True
            return None
        if fault == "hang":
            time.sleep(60)
        if not fits or fault == "limit":
            return self._answer(429, {"title": "Too Many Requests", "status": 429, "detail": ""}) if amo else \
                self._answer(503, {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"})
        if fault == "operating":
            return self._answer(429, {"error": "OPERATION_TIME_LIMIT", "error_description": "Method is blocked due to operation time limit."})
        if fault == "ban":
            return self._answer(403, None)
        if fault == "denied":
            return self._answer(403, {"title": "Forbidden", "status": 403, "detail": ""}) if amo else \
                self._answer(401, {"error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the webhook token"})
        if not given:
            return self._answer(401, {"title": "Unauthorized", "type": "https://httpstatus.es/401", "status": 401, "detail": f"no {self.server.token[:3]}"}) if amo else \
                self._answer(401, {"error": "INVALID_CREDENTIALS", "error_description": f"Invalid request credentials {token}"})
        return self._amo(path, query) if amo else self._bitrix(path, query)

    def _bitrix(self, path: str, query: dict) -> None:
        clock = {"start": time.time(), "finish": time.time(), "duration": 0.1, "processing": 0.05, "operating": 0.05, "operating_reset_at": int(time.time()) + 600}
        if path not in BITRIX_LISTS:
            return self._answer(404, {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"})
        rows = self.server.lists.get(path + (f":{query['entityTypeId']}" if path == "crm.stagehistory.list" else ""), [])
        for name, value in query.items():
            kind, _, rest = name.partition("[")
            if kind.lower() != "filter":
                continue
            field = rest.rstrip("]").lstrip("<>=")
            field = {"ID": "id", "CHANGED_DATE": "changedDate"}[field] if path == "tasks.task.list" else field
            if rest.startswith(">="):
                rows = [row for row in rows if datetime.fromisoformat(row[field]) >= datetime.fromisoformat(value)]
            else:
                rows = [row for row in rows if int(row[field]) > int(value)]
        start = int(query.get("start", 0))
        page = rows[max(start, 0):max(start, 0) + 50]
        inside = {"crm.category.list": "categories", "crm.stagehistory.list": "items", "tasks.task.list": "tasks"}.get(path)
        body = {"result": {inside: page} if inside else page, "total": 0 if start < 0 else len(rows), "time": clock}
        if start >= 0 and start + 50 < len(rows):
            body["next"] = start + 50
        return self._answer(200, body)

    def _amo(self, path: str, query: dict) -> None:
        if path not in AMO_LISTS:
            return self._answer(404, {"title": "Not Found", "status": 404, "detail": "Not Found"})
        rows = self.server.lists.get(path, [])
        for name, value in query.items():
            if name.endswith("_at][from]"):
                rows = [row for row in rows if row[name[7:-7]] >= int(value)]
        limit, page = min(int(query.get("limit", 50)), 100 if path == "events" else 250), int(query.get("page", 1))
        some = rows[(page - 1) * limit:page * limit]
        if not some:
            return self._answer(204, None)
        links = {"self": {"href": f"{self.server.url}{self.path}"}}
        if page * limit < len(rows):
            links["next"] = {"href": f"{self.server.url}/api/v4/{path}?page={page + 1}&limit={limit}"}
        return self._answer(200, {"_page": page, "_links": links, "_embedded": {path.rpartition("/")[2]: some}})

    def _answer(self, status: int, body: dict | None) -> None:
        raw = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
