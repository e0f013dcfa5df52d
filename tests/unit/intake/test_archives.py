"""Exports packed into one file: each member read as its own source, hostile ones refused, the rest still read."""

import gzip
import io
import json
import zipfile

import pytest

from audit.intake.read import archive as room
from audit.intake.read import read_table, sniff

DEALS = "id,created,closed,won,amount,region\n1,2025-01-02,2025-02-01,1,100,A\n2,2025-01-03,2025-02-02,0,50,B\n"


def packed(members: dict[str, str | bytes], **options) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return file.getvalue()


def test_members_are_sources_of_their_own(desk):
    book = desk.sheet("b.xlsx", [["id", "created", "closed", "won", "amount"], [9, "2025-01-02", "2025-02-01", 1, 7]])
    more = json.dumps([{"id": 5, "created": "2025-01-02", "closed": "2025-02-01", "won": 1, "amount": 2}])
    desk.put("all.zip", packed({"deals.csv": DEALS, "in/b.xlsx": book.read_bytes(), "c.json": more, "__MACOSX/._deals.csv": "x", "folder/": ""}))
    book.unlink()
    desk.run()
    files = {entry["file"]: (entry["rows_in"], entry["rows_kept"]) for entry in desk.report["files"]}
    assert files == {"all.zip/deals.csv": (2, 2), "all.zip/in/b.xlsx": (1, 1), "all.zip/c.json": (1, 1)}
    assert sorted(desk.table("deals")["deal_id"]) == ["1", "2", "5", "9"]
    desk.run()  # mapping.yml knows the members again
    assert len(desk.table("deals")) == 4


def test_a_member_is_named_in_the_settings(desk):
    desk.client("sources: [{file: 'all.zip/x.csv', preset: telephony_calls}]\n")
    desk.put("all.zip", packed({"deals.csv": DEALS, "x.csv": "a,b\n1,2\n"}))
    desk.run()
    assert desk.entry("all.zip/x.csv")["preset"] == "telephony_calls"
    assert desk.entry("all.zip/deals.csv")["table"] == "deals"


def test_quarantine_of_a_member(desk):
    desk.put("all.zip", packed({"deals.csv": DEALS + "1,2025-01-02,,0,5,A\n"}))
    desk.run()
    assert desk.entry("all.zip/deals.csv")["reasons"] == {"duplicate_id": 1}
    assert "1,2025-01-02,,0,5,A" in desk.quarantine("all.zip_deals.csv")


def test_quarantines_of_like_names_stay_apart(desk):
    desk.put("a.zip", packed({"in/deals.csv": DEALS + "1,2025-01-02,,0,5,A\n", "in_deals.csv": DEALS.replace("1,2025", "7,2025").replace("2,2025", "8,2025") + "8,2025-01-02,,0,6,A\n"}))
    desk.run()
    assert ",5,A" in desk.quarantine("a.zip_in_deals.csv")
    assert ",6,A" in desk.quarantine("a.zip_in_deals_2.csv")


def test_a_packed_file(desk):
    desk.put("deals.csv.gz", gzip.compress(DEALS.encode("cp1251")))
    desk.run()
    assert desk.entry("deals.csv.gz")["rows_kept"] == 2


def test_cyrillic_names_written_by_windows(tmp_path):
    raw = packed({"x" * 6 + ".csv": DEALS})
    name = "сделки".encode("cp866")
    (tmp_path / "a.zip").write_bytes(raw.replace(b"xxxxxx", name))
    assert [source.file for source in read_table(tmp_path / "a.zip")] == ["a.zip/сделки.csv"]


def test_workbooks_and_archives_are_told_apart(desk):
    book = desk.sheet("b.xlsx", [["id", "won"], [1, 1]])
    assert sniff.kind(book) == "excel"
    assert sniff.kind(desk.put("b.zip", packed({"book.xlsx": book.read_bytes()}))) == "zip"
    assert sniff.kind(desk.put("empty.zip", packed({}))) == "zip"


# -- hostile ---------------------------------------------------------------------------------------------


def encrypted(raw: bytes, name: bytes) -> bytes:
    """The flag of encryption set on a member, in its own header and in the list of members."""
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = 0
        while (at := raw.find(mark, at)) >= 0:
            if name in raw[at : at + 80]:
                raw = raw[: at + place] + bytes([raw[at + place] | 1]) + raw[at + place + 1 :]
            at += 4
    return raw


@pytest.mark.parametrize(("name", "content", "problem"), [
    ("inner.zip", packed({"deals.csv": DEALS}), "nested_archive"),
    ("inner.gz", gzip.compress(b"id\n1", mtime=0), "nested_archive"),
    ("../../evil.csv", DEALS, "unsafe_member"),
    ("/etc/evil.csv", DEALS, "unsafe_member"),
    ("..\\evil.csv", DEALS, "unsafe_member"),
    ("C:\\evil.csv", DEALS, "unsafe_member"),
    ("bomb.csv", b"0" * 60_000_000, "inflated"),
    ("photo.png", b"\x89PNG\r\n" + b"\x00" * 90, "binary"),
    ("empty.csv", "", "empty"),
    ("cut.json", '[{"id": 1', "damaged_json"),
])
def test_a_hostile_member_is_refused_and_the_rest_is_read(desk, name, content, problem):
    before = set(desk.root.parent.rglob("*evil*"))
    desk.put("a.zip", packed({name: content, "deals.csv": DEALS}))
    desk.run()
    problems = {entry["file"]: entry.get("problem") for entry in desk.report["files"]}
    assert sorted(problems.values(), key=str) == sorted([None, problem], key=str)
    assert not any(".." in file for file in problems)
    assert set(desk.root.parent.rglob("*evil*")) == before
    assert len(desk.table("deals")) == 2


def test_a_member_under_a_password(tmp_path):
    (tmp_path / "a.zip").write_bytes(encrypted(packed({"secret.csv": DEALS, "deals.csv": DEALS}), b"secret.csv"))
    assert [(source.file, source.problem) for source in read_table(tmp_path / "a.zip")] == [
        ("a.zip/secret.csv", "encrypted_member"), ("a.zip/deals.csv", None)]


def test_totals_are_limited(tmp_path, monkeypatch):
    path = tmp_path / "a.zip"
    path.write_bytes(packed({f"{at}.csv": DEALS for at in range(5)}))
    monkeypatch.setattr(room, "WHOLE", 200)
    assert read_table(path)[0].problem == "inflated"
    monkeypatch.setattr(room, "MEMBERS", 4)
    assert read_table(path)[0].problem == "too_many_members"


def test_gzip_without_end(tmp_path, monkeypatch):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 2_000_000))
    monkeypatch.setattr(room, "PART", 100_000)
    assert read_table(path)[0].problem == "inflated"


@pytest.mark.parametrize("cut", [20, 60, 200])
def test_cut_archives(tmp_path, cut):
    raw = packed({"deals.csv": DEALS * 50})
    for name, content in (("a.zip", raw[:-cut]), ("b.csv.gz", gzip.compress((DEALS * 500).encode())[:-cut])):
        (tmp_path / name).write_bytes(content)
        assert read_table(tmp_path / name)[0].problem in ("damaged_archive", "damaged_workbook")


def test_a_member_whose_bytes_are_damaged(tmp_path):
    raw = bytearray(packed({"deals.csv": "".join(f"{at},{at * 7919}\n" for at in range(2000)), "b.csv": DEALS}))
    raw[3000:3010] = b"\xff" * 10
    (tmp_path / "a.zip").write_bytes(raw)
    assert [source.problem for source in read_table(tmp_path / "a.zip")] == ["damaged_member", None]


def test_an_archive_within_a_packed_file(tmp_path):
    (tmp_path / "a.zip.gz").write_bytes(gzip.compress(packed({"deals.csv": DEALS})))
    assert read_table(tmp_path / "a.zip.gz")[0].problem == "nested_archive"
