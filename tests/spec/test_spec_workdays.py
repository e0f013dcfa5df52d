"""Counts and growth a working day on drawn CRMs with the holidays of Russia and Bulgaria, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import measure

LEADS = crm("""
leads
  lead_id created_at       source
  l1      2025-12-22T10:00 web
  l2      2025-12-30T10:00 ads
  l3      2026-01-05T10:00 web
  l4      2026-01-14T10:00 web
  l5      2026-01-20T10:00 ads
  l6      2026-02-03T10:00 web
  l7      2026-02-10T10:00 web
  l8      2026-02-11T10:00 web
""")


def test_leads_a_working_day_of_the_russian_calendar():
    day = {"as_of": "2026-02-10", "country": "RU"}
    # 22–26, 29 and 30 December: 7 days from the first lead on, the 31st is a moved day off; January from the 12th: 15; 2–6, 9 and 10 February: 7
    months = {"2025-12-01": (2, 7), "2026-01-01": (3, 15), "2026-02-01": (2, 7)}
    for start, (leads, days) in months.items():
        found = row(LEADS, "leads_a_workday", period="month", start=start, **day)
        assert (found["value"], found["sum_num"], found["sum_den"]) == (pytest.approx(leads / days), leads, days)  # l3 came on a holiday and counts
        assert value(LEADS, "leads_received", period="month", start=start, **day) == leads
    assert row(LEADS, "leads_a_workday", period="month", start="2026-02-01", **day)["status"] == "incomplete_period"
    assert value(LEADS, "leads_a_workday", **day) == pytest.approx(7 / 29)
    assert value(LEADS, "leads_a_workday", "source", "web", period="month", start="2026-01-01", **day) == pytest.approx(2 / 15)
    # the ends are those of the count: Garwood's of 3 leads are 0.619 and 8.767
    found = row(LEADS, "leads_a_workday", period="month", start="2026-01-01", **day)
    assert (found["low"], found["high"]) == (pytest.approx(0.6187 / 15, abs=1e-5), pytest.approx(8.7673 / 15, abs=1e-5))


def test_leads_a_working_day_of_the_bulgarian_calendar():
    # January without the 1st and the 2nd: 20 days; in February nothing is off
    day = {"as_of": "2026-02-28", "country": "BG"}
    assert value(LEADS, "leads_a_workday", period="month", start="2026-01-01", **day) == pytest.approx(3 / 20)
    assert value(LEADS, "leads_a_workday", period="month", start="2026-02-01", **day) == pytest.approx(3 / 20)


def test_a_week_of_holidays_has_no_working_day():
    values = measure(LEADS, "leads_a_workday", by=[], period="week", as_of="2026-02-10", client=client(country="RU")).rows("leads_a_workday", period="week")
    told = {str(day): x for day, x in zip(values["period_start"], values["value"], strict=True)}
    # l3 came in the week of 5–11 January, which is all days off; the week of 29 December has two days, that of 9 February two by now
    assert "2026-01-05" not in told
    assert (told["2025-12-29"], told["2026-01-12"], told["2026-02-09"]) == (1 / 2, 1 / 5, 1 / 2)


MAYS = crm("""
deals
  deal_id client_id owner_id semantic created_at closed_at  amount
  a0      c0        u1       won      2024-04-01 2024-04-20 100
  a1      c1        u1       won      2025-05-05 2025-05-20 100
  a2      c2        u2       won      2025-05-05 2025-05-21 300
  a3      c3        u1       lost     2025-05-05 2025-05-21 300
  b1      c1        u1       won      2026-05-05 2026-05-20 200
  b2      c4        u1       won      2026-05-05 2026-05-21 200
  b3      c5        u2       won      2026-05-05 2026-05-22 200
  b4      c6        u2       won      2026-05-05 2026-05-25 200
""")


def test_growth_a_working_day_where_the_calendar_moves_holidays():
    may = {"period": "month", "start": "2026-05-01", "as_of": "2026-05-31"}
    # won: two, then four; 400, then 800. Russia has 18 working days in May 2025 and 19 a year later, Bulgaria 19 and 18
    assert value(MAYS, "deals_growth", **may) == 1
    assert value(MAYS, "deals_growth_a_workday", country="RU", **may) == pytest.approx(2 * 18 / 19 - 1)
    assert value(MAYS, "deals_growth_a_workday", country="BG", **may) == pytest.approx(2 * 19 / 18 - 1)
    found = row(MAYS, "revenue_growth_a_workday", country="BG", **may)
    assert (found["sum_num"], found["sum_den"]) == (pytest.approx(800 / 18), pytest.approx(400 / 19))
    assert found["value"] == pytest.approx(2 * 19 / 18 - 1)
    # new after a year of history: c1 and c2, then c4, c5 and c6
    assert value(MAYS, "new_clients_growth", **may) == 0.5
    assert value(MAYS, "new_clients_growth_a_workday", country="RU", **may) == pytest.approx(1.5 * 18 / 19 - 1)


def test_deals_and_new_clients_a_working_day():
    day = {"as_of": "2026-05-22", "country": "RU"}
    # 4–8, 12–15 and 18–22 May are 14 working days; three won in them, of which one is not new
    assert value(MAYS, "won_deals_a_workday", period="month", start="2026-05-01", **day) == pytest.approx(3 / 14)
    assert value(MAYS, "won_deals_a_workday", "owner", "u1", period="month", start="2026-05-01", **day) == pytest.approx(2 / 14)
    assert value(MAYS, "new_clients_a_workday", period="month", start="2026-05-01", **day) == pytest.approx(2 / 14)
    # the whole: deals from the first closing on 20 April 2024, new clients from the burn-in, a year later; days of a country without holidays
    found = row(MAYS, "won_deals_a_workday", as_of="2026-05-31")
    assert (found["sum_num"], found["sum_den"]) == (7, len(pd.bdate_range("2024-04-20", "2026-05-31")))
    found = row(MAYS, "new_clients_a_workday", as_of="2026-05-31")
    assert (found["sum_num"], found["sum_den"]) == (5, len(pd.bdate_range("2025-04-20", "2026-05-31")))


def test_actions_a_working_day_since_their_own_log_begins():
    tables = crm("""
activities
  activity_id kind     owner_id created_at       done_at          is_auto
  a1          meeting  u1       2026-03-03T10:00 2026-03-03T10:00 no
  a2          meeting  u2       2026-03-04T10:00 2026-03-04T10:00 no
  a3          call_out u1       2026-03-11T10:00 2026-03-11T10:00 no
  a4          call_out u1       2026-03-12T10:00 2026-03-12T10:00 no
  a5          call_out u2       2026-03-12T10:00 2026-03-12T10:00 yes
  a6          call_out u2       2026-03-13T10:00 2026-03-13T10:00 no
""")
    day = {"as_of": "2026-03-13", "country": "RU"}
    # 3–6 and 10–13 March: 8 days since the first meeting, the 9th is a day off; 3 days since the first call; a robot's call is none
    assert value(tables, "actions_a_workday", **day) == pytest.approx(5 / 8)
    assert value(tables, "actions_a_workday", "kind", "meeting", **day) == pytest.approx(2 / 8)
    assert value(tables, "actions_a_workday", "kind", "call_out", **day) == pytest.approx(3 / 3)
    assert value(tables, "actions_a_workday", "owner×kind", "u1 × call_out", period="month", start="2026-03-01", **day) == pytest.approx(2 / 3)
    assert value(tables, "actions_a_workday", "owner", "u1", **day) == pytest.approx(3 / 8)  # a part of the department's 5 / 8
