"""What a run stores of days to come, its forecasts and the norms of the plan, and what the next run finds of it."""

import datetime as dt

import pyarrow.parquet as pq
import pytest

from audit.metrics import measure
from audit.runner.snapshot import store_ahead
from audit.workspace import Workspace

HEAD = "id,created,amount,stage,closed,owner\n"
PLANS = "Месяц;Менеджер;План\n01.10.2026;Анна;90000\n01.11.2026;Анна;90000\n01.12.2026;Анна;90000\n"
SHOWN = ("metric", "per", "value", "basis", "owner_id", "valid_from", "valid_until", "set_at")


def put(desk, until: str) -> None:
    """Ten deals a month of Anna since 2025, each second one won, and two calls each, as the export of the day `until` tells them."""
    deals, calls, end = [], ["Дата и время,Направление,Длительность,ID сделки,Сотрудник"], dt.date.fromisoformat(until)
    for month in range(24):
        for at in range(10):
            made = dt.date(2025 + month // 12, month % 12 + 1, 1 + 2 * at)
            over = made + dt.timedelta(days=10 + at)
            if made <= end:
                stage = "Новая" if over > end else "Won" if at % 2 else "Lost"
                deals.append(f"{month}-{at},{made},10000,{stage},{over if over <= end else ''},Анна")
                calls += [f"{made + dt.timedelta(days=1):%d.%m.%Y} {hour}:00:00,исходящий,90,{month}-{at},Анна" for hour in (10, 11) if made < end]
    desk.put("deals.csv", HEAD + "\n".join(deals) + "\n")
    desk.put("calls.csv", "\n".join(calls) + "\n")
    desk.put("plans.csv", PLANS)
    desk.run()


def store(desk, day: str) -> None:
    store_ahead(Workspace.open(desk.root), dt.date.fromisoformat(day), "duckdb")


@pytest.fixture
def october(desk):
    """The workspace after the run of 31 October."""
    put(desk, "2026-10-31")
    store(desk, "2026-10-31")
    return desk


def test_the_next_run_finds_forecasts_and_norms_of_this_one(october):
    norms = pq.read_table(october.root / "norms" / "2026-10-31.parquet").to_pylist()
    (call,) = [one for one in norms if one["metric"] == "call"]
    # 90 thousand by cheques of ten: nine deals, four calls each (of ten deals five are won), in November's twenty working days
    assert call["value"] == pytest.approx(9 * 4 / 20, rel=0.05)
    assert (call["valid_from"], call["valid_until"], call["basis"]) == (dt.date(2026, 11, 1), dt.date(2026, 12, 1), "derived")
    put(october, "2026-11-30")
    found = {row[0]: row for row in october.exact("norms", *SHOWN)}
    assert found["call"][3:] == ["derived", call["owner_id"], "2026-11-01", "2026-12-01", "2026-10-31"]
    said = october.table("forecasts")
    assert set(said["kind"]) == {"model", "plan"} and set(said["made_at"].dt.date) == {dt.date(2026, 10, 31)}
    values = measure(Workspace.open(october.root), ["norm_attainment", "derived_norm"], as_of="2026-11-30")
    assert values.get("norm_attainment", "owner", "Анна")["n"] == 20  # every working day of November is judged by it
    assert values.get("derived_norm", "owner×step", "Анна × call")["value"] == call["value"]


def test_a_frozen_norm_is_not_set_anew(october):
    put(october, "2026-11-10")
    store(october, "2026-11-10")
    assert not (october.root / "norms" / "2026-11-10.parquet").exists()
    put(october, "2026-11-30")
    store(october, "2026-11-30")
    december = pq.read_table(october.root / "norms" / "2026-11-30.parquet").to_pylist()
    assert {one["valid_until"] for one in december} == {dt.date(2027, 1, 1)}


def test_the_same_run_once_more_says_the_same(october):
    before = measure(Workspace.open(october.root), ["M26", "M31", "M32", "won_deals"], as_of="2026-10-31").frame
    files = {path: path.read_bytes() for name in ("norms", "forecasts") for path in (october.root / name).iterdir()}
    put(october, "2026-10-31")
    store(october, "2026-10-31")
    after = measure(Workspace.open(october.root), ["M26", "M31", "M32", "won_deals"], as_of="2026-10-31").frame
    assert before.to_csv() == after.to_csv()
    assert files == {path: path.read_bytes() for name in ("norms", "forecasts") for path in (october.root / name).iterdir()}
    assert len(files) == 2


def test_nothing_is_foretold_of_days_that_are_known(october):
    put(october, "2026-11-30")
    store(october, "2026-11-10")
    assert not (october.root / "norms" / "2026-11-10.parquet").exists()


def test_client_norms_go_before_derived_ones(october):
    october.client("norms:\n  - {metric: call_out, per: day, value: 5}\n")
    put(october, "2026-11-30")
    assert october.table("norms")["basis"].fillna("").tolist().count("derived") >= 1
    values = measure(Workspace.open(october.root), ["norm_attainment"], as_of="2026-11-30")
    assert set(values.frame.loc[values.frame["by"] == "kind", "group"]) == {"call_out"}
