"""Parts of all sources to canonical tables: rows finished and checked, people and clients resolved, files joined."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from audit.client import Client
from audit.intake.ask.mapping import Mapping
from audit.intake.ask.people_file import Entry
from audit.intake.away import put_away
from audit.intake.memory import give_back
from audit.intake.tables import (
    codes,
    complete,
    contacts,
    fieldlog,
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
    records,
    snapshots,
    spelling,
    validate,
)
from audit.intake.tables.agreed import with_agreed
from audit.intake.tables.clients import Clients
from audit.intake.tables.finish import column, only
from audit.intake.tables.finished import finished
from audit.intake.tables.registries import registries
from audit.intake.typed.part import Part

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
    folder: Path | None = None  # where large tables wait
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    extras: dict[str, list[str]] = field(default_factory=dict)
    joins: list[dict] = field(default_factory=list)
    codes: codes.Codes = field(default_factory=codes.Codes)
    snapshots: pd.DataFrame = field(default_factory=pd.DataFrame)  # rows of deal_snapshots of earlier runs
    forecasts: pd.DataFrame = field(default_factory=pd.DataFrame)  # rows of forecasts that earlier runs made
    norms: pd.DataFrame = field(default_factory=pd.DataFrame)  # rows of norms that earlier runs derived
    agreed: pd.DataFrame = field(default_factory=pd.DataFrame)  # rows of growth_actions from the ledger
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
        give_back(max((len(part.frame) for part in self.parts), default=0))
        for table in ORDER:
            rows = self._gather(table)
            if table == "stage_history":
                rows = history.complete(self, rows)
            if rows is not None:
                give_back(len(rows))
                self.tables[table] = put_away(self._linked(table, rows), self.folder)
                give_back(len(rows))
        join.enrich(self)
        join.products(self, found)
        outcomes.stage_table(self)
        history.stage_at(self)
        if "deals" in self.tables and (len(self.snapshots) or "deal_snapshots" in self.tables):
            self.tables["deal_snapshots"] = snapshots.kept(self)
        if {"deals", "field_history"} <= set(self.tables):
            self.tables["field_history"] = fieldlog.complete(self)
        for name, stored in (("forecasts", self.forecasts), ("norms", self.norms)):
            if "deals" in self.tables and len(stored):
                own = [self.tables[name]] if name in self.tables else []
                self.tables[name] = pd.concat([*own, stored], ignore_index=True)
        if len(self.agreed):
            self.tables["growth_actions"] = with_agreed(self.tables.get("growth_actions"), self.agreed)
        give_back()
        registries(self)
        give_back(most := max((len(frame) for frame in self.tables.values()), default=0))
        money.base_amounts(self)
        give_back(most)
        return {name: put_away(frame, self.folder) for name, frame in self.tables.items() if len(frame)}

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
        spelling.unify(self.parts)
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
            frame = put_away(finished(self, part, self._looked_up(part)), self.folder)
            give_back(len(frame))
            frame = finish.by_contact(frame if table in EARLY else join.filled(self, part, frame))
            validate.check(part, frame)
            part.let_go()
            frame = only(frame, ~part.reasons.at(frame.index)) if part.reasons else frame
            kept.append(put_away(frame.assign(_part=np.int32(place), _pos=_places(frame.index)), self.folder))
            give_back(len(frame))
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
        frame = part.frame.copy(deep=False)
        return join.filled(self, part, frame) if part.table in EARLY else frame

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


def _places(index: pd.Index) -> np.ndarray:
    """The rows that an index names, in four bytes each."""
    return np.arange(index.start, index.stop, index.step, dtype="int32") if isinstance(index, pd.RangeIndex) else index.to_numpy().astype("int32")
