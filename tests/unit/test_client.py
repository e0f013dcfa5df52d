"""client.yml: what is accepted, and that every mistake is named with its line and key."""

import pytest

from audit.client import Client, read_client
from audit.errors import UsageError


def written(tmp_path, text: str):
    path = tmp_path / "client.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_name_alone_is_enough(tmp_path):
    client = read_client(written(tmp_path, "name: ООО «Пример»\n"))
    assert client.name == "ООО «Пример»"
    assert (client.language, client.currency, client.rules.conversion_days) == ("ru", "RUB", 30)


def test_clock_without_quotes_is_a_clock(tmp_path):
    client = read_client(written(tmp_path, "name: X\nworking_hours: {start: 10:30, end: 19:00}\n"))
    assert (client.working_hours.start, client.working_hours.end) == ("10:30", "19:00")


def test_every_mistake_is_named_with_its_line(tmp_path):
    text = "name: X\ncolour: red\nworking_hours:\n  start: '09:00'\n  end: '08:00'\nplans:\n  - period_start: soon\n    period_end: 2026-02-01\n    target: -3\n"
    with pytest.raises(UsageError) as caught:
        read_client(written(tmp_path, text))
    found, where, step = caught.value.parts("en")
    for line, key in ((2, "colour"), (5, "working_hours.end"), (7, "plans.0.period_start"), (9, "plans.0.target")):
        assert f"line {line}, {key}:" in found
    assert "4 settings" in found
    assert "client.yml, line" in where
    assert "templates/client.yml" in step


@pytest.mark.parametrize(
    ("text", "line"),
    [("name: X\n  bad: [", 2), ("- a\n- b\n", 1), ("", 1), ("name: 'X\n", 1)],
)
def test_broken_yaml_is_told_with_its_line(tmp_path, text, line):
    with pytest.raises(UsageError) as caught:
        read_client(written(tmp_path, text))
    assert "client.yml" in caught.value.parts("ru")[1]
    assert caught.value.values["line"] >= line


def test_not_utf8_is_told(tmp_path):
    path = tmp_path / "client.yml"
    path.write_bytes("name: Пример".encode("cp1251"))
    with pytest.raises(UsageError, match=r"UTF-8"):
        read_client(path)


@pytest.mark.parametrize("name", ["../plan.xlsx", "/etc/passwd", "a/../../b.csv"])
def test_plan_files_stay_inside_the_workspace(tmp_path, name):
    with pytest.raises(UsageError, match=r"inside the workspace"):
        read_client(written(tmp_path, f"name: X\nplans: {name}\n"))


def test_unknown_time_zone(tmp_path):
    with pytest.raises(UsageError, match=r"Europe/Sofia"):
        read_client(written(tmp_path, "name: X\ntime_zone: Moscow/Europe\n"))


@pytest.mark.parametrize(("weights", "line", "said"), [
    ("{deals.amuont: 3}", 2, "'deals.amuont' is no mandatory field, so it has no weight; the nearest: deals.amount"),
    ("{deals.stage_id: 3}", 2, "'deals.stage_id' is no mandatory field"),
    ("{amount: 3}", 2, "'amount' is no mandatory field"),
    ("{deals.amount: -1}", 2, "must be at least 0"),
    ("{deals.amount: much}", 2, "must be a number"),
    ("[deals.amount]", 2, "must be a group of settings"),
])
def test_a_weight_is_of_a_mandatory_field_and_no_less_than_nought(tmp_path, weights, line, said):
    with pytest.raises(UsageError) as caught:
        read_client(written(tmp_path, f"name: X\nrules: {{field_weights: {weights}}}\n"))
    found = caught.value.parts("en")[0]
    assert f"line {line}, rules.field_weights" in found
    assert said in found
    for lang in ("ru", "bg"):
        assert "field_weights" in caught.value.parts(lang)[0]
    assert read_client(written(tmp_path, "name: X\nrules: {field_weights: {deals.amount: 3, contacts.email: 0}}\n")).rules.field_weights["deals.amount"] == 3


def test_client_is_frozen():
    with pytest.raises(ValueError, match=r"frozen"):
        Client(name="X").name = "Y"  # type: ignore[misc]
