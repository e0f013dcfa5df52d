import datetime as dt
import gc
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pyarrow as pa
import pytest

from audit.engine import load
from audit.errors import AuditError, UsageError, WorkspaceError
from audit.metrics.bases import Bases

DEALS = pd.DataFrame({"deal_id": [1, 2], "semantic": ["won", None], "created_at": ["2026-01-01", "2026-01-02"], "amount": [None, None]})


def test_columns_come_in_their_declared_types():
    schema = load({"deals": DEALS})["deals"].schema()
    assert [str(schema[name]) for name in DEALS] == ["string", "string", "timestamp(6)", "float64"]


def test_an_empty_column_and_an_empty_table_are_lacking():
    tables = load({"deals": DEALS, "leads": DEALS.head(0)[["created_at"]]})
    assert tables.lacks("deals", "deals.semantic", "deals.amount", "deals.closed_at", "leads", "users") == [
        "deals.amount", "deals.closed_at", "leads", "users"]
    assert tables.has("deals.closed_at|deals.created_at")
    assert tables.lacks("deals.closed_at|users.name") == ["deals.closed_at"]


@pytest.mark.parametrize("form", ["pandas", "arrow", "parquet", "csv", "ibis"])
def test_every_form_of_a_table_gives_the_same_rows(form, tmp_path):
    frame = pd.DataFrame({"user_id": ["a", "b"], "name": ["Ann", "Böb;"], "hired_at": [dt.date(2024, 1, 1), None]})
    path = tmp_path / f"users.{form}"
    source = {"pandas": frame, "arrow": pa.Table.from_pandas(frame), "parquet": path, "csv": path}.get(form)
    if form == "parquet":
        frame.to_parquet(path)
    elif form == "csv":
        frame.to_csv(path, index=False)
    elif form == "ibis":
        connection = ibis.duckdb.connect()
        connection.raw_sql("create table users as select * from (values ('a', 'Ann', date '2024-01-01'), ('b', 'Böb;', null)) "
                           "as t(user_id, name, hired_at)")
        source = connection.table("users")
    tables = load({"users": source})
    rows = tables.backend.to_pyarrow(tables["users"].order_by("user_id")).to_pylist()
    assert rows == [{"user_id": "a", "name": "Ann", "hired_at": dt.date(2024, 1, 1)}, {"user_id": "b", "name": "Böb;", "hired_at": None}]
    assert tables.filled("users") == {"user_id", "name", "hired_at"}


def test_parquet_without_counts_is_asked(tmp_path):
    import pyarrow.parquet as pq

    path = tmp_path / "users.parquet"
    pq.write_table(pa.table({"user_id": ["a"], "name": pa.array([None], pa.string())}), path, write_statistics=False)
    assert load({"users": path}).filled("users") == {"user_id"}


def test_a_folder_of_tables(tmp_path):
    (tmp_path / "tables").mkdir()
    pd.DataFrame({"user_id": ["a"]}).to_parquet(tmp_path / "tables" / "users.parquet")
    assert list(load(tmp_path)) == ["users"]
    assert load(loaded := load(tmp_path)) is loaded


@pytest.mark.parametrize(("source", "kind", "found"), [
    ({"dealz": DEALS}, UsageError, "dealz"),
    ({"deals": "/no/such/file.parquet"}, UsageError, "/no/such/file.parquet"),
    ({"deals": DEALS.assign(created_at=["2026-01-01", "31.02.2026"])}, UsageError, "31.02.2026"),
])
def test_a_mistake_is_told_in_three_parts(source, kind, found):
    with pytest.raises(kind) as told:
        load(source)
    assert found in told.value.told("ru")
    assert len(told.value.told("en").splitlines()) == 3


def test_an_empty_folder_has_no_tables(tmp_path):
    with pytest.raises(WorkspaceError):
        load(tmp_path)


def test_an_unknown_engine_names_the_known_one():
    with pytest.raises(AuditError, match="duckdb"):
        load({"deals": DEALS}, "duckbd")


def test_many_rows_lie_in_a_file_that_ends_with_the_session(monkeypatch):
    from audit.engine.duck import duck

    monkeypatch.setenv("AUDIT_MEMORY", "300MB")
    monkeypatch.setenv("AUDIT_THREADS", "1")
    backend = duck()
    assert backend.con.execute("SELECT current_setting('threads')").fetchone() == (1,)
    folder = Path(backend._folder)
    backend.spread()
    assert backend.con.execute("SELECT current_setting('block_allocator_memory') = current_setting('memory_limit')").fetchone() == (True,)
    rows = ibis.range(0, 3_000_000).unnest().name("n").as_table()
    made = backend.create_table("many", rows.mutate(text=rows.n.cast("string") + " a client of some length"), temp=True)
    assert backend.to_pyarrow(made.agg(n=made.n.sum(), texts=made.text.nunique())).to_pylist() == [{"n": 3_000_000 * 2_999_999 // 2, "texts": 3_000_000}]
    assert (folder / "tables.duckdb").stat().st_size > 1_000_000
    del made, rows, backend
    gc.collect()
    assert not folder.exists()


def test_more_memory_than_there_is_may_be_named(monkeypatch):
    from audit.engine.duck import duck

    monkeypatch.setenv("AUDIT_MEMORY", "100TB")
    backend = duck()
    backend.spread()
    made = backend.create_table("few", ibis.memtable({"n": [1, 2]}), temp=True)
    assert backend.to_pyarrow(made.agg(n=made.n.sum())).to_pylist() == [{"n": 3}]


def test_a_query_that_does_not_fit_takes_twice_the_memory_once(monkeypatch):
    from audit.engine.duck import duck

    monkeypatch.setenv("AUDIT_MEMORY", "50MB")
    backend = duck()
    limit = backend.con.execute("SELECT current_setting('memory_limit')").fetchall()
    numbers = ibis.range(0, 3_500_000).unnest().name("n").as_table()
    listed = numbers.agg(n=numbers.n.collect())  # one value, which DuckDB cannot put aside
    with pytest.raises(duckdb.OutOfMemoryException):
        backend.con.execute(f"CREATE TEMP TABLE plain AS {backend.compile(listed)}")
    kept = backend.create_table("kept", listed, temp=True)
    assert backend.to_pyarrow(kept.select(n=kept.n.length())).to_pylist() == [{"n": 3_500_000}]
    assert backend.to_pyarrow(numbers.agg(n=numbers.n.collect().length())).to_pylist() == [{"n": 3_500_000}]
    backend.con.execute("DROP TABLE kept")
    assert backend.con.execute("SELECT current_setting('memory_limit')").fetchall() == limit
    more = ibis.range(0, 12_000_000).unnest().name("n").as_table()
    with pytest.raises(duckdb.OutOfMemoryException):
        backend.to_pyarrow(more.agg(n=more.n.collect().length()))
    assert backend.con.execute("SELECT current_setting('memory_limit')").fetchall() == limit


def test_texts_of_a_list_are_texts_to_a_query():
    from audit.engine.duck import duck

    backend = duck()
    backend.spread()
    rows = ibis.memtable({"n": list(range(6)), "owner": ["Bob", "Ann", None, "—", "Ann", "Zoé"], "id": [f"d{i}" for i in range(6)]})
    plain = backend.create_table("plain", rows, temp=True)
    kept = backend.listed(backend.create_table("kept", rows, temp=True))
    beside = backend.create_table("beside", rows.rename(other="n"), temp=True)
    again = backend.create_table("again", kept.filter(kept.n > 0), temp=True)
    assert backend.con.execute(f"SELECT DISTINCT typeof(owner) LIKE 'ENUM%' FROM audit_kept.main.{again.op().name}").fetchall() == [(True,)]

    def told(t):
        other = t.select(who=t.owner + "!", n="n").union(t.select(who="id", n="n"))
        return [backend.to_pyarrow(one).to_pydict() for one in (
            t.order_by(t.owner.desc(), t.n), t.filter(t.owner == "nobody"), t.filter(t.owner.isin(["Ann", "nobody"])).order_by("n"),
            t.group_by(who=t.owner.fill_null("none")).agg(n=t.n.sum()).order_by("who"), t.filter(t.owner > "B").order_by("n"),
            t.mutate(owner=ibis.coalesce(t.owner, t.id), low=t.owner.lower(), cased=ibis.ifelse(t.n > 3, t.owner, "few")).order_by("n"),
            t.inner_join(beside, "owner").select("n", "owner", "other").order_by("n", "other"), other.order_by("n", "who"),
            t.agg(least=t.owner.min(), most=t.owner.max(), texts=t.owner.nunique()))]

    assert told(kept) == told(plain)
    assert told(again) == told(plain.filter(plain.n > 0))


def test_a_list_of_nothing():
    from audit.engine.duck import duck

    backend = duck()
    numbers = backend.create_table("numbers", ibis.memtable({"n": [1, 2]}), temp=True)
    assert backend.to_pyarrow(backend.listed(numbers)).to_pydict() == {"n": [1, 2]}
    empty = ibis.memtable({"n": [1, 2], "text": [None, None]}, schema={"n": "int64", "text": "string"})
    assert backend.to_pyarrow(backend.listed(backend.create_table("empty", empty, temp=True))).to_pydict() == {"n": [1, 2], "text": [None, None]}


def test_rows_read_twice_are_copied_only_where_they_cost_something():
    tables = load({"deals": DEALS})
    backend, deals = tables.backend, tables["deals"]
    picked = deals.filter(deals.created_at.notnull())
    counted = deals.group_by("semantic").agg(n=deals.count())
    for rows, twice, copied in ((picked, picked.union(picked), False), (counted, counted.union(counted), True)):
        query = backend.compile(twice)
        assert query.startswith("WITH") and ("NOT MATERIALIZED" not in query) == copied
        assert len(backend.to_pyarrow(twice)) == 2 * len(backend.to_pyarrow(rows)) == 4


def test_long_frames_are_let_go_and_made_again(monkeypatch):
    bases = Bases(load({"deals": DEALS}))
    monkeypatch.setattr("audit.metrics.bases.asof.SMALL", 1)

    def deals(bases):
        return bases.rows(bases.full("deals").select("deal_id").order_by("deal_id"))

    def first(bases):
        return deals(bases).head(1)

    long, short = bases.rows_of(deals), bases.rows_of(first)
    bases.lighten()
    assert bases.rows_of(first) is short
    assert bases.rows_of(deals) is not long and bases.rows_of(deals).equals(long)
