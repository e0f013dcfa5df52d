"""What is learnt from labels: the same for any order of rows, plain JSON that decides as scikit-learn does, and quotes inside the text."""

import json

import numpy as np
import pandas as pd
import pytest

from audit.errors import UsageError
from audit.knowledge.learn import Enough, learn, predict
from audit.knowledge.learn.features import FACTS, RULE, WEIGHTS, block, counted, facts
from audit.knowledge.learn.fit import COST, best_threshold, folds
from audit.knowledge.learn.predicted import decisions
from audit.knowledge.learn.score import closed, scored
from audit.knowledge.learn.utterances import answers, utterances

SAID = {True: ["Let us split the payment into two parts", "You could pay in two parts, half now", "Two parts, half now and half in May"],
        False: ["The pump is blue", "We are open until six", "Half of the street is closed", "Two pumps are here", "Pay attention to the label"]}
CARD = "split"


def talks(n=60, seed=0):
    """Texts and labels: every seller's turn is one of SAID, with noise words."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for case in range(n):
        for turn in range(1, 7):
            yes = bool(rng.random() < 0.3)
            said = f"{rng.choice(SAID[yes])} {rng.choice(['ok', 'well', 'so', 'number 7'])} {rng.choice(['today', 'again', '😀'])}"
            texts.append((f"{case}#{turn}", f"{case}", turn, "seller" if turn % 2 else "client", said))
            labels.append((f"{case}#{turn}", CARD, yes, "anna"))
    return pd.DataFrame(texts, columns=["text_id", "case_id", "turn", "speaker", "text"]), pd.DataFrame(labels, columns=["text_id", "technique", "present", "by"])


@pytest.fixture(scope="module")
def world():
    return talks()


@pytest.fixture(scope="module")
def learned(world):
    return learn(*world, cards=())


def test_a_plain_technique_is_learnt(learned):
    row = learned.frame.iloc[0]
    assert (row["technique"], row["n"], row["dialogues"], row["method"], bool(row["weak"])) == (CARD, 360, 60, "model", False)
    assert row["f1"] > 0.95
    assert row["f1_low"] <= row["f1"] <= row["f1_high"]
    assert np.isnan(row["f1_rule"])
    assert learned.shown("en")["why"].iloc[0].startswith("the rules never hear it, there is only the model; F1 is at least ")


def test_the_order_of_rows_changes_nothing(world, learned):
    texts, labels = (frame.sample(frac=1, random_state=3).reset_index(drop=True) for frame in world)
    again = learn(texts, labels, cards=())
    assert json.dumps(again.models) == json.dumps(learned.models)
    pd.testing.assert_frame_equal(again.frame, learned.frame)


def test_a_model_survives_json_and_decides_as_scikit_learn_does(world, learned):
    """The same TF-IDF and machine built by scikit-learn alone, from the grams."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.svm import LinearSVC

    texts, labels = world
    model = json.loads(json.dumps(learned.models[CARD]))
    those = utterances(texts, "case_id")
    y = labels.set_index("text_id")["present"].loc[those.ids].to_numpy()
    parts = []
    for name, rows in counted(those.tokens_of(range(len(those.ids))), those.before).items():
        lists = [[gram for gram, n in row.items() for _ in range(n)] for row in rows]
        vocabulary = sorted(gram for gram in model["vocabulary"] if any(gram in row for row in rows))
        parts.append(TfidfVectorizer(analyzer=lambda listed: listed, sublinear_tf=True, vocabulary=vocabulary).fit_transform(lists) * WEIGHTS[name])
    known = block(FACTS, facts(those, range(len(those.ids))))
    matrix = sparse.hstack([*parts, known.counts * WEIGHTS[FACTS]]).tocsr()
    weight = {True: np.sqrt((~y).sum() / y.sum()), False: 1.0}
    theirs = LinearSVC(C=COST, class_weight=weight, tol=1e-3, max_iter=5_000, random_state=0).fit(matrix, y).decision_function(matrix)
    ours = decisions(texts, model).loc[those.ids].to_numpy()
    assert np.abs(ours - theirs).max() < 1e-9
    assert (ours > model["threshold"]).mean() == pytest.approx(y.mean(), abs=0.05)


def test_quotes_lie_inside_the_text_and_are_what_decided(world, learned):
    texts, labels = world
    tags = learned.predict(texts)
    said = texts.set_index("text_id")["text"]
    assert len(tags) > 50
    assert all(said[row.text_id][row.start:row.end] == row.quote for row in tags.itertuples())
    assert tags["quote"].str.contains("parts|half|pay", case=False).mean() > 0.95
    assert set(tags["tagged_by"]) == {"model"}
    assert tags["confidence"].between(0.5, 1).all()
    truth = set(labels["text_id"][labels["present"]])
    assert len(set(tags["text_id"]) & truth) / len(truth) > 0.95


@pytest.mark.parametrize("text", ["", " ", "😀😀", "=1+1", "\ud800 half now", "a\u202eb two parts", "x" * 200_000, "parts " * 50_000, "\x00\x07<b>half now</b>"])
def test_hostile_texts_do_no_harm(learned, text):
    frame = pd.DataFrame({"text_id": ["a"], "text": pd.Series([text], dtype=object)})
    tags = predict(frame, learned.models)
    assert all(text[row.start:row.end] == row.quote for row in tags.itertuples())


def test_predict_does_not_depend_on_the_batch(world, learned, monkeypatch):
    texts, _ = world
    whole = predict(texts, learned.models)
    monkeypatch.setitem(predict.__globals__, "BATCH", 7)
    pd.testing.assert_frame_equal(predict(texts, learned.models), whole)


def test_a_rule_that_is_as_good_stays(world):
    texts, labels = world
    truth = labels["text_id"][labels["present"]]
    tags = pd.DataFrame({"text_id": truth, "technique": CARD, "start": 0, "end": 1, "quote": "L", "speaker": None, "tagged_by": "rule", "confidence": 0.9})
    kept = learn(texts, labels, tags=tags)
    assert kept.frame["method"].tolist() == ["rule"]
    assert kept.frame["f1"].tolist() == [1.0]
    assert kept.frame["f1_low"].iloc[0] < 1
    assert kept.models == {}
    assert "the rules stay" in kept.shown("en")["why"].iloc[0]


def test_a_model_listens_to_rules_when_it_tags(world):
    """Rules that hear three of four: the model is better, and the rule is one of its signs."""
    texts, labels = world
    truth = labels["text_id"][labels["present"]].iloc[::4]
    tags = pd.DataFrame({"text_id": truth, "technique": CARD, "start": 0, "end": 1, "quote": "L", "speaker": None, "tagged_by": "rule", "confidence": 0.9})
    found = learn(texts, labels, tags=tags, cards=())
    assert found.frame["method"].tolist() == ["model"]
    assert found.frame["f1_rule"].iloc[0] == pytest.approx(0.4, abs=0.05)
    assert RULE in found.models[CARD]["vocabulary"]
    heard = decisions(texts, found.models[CARD], tags=tags) - decisions(texts, found.models[CARD], tags=tags.head(0))
    assert (heard.loc[truth] > 0).all()
    assert (heard.drop(truth) == 0).all()


def test_too_few_labels_are_told(world):
    texts, labels = world
    few = labels[labels["text_id"].str.split("#").str[0].astype(int) < 30]
    found = learn(texts, few, cards=())
    assert (found.frame["method"].iloc[0], bool(found.frame["weak"].iloc[0]), found.models) == ("rule", True, {})
    assert "dialogues 30 (needs 40)" in found.shown("en")["why"].iloc[0]
    assert learn(texts, few, cards=(), enough=Enough(30, 20)).frame["method"].iloc[0] == "model"


def test_markers_who_disagree():
    """Majority; ties are dropped and counted; who marked twice counts with the later answer; unsure is no answer."""
    rows = [("a", True, "x", 1), ("a", True, "y", 1), ("a", False, "z", 1), ("b", True, "x", 1), ("b", False, "y", 1), ("c", True, "x", 1), ("c", False, "x", 2), ("d", None, "x", 1)]
    labels = pd.DataFrame(rows, columns=["text_id", "present", "by", "day"]).assign(technique="t")
    labels["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(labels.pop("day"), unit="D")
    told = answers(labels.sample(frac=1, random_state=1))
    assert told.frame.set_index("text_id")["present"].to_dict() == {"a": True, "c": False}
    assert told.ties == {"t": 1}


def test_folds_keep_a_deal_whole():
    rng = np.random.default_rng(0)
    groups, y = rng.integers(0, 30, 300), rng.random(300) < 0.2
    tested = np.zeros(300, int)
    for train, test in folds(y, groups, 5, 0):
        assert not set(groups[train]) & set(groups[test])
        tested[test] += 1
    assert (tested == 1).all()


def test_the_threshold_is_the_best_there_is():
    rng = np.random.default_rng(1)
    for _ in range(20):
        decided, y = np.round(rng.normal(size=60), 1), rng.random(60) < 0.4
        values = [2 * ((decided > cut) & y).sum() / ((decided > cut).sum() + y.sum()) for cut in np.unique(decided) - 0.01]
        cut = best_threshold(decided, y)
        assert 2 * ((decided > cut) & y).sum() / ((decided > cut).sum() + y.sum()) >= max(values[1:]) - 1e-12


def test_intervals_of_f1_hold_the_truth():
    """Texts of one dialogue alike: the interval at 95 % holds the F1 of the whole in most draws; the closed one meets its own law."""
    rng = np.random.default_rng(2)
    inside = []
    for _ in range(200):
        groups = np.repeat(np.arange(50), 12)
        hard = rng.beta(1, 3, 50)[groups]  # dialogues differ in how often the tagger errs
        y = rng.random(600) < 0.3
        told = np.where(rng.random(600) < hard, ~y, y)
        true = 2 * 0.3 * 0.75 / (0.3 * 0.75 + 0.7 * 0.25 + 0.3)
        score = scored(told, y, groups)
        inside.append(score.low <= true <= score.high)
    assert np.mean(inside) >= 0.92
    u, v = rng.gamma(30.5, 2, 200_000), rng.gamma(11, 1, 200_000)
    assert closed(30, 10) == pytest.approx(np.quantile(u / (u + v), [0.025, 0.975]), abs=0.002)


def test_mistakes_are_told(world):
    texts, labels = world
    for wrong, args in (("learn.no_column", (texts.drop(columns="case_id"), labels)), ("learn.twice", (pd.concat([texts, texts]), labels)),
                        ("learn.no_labels", (texts, labels.assign(text_id="?"))), ("learn.not_yes_no", (texts, labels.assign(present="maybe"))),
                        ("learn.not_frame", (["text"], labels))):
        with pytest.raises(UsageError) as told:
            learn(*args, cards=())
        assert told.value.key == wrong
        assert all(told.value.told(lang) for lang in ("ru", "en", "bg"))
    with pytest.raises(UsageError) as told:
        predict(texts, {"t": {"weights": []}})
    assert told.value.key == "learn.bad_model"
