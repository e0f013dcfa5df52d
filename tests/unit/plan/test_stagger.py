"""The planning aid: who starts when, told in three languages, and what cannot be planned."""

import datetime as dt
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from audit.errors import AuditError, NothingMeasurableError, UsageError
from audit.plan import Stagger, plan_stagger, stagger
from audit.plan.schedules import balanced
from audit.workspace import read_json, write_parquet


def history(units=8, months=14, rows=12, seed=3):
    """A row a deal: won, seller, day; the history ends with September 2026."""
    rng = np.random.default_rng(seed)
    level = rng.normal(0.3, 0.06, units)
    first = pd.Period("2026-09", "M") - (months - 1)
    cells = [(f"s{unit}", (first + month).to_timestamp(), unit) for unit in range(units) for month in range(months) for _ in range(rows + unit)]
    frame = pd.DataFrame(cells, columns=["seller", "day", "number"])
    frame["won"] = rng.random(len(frame)) < level[frame["number"]]
    return frame.assign(won=frame["won"].astype(float)).drop(columns="number")


@pytest.fixture(scope="module")
def found() -> Stagger:
    return stagger(history(), "won", "seller", "day", target=0.12, lang="en")


def test_schedules_go_from_all_at_once_to_many_steps(found):
    assert list(found.frame["steps"]) == [1, 2, 3, 4, 5, 6]
    assert list(found.frame["every_months"]) == [0, 6, 4, 3, 2, 2]
    assert list(found.frame["against"]) == ["before"] + ["others"] * 5
    assert found.frame["suggested"].sum() == 1
    assert found.suggested["against"] == "others"
    assert found.history == {"units": 8, "months": 14, "from": "2025-08", "to": "2026-09", "rows": len(history())}
    assert (found.frame.loc[1:, "df"] == 6).all()


def test_the_target_is_seen_when_it_is_no_smaller_than_the_least_effect(found):
    wide = stagger(history(), "won", "seller", "day", target=0.5)
    for one in wide.schedules:
        assert one["seen_on"] == dt.date(2026 + (9 + one["seen_after_months"]) // 12, (9 + one["seen_after_months"]) % 12 + 1, 1)
        assert 1 <= one["seen_after_months"] <= 12
    for one in found.schedules:
        within = one["seen_after_months"] is not None and one["seen_after_months"] <= 12
        assert within == (one["detectable"] <= 0.12)
    assert all(one["seen_on"] is None for one in stagger(history(), "won", "seller", "day", target=1e-6).schedules)
    assert "unseen" in stagger(history(), "won", "seller", "day", target=1e-6).notes


def test_groups_are_of_one_size_and_start_in_turn(found):
    order = pd.DataFrame(found.order)
    sizes = order["group"].value_counts()
    assert sizes.max() - sizes.min() <= 1
    assert sorted(order["unit"]) == [f"s{number}" for number in range(8)]
    starts = order.groupby("group")["start_on"].agg(["nunique", "first"])
    assert (starts["nunique"] == 1).all() and starts["first"].is_monotonic_increasing
    assert starts["first"].iloc[0] == dt.date(2026, 10, 1)
    assert starts["first"].iloc[-1] == found.suggested["last_start_on"]


def test_units_of_like_volume_and_level_are_spread_over_the_groups():
    volume, level = np.array([50, 49, 30, 29, 10, 9.0]), np.array([1, 0, 0, 1, 1, 0.0])
    group = balanced(volume, level, 2)
    assert sorted(group[:2]) == sorted(group[2:4]) == sorted(group[4:]) == [0, 1]
    assert abs(level[group == 0].mean() - level[group == 1].mean()) < 0.5


def test_longer_waits_and_fewer_months_show_less():
    plain = stagger(history(), "won", "seller", "day").suggested["detectable"]
    assert stagger(history(), "won", "seller", "day", wait=2).suggested["detectable"] > plain
    assert stagger(history(), "won", "seller", "day", months=4).suggested["detectable"] > plain


def test_the_unit_of_the_outcome_does_not_matter():
    one, other = (stagger(history().assign(won=lambda frame, size=size: size * frame["won"]), "won", "seller", "day") for size in (1, 1000))
    assert np.array(other.frame["detectable"]) == pytest.approx(1000 * np.array(one.frame["detectable"]), rel=1e-3)
    assert other.order[0]["unit"] == one.order[0]["unit"]


def test_means_alone_will_do(found):
    means = history().groupby(["seller", "day"], as_index=False)["won"].mean()
    alone = stagger(means, "won", "seller", "day")
    assert "rows" in alone.notes and "rows" not in found.notes
    assert alone.spread["rows"] == 0
    assert alone.suggested["detectable"] == pytest.approx(found.suggested["detectable"], rel=0.5)


def test_those_who_left_are_not_planned_for():
    frame = history()
    left = frame[(frame["seller"] != "s3") | (frame["day"] < "2026-05-01")]
    assert "s3" not in {one["unit"] for one in stagger(left, "won", "seller", "day").order}


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_it_is_shown_everywhere(found, lang, tmp_path):
    made = stagger(history().replace({"s1": "<b>x</b>"}), "won", "seller", "day", target=0.12, lang=lang)
    shown = made._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in shown and "<b>x</b>" not in shown
    text = made.told()
    assert text.count("→ ") == 1 and text.count(" · ") >= 6 * 4
    assert made.plot().axes[0].get_xlabel()
    content = made.to_json(tmp_path / "stagger.json")
    assert read_json(tmp_path / "stagger.json") == content
    assert len(content["schedules"]) == 6 and len(content["order"]) == 8


@pytest.mark.parametrize(("change", "kind", "said"), [
    ({"outcome": "wan"}, UsageError, "nearest known is: won"), ({"outcome": "seller"}, UsageError, "no number"), ({"time": "seller"}, UsageError, "no date"), ({"time": "won"}, UsageError, "no date"),
    ({"months": 1}, UsageError, "1 months are not"), ({"months": 25}, UsageError, "25 months are not"), ({"wait": 12}, UsageError, "leave nothing"),
    ({"target": 0.0}, UsageError, "above 0"), ({"start": "soon"}, UsageError, "is not a date"),
])
def test_what_cannot_be_planned_is_told(change, kind, said):
    with pytest.raises(kind) as told:
        stagger(history(), **{"outcome": "won", "unit": "seller", "time": "day", **change})
    assert said in told.value.told("en")


@pytest.mark.parametrize(("units", "months"), [(3, 14), (8, 5), (0, 0)])
def test_too_few_units_or_months_are_an_answer(units, months):
    with pytest.raises(NothingMeasurableError) as told:
        stagger(history(units, months) if units else history().iloc[:0], "won", "seller", "day")
    assert f"{units} units and {months} months" in told.value.told("en")


@pytest.fixture
def department(desk):
    """The desk with two years of deals of six sellers in two sources."""
    rng = np.random.default_rng(2)
    names = ["Анна Образцова", "Борис Второв", "Вера Третьякова", "Глеб Четвертов", "Дина Пятова", "Егор Шестов"]
    n = 3_000
    closed = pd.Timestamp("2024-11-01") + pd.to_timedelta(np.sort(rng.integers(0, 730, n)), unit="D")
    deals = pd.DataFrame({
        "deal_id": [f"d{number}" for number in range(n)], "owner_id": rng.choice(list("123456"), n), "created_at": closed - pd.Timedelta(days=20), "closed_at": closed,
        "semantic": np.where(rng.random(n) < 0.3, "won", "lost"), "amount": np.exp(rng.normal(11, 0.6, n)), "source": rng.choice(["Сайт", "Звонок"], n),
    })
    write_parquet(desk.root / "tables" / "deals.parquet", pa.Table.from_pandas(deals, preserve_index=False))
    users = pa.table({"user_id": list("123456"), "name": names, "is_manager": [False] * 6, "left_at": pa.array([None] * 6, pa.date32()), "is_system": [False] * 6})
    write_parquet(desk.root / "tables" / "users.parquet", users)
    return desk


def test_a_change_of_the_plan_is_planned_in_its_slice_for_everybody(department):
    whole, slice_ = plan_stagger(department.root, metric="win_rate", lang="en"), plan_stagger(department.root, "change-w", lang="en")
    assert slice_.history["rows"] < 0.6 * whole.history["rows"]  # of one source, and of all sellers
    assert slice_.history["units"] == whole.history["units"] == 6
    assert "widened" in slice_.notes and "widened" not in whole.notes
    assert slice_.target == pytest.approx(0.1) and whole.target is None
    assert slice_.history["to"] == "2026-10"
    assert slice_.suggested["detectable"] > whole.suggested["detectable"]


def test_money_is_planned_by_its_logarithm_and_told_as_money(department):
    found = plan_stagger(department.root, metric="avg_check", lang="en")
    assert found.unit == "money"
    assert 0.05 < found.spread["rows"] ** 0.5 < 1.0  # of logarithms
    assert 1_000 < found.suggested["detectable"] < 200_000
    assert "RUB" in found.told()


def test_names_are_shown_as_privacy_wants_and_two_with_the_same_initials_stay_two(department):
    department.client("privacy: initials\n")
    users = {"user_id": list("123456"), "name": ["Анна Образцова", "Алла Орлова", "Вера Третьякова", "Глеб Четвертов", "Дина Пятова", "Егор Шестов"]}
    write_parquet(department.root / "tables" / "users.parquet", pa.table(users))
    found = plan_stagger(department.root, metric="win_rate", lang="ru")
    assert [one["unit"] for one in found.order].count("А.\u00a0О.") == 2
    assert "Образцова" not in found.told() + str(found.to_json()) + found._repr_html_()


@pytest.mark.parametrize(("arguments", "said"), [
    ({}, "it is not said which change"), ({"change": "change-w", "metric": "win_rate"}, "both a change and a metric"), ({"change": "change-x"}, "nearest known is: change-"),
    ({"metric": "won"}, "nearest known is:"), ({"metric": "win_rate", "by": "colour"}, "dimension"), ({"metric": "lead_conversion"}, "it lacks: leads"),
    ({"metric": "win_rate", "by": "source"}, "2 units"),
])
def test_what_the_client_does_not_have_is_told(department, arguments, said):
    with pytest.raises(AuditError) as told:
        plan_stagger(department.root, **arguments)
    assert said in told.value.told("en")


def test_the_command_prints_the_order(department):
    done = subprocess.run([sys.executable, "-m", "audit.cli", "plan", "stagger", str(department.root), "change-w", "--months", "6"], capture_output=True, text=True,
                          encoding="utf-8", env={**os.environ, "AUDIT_LANG": "en"}, check=False)
    assert done.returncode == 0, done.stderr
    assert "6 units, 24 months of history; 6 months for the roll-out" in done.stdout
    assert "Анна Образцова" in done.stdout
