"""The commands under bad settings, bad options, full disks and closed streams: three parts, the right code, no traceback."""

import json
import os
import subprocess
import sys

import pytest

from audit.cli import main
from audit.client import read_client
from audit.errors import UsageError

HEAD = "id,created,closed,won,amount,owner,region\n"
GOOD = HEAD + "".join(f"d{at},2025-0{1 + at % 9}-1{at % 9},2025-11-1{at % 9},{at % 2},{100 + at},{'abcd'[at % 4]},{'xyz'[at % 3]}\n" for at in range(200))


@pytest.fixture
def desk(tmp_path):
    (tmp_path / "c/inbox").mkdir(parents=True)
    (tmp_path / "c/client.yml").write_text("name: Тест\n", "utf-8")
    (tmp_path / "c/inbox/deals.csv").write_text(GOOD, "utf-8")
    return tmp_path / "c"


@pytest.fixture
def fails(monkeypatch, capsys):
    """Runs a command that must fail; its code and what it told in Russian."""

    def call(*arguments) -> tuple[int, str]:
        monkeypatch.setenv("AUDIT_LANG", "ru")
        with pytest.raises(SystemExit) as caught:
            main([str(one) for one in arguments])
        told = capsys.readouterr().err
        assert told.startswith("Найдено: ")
        assert "\nГде: " in told
        assert "\nЧто делать: " in told
        return caught.value.code, told

    return call


# -- settings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("currency: rub", "нужен вид RUB"),
        ("language: de", "нужно одно из"),
        ("bogus: 1", "такой настройки нет"),
        ("dimensions: region", "нужен список"),
        ("brand: red", "нужна группа настроек"),
        ("rules: {win_days: 0}", "должно быть больше 0"),
        ("rules: {win_days: 1000000}", "должно быть не больше 3650"),
        ("rules: {evidence_workdays: 31}", "должно быть не больше 30"),
        ("rules: {win_days: many}", "нужно целое число"),
        ("rules: {margin_share: 2}", "должно быть не больше 1"),
        ("working_hours: {days: []}", "не может быть пустым"),
        ("working_hours: {start: '18:00', end: '09:00'}", "позже начала (18:00)"),
        ("time_zone: Mars/Phobos", "часового пояса 'Mars/Phobos' нет"),
        ("plans: ../x.csv", "внутри рабочей папки"),
        ("plans: [{period_start: 2025-02-01, period_end: 2025-01-01, target: 5}]", "позже начала"),
        ("plans: [{period_start: 2025-01-01, period_end: 2025-02-01, target: .inf}]", "нужно число"),
        ("plans: [{period_start: 2025-01-01, period_end: 2025-02-01, target: 5}, {period_start: 2025-01-01, period_end: 2025-02-01, target: 6}]", "план 2 повторяет"),
        ("norms: [{metric: calls, value: .nan}]", "нужно число"),
        ("calendar: {days_off: [2025-02-30]}", "дня 2025-02-30 не существует"),
        ("name: again", "ключ «name» записан дважды"),
        ("x: " + "[" * 3000, "вложенных скобок"),
    ],
)
def test_settings_are_corrected_in_russian_with_the_line(desk, fails, text, said):
    (desk / "client.yml").write_text(f"name: Тест\n{text}\n", "utf-8")
    code, told = fails("intake", desk)
    assert code == 2
    assert said in told
    assert "строка" in told
    assert not any(word in told for word in ("Input should", "String should", "Field required"))


def test_every_kind_of_mistake_has_words(tmp_path):
    (tmp_path / "client.yml").write_text("currency: 5\nworking_hours: {start: 99999}\nbrand: {accent: 7}\nsources: [{file: ''}]\nname: [a]\n"
                                         "plans: [{period_start: soon, period_end: 7.5, target: x, scope: z}]\nrules: {silent_days: 1.5}\n", "utf-8")
    with pytest.raises(UsageError) as caught:
        read_client(tmp_path / "client.yml")
    assert caught.value.values["n"] == 10
    assert not [word for word in ("should", "valid", "input") if word in caught.value.told("ru")]


@pytest.mark.parametrize(("written", "start"), [("9", "09:00"), ("10:30", "10:30"), ("'09:15'", "09:15")])
def test_a_bare_hour_is_an_hour(tmp_path, written, start):
    (tmp_path / "client.yml").write_text(f"name: X\nworking_hours: {{start: {written}}}\n")
    assert read_client(tmp_path / "client.yml").working_hours.start == start


@pytest.mark.parametrize("name", ["../../evil", "<script>alert(1)</script>", "a: b # c", "!!python/x", "&a", "{x}", "\\1", "no", "'\"", "😀", "я" * 200])
def test_a_client_may_have_any_name(tmp_path, name):
    with pytest.raises(SystemExit) as caught:
        main(["new", str(tmp_path / "c"), "--name", name, "--quiet"])
    assert not caught.value.code
    assert read_client(tmp_path / "c/client.yml").name == name
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


@pytest.mark.parametrize("name", ["", " ", "a\0b", "\x1b[31mred", "я" * 201])
def test_a_name_that_cannot_be_shown_is_refused(tmp_path, fails, name):
    code, _ = fails("new", tmp_path / "c", "--name", name)
    assert code == 2
    assert not (tmp_path / "c").exists()


# -- options, disks, streams -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("zones",), "не указано: FILE"),
        (("new", "x"), "не указано: --name"),
        (("zones", "x", "--q", "abc"), "параметра --q"),
        (("zones", "x", "--dimension", "a"), "--dimensions"),
        (("zones", "x", "y"), "лишние слова: y"),
        (("run", "x", "--as-of"), "--as-of"),
        (("run", "x", "--as-of", "9999-12-31"), "1900–2199"),
    ],
)
def test_wrong_use_is_told_in_three_parts(fails, arguments, said):
    code, told = fails(*arguments)
    assert code == 2
    assert said in told


@pytest.mark.parametrize("name", ["tables", ".audit", "intake.json", "mapping.yml"])
def test_something_else_in_the_place_of_an_output(desk, fails, name):
    (desk / name).mkdir() if "." in name[1:] else (desk / name).write_text("x")
    code, told = fails("intake", desk)
    assert code == 13
    assert name in told


def test_a_workspace_under_a_file(tmp_path, fails):
    (tmp_path / "file").write_text("x")
    assert fails("new", tmp_path / "file/c", "--name", "X")[0] == 13


def test_an_output_of_zones_that_cannot_be_written(desk, fails):
    code, told = fails("zones", desk / "inbox/deals.csv", "--out", desk / "inbox")
    assert code == 2
    assert "папка" in told
    assert sorted(path.name for path in desk.rglob("*")) == ["client.yml", "deals.csv", "inbox"]


def test_the_table_of_files_names_problems_and_reasons_in_words(desk, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("AUDIT_LANG", "ru")
    (desk / "inbox/deals.csv").write_text(GOOD + "x,31.02.2025,,,1,a,x\n", "utf-8")
    (desk / "inbox/\x1b[31mempty.csv").write_bytes(b"")
    with pytest.raises(SystemExit) as caught:
        main(["intake", str(desk)])
    shown = capsys.readouterr().out
    assert not caught.value.code
    assert "такой даты нет: 1" in shown
    assert "файл пуст" in shown
    assert "\x1b[31mempty" not in shown


def run(command: str, *arguments, **more):
    environment = {**os.environ, "AUDIT_LANG": "en"}
    return subprocess.run(["/bin/sh", "-c", f'"$0" -m audit.cli {command} "$@" {more.get("end", "")}', sys.executable, *map(str, arguments)],
                          capture_output=True, text=True, env=environment, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(("end", "codes"), [("| true", (0,)), (">&-", (0,)), (">/dev/full", (13,))])
def test_output_that_nobody_takes(desk, end, codes):
    if end == ">/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    done = run("zones", desk / "inbox/deals.csv", end=end)
    assert done.returncode in codes
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("text", ["{", "[]", "", "[" * 99_999])
def test_a_damaged_record_of_a_step_only_costs_the_step(desk, text):
    from audit.errors import WorkspaceError
    from audit.runner.steps import Step
    from audit.workspace import Workspace, read_json

    workspace = Workspace.open(desk)
    step = Step("10_intake", {}, reads=(workspace.inbox,), leaves=(workspace.tables,))
    step.remember(workspace, 1.0)
    assert step.done(workspace)
    step.record(workspace).write_text(text)
    assert not step.done(workspace)
    with pytest.raises(WorkspaceError):
        read_json(step.record(workspace))


# -- zones of one table ------------------------------------------------------------------------------------


def test_zones_speak_the_language_asked_for(tmp_path, fails):
    (tmp_path / "empty.csv").write_bytes(b"")
    code, told = fails("zones", tmp_path / "empty.csv")
    assert code == 10
    assert "файл пуст" in told


def test_a_day_before_the_data_is_told_as_such(desk, fails):
    code, told = fails("zones", desk / "inbox/deals.csv", "--as-of", "1950-01-01")
    assert code == 12
    assert "ни одной сделки" in told
    code, told = fails("run", desk, "--as-of", "1950-01-01", "--quiet")
    assert code == 12
    assert "первые – 2025-01-10" in told
    assert not (desk / "reports").exists()


def test_a_dimension_that_is_an_id_is_refused(tmp_path, fails):
    path = tmp_path / "d.csv"
    path.write_text(HEAD + "".join(f"d{at},2025-01-10,2025-02-10,{at % 2},5,o{at},x\n" for at in range(600)))
    code, told = fails("zones", path, "--dimensions", "owner")
    assert code == 2
    assert "600" in told


def test_zones_are_json_without_infinities(desk, capsys):
    (desk / "inbox/deals.csv").write_text(GOOD.replace(",100,", ",,").replace(",101,", ",0,"), "utf-8")
    with pytest.raises(SystemExit):
        main(["zones", str(desk / "inbox/deals.csv")])
    json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
