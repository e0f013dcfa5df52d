"""The command line: help in two languages, exit codes, three-part errors, no traceback for a user's mistake."""

import os
import subprocess
import sys

import pytest

from audit.cli import app

COMMANDS = tuple(command.name for command in app.registered_commands)


def audit(*arguments, lang="en", cwd=None):
    environment = {**os.environ, "AUDIT_LANG": lang, "COLUMNS": "120", "NO_COLOR": "1"}
    return subprocess.run([sys.executable, "-m", "audit.cli", *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", env=environment, cwd=cwd, check=False)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    done = audit(command, "--help")
    assert done.returncode == 0
    assert f"audit {command}" in done.stdout.split("Example:")[1]
    for option in ("--lang", "--quiet"):
        assert option in done.stdout


def test_help_speaks_russian():
    assert "Аудит отдела продаж" in audit("--help", lang="ru").stdout


def test_new_makes_a_workspace(tmp_path):
    done = audit("new", tmp_path / "c", "--name", "ООО Пример", "--lang", "ru", "--currency", "EUR", "--country", "BG")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "c" / "client.yml").read_text(encoding="utf-8")
    assert "name: ООО Пример" in text
    assert "currency: EUR" in text
    assert "language: ru" in text


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("rnu", "x"), 2, "nearest known is: run"),
        (("run",), 2, "CLIENT"),
        (("run", "nowhere"), 13, "audit new"),
        (("run", ".", "--as-of", "31.12.2026"), 2, "YYYY-MM-DD"),
        (("run", ".", "--lang", "de"), 2, "ru, en, bg"),
        (("new", "x", "--name", "A", "--currency", "rub"), 2, "currency"),
        (("new", "x", "--name", ""), 2, "name"),
        (("zones", "nowhere.csv"), 2, "nowhere.csv"),
        (("zones", "nowhere.csv", "--q", "7"), 2, "--q"),
    ],
)
def test_mistakes_are_told_without_a_traceback(tmp_path, arguments, code, said):
    done = audit(*arguments, cwd=tmp_path)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == code
    assert not list(tmp_path.iterdir())


def test_errors_speak_the_language_asked_for(tmp_path):
    done = audit("run", "nowhere", "--lang", "ru", cwd=tmp_path)
    assert done.stderr.startswith("Найдено: ")
    assert "Что делать: " in done.stderr


def test_run_tells_an_open_question_in_the_language_of_the_client(tmp_path):
    client = tmp_path / "c"
    audit("new", client, "--name", "ООО Пример", "--lang", "ru")
    (client / "inbox" / "x.csv").write_text("alpha,beta\n1,2\n", encoding="utf-8")
    done = audit("run", client, lang="")
    assert done.returncode == 11, done.stderr
    assert "Traceback" not in done.stderr and "что это за файл" in " ".join(done.stderr.split())


def test_names_may_be_given_in_several_options(tmp_path):
    rows = [f"d{at},2026-01-01,2026-02-{1 + at % 28:02d},{at % 2},{1000 + at},{'ab'[at % 2]},{'xyz'[at % 3]}" for at in range(120)]
    (tmp_path / "deals.csv").write_text("id,created,closed,won,amount,seller,region\n" + "\n".join(rows), "utf-8")
    assert audit("zones", "deals.csv", "--dimensions", "seller", "--dimensions", "region", cwd=tmp_path).returncode == 0
    done = audit("zones", "deals.csv", "--dimensions", "sellar", "--dimensions", "region", cwd=tmp_path)
    assert done.returncode == 2
    assert "seller" in done.stderr
