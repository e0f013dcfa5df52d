"""Worlds at their extremes: a number, an empty value or an error of three parts, and never one figure that contradicts another."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from drawn import crm, value
from made import AS_OF, made

from audit.errors import UsageError
from audit.metrics import measure
from audit.stats import intervals

TYPO = """
deals
  deal_id owner_id semantic created_at closed_at amount
  d1 u1 won 2026-01-02T10:00 2026-01-20T10:00 100
  d2 u1 won 2026-02-02T10:00 2185-01-20T10:00 500
  d3 u1 open 2185-02-02T10:00 - 700
"""


@pytest.fixture(scope="module")
def world():
    return made(1, 40, 30)


def test_a_slice_is_asked_of_metrics_whose_rows_have_it_not(world):
    names = ["win_rate", "leaking_leads_past", "standup_on_time", "standup_regularity", "agenda_topics", "technique_lost_per_won"]
    frame = measure(world, names, by="owner", as_of=AS_OF).frame
    assert set(frame["metric"]) == set(names)
    assert set(frame.loc[frame["by"] == "owner", "metric"]) == {"win_rate"}


def test_dates_beyond_today_have_not_happened_with_and_without_a_day():
    tables = crm(TYPO)
    free, told = measure(tables, ["revenue", "deals_in_work"]), measure(tables, ["revenue", "deals_in_work"], as_of="2026-02-02")
    assert free.as_of == told.as_of
    assert free.get("revenue")["value"] == told.get("revenue")["value"] == 100
    assert free.get("deals_in_work")["value"] == told.get("deals_in_work")["value"] == 1


def test_stages_of_one_name_stay_apart(world):
    stages = world["stages"].assign(name="step")
    frame = measure(world | {"stages": stages}, ["stage_conversion", "stage_undecided"], as_of=AS_OF).frame
    assert not frame.duplicated(["metric", "period", "period_start", "by", "group"]).any()
    assert {"step (n)", "step (m)", "step (o)"} <= set(frame["group"])


def test_items_of_the_knowledge_base_where_pipelines_share_ids_of_stages(world):
    stages = pd.concat([world["stages"], world["stages"].assign(pipeline_id="q")], ignore_index=True)
    assert value(world | {"stages": stages}, "techniques", as_of=AS_OF) == value(world, "techniques", as_of=AS_OF)


def test_no_value_is_infinite_or_not_a_number(world):
    deals = world["deals"].assign(amount=np.where(np.arange(len(world["deals"])) % 3, world["deals"]["amount"], np.inf))
    deals.loc[1, "amount"] = -np.inf
    known = deals.assign(amount=deals["amount"].where(np.isfinite(deals["amount"])))
    found = [measure(world | {"deals": table}, ["revenue", "avg_check", "win_rate"], as_of=AS_OF) for table in (deals, known)]
    assert found[0].to_json() == found[1].to_json()


def test_nan_in_files_and_arrow_tables_is_empty(tmp_path):
    tables = crm(TYPO)
    columns = {name: tables["deals"][name].to_numpy() for name in tables["deals"].columns}
    arrow = pa.table(columns | {"amount": pa.array(np.array([100.0, np.nan, np.inf]))})
    pa.parquet.write_table(arrow, tmp_path / "deals.parquet")
    for part in (arrow, tmp_path / "deals.parquet"):
        assert measure({"deals": part}, "revenue", as_of="2026-02-02").get("revenue")["value"] == 100


def test_blocks_whose_items_weigh_nothing_have_no_score(world):
    reviews = world["qa_reviews"].assign(weight=np.where(world["qa_reviews"]["block"] == "needs", 0.0, 1.0))
    frame = measure(world | {"qa_reviews": reviews}, "qa_block_score", by="block", as_of=AS_OF).frame
    assert "needs" not in set(frame["group"])
    assert frame["value"].notna().all()


def test_empty_logs_beside_full_ones(world):
    empty = {name: world[name].iloc[:0] for name in ("deviations", "norms", "control_log", "surveys", "invoices", "payments", "meetings")}
    measure(world | {"deviations": empty["deviations"]}, ["standup_on_time", "correction_rate"], as_of=AS_OF)
    old = {name: world[name] for name in empty}
    measure(world | old, ["standup_on_time", "deviations_share", "control_minutes", "enps", "productivity_trend", "unpaid_expected", "move_breadth", "win_rate"],
            as_of="2025-01-02")


def test_a_sum_of_gains_and_losses_lies_in_its_interval():
    low, high = intervals.total(0.5, 90.0, 40.0)
    assert low < 0.5 < high
    assert math.isclose(high - 0.5, 0.5 - low)


@pytest.mark.parametrize("mistake", [{"by": 5}, {"by": [("owner", "team")]}, {"period": None}, {"as_of": 20260101}, {"as_of": "9999-12-31"}])
def test_what_is_no_name_or_day_is_told_in_three_parts(mistake):
    with pytest.raises(UsageError):
        measure(crm(TYPO), "revenue", **mistake)
