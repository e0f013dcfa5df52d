"""Servers as sources: nothing lost, nothing changed, nothing secret shown."""

import json
import re
import subprocess
import sys
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from canary import CANARY, DEALS, ROWS, assert_balanced, assert_deals, everything

from audit.errors import AuditError
from audit.intake import intake

# -- PostgreSQL ------------------------------------------------------------------------------------------


@pytest.fixture
def crm(pg, desk, monkeypatch):
    port, sql = pg
    sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    sql(DEALS)
    sql(ROWS)
    monkeypatch.setenv("PGPASSWORD_ROMASHKA", CANARY)
    return port, sql, desk


def place(port: int, more: str = "    tables: [deals]\n") -> str:
    return f"sources:\n  - url: postgres://auditor@localhost:{port}/crm\n    password: env:PGPASSWORD_ROMASHKA\n{more}"


def test_postgres_comes_in_whole(crm):
    port, _, desk = crm
    desk.client(place(port))
    desk.run()
    assert_deals(desk, f"postgres://auditor@localhost:{port}/crm")
    (copy,) = (desk.root / "inbox" / ".live").rglob("deals.parquet")
    table = pq.read_table(copy)
    assert [str(field.type) for field in table.schema] == [
        "int64", "string", "string", "decimal128(14, 3)", "string", "timestamp[us, tz=UTC]", "timestamp[us, tz=UTC]"]
    assert table.column("amount")[0].as_py() == Decimal("1234.567")
    assert table.column("title").to_pylist() == ['Станок "А", 5 шт\nвторая строка', "", None, "без номера"]


def test_postgres_types_that_fit_nowhere_stay_text(crm):
    port, sql, desk = crm
    sql("CREATE TABLE odd AS SELECT 'infinity'::timestamptz AS w, 'NaN'::numeric AS n, '\\xff00'::bytea AS b, '{\"a\": [1]}'::jsonb AS j, "
        "ARRAY[1,2] AS a, interval '3 min 25 sec' AS i, true AS t, '0044-03-15 BC'::date AS d, 1e-7::float8 AS f, 10::numeric(40,2) AS big")
    desk.client(place(port, "    tables: [odd, deals]\n"))
    desk.run()
    row = pq.read_table(next((desk.root / "inbox").rglob("odd.parquet"))).to_pylist()[0]
    assert row == {"w": "infinity", "n": "NaN", "b": "\\xff00", "j": '{"a": [1]}', "a": "{1,2}", "i": "00:03:25", "t": True, "d": "0044-03-15 BC", "f": 1e-7, "big": Decimal("10.00")}


def test_postgres_a_query_under_a_name_and_the_preset_of_one_table(crm):
    port, _, desk = crm
    query = 'select id as "№", created as "начало", amount as "деньги", stage as "этап", closed as "конец" from deals where id is not null'
    desk.client(place(port, f"    tables:\n      deals: {json.dumps(query, ensure_ascii=False)}\n    table: {{deals: deals}}\n"))
    assert desk.fails().code == 11  # headers that nobody knows are asked, not guessed
    assert {question["column"] for question in desk.report["questions"]} >= {"created_at"}
    assert desk.report["files"][0]["rows_in"] == 3


@pytest.mark.parametrize("query", [
    "delete from deals returning *", "select 1; delete from deals", "with gone as (delete from deals returning *) select * from gone",
    "select * into stolen from deals", "select 1) to program 'true' --", "select set_config('transaction_read_only', 'off', false); drop table deals",
    "select setval('counter', 99)",
])
def test_postgres_nothing_can_be_changed(crm, query):
    port, sql, desk = crm
    sql("CREATE SEQUENCE IF NOT EXISTS counter")
    before = sql("SELECT count(*), max(last_value) FROM deals, counter")
    desk.client(place(port, f"    tables: {{deals: {json.dumps(query)}}}\n"))
    error = desk.fails()
    assert error.code in (2, 10)
    assert sql("SELECT count(*), max(last_value) FROM deals, counter") == before
    assert sql("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == [(1,)]
    assert not (desk.root / "inbox" / ".live").exists() or not list((desk.root / "inbox" / ".live").rglob("*.parquet"))


def test_postgres_names_are_quoted(crm):
    port, sql, desk = crm
    sql('CREATE TABLE "Sales; drop table deals; --" AS SELECT * FROM deals')
    desk.client(place(port, ""))
    desk.run()
    assert {entry["sheet"] for entry in desk.report["files"]} == {"deals", "Sales; drop table deals; --"}
    assert sql("SELECT count(*) FROM deals") == [(4,)]
    assert_balanced(desk)


def test_postgres_a_long_query_is_stopped(crm):
    port, _, desk = crm
    desk.client(place(port, "    tables: {deals: 'select pg_sleep(60), * from deals'}\n    timeout: 1\n"))
    assert "statement timeout" in str(desk.fails())


def test_offline_takes_the_copy(crm):
    port, sql, desk = crm
    desk.client(place(port))
    desk.run()
    desk.run()  # decisions of the first run are answers in the second
    first = {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file() and path.name != "lock"}
    sql("INSERT INTO deals SELECT 5, 'новая', 'open', 1, 'Анна', now(), null")
    intake(desk.root, lang="en", offline=True)
    assert {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file() and path.name != "lock"} == first
    desk.run()
    assert len(desk.table("deals")) == 4
    desk.client(place(port, "    tables: {deals: select * from deals where id > 5}\n"))
    with pytest.raises(AuditError, match="no copy"):
        intake(desk.root, lang="en", offline=True)


def test_a_failed_reading_leaves_the_old_copies(crm):
    port, sql, desk = crm
    sql("CREATE TABLE other AS SELECT 1 AS a")
    desk.client(place(port, "    tables: [deals, other]\n"))
    desk.run()
    before = {path: path.read_bytes() for path in (desk.root / "inbox").rglob("*") if path.is_file()}
    sql("DROP TABLE other")
    sql("DELETE FROM deals")
    assert desk.fails().code == 10
    assert {path: path.read_bytes() for path in (desk.root / "inbox").rglob("*") if path.is_file()} == before
    assert len(desk.table("deals")) == 3


@pytest.mark.parametrize("what", ["password", "database", "host", "table"])
def test_no_secret_in_anything_that_is_written_or_printed(crm, what, monkeypatch):
    port, _, desk = crm
    text = place(port)
    changed = {"database": text.replace("/crm", "/nothing"), "host": text.replace(f":{port}/", ":1/"), "table": text.replace("[deals]", "[nothing]")}.get(what, text)
    if what == "password":
        monkeypatch.setenv("PGPASSWORD_ROMASHKA", CANARY + "wrong")
    desk.client(changed)
    done = subprocess.run([sys.executable, "-m", "audit.cli", "intake", desk.root], capture_output=True, text=True, check=False)
    assert done.returncode == 10, done.stderr
    assert "Traceback" not in done.stderr
    assert "auditor@localhost" in done.stderr
    assert CANARY[:9] not in done.stdout + done.stderr + everything(desk)


def test_no_secret_after_a_whole_intake(crm):
    port, _, desk = crm
    desk.client(place(port))
    done = subprocess.run([sys.executable, "-m", "audit.cli", "intake", desk.root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert CANARY[:9] not in done.stdout + done.stderr + everything(desk)


def test_a_secret_that_is_not_set_is_told(desk, monkeypatch):
    monkeypatch.delenv("PGPASSWORD_ROMASHKA", raising=False)
    desk.client(place(1))
    error = desk.fails()
    assert error.code == 2
    assert "export PGPASSWORD_ROMASHKA=" in error.parts("en")[2]


@pytest.mark.parametrize("entry", [
    f"url: 'postgres://auditor:{CANARY}@db.example/crm'", f"url: 'postgres://auditor@db.example/crm?password={CANARY}'",
    f"{{url: 'postgres://auditor@db.example/crm', password: '{CANARY}'}}", f"{{api: amocrm, domain: romashka.example, token: '{CANARY}'}}",
    f"{{api: bitrix24, url: 'https://romashka.example/rest/1/{CANARY}/', token: 'env:B24'}}",
    f"{{url: 's3://bucket/x', endpoint: 'https://key:{CANARY}@s3.example'}}", f"{{url: 'mysql://auditor:{CANARY[:9]}/x#y@db.example/crm'}}",
    f"{{url: 'postgres://db.example/crm', passwd: '{CANARY}'}}", f"{{url: 'postgres://db.example/crm', password: *{CANARY[:9]}}}",
    f"{{url: 'postgres://db.example/crm', password: !{CANARY[:9]} x}}",
])
def test_a_literal_secret_is_refused_and_not_repeated(desk, entry):
    desk.client(f"sources:\n  - {entry}\n")
    done = subprocess.run([sys.executable, "-m", "audit.cli", "intake", desk.root, "--lang", "en"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert any(said in done.stderr for said in ("env:NAME", "passwd: there is no such setting", "not valid YAML"))
    assert CANARY[:9] not in done.stdout + done.stderr


# -- MySQL -----------------------------------------------------------------------------------------------


def test_mysql_comes_in_whole_and_is_not_changed(maria, desk, monkeypatch):
    port, sql = maria
    sql("DROP TABLE IF EXISTS deals")
    sql("CREATE TABLE deals (id bigint, title text, stage text, amount decimal(30,3), owner varchar(50), created timestamp(6) NULL, closed timestamp(6) NULL) CHARSET utf8mb4")
    sql("SET time_zone = '+00:00'")
    rows = re.sub(r"(\d\d:\d\d:\d\d(?:\.\d+)?)\+00", r"\1", ROWS).replace("10:00:00.75+03", "07:00:00.75")
    import pymysql

    with pymysql.connect(host="localhost", port=port, user="auditor", password=CANARY, database="crm", autocommit=True, charset="utf8mb4") as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(rows)
    monkeypatch.setenv("MY_PASSWORD", CANARY)
    text = f"sources:\n  - url: mysql://auditor@localhost:{port}/crm\n    password: env:MY_PASSWORD\n"
    desk.client(text)
    desk.run()
    assert_deals(desk, f"mysql://auditor@localhost:{port}/crm")
    assert CANARY[:9] not in everything(desk)
    for query in ("select 1; delete from deals", "select * from deals into outfile 'x'", "delete from deals"):
        desk.client(text + f"    tables: {{deals: {json.dumps(query)}}}\n")
        assert desk.fails().code in (2, 10)
    assert sql("SELECT count(*) FROM deals") == ((4,),)
    monkeypatch.setenv("MY_PASSWORD", CANARY + "x")
    assert CANARY[:9] not in str(desk.fails())
