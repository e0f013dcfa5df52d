"""Answers that are given twice, in part or without the name of a survey, and deviations that wait for training, counted by hand."""

import numpy as np
import pytest
from drawn import crm, row, value

STAFF = """
users
  user_id name team hired_at
  a       A    T1   2020-01-01
  b       B    T1   2020-01-01
  c       C    T1   2020-01-01
  d       D    T1   2020-01-01
  e       E    T1   2020-01-01
  f       F    T1   2020-01-01
surveys
  survey_id asked_at   user_id question_id value
"""


def asked(*answers: str) -> dict:
    return crm(STAFF + "\n".join(f"  {one}" for one in answers))


def test_of_two_answers_of_one_person_the_last_counts():
    tables = asked(*(f"s 2026-02-10 {who} eNPS 10" for who in "abcde"), "s 2026-02-12 a eNPS 0")
    assert value(tables, "enps") == pytest.approx(100 * (4 - 1) / 5)


def test_who_answers_only_some_questions_has_answered():
    tables = asked(*(f"p 2026-02-10 {who} pulse~1 4" for who in "abc"), *(f"p 2026-02-10 {who} pulse~2 4" for who in "cd"), "p 2026-02-10 - pulse~2 4")
    assert value(tables, "survey_response") == pytest.approx(5 / 6)  # a, b, c, d and somebody without a name


def test_checks_without_the_name_of_a_survey():
    days = [*(f"- 2026-03-20 {who} plan_gap_known {knows}" for who, knows in (("a", 1), ("b", 1), ("c", 0))), "- 2026-03-27 c plan_gap_known 1"]
    found = row(asked(*days), "knows_plan_gap")
    assert (found["sum_num"], found["sum_den"]) == (3, 4)  # a check a day
    tools = asked(*(f"- 2026-03-25 {who} tool:~hot~list {uses}" for who, uses in (("a", 1), ("b", 0))))
    assert (value(tools, "plan_tools_used"), value(tools, "plan_tools_present")) == (0.5, 1)


def test_a_question_about_tools_that_names_none_of_the_plan():
    tables = asked(*(f"s 2026-03-25 {who} Do~you~have~the~tools~you~need? 1" for who in "ab"))
    assert np.isnan(value(tables, "plan_tools_present"))
    assert row(tables, "plan_tools_used")["n"] == 0


def test_a_deviation_without_a_scope_is_a_persons():
    tables = crm("""
users
  user_id name
  a       A
dev_items
  item_id user_id kind  planned_at done_at
  i1      a       micro 2026-03-01 2026-03-12
deviations
  dev_id metric scope_id detected_at
  x1     calls  a        2026-03-02T10:00
""")
    assert value(tables, "micro_delay_days") == 10


def test_a_deviation_copied_every_day_waits_for_training_once():
    tables = crm("""
users
  user_id name
  a       A
dev_items
  item_id user_id kind  planned_at done_at
  i1      a       micro 2026-03-01 2026-03-12
deviations
  dev_id metric scope scope_id detected_at      action
  x1     calls  user  a        2026-03-02T10:00 drill
  x2     calls  user  a        2026-03-10T10:00 drill
  x3     calls  user  a        2026-03-11T10:00 drill
""")
    found = row(tables, "micro_delay_days")
    assert (found["value"], found["n"]) == (10, 1)
