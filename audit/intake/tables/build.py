"""Parts of all sources to canonical tables: rows finished and checked, people and clients resolved, files joined."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from audit.client import Client
from audit.intake.ask.mapping import Mapping
from audit.intake.ask.people_file import Entry
from audit.intake.tables import (
    codes,
    complete,
    contacts,
    finish,
    history,
    join,
    lines,
    links,
    money,
    outcomes,
    owed,
    people,
    persons,
    plain,
    records,
    validate,
)
from audit.intake.tables.clients import Clients
from audit.intake.tables.duplicates import duplicates
from audit.intake.tables.finish import column
from audit.intake.typed.part import Part
from audit.schema import BY_NAME

# a table may look up those before it
ORDER = ("fx", "users", "clients", "leads", "deals", "stage_history", "activities", "invoices", "payments", "receivables",
         "plans", "norms", "spend", *links.TABLES)

EARLY = ("activities", "users")  # tables whose look-ups bring helper columns


@dataclass
class Build:
    """The canonical tables in the making."""

    parts: list[Part]
    client: Client
    mapping: Mapping
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    extras: dict[str, list[str]] = field(default_factory=dict)
    joins: list[dict] = field(default_factory=list)
    codes: codes.Codes = field(default_factory=codes.Codes)
    snapshots: pd.DataFrame = field(default_factory=pd.DataFrame)  # rows of deal_snapshots of earlier runs
    users: people.Registry = field(default_factory=people.Registry)
    clients: Clients = field(default_factory=Clients)
    contacts: dict[str, list[pd.DataFrame]] = field(default_factory=dict)  # step → (value, id) of clients of the CRM
    client_codes: dict[str, dict[str, str]] = field(default_factory=dict)  # system → its own id of a client → id under which it is known
    owners: dict[str, pd.Series] | None = None  # step → value → client, once accounting needs it
    people: list[Entry] = field(default_factory=list)  # people.yml, of today when the tables are made
    met: persons.Met = field(default_factory=persons.Met)
    same_person: dict[str, str] = field(default_factory=dict)  # id or name → id of the person it was joined into
    duplicates: dict[str, dict] = field(default_factory=dict)  # table → groups, rows, by, examples
    twice: dict[str, pd.DataFrame] = field(default_factory=dict)  # table → rows of the groups
    robots: set[str] = field(default_factory=set)  # names that an answer calls a system
    teams: dict[str, str] = field(default_factory=dict)  # owner → team, where deals name it

    def run(self) -> dict[str, pd.DataFrame]:
        """All tables, ready to be typed and written; the parts know what was refused."""
        found = self._prepare()
        for table in ORDER:
            rows = self._gather(table)
            if table == "stage_history":
                rows = history.complete(self, rows)
            if rows is not None:
                self.tables[table] = self._linked(table, rows)
        join.enrich(self)
        join.products(self, found)
        outcomes.stage_table(self)
        history.stage_at(self)
        if "deals" in self.tables and len(self.snapshots):
            self.tables["deal_snapshots"] = self.snapshots
        self._registries()
        money.base_amounts(self)
        return {name: frame for name, frame in self.tables.items() if len(frame)}

    # -- rows of a table ---------------------------------------------------------------------------------

    def _prepare(self) -> pd.DataFrame:
        """Renames of mapping.yml, merged product lines, made ids, known people; the lines of products."""
        found = []
        records.complete(self.parts)
        records.survivors(self)
        records.default_names(self.parts)
        for part in self.parts:
            for name, renames in self.mapping.values.items():
                if name in part.frame:
                    part.frame[name] = part.frame[name].replace(renames)
            finish.stage_meanings(part.frame, part.table)  # before the dictionary is read
        self.codes = codes.read(self.parts)
        for part in self.parts:
            codes.apply(part, self.codes, self.mapping.values)
            if part.table == "deals":
                found.append(lines.merge_lines(part))
            lines.make_ids(part)
            if "contacts" in (part.table, part.shape.reference):
                part.frame = finish.full_name(part.frame)
        persons.settle(self)
        for part in self.parts:
            self.users.from_file |= part.table == "users" and len(part.frame) > len(part.reasons)  # a list without people is none
            if {"owner_id", "owner_name"} <= set(part.frame):
                pairs = part.frame[["owner_id", "owner_name"]].dropna().drop_duplicates()
                for key, name in pairs.itertuples(index=False):
                    self.users.add(str(key), str(name))
            if {"owner_id", "team_name"} <= set(part.frame):
                teams = part.frame[["owner_id", "team_name"]].dropna().drop_duplicates("owner_id", keep="last")
                self.teams.update(zip(teams["owner_id"], teams["team_name"], strict=True))
            for text in column(part.frame, "owner_name").dropna().unique():
                key, name = people.split_id(str(text))
                if key:
                    self.users.add(key, name)
        return pd.concat(found, ignore_index=True) if any(len(frame) for frame in found) else pd.DataFrame()

    def _gather(self, table: str) -> pd.DataFrame | None:
        """Finished and checked rows of a table from all its parts, refused rows left out."""
        kept = []
        for place, part in enumerate(self.parts):
            if part.table != table:
                continue
            frame = self._finished(part, self._looked_up(part))
            frame = finish.by_contact(frame if table in EARLY else join.filled(self, part, frame))
            validate.check(part, frame)
            frame = frame[~frame.index.isin(list(part.reasons))] if part.reasons else frame
            kept.append(frame.assign(_part=place, _pos=frame.index))
            known = self.extras.setdefault(table, [])
            known.extend(name for name in part.extras if name not in known)
        if not kept:
            return None
        rows = pd.concat(kept, ignore_index=True) if len(kept) > 1 else kept[0].reset_index(drop=True)
        if table in ("users", "clients"):
            rows = complete.people(self, rows) if table == "users" else complete.clients(self, rows)
        return validate.unique(self.parts, table, rows)

    def _looked_up(self, part: Part) -> pd.DataFrame:
        """The rows of a part; what other files say of them comes first where finishing needs it."""
        frame = part.frame.copy()
        return join.filled(self, part, frame) if part.table in EARLY else frame

    def _finished(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        """Canonical columns from helper columns."""
        table = part.table or ""
        if table == "activities":
            return finish.activities(frame, self._ids("deals"), self._ids("leads"), self._titles())
        if table == "plans":
            frame, bad = finish.plans(frame)
            part.refuse(bad, "bad_date")
        elif table == "receivables":
            frame = finish.receivables(owed.finish(part, frame), part.source.above, part.shape.as_of_above)
        elif table == "norms":
            frame["basis"] = column(frame, "basis").fillna("client")
            frame["per"] = column(frame, "per").fillna("day")
        elif table == "leads":
            strange = finish.unknown_statuses(frame)
            told = {word: finish.OF_LEADS[self.codes.meanings[word]] for word in strange if word in self.codes.meanings}
            if told:
                frame["semantic"] = column(frame, "semantic").fillna(frame["status"].map(told).astype("str"))
            for word in strange:
                if word not in told:
                    self.mapping.answers.decided("lead_status", part.source.label, part.used.get("status", ""), word, "unknown_is_open")
            frame = finish.leads(frame)
        elif table == "deals":
            frame = outcomes.decide(self, part, frame)
        elif table == "stage_history":
            # a report may know deals by their name only
            frame["entity_id"] = column(frame, "entity_id").fillna(column(frame, "entity_name").map(self._titles()).astype("str"))
            frame = history.names(self, frame)
        elif table == "users":
            frame = finish.users(frame)
            # a file of people without ids takes the ids that other files give their names
            ids = {name: self.users.find(name) for name in frame["name"].dropna().unique()}
            frame["user_id"] = frame["name"].map(ids).astype("str").where(frame["user_id"] == frame["name"]).fillna(frame["user_id"])
        elif table == "clients":
            frame = finish.clients(frame)
        elif table in links.TABLES:
            frame = plain.finished(part, frame)
        for needed in BY_NAME[table].columns if table else ():
            if needed.required and needed.name not in frame:
                frame[needed.name] = column(frame, needed.name, finish.DTYPE.get(needed.kind, "str"))
        return frame

    def _ids(self, table: str) -> set[str]:
        return set(self.tables[table][BY_NAME[table].key[0]].dropna()) if table in self.tables else set()

    def _titles(self) -> dict[str, str]:
        """Title → id of deals whose title is their own."""
        deals = self.tables.get("deals")
        if deals is None or "title" not in deals:
            return {}
        own = deals[deals["title"].notna() & ~deals["title"].duplicated(keep=False)]
        return dict(zip(own["title"], own["deal_id"], strict=True))

    # -- people, clients and other tables ----------------------------------------------------------------

    def _linked(self, table: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows of a table with the ids of people, clients and units of other tables."""
        if table == "users":
            for key, name in rows[["user_id", "name"]].itertuples(index=False):
                self.users.add(key, None if pd.isna(name) else name)
                self.users.filed.add(key)
        elif table == "plans":
            rows = links.linked(self, table, rows)
        elif table not in ("fx", "norms", "spend", "stage_history"):
            self.clients.from_file |= table == "clients"
            rows = self._owned(rows)
        if table == "clients":
            for key, name, number in zip(rows["client_id"], column(rows, "name"), column(rows, "tax_id"), strict=True):
                self.clients.add(key, None if pd.isna(name) else name, None if pd.isna(number) else number)
                self.clients.filed.add(key)
        elif table == "deals" and "leads" in self.tables:
            join.link_leads(rows, self.tables["leads"])
        if table in ("clients", "deals") and "client_id" in rows and {"client_phone", "client_email", "client_domain"} & set(rows):
            contacts.learn(self, rows["client_id"], contacts.values(rows))
        if table == "receivables":
            rows = owed.expand(rows)
        elif table == "payments":
            rows = join.link_payments(self, rows)
        elif table == "activities":
            rows = join.link_activities(self, rows)
        elif table in links.TABLES:
            rows = links.linked(self, table, rows)
        return rows

    def _owned(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Owner and client ids of the rows of a table, part by part."""
        places = sorted(rows["_part"].unique())
        done = [self._with_client(self.parts[int(place)], self.with_owner(self.parts[int(place)], rows[rows["_part"] == place].copy() if len(places) > 1 else rows))
                for place in places]
        return pd.concat(done, ignore_index=True) if len(done) > 1 else done[0] if done else rows

    def with_owner(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        """`owner_id` from id and name; unknown names are reported where a file of users is there."""
        if "owner_name" not in frame and "owner_id" not in frame:
            return frame
        found = people.match(self.users, frame.get("owner_id"), frame.get("owner_name"), renames=self.mapping.users)
        frame["owner_id"] = found.ids.set_axis(frame.index)
        if found.missing or found.ambiguous:
            known = [row["name"] for key, row in self.users.rows.items() if key not in found.missing]
            join.broken(self, part, "owner_name", "users.name", {**found.missing, **found.ambiguous}, int(found.ids.isna().sum()), known)
        return frame.drop(columns=[name for name in ("owner_name",) if name in frame])

    def _with_client(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        """`client_id` from id, tax number or name; leads and actions name clients but do not make them."""
        near = contacts.near(self, part, frame)
        if (not {"client_name", "client_id", "tax_id"} & set(frame) and near is None) or part.table == "clients":
            return frame
        create = part.table not in ("leads", "activities")
        self.clients.hows.clear()
        self.clients.same = self.codes_of(part)
        self.clients.accounting = part.table in contacts.ACCOUNTING
        found = people.match(self.clients, frame.get("client_id"), frame.get("client_name"), frame.get("tax_id"), create=create, near=near)
        if self.clients.hows:
            self.mapping.answers.decided("client_join", part.source.label, part.used.get("client_name", ""), dict(sorted(self.clients.hows.items())), "steps")
        empty = int(found.ids.isna().sum()) if part.table == "deals" else 0
        if create and self.clients.from_file and (found.missing or empty):
            known = [row["name"] for key, row in self.clients.rows.items() if key not in found.missing]
            join.broken(self, part, "client_name", "clients.name", found.missing, empty, known)
        frame["client_id"] = found.ids.set_axis(frame.index)
        return frame

    def codes_of(self, part: Part) -> dict[str, str]:
        """Ids that the file's own system gives to clients known under another id; accounting may use those of any list."""
        if part.table in contacts.ACCOUNTING:
            return {old: new for own in self.client_codes.values() for old, new in own.items()}
        return self.client_codes.get(persons.system(part), {})

    def _registries(self) -> None:
        """users and clients of everybody who was met, those of the files first."""
        for table, registry, key in (("users", self.users, "user_id"), ("clients", self.clients, "client_id")):
            rows = self.tables.get(table)
            have = set(rows[key]) if rows is not None else set()
            more = registry.frame(key, have)
            if (rows is None or not len(rows)) and not len(more):
                continue
            both = pd.concat([frame for frame in (rows, more) if frame is not None and len(frame)], ignore_index=True)
            if table == "users" and self.teams:
                both["team"] = column(both, "team").fillna(both["user_id"].map(self.teams).astype("str"))
            if table == "clients":
                numbers = registry.tax_ids()
                both["tax_id"] = column(both, "tax_id").fillna(both[key].map(numbers).astype("str")) if numbers else column(both, "tax_id")
                deals = self.tables.get("deals")
                if deals is not None and "client_id" in deals:
                    won = deals.loc[deals["won_at"].notna(), ["client_id", "won_at"]].sort_values("won_at", kind="stable").drop_duplicates("client_id")
                    both["first_won_at"] = won.set_index("client_id")["won_at"].reindex(both["client_id"]).to_numpy()
            self.tables[table] = both
        users = self.tables.get("users")
        if users is not None:
            self.tables["users"] = persons.facts_by_hand(self, users)
        self.people = persons.entries(self, users)
        self.duplicates, self.twice = duplicates(self)
