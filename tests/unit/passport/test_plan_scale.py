"""A plan written in thousands without saying so is told before anybody reads its attainment."""

import datetime as dt

import pandas as pd
import pytest

from audit.passport.make import passport


def _told(target: float, amount: float = 1_000_000.0, months: int = 3) -> list:
    """The finding about units for plans of `target` a month beside one won deal of `amount` a month."""
    starts = [pd.Timestamp(2024, month, 1) for month in range(1, months + 1)]
    deals = pd.DataFrame({"deal_id": [str(n) for n in range(months)], "created_at": starts, "closed_at": [day + pd.Timedelta(days=9, hours=10) for day in starts],
                          "semantic": "won", "amount": amount, "owner_id": "u"})
    plans = pd.DataFrame({"plan_id": [f"{who}{n}" for who in "ac" for n in range(months)], "period_start": [day.date() for day in starts] * 2,
                          "period_end": [(day + pd.DateOffset(months=1)).date() for day in starts] * 2, "scope": ["user"] * months + ["company"] * months,
                          "scope_id": ["u"] * months + [None] * months, "metric": "revenue", "target": target})
    made = passport({"deals": deals, "plans": plans}, dt.date(2024, months, 28) + dt.timedelta(days=5), "en", today=dt.date(2024, 12, 31))
    return [(f.n, f.of, f.severity) for f in made.facts if f.name == "plan_scale"]


@pytest.mark.parametrize(("target", "found"), [(1_100.0, [(3, 3, "serious")]), (1.2e9, [(3, 3, "serious")]), (1_100_000.0, []), (400_000.0, []), (20_000_000.0, [])])
def test_only_a_plan_in_other_units_is_told(target, found):
    """A plan missed by a factor of twenty may be a bad plan; a thousandfold one is none."""
    assert _told(target) == found


def test_one_month_tells_nothing():
    assert _told(1_100.0, months=1) == []
