"""Breaches of the chart in the past, who noticed them and what was done, counted by hand."""

import numpy as np
import pandas as pd
from drawn import client, row, value

from audit.metrics import measure
from audit.metrics.rows.management import spells
from audit.metrics.rows.management.series import Series

DAYS = pd.bdate_range("2026-01-05", periods=70)
AS_OF = f"{DAYS[-1]:%Y-%m-%d}"


def calls(who: str, counts: list[int]) -> pd.DataFrame:
    rows = [(who, day + pd.Timedelta(hours=10)) for day, n in zip(DAYS, counts, strict=True) for _ in range(n)]
    return pd.DataFrame(rows, columns=["owner_id", "done_at"]).assign(kind="call_out")


# Ann calls ten times a day, four times on twelve days from the 41st; Bob not at all on the 51st
LOG = pd.concat([calls("1", [10] * 40 + [4] * 12 + [10] * 18), calls("2", [9, 11] * 25 + [0] + [10] * 19)], ignore_index=True)
CRM = {"activities": LOG.assign(activity_id=[f"a{i}" for i in range(len(LOG))], created_at=LOG["done_at"]),
       "users": pd.DataFrame({"user_id": ["1", "2"], "name": ["Ann", "Bob"], "team": ["T1", "T2"]})}


def noted(*rows: tuple) -> dict:
    names = ["dev_id", "metric", "scope", "scope_id", "detected_at", "action", "action_owner", "due_on"]
    return CRM | {"deviations": pd.DataFrame(rows, columns=names).assign(**{name: lambda t, n=name: pd.to_datetime(t[n]) for name in ("detected_at", "due_on")})}


# the log begins on the second day; somebody notices Ann's calls on the 44th
TOLD = noted(("v0", "win_rate", "user", "2", DAYS[1] + pd.Timedelta(hours=10), None, None, None),
             ("v1", "calls", "user", "1", DAYS[43] + pd.Timedelta(hours=10), "drill", "2", DAYS[50]),
             ("v2", "calls", "user", "2", DAYS[60] + pd.Timedelta(hours=10), "late", "2", DAYS[65]))


def at(metric, by="", group="", tables=TOLD, as_of=AS_OF, **more):
    return value(tables, metric, by, group, as_of=as_of, **more)


def test_a_breach_lasts_from_the_first_day_of_the_run_to_the_first_of_three_in_band():
    assert at("breach_days", "owner", "Ann") == 12  # four a day lie beyond three sigmas only as a run: eight of them in a row are the breach
    assert at("breach_days", "owner", "Bob") == 1
    assert at("breach_days", "action", "acted") == 12
    assert at("breach_days", "action", "untouched") <= 12  # Bob's day, and the department's with both


def test_what_lasts_is_censored():
    still = row(TOLD, "breach_days", "owner", "Ann", as_of=f"{DAYS[49]:%Y-%m-%d}")
    assert (still["n"], still["sum_num"]) == (1, 0)
    assert pd.isna(still["value"])
    assert measure(TOLD, "breach_days", as_of=f"{DAYS[45]:%Y-%m-%d}", client=client()).get("breach_days", "owner", "Ann") is None  # six low days are no run yet


def test_days_until_the_log_names_it():
    assert at("breach_detect_days", "owner", "Ann") == 3  # from the 41st day to the 44th
    assert at("breach_detected_within_day", "owner", "Ann") == 0
    bob = row(TOLD, "breach_detect_days", "owner", "Bob", as_of=AS_OF)
    assert (bob["n"], bob["sum_num"]) == (1, 0)  # an entry after the breach was over does not name it
    soon = noted(("v0", "win_rate", "user", "2", DAYS[1], None, None, None), ("v1", "outgoing calls", "user", "1", DAYS[41], None, None, None))
    assert at("breach_detected_within_day", "owner", "Ann", soon) == 1


def test_before_the_log_nothing_could_be_noticed():
    late = noted(("v1", "calls", "user", "2", DAYS[49] + pd.Timedelta(hours=10), None, None, None))
    found = measure(late, "breach_detect_days", as_of=AS_OF, client=client())
    assert found.get("breach_detect_days", "owner", "Ann") is None
    assert found.get("breach_detect_days", "owner", "Bob")["n"] == 1


def test_confirmed_deviations_have_an_action_or_not():
    day = f"{DAYS[48]:%Y-%m-%d}"  # Ann's ninth low day; the department's is confirmed with hers
    found = measure(TOLD, "confirmed_acted_on", as_of=day, client=client())
    assert found.get("confirmed_acted_on", "owner", "Ann")["value"] == 1
    assert found.get("confirmed_acted_on")["value"] == 1 / found.get("confirmed_acted_on")["n"]
    other = noted(("v1", "meetings", "user", "1", DAYS[43], "drill", "2", DAYS[50]))
    assert at("confirmed_acted_on", "owner", "Ann", other, as_of=day) == 0
    mended = noted(("v1", "calls", "user", "1", DAYS[43], "drill", "2", DAYS[50]))
    mended["deviations"]["resolved_on"] = pd.Timestamp(DAYS[46])
    assert at("confirmed_acted_on", "owner", "Ann", mended, as_of=day) == 0


def test_without_a_log_nothing_is_said():
    found = measure(CRM, ["breach_days", "confirmed_acted_on", "activity_count"], as_of=AS_OF, client=client())
    assert found.get("breach_days")["status"].startswith("not_measurable: lacks deviations")
    assert found.get("confirmed_acted_on")["status"].startswith("not_measurable: lacks deviations")


def test_a_steady_series_rarely_breaks():
    rng, broken, runs = np.random.default_rng(11), 0, 200
    starts = tuple(day.date() for day in pd.bdate_range("2026-01-05", periods=120))
    for _ in range(runs):
        series = Series("call_out", "owner", "a", False, starts, rng.poisson(8, 120).astype(float), np.ones(120))
        broken += len(spells._of(series))
    # one side of three sigmas gives 0.13 % a day and eight in a row about once in 256 days of either side: 92 days are judged
    assert broken / runs < 0.75
