"""A user's mistake is told with its column and row, and with the next step."""

import numpy as np
import pandas as pd
import pytest

from audit.effects import compare
from audit.errors import NothingMeasurableError, UsageError

DATA = pd.DataFrame({"won": [1, 0] * 20, "after": [0] * 20 + [1] * 20, "day": pd.date_range("2025-01-01", periods=40), "seller": list("ab") * 20})


@pytest.mark.parametrize(("asked", "said"), [
    ({"outcome": "wonn", "group": "after"}, "won"),
    ({"outcome": "won"}, "group; or time and at"),
    ({"outcome": "won", "group": "seller"}, "neither 0 nor 1: 40, such as “a”"),
    ({"outcome": "seller", "group": "after"}, "not numbers: 40"),
    ({"outcome": "won", "time": "day", "at": "yesterday"}, "“yesterday” is no date"),
    ({"outcome": "won", "group": "after", "method": "magic"}, "there is no method “magic”"),
    ({"outcome": "won", "group": "after", "kind": "rates"}, "rate"),
    ({"outcome": "won", "group": "after", "better": "more"}, "higher, lower"),
])
def test_what_is_wrong_is_said(asked, said):
    with pytest.raises(UsageError) as told:
        compare(DATA, **asked)
    assert said in told.value.told("en")


def test_a_frame_a_file_and_an_ibis_table_say_the_same(tmp_path):
    import ibis

    DATA.to_parquet(tmp_path / "d.parquet")
    DATA.to_csv(tmp_path / "d.csv", index=False)
    given = [DATA, tmp_path / "d.parquet", str(tmp_path / "d.csv"), ibis.memtable(DATA)]
    assert len({str(compare(one, outcome="won", group="after").to_json()) for one in given}) == 1


def test_cells_without_a_value_are_left_out_and_counted():
    data = DATA.astype({"won": "object"})
    data.loc[:4, "won"] = "NA"
    found = compare(data, outcome="won", group="after")
    assert (found.n_before, found.n_after) == (15, 20)


def test_no_rows_and_all_alike():
    for none in (DATA.assign(won=np.nan), DATA[:0]):
        with pytest.raises(NothingMeasurableError, match="no row"):
            compare(none, outcome="won", group="after")
    with pytest.raises(NothingMeasurableError, match="no row"):
        compare(pd.DataFrame({"day": [], "sales": []}), at="2026-01-01")
    flat = compare(DATA.assign(won=1), outcome="won", group="after", lang="en")
    assert (flat.verdict, flat.effect) == ("not measurable yet", None)
    assert "all are the same" in flat.told()


def test_the_only_columns_that_can_be_meant():
    data = pd.DataFrame({"week": pd.date_range("2022-01-03", periods=120, freq="7D"), "calls": np.random.default_rng(0).normal(size=120)})
    assert compare(data, at="2024-01-01").outcome == "calls"
    with pytest.raises(UsageError, match="--outcome"):
        compare(data.assign(more=1.0, other=data["calls"]), at="2024-01-01")


def test_one_name_is_one_column():
    region = np.array(["a", "b"])[np.arange(len(DATA)) % 2]
    said, listed = (compare(DATA.assign(region=region), outcome="won", group="after", covariates=names).to_json() for names in ("region", ["region"]))
    assert said == listed


def test_a_panel_says_when_its_first_unit_was_reached():
    random = np.random.default_rng(1)
    rows = pd.DataFrame([(unit, month, int(unit < 6 and month >= "2026-07")) for unit in range(12) for month in pd.period_range("2025-01", "2026-12", freq="M").astype(str)], columns=["unit", "month", "on"])
    found = compare(rows.assign(sales=100 + random.normal(size=len(rows)) + 5 * rows["on"]), outcome="sales", time="month", unit="unit", treated="on")
    assert found.at == "2026-07-01"


def test_a_panel_whose_units_nobody_named_is_refused_with_the_columns_that_can_be_meant():
    weeks = pd.date_range("2025-01-06", periods=30, freq="7D")
    panel = pd.DataFrame([(shop, week, int(shop == "a" and week >= pd.Timestamp("2025-05-01")), 100.0 + len(shop)) for shop in ("a", "b", "c") for week in weeks], columns=["shop", "week", "on", "sales"])
    for asked in ({"outcome": "sales", "time": "week"}, {"outcome": "sales"}):
        with pytest.raises(UsageError, match="--unit shop") as told:
            compare(panel, at="2025-05-01", **asked)
        assert told.value.values["units"] == "shop" and told.value.values["flags"] == "on"
    twice = panel.drop(columns="shop").set_axis(["week", "x", "sales"], axis=1).assign(y=1).set_axis(["week", "x", "sales", "x"], axis=1)
    assert compare(twice, outcome="sales", time="week", at="2025-05-01").n_before
    one = panel[panel["shop"] == "a"]
    assert compare(one, outcome="sales", time="week", at="2025-05-01").n_before
    deals = pd.DataFrame({"id": range(90), "closed": weeks.repeat(3), "owner": list("abc") * 30, "won": [0, 1, 1] * 30})[:70].sample(frac=0.7, random_state=1)
    assert compare(deals, outcome="won", time="closed", at="2025-05-01").n_before
