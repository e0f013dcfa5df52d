"""What is not there is said to be lacking, and is never a zero."""

from __future__ import annotations

import numpy as np
import pytest
from made import AS_OF, made

from audit.errors import NothingMeasurableError
from audit.metrics import BY_ID, METRICS, measure
from audit.metrics.facts import FACTS


@pytest.fixture(scope="module")
def world():
    return made()


@pytest.mark.parametrize("table", ["deals", "leads", "activities", "stage_history", "stages", "users", "plans", "spend", "norms",
                                   "invoices", "contacts", "clients", "kb_items", "technique_tags", "growth_actions", "proposals",
                                   "meetings", "deviations", "control_log", "surveys", "dev_items", "competences", "absences", "qa_reviews", "payments",
                                   "forecasts", "deal_products"])
def test_a_missing_table_is_never_a_zero(world, table):
    rest = {name: frame for name, frame in world.items() if name != table}
    needing = [metric.id for metric in METRICS if any(alone(need, table) for need in metric.needs)]
    values = measure(rest, [*needing, "lead_target_share" if table == "deals" else "won_deals"], as_of=AS_OF)
    frame = values.frame[values.frame["metric"].isin(needing)]
    assert set(needing) <= set(values.lacking()["metric"])
    assert frame["value"].isna().all()
    assert frame["n"].eq(0).all()


def alone(need, table):
    """Is `need` met by `table` and nothing else?"""
    return need not in FACTS and all(one.split(".")[0] == table for one in need.split("|"))


@pytest.mark.parametrize("kept", [("deals",), ("leads",), ("activities",), ("deals", "stages", "stage_history", "users"),
                                  ("deals", "leads", "activities", "clients", "contacts"),
                                  ("deals", "invoices", "payments", "plans", "users")], ids="+".join)
def test_some_tables_are_enough_for_some_metrics_and_break_none(world, kept):
    """What is measured of fewer tables is a part of the catalogue, with numbers; the rest says what it lacks."""
    values = measure({name: world[name] for name in kept}, as_of=AS_OF)
    lacking = set(values.lacking()["metric"])
    assert set(values.frame["metric"]) == set(BY_ID)
    assert 3 < len(set(BY_ID) - lacking) < len(BY_ID)
    assert values.frame.loc[values.frame["metric"].isin(lacking), "value"].isna().all()


def test_an_empty_column_is_lacking(world):
    deals = world["deals"].assign(amount=np.nan)
    lacks = measure(world | {"deals": deals}, ["revenue", "won_deals"], as_of=AS_OF).lacking()
    assert lacks.to_dict("records") == [{"metric": "revenue", "lacks": "deals.amount_base"}]


def test_nothing_measurable_is_an_error_of_its_own(world):
    with pytest.raises(NothingMeasurableError) as told:
        measure({"stages": world["stages"]})
    assert told.value.code == 12
    assert "deals.semantic" in told.value.told("en")
