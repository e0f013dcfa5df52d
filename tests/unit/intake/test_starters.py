"""Starters: made anew they are the same; as shipped they are known, their examples are not taken; filled they give exactly their rows."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from audit.intake.shapes import assign, shapes
from audit.intake.starters import files, starters
from audit.schema import BY_NAME
from audit.share import share
from audit.words import LANGUAGES, Words

FOLDER = share("templates") / "starters"
DEALS = "id,title,created,won,amount,owner\n5001,Опт,2026-01-02,1,100,Петров\n5002,Розница,2026-01-03,1,50,Анна Ли\n"
CASES = [(lang, name) for lang in LANGUAGES for name in starters()]


def parts(content: bytes) -> dict[str, bytes]:
    """What a workbook holds, whatever the compression."""
    if content[:2] != b"PK":
        return {"": content}
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def test_shipped_starters_are_those_that_the_schema_and_the_catalogues_make():
    made = dict(files())
    shipped = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    assert made.keys() == shipped.keys()
    assert [name for name in made if parts(made[name]) != parts(shipped[name])] == []


@pytest.mark.parametrize(("lang", "name"), CASES)
def test_every_header_means_its_column(lang, name):
    starter = starters()[name]
    fields = starter.fields(Words(lang))
    shape = shapes()[starter.shape]
    found = assign(shape, [field.head for field in fields])
    if shape.table:
        assert {told.rstrip("!") for told in starter.columns} <= set(found)
        assert {field.name: found[field.name] for field in fields if field.name in found} == {field.name: field.head for field in fields if field.name in found}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_as_shipped_all_are_known_and_nothing_of_them_is_taken(desk, lang):
    desk.put("deals.csv", DEALS)
    for path in (FOLDER / lang).iterdir():
        desk.put(path.name, path.read_bytes())
    desk.run()
    for entry in desk.report["files"]:
        if entry["file"] == "deals.csv":
            continue
        starter = starters()[entry["file"].rpartition(".")[0]]
        if entry.get("sheet") == Words(lang)("starters.sheet.help"):
            assert (entry["preset"], entry["rows_kept"]) == ("how_to_fill", 0)
            continue
        assert entry["preset"] == starter.shape, entry
        if shapes()[starter.shape].table:
            assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (2, 0, {"example_row": 2}), entry
    assert desk.report["questions"] == []
    assert set(desk.report["tables"]) == {"deals", "users"}
    assert set(desk.table("users")["name"]) == {"Петров", "Анна Ли"}


@pytest.mark.parametrize(("lang", "name"), [case for case in CASES if shapes()[starters()[case[1]].shape].table])
def test_filled_with_three_rows_it_gives_these_rows(desk, lang, name):
    """The examples with their mark taken away and a third row beside them, as a person would fill the sheet."""
    starter, words = starters()[name], Words(lang)
    book = openpyxl.load_workbook(FOLDER / lang / f"{name}.xlsx")
    page = book[words("starters.sheet.data")]
    page["A2"] = page["A3"] = None
    fields = starter.fields(words)
    own = {"plan": "team_name", "norms": "role", "hr": "name", "proposals": "proposal_id", "techniques": "title", "development": "competence_id"}.get(name)
    for at, field in enumerate(fields[1:], 2):
        cell = page.cell(3, at).value  # the third row is the second on another day, or under another name
        page.cell(4, at, cell.replace(day=28) if isinstance(cell, dt.datetime) else f"{cell} 3" if field.name == own else cell)
    filled = {field.name: [page.cell(row, at).value for row in (2, 3, 4) if page.cell(row, at).value is not None] for at, field in enumerate(fields, 1)}
    desk.put("deals.csv", DEALS.replace("owner", "note"))
    target = io.BytesIO()
    book.save(target)
    desk.put("filled.xlsx", target.getvalue())
    desk.run()
    entry = next(entry for entry in desk.report["files"] if entry.get("sheet") == words("starters.sheet.data"))
    assert (entry["preset"], entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (starter.shape, 3, 3, {})
    assert entry["warnings"] == {}  # every word of the lists is known, every date and number read
    table = desk.table(shapes()[starter.shape].table)
    table = table[table["hired_at"].notna()] if name == "hr" else table
    assert len(table) == {"absences": 14 + 1 + 1, "call_checklist": 15}.get(name, 3)
    levels = {told.rstrip("!"): offered(starter, told.rstrip("!")) for told in starter.columns}
    for field in fields[1:]:
        if field.name not in table or field.name in ("attendees_json", "kb_id", "source_deal_id"):
            continue
        known = dict(zip(field.choices, levels[field.name] if field.kind != "bool" else (True, False), strict=True)) if field.choices else {}
        expected = {known.get(cell, cell) if not isinstance(cell, dt.datetime) else cell.date() for cell in filled[field.name]}
        found = {cell.date() if isinstance(cell, dt.datetime) else cell for cell in table[field.name].dropna()}
        assert found == expected, field


def offered(starter, column: str) -> tuple[str, ...]:
    """The closed words that a column of a starter offers."""
    table = BY_NAME[shapes()[starter.shape].table]
    return dict(starter.lists).get(column) or (table[column].levels if column in table else ())
