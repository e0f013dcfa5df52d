"""A plain deals table is one whatever way it is handed over: by itself or under the name `deals`."""

import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import audit
from audit.errors import UsageError


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    """3,000 deals; Dan wins 12 of 100, the others 35."""
    random, n = np.random.default_rng(0), 3_000
    created = pd.Timestamp("2025-01-01") + pd.to_timedelta(random.integers(0, 500, n), "D")
    owner = random.choice(["Ann", "Bob", "Cid", "Dan"], n)
    return pd.DataFrame({
        "id": np.arange(1, n + 1), "created": created, "closed": created + pd.to_timedelta(random.integers(3, 60, n), "D"),
        "won": random.random(n) < np.where(owner == "Dan", 0.12, 0.35), "amount": np.round(random.lognormal(10, 0.6, n), 2),
        "owner": owner, "channel": random.choice(["web", "ads", "friends"], n),
    })


@pytest.fixture(params=["frame", "csv", "parquet", "ibis", "arrow", "half canonical"])
def under_its_name(request, plain, tmp_path):
    csv, parquet = tmp_path / "my deals.csv", tmp_path / "d.parquet"
    plain.to_csv(csv, index=False)
    plain.to_parquet(parquet)
    return {"deals": {"frame": plain, "csv": csv, "parquet": parquet, "ibis": ibis.memtable(plain), "arrow": pa.Table.from_pandas(plain),
                      "half canonical": plain.rename(columns={"id": "deal_id", "created": "created_at"})}[request.param]}


def test_zones_of_plain_deals_under_their_name(plain, under_its_name):
    alone, found = audit.find_zones(plain), audit.find_zones(under_its_name)
    assert [one["slice"] for one in found.findings] == [{"owner": "Dan"}]
    assert found.frame[["metric", "n", "value", "gap", "low", "high"]].equals(alone.frame[["metric", "n", "value", "gap", "low", "high"]])


def test_values_of_plain_deals_under_their_name(plain, under_its_name):
    alone, found = (audit.measure(given, ["win_rate", "avg_check"], by="channel") for given in (plain, under_its_name))
    pd.testing.assert_frame_equal(found.frame, alone.frame)
    assert found.get("win_rate")["value"] == pytest.approx(plain["won"].mean())


def test_plain_deals_beside_other_tables(plain):
    users = pd.DataFrame({"user_id": ["1"], "name": ["Ann"]})
    assert [one["slice"] for one in audit.find_zones({"deals": plain, "users": users}).findings] == [{"owner": "Dan"}]
    assert audit.measure({"deals": plain, "users": users}, "win_rate").get("win_rate")["value"] == pytest.approx(plain["won"].mean())


@pytest.mark.parametrize("verb", [audit.find_zones, audit.measure])
def test_what_plain_deals_lack_is_said(plain, verb):
    with pytest.raises(UsageError) as told:
        verb({"deals": plain.drop(columns="won")})
    assert told.value.values["missing"] == "won"


def test_canonical_deals_stay_what_they_are():
    deals = pd.DataFrame({"deal_id": ["1", "2"], "created_at": pd.to_datetime(["2026-01-01", "2026-01-02"]), "stage_id": ["a", "b"]})
    assert audit.find_zones({"deals": deals}).not_measurable[0]["lacks"] == ["deals.semantic"]


@pytest.mark.parametrize("day", ["2025-12-31", dt.date(2025, 12, 31), dt.datetime(2025, 12, 31, 9), pd.Timestamp("2025-12-31"), np.datetime64("2025-12-31"), np.datetime64("2025-12-31T10")])
def test_a_day_is_taken_whatever_it_is_made_of(plain, day):
    assert audit.measure(plain, "win_rate", as_of=day).as_of == audit.find_zones(plain, as_of=day).as_of == dt.date(2025, 12, 31)


@pytest.mark.parametrize("day", [pd.NaT, np.datetime64("NaT"), 5, "soon"])
def test_what_is_no_day_is_told(plain, day):
    for verb in (audit.measure, audit.find_zones):
        with pytest.raises(UsageError):
            verb(plain, as_of=day)


def test_the_last_stages_of_amocrm_are_known_by_their_ids(plain):
    ids = plain.drop(columns="won").assign(status_id=plain["won"].map({True: 142, False: 143}))
    assert audit.measure(ids, "win_rate").get("win_rate")["value"] == pytest.approx(plain["won"].mean())
    still_open = pd.concat([ids, ids[:5].assign(id=range(9001, 9006), status_id=48_213_777, closed=pd.NaT)])
    assert audit.measure(still_open, "win_rate").get("win_rate")["value"] == pytest.approx(plain["won"].mean())


def test_a_further_column_is_a_dimension_whatever_its_name_and_what_is_left_out_is_told(plain):
    random = np.random.default_rng(5)
    more = plain.assign(currency=random.choice(["RUB", "EUR"], len(plain)), owner_id=plain["owner"].str.lower(), pipeline_id=random.choice(["a", "b"], len(plain)), note=[f"n{i}" for i in range(len(plain))],
                        score=random.normal(size=len(plain)), status=plain["won"].map({True: "yes!", False: "no!"}), shop="one")
    found = audit.find_zones(more.drop(columns="owner"))
    assert [one["slice"] for one in found.findings] == [{"owner_id": "dan"}]
    assert found.to_json()["left_out"] == {"note": "many_values", "score": "number", "status": "outcome", "shop": "one_value"}
    assert "score" in found._repr_html_()
    assert audit.find_zones(more, dimensions=["currency"]).left_out == {}
