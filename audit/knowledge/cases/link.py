"""A talk as its file tells it, with what the list of files, the file's name and the CRM know of its deal → one case."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import pandas as pd

from audit.intake.outcome import outcome as meaning
from audit.intake.parse import parse_bool
from audit.knowledge.cases import times
from audit.knowledge.cases.amounts import amount
from audit.knowledge.cases.crm import Crm
from audit.knowledge.cases.filenames import Named
from audit.knowledge.cases.said import Said, Talk
from audit.knowledge.cases.vocabulary import kind as kind_of

DAY = dt.timedelta(days=1)


def linked(talk: Talk, told: Mapping[str, str], named: Named, crm: Crm, zone: str, notes: Counter) -> dict[str, Any]:
    """The fields of a case without its words. What the file says counts first, then `told` (the list of files), then its name, then the CRM;
    what contradicts is counted in `notes`.
    """
    fields = {**told, **talk.fields}
    for name in set(told) & set(talk.fields):
        if name in ("deal_id", "owner", "outcome") and told[name] != talk.fields[name]:
            notes["differs_from_list"] += 1
    at, whole_day = _at(talk, fields, named, zone)
    deal_id, client_id = _deal(talk, fields, named, crm, (at, whole_day), notes)
    deal = crm.deal(deal_id)
    if deal is None and deal_id and crm.knows_deals():
        notes["unknown_deal"] += 1
    known: Mapping[str, Any] = deal or {}
    outcome, decided = _decision(fields, known, zone, notes)
    client_id = fields.get("client_id") or known.get("client_id") or client_id
    case = {
        "deal_id": deal_id, "client_id": client_id, "owner": _owner(fields, known, crm, notes), "outcome": outcome, "at": at, "decided_at": decided,
        "started_at": _moment(fields, "started_at", zone, notes) or known.get("created_at"), "stage": fields.get("stage") or (crm.stage(deal, at) if deal else None),
        "segment": fields.get("segment") or known.get("segment") or crm.segment(client_id), "amount": _amount(fields, known, notes),
        "kind": kind_of(fields.get("kind")) or named.kind or talk.kind or ("call" if any(said.name for said in talk.said) else "note"), "version": fields.get("version") or named.version, "language": fields.get("language"),
    }
    _spoken_at(talk.said, at, whole_day, talk.fields.get("_clock") == "day", notes)
    return case


def _at(talk: Talk, fields: Mapping[str, str], named: Named, zone: str) -> tuple[dt.datetime | None, bool]:
    """(when the talk began, whether only its day is known)."""
    first = min((said.at for said in talk.said if said.at is not None), default=None)
    written = fields.get("at")
    told = times.moment(written, zone) if written else None
    if first is not None and (told is None or times.only_day(written)):
        return first, all(said.at in (None, first) for said in talk.said) and first.time() == dt.time()
    if told is not None:
        return told, times.only_day(written)
    return times.moment(named.at, zone), named.at is not None and times.only_day(named.at)


def _spoken_at(said: list[Said], begun: dt.datetime | None, whole_day: bool, day_clock: bool, notes: Counter) -> None:
    """Times of utterances from their places in the recording; unknown where only the day of the recording is."""
    midnight = begun.replace(hour=0, minute=0, second=0) if begun else None
    for one in said:
        if one.at is None and one.offset is not None and begun is not None:
            if day_clock and midnight is not None:
                one.at = midnight + dt.timedelta(seconds=int(one.offset))
            elif not whole_day:
                one.at = begun + dt.timedelta(seconds=int(one.offset))
            else:
                notes["day_only"] += 1


def _deal(talk: Talk, fields: Mapping[str, str], named: Named, crm: Crm, when: tuple, notes: Counter) -> tuple[str | None, str | None]:
    """(deal, client): the told ones, else those that a number of the name, a phone, an address or a title leads to, when it is one."""
    if told := fields.get("deal_id"):
        return told, None
    if named.deal_id:
        return _spelled(named.deal_id, crm), None
    numbers = {piece for piece in named.pieces if crm.deal(piece)}
    if len(numbers) == 1:
        return numbers.pop(), None
    deals, clients = _by_people([*named.phones, *(fields[one] for one in ("phone", "email") if one in fields), *talk.hints], crm, *when)
    if fields.get("client_id"):
        clients = {fields["client_id"]}
    client = next(iter(clients)) if len(clients) == 1 else None
    if not deals and client:
        deals = set(crm.deals_of(client, when[0]))
    if len(deals) > 1 or (len(clients) > 1 and not deals) or len(numbers) > 1:
        notes["several_deals"] += 1
    return (next(iter(deals)), client) if len(deals) == 1 else (None, client)


def _by_people(hints: list[str], crm: Crm, at: dt.datetime | None, whole_day: bool) -> tuple[set[str], set[str]]:
    """(deals, clients) that phones, addresses and titles lead to."""
    deals, clients = set[str](), set[str]()
    for hint in hints:
        if hint.lower() in crm.addresses:
            continue
        called, callers = crm.calls(hint, at, whole_day=whole_day)
        deals |= called
        clients |= callers | crm.clients(hint)
    return deals, clients


def _spelled(told: str, crm: Crm) -> str:
    """A deal of a file's name as the CRM writes it: D-1042, d1042, 1042."""
    if crm.deal(told) is None:
        for other in (told.upper(), told.lower(), told.lstrip("0"), told.replace("_", "-"), f"D-{told}", f"D{told}"):
            if crm.deal(other):
                return other
    return told


def _owner(fields: Mapping[str, str], deal: Mapping[str, Any], crm: Crm, notes: Counter) -> str | None:
    said, known = fields.get("owner"), deal.get("owner_id")
    by_crm = crm.users.get(known, known) if known else None
    if not said:
        return by_crm
    owner = crm.user(said) or said
    if by_crm and owner != by_crm:
        notes["owner_differs"] += 1
    return owner


def _decision(fields: Mapping[str, str], deal: Mapping[str, Any], zone: str, notes: Counter) -> tuple[str, dt.datetime | None]:
    """(outcome, when it was decided); an open case is decided only where the file says so itself."""
    said = result(fields.get("outcome"))
    if said is None and fields.get("outcome"):
        notes["unclear_outcome"] += 1
    known = deal.get("semantic")
    if said and known and said != known:
        notes["outcome_differs"] += 1
    outcome = said or known or ""
    told = _moment(fields, "decided_at", zone, notes)
    closed = (deal.get("closed_at") or deal.get("won_at")) if known in ("won", "lost") else None
    if told and closed and abs(told - closed) > DAY:
        notes["decided_at_differs"] += 1
    return outcome, told or (closed if outcome in ("won", "lost") else None)


@lru_cache(maxsize=10_000)
def result(word: str | None) -> str | None:
    """`won`, `lost` or `open` of a word of outcomes, or yes and no of a column won.

    >>> result("Успешно"), result("да"), result("0"), result("думает")
    ('won', 'won', 'lost', None)
    """
    if not word:
        return None
    if told := meaning(word):
        return told
    flag = parse_bool(pd.Series([word], dtype="str")).values[0]
    return None if pd.isna(flag) else "won" if flag else "lost"


def _moment(fields: Mapping[str, str], name: str, zone: str, notes: Counter) -> dt.datetime | None:
    if not fields.get(name):
        return None
    when = times.moment(fields[name], zone)
    if when is None:
        notes["unclear_time"] += 1
    return when


def _amount(fields: Mapping[str, str], deal: Mapping[str, Any], notes: Counter) -> float | None:
    if fields.get("amount"):
        value = amount(fields["amount"])
        if value is not None:
            return value
        notes["unclear_amount"] += 1
    return deal.get("amount")
