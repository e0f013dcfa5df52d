"""The plan in the report is the draft as the client has answered it."""

import datetime as dt

import pytest

from audit.plan.agreed import with_agreed
from audit.plan.draft import draft_plan
from audit.plan.rows import current


def found(name, remedy="next_step_rule", gain=100.0, **more):
    return {"id": name, "metric": "win_rate", "slice": {"owner": name}, "value": 0.2, "benchmark": 0.3, "gap": -0.1, "gain_per_month": gain, "gain_low": 50.0,
            "gain_high": 200.0, "horizon": "tactical", "effort": "low", "remedy": remedy, "remeasure_days": 28, "unit": "share", "direction": "higher",
            "n": 400, "volume_per_month": 40.0, **more}


@pytest.fixture
def rows():
    """Of four zones one is agreed with a lower target, one postponed, one declined; an own change is agreed."""
    plan = draft_plan({"findings": [found(name, gain=gain) for name, gain in (("a", 400.0), ("b", 300.0), ("c", 200.0), ("d", 100.0))]}, lang="en")
    said = {"change-d": {"decision": "agree", "owner": "Ann", "start_on": dt.date(2026, 12, 1), "due_on": dt.date(2027, 2, 1), "target": 0.22, "expected_gain": 40.0,
                         "client_priority": 2, "title": "Pairs"},
            "change-a": {"decision": "postpone"}, "change-b": {"decision": "decline"}}
    made = [row | said.get(row["action_id"], {}) for row in current(plan, [])]
    own = made[0] | dict.fromkeys(("zone_id", "remedy", "metric", "unit", "baseline", "target", "expected_gain", "gain_low", "gain_high", "n", "volume_per_month", "unit_sd"))
    own |= {"action_id": "change-own-1", "state": "own", "title": "A club", "what": "Meet", "owner": "Bob", "decision": "agree", "client_priority": 1, "scope": {}}
    return plan, [*made, own]


def test_nothing_answered_is_the_draft(rows):
    assert with_agreed(rows[0], []) is rows[0]


def test_agreed_changes_stand_first_by_the_clients_priority_and_declined_ones_leave(rows):
    told = with_agreed(*rows).changes
    assert [change["id"] for change in told] == ["change-own-1", "change-d", "change-c", "change-a"]
    own, agreed, open_, postponed = told
    assert (own["title"], own["owner"], own["gain_per_month"], own["why"]) == ("A club", "Bob", None, "")
    assert (agreed["owner"], agreed["start_on"], agreed["target"], agreed["gain_per_month"]) == ("Ann", dt.date(2026, 12, 1), 0.22, 40.0)
    assert agreed["title"] == "Pairs" and agreed["seen_after_days"] is None  # two points do not show within two years
    assert "decision" not in open_ and postponed["decision"] == "postpone"


def test_an_agreed_change_outlives_its_zone(rows):
    _, said = rows
    later = with_agreed(draft_plan({"findings": [found("c")]}, lang="en"), said)
    assert {"change-d", "change-own-1", "change-c"} == {change["id"] for change in later.changes}


def test_an_agreed_change_is_told_in_the_language_of_the_report_unless_somebody_wrote_its_words(rows):
    _, said = rows
    one = found("d")
    told = {change["id"]: change for change in with_agreed(draft_plan({"findings": [one]}, lang="ru"), said).changes}
    draft = draft_plan({"findings": [one]}, lang="ru").changes[0]
    assert told["change-d"]["title"] == "Pairs"  # the client's own
    assert told["change-d"]["what"] == draft["what"]  # agreed in English as the catalogue has it
    assert (told["change-own-1"]["title"], told["change-own-1"]["what"]) == ("A club", "Meet")
