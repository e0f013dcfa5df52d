"""Business time: a week in which the client is closed, put between two days of the data, changes nothing that is told in working time."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from made import AS_OF, made

from audit.client import Client
from audit.metrics import measure

MONDAY, WEEK = pd.Timestamp("2026-02-02"), pd.Timedelta(days=7)
CLOSED = [(MONDAY + pd.Timedelta(days=day)).date() for day in range(7)]
LATER = (pd.Timestamp(AS_OF) + WEEK).date()
KEY = ["metric", "by", "group"]
# by the working day, and of regularity on working days: a week on which nobody was to work must be told of, or they fall
BY_WORKDAY = ["actions_a_workday", "leads_a_workday", "won_deals_a_workday", "deals_per_day", "margin_per_day", "revenue_per_day",
              "control_minutes", "control_minutes_a_seller", "control_norm_days", "control_time_share", "fix_days", "fixed_share", "listening_days",
              "norm_hit_days", "revision_weeks", "rollcall_regularity", "standup_regularity"]
WAITS = ["M03", "M04", "proposal_reaction", "detect_days", "detected_within_day", "relapse_share"]


def moved(one):
    if isinstance(one, pd.Timestamp):
        return one + WEEK if one >= MONDAY else one
    if isinstance(one, dt.date) and one >= MONDAY.date():
        return one + dt.timedelta(days=7)
    return one


def interrupted(world):
    """The same client with a week put in before MONDAY: all that was from that day on is a week later."""
    told = {name: table.copy() for name, table in world.items()}
    for table in told.values():
        for column in table:
            if pd.api.types.is_datetime64_any_dtype(table[column]):
                table[column] = table[column].where(~(table[column] >= MONDAY), table[column] + WEEK)
            elif table[column].dtype == object:
                table[column] = table[column].map(moved)
    return told


def of(world, asked, day, **settings):
    client = Client(name="Made", currency="EUR", country="XX", **settings)
    return measure(world, asked, as_of=day, client=client, period="year").frame.query("period == 'all'").set_index(KEY)["value"]


@pytest.fixture(scope="module")
def world():
    return made()


@pytest.mark.parametrize(("asked", "tells"), [(BY_WORKDAY, True), (WAITS, False)], ids=["by the working day", "waits"])
def test_a_week_of_closed_doors_is_no_working_time(world, asked, tells):
    plain, closed = of(world, asked, AS_OF), of(interrupted(world), asked, LATER, calendar={"days_off": CLOSED})
    both = pd.DataFrame({"plain": plain, "closed": closed})
    same = np.isclose(both["plain"], both["closed"], rtol=1e-9, equal_nan=True)
    assert same.all(), both[~same].to_string()
    if tells:  # and the calendar is what makes them alike
        open_doors = of(interrupted(world), asked, LATER)
        changed = ~np.isclose(plain, open_doors.reindex(plain.index), rtol=1e-9, equal_nan=True)
        assert {metric for metric, differs in zip(plain.index.get_level_values("metric"), changed, strict=True) if differs} == set(asked)
