"""Experience and source of hire of the productive on a drawn list of staff, counted by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, value

from audit.metrics import listed

PEOPLE = crm("""
users
  user_id name team hired_at   left_at    experience_months hire_source sex
  u1      U1   T1   2020-01-01 2025-07-10 12                board       f
  u2      U2   T1   2020-01-01 -          24                board       f
  u3      U3   T1   2020-01-01 -          12                friends     m
  u4      U4   T1   2020-01-01 -          24                board       m
  u5      U5   T1   2020-01-01 -          -                 -           m
  u6      U6   T1   2020-01-01 -          900               board       f
  u7      U7   T1   2020-01-01 -          48                friends     f
  u8      U8   T1   2020-01-01 -          60                friends     m
  u9      U9   T1   2020-01-01 2025-10-10 72                friends     m
""")


def sold() -> dict[str, pd.DataFrame]:
    """u1 won least a month of 2025, u9 most; u7, u8 and u9 are the top third."""
    rows = [(f"u{n}", pd.Timestamp(2025, month, 15), 100.0 * n + month % 2) for n in range(1, 10) for month in range(1, 13)]
    left = {"u1": 7, "u9": 10}
    deals = pd.DataFrame([one for one in rows if one[1].month < left.get(one[0], 13)], columns=["owner_id", "closed_at", "amount"])
    return PEOPLE | {"deals": deals.assign(semantic="won", created_at=deals["closed_at"] - pd.Timedelta(days=14), deal_id=lambda t: "d" + t.index.astype(str))}


def portrait() -> pd.DataFrame:
    return listed(sold(), "employee_portrait", "2025-12-31", client=client()).set_index("feature")


def test_experience_before_hiring_leavers_included():
    one = portrait().loc["experience_months"]
    # u1 and u9, who left, are there; u5 has told nothing, and 900 months are a slip: 12, 24, 12 and 24 against 48, 60 and 72
    assert (one["n_top"], one["n_other"], one["top"], one["other"], one["measure"]) == (3, 4, 60, 18, "g")
    pooled = math.sqrt((2 * 12**2 + 4 * 6**2) / 5)
    assert one["effect"] == pytest.approx((60 - 18) / pooled * (1 - 3 / 19))
    assert one["holds"]
    # without u8 the two left of the top are 48 and 72; without u9, 48 and 60
    widest = (60 - 18) / math.sqrt((2 * 12**2 + 4 * 6**2) / 4) * (1 - 3 / 15)
    assert one["least"] == pytest.approx(min(widest, (54 - 18) / math.sqrt((2 * 6**2 + 4 * 6**2) / 4) * (1 - 3 / 15)))


def test_shares_of_a_source_of_hire():
    frame = portrait()
    one, other = frame.loc["hire_source: friends"], frame.loc["hire_source: board"]
    # three of three of the top, one of five of the others; u5's source is not known
    assert (one["n_top"], one["n_other"], one["top"], one["other"], one["measure"]) == (3, 5, 1, 0.2, "h")
    h = math.pi - 2 * math.asin(math.sqrt(0.2))
    assert (one["effect"], other["effect"]) == (pytest.approx(h), pytest.approx(-h))
    # Wilson: 0.4385 … 1 of three of three, 0.0362 … 0.6245 of one of five; nothing is above the whole
    low = h - math.hypot(math.pi - 2 * math.asin(math.sqrt(0.4385)), 2 * math.asin(math.sqrt(0.6245)) - 2 * math.asin(math.sqrt(0.2)))
    high = h + (2 * math.asin(math.sqrt(0.2)) - 2 * math.asin(math.sqrt(0.0362)))
    assert (one["low"], one["high"]) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))
    # without u3 nobody of the others is a friend's, without another of them one of four is
    assert (one["least"], one["most"]) == (pytest.approx(math.pi - 2 * math.asin(math.sqrt(0.25))), pytest.approx(math.pi))
    assert one["holds"]


def test_two_sources_are_one_feature_and_what_the_law_protects_is_none():
    frame = portrait()
    assert set(frame.index) == {"tenure_months", "experience_months", "hire_source: board", "hire_source: friends"}  # `sex` is not read
    sure = frame[frame["holds"] & ((frame["low"] > 0) | (frame["high"] < 0))].index
    assert set(sure) == {"experience_months", "hire_source: board", "hire_source: friends"}
    assert value(sold(), "portrait_features", as_of="2025-12-31") == 2
    assert value(sold(), "portrait_features", "feature", "hire_source: board", as_of="2025-12-31") == pytest.approx(frame.loc["hire_source: board", "effect"])


def test_one_source_for_all_tells_nothing():
    tables = sold() | {"users": PEOPLE["users"].assign(hire_source="board", experience_months=np.nan)}
    frame = listed(tables, "employee_portrait", "2025-12-31", client=client())
    assert frame["feature"].str.startswith("hire_source").sum() == 0
    assert "experience_months" not in set(frame["feature"])
