"""Growth zones are the same wherever the tables lie."""

import datetime as dt

import pytest
from departments import Department, department

from audit.engine import load
from audit.metrics.bases import Bases
from audit.zones import find_zones
from audit.zones.sought import of_catalogue, sought

ASKED = ["win_rate", "avg_check", "lead_conversion", "tasks_on_time", "leaking_deals", "late_share", "missed_calls", "moves_rework"]


def told(tables):
    """Findings and what cannot be told, rounded as they are written."""
    content = find_zones(tables, metrics=ASKED, as_of="2026-05-15").to_json()
    return {name: content[name] for name in ("findings", "strengths", "cannot_tell", "not_measurable", "tested")}


@pytest.fixture(scope="module")
def tables():
    return department(Department(deals=1_500, untimely="u3"), 11)


def test_zones_are_the_same_on_postgres(server, tables):
    there = load(tables, server[0])
    found, wanted = told(there), told(tables)
    there.close()
    assert found == wanted
    assert "tasks_on_time" in {one["metric"] for one in found["findings"]}


@pytest.mark.again
def test_zones_are_the_same_on_spark(spark, tables):
    assert told(load(tables, spark)) == told(tables)


def units(tables):
    """What each unit of a metric of the catalogue is called."""
    _, base = of_catalogue(sought()["tasks_on_time"], Bases.of(tables, dt.date(2026, 5, 15)))
    return sorted(base.ids)


def test_of_many_rows_the_same_part_is_taken_everywhere(server, tables, monkeypatch):
    every = units(load(tables))
    monkeypatch.setattr("audit.zones.sought.MOST", 2_000)
    there = load(tables, server[0])
    some = units(there)
    there.close()
    assert some == units(load(tables))
    assert set(some) < set(every) and 0.2 < len(some) / len(every) < 0.6
