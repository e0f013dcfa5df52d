"""Whether reviewed calls stand for the others, and scores by what kind of talk it was, on a drawn CRM, counted by hand."""

import pandas as pd
import pytest
from drawn import crm, row, value

from audit.metrics import measure

QA = crm("""
users
  user_id name team
  ann     Ann  T1
  bob     Bob  T2
leads
  lead_id source created_at
  l1      ads    2026-03-01
deals
  deal_id owner_id semantic created_at source
  d1      ann      open     2026-03-01 web
qa_reviews
  review_id reviewed_at      object object_id user_id sampling item_id score max_score
  r1        2026-03-02T12:00 call   c1        ann     random   asked   4     5
  r2        2026-03-03T12:00 call   c2        ann     random   asked   2     5
  r3        2026-03-04T12:00 call   c4        bob     random   asked   5     5
  r4        2026-03-04T12:00 call   c5        bob     targeted asked   0     5
  r5        2026-03-05T12:00 visit  m1        bob     random   asked   3     5
  r6        2026-03-05T12:00 call   c9        ann     random   asked   1     5
activities
  activity_id kind     owner_id entity entity_id done_at          is_answered duration_s record_url
  c1          call_out ann      deal   d1        2026-03-02T09:00 yes         300        http://rec.example/1
  c2          call_in  ann      lead   l1        2026-03-02T10:00 yes         100        http://rec.example/2
  c3          call_out ann      deal   d1        2026-03-02T11:00 yes         80         -
  c4          call_out bob      deal   d1        2026-03-03T09:00 yes         60         http://rec.example/4
  c5          call_out bob      deal   d1        2026-03-03T10:00 yes         600        http://rec.example/5
  c6          call_out bob      deal   d1        2026-03-03T11:00 no          900        -
  c7          call_out bob      deal   d1        2026-03-03T12:00 yes         -          -
  m1          meeting  bob      deal   d1        2026-03-03T13:00 -           3600       -
""")


def test_long_calls_are_chosen():
    # reviewed at random: c1, c2, c4 of 300, 100, 60 seconds; answered and of known length: c1 to c5, 1140 seconds; the meeting is no call,
    # c5 was chosen for a cause, c9 is not on record
    found = row(QA, "qa_length_ratio")
    assert (found["value"], found["n"]) == (pytest.approx((460 / 3) / (1140 / 5)), 3)
    assert value(QA, "qa_length_ratio", "owner", "Ann") == pytest.approx(200 / 160)
    assert value(QA, "qa_length_ratio", "team", "T2") == pytest.approx(60 / 330)


def test_calls_of_which_there_is_a_recording():
    found = row(QA, "calls_recorded_share")
    assert (found["sum_num"], found["sum_den"]) == (4, 5)
    assert value(QA, "calls_recorded_share", "owner", "Ann") == pytest.approx(2 / 3)


def test_scores_by_kind_of_talk_and_source():
    assert value(QA, "qa_score", "talk", "call_out") == pytest.approx((80 + 100) / 2)
    assert value(QA, "qa_score", "talk", "call_in") == 40
    assert value(QA, "qa_score", "talk", "meeting") == 60
    assert value(QA, "qa_score", "source", "web") == pytest.approx((80 + 100 + 60) / 3)
    assert value(QA, "qa_score", "source", "ads") == 40
    assert row(QA, "qa_score", "source", "—")["n"] == 1  # c9 is not on record
    assert row(QA, "qa_score")["n"] == 5


def test_without_lengths_nobody_can_tell():
    plain = QA | {"activities": QA["activities"].assign(duration_s=float("nan"))}
    lacking = measure(plain, ["qa_length_ratio", "qa_score"], as_of="2026-03-31").lacking()
    assert lacking["metric"].tolist() == ["qa_length_ratio"]
    bare = {name: QA[name] for name in ("users", "qa_reviews")}
    assert not pd.isna(value(bare, "qa_score"))


def test_a_call_that_was_heard_again_for_a_cause_is_one_call_with_two_reviewers():
    again = crm("""
qa_reviews
  review_id reviewed_at reviewer_id object object_id user_id sampling item_id score max_score
  r1        2026-03-02  h           call   c1        ann     random   asked   4     5
  r2        2026-03-03  g           call   c1        ann     targeted asked   3     5
  r3        2026-03-03  h           call   c2        ann     random   asked   3     5
""")
    found = row(again, "double_scored_share")
    assert (found["sum_num"], found["sum_den"]) == (1, 2)
    assert row(again, "reviewer_icc")["n"] == 1


def test_a_reviewer_who_does_not_name_the_seller_heard_the_same_call():
    heard = crm("""
qa_reviews
  review_id reviewed_at reviewer_id object object_id user_id sampling item_id score max_score
  r1        2026-03-02  h           call   c1        ann     random   asked   5     5
  r2        2026-03-03  g           call   c1        -       random   asked   3     5
  r3        2026-03-03  h           call   c2        bob     random   asked   0     5
""")
    found = row(heard, "qa_score")
    assert (found["value"], found["n"]) == (40, 2)  # (80 + 0) / 2
    assert value(heard, "qa_score", "owner", "ann") == 80
    assert value(heard, "double_scored_share") == 1 / 2


def test_reviews_without_numbers_of_their_own():
    plain = crm("""
qa_reviews
  reviewed_at reviewer_id object object_id user_id sampling item_id score max_score
  2026-03-02  h           call   c1        ann     random   asked   5     5
  2026-03-02  h           call   c1        ann     random   next    1     5
  2026-03-03  g           call   c2        ann     random   asked   3     5
  2026-03-03  h           call   c3        bob     random   asked   0     5
""")
    found = row(plain, "qa_score")
    assert (found["value"], found["n"]) == (pytest.approx((60 + 60 + 0) / 3), 3)
