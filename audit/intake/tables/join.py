"""What several files make together: look-ups, links between leads, deals and payments, and joins that break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.tables import people, twins
from audit.intake.tables.finish import NOW, column, looked
from audit.intake.typed.part import Part
from audit.schema import BY_NAME

if TYPE_CHECKING:
    from audit.intake.tables.build import Build

INVOICE = r"(?i)(?:сч[её]т\w*|сч\.|invoice|фактура)\s*(?:№|N|no\.?|#)?\s*([\w/-]+)"
FEW = 20_000  # more known names than this are not searched for likeness


def broken(build: Build, part: Part, own: str, to: str, missing: dict[str, int], empty: int, known: list[str]) -> None:
    """One line of `joins` in intake.json; likely partners are only suggested."""
    proposed = people.suggestions(list(missing), known) if missing and len(known) <= FEW else {}
    if proposed:
        build.mapping.suggestions.setdefault(own, {}).update(proposed)
    build.joins.append({
        "file": part.source.label, "column": part.used.get(own, own), "to": to, "rows": len(part.frame) if part.origin is None else len(np.unique(part.origin)),
        "missing": int(sum(missing.values())), "empty": empty, "examples": list(missing)[:5], "suggestion": proposed,
    })


def once_a_line(part: Part, cells: pd.Series, places: pd.Series) -> pd.Series:
    """Cells of a line of the file that was unfolded into several rows once each; `places` are the positions of rows in the part."""
    if part.origin is None:
        return cells
    lines = part.origin[places.reindex(cells.index).to_numpy(dtype="int64")]
    return cells[~pd.DataFrame({"line": lines, "cell": cells.to_numpy()}).duplicated().to_numpy()]


def report(build: Build, part: Part, own: str, to: str, values: pd.Series, known: pd.Series) -> None:
    """Report how many cells of a column find no partner in the other file, when any does not."""
    missing = values[values.notna() & ~values.isin(set(known.dropna()))]
    if len(missing) or values.isna().any():
        counts = {str(name): int(n) for name, n in missing.value_counts().items()}
        broken(build, part, own, to, counts, int(values.isna().sum()), list(known.dropna().unique()))


def reference(build: Build, name: str) -> pd.DataFrame | None:
    """A table that is ready, or the rows of a file that only serves look-ups."""
    if name in build.tables:
        return build.tables[name]
    # rows that another table refuses, such as events of another kind, may still be looked up
    found = [part.frame if part.table else part.frame[~part.reasons.at(part.frame.index)] for part in build.parts if part.shape.reference == name]
    return pd.concat(found, ignore_index=True) if found else None


def filled(build: Build, part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns looked up in another file, by the rules of the preset."""
    for rule in part.shape.fill:
        (own, other), = rule["key"].items()
        if rule["from"] == "users" and own == "owner_id":
            frame = build.with_owner(part, frame)
        rows = reference(build, rule["from"])
        if rows is None or own not in frame or other not in rows:
            continue
        whole = rows
        for name, wanted in rule.get("where", {}).items():
            rows = rows[column(rows, name).isin(wanted)]
        if "count" in rule:
            (begun, logged), = rule["since"].items()
            if len(rows):
                frame[rule["count"]] = _times(frame[own], rows[other], column(frame, begun, NOW) >= whole[logged].min())
            continue
        if not rule.get("optional"):
            report(build, part, own, f"{rule['from']}.{other}", frame[own].dropna() if rule.get("replace") else frame[own], rows[other])
        for name, wanted in rule.get("first", {}).items():
            rows = rows.sort_values(name, key=lambda cells, wanted=wanted: cells != wanted, kind="stable") if name in rows else rows
        index = rows.dropna(subset=[other]).drop_duplicates(other, keep=rule.get("keep", "first")).set_index(other)
        for target, taken in rule["take"].items():
            if taken not in index:
                continue
            values = looked(frame[own], index[taken])
            if rule.get("replace"):  # a dictionary of codes: what it does not have stays as it is
                before = column(frame, target, str(values.dtype) if str(values.dtype).startswith("datetime") else "str")
                frame[target] = values.astype(before.dtype).where(values.notna(), before)
                continue
            if rule.get("stand_in") and (values.notna() & column(frame, target).isna()).any():
                build.mapping.answers.decided("stand_in", part.source.label, target, taken, "preset")
            frame[target] = frame[target].fillna(values.astype(frame[target].dtype)) if target in frame else values
            part.filled.add(target)
            if target not in BY_NAME[part.table or ""] and values.notna().any():
                part.extras.setdefault(target, target)
    return frame


def _times(keys: pd.Series, log: pd.Series, since: pd.Series) -> pd.Series:
    """How often a log names each key: none is nought only for what began `since` the log did; of what is older the log tells the least."""
    times = keys.map(log.value_counts()).astype("float64")
    return times.fillna(0.0).where(since | times.notna())


def enrich(build: Build) -> None:
    """Columns that one file adds to rows of another, by the rules of the preset."""
    for place, part in enumerate(build.parts):
        for rule in part.shape.enrich:
            target, rows = build.tables.get(rule["table"]), build.tables.get(part.table or "")
            if target is None or rows is None:
                continue
            (theirs, mine), = rule["key"].items()
            own = rows[rows["_part"] == place].dropna(subset=[mine]).drop_duplicates(mine).set_index(mine)
            hit = target[theirs].isin(own.index)
            for name, taken in rule["set"].items():
                values = pd.Series(taken["constant"], index=target.index) if isinstance(taken, dict) else looked(target[theirs], own[taken])
                before = column(target, name, NOW if str(values.dtype).startswith("datetime") else "str")
                target[name] = before.where(~hit, values.astype(before.dtype))
            report(build, part, mine, f"{rule['table']}.{theirs}", rows.loc[rows["_part"] == place, mine], target[theirs])
            if "owner_id" in rule["set"]:
                target["owner_id"] = people.match(build.users, target["owner_id"], None).ids.to_numpy()


def link_leads(deals: pd.DataFrame, leads: pd.DataFrame) -> None:
    """Lead and deal that name each other, whichever side says it; a converted lead without a date takes its deal's."""
    linked = leads[column(leads, "deal_id").notna()].drop_duplicates("deal_id")
    said = deals["deal_id"].map(linked.set_index("deal_id")["lead_id"] if len(linked) else {}).astype("str")
    deals["lead_id"] = column(deals, "lead_id").fillna(said)
    own = deals[deals["lead_id"].notna()].drop_duplicates("lead_id").set_index("lead_id")
    leads["deal_id"] = column(leads, "deal_id").fillna(leads["lead_id"].map(own["deal_id"]).astype("str"))
    undated = leads["converted_at"].isna() & (leads["semantic"] == "converted")
    leads["converted_at"] = leads["converted_at"].mask(undated, looked(leads["lead_id"], own["created_at"]))


def link_activities(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """Clients of actions on deals; actions on deals and leads that no file has are reported."""
    rows = one_call(build, twins.named(build, rows))
    for unit, table in (("deal", "deals"), ("lead", "leads")):
        known = build.tables.get(table)
        if known is None:
            continue
        for place, group in rows[rows["entity"] == unit].groupby("_part"):
            report(build, build.parts[int(place)], f"{unit}_ref", f"{table}.{unit}_id", group["entity_id"], known[f"{unit}_id"])
    if "client_id" in build.tables.get("deals", ()):
        owner = build.tables["deals"].set_index("deal_id")["client_id"]
        mine = rows["entity_id"].where(rows["entity"] == "deal").map(owner)
        rows["client_id"] = column(rows, "client_id").fillna(mine.astype("str"))
    return rows


def one_call(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """Calls of the exchange and tasks that the CRM has as an action of its own: the action takes what they know better, one row stays."""
    if "activity_ref" not in rows:
        return rows
    mine = rows["activity_ref"].notna() & rows["activity_ref"].isin(rows["activity_id"])
    if not mine.any():
        return rows
    calls = rows[mine].groupby("activity_ref", sort=False)
    place = rows["activity_id"].where(~mine)
    for name, take in (("duration_s", "sum"), ("is_answered", "max"), ("phone", "first"), ("started_at", "min"), ("done_at", "max"), ("result", "last"), ("record_url", "first")):
        if name in rows:
            # of nothing but empty lengths there is no sum
            found = place.map(calls[name].sum(min_count=1) if take == "sum" else calls[name].agg(take))
            rows[name] = found.astype(rows[name].dtype).where(found.notna(), rows[name])
    for at, group in rows[mine].groupby("_part"):
        build.parts[int(at)].merged += len(group)
    return rows[~mine].reset_index(drop=True)


def link_payments(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """Invoice and deal of payments whose purpose names an invoice; a deal only when the client is the same."""
    named = column(rows, "purpose").str.extract(INVOICE, expand=False)
    invoices, deals = build.tables.get("invoices"), build.tables.get("deals")
    if invoices is not None and "number" in invoices:
        numbers = invoices.dropna(subset=["number"]).drop_duplicates("number").set_index("number")
        rows["invoice_id"] = column(rows, "invoice_id").fillna(named.map(numbers["invoice_id"]).astype("str"))
    if deals is not None and "client_id" in deals and "client_id" in rows:
        same = named.map(deals.set_index("deal_id")["client_id"]).astype("str") == rows["client_id"]
        rows["deal_id"] = column(rows, "deal_id").fillna(named.where(same))
        if same.any():
            part = build.parts[int(rows["_part"].iloc[0])]
            build.mapping.answers.decided("payment_deal", part.source.label, part.used.get("purpose", ""), int(same.sum()), "number_and_client")
    return rows


def products(build: Build, lines: pd.DataFrame) -> None:
    """deal_products from product lines, or from the product of each deal and a price list."""
    deals = build.tables.get("deals")
    if deals is None:
        return
    prices = reference(build, "products")
    if not len(lines) and prices is not None and "product" in deals:
        rows = deals[deals["product"].notna()]
        listed = rows["product"].map(prices.drop_duplicates("product").set_index("product")["list_price"]) if "list_price" in prices else np.nan
        lines = pd.DataFrame({"deal_id": rows["deal_id"], "product": rows["product"], "product_line": column(rows, "series"),
                              "quantity": np.nan, "price": np.nan, "list_price": listed})
    if len(lines):
        own = lines[lines["deal_id"].isin(deals["deal_id"])]
        listed = build.tables.get("deal_products")  # a file of product lines goes before lines made of the deals
        more = own if listed is None else own[~own["deal_id"].isin(listed["deal_id"])]
        build.tables["deal_products"] = more.reset_index(drop=True) if listed is None else pd.concat([listed, more], ignore_index=True)
