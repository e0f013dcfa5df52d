"""Techniques planted in made-up Russian dialogues are learnt from labels; from shuffled labels nothing is."""

import numpy as np
import pandas as pd
import pytest
from dialogues import dialogues

from audit.knowledge import tag
from audit.knowledge.learn import learn, predict

TECHNIQUES = ("next_step", "price_split", "need_summary", "budget_question", "greeting")
DIALOGUES = 300


@pytest.fixture(scope="module")
def world():
    made = dialogues(DIALOGUES, "ru", 21)
    texts = made.turns.rename(columns={"dialogue": "case_id"})
    truth = set(zip(made.planted["text_id"], made.planted["technique"], strict=True))
    labels = pd.DataFrame([(text_id, name, (text_id, name) in truth) for text_id in texts["text_id"] for name in TECHNIQUES], columns=["text_id", "technique", "present"])
    return texts, labels


def test_planted_techniques_are_learnt_without_rules(world):
    texts, labels = world
    found = learn(texts, labels, cards=())
    frame = found.frame.set_index("technique")
    assert (frame["method"] == "model").all()
    assert (frame["f1"] > 0.95).all(), frame["f1"]
    assert not frame["weak"].any()
    fresh = dialogues(100, "ru", 99)
    tags = predict(fresh.turns.rename(columns={"dialogue": "case_id"}), found.models)
    truth = set(fresh.planted.loc[fresh.planted["technique"].isin(TECHNIQUES), ["text_id", "technique"]].itertuples(index=False, name=None))
    heard = set(zip(tags["text_id"], tags["technique"], strict=True))
    assert 2 * len(truth & heard) / (len(truth) + len(heard)) > 0.95


def test_wordings_never_seen_are_left_to_the_rules(world):
    """Folds by wording instead of dialogue: each wording is judged by a model that never saw it; it can do no better than follow the rules, and they stay."""
    texts, labels = world
    wording = dialogues(DIALOGUES, "ru", 21).planted.drop_duplicates("text_id").set_index("text_id")["wording"]
    apart = texts.assign(wording=texts["text_id"].map(wording).fillna("plain " + (texts["text_id"] % 60).astype(str)))
    bare, found = (learn(apart, labels, groups="wording", **more).frame.set_index("technique") for more in ({"cards": ()}, {}))
    assert bare["f1"].mean() < 0.6
    assert bare.drop("greeting")["weak"].all()  # greetings share their words
    assert (found["method"] == "rule").all()
    assert (found["f1"] > bare["f1"] + 0.1).all()


def test_nothing_is_learnt_from_shuffled_labels(world):
    texts, labels = world
    labels = labels[labels["technique"].isin(TECHNIQUES[:2])]
    rng = np.random.default_rng(5)
    mixed = labels.assign(present=labels.groupby("technique")["present"].transform(lambda one: rng.permutation(one.to_numpy())))
    frame = learn(texts, mixed, tags=tag(texts)).frame.set_index("technique")
    share = labels.groupby("technique")["present"].mean()
    chance = 2 * share / (1 + share)  # F1 of who says yes to all, the best that knows nothing
    assert (frame["f1"] < chance + 0.06).all(), pd.concat([frame["f1"], chance], axis=1)
    assert frame["weak"].all()
