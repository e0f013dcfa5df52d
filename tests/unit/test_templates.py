"""`audit template`: lists the starters, copies one or all, never over a file."""

import pytest

from audit.cli import main
from audit.errors import UsageError
from audit.starter import copy_templates, templates


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code or 0


@pytest.mark.parametrize(("lang", "word"), [("ru", "План"), ("en", "targets"), ("bg", "продажби")])
def test_list_in_every_language(capsys, lang, word):
    assert run("template", "--lang", lang) == 0
    said = capsys.readouterr().out
    assert word in said and said.count("\n") == len(templates(lang)) == 16


def test_copy_one_with_its_csv_and_never_over_a_file(tmp_path, capsys):
    assert run("template", "spend", "--to", str(tmp_path), "--lang", "en") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["spend.csv", "spend.xlsx"]
    (tmp_path / "spend.xlsx").write_text("mine")
    assert run("template", "spend", "--to", str(tmp_path), "--lang", "en") == 2
    assert "spend.csv" in capsys.readouterr().err
    assert (tmp_path / "spend.xlsx").read_text() == "mine"


def test_copy_all_and_an_unknown_name(tmp_path):
    assert len(copy_templates("all", tmp_path / "new", "bg")) == 19
    with pytest.raises(UsageError) as caught:
        copy_templates("plans", tmp_path, "ru")
    assert "plan" in caught.value.told("en")
