"""The file of the base: made once, refused when damaged, newer or not ours, never made anew over what was there; many work in it at once."""

import multiprocessing
import sqlite3
import threading
from contextlib import closing

import pytest

from audit.errors import WorkspaceError
from audit.knowledge.base import Base
from audit.knowledge.base import schema as tables
from audit.knowledge.base.file import File
from audit.workspace import Workspace

CASE = {"case_id": "a", "said": [("client", "скидка")]}


@pytest.fixture
def file(tmp_path, read):
    """A closed base with a case."""
    with Base.open(tmp_path / "knowledge.sqlite") as base:
        base.add(read(CASE))
    return tmp_path / "knowledge.sqlite"


def test_the_base_of_a_workspace_lies_in_it(tmp_path):
    workspace = Workspace.create(tmp_path / "client", 'name: "x"\n')
    with Base.open(workspace) as one, Base.open(str(workspace.root)) as other:
        assert one.path == other.path == workspace.root / "knowledge.sqlite"
    for wrong in (tmp_path, tmp_path / "none" / "k.sqlite"):
        with pytest.raises(WorkspaceError):
            Base.open(wrong)


def test_it_is_written_ahead_and_to_the_disk(file):
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("PRAGMA user_version").fetchone() == (len(tables.STEPS),)
    with File(file).reading() as base:
        assert [base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "foreign_keys")] == [2, 1]
    assert [path.name for path in file.parent.iterdir() if ".part" in path.name] == []


def spoil(file, content: bytes) -> bytes:
    for left in file.parent.glob("knowledge.sqlite-*"):
        left.unlink()
    file.write_bytes(content)
    return content


@pytest.mark.parametrize("how", ["empty", "text", "cut", "overwritten", "middle"])
def test_a_damaged_base_is_told_and_left_as_it_is(file, how):
    raw = file.read_bytes()
    ruined = {"empty": b"", "text": b"case_id;text\n", "cut": raw[:5000], "overwritten": b"\x00" * len(raw), "middle": raw[:4096] + b"\xff" * (len(raw) - 4096)}[how]
    spoil(file, ruined)
    with pytest.raises(WorkspaceError) as caught, Base.open(file) as base:
        base.texts()
        base.search("скидка")
    assert caught.value.code == 13 and all(caught.value.parts(lang)[2] for lang in ("ru", "en", "bg"))
    assert file.read_bytes() == ruined


def test_a_newer_base_and_one_of_others_are_refused_unchanged(file):
    for pragma, key in ((f"user_version = {len(tables.STEPS) + 1}", "base.later"), ("application_id = 7", "base.not_ours")):
        with closing(sqlite3.connect(file)) as other:
            before = other.execute(f"PRAGMA {pragma.split()[0]}").fetchone()[0]
            other.execute(f"PRAGMA {pragma}")
        raw = file.read_bytes()
        with pytest.raises(WorkspaceError) as caught:
            Base.open(file)
        assert caught.value.key == key and caught.value.code == 13 and file.read_bytes() == raw
        with closing(sqlite3.connect(file)) as other:
            other.execute(f"PRAGMA {pragma.split()[0]} = {before}")


def test_a_base_that_was_lost_beside_its_journal_is_not_made_anew(file):
    file.rename(file.with_name("moved"))
    file.with_name("knowledge.sqlite-wal").write_bytes(b"journal")
    with pytest.raises(WorkspaceError) as caught:
        Base.open(file)
    assert caught.value.key == "base.lost" and not file.exists()


def test_an_index_that_lacks_an_utterance_is_noticed(file):
    with closing(sqlite3.connect(file)) as other, other:
        other.execute("DELETE FROM words")
    with Base.open(file) as base:
        assert len(base.check()) == 1


def test_an_older_base_takes_the_steps_it_lacks_all_or_none(tmp_path):
    steps = (*tables.STEPS, "ALTER TABLE cases ADD COLUMN note TEXT;\nCREATE TABLE more (id INTEGER);\n")
    with closing(sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)) as base:
        tables.migrate(base)
        base.execute("INSERT INTO cases (case_id) VALUES ('a')")
        with pytest.raises(sqlite3.OperationalError):
            tables.migrate(base, (*steps, "CREATE TABLE third (id INTEGER);\nCREATE TABLE more (id INTEGER);\n"))
        assert base.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('more', 'third')").fetchone() == (0,)
        assert base.execute("PRAGMA user_version").fetchone() == (len(tables.STEPS),)
        tables.migrate(base, steps)
        tables.migrate(base, steps)
        assert base.execute("SELECT case_id, note FROM cases").fetchall() == [("a", None)]
        assert base.execute("PRAGMA user_version").fetchone() == (len(steps),)


def test_a_base_that_others_hold_is_told(file, read, monkeypatch):
    monkeypatch.setattr("audit.knowledge.base.file.WAIT", 0.2)
    with closing(sqlite3.connect(file, isolation_level=None)) as other, Base.open(file) as base:
        other.execute("BEGIN IMMEDIATE")
        assert len(base.texts()) == 1  # readers do not wait
        with pytest.raises(WorkspaceError) as caught:
            base.add(read({**CASE, "case_id": "b"}))
        other.execute("ROLLBACK")
        assert caught.value.key == "base.busy"
        assert base.add(read({**CASE, "case_id": "b"}))["added"] == 1


def _work(path, name: str, cases: int, read) -> None:
    with Base.open(path) as base:
        for number in range(cases):
            base.add(read({"case_id": f"{name}-{number}", "said": [("client", f"скидка {name}{number}")]}, {"case_id": "shared", "owner": f"{name}{number}"}))
            assert base.search(f"{name}{number}")["case_id"].tolist() == [f"{name}-{number}"]


def test_threads_and_processes_write_and_read_at_once(tmp_path, read):
    """One object in four threads and two processes of their own, from the moment on at which there is no base yet."""
    path, failed = tmp_path / "knowledge.sqlite", list[BaseException]()
    others = [multiprocessing.get_context("fork").Process(target=_work, args=(path, f"p{number}", 15, read)) for number in range(2)]
    for one in others:
        one.start()
    with Base.open(path) as base:
        def work(name: str) -> None:
            try:
                for number in range(15):
                    base.add(read({"case_id": f"{name}-{number}", "said": [("client", f"скидка {name}{number}")]}))
                    base.search("скидка")
                    base.cases()
            except BaseException as problem:
                failed.append(problem)

        threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(4)]
        for one in threads:
            one.start()
        for one in (*threads, *others):
            one.join(60)
        assert failed == [] and [one.exitcode for one in others] == [0, 0]
        assert len(base.cases()) == 6 * 15 + 1
        assert len(base.search("скидка", limit=1000)) == 90
        assert base.case_history("shared")["latest"].sum() == 1
        assert base.check() == []


@pytest.mark.parametrize(("statement", "said"), [
    ("INSERT INTO child VALUES (1, 7)", "FOREIGN KEY"),  # found out by COMMIT alone, which leaves the transaction open
    ("INSERT OR ROLLBACK INTO parent VALUES (1)", "UNIQUE"),  # SQLite has rolled back by itself
])
def test_what_went_wrong_is_told_and_nothing_is_left_open(statement, said):
    base = sqlite3.connect(":memory:", isolation_level=None)
    base.execute("PRAGMA foreign_keys = ON")
    base.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
    base.execute("CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)")
    base.execute("INSERT INTO parent VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError, match=said), tables.transaction(base, "BEGIN IMMEDIATE"):
        base.execute("INSERT INTO parent VALUES (2)")
        base.execute(statement)
    assert not base.in_transaction
    assert base.execute("SELECT id FROM parent").fetchall() == [(1,)]
    assert base.execute("SELECT id FROM child").fetchall() == []
