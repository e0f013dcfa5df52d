"""Which changes a month is measured for, and which of them act together."""

import datetime as dt

import pytest
from house_of_changes import row

from audit.errors import NothingMeasurableError
from audit.remeasure.changes import Change, overlap, valid_for
from audit.remeasure.together import beside, groups

END = dt.date(2024, 5, 31)


def test_corrections_of_the_last_version_hold_for_every_month(house):
    house.agree(row("a", start=dt.date(2024, 3, 1)))
    house.agree(row("a", start=dt.date(2024, 4, 1), done_on=dt.date(2024, 6, 20)), on=dt.date(2024, 7, 3))
    plan = valid_for(house.workspace, END)
    assert plan.version == 2
    assert plan.changes[0].start == dt.date(2024, 4, 1)
    assert plan.changes[0].row["done_on"] is None  # it was not done by then
    assert valid_for(house.workspace, dt.date(2024, 6, 30)).changes[0].row["done_on"] == dt.date(2024, 6, 20)


def test_a_change_that_was_given_up_later_is_measured_as_long_as_it_was_agreed(house):
    house.agree(row("a"), row("b"))
    house.agree(row("a"), row("b", decision="decline"), on=dt.date(2024, 6, 10))
    assert [one.id for one in valid_for(house.workspace, END).changes] == ["change-a", "change-b"]
    assert [one.id for one in valid_for(house.workspace, dt.date(2024, 6, 30)).changes] == ["change-a"]


def test_without_an_agreed_change_that_has_a_start_there_is_nothing_to_measure(house):
    for rows in ((), (row("a", decision=""), row("b", decision="postpone"), row("c", start=None))):
        if rows:
            house.agree(*rows)
        with pytest.raises(NothingMeasurableError) as error:
            valid_for(house.workspace, END)
        assert error.value.code == 12


def test_a_plan_of_an_earlier_version_has_the_usual_looks_and_wait():
    old = {name: value for name, value in row("a").items() if name not in ("planned_looks", "baseline_shrunk")} | {"remeasure_after_days": None}
    assert (Change(old).looks, Change(old).wait, Change(old).back) == (12, 28, None)


@pytest.mark.parametrize(("direction", "shrunk", "back"), [("higher", 0.33, 0.1), ("higher", 0.27, 0.0), ("lower", 0.27, 0.1), ("lower", 0.33, 0.0)])
def test_what_a_slice_would_win_back_by_itself_is_a_part_of_its_baseline(direction, shrunk, back):
    change = Change(row("a", zone_id="z", direction=direction, baseline=0.30, baseline_shrunk=shrunk))
    assert change.back == pytest.approx(back)
    assert Change(row("a", baseline=0.30, baseline_shrunk=shrunk, zone_id=None)).back is None  # a change of the client's own


def test_slices_overlap_unless_they_differ_in_a_dimension_of_both():
    assert overlap({}, {"owner": "A"})
    assert overlap({"owner": "A"}, {"source": "site"})
    assert not overlap({"owner": "A", "source": "site"}, {"owner": "B"})


def test_changes_are_together_also_by_way_of_a_third():
    one, two, three, four = (Change(row(name, scope=scope, start=dt.date(2024, 3, day))) for day, (name, scope) in enumerate(
        [("a", {"owner": "A"}), ("b", {"source": "site"}), ("c", {"owner": "B"}), ("d", {"owner": "C", "source": "fair"})], 1))
    told = [[change.id[-1] for change in group] for group in groups([four, three, two, one], lambda _, __: True)]
    assert told == [["a", "b", "c"], ["d"]]
    assert len(groups([one, two, three, four], lambda _, __: False)) == 4


def test_another_metric_stands_beside_only_where_it_reaches_every_unit():
    everything = [Change(row(name, metric=metric, scope=scope)) for name, metric, scope in (
        ("w", "avg_check", {}), ("s", "win_rate", {"owner": "A"}), ("c", "avg_check", {"owner": "A"}), ("p", "cycle_days", {"owner": "A", "source": "site"}), ("n", None, {"owner": "A"}))]
    told = {change.id[-1]: "".join(other.id[-1] for other in beside(change, everything)) for change in everything}
    assert told == {"w": "", "s": "c", "c": "s", "p": "sc", "n": "sc"}  # what acts on everything alike is no reason
