"""Files of databases and folders of parquet files as sources: nothing lost, nothing changed."""

import datetime as dt
import sqlite3
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canary import CANARY, DEALS, ROWS, assert_balanced, assert_deals

from audit.errors import AuditError


def fill(connection) -> None:
    connection.execute(DEALS)
    connection.execute(ROWS)


def test_sqlite_by_url_by_key_and_dropped_give_the_same(desk):
    path = desk.root / "x.db"
    with sqlite3.connect(path) as connection:
        fill(connection)
    connection.close()
    found = []
    for text in ("sources: [{url: 'sqlite:///x.db'}]\n", "sources: [{sqlite: x.db}]\n", f"sources: [{{url: 'sqlite:///{path}'}}]\n"):
        desk.client(text)
        desk.run()
        found.append(desk.table("deals"))
    desk.client()
    path.rename(desk.root / "inbox" / "сделки.sqlite")
    desk.run()
    assert not (desk.root / "inbox" / ".live").exists()
    assert_deals(desk, "сделки.sqlite")
    for one in found:
        assert one.equals(desk.table("deals"))


def test_a_dropped_database_with_a_journal_is_read_whole_and_left_as_it_is(desk):
    path = desk.root / "inbox" / "x.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = wal")
    fill(connection)
    connection.commit()
    before = {one.name: one.read_bytes() for one in path.parent.iterdir()}
    assert "x.db-wal" in before
    desk.run()
    assert_deals(desk, "x.db")
    assert {one.name: one.read_bytes() for one in path.parent.iterdir()} == before
    assert len(desk.report["files"]) == 1
    connection.close()


def test_sqlite_cannot_be_changed_or_left(desk):
    path = desk.root / "x.db"
    with sqlite3.connect(path) as connection:
        fill(connection)
    connection.close()
    before = path.read_bytes()
    for query in ("delete from deals", "select 1; delete from deals", "select load_extension('x') from deals", "with x as (select 1) delete from deals"):
        desk.client(f"sources: [{{sqlite: x.db, tables: {{deals: \"{query}\"}}}}]\n")
        assert desk.fails().code in (2, 10)
    assert path.read_bytes() == before


def test_sqlite_columns_of_mixed_kinds_lose_nothing(desk):
    path = desk.root / "inbox" / "x.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE deals (id, title, amount, created, stage)")
        connection.executemany("INSERT INTO deals VALUES (?, ?, ?, ?, ?)", [
            (2**62 + 1, b"\xff", 5, "2026-01-01", "won"), ("A-7", "имя", 1.234, "2026-01-02 10:00:00", "open"), (3, None, None, "2026-01-03", "open")])
    connection.close()
    desk.run()
    deals = desk.table("deals").set_index("deal_id")
    assert list(deals.index) == [str(2**62 + 1), "A-7", "3"]
    assert deals["amount"].tolist()[:2] == [5.0, 1.234]


@pytest.mark.parametrize("content", [b"SQLite format 3\x00" + b"\x01" * 5000, b"01234567DUCK" + b"\x02" * 5000])
def test_a_damaged_database_is_told(desk, content):
    desk.put("x.db", content)
    error = desk.fails()
    assert (error.code, error.values["why"].key) == (10, "intake.problem.damaged_database")


def test_duckdb_dropped_and_by_url(desk):
    with duckdb.connect(str(desk.root / "x.duckdb")) as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")
        fill(connection)
        connection.execute("ALTER TABLE deals ALTER amount TYPE decimal(20,3)")
    desk.client("sources: [{url: 'duckdb:///x.duckdb'}]\n")
    with duckdb.connect(str(desk.root / "x.duckdb")) as connection:
        amount = connection.execute("SELECT max(amount) FROM deals").fetchone()[0]
        connection.execute("UPDATE deals SET amount = 1234.567 WHERE title LIKE 'Станок%'")
    assert amount == Decimal("12345678901.250")
    desk.run()
    assert_deals(desk, "duckdb:///x.duckdb")
    (desk.root / "x.duckdb").rename(desk.root / "inbox" / "x.duckdb")
    desk.client()
    desk.run()
    assert_deals(desk, "x.duckdb")


def test_duckdb_sees_no_other_file_and_odd_types_are_text(desk):
    with duckdb.connect(str(desk.root / "x.duckdb")) as connection:
        connection.execute("CREATE TABLE odd AS SELECT 170141183460469231731687303715884105727::hugeint AS h, interval 3 minute AS i, [1, 2] AS l, {'a': 1} AS s, "
                           "'\\xFF'::blob AS b, 18446744073709551615::ubigint AS u, 'x'::enum_t AS e, timestamp_ns '2026-01-01 00:00:00.123456789' AS n"
                           .replace("'x'::enum_t", "'x'::ENUM('x', 'y')"))
        fill(connection)
    (desk.root / "secret.csv").write_text("id,created\n1,2026-01-01\n")
    desk.client(f"sources: [{{url: 'duckdb:///x.duckdb', tables: {{deals: \"select * from read_csv('{desk.root}/secret.csv')\"}}}}]\n")
    assert "disabled" in str(desk.fails())
    desk.client("sources: [{url: 'duckdb:///x.duckdb'}]\n")
    desk.run()
    row = pq.read_table(next((desk.root / "inbox").rglob("odd.parquet"))).to_pylist()[0]
    assert {name: str(value) for name, value in row.items() if name in ("h", "u", "i", "b", "e")} == {
        "h": "170141183460469231731687303715884105727", "u": "18446744073709551615", "i": "00:03:00", "b": "\\xff", "e": "x"}


def parquet_deals() -> pa.Table:
    when = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    return pa.table({
        "id": pa.array([9007199254740993123, 9007199254740993124]), "stage": ["won", "open"],
        "amount": pa.array([Decimal("1234.567"), Decimal("5.000")]), "created": pa.array([when, when], pa.timestamp("us", "UTC")), "tags": [["a"], []]})


def test_a_folder_of_parquet_files(desk):
    (desk.root / "lake").mkdir()
    table = parquet_deals()
    pq.write_table(table.slice(0, 1), desk.root / "lake" / "deals_1.parquet")
    pq.write_table(table.slice(1, 1), desk.root / "lake" / "deals_2.parquet")
    for text in ("{url: 'parquet:///lake/*.parquet', tables: {deals: 'deals_*.parquet'}}",
                 "{url: 'parquet:///lake/*.parquet', tables: {deals: 'select * from deals_1 union all select * from deals_2'}}",
                 "{url: 'parquet:///lake/*.parquet'}"):
        desk.client(f"sources: [{text}]\n")
        desk.run()
        deals = desk.table("deals")
        assert deals["deal_id"].tolist() == ["9007199254740993123", "9007199254740993124"]
        assert deals["amount"].tolist() == [1234.567, 5.0]
        assert_balanced(desk)
    desk.client("sources: [{url: 'parquet:///nowhere/*.parquet'}]\n")
    assert desk.fails().code in (2, 10)


def test_two_places_under_one_name_are_refused(desk):
    desk.client("sources: [{sqlite: a.db, name: x}, {sqlite: b.db, name: x}]\n")
    assert "two sources" in str(desk.fails())


def test_keyring_is_asked(desk, monkeypatch):
    import keyring
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1

        def get_password(self, service, username):
            return {("crm", "auditor"): CANARY}.get((service, username))

        def set_password(self, service, username, password): ...

        def delete_password(self, service, username): ...

    from audit.intake.live.secrets import secret

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        assert secret("keyring:crm/auditor", "x") == CANARY
        with pytest.raises(AuditError, match="keyring set"):
            secret("keyring:crm/nobody", "x")
    finally:
        keyring.set_keyring(before)
