"""Techniques taken up one seller after another, of known effect: level, season and a slump before are not taken for it."""

import numpy as np
import pandas as pd
import pytest

from audit.metrics import listed, measure

SELLERS, MONTHS, DEALS = 10, 14, 25
AS_OF = "2026-03-31"
RUNS = 25


def tables(seed: int, effect: float, *, slump: float = 0.0) -> dict[str, pd.DataFrame]:
    """Ten sellers of unequal skill, a season; the seven better ones take the technique up in months 4…10, after a `slump` of two months."""
    rng = np.random.default_rng([seed, 67])
    months = pd.date_range("2025-02-01", periods=MONTHS, freq="MS")
    level = np.sort(rng.uniform(0.2, 0.6, SELLERS))
    since = np.where(np.arange(SELLERS) >= 3, 1 + np.arange(SELLERS), 99)
    deals, steps, tags = [], [], []
    for who in range(SELLERS):
        for at, month in enumerate(months):
            chance = level[who] + 0.08 * np.sin(at / 2) + effect * (at >= since[who]) - slump * (since[who] - 2 <= at < since[who])
            moved = rng.random(DEALS) < np.clip(chance, 0, 1)
            for n in range(DEALS):
                name, start = f"d{who}-{at}-{n}", month + pd.Timedelta(days=int(rng.integers(0, 14)))
                deals.append({"deal_id": name, "owner_id": f"u{who}", "semantic": "open", "stage_id": "o" if moved[n] else "n", "created_at": start})
                steps.append({"entity": "deal", "entity_id": name, "to_stage": "n", "entered_at": start})
                if moved[n]:
                    steps.append({"entity": "deal", "entity_id": name, "to_stage": "o", "entered_at": start + pd.Timedelta(days=5)})
            used = at >= since[who]
            tags += [{"tag_id": f"t{who}-{at}-{n}", "kb_id": "k", "deal_id": f"d{who}-{at}-{n}", "user_id": f"u{who}", "at": month + pd.Timedelta(days=n),
                      "opportunity": True, "is_used": bool(used)} for n in range(4)]
    return {"deals": pd.DataFrame(deals), "stage_history": pd.DataFrame(steps), "technique_tags": pd.DataFrame(tags),
            "stages": pd.DataFrame({"stage_id": ["n", "o"], "ord": [1, 2], "semantic": "open"}),
            "kb_items": pd.DataFrame({"kb_id": ["k"], "kind": ["technique"], "title": ["Mirror"], "stage_id": ["n"], "status": ["draft"]})}


def measured(effect: float, **world) -> pd.DataFrame:
    rows = []
    for seed in range(RUNS):
        values = measure(tables(seed, effect, **world), ["technique_rollout_effect", "technique_rollout_placebo"], by=(), as_of=AS_OF)
        one, before = values.get("technique_rollout_effect"), values.get("technique_rollout_placebo")
        rows.append({"value": one["value"], "low": one["low"], "high": one["high"], "placebo": before["value"], "early": before["low"], "late": before["high"]})
    return pd.DataFrame(rows)


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, 0.15])
def test_the_effect_of_better_sellers_one_after_another_is_covered(effect):
    found = measured(effect)
    assert abs(found["value"].mean() - effect) < 0.02
    assert ((found["low"] <= effect) & (effect <= found["high"])).mean() >= 0.8  # 95 %, and three standard deviations of 25 worlds
    assert abs(found["placebo"].mean()) < 0.02
    assert (found["low"] > 0).mean() >= 0.7 if effect else (found["low"] > 0).sum() <= 3


@pytest.mark.slow
def test_a_slump_before_is_told_by_the_placebo():
    found = measured(0.0, slump=0.3)
    assert found["placebo"].mean() < -0.1
    assert (found["late"] < 0).mean() >= 0.8  # so that the roll-out proves nothing


def test_a_roll_out_proves_a_technique_that_nobody_compared_and_a_slump_does_not():
    # each seller always or never used it where it was called for: within sellers there is nothing to compare but months
    for effect, slump, status in ((0.2, 0.0, True), (0.0, 0.3, False)):
        drawn = tables(3, effect, slump=slump)
        register = listed(drawn, "technique_register", as_of=AS_OF).iloc[0]
        if status:
            assert register["rollout_low"] > 0
        assert (register["status"] == "proven") == status
