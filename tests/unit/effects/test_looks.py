"""Monthly looks: published boundaries, and verdicts that keep to them."""

import pandas as pd
import pytest

from audit.effects import compare
from audit.errors import UsageError
from audit.stats.looks import boundary, nominal, sequence


def test_boundaries_are_the_published_ones():
    """O'Brien–Fleming-type spending, two-sided 0.05: Reboussin et al. (2000), Controlled Clinical Trials 21:190–207 print 4.3326, 2.9631, 2.3590, 2.0141 for four looks."""
    assert [round(boundary(look, 4), 3) for look in range(1, 5)] == [4.333, 2.963, 2.359, 2.014]
    assert boundary(1, 1) == pytest.approx(1.959964, abs=1e-4)
    assert boundary(9, 4) == boundary(4, 4)


def test_an_open_end_costs_more_than_a_plan():
    assert sequence(12) > boundary(12, 12)
    assert min(sequence(look) for look in range(1, 25)) == pytest.approx(sequence(12), abs=0.03)
    assert nominal(1.959964) == pytest.approx(0.95, abs=1e-6)


def data(won_after: int) -> pd.DataFrame:
    won = [1] * 60 + [0] * 140 + [1] * won_after + [0] * (200 - won_after)
    return pd.DataFrame({"won": won, "after": [0] * 200 + [1] * 200})


def test_an_early_look_asks_for_more():
    """80 of 200 against 60 of 200: p = 0.036, enough once, not at the third of twelve looks."""
    once = compare(data(80), outcome="won", group="after")
    early = compare(data(80), outcome="won", group="after", look=3, planned_looks=12)
    assert once.verdict == "improved"
    assert early.verdict == "no clear change"
    told = early.to_json()["effects"][0]["monitoring"]
    assert (told["rule"], told["look"], told["planned_looks"], told["alarm"]) == ("obrien_fleming", 3, 12, False)
    assert told["low"] < early.low < early.high < told["high"]


def test_a_large_effect_shows_early():
    found = compare(data(130), outcome="won", group="after", look=3, planned_looks=12)
    assert (found.verdict, found.looks.alarm) == ("improved", True)
    assert compare(data(130), outcome="won", group="after", look=3).looks.rule == "confidence_sequence"


@pytest.mark.parametrize("asked", [{"planned_looks": 12}, {"look": 0}, {"look": "two"}, {"look": 13, "planned_looks": 12}])
def test_looks_that_make_no_sense_are_told(asked):
    with pytest.raises(UsageError, match="look"):
        compare(data(80), outcome="won", group="after", **asked)
