"""Traffic burn on drawn leads, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from drawn import client, crm, row, value

from audit.metrics import listed, measure

LATE = {"as_of": "2026-03-03"}


def leads(*groups, at="2026-01-05T10:00"):
    """Leads of (seller, source, number, converted); a converted lead is won for 1 000 in one of two cases."""
    rows, deals = [], []
    for who, source, n, converted in groups:
        for i in range(n):
            name = f"{who}-{source}-{i}"
            good = i < converted
            rows.append({"lead_id": name, "owner_id": who, "source": source, "created_at": pd.Timestamp(at),
                         "semantic": "converted" if good else "lost", "converted_at": pd.Timestamp("2026-01-08") if good else pd.NaT})
            if good:
                deals.append({"deal_id": "d" + name, "lead_id": name, "semantic": "won" if i % 2 else "lost", "amount": 1_000.0,
                              "created_at": pd.Timestamp("2026-01-08"), "closed_at": pd.Timestamp("2026-01-20")})
    return {"leads": pd.DataFrame(rows), "deals": pd.DataFrame(deals)}


SAME = leads(("ann", "web", 20, 10), ("bob", "web", 20, 2))


def test_a_seller_is_held_against_the_colleagues():
    found = listed(SAME, "traffic_burn", "2026-03-03", client=client()).iloc[0]
    assert (found["owner"], found["leads"], found["converted"]) == ("bob", 20, 2)
    assert found["expected"] == pytest.approx(20 * 10 / 20)
    # z = (2/10 − 1) / √(2 × 20 × ½ × ½ / 10²) = −2.53; of two sellers
    assert found["q"] == pytest.approx(2 * 0.005706, rel=1e-3)
    assert 0.5 < found["burn"] < 1 - 2 / 10  # shrunk, but not by much: the two differ
    assert found["burned_leads"] == pytest.approx(10 * found["burn"])


def test_burned_leads_and_money():
    burn = value(SAME, "traffic_burn", "owner", "bob", **LATE)
    assert value(SAME, "burned_leads", "owner", "bob", **LATE) == pytest.approx(10 * burn)
    assert value(SAME, "burned_leads", **LATE) == pytest.approx(10 * burn)  # Ann burns nothing
    assert value(SAME, "traffic_burn", "owner", "ann", **LATE) < 0
    assert value(SAME, "traffic_burn", **LATE) == pytest.approx(10 * burn / (10 + 2))  # Ann's expected: 20 × 2 / 20
    # 12 converted leads, of Ann's 5 and of Bob's 1 won
    assert value(SAME, "burned_money", win_days=30, **LATE) == pytest.approx(10 * burn * 6_000 / 12)
    assert np.isnan(value(SAME, "burned_money", win_days=60, **LATE))  # no conversion is so old


def test_a_lead_of_a_month_is_worth_what_was_known_of_leads_by_then():
    later = {name: frame.assign(**{column: "feb-" + frame[column] for column in ("lead_id", "deal_id") if column in frame}) for name, frame in SAME.items()}
    shift = {"created_at": 31, "converted_at": 31, "closed_at": 100}  # deals of February are won too late to count
    later = {name: frame.assign(**{column: frame[column] + pd.Timedelta(days=days) for column, days in shift.items() if column in frame})
             for name, frame in later.items()}
    both = {name: pd.concat([SAME[name], later[name]], ignore_index=True) for name in SAME}
    for month, worth in (("2026-01-01", 6_000 / 12), ("2026-02-01", 6_000 / 24)):
        of = {"period": "month", "start": month, "as_of": "2026-06-30"}
        assert value(both, "burned_money", win_days=30, **of) == pytest.approx(value(both, "burned_leads", **of) * worth)
        assert row(both, "burned_money", win_days=30, **of)["status"] == "ok"
    young = row(both, "burned_money", period="month", start="2026-02-01", win_days=30, as_of="2026-03-20")
    assert young["status"] == "provisional"  # what was converted in February has had its 30 days by the end of March


def test_worse_leads_are_not_worse_work():
    mixed = leads(("ann", "web", 30, 15), ("ann", "ads", 30, 3), ("bob", "ads", 60, 6))
    overall = 18 / 60
    of_source = (3 + 10 * overall) / (30 + 10)
    expected = 60 * (3 + 10 * of_source) / (30 + 10)
    found = listed(mixed, "traffic_burn", "2026-03-03", client=client()).iloc[0]
    assert found["expected"] == pytest.approx(expected)  # not 60 × 0.3 = 18
    assert found["burn"] < 0.15 and found["q"] > 0.3


def test_leads_too_young_are_not_judged():
    young = leads(("ann", "web", 20, 10), ("bob", "web", 20, 2), at="2026-02-10T10:00")
    assert row(young, "traffic_burn", **LATE)["n"] == 0
    late = SAME["leads"].assign(converted_at=SAME["leads"]["converted_at"] + pd.Timedelta(days=40))
    assert row(SAME | {"leads": late}, "traffic_burn", **LATE)["n"] == 0  # nobody converted in time: nothing was expected


WORK = crm("\n".join([
    "activities", "  activity_id kind owner_id created_at done_at",
    *(f"  a{day}{i} call_out ann 2026-03-{day:02}T10:00 2026-03-{day:02}T10:00" for day in (2, 3) for i in range(5)),
    *(f"  b{day} call_out bob 2026-03-{day:02}T10:00 2026-03-{day:02}T10:00" for day in (2, 3)),
]))


def test_who_misses_the_norm_is_judged_by_volume_first():
    norm = client(norms=[{"metric": "call_out", "value": 5}])
    found = measure(SAME | WORK, "M11", as_of="2026-03-03", client=norm)
    assert set(found.rows("traffic_burn", "owner")["group"]) == {"ann"}
    lenient = client(norms=[{"metric": "call_out", "value": 5}], volume_gate=0.2)
    assert set(measure(SAME | WORK, "M11", as_of="2026-03-03", client=lenient).rows("traffic_burn", "owner")["group"]) == {"ann", "bob"}


def test_the_gate_of_a_month_is_of_that_month():
    # in January Bob rang as he should; in March, long after, he did not: his January is judged, the whole history is not
    january = crm("\n".join(["activities", "  activity_id kind owner_id created_at done_at",
                             *(f"  j{who}{i} call_out {who} 2026-01-12T10:00 2026-01-12T10:00" for who in ("ann", "bob") for i in range(5))]))
    norms = crm("""
norms
  metric   per value valid_from valid_until
  call_out day 5     2026-01-12 2026-01-13
  call_out day 5     2026-03-02 2026-03-04
""")
    work = {"activities": pd.concat([january["activities"], WORK["activities"]], ignore_index=True)} | norms
    for as_of, judged in (("2026-03-01", {"ann", "bob"}), ("2026-03-03", {"ann"})):
        found = measure(SAME | work, "M11", as_of=as_of, client=client())
        assert set(found.rows("traffic_burn", "owner", period="month")["group"]) == {"ann", "bob"}
        assert set(found.rows("traffic_burn", "owner", period="all")["group"]) == judged


def test_money_needs_deals():
    bare = {"leads": SAME["leads"]}
    found = measure(bare, "M11", as_of="2026-03-03", client=client())
    assert set(found.lacking()["metric"]) == {"burned_money"}
    assert found.get("burned_leads")["value"] > 0
