"""Time of control and of reports by hand, counted by hand (2 March 2026 is a Monday)."""

import pytest
from drawn import crm, row, value

from audit.metrics import measure

AS_OF = "2026-03-31"
CRM = crm("""
users
  user_id name team is_manager left_at
  1       Ann  T1   yes        -
  2       Bob  T1   no         -
  3       Cid  T2   no         2026-03-03
control_log
  user_id date       kind           minutes source
  1       2026-03-02 base_revision  20      timer
  1       2026-03-02 base_revision  5       timer
  1       2026-03-02 call_listening 5       timer
  1       2026-03-04 base_revision  10      timer
  1       2026-03-05 call_listening 14      timer
  1       2026-04-01 meeting        600     timer
  2       2026-03-02 report         30      estimate
  2       2026-03-12 report         50      estimate
deals
  deal_id owner_id semantic created_at closed_at  amount
  d1      2        won      2026-02-01 2026-03-03 500000
  d2      2        won      2026-02-01 2026-03-09 999999
surveys
  survey_id asked_at   user_id question_id                            value
  s         2026-03-20 2       Number~of~reports~a~week               4
  s         2026-03-20 3       Number~of~reports~a~week               2
  s         2026-03-20 2       Figures~that~are~automatic             80
  s         2026-03-20 3       Figures~that~are~automatic             60
  s         2026-04-20 3       Figures~that~are~automatic             0
""")


def at(metric, by="", group="", **more):
    return value(CRM, metric, by, group, **({"as_of": AS_OF} | more))


def test_minutes_of_the_working_days_of_the_log():
    # Monday 30, Tuesday nothing, Wednesday 10, Thursday 14: the head's days; April is later
    assert at("control_minutes") == 54 / 4
    assert at("control_minutes", "kind", "base_revision") == 35 / 4
    assert at("control_minutes", "owner×kind", "Ann × call_listening") == 19 / 4
    assert row(CRM, "control_minutes", as_of=AS_OF)["n"] == 4
    assert at("control_time_share") == pytest.approx(54 / 4 / 540)


def test_absences_are_no_days_of_control():
    away = CRM | crm("""
absences
  user_id date
  1       2026-03-03
""")
    assert value(away, "control_minutes", as_of=AS_OF) == 54 / 3


def test_a_seller_and_a_million():
    assert at("control_minutes_a_seller") == pytest.approx(54 / (2 + 2 + 1 + 1))  # Cid worked two of the four days
    assert at("control_minutes_a_million") == 54 / 0.5  # d2 was won after the log


def test_days_with_the_norm():
    assert at("control_norm_days", "kind", "base_revision") == 1 / 4
    assert at("control_norm_days", "kind", "call_listening") == 1 / 4
    assert at("control_norm_days", "kind", "base_revision", base_revision_minutes=10) == 2 / 4
    norms = crm("""
norms
  metric         per value valid_from
  call_listening day 5     2026-01-01
  call_listening day 99    2026-05-01
""")
    assert value(CRM | norms, "control_norm_days", "kind", "call_listening", as_of=AS_OF) == 2 / 4


def test_reports_by_hand_a_week():
    assert at("report_minutes") == 80 / 2  # the weeks of 2 and 9 March
    assert at("report_minutes", "owner", "Bob") == 40


def test_answers_tell_what_no_log_holds():
    assert at("report_forms") == 3
    assert at("figures_automatic") == pytest.approx(0.7)
    answers = crm("""
surveys
  survey_id asked_at   user_id question_id                value
  s         2026-03-20 2       Минут~в~неделю~на~отчёты   45
  s         2026-03-20 3       Минут~в~неделю~на~отчёты   15
""")
    told = {name: frame for name, frame in CRM.items() if name != "control_log"} | answers
    assert value(told, "report_minutes", as_of=AS_OF) == 30


def test_without_log_and_answers_nothing_is_said():
    bare = {name: frame for name, frame in CRM.items() if name not in ("control_log", "surveys")}
    lacking = measure(bare, ["M20", "M49", "won_deals"], as_of=AS_OF).lacking().set_index("metric")["lacks"]
    assert lacking["report_minutes"] == "minutes of reports"
    assert lacking["report_forms"] == "surveys.question=report_forms"
    assert lacking["control_minutes"] == "control_log.minutes, control_log.kind"
    assert len(lacking) == 8
