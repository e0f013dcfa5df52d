"""A made-up CRM of every table that metrics read, from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

AS_OF = "2026-06-30"
KINDS = ["call_out", "call_in", "meeting", "email", "task"]


def made(seed: int = 1, deals: int = 160, leads: int = 120) -> dict[str, pd.DataFrame]:
    """Canonical tables of about a year and a half up to AS_OF; every time is before its end."""
    rng = np.random.default_rng(seed)
    start, end = np.datetime64("2025-01-01T08:00:00", "s"), np.datetime64(AS_OF + "T20:00:00", "s")
    span = int((end - start).astype(int))

    def times(n: int) -> np.ndarray:
        return start + rng.integers(0, span, n)

    def some(values: np.ndarray, share: float) -> np.ndarray:
        return np.where(rng.random(len(values)) < share, values, None)

    owners = np.array(["u1", "u2", "u3", "u4"])
    lead_at = times(leads)
    state = rng.choice(["converted", "junk", "lost", "open"], leads, p=[0.5, 0.15, 0.15, 0.2])
    moved = np.minimum(lead_at + rng.integers(3_600, 50 * 86_400, leads), end)
    lead = pd.DataFrame({
        "lead_id": [f"l{i}" for i in range(leads)], "client_id": rng.choice([f"c{i}" for i in range(60)], leads),
        "owner_id": some(rng.choice(owners, leads), 0.95), "source": rng.choice(["web", "ads", "fair"], leads),
        "channel": rng.choice(["x", "y"], leads), "semantic": state, "created_at": lead_at,
        "converted_at": np.where(state == "converted", moved, np.datetime64("NaT")),
        "closed_at": np.where(state != "open", moved, np.datetime64("NaT")),
        "qualified_at": np.where(rng.random(leads) < 0.6, lead_at + 3_600, np.datetime64("NaT")),
    })
    deal_at = times(deals)
    linked = rng.permutation(np.flatnonzero(state == "converted"))[: deals // 3]
    lead_ids = np.full(deals, None, dtype=object)
    lead_ids[: len(linked)] = lead["lead_id"].to_numpy()[linked]
    deal_at[: len(linked)] = moved[linked]
    took = rng.integers(3_600, 90 * 86_400, deals)
    closed = deal_at + took
    outcome = rng.choice(["won", "lost", "open"], deals, p=[0.4, 0.4, 0.2])
    outcome[closed > end] = "open"
    amount = np.round(rng.lognormal(8, 1, deals), 2)
    stage = np.where(outcome == "won", "w", np.where(outcome == "lost", "l", "m"))
    deal = pd.DataFrame({
        "deal_id": [f"d{i}" for i in range(deals)], "title": "t", "lead_id": lead_ids,
        "client_id": rng.choice([f"c{i}" for i in range(60)], deals), "owner_id": rng.choice(owners, deals), "pipeline_id": "p",
        "stage_id": stage, "semantic": outcome, "amount": amount, "margin": some(np.round(amount * 0.3, 2), 0.8).astype(float),
        "profit": np.round(amount * 0.1, 2), "created_at": deal_at,
        "closed_at": np.where(outcome == "open", np.datetime64("NaT"), closed),
        "expected_close_on": deal_at + 40 * 86_400, "loss_reason": np.where(outcome == "lost", "price", None),
        "source": some(rng.choice(["web", "ads", "fair"], deals), 0.9), "segment": rng.choice(["A", "B"], deals),
        "region": rng.choice(["north", "south"], deals), "product": rng.choice(["P", "Q", "R"], deals),
        "next_activity_at": np.where(rng.random(deals) < 0.5, end + 86_400, np.datetime64("NaT")),
    })
    history = []
    for i in range(deals):
        lived = int((np.minimum(closed[i], end) - deal_at[i]).astype(int))
        moments = deal_at[i] + np.sort(rng.integers(1, max(lived, 3), 2))
        steps = [("n", deal_at[i]), ("m", moments[0])] + ([("o", moments[1])] if rng.random() < 0.6 else [])
        if outcome[i] != "open":
            steps.append((stage[i], closed[i]))
        else:
            deal.loc[i, "stage_id"] = steps[-1][0]
        history += [{"entity": "deal", "entity_id": f"d{i}", "pipeline_id": "p", "to_stage": to, "entered_at": at} for to, at in steps]
    n = 500
    kind, begun = rng.choice(KINDS, n), times(n)
    on_lead = rng.random(n) < 0.3
    finished = np.where(rng.random(n) < 0.85, np.minimum(begun + 1_800, end), np.datetime64("NaT"))
    activity = pd.DataFrame({
        "activity_id": [f"a{i}" for i in range(n)], "kind": kind, "owner_id": rng.choice(owners, n),
        "entity": np.where(on_lead, "lead", "deal"),
        "entity_id": np.where(on_lead, rng.choice(lead["lead_id"], n), rng.choice(deal["deal_id"], n)), "created_at": begun,
        "due_at": np.where(kind == "task", begun + 86_400, np.datetime64("NaT")), "done_at": finished,
        "duration_s": rng.integers(0, 300, n).astype(float), "is_answered": rng.random(n) < 0.7, "is_auto": rng.random(n) < 0.05,
        "comment": rng.choice(["Обсудили условия, договорились созвониться завтра", "-", "ok"], n),
    })
    months = pd.date_range("2025-01-01", "2026-06-01", freq="MS")
    plans = [{"plan_id": f"{scope}{who}{m:%Y%m}", "period_start": m, "period_end": m + pd.DateOffset(months=1), "scope": scope,
              "scope_id": who, "metric": "revenue", "target": 50_000.0 if scope == "company" else 12_000.0}
             for m in months for scope, who in [("company", None), *(("user", u) for u in owners)]]
    invoice_on = pd.to_datetime(times(80)).normalize()
    invoice = pd.DataFrame({"invoice_id": [f"i{i}" for i in range(80)], "deal_id": rng.choice(deal["deal_id"], 80),
                            "client_id": rng.choice([f"c{i}" for i in range(60)], 80), "owner_id": rng.choice(owners, 80),
                            "issued_on": invoice_on, "due_on": invoice_on + pd.Timedelta(days=14),
                            "amount": np.round(rng.lognormal(7, 1, 80), 2)})
    paid = invoice.sample(50, random_state=seed)
    return {
        "deals": deal, "leads": lead, "activities": activity, "stage_history": pd.DataFrame(history), "plans": pd.DataFrame(plans),
        "invoices": invoice,
        "payments": pd.DataFrame({"payment_id": ["m" + i for i in paid["invoice_id"]], "invoice_id": paid["invoice_id"],
                                  "received_on": np.minimum(paid["issued_on"] + pd.Timedelta(days=20), pd.Timestamp(AS_OF)),
                                  "amount": paid["amount"]}),
        "users": pd.DataFrame({"user_id": owners, "name": ["Ann", "Bob", "Cid", "Bob"], "team": ["T1", "T1", "T2", "T2"],
                               "role": "seller", "left_at": [None, None, pd.Timestamp("2026-05-15"), None]}),
        "clients": pd.DataFrame({"client_id": [f"c{i}" for i in range(60)], "name": [f"Client {i}" for i in range(60)],
                                 "industry": rng.choice(["wood", "steel"], 60)}),
        "stages": pd.DataFrame({"pipeline_id": "p", "stage_id": ["n", "m", "o", "w", "l"],
                                "name": ["new", "meeting", "offer", "won", "lost"], "ord": [1, 2, 3, 4, 5],
                                "semantic": ["open", "open", "open", "won", "lost"], "max_days": [10, 20, None, None, None]}),
        "spend": pd.DataFrame({"date": months, "source": "web", "channel": "x", "amount": 1_000.0}),
        "norms": pd.DataFrame({"metric": ["call_out", "meeting"], "role": "seller", "per": ["day", "week"], "value": [1.0, 2.0]}),
        "contacts": pd.DataFrame({"contact_id": ["k1"], "client_id": ["c1"], "name": ["Kim"], "phone": ["+35921234567"]}),
    }
