"""The deviation table, counted by hand: forty days of ten calls, then eight days of four."""

import datetime as dt

import pandas as pd
import pytest
from drawn import client, value

from audit.errors import NothingMeasurableError
from audit.metrics import listed

DAYS = pd.bdate_range("2026-01-05", periods=48)  # up to Wednesday 11 March
AS_OF = f"{DAYS[-1]:%Y-%m-%d}"


def calls(who: str, counts: list[int], days=DAYS) -> pd.DataFrame:
    rows = [(who, day + pd.Timedelta(hours=10)) for day, n in zip(days, counts, strict=True) for _ in range(n)]
    return pd.DataFrame(rows, columns=["owner_id", "done_at"]).assign(kind="call_out")


def crm(**more) -> dict[str, pd.DataFrame]:
    log = pd.concat([calls("1", [10] * 40 + [4] * 8), calls("2", [9, 11] * 24)], ignore_index=True)
    tables = {"activities": log, "users": pd.DataFrame({"user_id": ["1", "2"], "name": ["Ann", "Bob"]})} | more
    tables["activities"] = tables["activities"].assign(activity_id=lambda t: [f"a{i}" for i in t.index], created_at=lambda t: t["done_at"])
    return tables


def rows(tables, as_of=AS_OF, **rules) -> pd.DataFrame:
    return listed(tables, "deviations", as_of=as_of, client=client(**rules))


def test_eight_days_below_the_level_are_a_deviation():
    found = rows(crm())
    ann = found[found["by"] == "owner"].iloc[0]
    assert (ann["metric"], ann["group"], ann["against"], ann["status"]) == ("call_out", "Ann", "own", "alarm")
    assert (ann["value"], ann["reference"], ann["deviation"], ann["deviation_share"]) == (4, 10, -6, -0.6)
    assert (ann["since"], ann["days"], ann["trend"]) == (DAYS[40].date(), 8, "flat")
    assert pd.isna(ann["loss"])  # without deals nobody can say what a call is worth
    assert "Bob" not in set(found["group"])


def test_the_department_is_watched_too():
    both = rows(crm())
    whole = both[both["by"] == ""].iloc[0]
    assert whole["reference"] == pytest.approx(10)
    assert whole["value"] == pytest.approx(7)  # (4 + 10) a day of two people


def test_what_comes_later_does_not_count():
    later = pd.concat([crm()["activities"], calls("1", [50] * 8, pd.bdate_range("2026-03-12", periods=8))], ignore_index=True)
    pd.testing.assert_frame_equal(rows(crm(activities=later)), rows(crm()))
    assert rows(crm(), as_of=f"{DAYS[39]:%Y-%m-%d}").empty


def test_of_one_who_has_left_nothing_can_be_put_right():
    gone = pd.DataFrame({"user_id": ["1", "2"], "name": ["Ann", "Bob"], "left_at": [DAYS[46].date(), None]})  # the day before yesterday
    assert "Ann" not in set(rows(crm(users=gone))["group"])
    last = gone.assign(left_at=[DAYS[47].date(), None])  # today is Ann's last day
    assert "Ann" in set(rows(crm(users=last))["group"])


def test_below_the_norm():
    norms = pd.DataFrame({"metric": ["call_out"], "per": ["week"], "value": [60.0]})  # twelve a working day
    found = rows(crm(norms=norms))
    norm = found[found["against"] == "norm"].set_index("group")
    assert norm.loc["Bob", ["value", "reference"]].tolist() == [10, 12]
    assert norm.loc["Bob", "deviation_share"] == pytest.approx(-1 / 6)
    assert norm.loc["Bob", "days"] == 48  # never above twelve
    assert norm.loc["Bob", "status"] in ("signal", "alarm")
    assert set(rows(crm(norms=norms), important_share=0.2)["group"]) == {"Ann", ""}


def test_what_it_costs_and_who_comes_first():
    deals = pd.DataFrame({"deal_id": ["d1"], "owner_id": ["1"], "semantic": ["won"], "amount": [91_200.0],
                          "created_at": pd.to_datetime(["2026-01-05"]), "closed_at": pd.to_datetime(["2026-02-02"])})
    ann = rows(crm(deals=deals)).iloc[0]
    # 912 calls brought 91,200; six calls a day are missing on eight days
    assert (ann["group"], ann["loss"]) == ("Ann", pytest.approx(48 * 100))


def test_the_linear_plan_and_the_budget_of_alarms():
    deals = pd.DataFrame({"deal_id": [f"d{i}" for i in range(40)], "owner_id": "1", "semantic": "won", "amount": 100.0,
                          "created_at": pd.Timestamp("2026-01-05"), "closed_at": [pd.Timestamp("2026-02-02")] * 39 + [pd.Timestamp("2026-03-02")]})
    plans = pd.DataFrame({"plan_id": ["p"], "period_start": pd.to_datetime(["2026-03-01"]), "period_end": pd.to_datetime(["2026-04-01"]),
                          "scope": ["user"], "scope_id": ["1"], "metric": ["revenue"], "target": [5_500.0]})
    found = rows(crm(deals=deals, plans=plans))
    plan = found[(found["against"] == "plan") & (found["group"] == "Ann")].iloc[0]
    assert (plan["value"], plan["reference"]) == (100, 2_000)  # eight of 22 working days are over
    assert plan["loss"] == 1_900
    assert plan["since"] == dt.date(2026, 3, 2)
    assert plan["z"] == pytest.approx(-1_900 / (2_000 * 100) ** 0.5)
    few = rows(crm(deals=deals, plans=plans), alarms_a_day=1)
    assert (few["status"] == "alarm").sum() == 1
    assert (few["status"] == "confirmed").sum() == (found["status"] == "alarm").sum() - 1 >= 1


def test_counts():
    assert value(crm(), "deviations_confirmed", as_of=AS_OF) == 2  # Ann and, with her, the department
    assert value(crm(), "deviations_confirmed", "owner", "Ann", as_of=AS_OF) == 1
    assert value(crm(), "deviations_alarms", as_of=AS_OF, alarms_a_day=1) == 1
    assert value(crm(), "deviations_signals", as_of=AS_OF) == 2
    assert value(crm(), "deviations_share", as_of=AS_OF) == pytest.approx(2 / 3)


def test_nothing_to_watch():
    with pytest.raises(NothingMeasurableError):
        listed({"users": crm()["users"]}, "deviations", as_of=AS_OF)
