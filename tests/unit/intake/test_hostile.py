"""Files and edits made to hurt: each is told or refused, none is lost, none brings the intake down."""

import io
import os
import zipfile

import numpy as np
import pandas as pd
import pytest

from audit.errors import AuditError, UnreadableError, UsageError
from audit.intake import canonical_deals
from audit.intake.read import read_table
from audit.intake.read.packed import look
from audit.intake.read.pages import html_rows

GOOD = "id,created,closed,won,amount,region\n1,2025-01-02,2025-02-01,1,100,A\n2,2025-01-03,2025-02-02,0,50,B\n"
HEADERS, FIRST = GOOD.splitlines()[0].split(","), GOOD.splitlines()[1].split(",")


def both(error: AuditError, code: int) -> str:
    """The Russian text of an error that speaks both languages and has no hole in it."""
    assert error.code == code
    for lang in ("ru", "en"):
        assert all(part.strip() and "{" not in part for part in error.parts(lang))
    return error.told("ru")


# -- numbers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", ["inf", "1e400", "1e308", "-1e308", "99999999999999999999", "1 000 000 000 000 000"])
def test_an_amount_without_bound_is_refused(desk, amount):
    desk.put("deals.csv", GOOD + f"3,2025-01-02,2025-02-01,1,{amount},A\n")
    desk.run()
    assert desk.entry("deals.csv")["reasons"]["bad_number"] == 1
    assert desk.table("deals")["amount"].tolist() == [100, 50]


def test_an_amount_without_bound_in_a_typed_file(desk):
    rows = pd.DataFrame([{"id": at, "created": pd.Timestamp("2025-01-02"), "won": 1, "amount": amount} for at, amount in enumerate([5.0, np.inf, -np.inf, 1e15])])
    rows.to_parquet(desk.root / "inbox/deals.parquet")
    desk.run()
    assert desk.entry("deals.parquet")["reasons"] == {"bad_number": 3}
    with pytest.raises(UsageError) as caught:
        canonical_deals(rows.assign(closed=pd.Timestamp("2025-02-02")))
    assert "inf" in both(caught.value, 2)


# -- HTML ------------------------------------------------------------------------------------------------


def test_html_cells_that_are_never_closed_stay_in_their_rows():
    assert list(html_rows(["<table><tr><td>a<td>b<tr><td>1<td>2"])) == [["a", "b"], ["1", "2"]]


def test_html_merged_cells_keep_their_columns():
    page = "<table><tr><th>a<th>b<th>c<tr><td>1<td rowspan=2>x<td>2<tr><td>3<td>4<tr><td colspan=2>5<td>6<tr><td>7<td>8<td rowspan=9>9</table>"
    assert list(html_rows([page])) == [["a", "b", "c"], ["1", "x", "2"], ["3", "x", "4"], ["5", "", "6"], ["7", "8", "9"]]


def test_html_that_comes_in_pieces_is_the_same():
    page = "<table><tr><td>a&amp;b<td>c<tr><td>1<td>2</table>"
    assert list(html_rows(list(page))) == list(html_rows([page]))


@pytest.mark.parametrize("broken", ["<![foo", "<![foo]>", "<!x", "<?x", "<!--", "&#99999999;"])
def test_broken_html_is_read_as_far_as_it_goes(tmp_path, broken):
    path = tmp_path / "a.xls"
    path.write_text(f"<html><table><tr><td>id<td>won<tr><td>1<td>2</table>{broken}")
    assert read_table(path)[0].cells.values.tolist() == [["1", "2"]]


@pytest.mark.parametrize("charset", ["idna", "hex", "undefined", "no-such"])
def test_html_that_names_a_charset_no_text_has(tmp_path, charset):
    path = tmp_path / "a.xls"
    path.write_text(f"<html><meta charset={charset}><table><tr><td>Имя<td>won<tr><td>Ёж<td>2</table>", "utf-8")
    assert read_table(path)[0].cells.values.tolist() == [["Ёж", "2"]]


def test_html_text_without_end_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "a.xls"
    path.write_text("<html><table><tr><td><x " + "1" * 9_000_000)
    assert read_table(path)[0].problem == "line_too_long"


# -- encodings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["hex", "rot13", "idna", "undefined", "base64"])
def test_encodings_that_no_text_has(desk, encoding):
    desk.client(f"sources: [{{file: '*', encoding: {encoding}}}]\n")
    desk.put("deals.csv", GOOD)
    assert encoding in both(desk.fails(), 2)


def test_a_file_that_is_not_in_the_encoding_named(desk):
    desk.client("sources: [{file: '*', encoding: utf-16}]\n")
    desk.put("deals.csv", GOOD)
    assert "кодировк" in both(desk.fails(), 10)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp866", "koi8-r", "cp1251"])
def test_encodings_of_exports_are_recognised(desk, encoding):
    words = "".join(f"{at},2025-01-02,,0,5,Москва и Тула\n" for at in range(3, 40))
    desk.put("deals.csv", GOOD + words, encoding)
    desk.run()
    assert desk.table("deals")["region"].tolist()[2:] == ["Москва и Тула"] * 37
    assert desk.entry("deals.csv")["warnings"] == {}


def test_zero_bytes_in_a_text_are_counted(desk):
    desk.put("deals.csv", GOOD + "3,2025-01-02,,0,\x005,A\n" + "".join(f"{at},2025-01-02,,0,5,A\n" for at in range(10, 60)))
    desk.run()
    assert desk.entry("deals.csv")["warnings"] == {"broken_text": 1}
    assert desk.table("deals")["amount"].tolist()[2] == 5


# -- workbooks -------------------------------------------------------------------------------------------


def workbook(desk, change, name="deals.xlsx"):
    """A workbook of good rows whose sheet is changed by `change` (bytes → bytes)."""
    path = desk.sheet(name, [HEADERS, *([at, *FIRST[1:]] for at in range(1, 6))])
    parts = {info.filename: data for info, data in ((info, zipfile.ZipFile(path).read(info)) for info in zipfile.ZipFile(path).infolist())}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for part, data in parts.items():
            file.writestr(part, change(data) if part == "xl/worksheets/sheet1.xml" else data)
    return path


def test_a_lonely_cell_at_the_end_of_the_sheet_is_told(desk):
    workbook(desk, lambda sheet: sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'))
    assert "далеко" in both(desk.fails(), 10)


def test_a_workbook_that_unpacks_without_end_is_refused(desk, monkeypatch):
    monkeypatch.setattr("audit.intake.read.packed.PART", 1_000_000)
    path = workbook(desk, lambda sheet: sheet.replace(b"</sheetData>", b"<!--" + b"x" * 3_000_000 + b"--></sheetData>"))
    assert path.stat().st_size < 100_000
    assert "распаковке" in both(desk.fails(), 10)


def test_formulas_without_a_value_and_errors_are_counted(desk):
    extra = (b'<row r="7"><c r="A7"><v>9</v></c><c r="E7"><f>1+1</f><v></v></c></row><row r="8"><c r="A8"><v>10</v></c>'
             b'<c r="E8" t="e"><v>#DIV/0!</v></c></row></sheetData>')
    workbook(desk, lambda sheet: sheet.replace(b"</sheetData>", extra))
    desk.run()
    assert desk.entry("deals.xlsx")["warnings"]["no_value"] == 2


def test_looking_into_a_workbook_reads_every_cell_once(desk, monkeypatch):
    monkeypatch.setattr("audit.intake.read.packed._CHUNK", 50)
    formula = b'<row r="7"><c r="A7"><f>1+1</f></c><c r="B7"><f>2+2</f></c></row></sheetData>'
    assert look(workbook(desk, lambda sheet: sheet.replace(b"</sheetData>", formula))).blank == 2


# -- names and links -------------------------------------------------------------------------------------


def test_a_link_out_of_the_workspace_to_no_table_is_not_copied(desk, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("name,word\nroot,hunter2\n")
    (desk.root / "inbox/link.csv").symlink_to(secret)
    (desk.root / "inbox/gone.csv").symlink_to(tmp_path / "absent")
    desk.put("deals.csv", GOOD)
    desk.run()
    assert desk.entry("link.csv")["problem"] == "outside_link"
    assert not any("hunter2" in path.read_text("utf-8") for path in desk.root.rglob("*") if path.suffix in (".csv", ".json", ".yml") and not path.is_symlink())


def test_a_link_to_a_known_table_is_read(desk, tmp_path):
    (tmp_path / "export.csv").write_text(GOOD)
    (desk.root / "inbox/deals.csv").symlink_to(tmp_path / "export.csv")
    desk.run()
    assert len(desk.table("deals")) == 2


@pytest.mark.parametrize("name", ["-rf.csv", "a\nb.csv", "{x}.csv", "[red].csv", "'q\".csv", "日本 é.csv", "x: y.csv", " lead.csv"])
def test_names_of_files_stay_names(desk, name):
    desk.put(name, GOOD + "3,31.02.2025,,0,5,A\n")
    for _ in range(2):
        desk.run()
        assert desk.entry(name)["rows_quarantined"] == 1
    assert len(list((desk.root / "quarantine").iterdir())) == 1


def test_a_name_that_is_not_utf8(desk):
    try:
        (desk.root / os.fsdecode(b"inbox/\xff.csv")).write_text(GOOD)
    except OSError:
        pytest.skip("this file system takes no such names")
    desk.run()
    desk.run()
    assert desk.report["files"][0]["rows_kept"] == 2


def test_every_unreadable_file_is_named(desk):
    desk.put("a.csv", b"")
    desk.put("b.csv", b"%PDF-1.4")
    told = both(desk.fails(), 10)
    assert "a.csv" in told
    assert "b.csv" in told


# -- plain deals without a workspace -----------------------------------------------------------------------


def frame(**columns) -> pd.DataFrame:
    rows = pd.DataFrame({"id": ["a", "b"], "created": ["2025-01-02"] * 2, "closed": ["2025-02-02"] * 2, "won": [1, 0], "amount": [5, 6]})
    return rows.assign(**columns)


@pytest.mark.parametrize("ids", [["a", "a"], ["a", None], ["", "b"], [1, 1], [1.0, np.nan]])
def test_ids_that_repeat_or_are_empty_are_refused(ids):
    with pytest.raises(UsageError) as caught:
        canonical_deals(frame(id=ids))
    assert caught.value.values["n"] == 1
    both(caught.value, 2)


def test_columns_of_lists_are_text():
    deals, _ = canonical_deals(frame(tags=[["x"], ["x", "y"]]))
    assert deals["tags"].tolist() == ["['x']", "['x', 'y']"]


def test_torn_rows_of_a_plain_file_are_told(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text(GOOD + "3,2025-01-02,2025-02-02,1,5,A,spare\n")
    with pytest.raises(UsageError) as caught:
        canonical_deals(path)
    assert caught.value.values["row"] == 4
    both(caught.value, 2)


def test_a_parquet_is_known_by_its_bytes(tmp_path):
    buffer = io.BytesIO()
    frame().to_parquet(buffer)
    (tmp_path / "d.csv").write_bytes(buffer.getvalue())
    (tmp_path / "d.parquet").write_text(GOOD)
    assert len(canonical_deals(tmp_path / "d.csv")[0]) == len(canonical_deals(tmp_path / "d.parquet")[0]) == 2
    (tmp_path / "e.parquet").write_bytes(b"PAR1" + b"x" * 50 + b"PAR1")
    with pytest.raises(UnreadableError) as caught:
        canonical_deals(tmp_path / "e.parquet")
    assert "повреждён" in both(caught.value, 10)
