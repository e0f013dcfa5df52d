"""Places, atomic writes and the lock of a workspace."""

import multiprocessing
import os
import signal
import time

import pytest

from audit.errors import UsageError, WorkspaceError
from audit.starter import start
from audit.workspace import Workspace, read_json, replacing, write_json, write_text


def test_new_workspace_keeps_hostile_names_as_data(tmp_path):
    name = "ООО \"Ромашка\" <script>alert(1)</script> ../../x: {y} # z"
    workspace = start(tmp_path / "c", name=name, language="en", currency="EUR", country="BG")
    assert workspace.client.name == name
    assert workspace.client.time_zone == "Europe/Sofia"
    assert sorted(p.name for p in workspace.root.iterdir()) == ["client.yml", "inbox", "notes"]


def test_a_workspace_is_never_overwritten(tmp_path):
    start(tmp_path / "c", name="A")
    with pytest.raises(UsageError, match=r"already"):
        start(tmp_path / "c", name="B")
    assert Workspace.open(tmp_path / "c").client.name == "A"


def test_a_folder_without_client_yml_is_not_a_workspace(tmp_path):
    with pytest.raises(WorkspaceError, match=r"audit new"):
        Workspace.open(tmp_path)


def test_failed_write_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")
    with pytest.raises(RuntimeError), replacing(path) as part:
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def _write_for_ever(path):
    with replacing(path) as part:
        part.write_text("half")
        time.sleep(60)


def test_killed_write_leaves_the_old_file(tmp_path):
    path = write_text(tmp_path / "a.txt", "old")
    process = multiprocessing.get_context("spawn").Process(target=_write_for_ever, args=(path,))
    process.start()
    deadline = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert path.read_text() == "old"


def test_json_is_whole_and_refuses_not_a_number(tmp_path):
    path = write_json(tmp_path / "a.json", {"b": "ё", "a": 1})
    assert read_json(path) == {"b": "ё", "a": 1}
    with pytest.raises(ValueError, match=r"JSON"):
        write_json(path, {"a": float("nan")})
    assert read_json(path)["a"] == 1


def test_damaged_json_is_told(tmp_path):
    (tmp_path / "a.json").write_text('{"a": ')
    with pytest.raises(WorkspaceError, match=r"a\.json"):
        read_json(tmp_path / "a.json")


def test_second_command_is_locked_out(tmp_path):
    workspace = start(tmp_path / "c", name="A")
    with workspace.lock(), pytest.raises(WorkspaceError) as caught, Workspace.open(workspace.root).lock():
        pass
    assert caught.value.code == 13
    with workspace.lock():
        pass
