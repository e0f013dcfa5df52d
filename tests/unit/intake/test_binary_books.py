"""Binary workbooks (xlsb) written record by record: read whole, and measured before anything holds them."""

import io
import random
import struct
import zipfile

import pytest

from audit.intake.read import read_table
from audit.intake.read.binary_sheet import reach

NAMES = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def record(kind: int, data: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
    size, left = b"", len(data)
    while True:
        size += bytes([left & 127 | (128 if left > 127 else 0)])
        left >>= 7
        if not left:
            return head + size + data


def text(said: str) -> bytes:
    return struct.pack("<I", len(said)) + said.encode("utf-16-le")


def cell(column: int, value: str | float | None) -> bytes:
    at = struct.pack("<II", column, 0)
    if value is None:
        return record(1, at)
    return record(6, at + text(value)) if isinstance(value, str) else record(5, at + struct.pack("<d", value))


def sheet(rows: dict[int, dict[int, str | float | None]]) -> bytes:
    body = (record(0, struct.pack("<IIHBBBI", at, 0, 300, 0, 0, 0, 0)) + b"".join(cell(*one) for one in row.items()) for at, row in rows.items())
    return record(129) + record(148, struct.pack("<4I", 0, 1, 0, 1)) + record(145) + b"".join(body) + record(146) + record(130)


def book(path, page: bytes, more: dict[str, bytes] | None = None):
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{NAMES}/content-types"><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{NAMES}/relationships"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.bin"/></Relationships>',
        "xl/workbook.bin": record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + text("r1") + text("S")) + record(144) + record(132),
        "xl/_rels/workbook.bin.rels":
            f'<Relationships xmlns="{NAMES}/relationships"><Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>',
        "xl/worksheets/sheet1.bin": page, **(more or {}),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return read_table(path)[0]


def test_cells_come_whole(tmp_path):
    source = book(tmp_path / "a.xlsb", sheet({0: {0: "id", 1: "won"}, 1: {0: 1.0, 1: "да"}, 2: {0: 2.0, 1: "нет"}}))
    assert source.problem is None
    assert source.cells.values.tolist() == [["1", "да"], ["2", "нет"]]


@pytest.mark.parametrize("far", [{1_048_575: {16_383: 1.0}}, {at: {16_383: 1.0} for at in range(2, 3000)}, {1_048_575: {60: "x"}}])
def test_a_cell_far_from_the_others_is_refused_before_it_fills_the_memory(tmp_path, far):
    assert book(tmp_path / "a.xlsb", sheet({0: {0: "id", 1: "won"}, 1: {0: 1.0, 1: 1.0}} | far)).problem == "far_cell"


def test_cells_that_are_only_drawn_reach_nowhere(tmp_path):
    source = book(tmp_path / "a.xlsb", sheet({0: {0: "id", 1: "won"}, 1: {0: 1.0, 1: 1.0}, 1_048_575: {16_383: None}}))
    assert (source.problem, len(source.cells)) == (None, 1)


def test_what_unpacks_to_too_much(tmp_path):
    assert book(tmp_path / "a.xlsb", sheet({0: {0: "id"}}) + bytes(60_000_000)).problem == "inflated"


def test_more_texts_than_there_can_be(tmp_path):
    shared = record(159, struct.pack("<II", 4_000_000_000, 4_000_000_000)) + record(160)
    assert book(tmp_path / "a.xlsb", sheet({0: {0: "id"}}), {"xl/sharedStrings.bin": shared}).problem == "damaged_workbook"


def test_records_longer_than_a_piece_and_columns_in_any_order():
    draw = random.Random(3)
    rows = {at: {draw.choice([0, 5, 200, 255, 256, 700]): draw.choice([1.0, "x" * 50]) for _ in range(9)} for at in range(7, 40_000, 3)}
    page = sheet(rows | {40_001: {3: "y" * 5_000_000}, 40_002: {900: 1.0}})
    found = reach(io.BytesIO(page))
    assert (found.first, found.last, found.width) == (7, 40_002, 901)


def test_damaged_sheets_never_raise(tmp_path):
    draw, page = random.Random(11), bytearray(sheet({at: {column: float(at) for column in range(8)} for at in range(300)}))
    for _ in range(40):
        hurt = bytearray(page)
        for _ in range(draw.randint(1, 30)):
            hurt[draw.randrange(len(hurt))] = draw.randrange(256)
        source = book(tmp_path / "a.xlsb", bytes(hurt))
        assert source.problem in (None, "damaged_workbook", "far_cell", "empty", "too_many_columns")
