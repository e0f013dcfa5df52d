"""Workbooks, archives and texts made to fill the memory, to end the process or to swallow rows."""

import io
import re
import struct
import zipfile

import pytest

from audit.intake.read import read_table
from audit.intake.read.pages import html_rows
from audit.intake.read.source import COLUMNS

FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
ODS = ('<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
       'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="a">{}</table:table></office:spreadsheet></office:body></office:document-content>')
WIDE = " table:number-columns-repeated='16384'"
CELL = '<table:table-cell office:value-type="string"{}><text:p>x</text:p></table:table-cell>'


@pytest.fixture
def book(tmp_path):
    """Write a workbook of one small sheet with its parts changed; the problems of what is read."""
    import xlsxwriter

    def changed(change):
        plain = io.BytesIO()
        with xlsxwriter.Workbook(plain, {"in_memory": True}) as made:
            made.add_worksheet().write_row(0, 0, ["a", "b", "c"])
        path = tmp_path / "a.xlsx"
        with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(*change(name, old.read(name)))
        return [source.problem for source in read_table(path)]

    return changed


@pytest.mark.parametrize("cell", [
    FAR, FAR.replace(b"<c r=", b'<c s="1" r='), FAR.replace(b'"', b"'"), FAR.replace(b"<c r", b"<c\n r"), FAR.replace(b"XFD", b"xfd"),
    b'<row r="1048576">' + b"<c><v>1</v></c>" * 16384 + b"</row></sheetData>",
    FAR.replace(b"XFD1048576", b"ZZZZZZZ4294967295"),
    FAR.replace(b"<c ", b"<x:c ").replace(b"</c>", b"</x:c>").replace(b"<sheetData", b'<sheetData xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'),
])
def test_a_far_cell_is_seen_in_every_spelling(book, cell):
    assert book(lambda name, part: (name, part.replace(b"</sheetData>", cell) if "sheet1" in name else part)) == ["far_cell"]


def test_a_far_cell_is_seen_in_a_part_of_any_name(book):
    def moved(name, part):
        part = part.replace(b"worksheets/sheet1.xml", b"other/page.dat")
        return (name.replace("worksheets/sheet1.xml", "other/page.dat"), part.replace(b"</sheetData>", FAR))

    assert book(moved) == ["far_cell"]


def test_a_count_that_the_part_cannot_hold(book):
    assert book(lambda name, part: (name, re.sub(rb'ount="\d+"', b'ount="4294967295"', part))) == ["damaged_workbook"]


def test_one_part_under_many_names(book):
    many = b"".join(b'<sheet name="S%d" sheetId="%d" r:id="rId1"/>' % (at, at + 10) for at in range(300))
    assert book(lambda name, part: (name, part.replace(b"<sheets>", b"<sheets>" + many))) == ["damaged_workbook"]


def test_a_sheet_in_other_spelling_is_read(book, tmp_path):
    assert book(lambda name, part: (name, part.replace(b"<c r=", b"<c  r=").replace(b"</sheetData>", b"<row><c><v>1</v></c><c/><c><v>3</v></c></row></sheetData>") if "sheet1" in name else part)) == [None]
    assert read_table(tmp_path / "a.xlsx")[0].cells.to_numpy().tolist() == [["1", "", "3"]]


@pytest.mark.parametrize("rows", [
    '<table:table-row table:number-rows-repeated="1048575"><table:table-cell table:number-columns-repeated="16384"/></table:table-row><table:table-row>'
    f'<table:table-cell table:number-columns-repeated="16383"/>{CELL.format("")}</table:table-row>',
    f'<table:table-row table:number-rows-repeated="1048575">{CELL.format(WIDE)}</table:table-row>',
    f'<table:table-row>{CELL.format(WIDE.replace("16384", "4000000000"))}</table:table-row>',
    f'<table:table-row table:number-rows-repeated="400000000">{CELL.format("")}</table:table-row>',
])
def test_repeated_cells_of_an_open_document(tmp_path, rows):
    assert read_table(open_document(tmp_path, rows))[0].problem == "far_cell"


def test_empty_cells_that_fill_up_a_sheet_do_no_harm(tmp_path):
    row = f'<table:table-row>{CELL.format("")}{CELL.format("")}{CELL.format("")}<table:table-cell table:number-columns-repeated="16381"/></table:table-row>'
    source, = read_table(open_document(tmp_path, row * 3 + '<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'))
    assert source.problem is None
    assert source.cells.shape == (2, 3)


def open_document(folder, rows):
    path = folder / "a.ods"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", "<manifest/>")
        package.writestr("content.xml", ODS.format(rows))
    return path


def test_a_member_without_a_name_is_refused_and_the_rest_is_read(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("x", b"a;b;c\n1;2;3\n")
        package.writestr("d.csv", b"a;b;c\n1;2;3\n")
    content = packed.getvalue()
    at = content.rindex(b"PK\x01\x02", 0, content.index(b"PK\x05\x06") - 50)  # the entry of x: its name gets no length
    content = content[: at + 28] + struct.pack("<H", 0) + struct.pack("<H", 1) + content[at + 32 :]
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    found = read_table(path)
    assert [source.problem for source in found] in (["unsafe_member", None], ["damaged_archive"])


@pytest.mark.parametrize("text", ['{0};"Deal {0};Offer;{0}00;note {0}\n', '"{0};Deal {0};Offer;{0}00;note\n'])
def test_quotes_that_never_close_do_not_swallow_the_next_row(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text("id;title;stage;amount;note\n" + "".join(text.format(at) for at in range(1, 41)), "utf-8")
    source, = read_table(path)
    assert len(source.cells) == 40
    assert set(source.faults.values()) == {"broken_quote"}


def test_a_cell_of_several_lines_with_quotes_inside_stays_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('id;title;note\n1;"first\nof "several" lines";a\n2;"x\n""y""";b\n', "utf-8")
    source, = read_table(path)
    assert source.cells["id"].tolist() == ["1", "2"]
    assert source.cells["title"].tolist()[1] == 'x\n"y"'
    assert not source.faults


def test_a_table_wider_than_any_export(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(";".join(f"h{at}" for at in range(COLUMNS + 1)) for _ in range(3)), "utf-8")
    assert read_table(path)[0].problem == "too_many_columns"


def test_comments_that_never_end_do_not_hang():
    assert list(html_rows(["<table><tr><td>a</td></tr>" + "<!--" * 500_000])) == [["a"]]


def test_deals_of_one_client_and_title_without_amounts(desk):
    desk.put("deals.csv", "Deal - ID,Deal - Title,Deal - Owner,Deal - Stage,Deal - Status,Deal - Deal created,Deal - Won time,Deal - Organization\n"
             + "".join(f"{at},Deal,Ivan,Offer,won,2026-03-0{at} 09:00:00,2026-04-01 09:00:00,Org\n" for at in range(1, 5)))
    desk.run()
    assert len(desk.table("deals")) == 4


def test_half_an_emoji_in_a_json_costs_no_file(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"id":1,"title":"cut \\ud83d","k\\ud800":"b"},{"id":2,"title":"whole \\ud83d\\ude00"}]', "utf-8")
    source, = read_table(path)
    assert source.problem is None
    assert source.cells["title"].tolist() == ["cut \ufffd", "whole 😀"]
    assert source.cells["k\ufffd"].tolist() == ["b", ""]
    assert source.warnings["broken_text"] == 2


def test_a_parquet_with_bytes_that_are_no_text(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw = pa.array([b"\xd0\xd0 a", "б".encode()])
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"id": ["1", "2"], "title": pa.StringArray.from_buffers(2, *raw.buffers()[1:])}), path)
    source, = read_table(path)
    assert source.cells["title"].tolist() == ["\ufffd\ufffd a", "б"]
    assert source.warnings["broken_text"] == 1
