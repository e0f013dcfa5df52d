"""The made-up company itself: requests, clients, deals and their ways through the stages."""

from __future__ import annotations

import datetime as dt

from audit.samples import recipe as r
from audit.samples.dice import Dice, after_work_minutes, at_work, works
from audit.samples.things import Client, Deal, Lead, World

DAY = dt.timedelta(days=1)
MONTH_FACTOR = (0.78, 0.98, 1.04, 1.05, 0.98, 0.97, 0.86, 0.88, 1.06, 1.08, 1.05, 1.17)
LEADS_A_DAY, REPEATS_A_DAY, KNOWN_CLIENTS = 20.6, 5.6, 300


def make_world(seed: int = r.SEED) -> World:
    """The company as it is on `SAMPLE.as_of`; equal seeds give equal worlds."""
    return _Maker(seed).world()


def win_chance(owner: str, client: Client) -> float:
    """True probability that a deal is won."""
    chance = r.BASE_WIN
    if owner == r.WEAK_SELLER:
        chance += r.WEAK.effect
    if {"source": client.source, "segment": client.segment} == r.CELL.slice:
        chance += r.CELL.effect
    return chance


class _Maker:
    def __init__(self, seed: int):
        self.end = dt.datetime.combine(r.SAMPLE.as_of, dt.time(23, 59, 59))
        self.asks, self.fates, self.ways = (Dice(seed, name) for name in ("asks", "fates", "ways"))
        self.clients: list[Client] = []
        self.leads: list[Lead] = []
        self.deals: list[Deal] = []
        self.tiny_left, self.tiny_won = r.TINY_DEALS, r.TINY_WON

    def world(self) -> World:
        for _ in range(KNOWN_CLIENTS):
            client = self._client(r.SAMPLE.start)
            client.bought_on = r.SAMPLE.start - DAY * self.asks.whole(20, 400)
        day = r.SAMPLE.start
        while day <= r.SAMPLE.as_of:
            self._day(day)
            day += DAY
        self._leavers()
        self.deals.sort(key=lambda deal: (deal.created, deal.id))
        self._number()
        return World(self.clients, self.leads, self.deals)

    # -- arrivals ------------------------------------------------------------------------------------

    def _day(self, day: dt.date) -> None:
        months = (day.year - r.SAMPLE.start.year) * 12 + day.month - r.SAMPLE.start.month
        level = MONTH_FACTOR[day.month - 1] * 1.008**months
        for _ in range(self.asks.poisson(LEADS_A_DAY * level * (1 if works(day) else 0.3))):
            self._request(day)
        if works(day):
            for _ in range(self.asks.poisson(REPEATS_A_DAY * level)):
                self._repeat(day)

    def _moment(self, day: dt.date) -> dt.datetime:
        # seven requests in ten come in the working day, the rest fill forms in the evening
        hour = self.asks.whole(9, 17) if self.asks.chance(0.7) else self.asks.whole(18, 23)
        return dt.datetime.combine(day, dt.time(hour, self.asks.whole(0, 59), self.asks.whole(0, 59)))

    def _client(self, day: dt.date) -> Client:
        source, segment, region = self.asks.of(r.SOURCES), self.asks.of(r.SEGMENTS), self.asks.of(r.REGIONS)
        client = Client(len(self.clients) + 1, source, segment, region, "")
        client.owner = self._owner(day, client)
        self.clients.append(client)
        return client

    def _owner(self, day: dt.date, client: Client) -> str:
        """Who takes a new client: one seller gets nearly half of the weak source and segment, and less of the rest."""
        staff = [seller for seller in r.SELLERS if seller.works(day)]
        weak = {"source": client.source, "segment": client.segment} == r.CELL.slice
        weights = [self._routing(seller, weak) for seller in staff]
        return self.asks.weighted(staff, weights).name

    @staticmethod
    def _routing(seller: r.Seller, weak: bool) -> float:
        if seller.name != r.WEAK_MIX:
            return seller.weight
        return seller.weight * (6.5 if weak else 0.5)

    def _request(self, day: dt.date) -> None:
        client = self._client(day)
        lead = Lead(len(self.leads) + 1, client, self._moment(day), client.owner)
        self.leads.append(lead)
        slow = client.source == r.MARKET
        minutes = self.fates.lognormal(r.RESPONSE_MINUTES * (r.SLOW.effect if slow else 1), 1.0)
        answered = after_work_minutes(lead.created, minutes)
        if client.source == r.CALL and at_work(self.fates, lead.created) == lead.created:
            answered = lead.created  # the request is the call itself
        decided = at_work(self.fates, answered + DAY * self.fates.lognormal(1.2, 0.9)).replace(microsecond=0)
        fate = self._lead_fate(slow)
        if answered <= self.end and not self.fates.chance(0.03):
            lead.answered = answered
        if lead.answered is None or decided > self.end:
            return
        lead.fate, lead.closed = fate, decided
        if fate == "converted":
            self._deal(client, client.owner, decided, repeat=False, lead=lead)

    def _lead_fate(self, slow: bool) -> str:
        point, yes = self.fates.share(), r.BASE_CONVERSION + (r.POOR.effect if slow else 0)
        return "converted" if point < yes else "junk" if point < yes + r.LEAD_JUNK else "lost"

    def _repeat(self, day: dt.date) -> None:
        known = [c for c in self.clients if c.bought_on and c.bought_on <= day - 14 * DAY and c.region != r.TINY]
        client, created = self.asks.one(known), at_work(self.asks, self._moment(day))
        if created > self.end:
            return
        owner = client.owner
        if not any(seller.name == owner and seller.works(day) for seller in r.SELLERS):
            owner = client.owner = self._owner(day, client)
        self._deal(client, owner, created, repeat=True, lead=None)

    # -- a deal's way --------------------------------------------------------------------------------

    def _deal(self, client: Client, owner: str, created: dt.datetime, *, repeat: bool, lead: Lead | None) -> None:
        dice = self.ways
        product = dice.weighted(list(r.PRODUCTS), r.PRODUCT_MIX[client.segment])
        deal = Deal(len(self.deals) + 1, client, owner, created, product, 0.0, repeat, lead.id if lead else None)
        self._tiny_region(deal)
        factor = 1 + r.CHEAP_REGION.effect if client.region == r.URAL else 1.0
        deal.amount = round(dice.lognormal(r.PRODUCTS[product] * factor, r.CHEQUE_SIGMA), -2) + dice.whole(0, 99) / 100
        won = dice.chance(win_chance(owner, client))
        if client.region == r.TINY:
            won = self._tiny_outcome()
        self._walk(deal, won)
        if dice.chance(0.07) and deal.amount > 20_000:
            deal.delivery = round(deal.amount * 0.06)
        deal.blank = frozenset(name for name, share in r.BLANK.items() if dice.chance(share))
        if lead:
            lead.deal = deal.id
        self.deals.append(deal)

    def _tiny_region(self, deal: Deal) -> None:
        """A few strong-market deals of early 2026 come from a region of its own."""
        fit = deal.created.year == 2026 and deal.created.month <= 6 and not deal.repeat and deal.lead
        if self.tiny_left and fit and deal.client.region == "Татарстан" and self.ways.chance(0.15):
            deal.client.region = r.TINY
            self.tiny_left -= 1

    def _tiny_outcome(self) -> bool:
        """The extreme raw rate of the tiny region is dealt out exactly, by chance alone in order."""
        won = self.ways.chance(self.tiny_won / (self.tiny_left + 1))
        self.tiny_won -= won
        return won

    def _walk(self, deal: Deal, won: bool) -> None:
        dice, moment = self.ways, deal.created
        last = len(r.STAGES) - 1 if won else dice.weighted(range(len(r.STAGES)), r.LOST_AT)
        dead = not won and dice.chance(0.03)
        skips = dice.chance(0.35)
        for place in range(last + 1):
            if place == r.MEETING and skips and last != r.MEETING:
                continue
            deal.moves.append((r.STAGES[place].code, moment))
            final = place == last
            median = r.LOSING_DAYS if final and not won else r.STAGES[place].days
            moment = at_work(dice, moment + DAY * dice.lognormal(median, 0.8) + dt.timedelta(minutes=5))
            moment = moment.replace(microsecond=0)
            if moment > self.end or (dead and final):
                return
        deal.moves.append(((r.WON if won else r.LOST).code, moment))
        deal.closed, deal.semantic = moment, "won" if won else "lost"
        if won and (deal.client.bought_on is None or deal.client.bought_on < moment.date()):
            deal.client.bought_on = moment.date()
        if not won:
            deal.reason = dice.of(r.LOSS_REASONS) if dice.chance(0.96) else ""

    # -- the end -------------------------------------------------------------------------------------

    def _leavers(self) -> None:
        """Deals that outlive their seller's employment go to others, but a few stay with the one who left."""
        plain = [s for s in r.SELLERS if s.name not in (r.WEAK_SELLER, r.WEAK_MIX, r.NEW_SELLER)]
        for deal in self.deals:
            left = next(seller.left for seller in r.SELLERS if seller.name == deal.owner)
            if left and (deal.closed or self.end).date() > left and not (deal.closed is None and self.ways.chance(0.3)):
                heirs = [seller for seller in plain if seller.works(left + DAY)]
                deal.owner = self.ways.one(heirs).name

    def _number(self) -> None:
        """Running numbers in order of creation, as a CRM gives them."""
        numbers = {deal.id: 10_001 + place for place, deal in enumerate(self.deals)}
        for deal in self.deals:
            deal.id = numbers[deal.id]
        for lead in self.leads:
            lead.id += 31_000_000
            lead.deal = numbers[lead.deal] if lead.deal else None
        for deal in self.deals:
            deal.lead = deal.lead + 31_000_000 if deal.lead else None
