"""The verb: what comes back from plain tables."""

import datetime as dt
import json

import duckdb
import numpy as np
import pandas as pd
import pytest

from audit import find_zones
from audit.client import Client, Norm, Rules
from audit.errors import AuditError, NothingMeasurableError, UsageError


@pytest.fixture
def department() -> pd.DataFrame:
    """4,000 deals; seller «Иванов» wins 10 of 100, the others 40; nothing else differs."""
    random = np.random.default_rng(3)
    n = 4_000
    seller = np.array(["Иванов", "Петрова", "Сидоров", "Орлова", "Котов", "Белова", "Зуев", "Лис", "Рак", "Ёж"])[np.arange(n) % 10]
    created = np.datetime64("2025-01-01T00:00:00") + np.sort(random.integers(0, 500 * 86400, n)).astype("timedelta64[s]")
    won = random.random(n) < np.where(seller == "Иванов", 0.10, 0.40)
    return pd.DataFrame({
        "id": np.arange(n), "created": created, "closed": created + random.integers(5, 40, n).astype("timedelta64[D]"),
        "won": won, "amount": np.exp(random.normal(11, 0.5, n)).round(2), "Менеджер": seller,
        "Регион": random.choice(["Юг", "Север", "Запад", "Восток"], n),
    })


@pytest.fixture
def zones(department):
    return find_zones(department)


def test_the_weak_seller_and_nobody_else(zones, department):
    assert [(one["metric"], one["slice"]) for one in zones.findings] == [("win_rate", {"Менеджер": "Иванов"})]
    found = zones.findings[0]
    own = department[department["Менеджер"] == "Иванов"]
    assert found["n"] == len(own)
    assert found["value"] == pytest.approx(own["won"].mean(), abs=1e-7)
    others = department[department["Менеджер"] != "Иванов"]["won"].mean()
    assert found["benchmark"] == pytest.approx(others, abs=0.015)
    assert found["low"] < found["gap"] < found["high"] < 0
    assert found["confounders"] == ["Регион"]
    assert found["q_value"] <= zones.q


def test_findings_json_has_the_contract(zones, tmp_path):
    content = zones.to_json(tmp_path / "findings.json")
    read = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert read == json.loads(json.dumps(content, allow_nan=False))
    assert {"schema", "client", "as_of", "currency", "tested", "q", "findings", "total_gain_per_month", "not_measurable"} <= set(read)
    fields = ["id", "metric", "slice", "n", "value", "benchmark", "benchmark_kind", "gap", "low", "high", "p_value", "q_value", "gain_per_month", "gain_low", "gain_high", "horizon", "remedy", "confounders", "rows"]
    assert set(fields) <= set(read["findings"][0])
    assert read["total_gain_per_month"]["value"] == pytest.approx(sum(one["gain_per_month"] for one in read["findings"]), rel=1e-6)


def test_money_is_volume_times_half_the_gap_times_the_check(zones, department):
    found = zones.findings[0]
    own = department[department["Менеджер"] == "Иванов"]
    last_year = own[own["closed"] >= department["closed"].quantile(0.995) - pd.Timedelta(days=365.25)]
    volume = len(last_year) / 12
    check = department.loc[department["won"], "amount"].mean()
    expected = volume * 0.5 * -found["gap"] * check
    assert found["volume_per_month"] == pytest.approx(volume, rel=0.03)
    assert found["gain_per_month"] == pytest.approx(expected, rel=0.08)  # the best quarter of peers may ask a little more
    assert found["gain_low"] < found["gain_per_month"] < found["gain_high"]


def test_order_of_rows_and_columns_does_not_matter(department, zones):
    shuffled = department.sample(frac=1, random_state=1)
    assert find_zones(shuffled).to_json() == zones.to_json()


def test_rows_can_be_selected_by_sql(department, tmp_path):
    department = department.rename(columns={"Менеджер": 'ma"nager'})
    department['ma"nager'] = department['ma"nager'].str.replace("Иванов", "O'Neil <script>")
    file = tmp_path / "deals.csv"
    department.to_csv(file, index=False)
    found = find_zones(file, dimensions=['ma"nager']).findings[0]
    assert found["slice"] == {'ma"nager': "O'Neil <script>"}
    name, _, condition = found["rows"].partition(" where ")
    assert name == "deals.csv"
    assert duckdb.connect().execute(f"select count(*) from '{file}' where {condition}").fetchall() == [(found["n"],)]


def test_html_is_escaped(department):
    department["Менеджер"] = department["Менеджер"].str.replace("Иванов", "<script>alert(1)</script>")
    html = find_zones(department, lang="ru")._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_picture_and_frame(zones):
    assert len(zones.plot().axes) == 1
    assert zones.frame["slice"].tolist() == ["Иванов"]
    assert "Иванов" in zones._repr_html_()


def test_as_of_hides_what_came_later(department):
    day = dt.date(2025, 8, 31)
    zones = find_zones(department, as_of=day)
    end = pd.Timestamp(day) + pd.Timedelta(days=1)
    known = department[(department["created"] < end) & (department["closed"] < end) & (department["Менеджер"] == "Иванов")]
    assert zones.as_of == day
    assert zones.findings[0]["n"] == len(known)
    assert zones.findings[0]["value"] == pytest.approx(known["won"].mean(), abs=1e-7)


def test_level_of_a_dimension_filled_only_after_winning_is_no_dimension(department):
    department["Сегмент"] = np.where(department["won"], "Опт", None)
    zones = find_zones(department)
    assert all("Сегмент" not in one["slice"] and "Сегмент" not in one["confounders"] for one in zones.findings)


def test_strengths_are_apart(department):
    department["won"] = np.where(department["Менеджер"] == "Иванов", ~department["won"], department["won"])
    zones = find_zones(department)
    assert not zones.findings
    assert [one["slice"] for one in zones.strengths] == [{"Менеджер": "Иванов"}]
    assert zones.strengths[0]["gap"] > 0


def test_norm_of_the_client_makes_a_zone_of_the_whole(department):
    client = Client(name="X", norms=(Norm(metric="win_rate", value=0.5),), rules=Rules(attainable_share=1.0))
    whole = next(one for one in find_zones(department, client=client).findings if not one["slice"])
    assert whole["benchmark_kind"] == "norm"
    assert whole["gap"] == pytest.approx(department["won"].mean() - 0.5, abs=1e-7)
    assert whole["remedy"] == "next_step_rule"


def test_small_levels_say_what_they_need(department):
    department.loc[:9, "Менеджер"] = "Новичок"
    entry = next(one for one in find_zones(department).cannot_tell if one["slice"] == {"Менеджер": "Новичок"} and one["metric"] == "win_rate")
    assert entry["n"] == 10
    assert entry["reason"] == "too_few"
    assert entry["needs_n"] > 100


@pytest.mark.parametrize(("given", "code"), [
    ({"metrics": ["win_rat"]}, UsageError), ({"dimensions": ["Менеджр"]}, UsageError), ({"q": 2}, UsageError),
    ({"as_of": "31.02"}, UsageError), ({"depth": 9}, UsageError),
])
def test_wrong_use_is_told_in_three_parts(department, given, code):
    with pytest.raises(code) as problem:
        find_zones(department, **given)
    for lang in ("ru", "en"):
        assert all(problem.value.parts(lang))


def test_nothing_to_measure(department):
    with pytest.raises(NothingMeasurableError):
        find_zones(department.head(3), metrics=["win_rate"])
    with pytest.raises(AuditError):
        find_zones(department.head(0))


def test_without_amounts_no_money_is_claimed(department):
    department["amount"] = np.nan
    zones = find_zones(department)
    found = zones.findings[0]
    assert found["gain_per_month"] is None
    assert found["gain_units_per_month"] > 0
    assert {"card": "M29", "metric": "avg_check", "lacks": ["deals.amount"]} in zones.not_measurable
    assert zones.to_json()["total_gain_per_month"] == {"value": None, "low": None, "high": None}
    assert len(zones.plot().axes) == 1


def test_three_dimensions_on_demand(department):
    department["Источник"] = np.array(["сайт", "звонок"])[np.arange(len(department)) // 10 % 2]
    two, three = find_zones(department), find_zones(department, depth=3)
    assert three.tested > two.tested
    assert [one["slice"] for one in three.findings] == [{"Менеджер": "Иванов"}]


@pytest.mark.parametrize("form", ["flag", "words", "stage", "open without an end"])
def test_rows_of_a_plain_file_are_the_metrics_own(department, tmp_path, form):
    """The clause selects the very units of each metric, over the client's own headers and words."""
    random = np.random.default_rng(8)
    bad = (department["Менеджер"] == "Иванов").to_numpy()
    department.loc[bad, "amount"] = (department.loc[bad, "amount"] * 0.5).round(2)
    department.loc[bad, "closed"] = department.loc[bad, "closed"] + np.timedelta64(30, "D")
    department["won"] |= bad & (random.random(len(department)) < 0.12)
    if form == "words":
        department["won"] = np.where(department["won"], "Да", "нет")
    elif form == "stage":
        department = department.rename(columns={"won": "Стадия", "id": "ID", "created": "Дата создания", "closed": "Дата закрытия", "amount": "Сумма"})
        department["Стадия"] = np.where(department["Стадия"], "Успешно реализовано", np.where(random.random(len(department)) < 0.5, "Закрыто и не реализовано", "Отказ"))
    elif form == "open without an end":
        department["closed"] = department["closed"].mask(~department["won"] & (random.random(len(department)) < 0.2))
    file = tmp_path / "deals.csv"
    department.to_csv(file, index=False)
    found = {one["metric"]: one for one in find_zones(file).findings if one["slice"] == {"Менеджер": "Иванов"}}
    assert {"win_rate", "avg_check", "cycle_days"} <= set(found)
    for one in found.values():
        condition = one["rows"].partition(" where ")[2]
        assert duckdb.connect().execute(f"select count(*) from '{file}' where {condition}").fetchall() == [(one["n"],)], one["rows"]


def test_what_sellers_are_given_is_held_fixed_though_nobody_asked_about_it(department):
    """Two sellers serve nothing but a cold source: fair among its deals, far below the department."""
    cold = department["Менеджер"].isin(["Лис", "Рак"])
    random = np.random.default_rng(5)
    mixed = department.assign(Источник=np.where(cold | (random.random(len(department)) < 0.5), "холодная база", "сайт"))
    mixed["won"] = random.random(len(mixed)) < np.where(mixed["Источник"] == "сайт", 0.55, 0.15)
    zones = find_zones(mixed, dimensions=["Менеджер"], metrics=["win_rate"])
    assert zones.findings == [] and zones.strengths == []
    assert zones.tested == find_zones(mixed.drop(columns="Источник"), dimensions=["Менеджер"], metrics=["win_rate"]).tested
    apart = find_zones(mixed.drop(columns="Источник"), dimensions=["Менеджер"], metrics=["win_rate"])
    assert {one["slice"]["Менеджер"] for one in apart.findings} <= {"Лис", "Рак"} and apart.findings
    weak = mixed.assign(won=mixed["won"] & ~((mixed["Менеджер"] == "Иванов") & (random.random(len(mixed)) < 0.6)))
    found = find_zones(weak, dimensions=["Менеджер"], metrics=["win_rate"]).findings
    assert [one["slice"] for one in found] == [{"Менеджер": "Иванов"}] and found[0]["confounders"] == ["Источник"]
