"""Parts of all sources to canonical tables: people and clients resolved, files joined, rows validated."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from audit.client import Client
from audit.intake import finish, lines, money, people
from audit.intake.convert import Part
from audit.intake.finish import NOW, column
from audit.intake.mapping import Mapping
from audit.schema import BY_NAME

ORDER = ("fx", "users", "clients", "leads", "deals", "stage_history", "activities", "invoices", "payments", "receivables", "plans", "norms", "spend")
ID_TABLES = ("leads", "deals", "activities", "invoices", "users", "clients")


@dataclass
class Build:
    """The canonical tables in the making."""

    parts: list[Part]
    client: Client
    mapping: Mapping
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    extras: dict[str, list[str]] = field(default_factory=dict)
    joins: list[dict] = field(default_factory=list)
    users: people.Registry = field(default_factory=people.Registry)
    clients: people.Registry = field(default_factory=people.Registry)

    def run(self) -> dict[str, pd.DataFrame]:
        """All tables, ready to be typed and written."""
        self._lines = self._prepare()
        for table in ORDER:
            rows = self._gather(table)
            if rows is not None:
                self.tables[table] = getattr(self, f"_{table}", lambda frame: frame)(rows)
        self._enrich()
        self._products()
        self._stages()
        self._registries()
        money.base_amounts(self)
        return {name: frame for name, frame in self.tables.items() if len(frame)}

    # -- rows of a table ---------------------------------------------------------------------------------

    def _prepare(self) -> pd.DataFrame:
        """Renames of mapping.yml, merged product lines, made ids; the lines of products."""
        found = []
        for part in self.parts:
            for name, renames in self.mapping.values.items():
                if name in part.frame:
                    part.frame[name] = part.frame[name].replace(renames)
            if part.table == "deals":
                found.append(lines.merge_lines(part))
            lines.make_ids(part)
        self._learn()
        return pd.concat(found, ignore_index=True) if any(len(frame) for frame in found) else pd.DataFrame()

    def _learn(self) -> None:
        """Ids and names that stand side by side in any file."""
        for part in self.parts:
            if part.table == "users":
                self.users.from_file = True
            if {"owner_id", "owner_name"} <= set(part.frame):
                pairs = part.frame[["owner_id", "owner_name"]].dropna().drop_duplicates()
                for key, name in pairs.itertuples(index=False):
                    self.users.add(str(key), str(name))

    def _gather(self, table: str) -> pd.DataFrame | None:
        """Finished and checked rows of a table from all its parts, refused rows left out."""
        kept = []
        for place, part in enumerate(self.parts):
            if part.table != table:
                continue
            frame = self._finished(part)
            frame = self._filled(part, frame)
            self._check(part, frame)
            frame = frame[~frame.index.isin(list(part.reasons))]
            kept.append(frame.assign(_part=place, _pos=frame.index))
            known = self.extras.setdefault(table, [])
            known.extend(name for name in part.extras if name not in known)
        if not kept:
            return None
        rows = pd.concat(kept, ignore_index=True) if len(kept) > 1 else kept[0].reset_index(drop=True)
        return self._unique(table, rows)

    def _finished(self, part: Part) -> pd.DataFrame:
        """Canonical columns from helper columns."""
        frame, table = part.frame.copy(), part.table or ""
        if table == "activities":
            return finish.activities(frame, self._ids("deals"), self._ids("leads"), self._titles())
        if table == "plans":
            frame, bad = finish.plans(frame)
            part.refuse(bad, "bad_date")
            return frame
        if table == "receivables":
            return finish.receivables(frame, part.source.above, part.shape.as_of_above)
        if table == "norms":
            frame["basis"] = column(frame, "basis").fillna("client")
            frame["per"] = column(frame, "per").fillna("day")
            return frame
        if table == "leads":
            for word in finish.unknown_statuses(frame):
                self.mapping.answers.decided("lead_status", part.source.label, part.used.get("status", ""), word, "unknown_is_open")
            return finish.leads(frame)
        if table == "deals":
            return self._outcomes(part, frame)
        if table == "stage_history":
            return self._history_rows(part, frame)
        return {"users": finish.users, "clients": finish.clients}.get(table, lambda rows: rows)(frame)

    def _ids(self, table: str) -> set[str]:
        return set(self.tables[table][BY_NAME[table].key[0]].dropna()) if table in self.tables else set()

    def _titles(self) -> dict[str, str]:
        """Title → id of deals whose title is their own."""
        deals = self.tables.get("deals")
        if deals is None or "title" not in deals:
            return {}
        own = deals[deals["title"].notna() & ~deals["title"].duplicated(keep=False)]
        return dict(zip(own["title"], own["deal_id"], strict=True))

    def _filled(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        """Columns looked up in another file, by the preset's rules; keys that are not there are reported."""
        for rule in part.shape.fill:
            (own, other), = rule["key"].items()
            if rule["from"] == "users" and own == "owner_id":
                frame = self._with_owner(part, frame)
            rows = self._reference(rule["from"])
            if rows is None or own not in frame:
                continue
            self._report_join(part, own, f"{rule['from']}.{other}", frame[own], rows[other])
            index = rows.dropna(subset=[other]).drop_duplicates(other).set_index(other)
            for target, taken in rule["take"].items():
                if taken not in index:
                    continue
                values = frame[own].map(index[taken])
                if target in frame:
                    frame[target] = frame[target].fillna(values.astype(frame[target].dtype))
                else:
                    frame[target] = values
                part.filled.add(target)
                if target not in BY_NAME[part.table or ""] and values.notna().any():
                    part.extras.setdefault(target, target)
        return frame

    def _reference(self, name: str) -> pd.DataFrame | None:
        if name in self.tables:
            return self.tables[name]
        found = [part.frame for part in self.parts if part.shape.reference == name]
        return pd.concat(found, ignore_index=True) if found else None

    def _report_join(self, part: Part, own: str, to: str, values: pd.Series, known: pd.Series) -> None:
        """One line of `joins`: how many cells find no partner in the other file."""
        missing = values[values.notna() & ~values.isin(set(known.dropna()))]
        if len(missing) or values.isna().any():
            counts = missing.value_counts()
            self._broken(part, own, to, counts.to_dict(), int(values.isna().sum()), list(known.dropna().unique()))

    def _broken(self, part: Part, own: str, to: str, missing: dict[str, int], empty: int, known: list[str]) -> None:
        proposed = people.suggestions(list(missing), known) if missing and len(known) <= 20_000 else {}
        if proposed:
            self.mapping.suggestions.setdefault(own, {}).update(proposed)
        self.joins.append({
            "file": part.source.label, "column": part.used.get(own, own), "to": to, "rows": len(part.frame),
            "missing": int(sum(missing.values())), "empty": empty, "examples": list(missing)[:5], "suggestion": proposed,
        })

    # -- checks ------------------------------------------------------------------------------------------

    def _check(self, part: Part, frame: pd.DataFrame) -> None:
        """Refuse rows that no honest reader can take; count oddities of the others."""
        table = BY_NAME[part.table or ""]
        for name in lines.required(part):
            values = frame[name] if name in frame else pd.Series(None, index=frame.index, dtype="object")
            empty = values.isna() | (values.astype("str") == "") if values.dtype == "str" else values.isna()
            if name in part.shape.optional:
                is_open = column(frame, "semantic") == "open"
                count = int((empty & is_open).sum())
                part.warnings.update({f"no_{name}": count} if count else {})
                empty &= ~is_open
            fresh = frame.index[empty & ~frame.index.isin(list(part.reasons))].to_numpy()
            part.refuse(fresh, "missing_id" if name == table.key[0] and table[name].kind == "id" else f"missing_{name}")
        if part.table in ("deals", "invoices", "plans") and (name := "target" if part.table == "plans" else "amount") in frame:
            part.refuse(frame.index[frame[name] < 0].to_numpy(), "negative_amount")
        if part.table == "payments" and (refunds := int((frame["amount"] < 0).sum())):
            part.warnings["refund"] += refunds
        if part.table == "deals":
            early = frame["closed_at"] < frame["created_at"]
            # a row that contradicts itself is refused; a contradiction with another file is only counted
            if "created_at" in part.filled:
                part.warnings.update({"closed_before_created": int(early.sum())} if early.any() else {})
            else:
                part.refuse(frame.index[early].to_numpy(), "closed_before_created")

    def _unique(self, table: str, rows: pd.DataFrame) -> pd.DataFrame:
        """The first row of every id; later ones go to quarantine."""
        if table not in ID_TABLES:
            return rows
        again = rows[BY_NAME[table].key[0]].duplicated(keep="first")
        for place, group in rows[again].groupby("_part"):
            self.parts[int(place)].refuse(group["_pos"].to_numpy(), "duplicate_id")  # type: ignore[call-overload]
        return rows[~again].reset_index(drop=True)

    # -- people and clients ------------------------------------------------------------------------------

    def _with_owner(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        """`owner_id` from id and name; unknown names are reported where a file of users is there."""
        if "owner_name" not in frame and "owner_id" not in frame:
            return frame
        found = people.match(self.users, frame["owner_id"] if "owner_id" in frame else None, frame["owner_name"] if "owner_name" in frame else None,
                             renames=self.mapping.users)
        frame["owner_id"] = found.ids.to_numpy()
        frame["owner_id"] = frame["owner_id"].astype("str")
        if found.missing or found.ambiguous:
            self._broken(part, "owner_name", "users.name", {**found.missing, **found.ambiguous}, int(found.ids.isna().sum()),
                         [row["name"] for key, row in self.users.rows.items() if key not in found.missing])
        return frame.drop(columns=[name for name in ("owner_name",) if name in frame])

    def _owners(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Owner and client ids of the rows of a table, part by part."""
        done = []
        for place, group in rows.groupby("_part", sort=True):
            part = self.parts[int(place)]  # type: ignore[call-overload]
            group = self._with_owner(part, group.copy())
            done.append(self._with_client(part, group))
        return pd.concat(done, ignore_index=True) if done else rows

    def _with_client(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        if not {"client_name", "client_id", "tax_id"} & set(frame) or part.table == "clients":
            return frame
        create = part.table not in ("leads", "activities")
        found = people.match(self.clients, *(frame[name] if name in frame else None for name in ("client_id", "client_name", "tax_id")), create=create)
        empty = int(found.ids.isna().sum()) if part.table == "deals" else 0
        if create and self.clients.from_file and (found.missing or empty):
            known = [row["name"] for key, row in self.clients.rows.items() if key not in found.missing]
            self._broken(part, "client_name", "clients.name", found.missing, empty, known)
        frame["client_id"] = found.ids.to_numpy()
        frame["client_id"] = frame["client_id"].astype("str")
        return frame

    def _users(self, rows: pd.DataFrame) -> pd.DataFrame:
        for key, name in rows[["user_id", "name"]].itertuples(index=False):
            self.users.add(key, None if pd.isna(name) else name)
        return rows

    def _clients(self, rows: pd.DataFrame) -> pd.DataFrame:
        self.clients.from_file = True
        rows = self._owners(rows)
        tax = column(rows, "tax_id")
        for key, name, number in zip(rows["client_id"], column(rows, "name"), tax, strict=True):
            self.clients.add(key, None if pd.isna(name) else name, None if pd.isna(number) else number)
        return rows

    def _leads(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self._owners(rows)

    def _invoices(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self._owners(rows)

    def _activities(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = self._owners(rows)
        deals = self.tables.get("deals")
        if deals is not None and "client_id" in deals:
            mine = rows["entity_id"].where(rows["entity"] == "deal").map(deals.set_index("deal_id")["client_id"])
            rows["client_id"] = column(rows, "client_id").fillna(mine.astype("str"))
        return rows

    def _deals(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = self._owners(rows)
        leads = self.tables.get("leads")
        if leads is not None:
            self._link_leads(rows, leads)
        return rows

    def _link_leads(self, deals: pd.DataFrame, leads: pd.DataFrame) -> None:
        """Lead and deal that name each other, whichever side says it."""
        linked = leads[column(leads, "deal_id").notna()].drop_duplicates("deal_id")
        said = deals["deal_id"].map(linked.set_index("deal_id")["lead_id"] if len(linked) else {}).astype("str")
        deals["lead_id"] = column(deals, "lead_id").fillna(said)
        own = deals[deals["lead_id"].notna()].drop_duplicates("lead_id").set_index("lead_id")
        became = leads["lead_id"].map(own["deal_id"]).astype("str")
        leads["deal_id"] = column(leads, "deal_id").fillna(became)
        created = leads["lead_id"].map(own["created_at"])
        moved = leads["converted_at"].isna() & (leads["semantic"] == "converted")
        leads["converted_at"] = leads["converted_at"].mask(moved, created)

    def _payments(self, rows: pd.DataFrame) -> pd.DataFrame:
        rows = self._owners(rows)
        named = column(rows, "purpose").str.extract(r"(?i)(?:сч[её]т\w*|сч\.|invoice|фактура)\s*(?:№|N|no\.?|#)?\s*([\w/-]+)", expand=False)
        invoices, deals = self.tables.get("invoices"), self.tables.get("deals")
        if invoices is not None:
            numbers = invoices.dropna(subset=["number"]).drop_duplicates("number").set_index("number")
            rows["invoice_id"] = column(rows, "invoice_id").fillna(named.map(numbers["invoice_id"]).astype("str"))
        if deals is not None and "client_id" in deals:
            # an invoice numbered as the deal of the same client is that deal's
            same = named.map(deals.set_index("deal_id")["client_id"]).astype("str") == rows["client_id"]
            rows["deal_id"] = column(rows, "deal_id").fillna(named.where(same))
            if same.any():
                part = self.parts[int(rows["_part"].iloc[0])]
                self.mapping.answers.decided("payment_deal", part.source.label, part.used.get("purpose", ""), int(same.sum()), "number_and_client")
        return rows

    def _receivables(self, rows: pd.DataFrame) -> pd.DataFrame:
        return self._owners(rows)

    def _plans(self, rows: pd.DataFrame) -> pd.DataFrame:
        person = rows["scope"] == "user"
        found = people.match(self.users, None, rows["scope_id"].where(person), renames=self.mapping.users)
        rows["scope_id"] = found.ids.fillna(rows["scope_id"].where(~person)).astype("str")
        return rows

    # -- outcomes and stages -----------------------------------------------------------------------------

    def _outcomes(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        """Outcome of every deal and its dates of closing."""
        from audit.intake.outcomes import decide

        return decide(self, part, frame)

    def _history_rows(self, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
        from audit.intake.outcomes import history_rows

        return history_rows(self, part, frame)

    def _stage_history(self, rows: pd.DataFrame) -> pd.DataFrame:
        from audit.intake.outcomes import history

        return history(self, rows)

    def _stages(self) -> None:
        from audit.intake.outcomes import stage_table

        stage_table(self)

    # -- what several files make together ----------------------------------------------------------------

    def _enrich(self) -> None:
        """Columns that one file adds to rows of another, by the preset's rules."""
        for place, part in enumerate(self.parts):
            for rule in part.shape.enrich:
                target, rows = self.tables.get(rule["table"]), self.tables.get(part.table or "")
                if target is None or rows is None:
                    continue
                (theirs, mine), = rule["key"].items()
                own = rows[rows["_part"] == place].dropna(subset=[mine]).drop_duplicates(mine).set_index(mine)
                hit = target[theirs].isin(own.index)
                for name, taken in rule["set"].items():
                    values = pd.Series(taken["constant"], index=target.index) if isinstance(taken, dict) else target[theirs].map(own[taken])
                    before = column(target, name, NOW if str(values.dtype).startswith("datetime") else "str")
                    target[name] = before.where(~hit, values.astype(before.dtype))
                self._report_join(part, mine, f"{rule['table']}.{theirs}", rows.loc[rows["_part"] == place, mine], target[theirs])
                if rule["set"].get("owner_id"):
                    ids = people.match(self.users, target["owner_id"], None).ids
                    target["owner_id"] = ids.to_numpy()

    def _products(self) -> None:
        """deal_products from product lines, or from the product of each deal and a price list."""
        deals = self.tables.get("deals")
        if deals is None:
            return
        found = self._lines
        if not len(found) and (prices := self._reference("products")) is not None and "product" in deals:
            rows = deals[deals["product"].notna()]
            listed = rows["product"].map(prices.drop_duplicates("product").set_index("product")["list_price"])
            found = pd.DataFrame({"deal_id": rows["deal_id"], "product": rows["product"], "product_line": column(rows, "series"),
                                  "quantity": np.nan, "price": np.nan, "list_price": listed})
        if len(found):
            self.tables["deal_products"] = found[found["deal_id"].isin(deals["deal_id"])].reset_index(drop=True)

    def _registries(self) -> None:
        """users and clients of everybody who was met, those of the files first."""
        for table, registry, key in (("users", self.users, "user_id"), ("clients", self.clients, "client_id")):
            rows = self.tables.get(table)
            have = set(rows[key]) if rows is not None else set()
            more = pd.DataFrame([{key: one, **row} for one, row in registry.rows.items() if one not in have])
            if rows is None and not len(more):
                continue
            both = pd.concat([frame for frame in (rows, more) if frame is not None and len(frame)], ignore_index=True)
            if table == "clients":
                tax = both[key].map({one: row.get("tax_id") for one, row in registry.rows.items()}).astype("str")
                both["tax_id"] = column(both, "tax_id").fillna(tax)
                self._first_won(both)
            self.tables[table] = both

    def _first_won(self, clients: pd.DataFrame) -> None:
        deals = self.tables.get("deals")
        if deals is not None and "client_id" in deals:
            clients["first_won_at"] = clients["client_id"].map(deals.groupby("client_id")["won_at"].min())
