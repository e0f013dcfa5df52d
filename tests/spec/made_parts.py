"""Parts of the made-up CRM of `made`: proposals, persons of clients, lines and logged fields of deals, a seller's letters."""

from __future__ import annotations

import numpy as np
import pandas as pd

AS_OF = "2026-06-30"


def letters() -> pd.DataFrame:
    """A seller who writes three letters a working day, none for two weeks of May."""
    days = [day for day in pd.bdate_range("2026-02-02", AS_OF) if not pd.Timestamp("2026-05-11") <= day < pd.Timestamp("2026-05-25")]
    at = pd.Series([day + pd.Timedelta(hours=hour) for day in days for hour in (10, 12, 15)])
    return pd.DataFrame({"activity_id": [f"letter{i}" for i in range(len(at))], "kind": "email", "owner_id": "u4", "created_at": at, "done_at": at,
                         "is_auto": False})


def proposals(seed: int, deals: np.ndarray, made_at: np.ndarray) -> pd.DataFrame:
    """A proposal in the first weeks of deals, of the second version since autumn, mostly answered."""
    rng = np.random.default_rng(seed + 200)
    n, end = 150, np.datetime64(AS_OF + "T20:00:00", "s")
    of = rng.integers(0, len(deals), n)
    sent = np.minimum(made_at[of] + rng.integers(60, 20 * 86_400, n), end)
    said = rng.choice(["none", "reply", "question", "accept"], n)
    reacted = np.minimum(sent + rng.integers(3_600, 12 * 86_400, n), end)
    return pd.DataFrame({
        "proposal_id": [f"q{i}" for i in range(n)], "deal_id": deals[of], "kind": rng.choice(["КП", "ТКП"], n),
        "template_version": np.where((sent > np.datetime64("2025-10-01")) & (rng.random(n) < 0.7), "v2", "v1"), "sent_at": sent,
        "reaction_at": np.where(said == "none", np.datetime64("NaT"), reacted), "reaction": said, "amount": 1_000.0,
    })


def contacts(seed: int) -> pd.DataFrame:
    """Persons of most clients, some deciding; two clients of one phone."""
    rng = np.random.default_rng([seed, 44])
    of = rng.integers(0, 50, 80)
    phones = [f"+3592{n:07d}" for n in rng.integers(10**6, 10**7, 80)]
    phones[1] = phones[0]
    return pd.DataFrame({"contact_id": [f"k{i}" for i in range(80)], "client_id": [f"c{i}" for i in of], "name": "Kim", "phone": phones,
                         "is_decision_maker": rng.random(80) < 0.4})


def lines(seed: int, deals: np.ndarray) -> pd.DataFrame:
    """Lines of deals, sold up to a fifth below the list price."""
    rng = np.random.default_rng([seed, 29])
    n = 2 * len(deals)
    at_list = np.round(rng.lognormal(6, 0.5, n), 2)
    return pd.DataFrame({"deal_id": rng.choice(deals, n), "product": rng.choice(["P", "Q", "R"], n), "quantity": rng.integers(1, 5, n).astype(float),
                         "price": np.round(at_list * (1 - 0.2 * rng.random(n)), 2), "list_price": at_list, "cost": np.round(at_list * 0.6, 2)})


def rescored(reviews: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Reviews with more of the same calls: every tenth of the first version by the second too, every ninth of all by a model; and closed leads looked at again."""
    rng = np.random.default_rng([seed, 58])
    calls = reviews[reviews["object"] == "call"].drop_duplicates(["object_id", "item_id"])
    number = pd.factorize(calls["object_id"])[0]
    new = calls[(number % 10 == 0) & (calls["checklist_version"] == "1")].assign(checklist_version="2", reviewer_id="h2")
    model = calls[number % 9 == 0].assign(reviewer_id="model")
    more = pd.concat([new.assign(review_id=new["review_id"] + "v2"), model.assign(review_id=model["review_id"] + "ai")])
    more["score"] = np.clip(more["score"] + rng.integers(-1, 2, len(more)), 0, 5)
    looked = [{"review_id": f"l{n}", "reviewed_at": pd.Timestamp("2026-06-20"), "reviewer_id": "h2", "object": "lead", "object_id": f"l{n}", "user_id": f"u{n % 4 + 1}",
               "sampling": "random", "checklist_id": "again", "checklist_version": "1", "item_id": "worth", "score": float(n % 3 == 0), "max_score": 1.0,
               "weight": 1.0, "is_critical": False, "is_na": False} for n in range(24)]
    return pd.concat([reviews, more, pd.DataFrame(looked)], ignore_index=True)


def changes(deal: pd.DataFrame, seed: int) -> pd.DataFrame:
    """A log of planned closings and amounts of two deals of three made since October: as they were made, then moved by people and a robot."""
    rng = np.random.default_rng([seed, 421])
    own = deal[(deal["created_at"] >= "2025-10-01") & (np.arange(len(deal)) % 3 > 0)]
    end, parts = np.datetime64(AS_OF + "T20:00:00", "us"), []
    for step in range(4):
        at = (own["created_at"] + pd.to_timedelta(step * rng.integers(5, 40, len(own)), unit="D")).astype("datetime64[us]")
        planned = at.dt.normalize() + pd.to_timedelta(rng.integers(1, 60, len(own)), unit="D")
        by = rng.choice(["u1", "u2", "u4", "bot", None], len(own)) if step else None
        dates = pd.DataFrame({"deal_id": own["deal_id"], "field": "expected_close_on", "changed_at": at, "changed_by": by,
                              "expected_close_on": planned.where(rng.random(len(own)) < 0.9)})
        money = pd.DataFrame({"deal_id": own["deal_id"], "field": "amount", "changed_at": at, "changed_by": by,
                              "amount": np.round(own["amount"] * rng.uniform(0.8, 1.4, len(own)), 2)})
        parts += [dates[(at <= end) & (rng.random(len(own)) < 0.7)], money[(at <= end) & (rng.random(len(own)) < 0.5)]]
    return pd.concat(parts, ignore_index=True)
