"""A made-up CRM of every table that metrics read, from a seed."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from made_parts import AS_OF, changes, contacts, letters, lines, proposals, rescored

KINDS = ["call_out", "call_in", "meeting", "email", "task"]


def _logs(seed: int) -> dict[str, pd.DataFrame]:
    """What a head keeps by hand: stand-ups, deviations and what was done about them, time of control, answers."""
    rng = np.random.default_rng([seed, 17])
    days = pd.bdate_range("2026-01-12", AS_OF)
    people, topics = ["u1", "u2", "u4"], ["plan_fact", "activities", "conversion", "quality", "payments"]
    meetings, deviations, spent = [], [], []
    for n, day in enumerate(days):
        for kind, hour in (("standup", 9), ("rollcall", 17)):
            at = day + pd.Timedelta(minutes=60 * hour + int(rng.integers(0, 12))) if rng.random() < 0.85 else pd.NaT
            meetings.append({"meeting_id": f"{kind}{n}", "planned_on": day, "held_at": at, "kind": kind,
                             "format": str(rng.choice(["room", "video", "chat"])), "duration_min": float(rng.integers(8, 30)),
                             "brief_ready_at": day + pd.Timedelta(minutes=int(rng.integers(500, 560))) if rng.random() < 0.8 else pd.NaT,
                             "attendees_json": json.dumps([one for one in people if rng.random() < 0.9]),
                             "agenda_json": json.dumps({topic: bool(rng.random() < 0.7) for topic in topics})})
        if rng.random() < 0.6:
            noticed = day + pd.Timedelta(days=int(rng.integers(0, 3)), hours=10)
            fixed = noticed.normalize() + pd.Timedelta(days=int(rng.exponential(12)))
            acted = rng.random() < 0.8
            deviations.append({"dev_id": f"v{n}", "metric": str(rng.choice(["calls", "win_rate"])), "scope": "user", "scope_id": str(rng.choice(people)),
                               "breach_start_on": day, "detected_at": noticed if noticed <= pd.Timestamp(AS_OF) else pd.NaT,
                               "cause": str(rng.choice(["skill", "market"])), "action": f"a{n}" if acted else None, "action_owner": "u1" if acted else None,
                               "due_on": noticed.normalize() + pd.Timedelta(days=7) if acted else pd.NaT,
                               "resolved_on": fixed if fixed <= pd.Timestamp(AS_OF) else pd.NaT, "meeting_id": f"standup{n}"})
        spent += [{"user_id": "u1", "date": day, "kind": kind, "minutes": float(rng.integers(5, 30)), "source": "timer"}
                  for kind in ("base_revision", "call_listening", "meeting") if rng.random() < 0.9]
        spent += [{"user_id": who, "date": day, "kind": "report", "minutes": float(rng.integers(5, 40)), "source": "estimate"}
                  for who in ("u2", "u4") if rng.random() < 0.3]
    deviations.append({"dev_id": "letters", "metric": "email", "scope": "user", "scope_id": "u4", "breach_start_on": pd.Timestamp("2026-05-11"),
                       "detected_at": pd.Timestamp("2026-05-13T10:00"), "cause": "market", "action": "letters", "action_owner": "u1",
                       "due_on": pd.Timestamp("2026-05-22"), "resolved_on": pd.Timestamp("2026-05-25"), "meeting_id": "standup87"})
    asked = [{"survey_id": "s", "asked_at": pd.Timestamp(when), "user_id": who, "question_id": question, "value": value}
             for when in ("2026-02-10", "2026-05-12") for who in people for question, value in (
                 ("report_forms", float(rng.integers(1, 5))), ("figures_automatic", round(float(rng.random()), 2)),
                 ("plan_gap_known", float(rng.random() < 0.6)))]
    asked += [{"survey_id": "t", "asked_at": pd.Timestamp("2026-06-20"), "user_id": who, "question_id": f"Uses the tool: {tool}", "value": float(who != "u4")}
              for who in people for tool in ("hot list", "norm table")]
    items = [{"item_id": f"g{n}", "user_id": str(rng.choice(people)), "kind": "training", "planned_at": day, "due_on": day + pd.Timedelta(days=20),
              "done_at": day + pd.Timedelta(days=15) if n % 2 and day + pd.Timedelta(days=15) <= pd.Timestamp(AS_OF) else pd.NaT} for n, day in enumerate(days[::4])]
    return {name: pd.DataFrame(rows) for name, rows in (("meetings", meetings), ("deviations", deviations), ("control_log", spent),
                                                         ("surveys", asked), ("dev_items", items))}


def _answers(seed: int, lead: pd.DataFrame, end: np.datetime64) -> pd.DataFrame:
    """What is done about leads and calls: most leads are called soon, some callers are missed and some of them called back."""
    rng = np.random.default_rng([seed, 3])
    rows = []

    def call(kind: str, at: np.datetime64, **more) -> None:
        if at < end - 600:
            rows.append({"activity_id": f"w{len(rows)}", "kind": kind, "owner_id": rng.choice(["u1", "u2", "u3", "u4"]), "created_at": at,
                         "started_at": at, "done_at": at + 300, "duration_s": float(rng.integers(0, 300)), "is_auto": False} | more)

    for one in lead.itertuples():
        at = np.datetime64(one.created_at, "s")
        tries = rng.integers(0, 4)
        for _ in range(tries):
            at = at + int(rng.exponential(20_000))
            call("call_out", at, entity="lead", entity_id=one.lead_id, is_answered=bool(rng.random() < 0.5))
        if rng.random() < 0.97:
            call("call_out", at + int(rng.exponential(9_000)), entity="lead", entity_id=one.lead_id, is_answered=True)
    for _ in range(150):
        at = np.datetime64("2025-01-01T09:00:00") + int(rng.integers(0, 500)) * 86_400 + int(rng.integers(0, 32_400))
        who, answered = int(rng.integers(0, 60)), bool(rng.random() < 0.6)
        his = {"phone": f"+3592000{who:02}", "entity": "client", "entity_id": f"c{who}", "client_id": f"c{who}"}
        call("call_in", at, line=str(rng.choice(["main", "ads"])), is_answered=answered, **his)
        if not answered and rng.random() < 0.6:
            call("call_out", at + int(rng.integers(60, 6_000)), is_answered=True, **his)
    return pd.DataFrame(rows)


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
    lead["assigned_at"] = np.minimum(lead_at + np.random.default_rng([seed, 5]).integers(60, 40_000, leads), end)
    why = np.random.default_rng([seed, 4]).choice(["rude", "price", None], leads, p=[0.4, 0.4, 0.2])
    lead["loss_reason"] = np.where(np.isin(state, ["junk", "lost"]), why, None)
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
        "stage_id": stage, "semantic": outcome, "amount": amount, "margin": some(np.round(amount * np.where(deal_at < np.datetime64("2026-01-01"), 0.3, 0.25), 2), 0.8).astype(float),
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
    acts = np.random.default_rng(seed + 3_001)
    activity["reschedules"] = acts.choice([0.0, 1.0, 4.0, np.nan], n, p=[0.5, 0.3, 0.1, 0.1])
    activity.loc[acts.random(n) < 0.1, "done_at"] = activity["created_at"] + pd.Timedelta(seconds=20)
    activity["record_url"] = np.where(activity["kind"].isin(["call_out", "call_in"]) & (acts.random(n) < 0.7), "http://rec.example/1", None)
    activity = pd.concat([activity, _answers(seed, lead, end), letters()], ignore_index=True)
    for name in ("phone", "line", "client_id"):
        activity[name] = activity[name].astype(object).where(activity[name].notna(), None)
    months = pd.date_range("2025-01-01", "2026-06-01", freq="MS")
    plans = [{"plan_id": f"{scope}{who}{m:%Y%m}", "period_start": m, "period_end": m + pd.DateOffset(months=1), "scope": scope,
              "scope_id": who, "metric": "revenue", "target": 50_000.0 if scope == "company" else 12_000.0}
             for m in months for scope, who in [("company", None), *(("user", u) for u in owners)]]
    plans.append({"plan_id": "middle", "period_start": pd.Timestamp("2026-06-15"), "period_end": pd.Timestamp("2026-07-15"), "scope": "user",
                  "scope_id": "u1", "metric": "revenue", "target": 90_000.0})  # still running at the end of June
    invoice_on = pd.to_datetime(times(80)).normalize()
    invoice = pd.DataFrame({"invoice_id": [f"i{i}" for i in range(80)], "deal_id": rng.choice(deal["deal_id"], 80),
                            "client_id": rng.choice([f"c{i}" for i in range(60)], 80), "owner_id": rng.choice(owners, 80),
                            "issued_on": invoice_on, "due_on": invoice_on + pd.Timedelta(days=14),
                            "promised_on": (invoice_on + pd.Timedelta(days=21)).where(np.arange(80) % 4 == 0),
                            "amount": np.round(rng.lognormal(7, 1, 80), 2)})
    paid = invoice.sample(50, random_state=seed)
    # a group of clients entered in autumn: nobody of it bought or paid before
    early = set(invoice.loc[invoice["issued_on"] < "2025-07-15", "deal_id"])
    deal.loc[(deal["created_at"] >= "2025-10-01") & ~deal["deal_id"].isin(early) & (np.arange(deals) % 3 > 0), "segment"] = "C"
    friday = np.datetime64("2026-06-26T16:30:00", "s")  # one seller moves what is open in one evening
    for i in np.flatnonzero((outcome == "open") & (deal_at < friday) & (deal["owner_id"] == "u1").to_numpy())[:8]:
        history += [{"entity": "deal", "entity_id": f"d{i}", "pipeline_id": "p", "to_stage": to, "entered_at": friday + int(i) + wait}
                    for to, wait in (("n", 0), ("m", 600), ("o", 1_200))]
        deal.loc[i, "stage_id"] = "o"
    flow = np.random.default_rng(seed + 3_000)  # a stream of its own
    deal["contract_signed_at"] = np.where((outcome == "won") & (flow.random(deals) < 0.8), deal_at + took // 2, np.datetime64("NaT"))
    lead.loc[(lead["created_at"] >= "2025-07-01") & (np.arange(leads) % 3 == 0), "owner_id"] = "u9"  # one of the further sellers is given leads too
    deal["need"] = np.random.default_rng([seed, 12]).choice(["repair", "growth", None], deals, p=[0.45, 0.45, 0.1])
    first_ids = deal["deal_id"].to_numpy()
    people = of_people(_logs(seed), owners, activity, deal, seed)
    deal, past = more_sellers(deal, pd.DataFrame(history).assign(changed_by=lambda h: flow.choice([*owners, None], len(h))))
    return people | {
        "proposals": proposals(seed, first_ids, deal_at),
        **_knowledge(seed, first_ids, deal_at, np.array([*owners, *MORE])),
        "deals": deal, "leads": lead, "activities": activity, "stage_history": past, "plans": pd.DataFrame(plans),
        "invoices": invoice,
        "payments": pd.DataFrame({"payment_id": ["m" + i for i in paid["invoice_id"]], "invoice_id": paid["invoice_id"],
                                  "received_on": np.minimum(paid["issued_on"] + pd.Timedelta(days=20), pd.Timestamp(AS_OF)),
                                  "amount": paid["amount"]}),
        "users": pd.DataFrame({"user_id": [*owners, *MORE], "name": ["Ann", "Bob", "Cid", "Bob", "Dan", "Eve", "Fay", "Gus", "Hal"],
                               "team": ["T1", "T1", "T2", "T2", "T1", "T1", "T2", "T2", "T1"], "role": ["seller", "seller", "seller", "junior", *["seller"] * 5], "is_manager": [True] + [False] * 8,
                               "hired_at": pd.to_datetime(["2020-01-01"] * 4 + ["2024-01-01", "2025-04-01", "2025-06-02", "2024-01-01", "2024-01-01"]),
                               "left_at": [None, None, pd.Timestamp("2026-05-15"), None, None, None, None, pd.Timestamp("2026-02-28"), None],
                               "leave_kind": [None, None, "voluntary", None, None, None, None, "initiated", None],
                               "experience_months": [60.0, 12, 36, None, 24, 6, 0, 48, 90], "hire_source": ["board", "friends", "board", None, "friends", "agency", "board", "friends", "board"]}),
        "clients": pd.DataFrame({"client_id": [f"c{i}" for i in range(60)], "name": [f"Client {i}" for i in range(60)],
                                 "owner_id": owners[np.arange(60) % 4], "segment": np.where(np.arange(60) % 3, "A", "B"),
                                 "industry": rng.choice(["wood", "steel"], 60),
                                 "created_at": start - flow.integers(0, 90 * 86_400, 60)}),
        "stages": pd.DataFrame({"pipeline_id": "p", "stage_id": ["n", "m", "o", "w", "l"],
                                "name": ["new", "meeting", "offer on hold", "won", "lost"], "ord": [1, 2, 3, 4, 5],
                                "semantic": ["open", "open", "open", "won", "lost"], "max_days": [10, 20, None, None, None],
                                "exit_criterion": [None, "meeting", None, None, None]}),
        "spend": pd.DataFrame({"date": months, "source": "web", "channel": "x", "amount": 1_000.0}),
        "norms": pd.DataFrame({"metric": ["call_out", "meeting", "call_out"], "role": ["junior", "junior", "seller"],
                               "per": ["day", "week", "month"], "value": [1.0, 2.0, 1.0]}),
        "deal_snapshots": _snapshots(deal, seed), "forecasts": _forecasts(deal, seed),
        "contacts": contacts(seed), "deal_products": lines(seed, first_ids), "field_history": changes(deal, seed),
    }


def _snapshots(deal: pd.DataFrame, seed: int) -> pd.DataFrame:
    """What runs at the ends of months saw: open deals with a planned date that moves now and then."""
    rng = np.random.default_rng([seed, 42])
    parts = []
    for day in pd.date_range("2025-06-30", "2026-05-31", freq="ME"):
        seen = deal[deal["created_at"] < day + pd.Timedelta(days=1)]
        seen = seen[seen["closed_at"].isna() | (seen["closed_at"] >= day + pd.Timedelta(days=1))]
        planned = day + pd.to_timedelta(rng.integers(1, 90, len(seen)), unit="D")
        parts.append(pd.DataFrame({"as_of": day, "deal_id": seen["deal_id"], "owner_id": seen["owner_id"], "pipeline_id": "p", "stage_id": "m",
                                   "semantic": "open", "amount": seen["amount"],
                                   "expected_close_on": np.where(rng.random(len(seen)) < 0.8, planned, np.datetime64("NaT")),
                                   "next_activity_at": pd.Series(day + pd.Timedelta(days=3), index=seen.index).where(planned.day % 2 == 0)}))
    return pd.concat(parts, ignore_index=True)


def _forecasts(deal: pd.DataFrame, seed: int) -> pd.DataFrame:
    """A forecast of every month made at its start, right by a third or so."""
    rng = np.random.default_rng([seed, 41])
    won = deal[deal["semantic"] == "won"]
    rows = []
    for start in pd.date_range("2025-06-01", "2026-06-01", freq="MS"):
        end = start + pd.DateOffset(months=1)
        mine = won[(won["closed_at"] >= start) & (won["closed_at"] < end)]
        for scope, who, money in [("company", None, mine["amount"].sum()), *(("user", u, part["amount"].sum()) for u, part in mine.groupby("owner_id"))]:
            rows.append({"made_at": start, "period_start": start, "period_end": end, "scope": scope, "scope_id": who, "metric": "revenue",
                         "value": money * rng.lognormal(0, 0.3), "kind": "commit"})
    return pd.DataFrame(rows)


def _knowledge(seed: int, deals: np.ndarray, made_at: np.ndarray, owners: np.ndarray) -> dict[str, pd.DataFrame]:
    """A knowledge base, its tags in the first ten days of deals, and a plan of changes."""
    rng = np.random.default_rng(seed + 100)
    n, end = 400, np.datetime64(AS_OF + "T20:00:00", "s")
    of = rng.integers(0, len(deals), n)
    at = np.minimum(made_at[of] + rng.integers(60, 10 * 86_400, n), end)
    tag = pd.DataFrame({
        "tag_id": [f"t{i}" for i in range(n)], "kb_id": rng.choice(["b0", "b1", "b2"], n), "object": "call", "deal_id": deals[of],
        "object_id": [f"x{i // 2}" for i in range(n)], "user_id": rng.choice(owners, n), "at": at, "opportunity": rng.random(n) < 0.8,
        "is_used": rng.random(n) < 0.5, "tagged_by": np.where(np.arange(n) % 2, "model", "human"), "quote": "so",
    })
    twin = np.arange(1, n, 2)  # a model's tag of what a person tagged too
    for name in ("kb_id", "deal_id", "user_id", "at", "opportunity"):
        tag.loc[twin, name] = tag[name].to_numpy()[twin - 1]
    items = pd.DataFrame({
        "kb_id": [f"b{i}" for i in range(12)], "kind": ["technique"] * 4 + ["script"] * 8, "title": [f"Item {i}" for i in range(12)],
        "stage_id": ["n", "m"] * 6, "author_id": owners[np.arange(12) % 4], "source_deal_id": [f"d{i}" for i in range(11)] + [None],
        "created_at": np.datetime64("2025-03-01T10:00:00") + np.arange(12) * 30 * 86_400, "status": ["draft"] * 11 + ["retired"],
    })
    days = pd.Timestamp("2026-01-10") + pd.to_timedelta(np.arange(12) * 7, unit="D")
    plan = pd.DataFrame({
        "action_id": [f"g{i}" for i in range(12)], "horizon": ["tactical", "strategic"] * 6, "client_priority": np.arange(12) % 5 + 1,
        "proposed_priority": np.arange(12) % 4 + 1, "agreed_at": days.where(np.arange(12) < 11), "start_on": days.where(np.arange(12) < 9),
        "due_on": days + pd.Timedelta(days=30), "done_on": (days + pd.Timedelta(days=28)).where(np.arange(12) < 6),
        "metric": "won_deals", "baseline": 1.0, "target": 2.0, "expected_gain": 1_000.0,
    })
    return {"kb_items": items, "technique_tags": tag, "growth_actions": plan}


MORE = ["u5", "u6", "u7", "u8", "u9"]  # further sellers: u6 and u7 came lately, u8 has left


def more_sellers(deal: pd.DataFrame, history: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Deals and history with further ones of further sellers, like the first ones of late 2025 and after."""
    late = deal[deal["created_at"] >= "2025-04-01"].head(80)
    names = {one: f"x{place}" for place, one in enumerate(late["deal_id"])}
    extra = late.assign(deal_id=late["deal_id"].map(names), lead_id=None, owner_id=[MORE[place % 5] for place in range(len(late))])
    past = history[history["entity_id"].isin(names)]
    return (pd.concat([deal, extra], ignore_index=True),
            pd.concat([history, past.assign(entity_id=past["entity_id"].map(names))], ignore_index=True))


def of_people(logs: dict[str, pd.DataFrame], owners: np.ndarray, activity: pd.DataFrame, deal: pd.DataFrame, seed: int) -> dict[str, pd.DataFrame]:
    """`logs` with further tables about people and their work: reviews, competences, development, surveys, absences."""
    rng = np.random.default_rng([seed, 54])
    calls = activity[activity["kind"].isin(["call_out", "call_in"])].head(120)
    rows = []
    for place, (call, owner, at) in enumerate(zip(calls["activity_id"], calls["owner_id"], calls["created_at"], strict=True)):
        good = rng.normal(0.7, 0.15)
        for reviewer in ["h1", "h2"] if place % 4 == 0 else [["h1", "h2"][place % 3 % 2]]:
            rows += [{"review_id": f"q{place}{reviewer}", "reviewed_at": min(at + pd.Timedelta(days=1), pd.Timestamp(AS_OF)), "reviewer_id": reviewer,
                      "object": "call", "object_id": call, "user_id": owner, "sampling": "targeted" if place % 7 == 0 else "random",
                      "checklist_id": "talk", "checklist_version": "1" if place < 60 else "2", "item_id": item, "block": block,
                      "score": float(np.clip(round(5 * rng.normal(good, 0.1)), 0, 5)), "max_score": 5.0, "weight": 1.0, "is_critical": item == "truth",
                      "is_na": bool(rng.random() < 0.1)} for item, block in [("hello", "contact"), ("asks", "needs"), ("closes", "step"), ("truth", "technology")]]
    for place, (one, owner, at) in enumerate(zip(deal["deal_id"].head(40), deal["owner_id"].head(40), deal["created_at"].head(40), strict=True)):
        rows += [{"review_id": f"d{place}", "reviewed_at": min(at + pd.Timedelta(days=9), pd.Timestamp(AS_OF)), "reviewer_id": "h1", "object": "deal",
                  "object_id": one, "user_id": owner, "sampling": "random", "checklist_id": "deal", "checklist_version": "1", "item_id": item,
                  "block": None, "score": float(rng.random() < 0.7), "max_score": 1.0, "weight": 1.0, "is_critical": False, "is_na": False}
                 for item in ("stage", "dated")]
    skills = [{"user_id": user, "competence_id": skill, "assessed_at": day, "level": float(rng.integers(1, 6)), "level_max": 5.0, "assessor_id": "h1"}
              for user in owners for skill in ("asks", "closes", "needs") for day in pd.to_datetime(["2025-10-01", "2026-04-01"])]
    plan = [{"item_id": f"i{place}", "user_id": user, "competence_id": skill, "kind": kind, "planned_at": pd.Timestamp("2025-11-01"),
             "due_on": pd.Timestamp("2026-02-01"), "done_at": pd.Timestamp("2026-01-15") if rng.random() < 0.6 else pd.NaT,
             "evidence": "sheet" if rng.random() < 0.5 else None}
            for place, (user, skill, kind) in enumerate((user, skill, kind) for user in owners for skill in ("asks", "closes", "needs") for kind in ("self",))]
    plan += [{"item_id": f"m{user}", "user_id": user, "competence_id": "needs", "kind": "micro", "planned_at": pd.Timestamp(day), "due_on": pd.Timestamp(day),
              "done_at": pd.Timestamp(day), "evidence": "record"} for user, day in zip(owners, ["2025-09-01", "2025-12-01", "2026-02-02", "2026-04-01"], strict=True)]
    asked = [{"survey_id": f"pulse {day}", "asked_at": pd.Timestamp(day), "user_id": user, "question_id": question, "value": float(rng.integers(low, high))}
             for day in ("2026-01-20", "2026-04-20") for user in [*owners, *MORE[:3]] for question, low, high in (("enps", 4, 11), ("clear goals", 1, 6))]
    away = pd.DataFrame({"user_id": "u1", "date": pd.bdate_range("2026-06-01", "2026-06-12"), "kind": "vacation"})
    return logs | {"qa_reviews": rescored(pd.DataFrame(rows), seed), "competences": pd.DataFrame(skills), "absences": away,
                   "dev_items": pd.concat([logs["dev_items"], pd.DataFrame(plan)], ignore_index=True),
                   "surveys": pd.concat([logs["surveys"], pd.DataFrame(asked)], ignore_index=True)}
