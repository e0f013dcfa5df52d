"""What the console says of an intake: every kind that a file was taken for, and the command as a person types it."""

import subprocess
import sys

from audit.cli.console import show_files
from audit.words import Words

EVENTS = ("id,type,entity_id,entity_type,created_by,created_at,value_after.lead_status.id,value_after.lead_status.pipeline_id,value_after.note.id\n"
          "m1,lead_status_changed,1,lead,12,1648000000,9002,7,\nc1,incoming_call,1,lead,12,1648000100,,,\ns1,outgoing_sms,1,lead,12,1648000200,,,\n")


def test_a_file_of_several_tables_is_shown_with_all_its_kinds(desk, capsys, monkeypatch):
    desk.put("leads.csv", "id,name,price,responsible_user_id,status_id,pipeline_id,created_at,closed_at\n1,А,5,12,9002,7,1647945177,\n")
    desk.put("events.csv", EVENTS)
    desk.run()
    monkeypatch.setenv("COLUMNS", "200")
    show_files(desk.report["files"], Words("en"))
    said = capsys.readouterr().out
    assert "amocrm_api_events, amocrm_api_event_calls, amocrm_api_event_messages" in said
    assert "amocrm_api_leads " in said


def test_a_mistake_names_the_command_however_it_was_started(tmp_path):
    for wrong, right in ((["intake"], "audit intake"), (["preset", "list", "--nosuch"], "audit preset")):
        done = subprocess.run([sys.executable, "-m", "audit.cli", *wrong], capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 2
        assert f" {right}\n" in done.stderr and f"{right} --help" in done.stderr and "-m" not in done.stderr.split(), done.stderr
