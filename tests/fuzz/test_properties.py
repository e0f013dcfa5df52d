"""Cells written in any dialect arrive as they were written; every row is kept or refused."""

import csv
import html
import io
import json
import tempfile
from pathlib import Path

import mutate
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audit.intake import intake

HEAD = ["Deal - ID", "Deal - Title", "Deal - Value", "Deal - Currency of Value", "Deal - Owner", "Deal - Stage", "Deal - Status", "Deal - Deal created", "Deal - Won time"]
# text as people write it: quotes, separators, breaks of lines, formulas, other scripts, emoji, right-to-left
PIECES = st.sampled_from(['"', "'", ";", ",", "\t", "|", "\n", "=1+1", "@a", "-", "<b>", "&amp;", "Смета", "Оферта", "שלום", "😀", "\u202e", "a b", "0", "1 000,50", "31.02.2026", "x"])
TITLES = st.lists(PIECES, min_size=1, max_size=6).map(lambda pieces: "t " + "".join(pieces) + " t")
TABLES = st.lists(TITLES, min_size=4, max_size=9)
QUICK = settings(max_examples=12, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck))


def grid(titles: list[str]) -> list[list[str]]:
    """A table of won deals with these titles."""
    return [HEAD, *([str(100 + at), title, "10.50", "RUB", "Ivan", "Offer", "won", f"2026-03-0{at + 1} 09:00:00", "2026-04-01 09:00:00"] for at, title in enumerate(titles))]


def delimited(rows: list[list[str]], separator: str = ";", encoding: str = "utf-8", end: str = "\r\n", quoting: int = csv.QUOTE_ALL) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue().encode(encoding)


def page(rows: list[list[str]]) -> bytes:
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<meta charset='utf-8'><table>{body}</table>".encode()


def lines(rows: list[list[str]]) -> bytes:
    return "\n".join(json.dumps(dict(zip(rows[0], row, strict=True)), ensure_ascii=bool(at % 2)) for at, row in enumerate(rows[1:])).encode()


def arrived(files: dict[str, bytes]) -> tuple[list[list[str]], list[dict]]:
    """(id and title of every deal by id, entries of the files) of an intake; no row may be lost."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "inbox").mkdir()
        (place / "client.yml").write_text("name: A\ncurrency: RUB\n", "utf-8")
        for name, content in files.items():
            (place / "inbox" / name).write_bytes(content)
        intake(place, lang="en", accept=True)
        entries = json.loads((place / "intake.json").read_text("utf-8"))["files"]
        deals = pq.read_table(place / "tables" / "deals.parquet").select(["deal_id", "title"]).to_pylist()
    assert all(entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"] for entry in entries)
    return sorted([deal["deal_id"], deal["title"]] for deal in deals), entries


def plain(text: str) -> str:
    """The cleaning: entities of pages are their characters; blanks, breaks of lines among them, are one space."""
    return " ".join(html.unescape(text).split())


def same(found: list[list[str]], rows: list[list[str]]) -> None:
    assert [[key, plain(title)] for key, title in found] == [[row[0], plain(row[1])] for row in rows[1:]]


@QUICK
@given(TABLES, st.sampled_from(";,\t|"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["\r\n", "\n"]), st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))
def test_cells_of_any_dialect_arrive(titles, separator, encoding, end, quoting):
    rows = grid(titles)
    same(arrived({"a.csv": delimited(rows, separator, encoding, end, quoting)})[0], rows)


@pytest.mark.parametrize(("name", "write"), [("a.xlsx", lambda rows: mutate.workbook([[f"{cell}" for cell in row] for row in rows])), ("a.xls", page), ("a.jsonl", lines)])
@QUICK
@given(TABLES)
def test_cells_of_other_formats_arrive(name, write, titles):
    titles = [title.replace("=", "_") for title in titles] if name == "a.xlsx" else titles
    rows = grid(titles)
    same(arrived({name: write(rows)})[0], rows)


@QUICK
@given(TABLES)
def test_the_same_file_twice_doubles_nothing_and_order_changes_nothing(titles):
    rows = grid(titles)
    found, entries = arrived({"a.csv": delimited(rows), "b.csv": delimited([rows[0], *reversed(rows[1:])])})
    same(found, rows)
    assert entries[1]["reasons"] == {"duplicate_id": len(titles)}
