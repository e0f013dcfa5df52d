"""What tests of places share: a made-up secret that must never be seen anywhere, and a table with what must become of it."""

import pyarrow.parquet as pq

CANARY = "kanareika-7Q!x/9@z"
DEALS = """CREATE TABLE deals (id bigint, title text, stage text, amount numeric, owner text, created timestamptz, closed timestamptz)"""
ROWS = """INSERT INTO deals VALUES
 (9007199254740993123, 'Станок "А", 5 шт
вторая строка', 'won', 1234.567, 'Анна', '2026-03-01 23:30:00+00', '2026-03-05 10:00:00.75+03'),
 (9007199254740993124, '', 'lost', 12345678901.25, 'Пётр', '2026-03-02 08:00:00+00', '2026-03-09 08:00:00+00'),
 (9007199254740993125, NULL, 'open', NULL, 'Анна', '2026-03-03 08:00:00+00', NULL),
 (NULL, 'без номера', 'open', 1, 'Анна', '2026-03-03 08:00:00+00', NULL)"""


def everything(desk) -> str:
    """All that was written, as text; parquet files by their columns and bytes."""
    found = []
    for path in desk.root.rglob("*"):
        if path.is_file():
            found.append(str(path) + path.read_bytes().decode("utf-8", "replace"))
            if path.suffix == ".parquet":
                found.append(str(pq.read_table(path).to_pylist()))
    return "\n".join(found)


def assert_balanced(desk) -> None:
    for entry in desk.report["files"]:
        assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"], entry


def assert_deals(desk, label: str) -> None:
    """What DEALS and ROWS must become, whatever place they came from."""
    (entry,) = (entry for entry in desk.report["files"] if entry.get("sheet") == "deals")
    assert entry["file"] == label
    assert (entry["rows_in"], entry["rows_kept"], entry["rows_quarantined"]) == (4, 3, 1)
    assert_balanced(desk)
    deals = desk.table("deals").set_index("deal_id")
    assert list(deals.index) == ["9007199254740993123", "9007199254740993124", "9007199254740993125"]
    assert deals["amount"].tolist()[:2] == [1234.567, 12345678901.25]
    assert str(deals["created_at"].iloc[0]) == "2026-03-02 02:30:00"  # Moscow
    assert str(deals["closed_at"].iloc[0]) == "2026-03-05 10:00:00"
    assert deals["semantic"].tolist() == ["won", "lost", "open"]
