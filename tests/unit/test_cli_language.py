"""The console speaks AUDIT_LANG when it is set; what is written for the client speaks the client's language."""

import contextlib
import os
import re
import subprocess
import sys

import pytest
import yaml

from audit.cli import main
from audit.client import read_client

DEALS = "id,created,closed,stage,amount,owner\n1,2026-03-01,2026-03-05,won,100,Anna\n2,2026-03-02,2026-03-06,lost,50,Petr\n2,2026-03-02,2026-03-06,lost,50,Petr\n"
CYRILLIC = re.compile("[а-яё]", re.I)


@pytest.fixture
def client(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "client.yml").write_text("name: Romashka\nlanguage: ru\n", "utf-8")
    (tmp_path / "inbox" / "deals.csv").write_text(DEALS, "utf-8")
    return tmp_path


@pytest.fixture
def said(monkeypatch, capsys):
    """What a command printed, both streams, with AUDIT_LANG set or not."""

    def call(lang: str | None, *arguments: object) -> str:
        monkeypatch.setenv("COLUMNS", "250")
        if lang:
            monkeypatch.setenv("AUDIT_LANG", lang)
        else:
            monkeypatch.delenv("AUDIT_LANG", raising=False)
        with contextlib.suppress(SystemExit):
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return shown.out + shown.err

    return call


def test_the_intake_is_shown_in_the_language_of_the_console_and_written_in_that_of_the_client(said, client):
    shown = said("en", "intake", client)
    assert "Quarantine" in shown
    assert not CYRILLIC.search(shown)
    assert CYRILLIC.search((client / "quarantine" / "deals.csv").read_text("utf-8-sig"))
    assert CYRILLIC.search(said(None, "intake", client))


def test_the_passport_speaks_the_language_of_the_console(said, client):
    said("en", "intake", client)
    assert not CYRILLIC.search(said("en", "passport", client))
    assert CYRILLIC.search(said(None, "passport", client))


@pytest.mark.parametrize(("lang", "known"), [("en", "names no source"), ("ru", "не назван ни один источник"), ("bg", "не е посочен нито един източник")])
def test_without_a_source_the_console_tells_what_to_add_and_that_can_be_read(said, client, lang, known):
    shown = said(lang, "sources", client)
    assert known in shown
    (client / "client.yml").write_text("name: Romashka\nlanguage: ru\n" + shown.partition("\n\n")[2], "utf-8")
    assert [bool(source.api or source.url) for source in read_client(client / "client.yml").sources] == [True] * 4
    assert yaml.safe_load((client / "client.yml").read_text("utf-8"))["sources"]


def test_a_run_asks_in_the_language_of_the_console(client):
    """A run words its errors inside a notebook, in another process."""
    (client / "inbox" / "deals.csv").write_text("id,created,closed,stage,amount,owner\n" + "".join(
        f"{n},0{n}/0{n + 1}/2026,0{n}/0{n + 2}/2026,won,100,Anna\n" for n in range(1, 7)), "utf-8")
    told = {}
    for lang in ("en", None):
        environment = {name: value for name, value in os.environ.items() if name != "AUDIT_LANG"} | ({"AUDIT_LANG": lang} if lang else {})
        done = subprocess.run([sys.executable, "-m", "audit.cli", "run", str(client), "--quiet"], capture_output=True, text=True, encoding="utf-8",
                              env={**environment, "COLUMNS": "250"}, check=False)
        assert done.returncode == 11, done.stderr
        told[lang] = done.stderr
    assert not CYRILLIC.search(told["en"].replace(str(client), ""))
    assert "Найдено:" in told[None]


def test_a_run_leaves_the_language_of_its_caller_alone(client, monkeypatch):
    from audit.errors import AuditError
    from audit.runner import run

    monkeypatch.delenv("AUDIT_LANG", raising=False)
    (client / "inbox" / "deals.csv").write_text("nothing;known\n1;2\n", "utf-8")
    with pytest.raises(AuditError):
        run(client)
    assert "AUDIT_LANG" not in os.environ
