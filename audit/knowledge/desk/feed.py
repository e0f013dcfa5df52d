"""The canonical tables kb_items and technique_tags as the base has them, for the metrics of techniques where the client keeps no register of its own."""

from __future__ import annotations

import hashlib

import pandas as pd

from audit.knowledge.card import Card
from audit.knowledge.deck import title
from audit.schema import BY_NAME
from audit.workspace import Workspace, made, write_parquet

_STATUS = {"proven": "proven", "retired": "retired"}
_OBJECTS = {"call": "call", "chat": "correspondence", "mail": "correspondence", "proposal": "proposal"}


def feed(workspace: Workspace, cards: tuple[Card, ...], cases: pd.DataFrame, tags: pd.DataFrame, called: pd.DataFrame, texts: pd.DataFrame) -> None:
    """Write both tables to knowledge/tables, where they count as long as the intake found none of that name."""
    heard = {card.id: card for card in cards if card.kind == "technique"}
    items = pd.DataFrame([{
        "kb_id": card.id, "kind": "technique", "title": title(card, workspace.client.language), "stage_id": card.stage, "version": str(card.version),
        "author_id": card.owner, "status": _STATUS.get(card.status, "draft"),
    } for card in heard.values()])
    where = texts.set_index("text_id")["case_id"]
    used = tags[tags["technique"].isin(heard)].groupby(["case_id", "technique"], sort=True).agg(quote=("quote", "first"), tagged_by=("tagged_by", "first"), confidence=("confidence", "max"))
    chances = called.assign(case_id=called["text_id"].map(where))[["case_id", "technique"]].drop_duplicates()
    chances = chances[chances["technique"].isin(heard)].set_index(["case_id", "technique"]).index
    every = used.index.union(chances).sort_values()
    rows = used.reindex(every).reset_index().merge(cases[["case_id", "deal_id", "owner", "at", "kind"]], on="case_id")
    rows["is_used"], rows["opportunity"] = rows["quote"].notna(), pd.MultiIndex.from_frame(rows[["case_id", "technique"]]).isin(chances)
    rows["tag_id"] = [hashlib.blake2b(f"{case}\x00{name}".encode(errors="surrogatepass"), digest_size=8).hexdigest() for case, name in zip(rows["case_id"], rows["technique"], strict=True)]
    rows["object"] = rows["kind"].map(_OBJECTS).fillna("deal")
    rows = rows.rename(columns={"technique": "kb_id", "case_id": "object_id"}).assign(user_id=_ids(workspace, rows["owner"]))
    rows["tagged_by"], rows["confidence"] = rows["tagged_by"].fillna("rule"), rows["confidence"].where(rows["is_used"], 0.0)
    for name, frame in (("kb_items", items), ("technique_tags", rows.drop(columns=["owner", "kind"]))):
        write_parquet(made(workspace.knowledge_tables) / f"{name}.parquet", _arrow(name, frame))


def _arrow(name: str, frame: pd.DataFrame):
    from audit.intake.output import arrow

    return arrow(name, frame[[column for column in BY_NAME[name].names if column in frame]], [])


def _ids(workspace: Workspace, owners: pd.Series) -> pd.Series:
    """Ids of the users table where names are known there, else the names."""
    file = workspace.tables / "users.parquet"
    if not file.is_file():
        return owners
    users = pd.read_parquet(file, columns=["user_id", "name"]).dropna().drop_duplicates("name")
    known = dict(zip(users["name"], users["user_id"], strict=True))
    return owners.map(lambda name: known.get(name, name), na_action="ignore")
