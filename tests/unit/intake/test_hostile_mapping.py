"""mapping.yml edited wrongly: every mistake told with its line, nothing of it lost."""

import pytest

from audit.errors import AuditError

GOOD = "id,created,closed,won,amount,region\n1,2025-01-02,2025-02-01,1,100,A\n2,2025-01-03,2025-02-02,0,50,B\n"


def both(error: AuditError, code: int) -> str:
    """The Russian text of an error that speaks both languages and has no hole in it."""
    assert error.code == code
    for lang in ("ru", "en"):
        assert all(part.strip() and "{" not in part for part in error.parts(lang))
    return error.told("ru")


@pytest.mark.parametrize(
    ("old", "new", "line_of"),
    [
        ("preset: deals_plain", "preset: [a]", "preset"),
        ("preset: deals_plain", "preset: 7", None),
        ("dates: null", "dates: ymd", "dates"),
        ("dates: null", "dates: [dmy]", "dates"),
        ("decimal: null", "decimal: x", "decimal"),
        ("amount: amount", "amount: 5", None),
        ("amount: amount", "amount: {a: b}", "amount"),
        ("amount: amount", "amount: deal_id", "file"),
        ("stages: []", "stages: [{stage: Новая, semantic: winner}]", "stages"),
        ("stages: []", "stages: [{stage: Новая, order: first}]", "stages"),
        ("stages: []", "stages: [a]", "stages"),
        ("values: {}", "values: {region: {A: null}}", "values"),
        ("users: {}", "users: {Иванов: null}", "users"),
        ("questions: []", "questions: [{id: 'stage: a.csv: x', answer: winner}]", "questions"),
        ("questions: []", "questions: [{id: 'dates: a.csv: x', answer: ymd}]", "questions"),
        ("questions: []", "questions: [{id: 'column: a.csv: x', answer: [a]}]", "questions"),
        ("schema: 1", "schema: 1\nsurprise: 1", "surprise"),
        ("schema: 1", "schema: 1\nschema: 1", "schema"),
    ],
)
def test_a_wrong_edit_is_told_with_its_line_and_nothing_is_changed(desk, old, new, line_of):
    desk.put("deals.csv", GOOD)
    desk.run()
    path = desk.root / "mapping.yml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    edited = path.read_bytes()
    error = desk.fails()
    both(error, 2)
    if line_of:
        assert line_of in edited.decode().splitlines()[error.values["line"] - 1]
    assert path.read_bytes() == edited


@pytest.mark.parametrize("text", ["files: [\n :", "- a", "hello", "a\0b", "[" * 3000, "x: !!python/object/apply:os.system [false]"])
def test_a_mapping_that_is_no_yaml_says_so_without_advice_to_lose_answers(desk, text):
    desk.put("deals.csv", GOOD)
    (desk.root / "mapping.yml").write_text(text, "utf-8")
    assert "исправьте строку" in both(desk.fails(), 13)


def test_answers_survive_a_file_that_is_away_and_a_question_that_is_open(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    path = desk.root / "mapping.yml"
    path.write_text(path.read_text("utf-8").replace("region: region", "region: channel"), "utf-8")
    desk.run()
    desk.put("deals.csv", GOOD.replace("region", "city"))
    assert [desk.fails().code, desk.fails().code] == [11, 11]  # asking twice settles nothing
    (desk.root / "inbox/deals.csv").unlink()
    desk.put("other.csv", "date,currency,rate\n2025-01-01,USD,90\n")
    desk.run()
    desk.put("deals.csv", GOOD)
    desk.run()
    assert desk.table("deals")["channel"].tolist() == ["A", "B"]
