"""The files of the two CRMs: Bitrix24 lists in windows-1251 and the amoCRM export of requests, with their dirt."""

from __future__ import annotations

import datetime as dt

from audit.samples import dirt
from audit.samples import recipe as r
from audit.samples.dice import Dice
from audit.samples.text import Rows, company, money, phone, stamp
from audit.samples.things import Deal, Lead, World, exported

GROUPS = {"open": "Сделка в работе", "won": "Сделка заключена", "lost": "Сделка провалена"}
NAMES = {stage.code: stage.name for stage in (*r.STAGES, r.WON, r.LOST)}
CHANCES = {**{stage.code: 10 * (place + 1) for place, stage in enumerate(r.STAGES)}, "WON": 100, "LOSE": 0}
DEAL_HEADER = (
    "ID", "Название сделки", "Стадия сделки", "Группа стадий", "Воронка", "Сумма", "Валюта", "Вероятность", "Тип",
    "Источник", "Компания", "Компания", "Ответственный", "Кем создана", "Дата создания", "Дата изменения",
    "Дата изменения стадии", "Предполагаемая дата закрытия", "Сделка закрыта", "Повторная сделка",
    "Товар", "Комментарий", "Сегмент", "Регион", "Причина отказа", "ID лида", "Дата закрытия",
)
LEAD_HEADER = (
    "ID", "Название сделки", "Бюджет ", "Ответственный", "Дата создания сделки", "Дата закрытия", "Теги", "Примечание",
    "Этап сделки", "Воронка", "Полное имя контакта", "Рабочий телефон", "Рабочий email", "Город", "Источник",
    "utm_source", "utm_medium", "utm_campaign", "roistat", "Причина отказа", "roistat", "Источник", "ID сделки Битрикс24",
)
LEAD_STAGES = {"converted": "Передан в сделку", "junk": "Нецелевой", "lost": "Потерян"}
JUNK_REASONS = ("Спам", "Не наш профиль", "Ошиблись номером", "Ищет работу")
LOST_REASONS = ("Не дозвонились", "Дорого", "Уже купили", "Не актуально")
CAMPAIGNS = ("brand", "kabel_msk", "nasosy_rf", "retarget")


def deals(world: World, seed: int) -> Rows:
    """Rows of bitrix24_deals.csv: one a product row of a deal, header first."""
    dice = Dice(seed, "deal file")
    rows: Rows = [list(DEAL_HEADER)]
    known = {lead.id for lead in exported(world)}
    for deal in world.deals:
        row = _deal_row(deal, dice)
        if deal.lead in known:
            row[DEAL_HEADER.index("ID лида")] = str(deal.lead)
        rows.append(row)
        if deal.delivery:
            rows.append(_with(row, {"Сумма": money(deal.delivery), "Товар": r.EXTRA_PRODUCT}))
    return dirt.deals(rows)


def _with(row: list[str], changes: dict[str, str]) -> list[str]:
    row = list(row)
    for name, value in changes.items():
        row[DEAL_HEADER.index(name)] = value
    return row


def _deal_row(deal: Deal, dice: Dice) -> list[str]:
    client, moved = deal.client, deal.moves[-1][1]
    expected = deal.created.date() + dt.timedelta(days=dice.whole(20, 75))
    amount = deal.amount - deal.delivery
    return [
        str(deal.id), f"Сделка #{deal.id}", NAMES[deal.stage], GROUPS[deal.semantic], "Продажи",
        money(amount), "Российский рубль", str(CHANCES[deal.stage]), "Продажа",
        deal.shown("source") or "Не указано", str(client.id), company(client.id), deal.shown("owner"),
        "Робот" if deal.lead else "АТС",
        stamp(deal.created), stamp(moved), stamp(moved), f"{expected:%d.%m.%Y}",
        "Да" if deal.closed else "Нет", "Да" if deal.repeat else "Нет", deal.product, "",
        deal.shown("segment") or "Не указано", deal.shown("region"), deal.reason,
        "",
        stamp(deal.closed) if deal.closed else "",
    ]


def stages() -> Rows:
    """Rows of bitrix24_stages.csv, the status list of the portal."""
    rows: Rows = [["ID", "ENTITY_ID", "STATUS_ID", "NAME", "SORT", "SEMANTICS", "CATEGORY_ID"]]
    for place, stage in enumerate((*r.STAGES, r.WON, r.LOST)):
        semantic = {"WON": "S", "LOSE": "F"}.get(stage.code, "")
        rows.append([str(101 + place), "DEAL_STAGE", stage.code, stage.name, str(10 * (place + 1)), semantic, "0"])
    return rows


def history(world: World) -> Rows:
    """Rows of bitrix24_stage_history.csv: one an entry into a stage since `SAMPLE.history_since`."""
    since = dt.datetime.combine(r.SAMPLE.history_since, dt.time())
    moves = sorted(
        (moment, deal.id, place, code)
        for deal in world.deals for place, (code, moment) in enumerate(deal.moves) if moment >= since
    )
    rows: Rows = [["ID", "TYPE_ID", "OWNER_ID", "CREATED_TIME", "CATEGORY_ID", "STAGE_ID", "STAGE_SEMANTIC_ID"]]
    for number, (moment, deal_id, place, code) in enumerate(moves, start=70_001):
        kind, semantic = ("3", {"WON": "S", "LOSE": "F"}[code]) if code in ("WON", "LOSE") else ("2" if place else "1", "P")
        rows.append([str(number), kind, str(deal_id), f"{moment:%Y-%m-%dT%H:%M:%S}+03:00", "0", code, semantic])
    return rows


def leads(world: World, seed: int) -> Rows:
    """Rows of the amoCRM export: one a request since `SAMPLE.leads_since`, header first."""
    dice = Dice(seed, "lead file")
    amounts = {deal.id: deal.amount for deal in world.deals}
    return dirt.leads([list(LEAD_HEADER), *(_lead_row(lead, amounts, dice) for lead in exported(world))])


def _lead_row(lead: Lead, amounts: dict[int, float], dice: Dice) -> list[str]:
    client, ads = lead.client, lead.client.source == r.ADS
    stage = LEAD_STAGES.get(lead.fate) or _open_stage(lead, dice)
    budget = money(round(amounts[lead.deal], -3)) if lead.deal and dice.chance(0.3) else ""
    reasons = {"junk": JUNK_REASONS, "lost": LOST_REASONS}.get(lead.fate)
    reason = dice.one(reasons) if reasons and dice.chance(0.9) else ""
    source = "Не указано" if dice.chance(0.02) else client.source
    return [
        str(lead.id), f"Заявка {lead.id - 31_000_000}", budget, lead.owner, stamp(lead.created),
        f"{lead.closed:%d.%m.%Y %H:%M}:00" if lead.closed else "не закрыта", "", "", stage, "Сайт",
        "", phone(client.id, dice), f"k{client.id}@example.com" if dice.chance(0.02) else "", client.region,
        client.source if dice.chance(0.1) else "",
        dice.one(("yandex", "vk")) if ads else "", "cpc" if ads else "", dice.one(CAMPAIGNS) if ads else "",
        "", reason, "", source, str(lead.deal or ""),
    ]


def _open_stage(lead: Lead, dice: Dice) -> str:
    if lead.answered is None:
        return "Неразобранное"
    return "Квалифицирован" if dice.chance(0.4) else "Взят в работу"
