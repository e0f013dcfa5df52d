"""`audit knowledge add|tag|effects`: what it says, what it ends with, and which day it takes."""

import datetime as dt
import json

import pandas as pd
import pytest

from audit.cli import main
from audit.engine import load
from audit.knowledge.base import Base
from audit.knowledge.desk import judge
from audit.metrics.bases import Bases
from audit.starter import start_demo
from audit.workspace import Workspace


@pytest.fixture
def client(tmp_path):
    return Workspace.create(tmp_path / "client", "name: Пример\nlanguage: ru\n")


@pytest.fixture
def told(capsys, monkeypatch):
    """(exit code, what was printed, what was told) of `audit knowledge`."""
    def run(*arguments):
        monkeypatch.setenv("AUDIT_LANG", "en")
        with pytest.raises(SystemExit) as ended:
            main(["knowledge", *map(str, arguments)])
        shown = capsys.readouterr()
        return ended.value.code or 0, shown.out, shown.err

    return run


def talks(path, text="Менеджер: Давайте созвонимся в среду в 11:30."):
    path.write_text(json.dumps({"case_id": "a", "outcome": "won", "at": "2026-03-01", "text": text}, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def test_files_of_which_nothing_can_be_read(client, told, tmp_path):
    broken, good = tmp_path / "broken.docx", talks(tmp_path / "talks.jsonl")
    broken.write_bytes(b"PK\x03\x04 no document")
    code, _, err = told("add", client.root, broken)
    assert code == 10 and "broken.docx" in err
    assert told("add", client.root, good)[0] == 0  # beside the broken one that lies there
    code, _, err = told("add", client.root, broken)
    assert code == 10
    with Base.open(client) as base:
        assert len(base.cases()) == 1  # what could be read is kept
    assert told("add", client.root, broken, good)[0] == 0


def test_quiet_says_nothing(client, told, tmp_path):
    assert told("add", client.root, talks(tmp_path / "talks.jsonl"), "--quiet") == (0, "", "")
    assert told("tag", client.root, "--quiet") == (0, "", "")
    code, out, err = told("effects", client.root, "--quiet")
    assert (code, out.strip(), err) == (0, str(client.report_dir(dt.date(2026, 3, 1)) / "techniques.json"), "")


def test_the_day_is_that_of_a_run(client, told, tmp_path):
    told("add", client.root, talks(tmp_path / "talks.jsonl"))
    assert judge(client).as_of == dt.date(2026, 3, 1)  # no tables: the last day of the cases
    client.tables.mkdir(exist_ok=True)
    days = pd.to_datetime(["2026-02-01", "2026-03-20"])
    pd.DataFrame({"deal_id": ["1", "2"], "created_at": days, "closed_at": days, "semantic": ["won", "lost"], "amount": [1.0, 2.0]}).to_parquet(client.tables / "deals.parquet")
    assert judge(client).as_of == Bases(load(client)).as_of == dt.date(2026, 3, 20)


@pytest.mark.parametrize("language", [None, "en"])
def test_the_sample_client_speaks_the_language_asked_for(tmp_path, language):
    assert start_demo(tmp_path / "demo", language).client.language == (language or "ru")
