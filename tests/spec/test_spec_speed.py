"""Speed to lead and missed calls on drawn leads and calls, counted by hand."""

import pytest
from drawn import crm, row, value

from audit.metrics import measure

# 2026-03-02 is a Monday; hours are 9:00–18:00
LEADS = crm("""
users
  user_id name is_system
  ann     Ann  no
  bob     Bob  no
leads
  lead_id owner_id source semantic  created_at       deal_id client_id
  l1      ann      web    open      2026-03-02T10:00 -       -
  l2      ann      web    open      2026-03-02T17:55 -       -
  l3      ann      web    open      2026-03-07T12:00 -       -
  l4      bob      ads    converted 2026-03-03T10:00 d4      -
  l5      bob      ads    junk      2026-03-04T10:00 -       c5
  l6      bob      ads    open      2026-03-05T10:00 -       -
  l7      bob      -      open      2026-03-31T17:50 -       -
  l8      bob      -      open      2026-03-06T10:00 -       -
  l9      bob      -      open      2026-03-06       -       -
  l0      ann      web    open      2026-03-01T10:00 -       -
deals
  deal_id semantic created_at
  d4      open     2026-03-03T11:00
activities
  activity_id kind     owner_id entity entity_id client_id started_at       done_at          is_answered duration_s is_auto
  a1          call_out ann      lead   l1        -         2026-03-02T10:04 2026-03-02T10:09 no          0          no
  a2          call_out ann      lead   l1        -         2026-03-02T11:00 2026-03-02T11:09 yes         300        no
  a3          message  ann      lead   l2        -         2026-03-02T17:56 2026-03-02T17:56 -           -          yes
  a4          call_out ann      lead   l2        -         2026-03-03T09:10 2026-03-03T09:12 -           90         no
  a5          email    ann      lead   l3        -         2026-03-07T12:30 2026-03-07T12:30 -           -          no
  a6          meeting  bob      deal   d4        -         2026-03-03T14:00 2026-03-03T15:00 -           -          no
  a7          call_out bob      client c5        c5        2026-03-03T10:00 2026-03-03T10:01 yes         60         no
  a8          call_out bob      client c5        c5        2026-03-05T10:00 2026-03-05T10:01 no          0          no
  a9          call_in  bob      lead   l8        -         2026-03-06T09:50 2026-03-06T09:55 yes         300        no
  b1          task     bob      lead   l6        -         2026-03-05T10:01 2026-03-05T10:01 -           -          no
  b2          call_in  bob      lead   l6        -         2026-03-05T10:02 2026-03-05T10:02 no          0          no
  b3          call_out bob      lead   l6        -         2026-04-01T10:00 2026-04-01T10:05 yes         300        no
  b4          call_out bob      lead   l9        -         2026-03-06T10:00 2026-03-06T10:05 yes         300        no
  b5          call_out ann      lead   l0        -         2026-03-02T10:00 2026-03-02T10:05 yes         300        no
""")
# waits in business minutes: l8 0 (reached before it was typed in), l3 0 (on a Saturday, before work began), l1 4,
# l2 5 + 10, l4 240, l5 540 (what came before the lead is no answer to it); l6 only a task and a missed call: not reached, 18 working days
# and 480 minutes; l7 came ten minutes before the end: not reached yet. l9 has no hour, l0 is older than the log.


def test_the_median_counts_those_who_were_never_reached():
    found = row(LEADS, "speed_median")
    assert (found["value"], found["n"]) == (15, 8)  # waits 0 0 4 [10] 15 240 540 [..]: half are reached at 15
    assert value(LEADS, "speed_median", "owner", "Ann") == 4
    assert value(LEADS, "speed_median", "owner", "Bob") == 540  # 0, [10], 240, 540, [..]: 4/5, then × 2/3 is more than half, × 1/2 is not
    assert value(LEADS, "speed_median", "shift", "out_of_hours") == 0  # l3 alone
    assert value(LEADS, "speed_median", "hour", "17") == 15  # l2; l7 is censored before
    assert value(LEADS, "speed_median", "weekday", "1") == 4  # l1 l2
    assert row(LEADS, "speed_p90")["value"] != row(LEADS, "speed_p90")["value"]  # never got so far
    assert value(LEADS, "speed_p90", "owner", "Ann") == 15


def test_parts_reached_in_time_are_of_the_leads_that_are_old_enough():
    assert value(LEADS, "speed_within_5") == 3 / 8  # l8 l3 l1
    assert value(LEADS, "speed_within_sla") == 4 / 7  # l2 too; l7 is ten minutes old
    assert value(LEADS, "speed_within_sla", lead_sla_minutes=10) == 3 / 8
    assert value(LEADS, "speed_within_60") == 4 / 7
    assert value(LEADS, "speed_within_day") == 6 / 7
    assert value(LEADS, "speed_never") == 1 / 7
    assert value(LEADS, "speed_never", "source", "ads") == 1 / 3
    assert value(LEADS, "speed_within_day", "source", "—") == 1


def test_a_two_way_contact_is_another_thing():
    assert value(LEADS, "contact_never") == pytest.approx(3 / 7)  # l3 l5 l6
    assert value(LEADS, "contact_median", "owner", "Ann") == 60  # l1 60, l2 15, l3 never
    assert value(LEADS, "contact_median", "owner", "Ann", talk_seconds=100) != 60  # then l2 had no talk either
    assert row(LEADS, "contact_p90", "owner", "Ann")["value"] != row(LEADS, "contact_p90", "owner", "Ann")["value"]


def test_what_is_odd_is_counted():
    assert value(LEADS, "speed_early") == 1 / 8  # l8
    assert value(LEADS, "speed_unknown") == 2 / 10  # l9 l0
    assert value(LEADS, "speed_unknown", "owner", "Ann") == 1 / 4


def test_later_attempts_have_not_happened_yet():
    early = "2026-03-02"
    assert value(LEADS, "speed_median", as_of=early) == 4
    assert value(LEADS, "speed_never", as_of=early) == 0
    assert value(LEADS, "speed_never", as_of="2026-03-03") == 0
    assert value(LEADS, "speed_within_60", as_of="2026-03-03") == 2 / 3  # l1 l2; l4 waits for 240
    assert value(LEADS, "speed_never", as_of="2026-04-01", conversion_days=60) == 1 / 8  # now l7, a day later; l6 was called


def test_whom_nobody_has_tried_is_settled_after_the_horizon():
    assert value(LEADS, "speed_never", as_of="2026-04-01") == 0  # l1 and l2 are thirty days old
    assert value(LEADS, "speed_never", as_of="2026-05-31") == 1 / 8  # l7; l6 was called after 27 days
    assert value(LEADS, "speed_never", as_of="2026-05-31", conversion_days=20) == 2 / 8
    assert value(LEADS, "contact_never", as_of="2026-05-31") == 3 / 8  # l3 l5 l7
    assert value(LEADS, "contact_never", as_of="2026-05-31", conversion_days=20) == 4 / 8  # and l6


def test_a_period_is_final_when_its_leads_are_old_enough():
    many = LEADS | {"leads": LEADS["leads"].loc[LEADS["leads"].index.repeat(5)].assign(lead_id=[f"n{i}" for i in range(50)])}
    for metric, late in (("speed_within_5", "ok"), ("speed_within_60", "provisional")):
        assert row(many, metric, period="month", start="2026-03-01", as_of="2026-03-31")["status"] == late  # l7 is ten minutes old
        assert row(many, metric, period="month", start="2026-03-01", as_of="2026-04-01")["status"] == "ok"
    assert row(many, "speed_never", period="month", start="2026-03-01", as_of="2026-04-29")["status"] == "provisional"
    assert row(many, "speed_never", period="month", start="2026-03-01", as_of="2026-04-30")["status"] == "ok"


def test_without_actions_or_hours_nothing_is_said():
    rest = {name: table for name, table in LEADS.items() if name != "activities"}
    days = LEADS | {"leads": LEADS["leads"].assign(created_at=LEADS["leads"]["created_at"].dt.normalize())}
    for tables, lacks in ((rest, "activities.entity_id"), (days, "hours of leads")):
        found = measure(tables, ["speed_median", "lead_conversion_ever"], as_of="2026-03-31").lacking()
        assert lacks in found.set_index("metric").loc["speed_median", "lacks"]


CALLS = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
activities
  activity_id kind     owner_id phone line  started_at       done_at          created_at is_answered is_auto
  a1          call_in  ann      +1    north 2026-03-02T10:00 2026-03-02T10:00 -          no          no
  a2          call_in  bob      +1    north 2026-03-02T10:20 2026-03-02T10:21 -          yes         no
  a3          call_in  ann      +2    north 2026-03-02T11:00 2026-03-02T11:00 -          no          no
  a4          call_in  ann      +2    north 2026-03-02T11:25 2026-03-02T11:25 -          no          no
  a5          call_in  ann      +2    north 2026-03-02T11:50 2026-03-02T11:50 -          no          no
  a6          call_out bob      +2    -     2026-03-02T11:10 2026-03-02T11:12 -          no          no
  a7          call_in  bob      +3    south 2026-03-02T17:55 2026-03-02T17:55 -          no          no
  a8          call_out bob      +3    -     2026-03-03T09:10 2026-03-03T09:11 -          yes         no
  a9          call_in  bob      +4    south 2026-03-03T12:00 2026-03-03T12:00 -          no          no
  b1          call_in  bob      +4    south 2026-03-04T12:00 2026-03-04T12:05 -          yes         no
  b2          call_in  bob      +5    south 2026-03-05T12:00 -                -          no          no
  b3          call_in  bob      +6    south 2026-03-07T12:00 2026-03-07T12:00 -          no          no
  b4          call_in  bob      -     south 2026-03-09T12:00 2026-03-09T12:00 -          no          no
  b5          call_in  bob      -     south 2026-03-09T12:10 2026-03-09T12:10 -          no          no
  b6          call_in  bob      +7    south 2026-03-10T12:00 2026-03-10T12:00 -          yes         yes
  b7          call_in  bob      +8    south 2026-03-31T17:50 2026-03-31T17:50 -          no          no
""")
# inquiries in hours: +1 answered by Bob, +2 (three calls, each within half an hour of the last) missed and called back after 10 min,
# +3 missed, called back after 5 + 10, +4 missed, +4 again answered, +5 missed, two hidden numbers missed, +8 missed; +6 came on a Saturday


def test_calls_of_one_number_are_one_inquiry_and_a_colleague_s_answer_counts():
    assert value(CALLS, "missed_calls") == 7 / 9
    assert value(CALLS, "missed_calls", "owner", "Ann") == 1 / 2  # the first of +1 rang at Ann's: answered all the same
    assert value(CALLS, "missed_calls", "line", "south") == 6 / 7
    assert value(CALLS, "missed_calls", "hour", "12") == 4 / 5
    assert value(CALLS, "missed_calls", caller_minutes=15) == 10 / 12  # each call of +1 and +2 by itself


def test_calling_back_in_business_minutes():
    assert value(CALLS, "call_back") == 2 / 6  # +2 +3; +8 is younger than the limit
    assert value(CALLS, "call_back", callback_minutes=12) == 1 / 6
    assert value(CALLS, "call_back", callback_minutes=9) == 0 / 7


def test_those_who_were_left_for_ever():
    found = row(CALLS, "missed_never")
    assert (found["sum_num"], found["n"]) == (4, 7)  # +5 +6 and the two hidden; +4 got through the next day
    assert value(CALLS, "missed_never", "shift", "out_of_hours") == 1
    assert value(CALLS, "missed_never", "owner", "Bob", as_of="2026-03-03") == 1 / 2  # +4 as of that day; +3 was called


def test_calls_need_numbers_and_outcomes():
    bare = {"activities": CALLS["activities"].drop(columns="phone")}
    found = measure(bare, ["missed_calls", "call_back", "missed_never"], as_of="2026-03-31")
    assert set(found.lacking()["metric"]) == {"call_back", "missed_never"}
    out = {"activities": CALLS["activities"][CALLS["activities"]["kind"] == "call_out"]}
    lacking = measure(out | {"leads": LEADS["leads"]}, ["missed_calls", "lead_conversion_ever"], as_of="2026-03-31").lacking()
    assert lacking.to_dict("records") == [{"metric": "missed_calls", "lacks": "incoming calls"}]


TALKS = crm("""
leads
  lead_id semantic created_at
  l01     open     2026-03-02T10:00
  l02     open     2026-03-03T10:00
  l03     open     2026-03-04T10:00
  l04     open     2026-03-05T10:00
  l05     open     2026-03-06T10:00
  l06     open     2026-03-09T10:00
  l07     open     2026-03-10T10:00
  l08     open     2026-03-11T10:00
  l09     open     2026-03-12T10:00
  l10     open     2026-03-13T10:00
  l11     open     2026-03-31T17:15
activities
  activity_id kind     entity entity_id started_at       done_at          is_answered duration_s
  a01         call_out lead   l01       2026-03-02T10:10 2026-03-02T10:12 yes         120
  a02         call_out lead   l02       2026-03-03T10:20 2026-03-03T10:22 yes         120
  a03         call_out lead   l03       2026-03-04T10:30 2026-03-04T10:32 yes         120
  a04         call_out lead   l04       2026-03-05T10:40 2026-03-05T10:42 yes         120
  a05         call_out lead   l05       2026-03-06T10:50 2026-03-06T10:52 yes         120
  a06         call_out lead   l06       2026-03-09T11:00 2026-03-09T11:02 yes         120
  a07         call_out lead   l07       2026-03-10T11:10 2026-03-10T11:12 yes         120
  a08         call_out lead   l08       2026-03-11T11:20 2026-03-11T11:22 yes         120
  a09         call_out lead   l09       2026-03-12T11:30 2026-03-12T11:32 yes         120
  a10         call_out lead   l10       2026-03-13T11:40 2026-03-13T11:42 yes         120
  a11         call_out lead   l10       2026-03-13T10:05 2026-03-13T10:05 no          0
""")


def test_nine_of_ten_talked_to_counts_those_who_still_wait():
    # talks after 10, 20 … 100 minutes, an attempt is none; l11 has waited for 45 of today's minutes. Not talked to yet after 40 minutes are
    # 7 of 11; of the six then left each talk takes a sixth of 7/11: 7/11 · 1/6 = 0.106 after 90 minutes, nobody after 100
    found = row(TALKS, "contact_p90")
    assert (found["value"], found["n"]) == (100, 11)
    assert value(TALKS, "contact_median") == 60  # 7/11 · 5/6 = 0.53 after 50 minutes, 7/11 · 4/6 = 0.42 after 60
    only = TALKS | {"leads": TALKS["leads"].head(10)}
    assert value(only, "contact_p90") == 90  # one of ten is left after 90 minutes: what leaving out those who wait would say
