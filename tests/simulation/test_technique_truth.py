"""Techniques of known effect: a good seller's habit is not taken for a good technique."""

import numpy as np
import pandas as pd
import pytest

from audit.metrics import listed, measure
from audit.metrics.rows.knowledge.standing import compared
from audit.stats.strata import odds_ratio, risk_difference

BEST, REST = 0.7, (0.3, 0.25, 0.35)  # next-step rates of four sellers


def tables(rng, n: int, use: tuple[float, ...], effect: float) -> dict[str, pd.DataFrame]:
    """Deals of four sellers, a situation a deal on its second day; the deal moves on the ninth or not at all."""
    seller = rng.integers(0, 4, n)
    used = rng.random(n) < np.array(use)[seller]
    moved = rng.random(n) < np.array([BEST, *REST])[seller] + effect * used
    start = pd.Timestamp("2026-01-05 10:00") + pd.to_timedelta(rng.integers(0, 90, n), unit="D")
    ids = [f"d{i}" for i in range(n)]
    day = pd.Timedelta(days=1)
    ends = start + np.where(moved, 9, 40) * day
    steps = pd.concat([pd.DataFrame({"entity": "deal", "entity_id": ids, "to_stage": "n", "entered_at": start}),
                       pd.DataFrame({"entity": "deal", "entity_id": ids, "to_stage": np.where(moved, "o", "l"), "entered_at": ends})])
    return {
        "deals": pd.DataFrame({"deal_id": ids, "owner_id": [f"u{s}" for s in seller], "semantic": np.where(moved, "open", "lost"), "created_at": start,
                               "closed_at": ends.where(~moved), "stage_id": np.where(moved, "o", "l"), "amount": 1.0}),
        "stages": pd.DataFrame({"stage_id": ["n", "o", "w", "l"], "ord": [1, 2, 3, 4], "semantic": ["open", "open", "won", "lost"]}),
        "stage_history": steps,
        "kb_items": pd.DataFrame({"kb_id": ["k"], "kind": ["technique"], "title": ["Mirror"], "status": ["draft"]}),
        "technique_tags": pd.DataFrame({"tag_id": ids, "kb_id": "k", "deal_id": ids, "user_id": [f"u{s}" for s in seller], "at": start + 2 * day,
                                        "opportunity": True, "is_used": used}),
    }


def status(drawn) -> str:
    return listed(drawn, "technique_register", as_of="2026-06-30")["status"].iloc[0]


def test_a_technique_of_the_best_seller_alone_is_not_proven():
    drawn = tables(np.random.default_rng(1), 600, (1.0, 0.0, 0.0, 0.0), 0.0)
    values = measure(drawn, ["technique_effect", "technique_use_rate"], as_of="2026-06-30")
    assert np.isnan(values.get("technique_effect")["value"])  # nobody to compare with within the seller
    assert status(drawn) == "candidate"


def test_a_technique_without_effect_that_the_best_seller_loves_is_not_proven():
    drawn = tables(np.random.default_rng(2), 900, (0.9, 0.1, 0.1, 0.1), 0.0)
    tags, deals = drawn["technique_tags"], drawn["deals"]
    crude = (deals["semantic"] == "open").groupby(tags["is_used"]).mean().diff().iloc[-1]
    assert crude > 0.2  # what a plain comparison would call an effect
    assert status(drawn) == "candidate"


def test_a_technique_that_works_is_proven_and_its_effect_is_found():
    drawn = tables(np.random.default_rng(3), 1_500, (0.6, 0.4, 0.5, 0.3), 0.15)
    found = measure(drawn, "technique_effect", as_of="2026-06-30").get("technique_effect")
    assert found["low"] < 0.15 < found["high"]
    assert status(drawn) == "proven"


@pytest.mark.parametrize("effect", [0.0, 0.15])
def test_the_interval_holds_the_truth_as_often_as_it_says(effect):
    rng = np.random.default_rng(4)
    inside = above = 0
    runs = 1_500
    for _ in range(runs):
        n = rng.multinomial(400, [0.25] * 4)
        n1 = rng.binomial(n, [0.9, 0.1, 0.2, 0.3])
        base = np.array([BEST, *REST])
        hits = rng.binomial(n1, base + effect), rng.binomial(n - n1, base)
        frame = pd.DataFrame({"step_hits1": hits[0], "step_n1": n1, "step_hits0": hits[1], "step_n0": n - n1})
        found = compared(frame, "step")
        inside += found.low <= effect <= found.high
        above += found.low > effect
    assert 0.93 <= inside / runs <= 0.97
    assert above / runs <= 0.04


def test_strata_give_the_textbook_answers():
    """Simpson's paradox: in both strata the first group is better, over all it seems worse."""
    hits, n, other_hits, other_n = [81, 192], [87, 263], [234, 55], [270, 80]  # kidney stones, Charig et al. (1986)
    assert sum(hits) / sum(n) < sum(other_hits) / sum(other_n)
    assert risk_difference(hits, n, other_hits, other_n).value > 0
    found = odds_ratio(hits, n, other_hits, other_n)
    # by hand: Σ a·d/N ÷ Σ b·c/N = (81·36/357 + 192·25/343) ÷ (6·234/357 + 71·55/343)
    assert found.value == pytest.approx((81 * 36 / 357 + 192 * 25 / 343) / (6 * 234 / 357 + 71 * 55 / 343))
    assert found.low < found.value < found.high
    alone = risk_difference([5], [5], [0], [0])
    assert np.isnan(alone.value)
    assert alone.units == 0
