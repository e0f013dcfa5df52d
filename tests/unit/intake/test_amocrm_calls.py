"""Calls of amoCRM that only events tell, or events and notes alike: every row in one table or in quarantine, no call twice."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.errors import UsageError
from audit.intake.presets.own import catalogue

LEADS = ("id,name,price,responsible_user_id,status_id,pipeline_id,created_at,closed_at\n"
         "1,А,5,12,9002,7,1647945177,\n2,Б,5,13,142,7,1647945177,1648117977\n")
EVENTS = "id,type,entity_id,entity_type,created_by,created_at,value_before.lead_status.id,value_before.lead_status.pipeline_id,value_after.lead_status.id,value_after.lead_status.pipeline_id,value_after.note.id\n"
NOTES = "id,entity_id,entity_type,created_by,responsible_user_id,note_type,created_at,params.duration,params.phone,params.call_status\n"
MOVE = "m1,lead_status_changed,1,lead,12,1648000000,9001,7,9002,7,\n"


def call(key: str, *, way: str = "incoming", unit: str = "1", kind: str = "lead", user: str = "12", at: int = 1648000100, note: str = "") -> str:
    return f"{key},{way}_call,{unit},{kind},{user},{at},,,,,{note}\n"


def run(desk, events: str, notes: str = ""):
    desk.put("leads.csv", LEADS)
    desk.put("events.csv", EVENTS + events)
    if notes:
        desk.put("notes.csv", NOTES + notes)
    desk.run()
    return desk.exact("activities", "activity_id", "kind", "entity", "entity_id", "owner_id", "started_at", "done_at", "duration_s", "is_answered")


def test_calls_that_only_events_tell_are_actions_and_moves_of_the_same_file_are_history(desk):
    found = run(desk, MOVE + call("c1") + call("c2", way="outgoing", unit="80", kind="contact", user="0", at=1648000200) + "a1,lead_added,2,lead,13,1648000300,,,142,7,\n")
    assert found == [["event-c1", "call_in", "deal", "1", "12", "2022-03-23 04:48:20", "2022-03-23 04:48:20", None, None],
                     ["event-c2", "call_out", "client", "C_80", None, "2022-03-23 04:50:00", "2022-03-23 04:50:00", None, None]]
    assert [row for row in desk.exact("stage_history", "entity_id", "from_stage", "to_stage", "entered_at") if row[1]] == [["1", "9001", "9002", "2022-03-23 04:46:40"]]
    entry = desk.taken("events.csv", "stage_history", "amocrm_api_events")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (4, 3, {"other_kind": 1})
    assert entry["also"] == [{"preset": "amocrm_api_event_calls", "table": "activities", "rows_in": 2, "rows_kept": 2}]
    assert "lead_added" in desk.quarantine("events.csv") and "_call" not in desk.quarantine("events.csv")


def test_a_call_in_notes_and_events_counts_once_and_the_note_wins(desk):
    notes = ("31,1,leads,12,12,call_in,1648000100,65,+74951234567,4\n32,1,leads,0,0,call_out,1648000200,0,+74951234567,6\n"
             "33,2,leads,13,13,call_out,1648000300,,+74951234567,\n")
    found = run(desk, call("c1", note="31") + call("c2", way="outgoing", at=1648000200) + call("c3", way="outgoing", unit="2", user="13", at=1648000300)
                + call("c4", way="outgoing", unit="2", user="12", at=1648000300)  # another seller in the same second
                + call("c5", unit="2", user="13", at=1648000300)  # another direction
                + call("c6", at=1648000101), notes)  # another second
    assert [row[0] for row in found] == ["event-c4", "event-c5", "event-c6", "note-31", "note-32", "note-33"]
    assert [row[7:] for row in found[3:]] == [[65, True], [0, False], [None, None]]  # what the notes say, not a sum of nothing
    entry = desk.taken("events.csv", "stage_history")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_merged"], entry["reasons"]) == (6, 6, 3, {})
    assert len(found) == 3 + entry["rows_kept"] - entry["rows_merged"]


def test_messages_to_clients_are_actions_and_what_clients_write_is_told_apart(desk):
    def said(key: str, kind: str, at: int, user: str = "12", note: str = "") -> str:
        return f"{key},{kind},1,lead,{user},{at},,,,,{note}\n"

    notes = "31,1,leads,12,12,sms_out,1648000400,,+74951234567,\n32,1,leads,0,12,sms_in,1648000500,,+74951234567,\n"
    found = run(desk, MOVE + said("c1", "outgoing_chat_message", 1648000100) + said("c2", "incoming_chat_message", 1648000200, "0")
                + said("c3", "outgoing_sms", 1648000300) + said("c4", "outgoing_sms", 1648000400, note="31") + said("c5", "incoming_sms", 1648000500, "0")
                + said("c6", "outgoing_chat_message", 1648000600, "0") + said("c7", "talk_created", 1648000600), notes)
    assert [row[:5] for row in found] == [["event-c1", "message", "deal", "1", "12"], ["event-c3", "message", "deal", "1", "12"],
                                          ["event-c6", "message", "deal", "1", None], ["note-31", "message", "deal", "1", "12"]]
    assert desk.exact("activities", "activity_id", "is_auto")[:3] == [["event-c1", False], ["event-c3", False], ["event-c6", True]]
    entry = desk.taken("events.csv", "stage_history")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_merged"], entry["reasons"]) == (8, 5, 1, {"other_kind": 3})
    assert desk.taken("notes.csv", "activities")["reasons"] == {"other_kind": 1}


def test_a_page_of_the_api_that_holds_only_messages(desk):
    desk.put("leads.csv", LEADS)
    desk.put("events.json", json.dumps({"_page": 1, "_embedded": {"events": [
        {"id": f"01ab{at}", "type": kind, "entity_id": 1, "entity_type": "lead", "created_by": 12, "created_at": 1648000100 + at, "value_before": [], "account_id": 1,
         "value_after": [{"message": {"id": f"m{at}", "talk_id": 3, "origin": "telegram"}}]} for at, kind in enumerate(["outgoing_chat_message", "incoming_chat_message"])]}}))
    desk.run()
    assert desk.exact("activities", "activity_id", "kind", "entity_id", "owner_id") == [["event-01ab0", "message", "1", "12"]]
    assert desk.taken("events.json", "stage_history")["reasons"] == {"other_kind": 1}


def test_a_task_of_the_same_second_is_no_call(desk):
    desk.put("tasks.csv", "id,responsible_user_id,entity_id,entity_type,is_completed,task_type_id,text,complete_till,created_at,updated_at\n"
             "41,12,1,leads,false,1,Перезвонить,1648080000,1648000100,1648000100\n")
    found = run(desk, call("c1", way="outgoing"))
    assert {row[0] for row in found} == {"41", "event-c1"}


def test_a_row_of_a_call_that_cannot_be_read_is_refused_once_by_the_reason_of_its_own_table(desk):
    run(desk, MOVE + call("c1") + call("c1", at=1648000500) + call("", at=1648000600) + call("c4", kind="lead", at="31.02.2022"))
    entry = desk.taken("events.csv", "stage_history")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (5, 2, {"bad_date": 1, "duplicate_id": 1, "missing_id": 1})
    assert desk.quarantine("events.csv").count("incoming_call") == 3


def test_pages_of_the_api_and_a_file_of_calls_alone(desk):
    desk.put("leads.csv", LEADS)
    record = {"type": "incoming_call", "entity_type": "lead", "created_by": 12, "value_before": [], "account_id": 1}
    desk.put("events.json", json.dumps({"_page": 1, "_embedded": {"events": [
        {**record, "id": "01abc", "entity_id": 1, "created_at": 1648000100, "value_after": [{"note": {"id": 31}}]},
        {**record, "id": "01abd", "entity_id": 2, "created_at": 1648000200, "value_after": [{"note": {"id": 32}}]}]}}))
    desk.put("notes.json", json.dumps({"_embedded": {"notes": [
        {"id": 32, "entity_id": 2, "created_by": 13, "responsible_user_id": 13, "note_type": "call_in", "created_at": 1648000205,
         "params": {"uniq": "u", "duration": 7, "source": "pbx", "phone": "+74951234567"}}]}}))
    desk.run()
    assert desk.exact("activities", "activity_id", "kind", "entity_id", "owner_id", "duration_s") == [
        ["event-01abc", "call_in", "1", "12", None], ["note-32", "call_in", "2", "13", 7]]
    entry = desk.taken("events.json", "stage_history")
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_merged"], entry["reasons"]) == (2, 2, 1, {})
    desk.run()  # mapping.yml of the first run gives the same
    assert desk.taken("events.json", "stage_history") == entry


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["lead_status_changed", "incoming_call", "outgoing_call", "outgoing_chat_message", "incoming_chat_message", "lead_added", ""]), st.sampled_from(["1", "2", "9", ""]),
                          st.sampled_from(["lead", "contact", "customer", ""]), st.integers(0, 3), st.booleans()), max_size=8))
def test_every_row_of_a_file_of_events_is_in_one_table_or_in_quarantine(new_desk, tmp_path_factory, rows):
    desk = new_desk(tmp_path_factory.mktemp("desk") / "client")
    events = [f"e{at},{kind},{unit},{of},12,{1648000000 + second},9001,7,9002,7,\n" for at, (kind, unit, of, second, _) in enumerate(rows)]
    notes = [f"{at},{unit},leads,12,12,call_in,{1648000000 + second},5,,4\n" for at, (_, unit, _, second, noted) in enumerate(rows) if noted]
    desk.put("leads.csv", LEADS)
    desk.put("events.csv", EVENTS + "".join(events))
    desk.put("notes.csv", NOTES + "".join(notes))
    desk.run()
    made = 0
    for entry in desk.report["files"]:
        assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"] == entry["rows_kept"] + sum(entry["reasons"].values())
        made += entry["rows_kept"] - entry["rows_merged"]
    history = [row for row in desk.exact("stage_history", "from_stage") if row[0]] if "stage_history" in desk.report["tables"] else []
    actions = desk.report["tables"].get("activities", 0)
    assert made == 2 + len(history) + actions
    refused = desk.quarantine("events.csv").splitlines()[1:] if (desk.root / "quarantine" / "events.csv").exists() else []
    assert len(refused) == desk.entry("events.csv")["rows_quarantined"] if rows else not refused


def test_a_preset_that_names_a_further_shape_nobody_knows_is_told(tmp_path):
    (tmp_path / "own.yml").write_text("name: own\nshapes:\n  own_log:\n    table: deals\n    require: [[id]]\n    columns: {deal_id: [id]}\n    also: [own_cals]\n", "utf-8")
    with pytest.raises(UsageError) as caught:
        catalogue(tmp_path)
    assert "own_cals" in str(caught.value) and "own.yml" in str(caught.value)
