"""The chain of activities on drawn clients, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import measure
from audit.metrics.count import clusters
from audit.stats import intervals

CRM = crm("""
users
  user_id name
  ann     Ann
  bob     Bob
deals
  deal_id client_id owner_id semantic created_at
  d1      c1        ann      open     2026-03-12T10:00
invoices
  invoice_id client_id deal_id issued_on amount
  i1         c1        d1      2026-03-12 100
payments
  payment_id invoice_id client_id received_on amount
  p1         i1         -         2026-04-01  100
activities
  activity_id kind     owner_id entity client_id entity_id done_at          duration_s is_answered is_auto
  a1          call_out ann      client c1        c1        2026-03-02T10:00 0          no          no
  a2          call_out ann      client c1        c1        2026-03-03T10:00 100        yes         no
  a3          meeting  ann      deal   -         d1        2026-03-10T10:00 -          -           no
  a4          call_out bob      client c1        c1        2026-03-20T10:00 0          no          no
  a5          call_out ann      client -         c2        2026-03-02T10:00 100        yes         no
  a6          meeting  bob      client c2        c2        2026-04-20T10:00 -          -           no
  a7          call_out bob      client c3        c3        2026-03-02T10:00 30         yes         no
  a8          call_out bob      client c3        c3        2026-03-05T10:00 0          no          no
  a9          call_in  ann      client c4        c4        2026-03-02T10:00 100        yes         no
  b1          meeting  ann      client c4        c4        2026-03-04T10:00 -          -           no
  b2          call_out ann      client c5        c5        2026-03-04T10:00 100        yes         yes
""")
LATE = {"as_of": "2026-05-31"}


def pair(metric, name, **more):
    return value(CRM, metric, "pair", name, **{**LATE, **more})


def test_a_client_is_approached_once_until_the_next_step():
    assert pair("chain_linked", "call_out→talk") == 2 / 4  # c1 after a day, c2 at once; c1 again and c3 not
    assert pair("chain_linked", "talk→meeting") == 1 / 2  # c1; c2 took 49 days; c4 rang himself
    assert pair("chain_linked", "talk→meeting", step_days=60) == 1
    assert pair("chain_linked", "meeting→request") == 1 / 3  # c1, through the deal's client
    assert pair("chain_linked", "invoice→payment") == 1
    assert value(CRM, "chain_linked", "owner×pair", "Bob × call_out→talk", **LATE) == 0
    assert pair("chain_days", "talk→meeting") == 7
    assert pair("chain_days", "invoice→payment") == 20


def test_volumes_meet_after_the_usual_time_between():
    assert pair("chain_volume", "call_out→talk") == pytest.approx(2 / 6)
    assert pair("chain_per_one", "call_out→talk") == 3
    assert pair("chain_volume", "talk→meeting") == 2 / 2  # dated back by 7 days; the meeting of 4 March had no talk in the log


def test_only_pairs_of_logged_kinds_and_no_sum_over_them():
    found = measure(CRM, "M10", by=["owner"], client=client(), **LATE).frame
    assert set(found["by"]) == {"pair", "owner×pair"}
    kinds = set(found.loc[found["by"] == "pair", "group"])
    assert kinds == {"call_out→talk", "talk→meeting", "meeting→request", "invoice→payment"}
    own = client(activity_pairs=[["meeting", "payment"]])
    assert set(measure(CRM, "chain_linked", as_of="2026-05-31", client=own).rows("chain_linked", "pair")["group"]) == {"meeting→payment"}


def test_what_comes_later_has_not_happened_yet():
    assert pair("chain_linked", "talk→meeting", as_of="2026-03-09") == 0
    assert pair("chain_linked", "invoice→payment", as_of="2026-04-01") == 1  # paid on that day
    kinds = measure(CRM, "chain_linked", as_of="2026-03-31", client=client()).rows("chain_linked", "pair")["group"]
    assert "invoice→payment" not in set(kinds)  # of payments nothing is known yet


def test_without_a_pair_nothing_is_measured():
    bare = {"activities": CRM["activities"][CRM["activities"]["kind"] == "meeting"], "deals": CRM["deals"]}
    only = measure(bare, ["chain_volume", "deals_in_work"], as_of="2026-05-31", client=client(activity_pairs=[["call_out", "talk"]]))
    assert only.lacking().to_dict("records") == [{"metric": "chain_volume", "lacks": "pairs of activities"}]


def test_the_product_comes_from_the_deal():
    named = CRM | {"deals": CRM["deals"].assign(product="P")}
    assert value(named, "chain_linked", "product×pair", "P × invoice→payment", **LATE) == 1
    assert value(named, "chain_linked", "product×pair", "P × meeting→request", **LATE) == 1  # a3 was for the deal
    assert value(named, "chain_linked", "product×pair", "— × meeting→request", **LATE) == 0
    assert measure(CRM, "chain_linked", by="product", as_of="2026-05-31", client=client()).get("chain_linked", "product×pair", "P × invoice→payment") is None


def test_clients_not_their_events_are_independent():
    # ten clients with twelve calls each, a talk after every call of the first five and after none of the others
    days = pd.date_range("2026-01-05", periods=12, freq="W")
    rows = [{"kind": "call_out", "owner_id": "ann", "entity": "client", "client_id": f"c{who}", "entity_id": f"c{who}",
             "done_at": day + pd.Timedelta(hours=10), "duration_s": 100.0 if who < 5 else 0.0, "is_answered": who < 5, "is_auto": False}
            for who in range(10) for day in days]
    calls = pd.DataFrame(rows).assign(activity_id=[f"a{i}" for i in range(len(rows))])
    found = row({"activities": calls}, "chain_linked", "pair", "call_out→talk", as_of="2026-06-30")
    # sixty approaches of the first five lead to a talk; the others' calls are one approach each that leads nowhere
    assert (found["value"], found["n"]) == (60 / 65, 65)
    plain = intervals.wilson(60, 65)
    spread = (5 * (12 - 60 / 65 * 12) ** 2 + 5 * (60 / 65) ** 2) * 10 / 9 / 65**2
    worth = 65 / (spread / (60 / 65 * 5 / 65 / 65))
    assert found["low"] == pytest.approx(float(intervals.wilson(60 / 65 * worth, worth)[0])) and found["low"] < plain[0]
    volume = row({"activities": calls}, "chain_volume", "pair", "call_out→talk", as_of="2026-06-30")
    assert (volume["value"], volume["n"]) == (0.5, 10)
    half = 2.262157 * np.sqrt(10 * 36 * 10 / 9) / 120  # each client's 12 or 0 talks lie 6 off the half of its calls
    assert (volume["low"], volume["high"]) == pytest.approx((0.5 - half, 0.5 + half), rel=1e-5)


def test_intervals_over_clients_cover():
    rng, hits, runs = np.random.default_rng(7), 0, 400
    for _ in range(runs):
        n, rate = rng.integers(1, 12, 60), rng.beta(2, 3, 60)
        x = rng.binomial(n, rate).astype(float)
        sums = [np.array([float(one)]) for one in (x.sum(), n.sum(), (x * x).sum(), (x * n).sum(), (n * n).sum(), 60)]
        low, high = clusters.share_ends(*sums)
        hits += low[0] <= 0.4 <= high[0]
    assert abs(hits / runs - 0.95) < 0.04


def test_groups_of_clients_stand_for_clients_where_rows_are_many(monkeypatch):
    from audit.metrics.bases import asof
    from audit.metrics.count import clusters

    rng = np.random.default_rng(4)
    many = pd.DataFrame({"who": rng.integers(0, 4_000, 24_000), "day": rng.integers(0, 300, 24_000), "said": rng.random(24_000) < 0.4})
    calls = pd.DataFrame({
        "activity_id": [f"a{i}" for i in range(len(many))], "kind": "call_out", "owner_id": "ann", "entity": "client", "client_id": "c" + many["who"].astype(str),
        "entity_id": "c" + many["who"].astype(str), "done_at": pd.Timestamp("2026-01-01 10:00") + pd.to_timedelta(many["day"], "D"),
        "duration_s": np.where(many["said"] | (many["who"] % 7 == 0), 100.0, 0.0), "is_answered": True, "is_auto": False})
    exact = {name: row({"activities": calls}, name, "pair", "call_out→talk", as_of="2026-12-31") for name in ("chain_linked", "chain_volume")}
    monkeypatch.setattr(asof, "SMALL", 1_000)
    monkeypatch.setattr(clusters, "_GROUPS", 700)
    for name, mine in exact.items():
        found = row({"activities": calls}, name, "pair", "call_out→talk", as_of="2026-12-31")
        assert found["value"] == mine["value"]
        assert found["high"] - found["low"] == pytest.approx(mine["high"] - mine["low"], rel=0.15)
    assert found["n"] == 700 < mine["n"]
