"""Agreement of markers against published figures and other libraries; the quality of a tagger from random rows holds the truth."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score, f1_score, precision_score, recall_score
from statsmodels.stats.inter_rater import cohens_kappa

from audit.knowledge import technique_effects
from audit.knowledge.effects.taggers import qualities
from audit.knowledge.learn import agreement, quality_of
from audit.stats.agreement import alpha, kappa

# Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C: four observers, twelve units, missing values
OBSERVED = ["1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 ."]


def marked(**answers: str) -> pd.DataFrame:
    """Labels of one technique: a marker's answers to texts 0, 1, … as a string of y, n and blanks."""
    rows = [(text, "t", one == "y", by) for by, said in answers.items() for text, one in enumerate(said) if one != " "]
    return pd.DataFrame(rows, columns=["text_id", "technique", "present", "by"])


def test_alpha_of_the_published_example():
    told = [(unit, int(value)) for line in OBSERVED for unit, value in enumerate(line.split()) if value != "."]
    assert round(alpha(*zip(*told, strict=True), "nominal"), 3) == 0.743


def test_alpha_of_two_answers_by_hand():
    """Krippendorff (2011), section A: two observers, binary, no missing values: alpha 0.095."""
    labels = marked(a="nynnnnnnyn", b="yyynnynnnn")  # 14 noes, 6 yeses, four units of ten apart: 1 − 19·4 / (14·6) = 0.095
    found = agreement(labels)
    assert found["alpha"].round(3).tolist() == [0.095] * 4
    assert found["percent"].tolist() == [60.0] * 4
    assert found[["technique", "pair", "n"]].values.tolist() == [["t", "a / b", 10], ["t", "all", 10], ["all", "a / b", 10], ["all", "all", 10]]


def test_kappa_as_other_libraries_tell_it():
    rng = np.random.default_rng(0)
    for _ in range(20):
        a = rng.integers(0, 2, 80)
        b = np.where(rng.random(80) < rng.random(), a, rng.integers(0, 2, 80))
        table = np.zeros((2, 2))
        np.add.at(table, (a, b), 1)
        theirs = cohens_kappa(table)
        assert kappa(a, b)[0] == pytest.approx(cohen_kappa_score(a, b))
        assert kappa(a, b) == pytest.approx((theirs.kappa, max(theirs.kappa_low, -1), min(theirs.kappa_upp, 1)))


def test_kappa_where_it_cannot_be_told():
    assert np.isnan(kappa([1, 1, 1], [1, 1, 1])).all()
    assert kappa([1, 0, 1], [1, 0, 1])[0] == 1
    assert np.isnan(kappa([1, 0, 1], [1, 0, 1])[1:]).all()


def test_three_markers_who_marked_different_texts():
    found = agreement(marked(a="yyn  y", b="yn nny", c="  nnyy")).set_index(["technique", "pair"])
    assert found.loc[("t", "a / b"), "n"] == 3
    assert found.loc[("t", "all"), "n"] == 6
    # pairs of answers by text: yy, yn, nn, nn, ny, yyy → (2+0+2+2+0+6) of (2+2+2+2+2+6)
    assert found.loc[("t", "all"), "percent"] == pytest.approx(75)


def test_a_tagger_is_one_more_marker():
    labels = marked(anna="yynnyn")
    tags = pd.DataFrame({"text_id": [0, 1, 2, 9], "technique": "t", "tagged_by": "rule"})
    found = agreement(labels, tags).set_index(["technique", "pair"])
    assert found.loc[("t", "anna / rule"), "percent"] == pytest.approx(100 * 4 / 6)
    assert found.loc[("t", "anna / rule"), "kappa"] == pytest.approx(cohen_kappa_score([1, 1, 0, 0, 1, 0], [1, 1, 1, 0, 0, 0]))
    assert agreement(marked(anna="yyn")).empty


def tagged_world(seed: int, n: int = 4_000) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]:
    """Tags, the whole truth as labels, and both as arrays: one text in ten has the technique, the tagger misses 30 % and errs in 2 % of the rest."""
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.1
    told = np.where(y, rng.random(n) < 0.7, rng.random(n) < 0.02)
    tags = pd.DataFrame({"text_id": np.flatnonzero(told), "technique": "t"})
    return tags, pd.DataFrame({"text_id": np.arange(n), "technique": "t", "present": y}), y, told


def test_quality_of_whole_labels_is_the_plain_one():
    tags, labels, y, told = tagged_world(0)
    row = quality_of(tags, labels).iloc[0]
    assert [row["precision"], row["recall"], row["f1"]] == pytest.approx([precision_score(y, told), recall_score(y, told), f1_score(y, told)])
    assert (row["n"], row["positives"], row["method"]) == (4_000, y.sum(), "rule")
    assert row["f1_low"] < row["f1"] < row["f1_high"]


def test_quality_of_random_rows_holds_the_truth():
    """A hundred tagged and three hundred other texts stand for four thousand; rows chosen because they are doubtful change nothing."""
    inside, recalls = [], []
    for seed in range(60):
        tags, labels, y, told = tagged_world(seed)
        rng = np.random.default_rng(seed)
        parts = []
        for places, size in ((np.flatnonzero(told), 100), (np.flatnonzero(~told), 300)):
            parts.append(labels.iloc[rng.choice(places, size, replace=False)].assign(drawn="random", weight=len(places) / size))
        doubtful = labels[told & ~y].assign(drawn="uncertain", weight=0.0)
        row = quality_of(tags, pd.concat([*parts, doubtful])).iloc[0]
        inside.append(row["f1_low"] <= f1_score(y, told) <= row["f1_high"])
        recalls.append(row["recall"] - recall_score(y, told))
        assert 3 < row["worth"] < 100
    assert np.mean(inside) >= 0.9
    assert abs(np.mean(recalls)) < 0.03


def test_effects_take_the_error_of_a_tagger_from_labels_that_say_yes():
    tags, labels, y, told = tagged_world(1)
    known = qualities(quality_of(tags, labels))["t"]
    assert known["n"] <= min(y.sum(), told.sum())
    assert qualities(pd.DataFrame({"technique": ["t"], "f1": [0.7], "n": [4_000], "positives": [90]}))["t"]["n"] == 90
    cases = pd.DataFrame({"case_id": range(120), "owner": [f"o{one % 4}" for one in range(120)], "outcome": ["won", "lost", "lost"] * 40})
    heard = pd.DataFrame({"case_id": range(0, 120, 2), "technique": "t"})
    found = technique_effects(heard, cases, tagger=quality_of(tags, labels))
    assert found["t"]["tagger_f1"] == pytest.approx(f1_score(y, told))
