"""Flow balance, progress and remaining work, counted by hand on the drawn deals of the stages."""

import pandas as pd
import pytest
from drawn import client, row, value
from test_spec_stages import AS_OF, FLOW

from audit.metrics import listed

DATES = ("created_at", "closed_at", "entered_at")
YEAR = pd.Timedelta(days=365)


def of(metric, by="", group="", tables=FLOW, **more):
    return value(tables, metric, by, group, as_of=more.pop("as_of", AS_OF), **more)


def test_what_came_and_went():
    assert of("work_came") == 7
    assert of("work_went") == 4
    assert of("flow_residual") == 0
    assert of("deals_in_work") == of("work_came") - of("work_went")


def test_a_deal_without_history_does_not_add_up():
    history = FLOW["stage_history"]
    tables = FLOW | {"stage_history": history[history["entity_id"] != "d6"]}
    assert of("flow_residual", tables=tables) == 1
    assert of("flow_residual", "owner", "ann", tables) == 1
    assert of("flow_residual", "owner", "bob", tables) == 0
    late = history.assign(entered_at=history["entered_at"].mask((history["entity_id"] == "d5") & (history["to_stage"] == "l"), pd.Timestamp("2026-02-03")))
    shifted = FLOW | {"stage_history": late}
    assert value(shifted, "flow_residual", period="month", start="2026-02-01", as_of="2026-02-28") == 1  # left in January by its dates
    assert value(shifted, "flow_residual", period="month", start="2026-01-01", as_of="2026-02-28") == -1
    assert value(shifted, "flow_residual", as_of="2026-02-28") == 0


def test_work_in_hand_against_its_flow():
    # closed after 10 6 8 2 days; open for 30, 12 and 28 of the window
    assert of("flow_little") == pytest.approx(96 / 26)
    assert of("flow_little", flow_days=25) == pytest.approx((4 + 0 + 3 + 0 + 25 + 12 + 25) / 24)  # from 7 January, as d2 closes


def test_where_deals_stood_at_the_end_of_past_periods():
    # at the end of 4 January: d2 d4 d5 d7 new, d1 in the meeting since the 3rd, d3 at the offer since that day
    def stood(week, group="", by="stage", metric="stage_occupancy"):
        return of(metric, by if group else "", group, period="week", start=week)

    assert [stood("2025-12-29", stage) for stage in ("new", "meeting", "offer")] == [4, 1, 1]
    assert [stood("2026-01-05", stage) for stage in ("new", "meeting")] == [1, 1]  # d4; d7 is back, d1 won, d2 and d5 lost, d3 won
    assert stood("2026-01-05", "offer") == 0
    assert stood("2026-01-12", "meeting") == 2  # d4 has come
    assert [stood("2026-01-26", stage) for stage in ("new", "meeting", "offer")] == [1, 2, 0]  # nothing moves: d6, d4 and d7
    assert stood("2025-12-29", "ann × new", "owner×stage") == 2  # d2 d7
    assert stood("2025-12-29", metric="stage_occupancy_amount") == 100 + 200 + 300 + 400 + 500 + 700
    assert stood("2026-01-19", "ann", "owner", "stage_occupancy_amount") == 600 + 700


def test_where_deals_stand_now():
    assert of("stage_occupancy") == of("deals_in_work")
    assert [of("stage_occupancy", "stage", stage) for stage in ("new", "meeting", "offer")] == [1, 2, 0]
    assert of("stage_occupancy", "stage", "new", as_of="2026-01-03", period="month", start="2026-01-01") == 4  # d2 d3 d4 d5


def test_chances_are_the_product_of_the_incidences():
    chances = [of("stage_win_chance", "stage", stage) for stage in ("new", "meeting", "offer")]
    assert chances == pytest.approx([5 / 7 * 3 / 5 * 2 / 3, 3 / 5 * 2 / 3, 2 / 3])
    assert [row(FLOW, "stage_win_chance", "stage", stage, as_of=AS_OF)["n"] for stage in ("new", "meeting", "offer")] == [7, 5, 3]
    assert [of("stage_days_to_win", "stage", stage) for stage in ("new", "meeting", "offer")] == [8, 6, 3]


def earlier(tables):
    """The same deals a year before beside those of this year."""
    both = {"stages": tables["stages"]}
    for name in ("deals", "stage_history"):
        old = tables[name].copy()
        for column in old.columns:
            if column in DATES:
                old[column] -= YEAR
            if column in ("deal_id", "entity_id"):
                old[column] = "old" + old[column]
        both[name] = pd.concat([old, tables[name]], ignore_index=True)
    return both


def test_progress_by_chances_known_before_the_reported_months():
    tables = earlier(FLOW)
    # the old ones, known to 1 November 2025 (then d4, d6 and d7 are still open): the same incidences
    new, meeting, offer = 2 / 7, 2 / 5, 2 / 3
    ends = {"d1": 1.0, "d2": 0.0, "d3": 1.0, "d4": meeting, "d5": 0.0, "d6": new, "d7": meeting}
    assert of("pipeline_progress", tables=tables) == pytest.approx(sum(ends.values()), abs=1e-3)
    assert of("pipeline_progress", "owner", "bob", tables) == pytest.approx(1 + meeting, abs=1e-3)
    assert of("pipeline_progress", "stage", "offer", tables) == pytest.approx(offer - meeting + 2 * (offer - new), abs=1e-3)
    money = 100 + 300 + 400 * meeting + 600 * new + 700 * meeting
    assert of("pipeline_progress_money", tables=tables) == pytest.approx(money, abs=1e-2)
    assert of("pipeline_progress") == 0  # nothing is known before


def test_what_remains():
    acts = pd.DataFrame({"activity_id": ["a1", "a2", "a3", "a4"], "kind": "email", "entity": "deal", "entity_id": ["d1", "d1", "d3", "d4"],
                         "done_at": pd.to_datetime(["2026-01-02", "2026-01-09", "2026-01-05", "2026-01-20"])})
    day = "2026-01-06"  # d1 at meeting for 4 days, d7 at offer for a day, d3 at offer for 3, d4 at new for 5
    found = listed(FLOW | {"activities": acts}, "remaining_work", as_of=day, client=client()).set_index("deal_id")
    assert found.loc["d7", ["stage", "done", "steps"]].tolist() == ["offer", 2, 3]
    assert found["days_left"].isna().all()  # nobody has won yet
    found = listed(FLOW | {"activities": acts}, "remaining_work", as_of="2026-01-12", client=client()).set_index("deal_id")
    # from meeting or beyond d2 fell after 2 days, d3 won after 6, d1 after 8, d7 is watched for 7, d4 for 1: won 1/4 by day 6, 3/4 by day 8
    assert found.loc["d4", ["stage", "done", "days_left"]].tolist() == ["meeting", 1, 7]
    assert found.loc["d7", ["stage", "done", "days_left"]].tolist() == ["meeting", 1, 1]
    # from there d1 and d3 did 2 actions in their 14 days
    assert found.loc["d4", "actions_left"] == pytest.approx(7 * 2 / 14)
    assert found.loc["d4", "chance"] == pytest.approx(value(FLOW, "stage_win_chance", "stage", "meeting", as_of="2026-01-12"), abs=1e-4)
    assert found.loc["d4", "expected_amount"] == pytest.approx(400 * found.loc["d4", "chance"], abs=0.1)


def test_likely_money_at_risk():
    deals = FLOW["deals"].assign(next_activity_at=pd.to_datetime([None, None, None, "2026-02-02", None, None, None]))
    tables = FLOW | {"deals": deals}
    assert of("money_at_risk", tables=tables) == 1300  # d6, d7 have nothing planned
    assert of("money_at_risk_likely", tables=tables) == pytest.approx(600 * 2 / 7 + 700 * 2 / 5, abs=1e-3)
