"""One client's command in its own process: killed, out of memory, out of time, and what is told of it."""

import os
import signal
import sys
import threading
import time

import pyarrow as pa
import pytest

from audit.portfolio.find import clients
from audit.portfolio.told import three_parts
from audit.portfolio.work import Commands, Done, Task, stoppable, work
from audit.words import Words
from audit.workspace import Workspace, write_parquet

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


def worked(folder, *, befalls=None, timeout=120):
    """The outcome of a fresh run of the good client, to whose process `befalls` happens once it is there."""
    found, commands = [], Commands()

    def run():
        found.append(work(Task(str(folder / "good"), ("run", str(folder / "good"), "--fresh", "--quiet"), {"AUDIT_LANG": "en"}, timeout), commands))

    thread = threading.Thread(target=run)
    thread.start()
    if befalls:
        until = time.monotonic() + 30
        while not commands.running and time.monotonic() < until:
            time.sleep(0.01)
        befalls(next(iter(commands.running)).pid)
    thread.join()
    return found[0]


def told(done, folder):
    return three_parts(done, "good", Words("en"), 2, "audit run")


def test_a_killed_command_is_told_as_killed(folder):
    done = worked(folder, befalls=lambda pid: os.kill(pid, signal.SIGKILL))
    assert (done.ended, done.code) == ("killed", -9)
    parts = told(done, folder)
    assert "killed from outside (signal 9)" in parts["found"]
    assert parts["next"].endswith("audit run good")


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process")
def test_a_command_without_memory_fails_alone(folder):
    import resource

    done = worked(folder, befalls=lambda pid: resource.prlimit(pid, resource.RLIMIT_AS, (150_000_000, 150_000_000)))
    assert done.ended in ("exit", "killed")
    assert done.code != 0
    assert set(told(done, folder)) == {"found", "where", "next"}


def test_a_command_that_hangs_is_stopped_with_all_it_started(folder):
    from psutil import process_iter

    done = worked(folder, timeout=2.5)
    assert (done.ended, done.code) == ("timeout", None)
    assert done.seconds < 20
    assert "not done within 2 seconds" in told(done, folder)["found"]
    place = str(folder / "good")
    assert not [one.pid for one in process_iter(["cmdline"]) if place in (one.info["cmdline"] or ())]


def test_what_was_stopped_stays_stopped_and_the_next_ones_run():
    version = Task("x", ("--version",), {}, 60)
    with stoppable() as first:
        assert work(version, first)[:3] == ("x", "exit", 0)
    assert work(version, first)[:3] == ("x", "killed", -9)  # one that came too late
    with stoppable() as second:
        assert work(version, second)[:3] == ("x", "exit", 0)
    assert work(version)[:3] == ("x", "exit", 0)


def test_a_crash_is_told_by_its_last_line_without_people(tmp_path):
    (tmp_path / "client.yml").write_text("name: X\nprivacy: initials\n", encoding="utf-8")
    workspace = Workspace.open(tmp_path)
    write_parquet(workspace.tables / "contacts.parquet", pa.table({"contact_id": ["1"], "name": ["Vera Contact"]}))
    write_parquet(workspace.tables / "users.parquet", pa.table({"user_id": ["1"], "name": ["Anna Lis"]}))
    trace = f"Traceback (most recent call last):\n  File x\nValueError: Vera Contact of Anna Lis, vera@contact.example, +359 888 123 456 in {tmp_path}/tables/deals.parquet\n"
    parts = three_parts(Done(str(tmp_path), "exit", 1, 1.0, told=trace), "clients/x", Words("en"), 9, "audit run")
    assert parts["found"].startswith("the client's command ended with exit code 1: ValueError: ••• of •••, v•••@•••, ••• in clients/x/tables/deals.parquet")
    assert parts["next"] == "run it alone and see the whole message: audit run clients/x"


def test_the_last_error_of_several_is_the_one_that_is_told(tmp_path):
    text = "Found: a\nWhere: b\nNext: c\nnoise\nFound: d\nd2\nWhere: e\nNext: f\n"
    assert three_parts(Done(str(tmp_path), "exit", 10, 1.0, told=text), "x", Words("en"), 9, "audit run") == {"found": "d d2", "where": "e", "next": "f"}
    assert "exit code 10" in three_parts(Done(str(tmp_path), "exit", 10, 1.0, told="Found: a\nWhere: b\n"), "x", Words("en"), 9, "audit run")["found"]


def test_folders_of_clients_are_opened_and_each_client_comes_once(folder, tmp_path):
    names = [path.name for path in clients([folder / "good", folder, tmp_path / "nowhere", folder / "notes"])]
    assert names == ["good", "broken", "empty", "nowhere", "notes"]
