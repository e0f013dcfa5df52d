"""Who speaks: seller, client, or not known."""

from __future__ import annotations

import re
from collections.abc import Iterable

from audit.intake.text import name_key
from audit.knowledge.cases.crm import Crm
from audit.knowledge.cases.said import Talk
from audit.knowledge.texts import role

_NUMBER = re.compile(r"[\d\s_#№.-]+$")


def take_sides(talk: Talk, crm: Crm, owner: str | None, seller: str | None) -> None:
    """Give every utterance its side: by the label told as the seller's, words for a side, users and their domain, contacts, the owner;
    of two who talk the other one is the other side; a proposal is the seller's.
    """
    names = {said.name for said in talk.said if said.name}
    if _only_numbered(names):
        for said in talk.said:
            said.side = None
        return
    sides = {name: side for name in names if (side := _side(name, crm, owner, seller))}
    for said in talk.said:
        if said.name and said.side:
            sides.setdefault(said.name, said.side)
    if talk.kind == "mail":
        sides.update(_by_domain(talk, crm, sides))
    if len(names) == 2 and len(sides) == 1 and talk.kind in ("call", "chat", "mail"):
        (known, side), = sides.items()
        sides[next(iter(names - {known}))] = "client" if side == "seller" else "seller"
    alone = "seller" if talk.kind == "proposal" and not names else None
    for said in talk.said:
        said.side = said.side or (sides.get(said.name) if said.name else alone)


def _only_numbered(names: set[str]) -> bool:
    """Whether all speakers have one word for a side and only numbers tell them apart, as agent_1 and agent_2: nobody's side is told."""
    bare = {_NUMBER.sub("", name) for name in names}
    return len(names) > 1 and len(bare) == 1 and role(bare.pop()) is not None


def _side(name: str, crm: Crm, owner: str | None, seller: str | None) -> str | None:
    key = name_key(name)
    if seller and key == name_key(seller):
        return "seller"
    if seller and name.isdecimal():
        return "client"
    if (told := role(name)) is not None:
        return told
    if crm.user(name) or name.lower() in crm.addresses or (owner and _same(key, name_key(owner))):
        return "seller"
    if crm.is_contact(name) or (name.isascii() and "@" in name and crm.clients(name)):
        return "client"
    return "seller" if crm.first_names.get(key) else None


def _same(name: str, owner: str) -> bool:
    """Whether the words of a label are among the owner's."""
    return bool(name) and set(name.split()) <= set(owner.split())


def _by_domain(talk: Talk, crm: Crm, known: dict[str, str]) -> Iterable[tuple[str, str]]:
    """Sides of letters by the writer's address."""
    for said in talk.said:
        if said.name and said.address and (said.name not in known or crm.addresses):
            own = said.address in crm.addresses or said.address.rpartition("@")[2] in crm.domains
            if own or crm.domains or crm.clients(said.address):
                yield said.name, "seller" if own else "client"

