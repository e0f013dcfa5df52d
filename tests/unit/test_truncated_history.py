"""Histories that begin in the middle: what the first record may and may not be counted as."""

import pandas as pd
import pytest

from audit import measure

STAGES = pd.DataFrame({"pipeline_id": [None] * 4, "stage_id": ["A", "B", "C", "Won"], "name": ["A", "B", "C", "Won"], "ord": [1, 2, 3, 4],
                       "semantic": ["open", "open", "open", "won"]})


def deals(n: int) -> pd.DataFrame:
    day = pd.Timestamp("2026-01-01 09:00")
    return pd.DataFrame({"deal_id": [str(i) for i in range(n)], "created_at": day, "stage_id": "C", "semantic": ["won"] * (n // 2) + ["lost"] * (n - n // 2),
                         "closed_at": day + pd.Timedelta(days=100), "won_at": [day + pd.Timedelta(days=100)] * (n // 2) + [pd.NaT] * (n - n // 2), "amount": 1.0})


def record(unit: int, stage: str, day: int, truncated: bool = False, origin: str = "crm_history") -> dict:
    return {"entity": "deal", "entity_id": str(unit), "to_stage": stage, "entered_at": pd.Timestamp("2026-01-01 09:00") + pd.Timedelta(days=day),
            "is_truncated": truncated, "origin": origin, "is_bulk": False}


def value(tables: dict, metric: str, stage: str) -> tuple[float, int]:
    frame = measure(tables, metrics=[metric]).frame
    row = frame[(frame["period"] == "all") & (frame["by"] == "stage") & (frame["group"] == stage)]
    return (float(row["value"].iloc[0]), int(row["n"].iloc[0])) if len(row) else (float("nan"), 0)


@pytest.mark.parametrize("origin", ["crm_history", "snapshot_diff"])
def test_a_stay_whose_beginning_was_not_seen_has_no_length(origin):
    """Twenty stays of 10 days; ten deals were found in A and left it 2 days after they were looked at."""
    past = [record(unit, stage, day) for unit in range(20) for stage, day in (("A", 0), ("B", 10))]
    past += [record(unit, stage, day, truncated, origin) for unit in range(20, 30) for stage, day, truncated in (("A", 50, True), ("B", 52, False))]
    median, n = value({"deals": deals(30), "stages": STAGES, "stage_history": pd.DataFrame(past)}, "stage_days_p80", "A")
    # a log that begins late has seen its first entry, a snapshot has not
    assert n == (30 if origin == "crm_history" else 20)
    assert median == pytest.approx(10)


def test_stages_before_the_history_begins_are_not_counted():
    """Ten of twenty deals pass A → B and win; ten others are first seen entering C and also win: A and B know nothing of them."""
    past = [record(unit, stage, day) for unit in range(20) for stage, day in ((("A", 0), ("B", 5)) if unit < 10 else (("A", 0),))]
    late = [record(unit, "C", 60, truncated=True) for unit in range(20, 30)]
    base = deals(30)
    base["semantic"] = ["won"] * 10 + ["lost"] * 10 + ["won"] * 10
    base["won_at"] = base["closed_at"].where(base["semantic"] == "won")
    tables = {"deals": base, "stages": STAGES, "stage_history": pd.DataFrame(past + late)}
    assert value(tables, "stage_conversion", "A") == (0.5, 20)
    assert value(tables, "stage_conversion", "B") == (1.0, 10)
    assert value(tables, "stage_conversion", "C") == (1.0, 20)


def test_moves_in_bulk_stay_usable():
    past = pd.DataFrame([record(unit, stage, day) for unit in range(60) for stage, day in (("A", 0), ("B", 10))])
    tables = {"deals": deals(60), "stages": STAGES, "stage_history": past.assign(is_bulk=True)}
    assert value(tables, "stage_days_p80", "A")[0] == pytest.approx(10)
