"""Blocks of the checklist in which a seller is below the colleagues, counted by hand: ten calls, one block."""

import pandas as pd
import pytest

from audit.metrics import listed

ANN, BOB = [0, 10, 20, 30, 40], [50, 60, 70, 80, 90]


def reviews(scores: dict[str, list[int]], block="needs", at="2026-03-10", sampling="random") -> pd.DataFrame:
    rows = [(f"{who}{block}{at}{n}", who, f"call {who}{at}{n}", points) for who, mine in scores.items() for n, points in enumerate(mine)]
    frame = pd.DataFrame(rows, columns=["review_id", "user_id", "object_id", "score"])
    return frame.assign(item_id="i1", block=block, max_score=100.0, object="call", sampling=sampling, reviewed_at=pd.Timestamp(at))


def gaps(*parts: pd.DataFrame, as_of="2026-03-31") -> pd.DataFrame:
    return listed({"qa_reviews": pd.concat(parts, ignore_index=True)}, "quality_gaps", as_of=as_of)


def test_a_gap_with_its_interval():
    (ann,) = gaps(reviews({"Ann": ANN, "Bob": BOB})).to_dict("records")  # Bob is above: he has no gap
    assert (ann["owner"], ann["block"], ann["reviews"], ann["score"], ann["others"], ann["gap"]) == ("Ann", "needs", 5, 20, 70, -50)
    # both variances are 250: the error is √(50 + 50) = 10 at 8 degrees of freedom, t = 2.306
    assert (ann["low"], ann["high"]) == (pytest.approx(-73.06, abs=0.01), pytest.approx(-26.94, abs=0.01))
    assert ann["q_value"] == pytest.approx(0.001053, abs=1e-6)  # two looks of equal p


def test_only_late_random_reviews_count():
    now = reviews({"Ann": ANN, "Bob": BOB})
    more = (reviews({"Ann": [100] * 5}, at="2025-12-20"), reviews({"Ann": [100] * 5}, at="2026-04-01"), reviews({"Ann": [100] * 5}, at="2026-03-11", sampling="targeted"))
    pd.testing.assert_frame_equal(gaps(now, *more), gaps(now))


def test_few_reviews_say_nothing():
    assert gaps(reviews({"Ann": ANN[:4], "Bob": BOB})).empty
    both = gaps(reviews({"Ann": ANN, "Bob": BOB}), reviews({"Ann": ANN, "Bob": BOB[:4]}, block="step"))
    assert both["block"].tolist() == ["needs"]
