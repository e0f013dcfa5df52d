"""What came of a technique as sellers took it up one after another, on a drawn CRM, counted by hand."""

import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit import engine
from audit.metrics import measure
from audit.metrics.bases import Bases
from audit.metrics.rows.knowledge.rollout import adopted

CRM = crm("""
users
  user_id name
  a       Ann
  b       Bob
  c       Cid
  d       Dan
  e       Eve
  f       Fay
stages
  stage_id name  ord semantic
  n        new   1   open
  o        offer 2   open
  l        lost  3   lost
deals
  deal_id owner_id stage_id semantic created_at       closed_at
  a1      a        l        lost     2026-01-05T10:00 2026-02-20T10:00
  b1      b        l        lost     2026-01-06T10:00 2026-02-20T10:00
  c1      c        l        lost     2026-01-07T10:00 2026-02-20T10:00
  d1      d        o        open     2026-01-08T10:00 -
  a2      a        o        open     2026-03-05T10:00 -
  b2      b        o        open     2026-03-06T10:00 -
  c2      c        n        open     2026-03-07T10:00 -
  d2      d        o        open     2026-03-08T10:00 -
  e1      e        o        open     2026-03-08T10:00 -
  f1      f        n        open     2026-03-08T10:00 -
  a3      a        n        open     2026-04-20T10:00 -
stage_history
  entity_id to_stage entered_at
  a1        n        2026-01-05T10:00
  a1        l        2026-02-20T10:00
  b1        n        2026-01-06T10:00
  b1        l        2026-02-20T10:00
  c1        n        2026-01-07T10:00
  c1        l        2026-02-20T10:00
  d1        n        2026-01-08T10:00
  d1        o        2026-02-10T10:00
  a2        n        2026-03-05T10:00
  a2        o        2026-03-15T10:00
  b2        n        2026-03-06T10:00
  b2        o        2026-03-20T10:00
  c2        n        2026-03-07T10:00
  d2        n        2026-03-08T10:00
  d2        o        2026-03-10T10:00
  e1        n        2026-03-08T10:00
  e1        o        2026-03-09T10:00
  f1        n        2026-03-08T10:00
  a3        n        2026-04-20T10:00
kb_items
  kb_id kind      title  stage_id author_id created_at
  k     technique Mirror n        e         2025-06-01
technique_tags
  tag_id kb_id object_id user_id at               tagged_by opportunity is_used
  t1     k     x1        f       2026-01-01T10:00 human     yes         yes
  t2     k     x2        f       2026-01-02T10:00 human     yes         yes
  t3     k     x3        f       2026-01-03T10:00 human     yes         yes
  t4     k     x4        a       2026-01-02T10:00 human     yes         yes
  t5     k     x5        a       2026-02-03T10:00 human     yes         yes
  t6     k     x5        a       2026-02-03T10:00 model     yes         yes
  t7     k     x6        a       2026-02-10T10:00 human     yes         yes
  t8     k     x7        a       2026-02-17T10:00 human     yes         yes
  t9     k     x8        b       2026-02-05T10:00 human     yes         yes
  t10    k     x9        b       2026-02-06T10:00 human     yes         yes
  t11    k     x10       b       2026-02-07T10:00 human     yes         yes
  t12    k     x11       c       2026-02-07T10:00 human     yes         yes
  t13    k     x12       d       2026-02-07T10:00 human     yes         no
  t14    k     x13       e       2026-02-11T10:00 human     yes         yes
  t15    k     x14       e       2026-02-12T10:00 human     yes         yes
  t16    k     x15       e       2026-02-13T10:00 human     yes         yes
""")
NOW = {"as_of": "2026-04-30"}


def test_since_when_a_seller_uses_it():
    # Ann's use of January stands alone; what a person and a machine heard in one talk is one use; Cid has no habit, Dan none;
    # Fay had it when the log began, and Eve is the author: since when is known of neither
    found = adopted(Bases(engine.load(CRM), pd.Timestamp("2026-04-30").date(), client())).set_index("owner")["at"]
    assert found.dropna().to_dict() == {"Ann": pd.Timestamp("2026-02-03T10:00"), "Bob": pd.Timestamp("2026-02-05T10:00")}
    assert sorted(found.index) == ["Ann", "Bob", "Eve", "Fay"]


def test_the_change_of_who_took_it_up_less_that_of_the_others():
    # within 14 days of coming to "new": Ann 0 of 1 before, 1 of 1 after, Bob the same; Cid 0 and 0, Dan 0 (on day 33) and 1
    # so 1 less the mean of 0 and 1; February is neither before nor after, a3 has not had its 14 days
    found = row(CRM, "technique_rollout_effect", "technique", "Mirror", **NOW)
    assert found["value"] == pytest.approx(0.5)
    assert found["n"] == 2
    assert found["low"] < 0 < found["high"]  # of four sellers little is sure
    assert value(CRM, "technique_rollout_effect", **NOW) == pytest.approx(0.5)


def test_a_younger_technique_was_nobodys_habit_before_the_log():
    young = CRM | {"kb_items": CRM["kb_items"].assign(created_at=pd.Timestamp("2026-01-01T10:00"))}
    found = adopted(Bases(engine.load(young), pd.Timestamp("2026-04-30").date(), client())).set_index("owner")["at"]
    assert found["Fay"] == pd.Timestamp("2026-01-01T10:00")


def test_nothing_before_the_habit_is_no_placebo():
    # three months before February nobody of the log had a deal: there is nothing to compare with
    assert pd.isna(value(CRM, "technique_rollout_placebo", **NOW))


def test_the_placebo_is_the_change_three_months_before_the_habit():
    # the habit comes three months later, in May; as if it had come in February, the deals of March are after and those of January before:
    # Ann and Bob go from 0 of 1 to 1 of 1, Cid from 0 to 0, Dan from 0 to 1, so 1 less the mean of 0 and 1
    tags = CRM["technique_tags"]
    at = pd.to_datetime(tags["at"])
    later = tags.assign(at=at.where(~tags["user_id"].isin(["a", "b"]) | (at < "2026-02-01"), at + pd.DateOffset(months=3)))
    world = CRM | {"technique_tags": later, "deals": CRM["deals"][CRM["deals"]["deal_id"] != "a3"]}
    found = row(world, "technique_rollout_placebo", "technique", "Mirror", as_of="2026-06-30")
    assert (found["value"], found["n"]) == (pytest.approx(0.5), 2)
    assert found["low"] < 0 < found["high"]
    assert pd.isna(value(world, "technique_rollout_effect", as_of="2026-06-30"))  # nobody's deals after May are known


def test_of_one_seller_nothing_is_told():
    alone = CRM | {"technique_tags": CRM["technique_tags"][CRM["technique_tags"]["user_id"] != "b"]}
    found = row(alone, "technique_rollout_effect", "technique", "Mirror", **NOW)
    assert (pd.isna(found["value"]), found["n"]) == (True, 1)
    assert pd.isna(value(alone, "technique_rollout_effect", **NOW))


def test_nobody_took_it_up():
    few = CRM | {"technique_tags": CRM["technique_tags"][CRM["technique_tags"]["user_id"].isin(["c", "d"])]}
    lacking = measure(few, ["technique_rollout_effect", "techniques"], as_of="2026-04-30").lacking()
    assert lacking["lacks"].tolist() == ["technique_tags of sellers who took one up"]
