"""What lies in inbox/ and is no file that can be read is told of, never waited for and never left out silently."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from audit.errors import UnreadableError
from audit.intake import intake
from audit.runner.steps import hashes

DEALS = "id,created,closed,stage,amount,owner\n1,2026-03-01,2026-03-05,won,100,Anna\n2,2026-03-02,2026-03-06,lost,50,Petr\n"


@contextmanager
def within(seconds: int):
    """Fails instead of waiting for ever."""

    def late(*_):
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def fifo(inbox):
    os.mkfifo(inbox / "odd.csv")
    return "no_file"


def plug(inbox):
    with socket.socket(socket.AF_UNIX) as one:
        here = os.getcwd()
        os.chdir(inbox)  # the path of a socket must be short
        try:
            one.bind("odd.csv")
        finally:
            os.chdir(here)
    return "no_file"


def loop(inbox):
    (inbox / "odd.csv").symlink_to("odd.csv")
    return "broken_link"


def dangling(inbox):
    (inbox / "odd.csv").symlink_to("nowhere.csv")
    return "broken_link"


def around(inbox):
    (inbox / "odd.csv").symlink_to("..")
    return "linked_folder"


def folder(inbox):
    (inbox / "odd.csv").mkdir()
    return "folder"


ODD = [fifo, plug, loop, dangling, around, folder]


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_entry_beside_deals_is_named_and_the_deals_are_read(desk, odd):
    desk.put("deals.csv", DEALS)
    why = odd(desk.root / "inbox")
    with within(60):
        desk.run()
        hashes([desk.root / "inbox"])
    assert desk.entry("odd.csv")["problem"] == why
    assert len(desk.table("deals")) == 2


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_entry_alone_is_told_in_three_parts(desk, odd):
    odd(desk.root / "inbox")
    with within(60), pytest.raises(UnreadableError) as caught:
        desk.run()
    for lang in ("ru", "en", "bg"):
        assert "odd.csv" in caught.value.told(lang)
        assert len(caught.value.told(lang).splitlines()) == 3


def test_files_in_a_folder_under_the_name_of_a_file_are_read(desk):
    (desk.root / "inbox" / "x.csv").mkdir()
    desk.put("x.csv/deals.csv", DEALS)
    desk.run()
    assert [entry["file"] for entry in desk.report["files"]] == ["x.csv/deals.csv"]


def bound_by_rights(desk) -> subprocess.CompletedProcess:
    """Runs the intake in a process that has no more rights than the owner of its files; a privileged one may read everything."""
    program = """import ctypes, os, sys
if os.geteuid() == 0:
    for right in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        ctypes.CDLL(None).prctl(24, right, 0, 0, 0)  # PR_CAPBSET_DROP
os.execv(sys.executable, [sys.executable, "-m", "audit.cli", "intake", sys.argv[1], "--lang", "en"])"""
    environment = {**os.environ, "COLUMNS": "200"}
    return subprocess.run([sys.executable, "-c", program, str(desk.root)], capture_output=True, text=True, env=environment, check=False, timeout=120)


def test_a_file_without_rights_is_named_and_the_others_are_read(desk):
    desk.put("deals.csv", DEALS).chmod(0o644)
    for name in ("secret.csv", "secret.xlsx", "base.db", "base.db-wal"):
        desk.put(name, DEALS).chmod(0)
    (desk.root / "inbox" / "closed").mkdir(mode=0)
    done = bound_by_rights(desk)
    (desk.root / "inbox" / "closed").chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found = {entry["file"]: entry.get("problem") for entry in desk.report["files"]}
    assert found == {"deals.csv": None, **dict.fromkeys(["secret.csv", "secret.xlsx", "base.db", "base.db-wal", "closed"], "no_rights")}


def test_a_folder_that_may_not_be_written_is_told_in_three_parts(desk):
    desk.put("deals.csv", DEALS).chmod(0o644)
    desk.root.chmod(0o555)
    done = bound_by_rights(desk)
    desk.root.chmod(0o755)
    assert (done.returncode, "Traceback" in done.stderr) == (13, False)
    assert [line.partition(":")[0] for line in done.stderr.strip().splitlines()] == ["Found", "Where", "Next"]


def test_a_file_that_goes_while_it_is_read_is_named(desk, monkeypatch):
    """Another program may take a file away between the listing and the reading."""
    from audit.intake import inbox

    desk.put("deals.csv", DEALS)
    gone = desk.put("gone.csv", DEALS)
    read = inbox.read_table

    def taken(path, *rest):
        if path == gone:
            gone.unlink(missing_ok=True)
        return read(path, *rest)

    monkeypatch.setattr(inbox, "read_table", taken)
    intake(desk.root, lang="en")
    assert desk.entry("gone.csv")["problem"] == "disk_error"
