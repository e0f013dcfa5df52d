"""The default date of measurement is the last day on which something can have happened."""

import datetime as dt

import pandas as pd

from audit.engine import load
from audit.metrics.bases import Bases


def test_a_date_beyond_today_does_not_move_the_date_of_measurement():
    day = pd.Timestamp("2024-03-05 12:00:00")
    deals = pd.DataFrame({
        "deal_id": ["1", "2", "3"], "semantic": ["won", "lost", "won"],
        "created_at": [day - pd.Timedelta(days=9)] * 3, "closed_at": [day, day - pd.Timedelta(days=1), pd.Timestamp("2424-03-05")],
    })
    assert Bases(load({"deals": deals})).as_of == dt.date(2024, 3, 5)


def test_planned_and_due_dates_are_no_events():
    deals = pd.DataFrame({
        "deal_id": ["1"], "semantic": ["open"], "created_at": [pd.Timestamp("2024-03-05")],
        "expected_close_on": [dt.date(2024, 9, 1)], "next_activity_at": [pd.Timestamp("2024-04-01")],
    })
    assert Bases(load({"deals": deals})).as_of == dt.date(2024, 3, 5)
