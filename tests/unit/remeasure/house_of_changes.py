"""A made-up client with twenty months of deals, changes that were agreed, and effects planted into what happens after their start."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from audit.plan import ledger
from audit.plan.ledger import Agreed
from audit.workspace import Workspace, write_parquet

SELLERS = [f"Seller {letter}" for letter in "ABCDEFGHIJKL"]
REGIONS = ("North", "South", "East", "West")
SOURCES = ("site", "calls", "fair")
FIRST, LAST = dt.date(2023, 1, 1), dt.date(2024, 8, 31)
START = dt.date(2024, 3, 1)
AGREED = dt.date(2024, 2, 20)


def row(name: str, metric: str = "win_rate", scope: dict | None = None, start: dt.date = START, **more):
    """A row of the plan as an agreed version holds it."""
    base = {
        "action_id": f"change-{name}", "zone_id": f"zone-{name}" if scope else None, "remedy": None, "title": f"Title of {name}", "what": "", "horizon": "tactical", "effort": "low", "metric": metric,
        "unit": {"win_rate": "share", "avg_check": "money", "cycle_days": "days"}.get(metric, "share"), "direction": "lower" if metric == "cycle_days" else "higher",
        "scope": scope or {}, "baseline": 0.30, "target": 0.40, "expected_gain": 100_000.0, "gain_low": 50_000.0, "gain_high": 150_000.0, "n": 300, "volume_per_month": 25.0,
        "unit_sd": 0.45, "unit_scale": "logit", "remeasure_after_days": 28, "baseline_shrunk": None, "planned_looks": 12, "proposed_priority": 1, "state": "known",
        "owner": "Seller A", "start_on": start, "due_on": None, "done_on": None, "decision": "agree", "client_priority": None, "comment": "", "agreed_at": AGREED, "rank": 1,
    }
    made = base | more
    if scope and "baseline_shrunk" not in more:
        made["baseline_shrunk"] = made["baseline"] * 1.003
    return made | {"full": {key: made[key] for key in ("target", "expected_gain", "gain_low", "gain_high")}}


class House:
    """A workspace whose tables and plan are made by hand; `measure` runs the verb."""

    def __init__(self, root: Path):
        self.root = root
        root.mkdir(parents=True)
        (root / "client.yml").write_text("name: Example Ltd\nlanguage: en\ncurrency: EUR\ncountry: BG\n", "utf-8")

    @property
    def workspace(self) -> Workspace:
        return Workspace.open(self.root)

    def deals(self, seed: int = 1, a_month: int = 480, until: dt.date = LAST, win=lambda deal: 0.0, check=lambda deal: 1.0, base: float = 0.3, sellers=SELLERS) -> House:
        """Deals of all sellers; `win(deal)` is added to the chance to win, `check(deal)` multiplies the cheque; a deal is a dict of its columns."""
        random = np.random.default_rng(seed)
        days = (LAST - FIRST).days
        n = round(a_month * days / 30.4)
        rows = []
        for number, day in enumerate(np.sort(random.uniform(0, days, n))):
            created = dt.datetime.combine(FIRST, dt.time()) + dt.timedelta(days=float(day))
            deal = {"deal_id": f"d{number:06d}", "created_at": created.replace(microsecond=0), "owner_id": str(random.integers(len(sellers))),
                    "region": str(random.choice(REGIONS)), "source": str(random.choice(SOURCES)), "segment": str(random.choice(("small", "large")))}
            deal["owner"] = sellers[int(deal["owner_id"])]
            length = dt.timedelta(days=float(random.gamma(4, 5)))
            lot, size = random.random(), float(np.exp(random.normal(8, 0.6)))
            closed = (created + length).replace(microsecond=0)
            deal["semantic"] = "won" if lot < base + win(deal) else "lost"
            deal["amount"] = round(size * check(deal), 2)
            over = closed.date() <= until
            if created.date() <= until:
                rows.append({name: value for name, value in deal.items() if name != "owner"} | {
                    "semantic": deal["semantic"] if over else "open", "closed_at": closed if over else None, "currency": "EUR", "amount_base": deal["amount"]})
        columns = {name: [one[name] for one in rows] for name in rows[0]}
        times = {name: pa.array(columns[name], pa.timestamp("s")) for name in ("created_at", "closed_at")}
        write_parquet(self.root / "tables" / "deals.parquet", pa.table(columns | times))
        users = {"user_id": [str(at) for at in range(len(sellers))], "name": list(sellers), "team": ["one" if at < 4 else "two" for at in range(len(sellers))]}
        write_parquet(self.root / "tables" / "users.parquet", pa.table(users))
        return self

    def agree(self, *rows, on: dt.date = AGREED) -> House:
        """A further version of the plan with these rows."""
        version = ledger.latest(self.workspace).version + 1
        ledger.add(self.workspace, Agreed(version, "2024-01-31", on.isoformat(), "plan.xlsx", f"{version:064d}", tuple(rows)), [])
        return self

    def measure(self, month: str = "2024-08"):
        """(result, change id → its dict)."""
        import audit

        found = audit.remeasure(self.root, month, "en")
        return found, {one["change"].removeprefix("change-"): one for one in found.effects}
