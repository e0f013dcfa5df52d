"""What VALUES call final stays: cohorts of the sample client as of two days, and as of its last one."""

import pytest

import audit
from audit.metrics import METRICS, measure
from audit.starter import start_demo

LAST = "2026-10-31"
KEY = ["metric", "period", "period_start", "by", "group"]
COHORTS = [metric.id for metric in METRICS if metric.basis == "cohort"]
# cut where the data of the as-of day say: deals of small, middle and large amounts, the largest clients by name and the rest together
CUT = ("band", "client")
# judged at the time in which four of five leave the stage, as known at the as-of day: the same for all periods of a report
TERMED = {"stage_conversion_within"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    place = start_demo(tmp_path_factory.mktemp("final") / "client")
    return audit.intake(place).tables, place.client


@pytest.fixture(scope="module")
def late(sample):
    return measure(sample[0], COHORTS, as_of=LAST, client=sample[1], period=["month", "quarter"]).frame


def final(frame):
    return frame[(frame["status"] == "ok") & (frame["period"] != "all") & ~frame["by"].str.split("×").map(lambda by: bool({*by} & {*CUT}))]


@pytest.mark.parametrize(("day", "several"), [("2026-06-30", 25), ("2026-08-31", 35)])
def test_final_cohorts_of_the_sample_do_not_change_later(sample, late, day, several):
    early = final(measure(sample[0], COHORTS, as_of=day, client=sample[1], period=["month", "quarter"]).frame)
    both = early[~early["metric"].isin(TERMED)].merge(late, on=KEY, suffixes=("", "_late"), how="left")
    same = (both["value"] - both["value_late"]).abs() <= 1e-9 * both["value"].abs()
    changed = both[~same & ~(both["value"].isna() & both["value_late"].isna())]
    assert changed.empty, changed[[*KEY, "value", "value_late", "n", "n_late"]].to_string()
    assert early["metric"].nunique() > several and len(both) > 5_000
