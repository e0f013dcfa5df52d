"""The pack of a drawn Monday, counted by hand."""

import datetime as dt
import json

import packs
import pytest

import audit
from audit.errors import NothingMeasurableError, UsageError
from audit.standup.day import Day, next_standup
from audit.standup.make import made
from audit.standup.pack import Pack

MONDAY = dt.date(2026, 10, 19)


@pytest.fixture(scope="module")
def pack(tmp_path_factory) -> Pack:
    return made(packs.workspace(tmp_path_factory.mktemp("pack") / "client"), MONDAY)


def rows(pack, part):
    return list(pack.parts[part])


def test_the_morning_looks_back_on_friday(pack):
    assert (pack.date, pack.as_of, pack.since) == (MONDAY, dt.date(2026, 10, 18), dt.date(2026, 10, 16))
    assert pack.people == [{"owner": "Ann Ash", "away": False}, {"owner": "Bob Birch", "away": True}]  # Cid left in September


def test_plan_and_fact(pack):
    whole, ann, bob = rows(pack, "plans")
    assert (whole["by"], ann["group"], bob["group"]) == ("", "Ann Ash", "Bob Birch")  # the farther behind first
    # 300 of Ann and 800 of Bob; the 500 of Monday itself are not looked at; the line is 12 of 22 days
    assert (whole["fact"], whole["target"], whole["share"]) == (1100, 2200, 0.5)
    assert (whole["line"], whole["line_gap"], whole["days_behind"]) == (pytest.approx(1200), pytest.approx(-100), pytest.approx(1))
    assert (whole["days_left"], whole["a_day"]) == (10, pytest.approx(110))
    assert (ann["fact"], ann["line_gap"], ann["a_day"]) == (300, pytest.approx(-300), pytest.approx(80))
    assert (bob["line_gap"], bob["days_behind"]) == (pytest.approx(200), 0)
    assert rows(pack, "ended") == []


def test_the_course_of_the_plan(pack):
    days = {row["day"]: row for row in rows(pack, "course")}
    assert len(days) == 31
    assert (days["2026-10-05"]["fact"], days["2026-10-04"]["fact"], days["2026-10-18"]["fact"]) == (300, 0, 1100)
    assert days["2026-10-19"]["fact"] is None
    assert days["2026-10-31"]["line"] == pytest.approx(2200)


def test_what_closes_the_gap(pack):
    gaps = {row["owner"]: row["gap"] for row in rows(pack, "catchup")}
    assert gaps == {"Ann Ash": 800, "Bob Birch": 300}


def test_the_day_of_each_seller(pack):
    done = {(row["owner"], row["kind"]): row for row in rows(pack, "day_report")}
    assert (done["Ann Ash", "call_out"]["done"], done["Ann Ash", "call_out"]["norm"], done["Ann Ash", "call_out"]["done_month"]) == (1, 2, 2)
    assert done["Ann Ash", "call_out"]["norm_month"] == 20  # two a day on the ten working days since the log begins
    assert done["Bob Birch", "call_out"]["done"] == 1


def test_payments(pack):
    bills = {row["invoice_id"]: row for row in rows(pack, "payment_control")}
    assert [*bills] == ["i1", "i2", "i3"]  # today's, late ones, the week to come; not the 30th, not the paid one
    assert [(row["when"], row["balance"], row["days_late"]) for row in bills.values()] == [("today", 100, 0), ("late", 150, 10), ("ahead", 300, 0)]
    (month,) = rows(pack, "receipts")
    assert (month["received"], month["come_due"], month["received_last"]) == (110, 260, 60)  # 50 and 60; i2 and i5; Friday's 60


def test_who_waits(pack):
    assert [row["lead_id"] for row in rows(pack, "untouched_leads")] == ["l1"]  # the call of Monday is not looked at
    (missed,) = rows(pack, "unreturned_calls")
    assert (missed["activity_id"], missed["owner"]) == ("a4", "Ann Ash")  # the call was nobody's; the request is Ann's
    (late,) = rows(pack, "overdue_tasks")
    assert (late["activity_id"], late["entity_id"], late["owner"]) == ("a5", "d4", "Ann Ash")


def test_tasks(pack):
    assert [(task["kind"], task["owner"], task["id"], task["issued"]) for task in pack.tasks if task["entity"] != "deal"] == [
        ("answer", "Ann Ash", "l1", True), ("call_back", "Ann Ash", "a4", True), ("collect", "Ann Ash", "i1", True), ("collect", "Bob Birch", "i2", False)]  # Bob is away
    deals = {task["id"]: task for task in pack.tasks if task["entity"] == "deal"}
    assert {name: task["kind"] for name, task in deals.items()} == {"d3": "plan", "d4": "overdue", "d5": "assign"}  # d3 is won on Monday only
    assert not deals["d5"]["issued"]  # Cid has left
    assert all("client" not in task or task["client"] is None for task in pack.tasks)  # names are hidden unless asked for


def test_only_so_many_are_issued(tmp_path):
    few = made(packs.workspace(tmp_path / "client", most=2), MONDAY)
    assert [task["kind"] for task in few.tasks if task["issued"]] == ["answer", "call_back"]


def test_names_of_clients_on_demand(tmp_path):
    told = made(packs.workspace(tmp_path / "client", names="shown"), MONDAY)
    assert {row["invoice_id"]: row["client"] for row in rows(told, "payment_control")} == {"i1": "Alder Ltd", "i2": "Beech Ltd", "i3": "Beech Ltd"}
    assert {task["id"]: task["client"] for task in told.tasks if task["entity"] == "deal"} == {"d3": "Alder Ltd", "d4": "Alder Ltd", "d5": "Beech Ltd"}


def test_the_first_day_of_a_plan(tmp_path):
    first = made(packs.workspace(tmp_path / "client"), "2026-10-01")
    whole = rows(first, "plans")[0]
    assert (whole["period_start"], whole["fact"], whole["line"], whole["to_date"], whole["days_left"], whole["a_day"]) == ("2026-10-01", 0, 0, None, 22, 100)
    (past,) = rows(first, "ended")
    assert (past["target"], past["fact"], past["share"]) == (1000, 700, 0.7)
    assert {row["owner"]: row["days_left"] for row in rows(first, "catchup")} == {"Ann Ash": 22, "Bob Birch": 22}


def test_what_became_of_the_last_tasks(tmp_path):
    place = packs.workspace(tmp_path / "client")
    audit.standup(place, MONDAY)
    tuesday = audit.standup(place, "2026-10-20").before
    assert (tuesday["date"], tuesday["issued"]) == ("2026-10-19", sum(task["issued"] for task in made(place, MONDAY).tasks))
    left = {(task["kind"], task["id"]) for task in tuesday["left"]}
    assert ("answer", "l1") not in left  # answered on Monday
    assert {("call_back", "a4"), ("collect", "i1")} <= left
    assert tuesday["done"] == tuesday["issued"] - len(left)
    assert tuesday["sellers"] == [{"owner": "Ann Ash", "issued": tuesday["issued"], "done": tuesday["done"]}]


def test_a_later_pack_is_no_past(tmp_path):
    place = packs.workspace(tmp_path / "client")
    audit.standup(place, "2026-10-20")
    assert audit.standup(place, MONDAY).before == {}


def test_written_and_read_again(tmp_path):
    place = packs.workspace(tmp_path / "client")
    pack = audit.standup(place, MONDAY)
    content = json.loads((place.root / "reports" / "2026-10-19" / "standup.json").read_text("utf-8"))
    assert content == json.loads(json.dumps(pack.to_json()))
    again = audit.standup(place, MONDAY)
    assert again.to_json() == pack.to_json()
    assert len(pack.frame) == len(pack.tasks)
    assert pack.plot().axes[0].get_yticklabels()[-1].get_text() == "Ann Ash"
    assert "Ann Ash" in pack._repr_html_()


def test_what_the_data_lack_is_told(tmp_path):
    text = packs.WORLD[packs.WORLD.index("deals"):packs.WORLD.index("leads")]
    bare = made(packs.workspace(tmp_path / "client", text), MONDAY)
    assert {"plans", "payment_control", "untouched_leads", "unreturned_calls", "listening"} <= set(bare.lacks)
    assert "leaking_deals" in bare.parts
    assert bare.people == []


def test_days():
    from audit.calendar import WorkCalendar

    calendar = WorkCalendar()
    assert Day.of(dt.date(2026, 10, 20), calendar).since == dt.date(2026, 10, 19)
    friday, sunday = dt.date(2026, 10, 16), dt.date(2026, 10, 18)
    assert next_standup(friday, dt.date(2026, 11, 1), calendar) == MONDAY
    assert next_standup(sunday, dt.date(2026, 11, 1), calendar) == MONDAY
    assert next_standup(friday, friday, calendar) == friday  # this morning's data


def test_mistakes(tmp_path):
    place = packs.workspace(tmp_path / "client")
    with pytest.raises(UsageError):
        made(place, "19.10.2026")
    with pytest.raises(NothingMeasurableError, match="2026-08-01"):
        made(place, "2026-08-01")
    assert made(place, "2026-08-02").as_of == dt.date(2026, 8, 1)
