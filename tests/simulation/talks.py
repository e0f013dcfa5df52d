"""Made-up talks of sellers with known techniques: what was said, to whom, when, and what came of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

START = np.datetime64("2026-01-05T10:00:00")


class Talks(NamedTuple):
    """Cases and tags; `effects` the true difference of the success rate by technique."""

    cases: pd.DataFrame
    tags: pd.DataFrame
    effects: dict[str, float]


def talks(rng: np.random.Generator, n: int = 800, sellers: int = 10, effects: dict[str, float] | None = None, nulls: int = 0, placebos: int = 3, use: float = 0.5,
          base: float = 0.3, best: tuple[str, ...] = (), leak: float = 0.0) -> Talks:
    """`n` deals with a talk each; sellers differ in skill and in how often they use each technique, stages, segments and amounts in how often they succeed.

    `best`: techniques without effect that the best seller (20 points better than his skill) uses in nine talks of ten and the others seldom. `leak`: an addition to the
    chance of every technique, placebos too, in deals that were won: the talk goes on because the client agreed.
    """
    truth = dict(effects or {}) | {f"null_{i}": 0.0 for i in range(nulls)} | dict.fromkeys(best, 0.0) | {f"placebo_{i}": 0.0 for i in range(placebos)}
    owner, stage, segment = (rng.integers(0, k, n) for k in (sellers, 3, 3))
    skill, by_stage, by_segment = rng.normal(0, 0.06, sellers), rng.normal(0, 0.05, 3), rng.normal(0, 0.05, 3)
    top = int(skill.argmax())
    skill[top] += 0.2 if best else 0.0
    amount = np.exp(rng.normal(11, 1, n)).round(-2)
    chance = base + skill[owner] + by_stage[stage] + by_segment[segment] - 0.03 * (np.log(amount) - 11)
    used = {name: rng.random(n) < np.clip(use + rng.normal(0, 0.12, sellers), 0.05, 0.95)[owner] for name in truth}
    for name in best:
        used[name] = rng.random(n) < np.where(np.arange(sellers) == top, 0.9, 0.15)[owner]
    won = rng.random(n) < np.clip(chance + sum(effect * used[name] for name, effect in truth.items()), 0, 1)
    for name in used:
        used[name] |= (rng.random(n) < leak) & won
    at = START + (rng.integers(0, 180 * 24, n) * np.timedelta64(1, "h"))
    cases = pd.DataFrame({"case_id": [f"c{i}" for i in range(n)], "deal_id": [f"d{i}" for i in range(n)], "owner": [f"u{i}" for i in owner], "won": won, "at": at,
                          "stage": [f"s{i}" for i in stage], "segment": [f"g{i}" for i in segment], "amount": amount,
                          "decided_at": at + rng.integers(24, 24 * 20, n) * np.timedelta64(1, "h")})
    rows = [pd.DataFrame({"text_id": cases["case_id"][mine], "technique": name, "quote": f"said {name}", "at": at[mine]}) for name, mine in used.items()]
    return Talks(cases, pd.concat(rows, ignore_index=True), truth)


def late(world: Talks, rng: np.random.Generator, technique: str, part: float) -> Talks:
    """Words of `technique` added in `part` of the won deals, a day after the decision."""
    won = world.cases[world.cases["won"].to_numpy() & (rng.random(len(world.cases)) < part)]
    more = pd.DataFrame({"text_id": won["case_id"], "technique": technique, "quote": "thank you for the order", "at": won["decided_at"] + pd.Timedelta(days=1)})
    return world._replace(tags=pd.concat([world.tags, more], ignore_index=True))


def misread(world: Talks, rng: np.random.Generator, sensitivity: float, specificity: float) -> Talks:
    """The tags of a tagger that finds uses with `sensitivity` and marks talks without them with 1 − `specificity`."""
    rows = []
    for name, mine in world.tags.groupby("technique"):
        used = world.cases["case_id"].isin(mine["text_id"]).to_numpy()
        marked = np.where(used, rng.random(len(used)) < sensitivity, rng.random(len(used)) > specificity)
        rows.append(pd.DataFrame({"text_id": world.cases["case_id"][marked], "technique": name, "quote": f"said {name}", "at": world.cases["at"][marked]}))
    return world._replace(tags=pd.concat(rows, ignore_index=True))
