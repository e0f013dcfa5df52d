"""Stage conversion within a stage's own time, and progress weighed by what a seller's moves came to, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, row, value

from audit.metrics import measure
from audit.metrics.families.flow.calibrated import calibration
from audit.metrics.families.flow.within import term

STAGES = pd.DataFrame({"pipeline_id": "p", "stage_id": ["n", "o", "w", "l"], "name": ["new", "offer", "won", "lost"], "ord": [1, 2, 3, 4],
                       "semantic": ["open", "open", "won", "lost"]})


def lives(start: str, *ends: tuple[str, int | None], owner: str = "1", mark: str = "") -> dict[str, pd.DataFrame]:
    """Deals that came to the first stage at `start` and went on (o), were won (w) or lost (l) after so many days, or are still there (n)."""
    deals, history, begin = [], [], pd.Timestamp(start)
    for at, (state, days) in enumerate(ends):
        one, left = f"{mark}{start}-{at}", begin + pd.Timedelta(days=days or 0)
        closed = left if state in "wl" else pd.NaT
        deals.append({"deal_id": one, "owner_id": owner, "pipeline_id": "p", "stage_id": state, "created_at": begin, "closed_at": closed,
                      "semantic": {"w": "won", "l": "lost"}.get(state, "open"), "amount": 100.0})
        history.append({"entity": "deal", "entity_id": one, "pipeline_id": "p", "to_stage": "n", "entered_at": begin, "changed_by": owner})
        if state != "n":
            history.append({"entity": "deal", "entity_id": one, "pipeline_id": "p", "to_stage": state, "entered_at": left, "changed_by": owner})
    return {"deals": pd.DataFrame(deals), "stage_history": pd.DataFrame(history)}


def world(*parts: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    both = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in ("deals", "stage_history")}
    return both | {"stages": STAGES, "users": pd.DataFrame({"user_id": ["1", "2"], "name": ["Ann", "Bob"], "team": ["T1", "T2"]})}


JANUARY = lives("2026-01-01", ("o", 1), ("o", 2), ("o", 3), ("o", 4), ("l", 5), ("l", 6), ("l", 7), ("l", 8), ("o", 20), ("o", 60), ("n", None))
MARCH = lives("2026-03-20", *[("o", 1)] * 6, *[("n", None)] * 6)


def test_what_goes_on_within_the_days_in_which_four_of_five_leave():
    # nine of eleven have left by the twentieth day (eight by the eighth: 73 %), five of them forward; the sixth went on later
    assert value(world(JANUARY), "stage_conversion_within", "stage", "new") == pytest.approx(5 / 11)
    assert value(world(JANUARY), "stage_conversion_incidence", "stage", "new") == pytest.approx(6 / 11)
    assert value(world(JANUARY), "stage_conversion_within", "owner×stage", "Ann × new") == pytest.approx(5 / 11)


def test_cohorts_by_month_are_followed_as_long():
    both = world(JANUARY, MARCH)  # with the deals of March four of five have left by the sixtieth day
    first = row(both, "stage_conversion_within", "stage", "new", period="month", start="2026-01-01", as_of="2026-04-30")
    assert (first["value"], first["n"], first["status"]) == (pytest.approx(6 / 11), 11, "ok")
    young = row(both, "stage_conversion_within", "stage", "new", period="month", start="2026-03-01", as_of="2026-04-30")
    assert (young["value"], young["n"], young["status"]) == (pytest.approx(0.5), 12, "provisional")


def test_the_horizon_is_said_in_round_days():
    assert [term(days) for days in (0.2, 1, 1.5, 8, 20, 30, 31, 365, 366, 800)] == [1, 1, 2, 10, 21, 30, 45, 365, 730, 1095]
    assert np.isnan(term(float("nan")))


def test_a_cohort_with_an_undecided_deal_is_provisional():
    of = {"period": "month", "start": "2026-01-01", "as_of": "2026-04-30"}
    found = row(world(JANUARY), "stage_conversion", "stage", "new", **of)
    assert (found["value"], found["n"], found["status"]) == (pytest.approx(6 / 10), 10, "provisional")  # the eleventh stands there yet
    done = world(lives("2026-01-01", *[("w", 1)] * 6, *[("l", 5)] * 4))
    found = row(done, "stage_conversion", "stage", "new", **of)
    assert (found["value"], found["n"], found["status"]) == (pytest.approx(6 / 10), 10, "ok")
    # by the present stage alone: every deal counts in the first stage, and whoever is open may be lost yet
    found = row(world(JANUARY), "stage_conversion_current", "stage", "new", **of)
    assert (found["value"], found["n"], found["status"]) == (pytest.approx(6 / 11), 11, "provisional")
    found = row(done, "stage_conversion_current", "stage", "new", **of)
    assert (found["value"], found["n"], found["status"]) == (pytest.approx(6 / 10), 10, "ok")


def test_nobody_decided_is_no_rate():
    waiting = world(lives("2026-03-01", *[("n", None)] * 3))
    assert np.isnan(value(waiting, "stage_conversion_within"))
    found = measure({"deals": JANUARY["deals"]}, ["stage_conversion_within", "won_deals"], as_of="2026-03-31")
    assert found.get("stage_conversion_within")["status"].startswith("not_measurable: lacks stage_history")


def test_progress_is_weighed_by_what_moves_of_a_seller_came_to():
    past = [lives("2025-06-01", *[("w", 10)] * 8, *[("l", 10)] * 2, owner="1", mark="a"), lives("2025-06-01", *[("w", 10)] * 2, *[("l", 10)] * 8, owner="2", mark="b")]
    new = [lives("2026-02-01", *[("n", None)] * 2, owner=who, mark=f"new{who}") for who in ("1", "2")]
    tables = world(*past, *new)
    # half of those who came to the first stage won: five were to be expected of either, Ann won eight and Bob two; ten expected wins of the
    # department weigh against their own: (8 + 10) / 15 and (2 + 10) / 15. Each brought two deals to the first stage, worth half a win apiece
    assert value(tables, "pipeline_progress", "owner", "Ann") == pytest.approx(1)
    assert value(tables, "pipeline_progress_calibrated", "owner", "Ann") == pytest.approx(1.2)
    assert value(tables, "pipeline_progress_calibrated", "owner", "Bob") == pytest.approx(0.8)
    assert value(tables, "pipeline_progress_calibrated") == pytest.approx(2)
    assert value(tables, "pipeline_progress_calibrated", "team", "T2") == pytest.approx(0.8)


def test_calibration_does_not_see_the_reported_months():
    from audit import engine
    from audit.metrics.bases import Bases

    past = lives("2025-06-01", *[("w", 10)] * 5, *[("l", 10)] * 5)
    late = lives("2026-02-01", *[("l", 5)] * 9, mark="late")
    for tables in (world(past), world(past, late)):
        bases = Bases(engine.load(tables), pd.Timestamp("2026-03-31").date(), client())
        assert calibration(bases)[["won", "expected"]].to_numpy().tolist() == [[5, pytest.approx(5)]]
