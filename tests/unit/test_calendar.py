import datetime as dt

import numpy as np
import pytest

from audit.calendar import WorkCalendar

RU, BG, PLAIN = WorkCalendar("RU"), WorkCalendar("BG"), WorkCalendar("XX")
day = dt.date.fromisoformat


@pytest.mark.parametrize(("calendar", "date", "works"), [
    (RU, "2025-01-08", False), (RU, "2025-01-09", True), (RU, "2025-05-02", False), (RU, "2025-11-01", True),
    (RU, "2024-12-28", True), (BG, "2024-03-04", False), (BG, "2024-03-03", False), (BG, "2024-05-06", False),
    (BG, "2024-05-07", True), (PLAIN, "2025-01-01", True), (PLAIN, "2025-01-04", False),
])
def test_official_days_off_and_their_transfers(calendar, date, works):
    assert calendar.is_workday(day(date)) is works


def test_the_client_s_own_days_win():
    ours = WorkCalendar("RU", days_off=[day("2025-06-02")], working_days=[day("2025-06-12"), day("2025-06-01")])
    assert [ours.is_workday(day(d)) for d in ("2025-06-02", "2025-06-12", "2025-06-01")] == [False, True, True]


def test_workdays_are_counted_to_the_end_exclusive():
    assert RU.workdays(day("2025-01-01"), day("2025-02-01")) == 17
    assert PLAIN.workdays(day("2026-09-01"), day("2026-10-01")) == 22
    assert PLAIN.workdays(day("2026-09-05"), day("2026-09-07")) == 0
    assert PLAIN.workdays(day("2026-09-08"), day("2026-09-07")) == -1
    assert PLAIN.workdays_in(day("2026-09-04"), day("2026-09-08")) == [day("2026-09-04"), day("2026-09-07")]
    assert WorkCalendar("XX").workdays_in(day("2031-01-01"), day("2031-01-03")) == [day("2031-01-01"), day("2031-01-02")]


def test_the_last_working_day_before_a_holiday():
    assert RU.last_workday(day("2025-01-08")) == day("2024-12-28")


def test_business_minutes():
    times = [("2026-09-04T17:50", "2026-09-04T18:30", 10), ("2026-09-04T17:50", "2026-09-07T09:05", 15), ("2026-09-05T12:00", "2026-09-06T12:00", 0),
             ("2026-09-03T08:00", "2026-09-04T20:00", 1080), ("2026-09-07T10:00", "2026-09-07T09:30", -30)]
    starts, ends, minutes = zip(*times, strict=True)
    assert PLAIN.business_minutes(np.array(starts, "datetime64[s]"), np.array(ends, "datetime64[s]")).tolist() == list(minutes)


def test_a_missing_time_has_no_minutes():
    assert np.isnan(PLAIN.business_minutes(["NaT"], ["2026-09-07T09:30"])).all()


def test_the_part_of_a_month_that_is_over():
    assert PLAIN.passed(day("2026-09-01"), day("2026-10-01"), day("2026-09-16")) == pytest.approx(12 / 22)
    assert PLAIN.passed(day("2026-09-01"), day("2026-10-01"), day("2026-08-01")) == 0
    assert PLAIN.passed(day("2026-09-01"), day("2026-10-01"), day("2026-11-01")) == 1
    assert PLAIN.passed(day("2026-09-05"), day("2026-09-07"), day("2026-09-05")) == 0


def test_hours_end_after_they_start():
    with pytest.raises(ValueError, match="hours"):
        WorkCalendar("RU", ("18:00", "09:00"))


def test_years_may_come_in_any_order():
    calendar = WorkCalendar("RU")
    assert [calendar.is_workday(day(d)) for d in ("2026-02-02", "2023-02-06", "2030-02-04")] == [True, True, True]
    assert calendar.workdays(day("2023-02-06"), day("2023-02-13")) == 5
