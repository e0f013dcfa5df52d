"""How well taggers learnt from labels hear, on public negotiations and on made-up Russian dialogues: per technique F1 with its interval, beside it keywords and plain TF-IDF with logistic regression on the same folds.

Usage: python benchmarks/learn.py [folder of the public negotiations; without it ../shared/data/casino]
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "simulation"))

from casino import ALL, SEVEN, casino
from dialogues import dialogues

from audit.knowledge.learn import learn, predict
from audit.knowledge.learn.fit import folds
from audit.knowledge.learn.score import scored

# written from the definitions of the strategies, not from the data
KEYWORDS = {
    "small-talk": r"hello|\bhi\b|how are you|excited|have fun|good luck|nice (?:talking|to meet)|weather|thank",
    "self-need": r"\b(?:i|we|my \w+) (?:really |also |do )?(?:need|require)|my (?:kids|family|children|dog)|because i|i get cold|medical",
    "other-need": r"(?:my|our) (?:kids?|child(?:ren)?|son|daughter|wife|husband|family|dog|friends?|baby|mother|father)",
    "no-need": r"(?:don'?t|do not|won'?t) (?:really )?need|have enough|plenty of|already have",
    "elicit-pref": r"what (?:do|are|would|is|items?) .*(?:you|your)|which .*\byou|do you (?:need|have a preference|prefer)|your (?:preference|priorit)",
    "uv-part": r"(?:do|would) you really need|you (?:don'?t|won'?t|wouldn'?t|can|could) .*(?:need|use|find|get)|why do you need",
    "vouch-fair": r"\bfair\b|\bunfair\b|equal|even split|both (?:get|benefit|of us)",
    "showing-empathy": r"sorry to hear|i understand|i see|that(?:'s| is) (?:awful|terrible|great)|hope (?:you|your)",
    "promote-coordination": r"\bdeal\b|work (?:something|this|it) out|compromise|agree|how about|let'?s|willing to",
}


def baselines(texts: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """F1 of keywords, and of TF-IDF of words singly and in pairs with logistic regression (balanced, threshold 0.5), on the folds of `learn`."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    known = texts.set_index("text_id")
    rows = {}
    for name, part in labels.groupby("technique"):
        said = known.loc[part["text_id"]]
        text, y, groups = said["text"].to_numpy(), part["present"].to_numpy(), pd.factorize(said["case_id"], sort=True)[0]
        told = np.zeros(len(y), bool)
        for train, test in folds(y, groups, 5, 0):
            model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True), LogisticRegression(C=10, class_weight="balanced", max_iter=1_000))
            told[test] = model.fit(text[train], y[train]).predict(text[test])
        words = np.array([re.search(KEYWORDS[str(name)], one.lower()) is not None for one in text])
        rows[name] = {"keywords": scored(words, y, groups).f1, "logistic": scored(told, y, groups).f1}
    return pd.DataFrame(rows).T


def negotiations(folder: Path) -> None:
    """Prints the figures of the public negotiations."""
    world = casino(folder)
    begin = time.process_time()
    found = learn(world.texts, world.labels, cards=())
    learnt = time.process_time() - begin
    frame = found.frame.set_index("technique").loc[list(ALL)].join(baselines(world.texts, world.labels))
    print(frame[["positives", "precision", "recall", "f1", "f1_low", "f1_high", "weak", "logistic", "keywords"]].round(3).to_string())
    seven = frame.loc[list(SEVEN)]
    print(f"mean over the seven: learnt {seven['f1'].mean():.4f}, TF-IDF with logistic regression {seven['logistic'].mean():.4f}, keywords {seven['keywords'].mean():.4f}")
    means = [learn(world.texts, world.labels[world.labels["technique"].isin(SEVEN)], cards=(), seed=seed).frame["f1"].mean() for seed in (1, 2)]
    print(f"the same with other folds (seeds 1, 2): {', '.join(f'{one:.4f}' for one in means)}")
    begin = time.process_time()
    tags = predict(world.texts, found.models)
    print(f"learning {len(frame)} techniques on {len(world.texts)} utterances: {learnt:.0f} s of processor time; tagging them: {time.process_time() - begin:.1f} s, {len(tags)} tags")


def made_up() -> None:
    """Prints the figures of made-up Russian dialogues: rules against a model with and without them."""
    made = dialogues(300, "ru", 21)
    texts, names = made.turns.rename(columns={"dialogue": "case_id"}), ("next_step", "price_split", "need_summary", "budget_question", "greeting")
    truth = set(zip(made.planted["text_id"], made.planted["technique"], strict=True))
    labels = pd.DataFrame([(one, name, (one, name) in truth) for one in texts["text_id"] for name in names], columns=["text_id", "technique", "present"])
    bare, whole = learn(texts, labels, cards=()).frame, learn(texts, labels).frame
    print("made-up Russian dialogues (few wordings, so that a model has seen them all):")
    print(whole.assign(without_rules=bare["f1"])[["technique", "positives", "f1_rule", "f1_model", "without_rules", "method"]].round(3).to_string(index=False))


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "shared" / "data" / "casino"
    if place.is_dir():
        negotiations(place)
    else:
        print(f"the public negotiations are not at {place}")
    made_up()
