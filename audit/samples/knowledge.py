"""The knowledge base and the log of techniques heard in deals that were won and in as many that were lost."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

from audit.samples import recipe as r
from audit.samples.dice import Dice
from audit.samples.sheet import DAY, Facts, Row, Sheet, day_of
from audit.samples.staff import SKILLS
from audit.samples.things import Deal, World

D = dt.date
SINCE = D(2026, 8, 1)
WORKS, IDLE, RARE = "Два варианта на выбор", "Срок действия цены", "Звонок от директора"
USED = {"won": 0.62, "lost": 0.38}  # of WORKS where it was called for, the same for every seller
BEST, OTHERS = 0.85, 0.15  # of IDLE: by the three sellers with most wins and by the rest, whatever the outcome
CALLED_FOR = 0.75
STAGE_OF = {WORKS: "КП отправлено", IDLE: "Переговоры", RARE: "Договор"}
ITEMS: tuple[tuple[str, str, str, str, str], ...] = (  # title, kind, stage, skill, status
    (WORKS, "приём", STAGE_OF[WORKS], SKILLS[2], "черновик"), (IDLE, "приём", STAGE_OF[IDLE], SKILLS[3], "черновик"),
    (RARE, "приём", STAGE_OF[RARE], SKILLS[4], "черновик"), ("Скрипт первого звонка", "скрипт", "Новая заявка", SKILLS[0], "проверен"),
    ("Вопросы об объекте", "скрипт", "Выявление потребности", SKILLS[1], "проверен"), ("Шаблон КП 2.0", "шаблон", "КП отправлено", SKILLS[2], "проверен"),
    ("Шаблон КП 1.0", "шаблон", "КП отправлено", SKILLS[2], "устарел"), ("Ответ на «дорого»", "возражение", "Переговоры", SKILLS[3], "проверен"),
    ("Ответ на «подумаю»", "возражение", "Переговоры", SKILLS[3], "черновик"), ("Калькулятор сечения", "инструмент", "Выявление потребности", SKILLS[1], "проверен"),
    ("Кейс завода", "кейс", "Встреча/замер", SKILLS[2], "черновик"), ("Письмо после замера", "шаблон", "Встреча/замер", SKILLS[4], "черновик"),
)
QUOTES = {WORKS: "Отправлю два варианта: базовый и с запасом", IDLE: "Цена держится до пятницы", RARE: "Наш директор сам позвонит вам"}


def items(world: World, seed: int) -> Sheet:
    """techniques.xlsx: twelve items, half of them found in deals."""
    dice, rows = Dice(seed, "techniques"), list[Row]()
    won = [deal for deal in world.deals if deal.semantic == "won" and deal.closed and D(2026, 2, 1) <= deal.closed.date() < SINCE]
    for place, (title, kind, stage, skill, status) in enumerate(ITEMS):
        source = dice.one(won) if place % 2 == 0 else None
        day = source.closed.date() + DAY * dice.whole(1, 14) if source and source.closed else D(2025, 9, 1) + DAY * dice.whole(0, 200)
        rows.append({"Приём": title, "Вид": kind, "Этап": stage, "Компетенция": skill, "Автор": source.owner if source else r.LEADER.name,
                     "Сделка-источник": str(source.id) if source else None, "Дата добавления": min(day, SINCE - DAY), "Статус": status})
    return Sheet("База знаний", tuple(rows[0]), rows, [dict(rows[1])], {"duplicate_row": 1})


def uses(world: World, seed: int) -> Sheet:
    """technique_uses.xlsx: a row a technique and deal where it was called for; one that was not used has no words and confidence 0."""
    dice, rows = Dice(seed, "technique uses"), list[Row]()
    closed = [deal for deal in world.deals if deal.closed and deal.closed.date() >= SINCE and "owner" not in deal.blank]
    won, lost = ([deal for deal in closed if deal.semantic == one] for one in ("won", "lost"))
    heard = won + sorted(lost, key=lambda _: dice.share())[:len(won)]  # a lost deal for every won one
    best = _best(closed)
    for technique in (WORKS, IDLE):
        groups: dict[tuple[str, str], list[Deal]] = defaultdict(list)
        for deal in heard:
            if dice.chance(CALLED_FOR):
                groups[deal.owner, deal.semantic].append(deal)
        owed: dict[object, float] = defaultdict(lambda: 0.5)
        for (owner, outcome), deals in sorted(groups.items()):
            share = USED[outcome] if technique == WORKS else BEST if owner in best else OTHERS
            line = outcome if technique == WORKS else (owner in best, outcome)
            want = len(deals) * share + owed[line] - 0.5
            n = max(0, min(len(deals), round(want)))
            owed[line] = 0.5 + want - n  # shares are dealt out exactly; what rounding left goes to the next seller
            chosen = {deal.id for deal in sorted(deals, key=lambda _: dice.share())[:n]}
            rows += [_use(deal, technique, deal.id in chosen) for deal in deals]
    rows += [_use(deal, RARE, True) for deal in heard[10:80:10]]
    rows.sort(key=lambda row: (day_of(row["Дата"]), str(row["ID сделки"]), str(row["Приём"])))
    for number, row in enumerate(rows, start=1):
        row["ID записи"] = f"Т-{number:04d}"
    head = ("ID записи", "Приём", "Где использован", "ID объекта", "ID сделки", "Менеджер", "Дата", "Кем отмечено", "Уверенность", "Цитата", "Был повод")
    return Sheet("Приёмы в сделках", head, rows, [dict(rows[40])], {"duplicate_row": 1})


def _best(deals: list[Deal]) -> set[str]:
    won, n = Counter(d.owner for d in deals if d.semantic == "won"), Counter(d.owner for d in deals)
    return set(sorted((name for name in n if n[name] >= 20), key=lambda name: (-won[name] / n[name], name))[:3])


def _use(deal: Deal, technique: str, used: bool) -> Row:
    assert deal.closed
    return {"Приём": technique, "Где использован": "сделка", "ID объекта": str(deal.id), "ID сделки": str(deal.id), "Менеджер": deal.owner,
            "Дата": deal.closed.date(), "Кем отмечено": "человек", "Уверенность": 1.0 if used else 0.0,
            "Цитата": QUOTES[technique] if used else None, "Был повод": "да"}


def effect(rows: list[Row], technique: str, world: World) -> tuple[float, float]:
    """Share of won deals with the technique less without: raw, and within sellers (Mantel–Haenszel risk difference); points."""
    outcome = {str(deal.id): deal.semantic == "won" for deal in world.deals}
    cells: dict[object, list[list[bool]]] = defaultdict(lambda: [[], []])
    for row in rows:
        if row["Приём"] == technique:
            cells[row["Менеджер"]][bool(row["Уверенность"])].append(outcome[str(row["ID сделки"])])
    without, used = ([won for one in cells.values() for won in one[place]] for place in (0, 1))
    weights = {name: len(a) * len(b) / (len(a) + len(b)) for name, (a, b) in cells.items() if a and b}
    within = sum(weights[name] * (sum(cells[name][1]) / len(cells[name][1]) - sum(cells[name][0]) / len(cells[name][0])) for name in weights)
    return 100 * (sum(used) / len(used) - sum(without) / len(without)), 100 * within / sum(weights.values())


def use_facts(sheet: Sheet, world: World) -> Facts:
    """Uses per opportunity and the two effects of the technique that works and of the one that does not."""
    found: Facts = {}
    for key, technique, planted in (("technique_works", WORKS, "+24"), ("technique_idle", IDLE, "0")):
        raw, within = effect(sheet.rows, technique, world)
        own = [row for row in sheet.rows if row["Приём"] == technique]
        used = sum(bool(row["Уверенность"]) for row in own)
        found[key] = (planted, f"{raw:+.1f}; {within:+.1f} ({used} / {len(own)})")
    return found
