"""What the made-up company consists of: clients, requests, deals."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from audit.samples import recipe as r


@dataclass(slots=True)
class Client:
    """One buying company."""

    id: int
    source: str
    segment: str
    region: str
    owner: str
    bought_on: dt.date | None = None


@dataclass(slots=True)
class Lead:
    """One request; `fate` is open, converted, junk or lost; `answered_at` is empty while untouched."""

    id: int
    client: Client
    created: dt.datetime
    owner: str
    fate: str = "open"
    answered: dt.datetime | None = None
    closed: dt.datetime | None = None
    deal: int | None = None


@dataclass(slots=True)
class Deal:
    """One deal as it stands on the last day; `moves` are (stage code, moment of entry) in order."""

    id: int
    client: Client
    owner: str
    created: dt.datetime
    product: str
    amount: float
    repeat: bool
    lead: int | None
    semantic: str = "open"
    closed: dt.datetime | None = None
    moves: list[tuple[str, dt.datetime]] = field(default_factory=list)
    reason: str = ""
    delivery: float = 0.0  # part of the amount that is a second product row
    blank: frozenset[str] = frozenset()  # fields that nobody filled in

    @property
    def stage(self) -> str:
        """Code of the stage the deal is in."""
        return self.moves[-1][0]

    def shown(self, name: str) -> str:
        """The label of `owner`, `source`, `segment`, `region` or `product` as the CRM has it; '' when not filled in."""
        if name in self.blank:
            return ""
        return getattr(self if name in ("owner", "product") else self.client, name)


@dataclass(slots=True)
class World:
    """Everything that happened up to the last day, before any file is written."""

    clients: list[Client]
    leads: list[Lead]
    deals: list[Deal]

    @property
    def extra_lines(self) -> int:
        """Product rows beyond the first of each deal."""
        return sum(deal.delivery > 0 for deal in self.deals)


def exported(world: World) -> list[Lead]:
    """The requests that are in the amoCRM file."""
    return [lead for lead in world.leads if lead.created.date() >= r.SAMPLE.leads_since]
