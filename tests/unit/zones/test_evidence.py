"""What stands beside a zone: E-values, best peers, months, rows behind, assumptions, the own past, the catalogue's other metrics."""

import math

import numpy as np
import pandas as pd
import pytest
from departments import Department, department
from worlds import World, make

from audit.client import Client, Rules
from audit.errors import UsageError
from audit.stats.confounding import e_value, of_difference
from audit.zones import find_zones
from audit.zones.evidence import extremes


@pytest.fixture(scope="module")
def planted():
    return find_zones(make(World(planted=True), 7))


@pytest.fixture(scope="module")
def fallen():
    return find_zones(department(Department(deals=9_000, untimely="u3", fallen="u5"), 300), metrics=["win_rate", "tasks_on_time"])


def test_e_values_of_the_published_example():
    # VanderWeele & Ding (2017): a risk ratio of 3.9 (1.8 … 8.7) has E-values of 7.26 and 3.0
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    assert math.isnan(e_value(0.0)) and math.isnan(e_value(math.inf)) and math.isnan(of_difference(math.nan))


def test_every_zone_answers_what_a_board_asks(planted):
    for one in planted.findings:
        assert 1 <= one["e_value_limit"] <= one["e_value"]
        sign = 1 if one["direction"] == "higher" else -1
        assert sign * (one["twin"]["value"] - one["benchmark"]) > 0
        assert one["twin"]["level"] != " × ".join(one["slice"].values())
        best, worst = one["best_month"], one["worst_month"]
        assert sign * (best["value"] - best["expected"]) >= sign * (worst["value"] - worst["expected"])
        assert one["gain_per_year"] == pytest.approx(12 * one["gain_per_month"], rel=1e-6)
        assert one["remedies"][0] == one["remedy"] and one["remedy_card"].startswith("M")


def test_assumptions_hold_the_worth_and_the_widest_stands_first(planted):
    for one in planted.findings:
        told = one["assumptions"]
        assert {"gap", "attainable_share", "volume", "value_of_unit"} <= {each["assumption"] for each in told}
        reach = [each["high"] - each["low"] for each in told]
        assert reach == sorted(reach, reverse=True)
        for each in told:
            assert each["low"] <= one["gain_per_month"] * 1.000001 and each["high"] >= one["gain_per_month"] * 0.999999
        share = next(each for each in told if each["assumption"] == "attainable_share")
        assert share["low"] == pytest.approx(0.6 * one["gain_per_month"], rel=1e-6)  # 30 % instead of 50 % of the gap
        assert share["high"] == pytest.approx(1.4 * one["gain_per_month"], rel=1e-6)


def test_the_rows_behind_are_the_units_counted(planted, tmp_path):
    one = planted.findings[0]
    rows = planted.rows(one)
    assert len(rows) == one["n"]
    (name, label), = one["slice"].items() if len(one["slice"]) == 1 else [next(iter(one["slice"].items()))]
    assert set(rows[name]) == {label}
    assert rows["value"].mean() == pytest.approx(one["value"], rel=1e-6)
    assert rows["expected"].mean() == pytest.approx(one["benchmark"], abs=0.01 * max(1, abs(one["benchmark"])))
    (tmp_path / "old.csv").write_text("x")
    written = planted.write_rows(tmp_path)
    assert sorted(written) == sorted(tmp_path.glob("*.csv"))
    assert len(pd.read_csv(written[0])) == len(planted.rows(planted.findings[0]))
    with pytest.raises(UsageError):
        planted.rows("none")


def test_text_of_rows_is_no_formula(tmp_path):
    frame = make(World(planted=True), 7).rename(columns={"manager": "seller"})
    frame["seller"] = "=" + frame["seller"]
    zones = find_zones(frame)
    file = next(path for path in zones.write_rows(tmp_path) if "seller" in path.name)
    assert "'=manager" in file.read_text(encoding="utf-8") and ",=manager" not in file.read_text(encoding="utf-8")


def test_worth_in_margin_where_the_client_tells_its_share():
    client = Client(name="x", rules=Rules(margin_share=0.25, attainable_share=0.4))
    zones = find_zones(make(World(planted=True), 7), client=client)
    content = zones.to_json()
    for one in content["findings"]:
        assert one["gain_margin_per_month"] == pytest.approx(0.25 * one["gain_per_month"], rel=1e-6)
    assert content["total_margin_per_month"]["value"] == pytest.approx(0.25 * content["total_gain_per_month"]["value"], rel=1e-6)
    assert content["cost_of_inaction_per_year"]["value"] == pytest.approx(12 * content["total_gain_per_month"]["value"], rel=1e-6)


def test_extremes_need_months_with_enough_units():
    months = [{"month": f"2026-0{i}", "n": n, "value": v, "expected": 0.5} for i, n, v in ((1, 19, 0.4), (2, 9, 0.0), (3, 19, 0.6), (4, 19, 0.5))]
    found = extremes(months, 1)
    assert (found["best_month"]["month"], found["worst_month"]["month"]) == ("2026-03", "2026-01")
    assert extremes(months, -1)["best_month"]["month"] == "2026-01"
    assert extremes(months[:2], 1) == {"best_month": None, "worst_month": None}


def test_a_seller_behind_the_own_past_is_found_and_nobody_else(fallen):
    of_past = [one for one in fallen.findings if one["benchmark_kind"] == "past"]
    assert [(one["metric"], one["slice"]) for one in of_past] == [("win_rate", {"owner": "seller 05"})]
    (one,) = of_past
    assert one["value"] == pytest.approx(0.10, abs=0.06) and one["benchmark"] == pytest.approx(0.32, abs=0.04)
    assert one["since"] > "2026-01-01" and "closed_at >= timestamp '2026-" in one["rows"]
    assert one["gain_per_month"] > 0 and "recent" not in one["confounders"]


def test_metrics_of_the_catalogue_are_sought_and_have_no_price(fallen):
    (one,) = [one for one in fallen.findings if one["metric"] == "tasks_on_time"]
    assert one["slice"] == {"owner": "seller 03"} and one["gain_per_month"] is None
    assert one["remedy"] == "next_step_rule" and one["remeasure"] == "tasks_on_time"
    rows = fallen.rows(one)
    assert len(rows) == one["n"] and rows["value"].mean() == pytest.approx(one["value"], rel=1e-6)
    assert not rows.duplicated(["entity_id", "owner", "team", "kind"]).any()


def test_rows_of_one_deal_are_one_unit():
    tables = department(Department(deals=600), 1)
    few = find_zones(tables, metrics=["tasks_on_time"])
    twice = {name: pd.concat([frame, frame.assign(activity_id=frame["activity_id"] + "x")]) if name == "activities" else frame for name, frame in tables.items()}
    again = find_zones(twice, metrics=["tasks_on_time"])
    assert [one["n"] for one in few.cannot_tell] == [one["n"] for one in again.cannot_tell]
    assert np.isfinite(few.tested) and few.tested == again.tested


def test_a_seller_who_wins_nothing_is_a_zone_and_one_who_wins_all_a_strength():
    frame = make(World(), 3)
    seller = frame["manager"]
    frame["semantic"] = np.where(seller == "manager 04", "lost", np.where(seller == "manager 05", "won", frame["semantic"]))
    zones = find_zones(frame, metrics=["win_rate"])
    assert {"manager": "manager 04"} in [one["slice"] for one in zones.findings]
    assert {"manager": "manager 05"} in [one["slice"] for one in zones.strengths]
    few = frame.groupby("manager").head(60)
    told = find_zones(few, metrics=["win_rate"], dimensions=["manager"])
    assert any(one["slice"] == {"manager": "manager 04"} for one in [*told.findings, *told.cannot_tell])


@pytest.mark.parametrize("header", ["recent", "month_end", "hour", "weekday", "period", "value", "date", "expected"])
def test_headers_that_mean_something_inside_are_dimensions_like_others(header):
    frame = make(World(planted=True), 7).rename(columns={"manager": header})
    frame.attrs = {}
    plain = find_zones(frame, metrics=["win_rate"], as_of="2026-09-30")
    assert {header: "manager 07"} in [one["slice"] for one in plain.findings]
    one = next(one for one in plain.findings if one["slice"] == {header: "manager 07"})
    assert len(plain.rows(one)) == one["n"] and plain.rows(one)["value"].mean() == pytest.approx(one["value"])
    canonical = find_zones({"deals": frame}, metrics=["win_rate"], as_of="2026-09-30", dimensions=[header, "channel", "segment"])
    (found,) = [one for one in canonical.findings if one["slice"] == {header: "manager 07"} and one["benchmark_kind"] == "peers"]
    assert (found["n"], found["value"]) == (one["n"], one["value"])


def test_the_rows_clause_selects_the_units_counted(tmp_path, monkeypatch):
    import duckdb

    tables = department(Department(deals=9_000, fallen="u5"), 300)
    late = tables["deals"].assign(closed_at=tables["deals"]["closed_at"].where(tables["deals"].index % 7 > 0, pd.Timestamp("2027-05-01")))
    (tmp_path / "tables").mkdir()
    for name, frame in (tables | {"deals": late}).items():
        frame.assign(**({"amount_base": frame["amount"]} if name == "deals" else {})).to_parquet(tmp_path / "tables" / f"{name}.parquet")
    monkeypatch.chdir(tmp_path)
    zones = find_zones(tables | {"deals": late}, metrics=["win_rate", "avg_check", "cycle_days", "lead_conversion"], as_of="2026-05-10", q=0.9)
    assert zones.findings
    for one in zones.findings:
        file, _, where = one["rows"].partition(" where ")
        (n,), = duckdb.sql(f"select count(*) from '{file}' where {where}").fetchall()
        assert n == one["n"], one["rows"]


def test_money_of_revenue_and_of_winning_is_counted_once():
    frame = make(World(planted=True), 7)
    alone = find_zones(frame, metrics=["win_rate"]).total
    both = find_zones(frame, metrics=["win_rate", "revenue_per_lead"])
    assert both.total[0] == pytest.approx(alone[0], rel=0.02)


@pytest.mark.parametrize("wrong", [
    {"q": "0.1"}, {"q": 1e-300}, {"depth": 4}, {"as_of": pd.NaT}, {"as_of": "soon"}, {"dimensions": 5}, {"dimensions": ["result_type"]}, {"metrics": ["foo"]},
])
def test_mistakes_in_arguments_are_told(wrong):
    with pytest.raises(UsageError):
        find_zones(make(World(deals=300), 1).assign(result_type="x"), **wrong)


@pytest.mark.parametrize("data", [None, 3, [1, 2]])
def test_what_is_no_data_is_told(data):
    with pytest.raises(UsageError):
        find_zones(data)


def test_tables_opened_for_a_search_or_a_measurement_are_let_go_at_once():
    import gc
    import weakref

    from audit import engine
    from audit.metrics import measure

    tables, opened = department(Department(deals=300), 1), []
    plain = engine.load

    def spied(*arguments, **more):
        opened.append(weakref.ref(made := plain(*arguments, **more)))
        return made

    gc.disable()  # no circle may keep a session until somebody looks for circles
    try:
        engine.load = spied
        measure(tables, "win_rate")
        find_zones(tables, metrics=["win_rate"])
    finally:
        engine.load = plain
        gc.enable()
    assert len(opened) == 2 and not any(one() for one in opened)
