"""Cells, expectation, slices and remedies against hand counts and statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from audit.errors import UsageError
from audit.words import LANGUAGES, Words
from audit.zones.base import from_frame
from audit.zones.cells import aggregate
from audit.zones.dimensions import choose, factor, kind_of
from audit.zones.measures import MEASURES
from audit.zones.model import Model
from audit.zones.remedies import own_remedies, remedies, remedies_for
from audit.zones.said import metric_name
from audit.zones.slices import combinations_of
from audit.zones.sought import sought, teller


def test_cells_count_by_hand():
    a, b = factor("a", pd.Series(["x", "y", "x", "x"])), factor("b", pd.Series(["1", "1", "2", "1"]))
    cells = aggregate((a, b), np.array([0, 1, 2, 3]), np.array([1.0, 0.0, 1.0, 0.0]))
    assert list(zip(*(code.tolist() for code in cells.codes), cells.n.tolist(), cells.sum1.tolist(), strict=True)) == [
        (0, 0, 2.0, 1.0), (0, 1, 1.0, 1.0), (1, 0, 1.0, 0.0)]
    assert cells.of_row.tolist() == [0, 2, 1, 0]


def test_missing_cells_are_a_level_without_a_name():
    item = factor("a", pd.Series(["x", None, " x ", "y"]))
    assert item.labels == ("", "x", "y")
    assert item.codes.tolist() == [1, 0, 1, 2]
    assert item.usable.tolist() == [False, True, True]


def _sample(n=6_000, seed=1):
    random = np.random.default_rng(seed)
    a, b = random.integers(0, 3, n), random.integers(0, 4, n)
    odds = -0.8 + np.array([0, 0.7, -0.7])[a] + np.array([0, 0.9, -0.9, 0.4])[b]
    return a, b, random.random(n) < 1 / (1 + np.exp(-odds)), random


def _fitted(a, b, y, family):
    factors = (factor("a", pd.Series(a.astype(str))), factor("b", pd.Series(b.astype(str))))
    cells = aggregate(factors, np.arange(len(a)), y)
    return cells, Model(cells, family).fit()


def test_expectation_is_the_logistic_main_effects_model():
    a, b, won, _ = _sample()
    cells, model = _fitted(a, b, won.astype(float), "share")
    x = pd.get_dummies(pd.DataFrame({"a": a.astype(str), "b": b.astype(str)}), drop_first=True, dtype=float)
    oracle = sm.GLM(won.astype(float), sm.add_constant(x), family=sm.families.Binomial()).fit()
    assert np.abs(model.mean()[cells.of_row] - oracle.predict()).max() < 0.006  # pooled a little, by design


def test_expectation_of_money_is_least_squares_on_logs():
    a, b, _, random = _sample()
    y = 10 + 0.5 * a - 0.3 * b + random.normal(0, 0.8, len(a))
    cells, model = _fitted(a, b, y, "level")
    x = pd.get_dummies(pd.DataFrame({"a": a.astype(str), "b": b.astype(str)}), drop_first=True, dtype=float)
    oracle = sm.OLS(y, sm.add_constant(x)).fit()
    assert np.abs(model.eta[cells.of_row] - oracle.predict()).max() < 0.02


def test_slices_with_the_rows_of_a_simpler_one_are_not_tested_twice():
    seller = np.array(["A", "B", "C", "D"] * 100)
    team = np.where(np.isin(seller, ["A", "B"]), "North", "South")
    factors = (factor("seller", pd.Series(seller)), factor("team", pd.Series(team)))
    cells = aggregate(factors, np.arange(400), np.zeros(400))
    combos = combinations_of(cells, [0, 1], 2, 20, None)
    assert [combo.at for combo in combos] == [(0,), (1,)]  # seller × team adds nothing


@pytest.mark.parametrize(("header", "kind"), [
    ("manager", "people"), ("sales_agent", "people"), ("Ответственный", "people"), ("regional_office", "place"), ("Регион", "place"),
    ("leadSource", "traffic"), ("utm_campaign", "traffic"), ("industry", "client"), ("is_repeat", "client"), ("Товар", "offer"),
    ("Стадия сделки", "outcome"), ("deal_stage", "outcome"), ("Причина отказа", "outcome"), ("whatever", "other"),
])
def test_kind_of_a_header(header, kind):
    assert kind_of(header) == kind


def test_columns_that_cannot_be_compared_are_not_chosen():
    n = 400
    won = np.arange(n) % 3 == 0
    frame = pd.DataFrame({
        "id_like": [f"k{i}" for i in range(n)], "constant": "x", "stage": np.where(won, "a", "b"),
        "mirror": np.where(won, "good", "bad"), "after": np.where(won, "x", None),
        "good": np.array(["p", "q"])[np.arange(n) // 2 % 2], "flag": np.arange(n) % 2 == 0, "number": np.arange(n) % 5,
    })
    assert choose(frame, set(), won, ~won) == ["good", "flag"]


def test_open_and_later_deals_are_not_decided():
    frame = pd.DataFrame({
        "created_at": pd.to_datetime(["2026-01-01", "2026-01-02", "2026-03-01", "2026-01-05"]),
        "closed_at": pd.to_datetime(["2026-01-10", "2026-02-10", "2026-03-05", None]),
        "semantic": ["won", "lost", "won", "open"], "amount": [10.0, 20.0, 30.0, 40.0],
    })
    import datetime as dt

    base = from_frame(frame, names=[], as_of=dt.date(2026, 1, 31))
    assert base.decided.tolist() == [True, False, False]  # the third came later, the second closed later
    assert base.won.tolist() == [True, False, False]


def test_every_metric_has_a_remedy_with_texts():
    for measure in MEASURES:
        assert remedies_for(measure.id, ())[0].metrics
    for lang in LANGUAGES:
        words = Words(lang)
        for rule in remedies():
            assert all(words(f"zones.remedy.{rule.id}.{part}") for part in ("title", "what", "why"))
            assert not rule.remeasure or metric_name(rule.remeasure, words)
    assert {rule.effort for rule in remedies()} <= {"low", "medium", "high"}


def test_every_sought_metric_has_a_rule_that_names_it():
    assert {name for name in sought() if remedies_for(teller(name), ())[0].id == "agree_norm"} == {"hot_actions"}, "declare a remedy, or let the general one stand here"


def test_a_seller_below_the_gate_works_on_quantity_first():
    assert remedies_for("win_rate", ("people", "gate"))[0].id == "volume_first"
    assert "coach_weak_stage" in [rule.id for rule in remedies_for("win_rate", ("people", "gate"))]
    assert "volume_first" not in [rule.id for rule in remedies_for("win_rate", ("people",))]


def test_own_remedies_go_first_and_mistakes_are_told(tmp_path):
    file = tmp_path / "remedies.yml"
    assert own_remedies(file) == ()
    file.write_text("- {id: club, metrics: [win_rate], days: 30, effort: low, title: A club, what: Meet, why: Because}\n", encoding="utf-8")
    (own,) = own_remedies(file)
    assert remedies_for("win_rate", ("people",), (own,))[0].title == "A club"
    assert own.horizon(None) == "strategic"
    for text in ("- {id: club, days: 30}", "x: 1", "- {id: 'A b', days: 1, effort: low, title: x}", "- 7", "- {id: a, days: 0, effort: low, title: x}",
                 "- {id: a, days: 3, effort: low}", "[", "- {id: a, days: 3, effort: low, title: x, wat: 1}"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(UsageError) as mistake:
            own_remedies(file)
        assert "remedies.yml" in str(mistake.value)


def test_horizon_is_tactical_within_a_cycle():
    rule = remedies_for("win_rate", ("people",))[0]
    assert rule.id == "coach_weak_stage"
    assert rule.horizon(30.0) == "strategic"
    assert rule.horizon(60.0) == "tactical"


def test_merged_cohorts_give_the_same_expectation(monkeypatch):
    """Large tables fold cohorts into their cells; the fitted means must not notice."""
    from audit.zones import search as room
    from audit.zones.measures import BY_ID

    n = 30_000
    random = np.random.default_rng(2)
    created = np.datetime64("2025-01-01") + random.integers(0, 400, n).astype("timedelta64[D]")
    month = (created - np.datetime64("2025-01-01")).astype(int) // 30
    seller = random.integers(0, 5, n)
    seller = np.where((month > 8) & (random.random(n) < 0.6), 4, seller)  # the fifth came late, in bad months
    won = random.random(n) < 1 / (1 + np.exp(0.5 + 0.08 * month))
    base = from_frame(pd.DataFrame({
        "created_at": created, "closed_at": created + np.timedelta64(9, "D"), "semantic": np.where(won, "won", "lost"),
        "amount": np.exp(random.normal(10 - 0.05 * month, 0.6)), "seller": np.array(list("ABCDE"))[seller],
    }), names=["seller"])
    for metric in ("win_rate", "avg_check"):
        fitted = []
        for merge in (10**9, 0):
            monkeypatch.setattr(room, "MERGE", merge)
            one = room.Search(BY_ID[metric], base)
            one.start()
            one.look()
            fitted.append((one.eta(np.arange(len(one.units.rows))), one.scan.effect, one.scan.error))
        (whole, effect, error), (merged, effect2, error2) = fitted
        assert np.sqrt(np.mean((whole - merged) ** 2)) < 0.02
        assert effect2 == pytest.approx(effect, abs=0.02)
        assert error2 == pytest.approx(error, rel=0.15)  # cohorts count as known once folded in
