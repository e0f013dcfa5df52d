"""Calls of the last three months and the tasks, meetings and letters of the CRM."""

from __future__ import annotations

import datetime as dt

from audit.samples import recipe as r
from audit.samples.dice import Dice, at_work
from audit.samples.text import Rows, phone, stamp
from audit.samples.things import Deal, Lead, World

IN, OUT, TALKED, MISSED = "входящий", "исходящий", "Отвечен", "Пропущен"
LINES = {r.SITE: "Сайт", r.ADS: "Реклама"}
CALL_HEADER = [
    "Дата и время", "Направление", "Номер", "Менеджер", "Длительность, сек", "Статус", "ID сделки", "ID лида", "Линия",
]
ACTIVITY_HEADER = [
    "ID", "Сделка", "Тип", "Название", "Начало", "Срок", "Ответственный", "Статус", "Дата создания",
    "Дата завершения", "Комментарий",
]
MEETING, LETTER, TASK = "Встреча", "Письмо (отправленное)", "Задача"
DONE, UNDONE = "Выполнено", "Не выполнено"
SINCE = dt.datetime.combine(r.SAMPLE.calls_since, dt.time())
END = dt.datetime.combine(r.SAMPLE.as_of, dt.time(23, 59, 59))


def calls(world: World, seed: int) -> Rows:
    """Rows of telephony_calls.csv in order of time, header first."""
    dice = Dice(seed, "calls")
    found: list[tuple[dt.datetime, list[str]]] = []
    for lead in world.leads:
        if lead.created >= SINCE:
            found += _lead_calls(lead, dice)
    for deal in world.deals:
        if (deal.closed or END) >= SINCE:
            found += _deal_calls(deal, dice)
    found.sort(key=lambda item: (item[0], item[1]))
    return [CALL_HEADER, *(row for moment, row in found if moment <= END)]


def _call(dice: Dice, moment: dt.datetime, way: str, unit: Lead | Deal, answered: bool) -> tuple[dt.datetime, list[str]]:
    seconds = int(dice.lognormal(105, 0.9)) + 5 if answered else 0
    lead = isinstance(unit, Lead)
    return moment, [
        stamp(moment), way, phone(unit.client.id, dice), unit.owner if way == OUT or answered else "", str(seconds),
        TALKED if answered else MISSED, "" if lead else str(unit.id), str(unit.id) if lead else "",
        LINES.get(unit.client.source, "Общая") if way == IN else "",
    ]


def _lead_calls(lead: Lead, dice: Dice) -> list[tuple[dt.datetime, list[str]]]:
    found: list[tuple[dt.datetime, list[str]]] = []
    if lead.client.source == r.CALL:
        found.append(_call(dice, lead.created, IN, lead, lead.answered == lead.created))
    if lead.answered is None or lead.answered == lead.created:
        return found
    moment = lead.answered
    for _ in range(3):
        talked = dice.chance(0.68)
        found.append(_call(dice, moment, OUT, lead, talked))
        if talked:
            break
        moment = at_work(dice, moment + dt.timedelta(hours=dice.whole(2, 30)))
    return found


def _deal_calls(deal: Deal, dice: Dice) -> list[tuple[dt.datetime, list[str]]]:
    """About one call in ten days while the deal is alive; nobody calls a deal forgotten for three months."""
    found: list[tuple[dt.datetime, list[str]]] = []
    moment = deal.created
    end = min(deal.closed or END, deal.moves[-1][1] + dt.timedelta(days=90))
    while True:
        moment = at_work(dice, moment + dt.timedelta(days=dice.lognormal(9.6, 0.7))).replace(microsecond=0)
        if moment >= end:
            return found
        incoming = dice.chance(0.18)
        if moment >= SINCE and _employed(deal.owner, moment):
            found.append(_call(dice, moment, IN if incoming else OUT, deal, dice.chance(0.85 if incoming else 0.62)))


def _employed(owner: str, moment: dt.datetime) -> bool:
    return any(seller.name == owner and seller.works(moment.date()) for seller in r.SELLERS)


def activities(world: World, seed: int) -> Rows:
    """Rows of bitrix24_activities.csv: meetings and letters of the stages, tasks, and the next step of open deals."""
    dice = Dice(seed, "activities")
    found: list[list[object]] = []
    for deal in world.deals:
        if (deal.closed or END) >= SINCE and _employed(deal.owner, END):
            found += _stage_work(deal, dice)
            if not deal.closed:
                found += _next_step(deal, dice)
    found.sort(key=lambda item: (item[5], item[0], item[1]))
    return [ACTIVITY_HEADER, *(_activity_row(50_001 + place, item) for place, item in enumerate(found))]


# an action before it is written: deal id, kind, title, due, owner, created, done (or None)
def _stage_work(deal: Deal, dice: Dice) -> list[list[object]]:
    found: list[list[object]] = []
    for code, moment in deal.moves:
        kind, title = {"PREPAYMENT_INVOICE": (MEETING, "Замер"), "EXECUTING": (LETTER, "КП")}.get(code, ("", ""))
        if kind and moment >= SINCE and dice.chance(0.9):
            planned = moment - dt.timedelta(days=2) if kind == MEETING else moment
            found.append([deal.id, kind, title, moment, deal.owner, max(planned, deal.created), moment])
        elif code == "FINAL_INVOICE" and moment >= SINCE and dice.chance(0.5):
            due = at_work(dice, moment + dt.timedelta(days=1))
            late = at_work(dice, due + dt.timedelta(hours=dice.whole(1, 60))) if dice.chance(0.25) else due
            if late <= END:
                found.append([deal.id, TASK, "Узнать решение", due, deal.owner, moment, late])
    return found


def _next_step(deal: Deal, dice: Dice) -> list[list[object]]:
    """Six open deals in ten have a next step ahead, two an overdue one, the rest none."""
    point, planned = dice.share(), deal.moves[-1][1]
    if point > 0.8:
        return []
    if point < 0.6:
        due = at_work(dice, END + dt.timedelta(days=dice.whole(1, 14)))
    else:
        due = at_work(dice, max(planned, END - dt.timedelta(days=dice.whole(1, 25))))
    if point >= 0.6 and due > END:
        return []
    return [[deal.id, TASK, "Позвонить клиенту", due, deal.owner, planned, None]]


def _activity_row(number: int, item: list[object]) -> list[str]:
    deal, kind, title, due, owner, created, done = item
    assert isinstance(due, dt.datetime) and isinstance(created, dt.datetime)
    return [
        str(number), str(deal), str(kind), str(title), stamp(min(created, due)), stamp(due), str(owner),
        DONE if done else UNDONE, stamp(created), stamp(done) if isinstance(done, dt.datetime) else "", "",
    ]
