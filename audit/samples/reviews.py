"""Reviews of calls by a checklist of two versions, and of deals by a list of questions."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from statistics import mean

from audit.samples import recipe as r
from audit.samples.dice import Dice
from audit.samples.sheet import DAY, Facts, Row, Sheet, number, percent
from audit.samples.staff import CONTACT, SKILLS, TALKS, TRAINED
from audit.samples.telephony import TALKED
from audit.samples.text import Rows
from audit.samples.things import World

D = dt.date
FIRST, SECOND = r.LEADER.name, "Вымыслов Пётр"
NEW_LIST = D(2026, 9, 1)  # version 2.0: one item goes, one comes
# item as the header writes it → (block, best score, weight)
LISTS: dict[str, dict[str, tuple[str, int, int]]] = {
    "1.0": {
        "Представился": (CONTACT, 1, 1), "Назвал компанию": (CONTACT, 1, 1), "Выявил потребность (макс 5)": (SKILLS[1], 5, 1),
        "Задал вопросы об объёме (макс 5)": (SKILLS[1], 5, 1), "Предложил решение (макс 5)": (SKILLS[2], 5, 1),
        "Отработал возражение (макс 5)": (TALKS, 5, 1), "Привёл пример клиента (макс 5)": (TALKS, 5, 1),
        "Договорился о следующем шаге (вес 2)": (SKILLS[4], 1, 2), "Не обещал невозможного (крит.)": (SKILLS[2], 1, 1),
    },
}
LISTS["2.0"] = {("Уточнил удобно ли говорить" if name == "Назвал компанию" else name): said for name, said in LISTS["1.0"].items()}
RANDOM, TARGETED = 2, 1  # calls a seller and week
TWICE = 0.30  # share of random calls that a second person scores too
WORSE = 0.14  # calls chosen because something went wrong are so much worse
LIFT = {TALKS: 0.20, CONTACT: 0.0}  # what a micro-training adds to its block, share of the best score
CRITICAL, NO_OBJECTION = 0.04, 0.35
NOISE, MOOD, MILD = 0.06, 0.07, 0.02  # of a mark, of a reviewer's hearing of a call, and how much milder the second is; shares of the best score
DEAL_ITEMS = ("Этап верный", "Следующий шаг с датой", "ЛПР известен", "Потребность записана", "КП отвечает потребности", "Поля заполнены")


def calls(seed: int, telephony: Rows) -> dict[str, Sheet]:
    """Version → sheet of qa_calls_<version>.xlsx: weekly reviews of talked calls of a minute and more."""
    dice, rows = Dice(seed, "reviews"), defaultdict[str, list[Row]](list)
    level = {one.name: 0.62 + 0.09 * dice.normal() for one in r.SELLERS}
    talked: dict[tuple[str, D], list[tuple[dt.datetime, str]]] = defaultdict(list)
    for when, _, phone, name, seconds, status, *_ in telephony[1:]:
        if status == TALKED and int(seconds) >= 60:
            moment = dt.datetime.strptime(when, "%d.%m.%Y %H:%M:%S")
            talked[name, moment.date() - DAY * moment.weekday()].append((moment, phone))
    for (name, _), found in sorted(talked.items()):
        chosen = sorted(found, key=lambda _: dice.share())[:RANDOM + TARGETED]
        for place, (moment, phone) in enumerate(chosen):
            day = min(moment.date() + DAY * dice.whole(0, 3), r.SAMPLE.as_of)
            sampling = "целевая" if place >= RANDOM else "случайно"
            quality = _quality(dice, level[name] - WORSE * (sampling == "целевая"), name, moment.date())
            version = "2.0" if moment.date() >= NEW_LIST else "1.0"
            record = f"{moment:%Y%m%d-%H%M%S}-{''.join(sign for sign in phone if sign.isdigit())[-4:]}"
            reviewers = [FIRST, SECOND] if sampling == "случайно" and name != SECOND and dice.chance(TWICE) else [FIRST]
            for who in reviewers:
                rows[version].append({"Дата проверки": day, "ID звонка": record, "Менеджер": name, "Проверяющий": who, "Выборка": sampling,
                                      "Версия": version, **_marks(dice, version, quality, MILD * (who == SECOND) + MOOD * dice.normal())})
    return {version: _sheet(version, made) for version, made in rows.items()}


def _quality(dice: Dice, level: float, name: str, day: D) -> dict[str, float]:
    """What the call was worth: a share of the best score by block, whether there was an objection and a grave mistake."""
    call = level + 0.14 * dice.normal()
    lifted = {skill for skill, (since, names) in TRAINED.items() if name in names and day > since}
    blocks = {skill: call + 0.06 * dice.normal() + LIFT.get(skill, 0) * (skill in lifted) for skill in SKILLS}
    return blocks | {"objection": float(not dice.chance(NO_OBJECTION)), "grave": float(dice.chance(CRITICAL))}


def _marks(dice: Dice, version: str, quality: dict[str, float], mood: float) -> Row:
    found: Row = {}
    for item, (block, best, _) in LISTS[version].items():
        if "крит" in item:
            found[item] = "нет" if quality["grave"] else "да"
        elif block == TALKS and not quality["objection"]:
            found[item] = "н/п"
        else:
            share = min(1.0, max(0.0, quality[block] + mood + NOISE * dice.normal()))
            found[item] = float(round(share * best)) if best > 1 else "да" if share > 0.5 else "нет"
    return found


def _sheet(version: str, rows: list[Row]) -> Sheet:
    own = ("Дата проверки", "ID звонка", "Менеджер", "Проверяющий", "Выборка", "Версия")
    blank = {name: rows[4][name] for name in own} | {"ID звонка": "без оценок"}
    said = [block for block, _, _ in LISTS[version].values()]
    # as over merged cells: a block stands over its first item
    blocks = {item: block for item, block, before in zip(LISTS[version], said, ["", *said], strict=False) if block != before}
    return Sheet(f"Чек-лист {version}", (*own, *LISTS[version]), rows, [blank], {"empty_row": 1}, blocks=blocks)


# -- what is true of them -----------------------------------------------------------------------------


def score(row: Row) -> float:
    """Points of a review, 0–100, over the items that applied, by weight; the critical item as a plain one."""
    got = best = 0.0
    for item, (_, top, weight) in LISTS[str(row["Версия"])].items():
        if row[item] != "н/п":
            got, best = got + weight * _points(row[item]), best + weight * top
    return 100 * got / best


def _points(cell: object) -> float:
    return float(cell == "да") if isinstance(cell, str) else float(cell)  # type: ignore[arg-type]


def block_share(row: Row, block: str) -> float | None:
    """Share of the best score of one block, None where nothing of it applied."""
    items = {item: top for item, (own, top, _) in LISTS[str(row["Версия"])].items() if own == block and row[item] != "н/п"}
    return sum(_points(row[item]) for item in items) / sum(items.values()) if items else None


def pairs(rows: list[Row]) -> list[tuple[float, float]]:
    """Scores of both reviewers of the calls that two have scored."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        found[str(row["ID звонка"])][str(row["Проверяющий"])] = score(row)
    return [(one[FIRST], one[SECOND]) for one in found.values() if len(one) == 2]


def icc(scores: list[tuple[float, float]]) -> float:
    """ICC(2,1) of two reviewers (Shrout & Fleiss 1979): two-way random effects, absolute agreement, one reviewer."""
    n, k = len(scores), 2
    whole = mean(value for pair in scores for value in pair)
    columns = [mean(pair[place] for pair in scores) for place in range(k)]
    rows = k * sum((mean(pair) - whole) ** 2 for pair in scores) / (n - 1)
    judges = n * sum((value - whole) ** 2 for value in columns) / (k - 1)
    rest = sum((pair[place] - mean(pair) - columns[place] + whole) ** 2 for pair in scores for place in range(k)) / ((n - 1) * (k - 1))
    return (rows - rest) / (rows + (k - 1) * rest + k * (judges - rest) / n)


def training_effect(rows: list[Row], block: str) -> float:
    """Change of the trained block of the trained, four weeks after less four before, less that of their untrained blocks; share."""
    since, names = TRAINED[block]

    def change(name: str, own: str) -> float | None:
        sides: dict[bool, list[float]] = {False: [], True: []}
        for row in rows:
            day = row["Дата проверки"]
            assert isinstance(day, D)
            share = block_share(row, own)
            if row["Менеджер"] == name and row["Выборка"] == "случайно" and row["Проверяющий"] == FIRST and share is not None and abs((day - since).days) <= 28 and day != since:
                sides[day > since].append(share)
        return mean(sides[True]) - mean(sides[False]) if sides[True] and sides[False] else None

    own = [gap for name in names if (gap := change(name, block)) is not None]
    free = [gap for name in names for skill in SKILLS if skill not in TRAINED and (gap := change(name, skill)) is not None]
    return mean(own) - mean(free)


def call_facts(sheets: dict[str, Sheet]) -> Facts:
    """Scores of random and targeted calls, agreement of reviewers, effect of micro-trainings."""
    rows = [row for sheet in sheets.values() for row in sheet.rows]
    own = {way: [score(row) for row in rows if row["Выборка"] == way and row["Проверяющий"] == FIRST] for way in ("случайно", "целевая")}
    both, first = pairs(rows), {str(row["ID звонка"]) for row in rows}
    effects = {skill: training_effect(rows, skill) for skill in TRAINED}
    return {
        "qa_scores": ("", f"{mean(own['случайно']):.1f} / {mean(own['целевая']):.1f} (n = {len(own['случайно'])} / {len(own['целевая'])})"),
        "icc": ("", f"{icc(both):.2f}; {len(both)} / {len(first)} = {percent(len(both), len(first))}"),
        "micro_works": (f"+{100 * LIFT[TALKS]:.0f}", f"{100 * effects[TALKS]:+.0f}"),
        "micro_idle": ("0", f"{100 * effects[CONTACT]:+.0f}"),
    }


# -- deals --------------------------------------------------------------------------------------------


def deals(world: World, seed: int) -> Sheet:
    """qa_deals.xlsx: a row a question about a deal; random deals that were open in the last two months."""
    dice, rows = Dice(seed, "deal reviews"), list[Row]()
    since = dt.datetime.combine(D(2026, 9, 1), dt.time())
    fit = [deal for deal in world.deals if deal.created >= since - 30 * DAY and (deal.closed is None or deal.closed >= since) and "owner" not in deal.blank]
    chosen = sorted(sorted(fit, key=lambda _: dice.share())[:70], key=lambda deal: deal.id)
    for deal in chosen:
        day, level = min(max(deal.created.date() + DAY * dice.whole(8, 30), since.date()), r.SAMPLE.as_of), 0.66 + 0.15 * dice.normal()
        for item in DEAL_ITEMS:
            passed = "н/п" if item == DEAL_ITEMS[4] and len(deal.moves) < 4 else float(dice.chance(min(0.98, max(0.05, level))))
            rows.append({"ID проверки": f"С-{deal.id}", "Дата проверки": day, "Объект": "сделка", "ID объекта": str(deal.id), "Менеджер": deal.owner,
                         "Проверяющий": FIRST, "Выборка": "случайно", "Чек-лист": "Ведение сделки", "Пункт": item, "Балл": passed, "Максимум": 1.0})
    return Sheet("Сделки", tuple(rows[0]), rows, [dict(rows[20])], {"duplicate_row": 1})


def deal_facts(sheet: Sheet) -> Facts:
    """Share of points of the reviewed deals."""
    marks = [number(row["Балл"]) for row in sheet.rows if row["Балл"] != "н/п"]
    return {"qa_deals": ("", f"{percent(sum(marks), len(marks))} (n = {len({row['ID объекта'] for row in sheet.rows})})")}
