"""Levels of competences that do not weigh the same, on a drawn CRM, counted by hand."""

import pytest
from drawn import client, crm, row, value
from pydantic import ValidationError

from audit.metrics import listed

LEVELS = crm("""
users
  user_id name team
  a       Ann  T1
  b       Bob  T1
competences
  user_id assessed_at competence_id level level_max assessor_id
  a       2026-03-02  needs         4     5         h
  a       2026-03-02  closing       2     5         h
  b       2026-03-02  needs         3     5         h
  b       2026-03-02  closing       2     5         h
  b       2026-03-02  order         5     5         h
""")
HEAVY = {"competence_weights": ("Needs/3", "order/0")}


def test_a_mean_level_by_weight():
    # of 100: Ann 80 and 40, Bob 60, 40 and 100; needs weigh three, closing one, order nothing
    assert value(LEVELS, "competence_level", "owner", "Ann") == 60
    assert value(LEVELS, "competence_level", "owner", "Ann", **HEAVY) == pytest.approx((3 * 80 + 40) / 4)
    assert value(LEVELS, "competence_level", "owner", "Bob", **HEAVY) == pytest.approx((3 * 60 + 40) / 4)
    assert value(LEVELS, "competence_level", **HEAVY) == pytest.approx((3 * 80 + 40 + 3 * 60 + 40) / 8)
    assert value(LEVELS, "competence_level", "competence", "needs", **HEAVY) == 70  # within one competence nothing is weighed
    assert row(LEVELS, "competence_level", "owner", "Bob", **HEAVY)["n"] == 2


def test_the_ranking_is_of_weighed_means():
    found = listed(LEVELS, "competence_ranking", as_of="2026-03-31", client=client(**HEAVY)).set_index("owner")
    assert found["level"].to_dict() == {"Ann": pytest.approx(70), "Bob": pytest.approx(55)}
    assert found["competences"].to_dict() == {"Ann": 2, "Bob": 2}


def test_a_weight_that_is_no_number_is_told():
    with pytest.raises(ValidationError):
        client(competence_weights=("needs/much",))


def test_assessments_of_two_months_are_two_rounds():
    monthly = crm("""
competences
  user_id assessed_at competence_id level level_max assessor_id
  a       2026-01-01  needs         1     5         h
  a       2026-02-01  needs         2     5         h
  a       2026-03-01  needs         4     5         h
  a       2026-03-20  needs         5     5         k
""")
    # February is 28 days long; what two people said in March is one round: 20, 40, 90
    assert value(monthly, "competence_change", period="month", start="2026-02-01") == 20
    assert value(monthly, "competence_change", period="month", start="2026-03-01") == 50
    assert value(monthly, "competence_level") == 90


EVEN = crm("""
competences
  user_id assessed_at competence_id level level_max assessor_id
  a       2026-03-02  needs         9     10        h
  a       2026-03-02  closing       7     10        h
  b       2026-03-02  needs         7     10        h
  b       2026-03-02  closing       4     10        h
  c       2026-03-02  needs         5     10        h
  c       2026-03-02  closing       4     10        h
""")


def test_a_level_is_drawn_towards_all_by_how_much_people_really_differ():
    # of 100: a 90 and 70, mean 80; b 70 and 40, 55; c 50 and 40, 45; all 60; needs 70, closing 50, so what a person and a competence do not
    # explain is 0, 0, 5, −5, −5, 5: 100 over 6 − 1 − 2 − 1 = 2 degrees of freedom, a variance of 50 and of a mean of two 25
    # means differ by 20² + 5² + 15² = 650 over 2, 325, of which 25 is noise: 300 ÷ 325 of what a person differs is kept
    kept = 300 / 325
    for who, mean in (("a", 80), ("b", 55), ("c", 45)):
        found = row(EVEN, "competence_shrunk", "owner", who)
        assert found["value"] == pytest.approx(60 + kept * (mean - 60))
        # its variance is 300 × 25 ÷ 325 and, for the mean of all is not known either, (25 ÷ 325)² of 325 ÷ 3
        error = (kept * 25 + (1 - kept) ** 2 * 325 / 3) ** 0.5
        assert (found["low"], found["high"], found["n"]) == (pytest.approx(found["value"] - 1.96 * error), pytest.approx(found["value"] + 1.96 * error), 2)
    assert value(EVEN, "competence_shrunk") == pytest.approx(60)


def test_people_who_do_not_differ_beyond_chance_have_the_level_of_all():
    # a 90 and 50, b 50 and 90: means 70 and 70 differ by nothing
    crossed = EVEN["competences"].head(4).assign(level=[9.0, 5.0, 5.0, 9.0])
    assert [value({"competences": crossed}, "competence_shrunk", "owner", who) for who in "ab"] == [pytest.approx(70)] * 2
