"""Where no zone can be sought: an error for a plain table, an answer for a client's tables."""

import pandas as pd
import pytest

from audit.errors import NothingMeasurableError
from audit.zones import find_zones

DAY = pd.Timestamp("2026-01-05")


def lost(count: int) -> pd.DataFrame:
    return pd.DataFrame({
        "deal_id": [str(n) for n in range(count)], "created_at": [DAY] * count, "closed_at": [DAY + pd.Timedelta(days=9)] * count,
        "semantic": ["lost"] * count, "amount": [5.0] * count, "source": ["a", "b"] * (count // 2),
    })


def test_a_plain_table_of_lost_deals_is_told():
    with pytest.raises(NothingMeasurableError):
        find_zones(lost(50))


@pytest.mark.parametrize("count", [0, 50])
def test_a_clients_tables_give_an_empty_answer_that_says_what_lacks(count):
    zones = find_zones({"deals": lost(count)}, as_of="2026-02-28")
    content = zones.to_json()
    assert zones.findings == []
    assert content["as_of"] == "2026-02-28"
    assert {entry["metric"] for entry in content["not_measurable"]} >= {"win_rate", "avg_check"}
    assert all(entry["lacks"] for entry in content["not_measurable"])
    assert content["total_gain_per_month"]["value"] in (0, None)


def test_without_deals_and_leads_the_tables_are_what_lacks():
    calls = pd.DataFrame({"activity_id": ["1"], "kind": ["call_out"], "done_at": [DAY]})
    lacks = {need for entry in find_zones({"activities": calls}).not_measurable for need in entry["lacks"]}
    assert "deals" in lacks
