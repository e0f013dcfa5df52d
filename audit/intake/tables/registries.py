"""Users and clients of everybody whom any file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from audit.intake.tables import finish, persons
from audit.intake.tables.coded import soonest
from audit.intake.tables.duplicates import duplicates
from audit.intake.tables.finish import column

if TYPE_CHECKING:
    from audit.intake.tables.build import Build


def registries(build: Build) -> None:
    """users and clients of everybody who was met, those of the files first."""
    for table, registry, key in (("users", build.users, "user_id"), ("clients", build.clients, "client_id")):
        rows = build.tables.get(table)
        have = set(rows[key]) if rows is not None else set()
        more = registry.frame(key, have)
        if (rows is None or not len(rows)) and not len(more):
            continue
        some = [frame for frame in (rows, more) if frame is not None and len(frame)]
        both = pd.concat(some, ignore_index=True) if len(some) > 1 else some[0].reset_index(drop=True)
        if table == "users" and build.teams:
            both["team"] = column(both, "team").fillna(both["user_id"].map(build.teams).astype("str"))
        if table == "clients":
            numbers = registry.tax_ids()
            both["tax_id"] = column(both, "tax_id").fillna(both[key].map(numbers).astype("str")) if numbers else column(both, "tax_id")
            deals = build.tables.get("deals")
            if deals is not None and "client_id" in deals:
                both["first_won_at"] = finish.looked(both["client_id"], soonest(deals["client_id"], deals["won_at"]))
        build.tables[table] = both
    users = build.tables.get("users")
    if users is not None:
        build.tables["users"] = persons.facts_by_hand(build, users)
    build.people = persons.entries(build, users)
    build.duplicates, build.twice = duplicates(build)
