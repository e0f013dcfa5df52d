"""PostgreSQL measures what DuckDB measures, from local tables and from tables that lie in it, and is left as it was."""

import time

import pandas as pd
import pytest
from engine_worlds import assert_alike, differences, drawn, some_drawn
from made import AS_OF, made

from audit.engine import load
from audit.errors import UnreadableError, UsageError, WorkspaceError
from audit.metrics import measure

ROLE = "CREATE ROLE {name} LOGIN PASSWORD 'reader-7Q'; GRANT USAGE ON SCHEMA public TO {name}"


@pytest.mark.again
def test_the_made_up_world_is_measured_alike(server, made_values):
    assert assert_alike(made(), server[0], AS_OF, wanted=made_values.frame) > 5_000


@pytest.mark.again
@pytest.mark.parametrize("world", some_drawn())
def test_drawn_worlds_are_measured_alike(server, world):
    assert_alike(drawn()[world], server[0])


@pytest.mark.again
def test_an_earlier_day_is_measured_alike(server):
    assert_alike(made(), server[0], "2026-02-10")


def sessions(sql) -> list:
    """How many sessions of ours the server has, once it has cleared up after those that ended: it does so in its own time."""
    ours, until = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sales-audit'", time.monotonic() + 20
    while (found := sql(ours)) != [(0,)] and time.monotonic() < until:
        time.sleep(0.1)
    return found


def test_nothing_is_left_in_the_database(server):
    address, sql = server
    count = "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'v', 'S', 'm')"
    assert sessions(sql) == [(0,)]
    before = sql(count)
    there = load(made(), address)
    measure(there, "win_rate", as_of=AS_OF)
    there.close()
    assert sessions(sql) == [(0,)]
    assert sql(count) == before


@pytest.fixture
def canon(server):
    """A schema with the canonical tables of the made-up world, written by another hand, and its address."""
    address, sql = server
    there = load(made(), address)
    sql("DROP SCHEMA IF EXISTS canon CASCADE; CREATE SCHEMA canon")
    cursor = there.backend.con.cursor()
    for name, table in there.items():
        cursor.execute(f'CREATE TABLE canon."{name}" AS {there.backend.compile(table)}')
    there.close()
    return f"{address}?schema=canon"


@pytest.mark.again
def test_tables_that_lie_in_a_schema_are_read_there(server, canon, made_values):
    _, sql = server
    sql("CREATE VIEW canon.other AS SELECT 1 AS one")
    wanted = made_values.frame
    written = "SELECT schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables WHERE schemaname NOT LIKE 'pg_temp%' ORDER BY 1, 2"
    before = sql(written)
    there = load(canon)
    assert set(there) == set(made())
    assert {table.op().namespace.database for table in there.values() if hasattr(table.op(), "namespace")} <= {"canon"}
    assert not differences(wanted, measure(there, as_of=AS_OF).frame)
    assert not differences(wanted[wanted["metric"] == "win_rate"], measure(canon, "win_rate", as_of=AS_OF).frame)
    there.close()
    assert sql(written) == before


def test_a_caller_may_bring_a_session(server):
    import ibis
    from canary import CANARY

    address, sql = server
    sql("DROP TABLE IF EXISTS won; CREATE TABLE won AS SELECT 'd' || i AS deal_id, CASE WHEN i % 3 = 0 THEN 'won' ELSE 'lost' END AS semantic, "
        "timestamp '2026-01-01' + i * interval '1 hour' AS created_at, timestamp '2026-02-01' + i * interval '1 hour' AS closed_at, "
        "i::numeric(12, 2) AS amount FROM generate_series(1, 60) AS i")
    session = ibis.postgres.connect(host="localhost", port=int(address.rsplit(":", 1)[1].split("/")[0]), user="auditor", password=CANARY, database="crm")
    found = measure({"deals": session.table("won")}, ["win_rate", "avg_check", "cycle_days"], by=[], as_of="2026-02-28")
    assert found.get("win_rate")["value"] == pytest.approx(1 / 3)
    assert found.get("avg_check")["value"] == pytest.approx(sum(range(3, 61, 3)) / 20)
    assert session.raw_sql("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()").fetchone() == (0,)  # the session goes on, without our tables
    session.disconnect()


def test_durations_that_stand_half_way_between_two_digits_add_up_alike(server):
    """108 seconds are 0.00125 days: engines round the fourth digit up or down as their numbers are held."""
    begun = pd.Timestamp("2026-01-05 09:00:00")
    deals = pd.DataFrame({"deal_id": [f"d{i}" for i in range(60)], "owner_id": [f"u{i % 3}" for i in range(60)], "semantic": ["open" if i % 4 == 0 else "won" for i in range(60)],
                          "created_at": [begun + pd.Timedelta(hours=i) for i in range(60)],
                          "closed_at": [None if i % 4 == 0 else begun + pd.Timedelta(hours=i, seconds=108 * (2 * i + 1)) for i in range(60)]})
    asked = {"metrics": ["flow_little"], "as_of": "2026-01-31"}
    ours = measure({"deals": deals}, **asked)
    assert ours.get("flow_little")["n"] > 0
    assert not differences(ours.frame, measure({"deals": deals}, **asked, engine=server[0]).frame)


def test_a_role_without_temporary_tables_is_told_what_to_ask_for(server, monkeypatch):
    address, sql = server
    sql("DROP ROLE IF EXISTS looker; REVOKE TEMPORARY ON DATABASE crm FROM PUBLIC; " + ROLE.format(name="looker"))
    monkeypatch.setenv("AUDIT_ENGINE_PASSWORD", "reader-7Q")
    with pytest.raises(UsageError, match="GRANT TEMPORARY ON DATABASE crm TO looker"):
        load(made(), address.replace("auditor", "looker"))


def test_a_role_that_only_reads_is_told_what_to_ask_for(server, monkeypatch):
    address, sql = server
    sql("DROP ROLE IF EXISTS reader; " + ROLE.format(name="reader") + "; ALTER ROLE reader SET default_transaction_read_only = on")
    monkeypatch.setenv("AUDIT_ENGINE_PASSWORD", "reader-7Q")
    with pytest.raises(UsageError, match="default_transaction_read_only = off"):
        load(made(), address.replace("auditor", "reader"))


def test_a_role_that_may_not_read_a_table_is_told_so(server, canon, monkeypatch):
    _, sql = server
    sql("DROP ROLE IF EXISTS half; GRANT TEMPORARY ON DATABASE crm TO PUBLIC; " + ROLE.format(name="half") + "; GRANT USAGE ON SCHEMA canon TO half")
    monkeypatch.setenv("AUDIT_ENGINE_PASSWORD", "reader-7Q")
    with pytest.raises(WorkspaceError, match="rights"):
        load(canon.replace("auditor", "half"))
    sql("GRANT SELECT (deal_id) ON canon.deals TO half")
    with pytest.raises(UnreadableError, match="permission denied for table deals"):
        measure(canon.replace("auditor", "half"), "win_rate")


def test_a_wrong_password_is_told_without_it(server, monkeypatch):
    monkeypatch.setenv("AUDIT_ENGINE_PASSWORD", "wrong-secret-1")
    with pytest.raises(UnreadableError) as told:
        load(made(), server[0])
    assert "AUDIT_ENGINE_PASSWORD" in str(told.value)
    assert "wrong-secret-1" not in str(told.value)


@pytest.mark.parametrize(("column", "said"), [("timestamptz '2026-01-01' AS created_at", "AT TIME ZONE"), ("'5' AS amount", "CAST")])
def test_a_column_of_another_kind_is_told(server, column, said):
    address, sql = server
    sql(f"DROP SCHEMA IF EXISTS odd CASCADE; CREATE SCHEMA odd; CREATE TABLE odd.deals AS SELECT 'd1' AS deal_id, 'won' AS semantic, {column}")
    with pytest.raises(UsageError, match=said):
        load(f"{address}?schema=odd")


def test_a_schema_without_tables_is_told(server):
    with pytest.raises(WorkspaceError, match="nowhere"):
        load(f"{server[0]}?schema=nowhere")


def test_texts_that_are_hard_to_carry_arrive_whole(server):
    frame = pd.DataFrame({"deal_id": ["1", "2", "3", "4"], "title": ['quote " and , comma', "two\nlines", "", None], "Очень длинный заголовок колонки": ["а", "\\N", "\\.", "б'"]})
    there = load({"deals": frame}, server[0])
    rows = there.backend.to_pyarrow(there["deals"].order_by("deal_id")).to_pylist()
    there.close()
    assert [list(row.values()) for row in rows] == frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
