"""The simple forecast in a steady department: a deal a working day, worth 100, won or lost in turn ten days later."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, value

from audit.metrics import measure

AS_OF = "2026-06-30"
CREATED = pd.bdate_range("2025-03-03", AS_OF) + pd.Timedelta(hours=9)
STILL = CREATED + pd.Timedelta(days=10) >= pd.Timestamp("2026-07-01")
WON = ~STILL & (np.arange(len(CREATED)) % 2 == 0)
WORLD = {"deals": pd.DataFrame({
    "deal_id": [f"d{i}" for i in range(len(CREATED))], "semantic": np.where(STILL, "open", np.where(WON, "won", "lost")), "created_at": CREATED,
    "closed_at": (CREATED + pd.Timedelta(days=10)).where(~STILL), "amount": 100.0})}
# a year of wins came from deals made ten days earlier: from 21 June 2025 to 20 June 2026
A_YEAR = (CREATED >= "2025-06-21") & (CREATED < "2026-06-21")
A_DEAL = 100 * WON[A_YEAR].sum() / A_YEAR.sum()


def test_what_came_one_way_before_brings_what_such_deals_brought():
    # July: 7 deals of 22 to 30 June; then 21 days at 65 deals in 91 days: 15
    assert pytest.approx(50, rel=0.01) == A_DEAL
    assert value(WORLD, "forecast_simple", as_of=AS_OF) == pytest.approx((7 + 15) * A_DEAL)


def test_what_is_won_already_counts_as_it_is():
    # June by its 20th: won are deals made from 22 May to 10 June; ten days are still to come, on which deals made from 11 to 20 June end
    known = {"deals": WORLD["deals"][CREATED < "2026-06-21"]}
    won = 100 * (WON & (CREATED >= "2026-05-22") & (CREATED < "2026-06-11")).sum()
    before = (CREATED >= "2025-06-11") & (CREATED < "2026-06-11")
    made = ((CREATED >= "2026-06-11") & (CREATED < "2026-06-21")).sum()
    assert value(known, "forecast_simple", as_of="2026-06-20") == pytest.approx(won + made * 100 * WON[before].sum() / before.sum())


def test_the_same_by_leads():
    # every deal was a lead two days before, and there are two leads for a deal
    leads = pd.DataFrame({"lead_id": [f"l{i}" for i in range(2 * len(CREATED))], "created_at": np.repeat(CREATED - pd.Timedelta(days=2), 2)})
    linked = WORLD | {"leads": leads, "deals": WORLD["deals"].assign(lead_id=[f"l{2 * i}" for i in range(len(CREATED))])}
    values = measure(linked, "forecast_simple", as_of=AS_OF, client=client())
    # a lead's way is 12 days: 19 to 30 June, of which leads came for 9 working days (two a day), then 19 days of the mean
    came = leads["created_at"].dt.normalize()
    year = (came >= "2025-06-19") & (came < "2026-06-19")
    lately = (came >= "2026-04-01").sum() / 91
    brought = 100 * WON[(CREATED >= "2025-06-21") & (CREATED < "2026-06-21")].sum() / year.sum()
    expected = brought * ((came >= "2026-06-19").sum() + 19 * lately)
    assert values.get("forecast_simple", "step", "lead")["value"] == pytest.approx(expected)
    assert values.get("forecast_simple", "step", "deal")["value"] == values.get("forecast_simple")["value"]


def test_it_is_tested_on_the_months_of_the_model():
    found = measure(WORLD, ["forecast_simple_wape", "backtest_wape"], as_of=AS_OF, client=client())
    assert found.get("forecast_simple_wape")["n"] == found.get("backtest_wape")["n"] == 10
    assert found.get("forecast_simple_wape")["value"] < 0.1


def test_nothing_later_is_known():
    early = measure(WORLD, "forecast_simple", as_of="2026-01-31", client=client()).get("forecast_simple")["value"]
    cut = {"deals": WORLD["deals"][CREATED < "2026-02-01"].assign(semantic=lambda d: d["semantic"].mask(d["closed_at"] >= "2026-02-01", "open"))}
    cut["deals"]["closed_at"] = cut["deals"]["closed_at"].mask(cut["deals"]["closed_at"] >= "2026-02-01")
    assert value(cut, "forecast_simple", as_of="2026-01-31") == early
