"""A free header that differs from a declared column or a slice by case alone does not stop a measure."""

import pandas as pd
import pytest

import audit

DAY = pd.Timestamp("2026-03-02")


def test_a_header_of_the_source_is_the_natural_slice():
    leads = pd.DataFrame({
        "lead_id": ["1", "2", "3"], "client_id": ["a", "a", "b"], "created_at": [DAY] * 3,
        "semantic": ["converted", "lost", "lost"], "Industry": ["Food", "Food", "Steel"],
    })
    clients = pd.DataFrame({"client_id": ["a", "b"], "industry": ["Toys", "Toys"]})
    values = audit.measure({"leads": leads, "clients": clients}, ["lead_conversion_ever"], by=["industry"], as_of="2026-06-30")
    shown = values.rows("lead_conversion_ever", "industry").set_index("group")["n"]
    assert shown.to_dict() == {"Food": 2, "Steel": 1}


@pytest.mark.parametrize("by", ["Region", "region"])
def test_a_plain_table_may_spell_its_dimensions_with_capitals(by):
    deals = pd.DataFrame({
        "ID": [str(n) for n in range(40)], "Created": [DAY] * 40, "Closed": [DAY + pd.Timedelta(days=9)] * 40,
        "Won": [n % 4 == 0 for n in range(40)], "Amount": [100.0] * 40, "Region": ["N", "S"] * 20, "Owner": ["A", "B"] * 20,
        "Source": ["x"] * 40, "Product": ["p"] * 40, "Segment": ["s"] * 40,
    })
    values = audit.measure(deals, ["win_rate"], by=[by])
    shown = values.rows("win_rate", "region").set_index("group")["value"]
    assert shown.to_dict() == {"N": 0.5, "S": 0.0}
