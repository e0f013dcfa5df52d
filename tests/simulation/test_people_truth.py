"""People who do not differ share a tier, and training that changes nothing shows no change."""

import datetime as dt

import numpy as np
import pandas as pd

from audit.client import Client
from audit.metrics import measure


def test_twenty_identical_managers_are_one_tier():
    wrong = 0
    for seed in range(30):
        rng = np.random.default_rng([seed, 57])
        rows = [{"user_id": f"u{u:02d}", "competence_id": f"c{c}", "assessed_at": pd.Timestamp("2026-03-01"), "level": float(np.clip(round(rng.normal(3, 0.8)), 1, 5)),
                 "level_max": 5.0, "assessor_id": "h"} for u in range(20) for c in range(6)]
        values = measure({"competences": pd.DataFrame(rows)}, "competence_tier", by=(), as_of="2026-03-31", client=Client(name="x", country="XX"))
        wrong += values.get("competence_tier")["value"] > 1
    assert wrong <= 5  # 5 % of 30, and three standard deviations


def test_a_much_better_one_stands_in_a_tier_of_his_own():
    rng = np.random.default_rng(57)
    rows = [{"user_id": f"u{u:02d}", "competence_id": f"c{c}", "assessed_at": pd.Timestamp("2026-03-01"), "level": rng.normal(50 + 40 * (u == 3), 8),
             "level_max": 100.0, "assessor_id": "h"} for u in range(20) for c in range(6)]
    values = measure({"competences": pd.DataFrame(rows)}, "competence_tier", as_of="2026-03-31", client=Client(name="x", country="XX"))
    tiers = values.rows("competence_tier", "owner").set_index("group")["value"]
    assert tiers["u03"] == 1
    assert (tiers.drop("u03") == 2).all()


BLOCKS = ("contact", "needs", "offer", "doubts", "step")
DAY = dt.date(2026, 3, 2)


def department(rng: np.random.Generator, effect: float) -> dict[str, pd.DataFrame]:
    """Twelve sellers with twelve random reviews before and six after; the four whose worst block looks worst are trained in it."""
    sellers = [f"u{n:02d}" for n in range(12)]
    level = {(u, b): 65 + rng.normal(0, 6) for u in sellers for b in BLOCKS}
    before = {(u, b): level[u, b] + rng.normal(0, 18, 12) for u in sellers for b in BLOCKS}
    worst = {u: min(BLOCKS, key=lambda b: before[u, b].mean()) for u in sellers}
    chosen = sorted(sellers, key=lambda u: before[u, worst[u]].mean())[:4]
    rows = []
    for (u, b), marks in before.items():
        after = level[u, b] + rng.normal(0, 18, 6) + effect * (u in chosen and b == worst[u])
        days = [*(DAY - dt.timedelta(days=2 * n + 2) for n in range(12)), *(DAY + dt.timedelta(days=15 + 2 * n) for n in range(6))]
        rows += [{"review_id": f"{u}{day}", "reviewed_at": pd.Timestamp(day), "reviewer_id": "h", "object": "call", "object_id": f"{u}{day}", "user_id": u,
                  "sampling": "random", "item_id": b, "block": b, "score": mark, "max_score": 100.0} for day, mark in zip(days, [*marks, *after], strict=True)]
    plan = [{"item_id": u, "user_id": u, "competence_id": worst[u], "kind": "micro", "planned_at": DAY, "due_on": DAY, "done_at": DAY} for u in chosen]
    return {"qa_reviews": pd.DataFrame(rows), "dev_items": pd.DataFrame(plan)}


def effects(effect: float, worlds: int) -> pd.DataFrame:
    rows = []
    for seed in range(worlds):
        tables = department(np.random.default_rng([seed, 61]), effect)
        values = measure(tables, ["micro_effect", "micro_effect_raw"], by=(), as_of="2026-04-30", client=Client(name="x", country="XX"))
        rows.append({name: values.get(name)[part] for name in ("micro_effect", "micro_effect_raw") for part in ("value",)}
                    | {"low": values.get("micro_effect")["low"], "high": values.get("micro_effect")["high"]})
    return pd.DataFrame(rows)


def test_the_worst_trained_without_effect_show_no_change():
    found = effects(0.0, 30)
    assert found["micro_effect_raw"].mean() > 3  # as seen, the worst come back by themselves
    assert abs(found["micro_effect"].mean()) < 3
    assert (found["low"] > 0).mean() <= 0.125  # 2.5 % above zero, and three standard deviations of 30 worlds
    assert found["low"].notna().all()


def test_a_real_effect_is_found():
    found = effects(25.0, 10)
    assert abs(found["micro_effect"].mean() - 25) < 4
    assert (found["low"] > 0).mean() >= 0.6
