"""`audit knowledge search`: filters that can be, and what is told of those that cannot."""

import json

import pytest

from audit.cli import main
from audit.knowledge.desk import take
from audit.workspace import Workspace


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    made = Workspace.create(tmp_path_factory.mktemp("search") / "client", "name: Пример\nlanguage: ru\n")
    made.talks.mkdir(parents=True)
    rows = [("a", "won", "Менеджер: Давайте созвонимся в среду в 11:30."), ("b", "lost", "Менеджер: Скидки не будет.")]
    (made.talks / "talks.jsonl").write_text("".join(json.dumps({"case_id": case, "outcome": outcome, "text": text}, ensure_ascii=False) + "\n" for case, outcome, text in rows), encoding="utf-8")
    take(made)
    return made.root


def said(capsys, monkeypatch, *arguments):
    """(exit code, what was printed, what was told) of `audit knowledge search`."""
    monkeypatch.setenv("AUDIT_LANG", "en")
    with pytest.raises(SystemExit) as ended:
        main(["knowledge", "search", *map(str, arguments)])
    shown = capsys.readouterr()
    return ended.value.code or 0, shown.out, shown.err


def test_words_and_filters(client, capsys, monkeypatch):
    code, out, _ = said(capsys, monkeypatch, client, "скидок", "--where", "outcome=lost", "--where", "speaker=seller")
    assert code == 0
    assert "Скидки" in out
    code, out, _ = said(capsys, monkeypatch, client, "--where", "technique=next_step,benefit")
    assert code == 0
    assert "среду" in out


@pytest.mark.parametrize(("where", "nearest"), [("technique=next_stop", "next_step"), ("outcome=win", "won"), ("speaker=sellers", "seller"), ("owners=x", "owner")])
def test_a_filter_that_cannot_be_names_the_nearest(client, capsys, monkeypatch, where, nearest):
    code, out, err = said(capsys, monkeypatch, client, "--where", where)
    assert code == 2
    assert out == ""
    assert nearest in err.split("nearest known is:")[1].splitlines()[0]
