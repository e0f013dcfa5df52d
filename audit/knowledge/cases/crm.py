"""What the canonical tables know: deals and their outcomes, people of both sides, and whose a phone or an address is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from audit.errors import UsageError
from audit.intake.bare import text
from audit.intake.parse.phones import phone
from audit.intake.text import name_key
from audit.knowledge.cases.labels import person_key
from audit.knowledge.cases.vocabulary import public_mail

NEAR = dt.timedelta(minutes=15)  # a call of the CRM and its recording
_DEAL = ("deal_id", "client_id", "owner_id", "semantic", "closed_at", "won_at", "created_at", "stage_id", "segment", "amount")
_TIMES = ("closed_at", "won_at", "created_at", "started_at", "entered_at")


class Crm:
    """Looks up what the tables tell; without tables it knows nothing. Ids and names are texts, times without an offset."""

    def __init__(self, tables: Mapping[str, Any] | None, country: str):
        if tables is not None and not isinstance(tables, Mapping):
            raise UsageError("cases.bad_tables", kind=type(tables).__name__)
        self._tables, self.country = tables or {}, country

    def _frame(self, name: str, columns: Iterable[str]) -> pd.DataFrame:
        """Columns of a table, those it lacks as empty ones; no row when there is no such table."""
        given = self._tables.get(name)
        if given is None:
            return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
        if hasattr(given, "to_pyarrow") and hasattr(given, "schema"):
            had = [column for column in columns if column in given.columns]
            given = given.select(had).to_pyarrow().to_pandas() if had else pd.DataFrame()
        made = {column: _column(given, column) for column in columns}
        return pd.DataFrame(made)

    # -- people ----------------------------------------------------------------------------------------

    @cached_property
    def users(self) -> dict[str, str]:
        """Id → name as reports show it; where two people share one, the id stands beside it."""
        frame = self._frame("users", ("user_id", "name"))
        names = frame["name"].fillna(frame["user_id"])
        twice = names.map(name_key).duplicated(keep=False)
        return {ident: f"{name} ({ident})" if both else name for ident, name, both in zip(frame["user_id"], names, twice, strict=True) if isinstance(ident, str)}

    @cached_property
    def _users_by_name(self) -> dict[str, str | None]:
        """Name in any order of its words → id, None where several people have it."""
        found: dict[str, str | None] = {}
        frame = self._frame("users", ("user_id", "name"))
        for ident, name in zip(frame["user_id"], frame["name"], strict=True):
            if isinstance(name, str) and isinstance(ident, str):
                key = person_key(name)
                found[key] = ident if key not in found else None
        return found

    def user(self, told: str | None) -> str | None:
        """The name of a user by id or name, None for nobody or several."""
        if not told:
            return None
        ident = told if told in self.users else self._users_by_name.get(person_key(told))
        return self.users.get(ident) if ident else None

    @cached_property
    def first_names(self) -> dict[str, str | None]:
        """A word of a user's name → the user, None where several have it."""
        found: dict[str, str | None] = {}
        for ident, name in self.users.items():
            for word in set(name_key(name).split()):
                found[word] = ident if word not in found else None
        return found

    @cached_property
    def addresses(self) -> frozenset[str]:
        """E-mails of users, from any column that holds some."""
        given = self._tables.get("users")
        if given is None:
            return frozenset()
        frame = self._frame("users", list(given.columns))
        return frozenset(cell.strip().lower() for column in frame for cell in frame[column].dropna().astype("str") if "@" in cell[1:] and " " not in cell.strip())

    @cached_property
    def domains(self) -> frozenset[str]:
        """Domains of the users' e-mails, without those that everybody may have."""
        return frozenset(address.rpartition("@")[2] for address in self.addresses) - public_mail()

    @cached_property
    def _contacts(self) -> pd.DataFrame:
        return self._frame("contacts", ("client_id", "name", "phone", "email"))

    @cached_property
    def people(self) -> frozenset[str]:
        """Names of users and contacts, as `person_key` compares them."""
        names = [*self._frame("users", ("name",))["name"].dropna(), *self._contacts["name"].dropna()]
        return frozenset(map(person_key, names))

    def is_contact(self, name: str) -> bool:
        """Whether exactly this name is that of a contact and of no user."""
        return person_key(name) in self.people and person_key(name) not in self._users_by_name

    # -- whose it is -----------------------------------------------------------------------------------

    @cached_property
    def _clients(self) -> dict[str, set[str]]:
        """Phone, e-mail or whole name → clients."""
        found: dict[str, set[str]] = {}
        for column in ("phone", "email", "name"):
            for client, value in zip(self._contacts["client_id"], self._contacts[column], strict=True):
                if isinstance(value, str) and isinstance(client, str):
                    found.setdefault(name_key(value), set()).add(client)
        frame = self._frame("clients", ("client_id", "name"))
        for client, name in zip(frame["client_id"], frame["name"], strict=True):
            if isinstance(name, str) and isinstance(client, str):
                found.setdefault(name_key(name), set()).add(client)
        return found

    def clients(self, hint: str) -> set[str]:
        """The clients that have this phone, e-mail or name."""
        return {client for form in _forms(hint, self.country) for client in self._clients.get(name_key(form), ())}

    @cached_property
    def _calls(self) -> dict[str, list[tuple[dt.datetime, str | None, str | None]]]:
        """Phone → (start, deal, client) of the calls of the CRM."""
        frame = self._frame("activities", ("phone", "started_at", "entity", "entity_id", "client_id")).dropna(subset=["phone"])
        found: dict[str, list] = {}
        for number, at, entity, ident, client in frame.itertuples(index=False):
            found.setdefault(number, []).append((None if pd.isna(at) else at, ident if entity == "deal" else None, client if isinstance(client, str) else None))
        return found

    def calls(self, hint: str, at: dt.datetime | None, *, whole_day: bool) -> tuple[set[str], set[str]]:
        """(deals, clients) of the calls with this phone at that time, within a quarter of an hour or on the same day."""
        deals, clients = set[str](), set[str]()
        for form in _forms(hint, self.country):
            for start, deal, client in self._calls.get(form, ()):
                clients |= {client} if client else set()
                near = at is not None and start is not None and (start.date() == at.date() if whole_day else abs(start - at) <= NEAR)
                deals |= {deal} if deal and near else set()
        return deals, clients

    # -- deals -----------------------------------------------------------------------------------------

    @cached_property
    def _deals(self) -> pd.DataFrame:
        return self._frame("deals", _DEAL).dropna(subset=["deal_id"]).drop_duplicates("deal_id", keep="last").reset_index(drop=True)

    @cached_property
    def _rows(self) -> dict[str, list]:
        """Deal → its cells, empty ones as None."""
        columns = [[None if pd.isna(value) else value for value in self._deals[name]] for name in _DEAL]
        return {row[0]: list(row) for row in zip(*columns, strict=True)}

    @cached_property
    def _by_client(self) -> dict[str, list[str]]:
        return {str(client): list(group) for client, group in self._deals.groupby("client_id")["deal_id"]}

    def knows_deals(self) -> bool:
        """Whether there is a table of deals."""
        return len(self._deals) > 0

    def deal(self, ident: str | None) -> dict[str, Any] | None:
        """The row of a deal, empty cells as None."""
        row = self._rows.get(ident) if ident else None
        return None if row is None else dict(zip(_DEAL, row, strict=True))

    def deals_of(self, client: str, at: dt.datetime | None) -> list[str]:
        """The deals of a client; those that were going on at `at` where any were (a deal lives from its first to its last day)."""
        deals = self._by_client.get(client, [])
        if at is None:
            return deals
        return [ident for ident in deals if _going(self.deal(ident) or {}, at)] or deals

    @cached_property
    def _segments(self) -> dict[str, str]:
        frame = self._frame("clients", ("client_id", "segment")).dropna()
        return dict(zip(frame["client_id"], frame["segment"], strict=True))

    def segment(self, client: str | None) -> str | None:
        """The segment of a client."""
        return self._segments.get(client) if client else None

    @cached_property
    def _history(self) -> dict[str, list[tuple[dt.datetime, str]]]:
        frame = self._frame("stage_history", ("entity", "entity_id", "entered_at", "to_stage")).dropna()
        found: dict[str, list] = {}
        for _, ident, at, stage in frame[frame["entity"] == "deal"].sort_values("entered_at", kind="stable").itertuples(index=False):
            found.setdefault(ident, []).append((at, stage))
        return found

    def stage(self, deal: Mapping[str, Any], at: dt.datetime | None) -> str | None:
        """The stage of a deal at that time; without a history the present one of an open deal only, as a closed one has moved on."""
        past = self._history.get(deal["deal_id"])
        if past and at is not None:
            return next((stage for entered, stage in reversed(past) if entered <= at), None)
        return deal["stage_id"] if deal["semantic"] == "open" else None


def _column(given: pd.DataFrame, name: str) -> pd.Series:
    if name not in given:
        return pd.Series([None] * len(given), dtype="str")
    if name in _TIMES:
        return pd.to_datetime(given[name], errors="coerce").astype("datetime64[us]").reset_index(drop=True)
    return pd.to_numeric(given[name], errors="coerce").reset_index(drop=True) if name == "amount" else text(given[name])


def _forms(hint: str, country: str) -> list[str]:
    """A hint as it is kept in the tables: a phone in E.164 by the countries it may be of, anything else as it is."""
    digits = "".join(char for char in hint if char.isdigit())
    if not 9 <= len(digits) <= 15 or any(char.isalpha() for char in hint):
        return [hint]
    return list(dict.fromkeys(form for form in (phone(hint, country), phone(hint, "RU"), phone(hint, "BG"), phone(f"+{digits}", country)) if form))


def _going(deal: Mapping[str, Any], at: dt.datetime) -> bool:
    begun, ended = deal.get("created_at"), deal.get("closed_at")
    return (begun is None or begun.date() <= at.date()) and (ended is None or ended.date() >= at.date())
