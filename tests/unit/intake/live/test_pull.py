"""Portals: every record once, whatever fails on the way; the pace kept; nothing asked but lists; no token shown."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from canary import CANARY, everything
from portal import AMO_LISTS, AMO_SMALL, BITRIX_LISTS, BITRIX_SMALL, PortalDouble, amo_lead, bitrix_deal

from audit.errors import AuditError
from audit.intake.live import http
from audit.intake.live.pull import pull
from audit.intake.live.state import states


@pytest.fixture
def portal(monkeypatch):
    server = PortalDouble()
    monkeypatch.setenv("CRM_TOKEN", server.token)
    monkeypatch.setattr(http, "FIRST_PAUSE", 0.02)
    yield server
    assert {verb for verb, _, _ in server.log} <= {"GET"}  # nothing was asked to change
    assert {path for _, path, _ in server.log} <= BITRIX_LISTS | AMO_LISTS
    assert server.too_fast == 0
    server.shutdown()
    server.server_close()


def bitrix(desk, portal, monkeypatch, more: str = "") -> None:
    monkeypatch.setenv("CRM_TOKEN", f"1/{portal.token}")
    desk.client(f"sources: [{{api: bitrix24, url: '{portal.url}', token: 'env:CRM_TOKEN'{more}}}]\n")
    portal.lists |= BITRIX_SMALL | {"crm.deal.list": [bitrix_deal(number) for number in range(2, 262, 2)]}


def amo(desk, portal) -> None:
    desk.client(f"sources: [{{api: amocrm, url: '{portal.url}', token: 'env:CRM_TOKEN'}}]\n")
    portal.lists |= AMO_SMALL | {"leads": [amo_lead(number) for number in range(1, 601)]}


def lines(desk, name: str) -> list[dict]:
    return [json.loads(line) for line in (desk.root / "inbox" / name).read_text("utf-8").splitlines()]


def test_bitrix_comes_in_whole(desk, portal, monkeypatch):
    bitrix(desk, portal, monkeypatch)
    found = {one.list: one for one in pull(desk.root)}
    assert lines(desk, "bitrix24/crm.deal.list.jsonl") == portal.lists["crm.deal.list"]  # as the portal gave them
    assert lines(desk, "bitrix24/user.get.jsonl") == portal.lists["user.get"]
    assert len(lines(desk, "bitrix24/crm.stagehistory.list.deals.jsonl")) == 50
    assert (found["crm.deal.list"].rows, found["crm.category.list"].rows, found["tasks.task.list"].rows) == (130, 1, 1)
    assert not any(one.refused for one in found.values())
    assert [query["filter[>ID]"] for query in portal.asked("crm.deal.list")] == ["0", "100", "200"]
    desk.run()
    found = {entry["file"]: entry for entry in desk.report["files"]}
    assert all(entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"] for entry in found.values())
    assert found["bitrix24/crm.deal.list.jsonl"]["rows_kept"] == 130
    assert found["bitrix24/crm.stagehistory.list.deals.jsonl"]["rows_kept"] == 50
    assert len(desk.table("activities")) >= 1
    assert set(desk.table("deals")["stage_id"]) == {"Новая", "Успех"}  # by the dictionary that was pulled


def test_amocrm_comes_in_whole(desk, portal):
    amo(desk, portal)
    pull(desk.root)
    assert lines(desk, "amocrm/leads.jsonl") == portal.lists["leads"]
    assert len(lines(desk, "amocrm/events.jsonl")) == 250
    assert lines(desk, "amocrm/pipelines.jsonl") == portal.lists["leads/pipelines"]
    assert [(one["pipeline_id"], one["id"]) for one in lines(desk, "amocrm/statuses.jsonl")] == [(1, 1), (1, 142), (2, 142)]
    assert lines(desk, "amocrm/tasks.jsonl") == []
    desk.run()
    assert (len(desk.table("deals")), set(desk.table("deals")["stage_id"])) == (600, {"Успешно"})
    assert len(desk.table("stage_history")) >= 250


def test_a_later_pull_asks_for_what_is_new(desk, portal, monkeypatch):
    bitrix(desk, portal, monkeypatch)
    pull(desk.root)
    portal.log.clear()
    future = 5000  # far after the clock of the first pull
    portal.lists["crm.deal.list"][0] = bitrix_deal(2, future) | {"TITLE": "иначе"}
    portal.lists["crm.deal.list"].append(bitrix_deal(999, future))
    found = {one.list: one for one in pull(desk.root)}
    assert (found["crm.deal.list"].new, found["crm.deal.list"].rows) == (2, 131)
    deals = {deal["ID"]: deal for deal in lines(desk, "bitrix24/crm.deal.list.jsonl")}
    assert (len(deals), deals["2"]["TITLE"], deals["4"]["TITLE"]) == (131, "иначе", "Сделка 4")
    assert all("filter[>=DATE_MODIFY]" in query for query in portal.asked("crm.deal.list"))
    assert found["user.get"].rows == 60  # lists without a time of change are read whole
    portal.lists["crm.deal.list"] = portal.lists["crm.deal.list"][:5]
    assert {one.list: one.rows for one in pull(desk.root, fresh=True)}["crm.deal.list"] == 5


def test_since_is_asked_for(desk, portal, monkeypatch):
    bitrix(desk, portal, monkeypatch, ", since: 2026-03-05")
    portal.lists["crm.deal.list"] += [bitrix_deal(1000, 10)]
    assert {one.list: one.rows for one in pull(desk.root)}["crm.deal.list"] == 1
    assert portal.asked("crm.deal.list")[0]["filter[>=DATE_MODIFY]"] == "2026-03-05T00:00:00+03:00"


@pytest.mark.parametrize("fault", ["limit", "operating", "drop", "half"])
@pytest.mark.parametrize("system", ["bitrix24", "amocrm"])
def test_what_passes_is_waited_out(desk, portal, monkeypatch, fault, system):
    amo(desk, portal) if system == "amocrm" else bitrix(desk, portal, monkeypatch)
    portal.faults = {1: fault, 2: fault, 4: fault, 9: fault}
    assert not any(one.refused for one in pull(desk.root))
    if system == "amocrm":
        assert lines(desk, "amocrm/leads.jsonl") == portal.lists["leads"]
    else:
        assert lines(desk, "bitrix24/crm.deal.list.jsonl") == portal.lists["crm.deal.list"]


def test_a_list_that_the_token_may_not_see_is_told_and_the_others_come(desk, portal, monkeypatch):
    bitrix(desk, portal, monkeypatch)
    portal.faults = {4: "denied"}  # the list after three pages of deals
    found = {one.list: one for one in pull(desk.root)}
    assert "insufficient_scope" in found["crm.lead.list"].refused
    assert [name for name, one in found.items() if one.refused] == ["crm.lead.list"]


def test_a_ban_stops_at_once(desk, portal):
    amo(desk, portal)
    portal.faults = {1: "ban"}
    with pytest.raises(AuditError, match="blocked"):
        pull(desk.root)
    assert len(portal.log) == 1


@pytest.mark.parametrize("system", ["bitrix24", "amocrm"])
def test_a_token_that_expires_stops_and_the_next_goes_on(desk, portal, monkeypatch, system):
    amo(desk, portal) if system == "amocrm" else bitrix(desk, portal, monkeypatch)
    good, answers = portal.token, []
    whole = portal.take

    def expiring() -> bool:
        answers.append(1)
        if len(answers) == 2:
            portal.token = "another-" + good
        return whole()

    monkeypatch.setattr(portal, "take", expiring)
    # the second request was checked by the old token, the third meets the new one
    with pytest.raises(AuditError) as caught:
        pull(desk.root)
    assert caught.value.key == "live.token_gone"
    assert CANARY[:9] not in str(caught.value) + everything(desk)
    first = len(portal.log)
    monkeypatch.setenv("CRM_TOKEN", portal.token if system == "amocrm" else f"1/{portal.token}")
    pull(desk.root)
    name, path = ("amocrm/leads.jsonl", "leads") if system == "amocrm" else ("bitrix24/crm.deal.list.jsonl", "crm.deal.list")
    assert lines(desk, name) == portal.lists[path]
    again = [query for _, one, query in portal.log[first:] if one == path]
    assert (again[0]["page"] if system == "amocrm" else again[0]["filter[>ID]"]) == ("3" if system == "amocrm" else "200")


@pytest.mark.parametrize("system", ["bitrix24", "amocrm"])
def test_a_killed_pull_goes_on_from_the_last_stored_page(desk, portal, monkeypatch, system):
    amo(desk, portal) if system == "amocrm" else bitrix(desk, portal, monkeypatch)
    portal.faults = {3: "hang"}
    process = subprocess.Popen([sys.executable, "-m", "audit.cli", "pull", desk.root, "--quiet"], env={**os.environ}, stderr=subprocess.PIPE)
    for _ in range(600):
        if len(portal.log) >= 3 or process.poll() is not None:
            break
        time.sleep(0.05)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list((desk.root / "inbox").rglob("*.jsonl"))  # nothing half-done is in inbox
    (part,) = (desk.root / ".audit" / "pull").rglob("*.jsonl")
    with open(part, "ab") as file:
        file.write(b'{"ID": "torn')  # as if the kill had come in the middle of a line
    pull(desk.root)
    name, path = ("amocrm/leads.jsonl", "leads") if system == "amocrm" else ("bitrix24/crm.deal.list.jsonl", "crm.deal.list")
    assert lines(desk, name) == portal.lists[path]
    pages = [query.get("page") or query["filter[>ID]"] for query in portal.asked(path)]
    assert pages == (["1", "2", "3", "3"] if system == "amocrm" else ["0", "100", "200", "200"])


def test_the_pace_of_the_portal_is_kept(desk, portal, monkeypatch):
    """2 requests a second after a burst: the double answers 503 as the vendor does when its bucket is full."""
    bitrix(desk, portal, monkeypatch)
    portal.lists["crm.deal.list"] = [bitrix_deal(number) for number in range(1, 1250)]
    began = time.monotonic()
    pull(desk.root)
    asked = len(portal.log)
    assert asked > 36
    assert time.monotonic() - began >= (asked - 31) / 2
    assert portal.too_fast == 0


def test_the_pace_of_amocrm_is_kept(desk, portal):
    amo(desk, portal)
    pull(desk.root)
    for at in range(len(portal.times)):
        assert sum(portal.times[at] <= one < portal.times[at] + 1 for one in portal.times) <= 7


def test_a_method_near_its_limit_of_work_rests(desk, portal, monkeypatch):
    from audit.intake.live.portals import _bitrix_pause

    assert 2 < _bitrix_pause({"time": {"operating": 470, "operating_reset_at": time.time() + 3}}) <= 3
    assert _bitrix_pause({"time": {"operating": 10, "operating_reset_at": time.time() + 3}}) == 0


def test_no_token_in_anything_that_is_written_or_printed(desk, portal, monkeypatch):
    bitrix(desk, portal, monkeypatch)
    environment = {**os.environ, "CRM_TOKEN": f"1/{portal.token}x", "PYTHONWARNINGS": "always"}
    for token, code in ((f"1/{portal.token}", 0), (f"1/{portal.token}wrong", 2), (f"{portal.url}/rest/1/{portal.token}/", 0), (f"https://other.example/rest/1/{portal.token}/", 2)):
        for command in ("sources", "pull"):
            done = subprocess.run([sys.executable, "-m", "audit.cli", command, desk.root], capture_output=True, text=True, check=False, env={**environment, "CRM_TOKEN": token})
            assert done.returncode == (code if command == "pull" else 0), done.stderr
            assert CANARY[:9] not in done.stdout + done.stderr + everything(desk)
            assert "Traceback" not in done.stderr


def test_a_token_does_not_travel_unprotected(desk, monkeypatch):
    monkeypatch.setenv("CRM_TOKEN", "x")
    desk.client("sources: [{api: amocrm, url: 'http://romashka.example', token: 'env:CRM_TOKEN'}]\n")
    with pytest.raises(AuditError, match="https"):
        pull(desk.root)


def test_states_of_portals_files_and_places(desk, portal):
    import sqlite3

    with sqlite3.connect(desk.root / "x.db") as connection:
        connection.execute("CREATE TABLE deals AS SELECT 1 AS id UNION SELECT 2")
    connection.close()
    desk.client(f"sources: [{{api: amocrm, url: '{portal.url}', token: 'env:CRM_TOKEN'}}, {{sqlite: x.db}}, {{sqlite: y.db}}, {{file: '*.csv'}}]\n")
    desk.put("a.csv", "a;b\n")
    found = states(desk.root)
    assert [(one.table, one.rows, bool(one.problem)) for one in found] == [("", None, False), ("deals", 2, False), ("", None, True), ("", 1, False)]
