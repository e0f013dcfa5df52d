"""Phones, e-mails and domains of the clients of the CRM, by which rows of accounting may be known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from audit.intake.tables.finish import column
from audit.intake.text import lexicon

if TYPE_CHECKING:
    from audit.intake.tables.build import Build
    from audit.intake.typed.part import Part

STEPS = ("phone", "email", "domain")  # the order in which they are tried
ACCOUNTING = ("invoices", "payments", "receivables")
SHARED = "\0shared"  # stands for a phone, e-mail or domain that several clients have


def domain_of(mail: pd.Series) -> pd.Series:
    """The company's own domain of an e-mail; none of a mail service that anybody can use."""
    return own_domain(mail.str.extract(r"@(.+)$", expand=False).astype("str"))


def own_domain(domain: pd.Series) -> pd.Series:
    """Domains without those of mail services."""
    return domain.mask(domain.isin(lexicon()["free_mail"]))


def _each(cells: pd.Series, read: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """What `read` makes of a column, done once a distinct text."""
    codes, unique = pd.factorize(cells.astype("str"))
    read_once = read(pd.Series(unique, dtype="str")).astype("str")
    filled = read_once.array.take(codes, allow_fill=True) if len(unique) else cells.astype("str").array
    return pd.Series(filled, index=cells.index, dtype="str")


def _owner(cells: pd.Series, index: pd.Series) -> pd.Series:
    return _each(cells, lambda texts: texts.map(index))


def values(frame: pd.DataFrame, phone: str = "client_phone", email: str = "client_email") -> dict[str, list[pd.Series]]:
    """Step → columns of what is known of the client of every row."""
    mail = _each(column(frame, email), lambda texts: texts.str.lower())
    return {"phone": [column(frame, phone).astype("str")], "email": [mail], "domain": [_each(column(frame, "client_domain"), own_domain), _each(mail, domain_of)]}


def learn(build: Build, ids: pd.Series, told: dict[str, list[pd.Series]]) -> None:
    """Remember what rows of the CRM tell of their clients; linear in rows."""
    for step, columns in told.items():
        for cells in columns:
            pairs = pd.DataFrame({"value": cells.to_numpy(), "id": ids.to_numpy()}).dropna().drop_duplicates()
            if len(pairs):
                build.contacts.setdefault(step, []).append(pairs)


def of_people(build: Build) -> None:
    """Remember phones and e-mails of contacts under the client of each; a contact without a company may be a client itself."""
    for part in build.parts:
        if "contacts" not in (part.table, part.shape.reference) or not {"phone", "email"} & set(part.frame):
            continue
        frame = part.frame[~part.reasons.at(part.frame.index)] if part.reasons else part.frame
        ids = column(frame, "client_id").astype("str")
        ids = ids.map(codes).astype("str").fillna(ids) if (codes := build.codes_of(part)) else ids
        named = column(frame, "client_name").astype("str")
        ids = ids.fillna(named.map({name: build.clients.find(name) for name in named.dropna().unique()}).astype("str"))
        person = "C_" + column(frame, "contact_id").astype("str")
        ids = ids.fillna(person.where(person.isin(set(build.clients.rows))))
        learn(build, ids.where(ids.isin(set(build.clients.rows))), values(frame, "phone", "email"))


def known(build: Build) -> dict[str, pd.DataFrame]:
    """Step → (value, id) of all that is known, each pair once."""
    return {step: pd.concat(frames, ignore_index=True).drop_duplicates() for step, frames in build.contacts.items()}


def owners(build: Build) -> dict[str, pd.Series]:
    """Step → value → the one client that has it, SHARED where several have."""
    found = {}
    for step, pairs in known(build).items():
        one = pairs.drop_duplicates("value").set_index("value")["id"]
        found[step] = one.mask(one.index.isin(pairs.loc[pairs["value"].duplicated(), "value"]), SHARED)
    return found


def near(build: Build, part: Part, frame: pd.DataFrame) -> pd.DataFrame | None:
    """For rows of accounting: the client that each step points to, SHARED for several; None when nothing does."""
    if part.table not in ACCOUNTING or not {"client_phone", "client_email", "client_domain"} & set(frame):
        return None
    if build.owners is None:
        of_people(build)
        build.owners = owners(build)
    told = values(frame)
    found = {}
    for step in STEPS:
        index = build.owners.get(step)
        if index is None:
            continue
        hit = pd.Series(pd.array([None] * len(frame), dtype="str"), index=frame.index)
        for cells in told[step]:
            if cells.notna().any():
                hit = hit.fillna(_owner(cells, index))
        if hit.notna().any():
            found[step] = hit
    return pd.DataFrame(found) if found else None
