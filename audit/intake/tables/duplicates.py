"""Clients, leads and deals that a base holds twice under different ids: found, counted and listed, never merged."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.parse.column import arrow as texts
from audit.intake.parse.phones import parse_phone
from audit.intake.tables.coded import coded, mapped
from audit.intake.tables.companies import tax_key
from audit.intake.tables.contacts import domain_of, known
from audit.intake.tables.finish import column
from audit.intake.tables.names import bare
from audit.intake.text import lexicon, norm

if TYPE_CHECKING:
    from audit.intake.tables.build import Build

EXAMPLES = 5
MAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


def duplicates(build: Build) -> tuple[dict[str, dict], dict[str, pd.DataFrame]]:
    """(counts by table, rows by table) of what looks the same under different ids; linear in rows.

    Clients by tax number, phone, e-mail, the company's domain of e-mails or name without legal form; leads by phone or e-mail; deals by client, title and amount.
    """
    told, listed = {}, {}
    for table, key in (("clients", "client_id"), ("leads", "lead_id"), ("deals", "deal_id")):
        rows = build.tables.get(table)
        if rows is None or not len(rows):
            continue
        found = _groups(rows[key], _keys(build, table, rows), known(build) if table == "clients" else {})
        by = Counter(found.drop_duplicates(["by", "value"])["by"]) if len(found) else Counter()
        groups = found.groupby(["by", "value"], sort=False)["id"].agg(list) if len(found) else pd.Series(dtype=object)
        told[table] = {"groups": len(groups), "rows": int(found["id"].nunique()) if len(found) else 0, "by": dict(sorted(by.items())),
                       "examples": [{"by": how, "value": value, "ids": ids[:EXAMPLES]} for (how, value), ids in list(groups.items())[:EXAMPLES]]}
        if len(found):
            names = rows.set_index(key)[{"clients": "name", "deals": "title"}[table]] if table != "leads" and {"clients": "name", "deals": "title"}[table] in rows else None
            listed[table] = found.assign(name=found["id"].map(names) if names is not None else None)
    return told, listed


def _groups(ids: pd.Series, keys: dict[str, pd.Series], more: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """(by, value, id) of values that more than one id has; `more` are further pairs of value and id."""
    parts = []
    for how in dict.fromkeys([*keys, *more]):
        pairs = [pd.DataFrame({"value": keys[how], "id": ids if len(keys[how]) == len(ids) else ids[keys[how].index]})] if how in keys else []
        both = pd.concat([*pairs, more[how]], ignore_index=True) if how in more else pairs[0]
        frame = both[both["value"].notna() & both["value"].duplicated(keep=False)].assign(by=how)[["by", "value", "id"]].dropna().drop_duplicates()
        frame = frame[frame["value"] != ""]
        parts.append(frame[frame.groupby("value")["id"].transform("nunique") > 1].sort_values(["value", "id"], kind="stable"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["by", "value", "id"])


def _keys(build: Build, table: str, rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Step → what the rows of a table are compared by; rows that nothing is like may be left out."""
    if table == "deals":
        if not {"client_id", "title", "amount"} <= set(rows):
            return {}
        some = rows.loc[rows["amount"].notna() & rows["amount"].duplicated(keep=False), ["client_id", "title", "amount"]].dropna()
        some = some[some.duplicated(["client_id", "amount"], keep=False)]
        return {"client_title_amount": some["client_id"].astype("str") + " · " + some["title"].astype("str") + " · " + some["amount"].astype("str")}
    found = {"phone": _contact(build, rows, "phone"), "email": _contact(build, rows, "email")}
    if table == "clients":
        number = column(rows, "tax_id")
        number = mapped(number, {text: tax_key(text) for text in coded(number)[1]})
        found = {"tax_id": number, **found, "domain": domain_of(found["email"]) if found["email"].notna().any() else found["email"],
                 "name": _same_name(_bare(column(rows, "name")), number)}
    return {how: values for how, values in found.items() if values.notna().any()}


def _bare(names: pd.Series) -> pd.Series:
    """Names without their legal forms; missing ones are blank."""
    return bare(texts(names)).to_pandas().set_axis(names.index)


def _same_name(names: pd.Series, number: pd.Series) -> pd.Series:
    """Bare names, without those whose clients have different tax numbers: these are other companies of one name."""
    if number.isna().all():
        return names
    several = number.groupby(names).transform("nunique") > 1
    return names.mask(several)


def _contact(build: Build, rows: pd.DataFrame, what: str) -> pd.Series:
    """Phone in E.164 or e-mail of every row, read from the columns of its source; free text is none."""
    words = {norm(word) for word in lexicon()["contacts"][what]}
    if "_part" not in rows:
        return column(rows, "_")
    result = np.full(len(rows), None, dtype=object)
    places = rows["_part"].to_numpy(dtype="float64", na_value=np.nan)
    for place in np.unique(places[~np.isnan(places)]).astype(int):
        part, mine = build.parts[place], np.flatnonzero(places == place)
        header = next((header for header in part.source.headers if norm(header) in words), None)
        at = rows["_pos"].to_numpy()[mine].astype(int)
        if header is None or at.max() >= len(part.source.cells):  # rows made of one row of the source have no contact of their own
            continue
        cells = part.source.cells[header].iloc[at].reset_index(drop=True)
        if what == "phone":
            values = parse_phone(cells, build.client.country).values
        else:
            mail = cells.str.strip().str.lower()
            values = mail.where(mail.str.fullmatch(MAIL))
        result[mine] = values.to_numpy(dtype=object)
    return pd.Series(result, index=rows.index).astype("str")
