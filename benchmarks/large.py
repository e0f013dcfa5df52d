"""A made-up client of any size as parquet files, written by DuckDB from a seed: 2M deals take a few minutes.

    python benchmarks/large.py [deals] [folder]

For every deal one lead, four moves between stages, ten actions; a client has four deals; a won deal has an invoice, and four of five
invoices are paid, some in two parts. Ids and dates grow together, as in an export. What a head keeps by hand (plans, stand-ups, reviews,
surveys …) is that of the made-up company of `tests/spec/made.py`, whatever the size.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "spec"))

from made import AS_OF, made

LARGE = ("leads", "deals", "stage_history", "activities", "clients", "invoices", "payments")
SELLERS, YEARS, SEED = 40, 3, 7
BENCH = Path(__file__).resolve().parents[1] / ".bench"

# `u` is a number of 0…1 of a row and a purpose, `ago` a time so many days before another, both the same on every computer
SETUP = f"""
SET preserve_insertion_order = false; SET memory_limit = '3GB';
CREATE MACRO u(i, k) AS ((hash(i * 1024 + k + {SEED} * 1000003) % 1000003) / 1000003.0);
CREATE MACRO pick(of, i, k) AS (of[1 + CAST(floor(u(i, k) * len(of)) AS INT)]);
CREATE MACRO later(moment, days) AS (moment + to_seconds(CAST(round(days * 86400) AS BIGINT)));
CREATE MACRO seller(i, k) AS ('u' || CAST(1 + floor(pow(u(i, k), 1.5) * {SELLERS}) AS INT));
CREATE MACRO finish() AS (TIMESTAMP '{AS_OF} 20:00:00');
CREATE MACRO kept(moment) AS (CASE WHEN moment < finish() THEN moment END);
CREATE TABLE life AS
SELECT i, seller(i, 1) AS owner, created_at, state, CASE WHEN state != 'open' THEN closed END AS closed_at, least(closed, finish()) AS ends FROM (
    SELECT *, CASE WHEN closed >= finish() OR u(i, 4) < 0.1 THEN 'open' WHEN u(i, 4) < 0.4 + (hash(owner_key) % 20) / 200.0 THEN 'won' ELSE 'lost' END AS state
    FROM (SELECT i, seller(i, 1) AS owner_key, created_at, later(created_at, 0.3 - 35 * ln(1 - u(i, 3))) AS closed
          FROM (SELECT range AS i, later(finish(), (CAST(range AS DOUBLE) / {{n}} - 1) * {YEARS} * 365 - 0.1 - u(range, 2)) AS created_at FROM range({{n}}))));
"""

TABLES = {
    "deals": """
        SELECT 'd' || i AS deal_id, 'deal ' || i AS title, CASE WHEN i % 5 < 3 THEN 'l' || i END AS lead_id,
          'c' || CAST(floor(u(i, 10) * {n} / 4) AS BIGINT) AS client_id, owner AS owner_id, 'p' AS pipeline_id,
          CASE state WHEN 'won' THEN 'w' WHEN 'lost' THEN 'l' ELSE pick(['n', 'm', 'o'], i, 11) END AS stage_id, state AS semantic,
          round(exp(8 + 2 * (u(i, 12) + u(i, 13) + u(i, 14) - 1.5)), 2) AS amount, round(amount * 0.3, 2) AS margin, round(amount * 0.1, 2) AS profit,
          created_at, closed_at, CAST(later(created_at, 40) AS DATE) AS expected_close_on,
          CASE WHEN state = 'won' AND u(i, 15) < 0.8 THEN later(created_at, 0.9 * epoch(closed_at - created_at) / 86400) END AS contract_signed_at,
          CASE WHEN state = 'lost' THEN pick(['price', 'rude', 'term', 'rival'], i, 16) END AS loss_reason,
          CASE WHEN u(i, 17) < 0.9 THEN pick(['web', 'ads', 'fair', 'partner'], i, 18) END AS source, pick(['A', 'B', 'C'], i, 19) AS segment,
          pick(['north', 'south', 'west'], i, 20) AS region, pick(['P', 'Q', 'R', 'S'], i, 21) AS product,
          CASE WHEN state = 'open' AND u(i, 22) < 0.6 THEN later(finish(), 5 * u(i, 23) - 1) END AS next_activity_at,
          kept(later(created_at, epoch(ends - created_at) / 86400 * u(i, 24))) AS last_activity_at
        FROM life""",
    "leads": """
        SELECT 'l' || i AS lead_id, 'c' || CAST(floor(u(i, 10) * {n} / 4) AS BIGINT) AS client_id, owner AS owner_id, came AS created_at,
          pick(['web', 'ads', 'fair', 'partner'], i, 18) AS source, pick(['x', 'y'], i, 30) AS channel, what AS semantic,
          CASE WHEN what = 'converted' THEN created_at END AS converted_at, CASE WHEN what != 'open' THEN created_at END AS closed_at,
          CASE WHEN u(i, 31) < 0.6 THEN kept(later(came, 0.1)) END AS qualified_at,
          CASE WHEN what IN ('junk', 'lost') THEN pick(['rude', 'price', 'wrong number'], i, 32) END AS loss_reason
        FROM (SELECT *, later(created_at, -0.05 - 6 * u(i, 33)) AS came,
                CASE WHEN i % 5 < 3 THEN 'converted' WHEN created_at > later(finish(), -3) THEN 'open' ELSE pick(['junk', 'lost'], i, 34) END AS what FROM life)""",
    "stage_history": """
        SELECT 'deal' AS entity, 'd' || i AS entity_id, 'p' AS pipeline_id, step.stage AS to_stage,
          later(created_at, epoch(ends - created_at) / 86400 * (step.place + 0.15 * u(i, 40 + step.k)) * CAST(step.k > 0 AS INT)) AS entered_at,
          CASE WHEN u(i, 50 + step.k) < 0.9 THEN owner END AS changed_by
        FROM life, (VALUES (0, 'n', 0.0, 1.0), (1, 'm', 0.1, 0.95), (2, 'o', 0.3, 0.8), (3, 'm', 0.5, 0.22), (4, 'o', 0.7, 0.22)) AS step(k, stage, place, share)
        WHERE u(i, 60 + step.k) < step.share
        UNION ALL
        SELECT 'deal', 'd' || i, 'p', CASE state WHEN 'won' THEN 'w' ELSE 'l' END, closed_at, owner FROM life WHERE state != 'open'""",
    "activities": """
        SELECT 'a' || (i * 10 + k) AS activity_id, kind, owner AS owner_id, CASE WHEN k < 2 THEN 'lead' ELSE 'deal' END AS entity,
          CASE WHEN k < 2 THEN 'l' ELSE 'd' END || i AS entity_id, 'c' || CAST(floor(u(i, 10) * {n} / 4) AS BIGINT) AS client_id, began AS created_at,
          CASE WHEN kind = 'task' THEN later(began, 1) END AS due_at, CASE WHEN kind = 'task' THEN CAST(floor(u(i, 150 + k) * 3) AS BIGINT) END AS reschedules,
          began AS started_at, CASE WHEN u(i, 100 + k) < 0.9 THEN kept(later(began, 0.02 + CASE WHEN kind = 'task' THEN 1.5 * u(i, 110 + k) ELSE 0 END)) END AS done_at,
          CASE WHEN kind IN ('call_out', 'call_in') THEN floor(u(i, 120 + k) * 300) END AS duration_s, u(i, 130 + k) < 0.7 AS is_answered,
          CASE WHEN kind = 'call_in' THEN '+359200' || CAST(floor(u(i, 10) * {n} / 4) AS BIGINT) END AS phone,
          CASE WHEN kind = 'call_in' THEN pick(['main', 'ads'], i, 160) END AS line,
          pick(['Обсудили условия, договорились созвониться завтра', '-', 'ok', 'Ждёт договор до пятницы'], i, 170 + k) AS comment, u(i, 140 + k) < 0.05 AS is_auto
        FROM (SELECT i, owner, k, pick(['call_out', 'call_out', 'call_in', 'meeting', 'email', 'task', 'proposal'], i, 80 + k) AS kind,
                CASE WHEN k < 2 THEN later(created_at, -0.04 + 0.03 * u(i, 90 + k)) ELSE later(created_at, epoch(ends - created_at) / 86400 * u(i, 90 + k)) END AS began
              FROM life, range(10) AS step(k))""",
    "clients": """
        SELECT 'c' || range AS client_id, 'Client ' || range AS name, CAST(1000000000 + range AS VARCHAR) AS tax_id, seller(range, 200) AS owner_id,
          later(finish(), -u(range, 201) * 365 * 4) AS created_at, pick(['A', 'B', 'C'], range, 202) AS segment,
          pick(['north', 'south', 'west'], range, 203) AS region, pick(['trade', 'works', 'food'], range, 204) AS industry FROM range({n} // 4)""",
    "invoices": """
        SELECT 'i' || substr(deal_id, 2) AS invoice_id, deal_id, client_id, owner_id, CAST(closed_at AS DATE) AS issued_on,
          CAST(closed_at AS DATE) + 14 AS due_on, amount FROM '{folder}/deals.parquet' WHERE semantic = 'won'""",
    "payments": """
        SELECT 'm' || i || part AS payment_id, 'i' || i AS invoice_id, received_on, amount FROM (
          SELECT CAST(substr(invoice_id, 2) AS BIGINT) AS i, part, issued_on + CAST(5 + 25 * u(i, 210 + part) AS INT) AS received_on,
            CASE WHEN u(i, 220) < 0.8 THEN CASE WHEN part = 0 THEN amount END ELSE round(amount / 2, 2) END AS amount
          FROM '{folder}/invoices.parquet', range(2) AS parts(part) WHERE u(CAST(substr(invoice_id, 2) AS BIGINT), 230) < 0.8)
        WHERE amount IS NOT NULL AND received_on <= DATE '{as_of}'""",
}


def write(deals: int, folder: Path) -> Path:
    """The files of a client with so many deals in `folder`; what is there already is taken as it is."""
    if (folder / "done").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in made().items():
        if name not in LARGE:
            frame.to_parquet(folder / f"{name}.parquet")
    with duckdb.connect() as connection:
        connection.execute("SET temp_directory = ?", [str(folder / "spill")])
        connection.execute(SETUP.format(n=deals))
        for name, query in TABLES.items():
            rows = query.format(n=deals, folder=folder, as_of=AS_OF)
            connection.execute(f"COPY ({rows}) TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
        own = "('u1', 'u2', 'u3', 'u4')"
        connection.execute(f"COPY (SELECT * FROM '{folder}/users.parquet' UNION ALL BY NAME SELECT 'u' || range AS user_id, 'Seller ' || range AS name, "
                           f"'T' || (1 + range % 10) AS team, 'seller' AS role FROM range(1, {SELLERS + 1}) WHERE user_id NOT IN {own} "
                           f"AND user_id NOT IN (SELECT user_id FROM '{folder}/users.parquet')) TO '{folder}/users2.parquet' (FORMAT parquet)")
    (folder / "users2.parquet").replace(folder / "users.parquet")
    (folder / "done").touch()
    return folder


def folder_of(deals: int) -> Path:
    """Where a client of this size lies."""
    return BENCH / f"catalogue-{deals}"


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    print(write(size, Path(sys.argv[2]) if len(sys.argv) > 2 else folder_of(size)))
