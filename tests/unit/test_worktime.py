"""Business time counted in a query agrees with the working calendar."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from audit.client import Client
from audit.engine import load
from audit.metrics.bases import Bases, worktime

AS_OF = dt.date(2026, 12, 31)


def bases(country="RU", calendar=None, **settings):
    tables = {"deals": pd.DataFrame({"deal_id": ["d"], "created_at": [pd.Timestamp("2024-01-01")]})}
    if calendar is not None:
        tables["calendar"] = calendar
    return Bases(load(tables), AS_OF, Client(name="Drawn", country=country, **settings))


def counted(base, starts, ends, way=worktime.business_minutes):
    import ibis

    frame = pd.DataFrame({"start": pd.to_datetime(starts, format="ISO8601"), "end": pd.to_datetime(ends, format="ISO8601")}).astype("datetime64[us]")
    table = ibis.memtable(frame.reset_index())
    found = base.rows(way(table, base, "start", "end", "found")).sort_values("index")
    return found["found"].to_numpy(dtype=float)


@pytest.mark.parametrize("country", ["RU", "BG", "XX"])
def test_random_pairs_agree_with_the_calendar(country):
    base, rng = bases(country, working_hours={"start": "09:30", "end": "17:45"}), np.random.default_rng(5)
    start = np.datetime64("2019-01-01T00:00:00") + rng.integers(0, 7 * 365 * 86_400, 4_000).astype("timedelta64[s]")
    end = start + rng.integers(-9 * 86_400, 40 * 86_400, 4_000).astype("timedelta64[s]")
    calendar = base.calendar()
    np.testing.assert_allclose(counted(base, start, end), calendar.business_minutes(start, end), atol=1e-6)
    days = counted(base, start, end, lambda table, base, first, last, name: worktime.workdays(table, base, first, **{name: last}))
    np.testing.assert_array_equal(days, calendar.workdays_between(start.astype("datetime64[D]"), end.astype("datetime64[D]")))


@pytest.mark.parametrize(("country", "start", "end", "minutes"), [
    ("RU", "2024-04-26T17:00", "2024-04-27T10:00", 120),  # Saturday the 27th works for the 29th
    ("RU", "2024-04-28T12:00", "2024-05-02T09:10", 10),  # Sunday, the moved Monday and Tuesday, May Day
    ("RU", "2025-12-30T17:00", "2026-01-12T10:00", 120),  # the New Year, the 31st moved from Saturday
    ("BG", "2024-03-01T17:30", "2024-03-05T09:15", 45),  # 3 March was a Sunday: Monday the 4th is off
    ("BG", "2024-05-03T10:00", "2024-05-07T09:00", 0),  # Good Friday to Monday, the 6th twice a holiday
    ("XX", "2026-03-29T00:30", "2026-03-30T09:20", 20),  # the night of the change of clocks: local times, no jump
    ("XX", "2026-03-27T23:00", "2026-03-30T08:00", 0),  # both outside hours, a weekend between
    ("XX", "2026-03-30", "2026-03-31", 540),  # mere dates: from the beginning of one day to that of the next
    ("XX", "2026-03-30T12:00:30", "2026-03-30T12:01:00", 0.5),
    ("XX", "2026-03-30T12:00", "2026-03-30T11:00", -60),
])
def test_transfers_nights_and_dates(country, start, end, minutes):
    base = bases(country)
    assert counted(base, [start], [end])[0] == pytest.approx(minutes)
    assert base.calendar().business_minutes([start], [end])[0] == pytest.approx(minutes)


def test_what_is_missing_or_absurd_has_no_business_time():
    base = bases()
    assert np.isnan(counted(base, ["2024-05-02T10:00", None, "1901-01-01"], [None, "2024-05-02T10:00", "2024-05-02"])).all()


def test_rows_of_the_client_s_calendar_win_and_may_shorten_a_day():
    rows = pd.DataFrame({"date": pd.to_datetime(["2026-06-01", "2026-06-06", "2026-06-11"]), "is_workday": [False, True, None],
                         "work_start": [None, "10:00", "09:00"], "work_end": [None, "12:00", "17:00"]})
    base = bases("XX", calendar=rows)
    found = counted(base, ["2026-06-01", "2026-06-06", "2026-06-11"], ["2026-06-02", "2026-06-07", "2026-06-12"])
    assert found.tolist() == [0, 120, 480]


def test_hour_weekday_and_shift_of_an_arrival():
    import ibis

    times = ["2026-03-30T08:59", "2026-03-30T09:00", "2026-03-30T18:00", "2026-03-29T12:00", "2026-03-31"]
    table = ibis.memtable(pd.DataFrame({"at": pd.to_datetime(times, format="ISO8601").astype("datetime64[us]")}))
    base = bases("XX")
    found = base.rows(worktime.arrived(table, base, "at")).sort_values("at")
    assert found["weekday"].tolist() == ["7", "1", "1", "1", "2"]
    assert found["hour"].fillna("").tolist() == ["12", "08", "09", "18", ""]
    assert found["shift"].fillna("").tolist() == ["out_of_hours", "out_of_hours", "in_hours", "out_of_hours", ""]


def test_the_clock_at_the_end_of_the_day():
    import ibis

    base = bases()
    table = ibis.memtable(pd.DataFrame({"at": pd.to_datetime(["2026-12-30T10:00"]).astype("datetime64[us]")}))
    read = base.rows(worktime.clocked(table, base, read="at"))["read"].iloc[0]
    minutes = base.calendar().business_minutes(["2026-12-30T10:00"], ["2027-01-01"])[0]
    assert worktime.now(base) - read == pytest.approx(minutes)
