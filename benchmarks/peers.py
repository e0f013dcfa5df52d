"""What the benchmark of the catalogue is compared with: the same metrics in plain pandas, performance in pm4py. Run by `catalogue.py`.

    python benchmarks/peers.py pandas|pm4py folder [values.parquet]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

# metric → table, date, rows, numerator, denominator (of a sum nothing)
METRICS = ("won_deals", "revenue", "margin", "avg_check", "win_rate", "win_rate_value", "cycle_days_mean", "lead_junk_share", "lead_conversion_ever",
           "tasks_instant_share", "tasks_rescheduled_share", "receipts", "invoiced_amount")


def _owners(folder: Path) -> pd.Series:
    """Name of a seller by id; namesakes have their id besides."""
    users = pd.read_parquet(folder / "users.parquet").set_index("user_id")
    twins = users["name"].duplicated(keep=False)
    return users["name"].where(~twins, users["name"] + " (" + users.index + ")")


def _tables(folder: Path) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """(metric, rows with owner, `num` and maybe `den`, the column that dates them)."""
    names = _owners(folder)

    def read(name: str, *columns: str) -> pd.DataFrame:
        frame = pd.read_parquet(folder / f"{name}.parquet", columns=list(columns))
        return frame.assign(owner=frame["owner_id"].map(names)) if "owner_id" in frame else frame

    deals = read("deals", "deal_id", "owner_id", "semantic", "amount", "margin", "created_at", "closed_at")
    closed = deals[deals["semantic"] != "open"]
    won = (closed["semantic"] == "won").astype(float)
    yield "won_deals", closed.assign(num=won), "closed_at"
    yield "revenue", closed.assign(num=closed["amount"] * won), "closed_at"
    yield "margin", closed.assign(num=closed["margin"] * won), "closed_at"
    yield "avg_check", closed.assign(num=closed["amount"] * won, den=won), "closed_at"
    yield "win_rate", closed.assign(num=won, den=1.0), "closed_at"
    yield "win_rate_value", closed.assign(num=closed["amount"] * won, den=closed["amount"]), "closed_at"
    mine = closed[won > 0]
    days = (mine["closed_at"] - mine["created_at"]).dt.total_seconds() / 86_400
    yield "cycle_days_mean", mine.assign(num=days, den=1.0)[days >= 5 / 1_440], "closed_at"
    leads = read("leads", "owner_id", "semantic", "created_at")
    yield "lead_junk_share", leads.assign(num=(leads["semantic"] == "junk").astype(float), den=1.0), "created_at"
    yield "lead_conversion_ever", leads.assign(num=(leads["semantic"] == "converted").astype(float), den=1.0), "created_at"
    del leads
    tasks = read("activities", "owner_id", "kind", "is_auto", "created_at", "done_at", "reschedules")
    tasks = tasks[(tasks["kind"] == "task") & ~tasks["is_auto"].astype(bool)]
    done = tasks[tasks["done_at"].notna()]
    quick = (done["done_at"] - done["created_at"]).dt.total_seconds() <= 60
    yield "tasks_instant_share", done.assign(num=quick.astype(float), den=1.0), "done_at"
    told = tasks[tasks["reschedules"].notna()]
    yield "tasks_rescheduled_share", told.assign(num=(told["reschedules"] >= 3).astype(float), den=1.0), "created_at"
    invoices = read("invoices", "invoice_id", "owner_id", "issued_on", "amount")
    yield "invoiced_amount", invoices.assign(num=invoices["amount"]), "issued_on"
    payments = read("payments", "invoice_id", "received_on", "amount").merge(invoices[["invoice_id", "owner"]], on="invoice_id")
    yield "receipts", payments.assign(num=payments["amount"]), "received_on"


def in_pandas(folder: Path) -> pd.DataFrame:
    """Every metric: the whole and every seller, in the whole history and by month."""
    found = []
    for metric, rows, at in _tables(folder):
        rows = rows.assign(month=pd.to_datetime(rows[at]).dt.to_period("M").dt.start_time)
        sums = [name for name in ("num", "den") if name in rows]
        for by in ("", "owner"):
            for period in ("all", "month"):
                keys = [key for key, wanted in (("owner", by), ("month", period == "month")) if wanted]
                cells = rows.groupby(keys)[sums].sum().reset_index() if keys else rows[sums].sum().to_frame().T
                value = cells["num"] / cells["den"] if "den" in cells else cells["num"]
                found.append(pd.DataFrame({
                    "metric": metric, "by": by, "group": cells["owner"] if by else "", "period": period,
                    "start": cells["month"] if period == "month" else pd.NaT, "value": value}))
    return pd.concat(found, ignore_index=True)


def in_pm4py(folder: Path) -> None:
    """The performance graph, the median stay in every stage and the length of every case of the stage history."""
    import pm4py

    log = pd.read_parquet(folder / "stage_history.parquet", columns=["entity_id", "to_stage", "entered_at"])
    log = pm4py.format_dataframe(log, case_id="entity_id", activity_key="to_stage", timestamp_key="entered_at")
    graph, _, _ = pm4py.discover_performance_dfg(log)
    cases = pm4py.get_all_case_durations(log)
    log["after"] = log.groupby("case:concept:name")["time:timestamp"].shift(-1)
    stays = pm4py.get_service_time(log.dropna(subset=["after"]), aggregation_measure="median", timestamp_key="after",
                                   start_timestamp_key="time:timestamp")
    print(len(graph), "edges,", len(cases), "cases,", len(stays), "stages")


if __name__ == "__main__":
    what, place = sys.argv[1], Path(sys.argv[2])
    if what == "pandas":
        in_pandas(place).to_parquet(sys.argv[3])
    else:
        in_pm4py(place)
