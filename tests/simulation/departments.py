"""Whole departments by chance: canonical tables in which sellers, sources and segments differ in nothing, unless planted.

Actions of one deal, calls of one caller and invoices of one client are alike (strong frailty), so that rows are not independent.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

START = np.datetime64("2025-01-01T09:00:00")


@dataclass(frozen=True)
class Department:
    """Size, and what is planted: the seller who holds fewer dates, and the seller whose win rate fell in the last three months."""

    deals: int = 3_000
    owners: int = 10
    days: int = 500
    untimely: str = ""
    fallen: str = ""


def department(world: Department, seed: int) -> dict[str, pd.DataFrame]:
    """users, clients, leads, deals, stages, stage_history, activities, invoices, payments."""
    random = np.random.default_rng(seed)
    n = world.deals
    number = np.arange(n)
    owner = np.array([f"u{i}" for i in range(world.owners)])[random.integers(0, world.owners, n)]
    client = np.array([f"c{i}" for i in range(n // 3)])[random.integers(0, n // 3, n)]
    created = START + (np.sort(random.random(n)) * world.days * 1440).astype("timedelta64[m]")
    length = (random.gamma(2.0, 12.0, n) * 1440).astype("timedelta64[m]")
    end = START + np.timedelta64(world.days * 1440, "m")
    closed = created + length
    late = closed >= end - np.timedelta64(91, "D")
    chance = np.where(late & (owner == world.fallen), 0.10, 0.32)
    outcome = np.where(closed >= end, "open", np.where(random.random(n) < chance, "won", "lost"))
    deals = pd.DataFrame({
        "deal_id": [f"d{i}" for i in number], "lead_id": [f"l{i}" for i in number], "client_id": client, "owner_id": owner, "pipeline_id": "p",
        "stage_id": "s1", "semantic": outcome, "created_at": created, "closed_at": pd.Series(closed).where(outcome != "open"),
        "amount": np.exp(random.normal(11, 0.8, n)).round(), "source": random.choice(["site", "ads", "fair", "calls", "friends"], n),
        "segment": random.choice(["small", "middle", "large"], n), "region": random.choice(["north", "south", "east", "west"], n),
    })
    return {
        "users": pd.DataFrame({"user_id": [f"u{i}" for i in range(world.owners)], "name": [f"seller {i:02}" for i in range(world.owners)],
                               "team": ["A" if i % 2 else "B" for i in range(world.owners)]}),
        "clients": pd.DataFrame({"client_id": sorted(set(client)), "owner_id": random.choice([f"u{i}" for i in range(world.owners)], len(set(client)))}),
        "leads": _leads(deals, random), "deals": deals,
        "stages": pd.DataFrame({"pipeline_id": "p", "stage_id": ["s1", "s2", "s3", "s4", "won", "lost"], "name": ["one", "two", "three", "four", "won", "lost"],
                                "ord": [1, 2, 3, 4, 5, 6], "semantic": ["open"] * 4 + ["won", "lost"]}),
        "stage_history": _history(deals, end, random), "activities": _activities(deals, world, end, random),
    } | _bills(deals, random)


def _leads(deals: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    made = pd.DataFrame({
        "lead_id": deals["lead_id"], "created_at": deals["created_at"], "converted_at": deals["created_at"] + pd.Timedelta(hours=5), "semantic": "converted",
        "owner_id": deals["owner_id"], "source": deals["source"], "region": deals["region"]})
    lost = made.sample(len(made), random_state=int(random.integers(1e9)), replace=True).reset_index(drop=True)
    lost = lost.assign(lead_id=[f"x{i}" for i in range(len(lost))], converted_at=pd.NaT, semantic=random.choice(["junk", "lost"], len(lost)),
                       owner_id=random.permutation(lost["owner_id"].to_numpy()), source=random.permutation(lost["source"].to_numpy()))
    both = pd.concat([made, lost], ignore_index=True)
    return both.assign(closed_at=both["created_at"] + pd.to_timedelta(random.gamma(2, 20, len(both)), unit="h"))


def _history(deals: pd.DataFrame, end: np.datetime64, random: np.random.Generator) -> pd.DataFrame:
    frail = random.beta(0.5, 2.0, len(deals))
    rows = []
    for deal, created, who, skip in zip(deals["deal_id"], deals["created_at"], deals["owner_id"], frail, strict=True):
        at, stage = created, 1
        rows.append((deal, "s1", at, who))
        for _ in range(random.integers(1, 5)):
            at = at + pd.Timedelta(hours=float(random.gamma(2, 48)))
            stage = min(max(stage + (2 if random.random() < skip else -1 if random.random() < skip else 1), 1), 4)
            if at < end:
                rows.append((deal, f"s{stage}", at, who))
    return pd.DataFrame(rows, columns=["entity_id", "to_stage", "entered_at", "changed_by"]).assign(entity="deal", pipeline_id="p")


def _activities(deals: pd.DataFrame, world: Department, end: np.datetime64, random: np.random.Generator) -> pd.DataFrame:
    each = random.poisson(4, len(deals))
    at = np.repeat(np.arange(len(deals)), each)
    prompt = random.beta(1.0, 1.0, len(deals)) * np.where(deals["owner_id"] == world.untimely, 0.5, 1.0)
    n = len(at)
    due = deals["created_at"].to_numpy()[at] + (random.gamma(2, 20, n) * 60).astype("timedelta64[m]")
    on_time = random.random(n) < prompt[at]
    done = due + np.where(on_time, -60, 3 * 1440).astype("timedelta64[m]")
    tasks = pd.DataFrame({
        "activity_id": [f"t{i}" for i in range(n)], "kind": random.choice(["task", "call_out", "meeting"], n), "owner_id": deals["owner_id"].to_numpy()[at],
        "entity": "deal", "entity_id": deals["deal_id"].to_numpy()[at], "created_at": deals["created_at"].to_numpy()[at], "due_at": due, "started_at": done,
        "done_at": done, "duration_s": random.gamma(2, 90, n).round(), "is_answered": random.random(n) < 0.7, "phone": None})
    callers = len(deals) // 4
    times = random.poisson(2.5, callers)
    who = np.repeat(np.arange(callers), times)
    missed = random.beta(0.6, 1.5, callers)[who]
    came = START + (random.random(len(who)) * world.days * 1440).astype("timedelta64[m]")
    calls = pd.DataFrame({
        "activity_id": [f"i{i}" for i in range(len(who))], "kind": "call_in", "owner_id": random.choice([f"u{i}" for i in range(world.owners)], callers)[who],
        "entity": None, "entity_id": None, "created_at": came, "due_at": pd.NaT, "started_at": came, "done_at": came, "duration_s": 60.0,
        "is_answered": random.random(len(who)) >= missed, "phone": [f"+7900{i:07}" for i in who]})
    both = pd.concat([tasks, calls.astype({"due_at": tasks["due_at"].dtype})], ignore_index=True)
    return both[both["done_at"] < end]


def _bills(deals: pd.DataFrame, random: np.random.Generator) -> dict[str, pd.DataFrame]:
    sold = deals[deals["semantic"] == "won"].reset_index(drop=True)
    tardy = dict(zip(sorted(set(sold["client_id"])), random.beta(0.5, 1.0, sold["client_id"].nunique()), strict=True))
    issued = sold["closed_at"].dt.normalize()
    wait = np.where(random.random(len(sold)) < sold["client_id"].map(tardy), 25, 5)
    invoices = pd.DataFrame({"invoice_id": [f"b{i}" for i in range(len(sold))], "deal_id": sold["deal_id"], "client_id": sold["client_id"], "owner_id": sold["owner_id"],
                             "issued_on": issued, "due_on": issued + pd.Timedelta(days=14), "amount": sold["amount"]})
    payments = pd.DataFrame({"payment_id": [f"m{i}" for i in range(len(sold))], "invoice_id": invoices["invoice_id"], "client_id": sold["client_id"],
                             "deal_id": sold["deal_id"], "received_on": issued + pd.to_timedelta(wait, unit="D"), "amount": sold["amount"]})
    return {"invoices": invoices, "payments": payments[payments["received_on"] < pd.Timestamp(deals["created_at"].max())]}
