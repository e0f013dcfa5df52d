"""Tables about people: the personnel list, absences, competences, development plans, surveys."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from statistics import mean, median

from audit.samples import recipe as r
from audit.samples.control import Deviation
from audit.samples.dice import Dice
from audit.samples.sheet import DAY, Facts, Row, Sheet, day_of, later, number, percent, sellers
from audit.samples.things import World

D = dt.date
OWN_WISH, BY_COMPANY = "по собственному желанию", "по инициативе компании"
TRAINEE = "Стажёр"
# people the CRM never knew: who left before the first deal of the export, and a trainee without deals
FORMER: tuple[r.Seller, ...] = (
    r.Seller("Прежнева Алла", r.SOUTH, r.SELLER, 0, D(2023, 4, 3), D(2025, 1, 31)),
    r.Seller("Бывалов Роман", r.NORTH, r.SELLER, 0, D(2024, 9, 16), D(2024, 12, 13)),
    r.Seller("Давнишев Кирилл", r.NORTH, r.SELLER, 0, D(2021, 6, 1), D(2025, 4, 18)),
    r.Seller("Стажёров Никита", r.SOUTH, TRAINEE, 0, D(2025, 11, 10), D(2025, 12, 5)),
)
LEFT_BY_COMPANY = ("Бывалов Роман", "Стажёров Никита", "Черновиков Денис")
PART_TIME = {"Шаблонова Ирина": 0.75}
# months in sales before the first working day and how the person was found, in the order of the sheet: made up
EXPERIENCE = (96, 30, 60, 18, 48, 6, 36, 24, 12, 72, 9, 42, 15, 54, 3, 27, 0)
FOUND = ("рекомендация", "сайт вакансий", "кадровое агентство", "рекомендация", "сайт вакансий")
SKILLS = ("Контакт", "Потребность", "Презентация", "Возражения", "Следующий шаг")
TALKS, CONTACT = SKILLS[3], SKILLS[0]
# micro-trainings of blocks of the checklist: who, when done; the one of TALKS works, the one of CONTACT does not
TRAINED = {
    TALKS: (D(2026, 9, 16), ("Образцова Анна", "Вымыслов Пётр", "Набросков Артём", "Моделина Елена", "Условнов Глеб")),
    CONTACT: (D(2026, 9, 17), ("Примеров Илья", "Тестова Мария", "Моделина Елена", "Вымыслов Пётр")),
}
ASSESSED = (D(2026, 4, 14), D(2026, 10, 13))
GAIN = 0.8  # levels that a finished item adds
ENPS = {D(2026, 3, 31): (3, 4, 4), D(2026, 6, 30): (4, 4, 3), D(2026, 9, 30): (6, 3, 1)}  # promoters, neutral, detractors
SPOT = {D(2026, 8, 12): 0.5, D(2026, 9, 9): 0.6, D(2026, 10, 14): 0.8}  # share that knows what is left to the plan


def hr() -> Sheet:
    """hr.xlsx: everybody employed since 2021, leavers included."""
    rows: list[Row] = [{
        "ФИО": one.name, "Отдел": one.team, "Должность": one.role, "Дата приёма": one.hired, "Дата увольнения": one.left,
        "Причина увольнения": None if one.left is None else BY_COMPANY if one.name in LEFT_BY_COMPANY else OWN_WISH,
        "Ставка": PART_TIME.get(one.name, 1.0), "Руководитель": "да" if one is r.LEADER else "нет",
        "Опыт до приёма, мес.": EXPERIENCE[at], "Источник найма": FOUND[at % len(FOUND)],
    } for at, one in enumerate((r.LEADER, *r.SELLERS, *FORMER))]
    rows[3]["ФИО"] = str(rows[3]["ФИО"]).replace(" ", "  ")
    head = tuple(rows[0])
    return Sheet("Кадры", head, rows, [{"Ставка": 1.0, "Отдел": r.NORTH}], {"missing_id": 1}, merged=1 + len(r.SELLERS))


def hr_facts(world: World) -> Facts:
    """Leavers of the last twelve months, the average number of sellers by days, months to the result of the tenured."""
    first = D(r.SAMPLE.as_of.year - 1, 11, 1)
    staff = (*r.SELLERS, *FORMER)
    left = [one for one in staff if one.left and first <= one.left <= r.SAMPLE.as_of]
    days = [first + DAY * n for n in range((r.SAMPLE.as_of - first).days + 1)]
    people = mean(sum(one.works(day) for one in staff) for day in days)
    ramps = ", ".join(f"{name} {months if months is not None else '–'}" for name, months in ramp(world).items())
    return {"leavers": ("3", f"{len(left)} / {people:.2f}"), "ramp": ("", ramps)}


def ramp(world: World) -> dict[str, int | None]:
    """Newcomer → months from the month of hire to the first of two with ≥ 80 % of the median of sellers of a year's standing."""
    won: Counter[tuple[str, D]] = Counter()
    for deal in world.deals:
        if deal.semantic == "won" and deal.closed:
            won[deal.owner, deal.closed.date().replace(day=1)] += 1
    found: dict[str, int | None] = {}
    for one in (one for one in r.SELLERS if one.hired >= r.SAMPLE.start):
        months = [month for month in _months(one.hired.replace(day=1)) if month <= r.SAMPLE.as_of]
        enough = []
        for month in months:
            old = [s.name for s in r.SELLERS if s.works(month) and (month - s.hired).days >= 365]
            enough.append(won[one.name, month] >= 0.8 * median(won[name, month] for name in old))
        found[one.name] = next((n for n in range(len(months) - 1) if enough[n] and enough[n + 1]), None)
    return found


def _months(month: D) -> list[D]:
    found = []
    while month <= r.SAMPLE.as_of:
        found.append(month)
        month = (month + 31 * DAY).replace(day=1)
    return found


def absences(seed: int) -> Sheet:
    """absences.xlsx: a row a vacation of two weeks or a sick leave, up to the day before the exchange keeps calls."""
    dice, rows = Dice(seed, "absences"), list[Row]()
    for one in r.SELLERS:
        spells = [(D(2025, 6, 2) + DAY * 7 * dice.whole(0, 12), 14, "отпуск"), (D(2026, 4, 6) + DAY * 7 * dice.whole(0, 14), 14, "отпуск")]
        spells += [(D(2025, 11, 5) + DAY * dice.whole(0, 130), dice.whole(2, 6), "болезнь") for _ in range(dice.whole(1, 2))]
        for first, days, kind in sorted(spells):
            last = first + DAY * (days - 1)
            if one.works(first) and one.works(last) and not any(row["Сотрудник"] == one.name and first <= day_of(row["По"]) and day_of(row["С"]) <= last for row in rows):
                rows.append({"Сотрудник": one.name, "Вид отсутствия": kind, "С": first, "По": last})
    bad: list[Row] = [{**rows[2], "С": "31.02.2026", "По": None}, {**rows[5], "С": None, "По": None}]
    return Sheet("Отсутствия", tuple(rows[0]), rows, bad, {"missing_date": 2})


def absence_facts(sheet: Sheet) -> Facts:
    """Days away by kind."""
    days: Counter[str] = Counter()
    for row in sheet.rows:
        days[str(row["Вид отсутствия"])] += (day_of(row["По"]) - day_of(row["С"])).days + 1
    return {"absences": ("", ", ".join(f"{kind} {n}" for kind, n in sorted(days.items())))}


def development(seed: int, deviations: list[Deviation]) -> Sheet:
    """development.xlsx: three items a seller agreed in April, and micro-trainings from August on."""
    dice, rows = Dice(seed, "development"), list[Row]()
    for one in sellers(D(2026, 4, 20)):
        for skill in sorted(SKILLS, key=lambda _: dice.share())[:3]:
            due = D(2026, 6, 30) + DAY * 30 * dice.whole(0, 2)
            fate = dice.share()
            done = due - DAY * dice.whole(2, 40) if fate < 0.62 else due + DAY * dice.whole(3, 12) if fate < 0.75 else None
            kind = dice.one(("тренинг", "наставничество", "самообучение"))
            rows.append(_item(one.name, kind, skill, D(2026, 4, 20), due, done, "сертификат" if kind == "тренинг" and done else None))
    for skill, (day, names) in TRAINED.items():
        rows += [_item(name, "микрообучение", skill, day - DAY * 2, day + DAY, day, "запись занятия") for name in names]
    for breach in deviations:
        if breach.trained_on:
            rows.append(_item(breach.owner, "микрообучение", SKILLS[1], breach.trained_on - DAY, later(breach.trained_on, 3), breach.trained_on, "разбор звонка"))
    # a day that does not exist empties its cell and costs no row
    rows.append({**rows[1], "Компетенция": "Работа в CRM", "Выполнено": "31.09.2026"})
    return Sheet("Планы развития", tuple(rows[0]), rows)


def _item(name: str, kind: str, skill: str, planned: D, due: D, done: D | None, proof: str | None) -> Row:
    return {"Сотрудник": name, "Вид развития": kind, "Компетенция": skill, "Запланировано": planned, "Срок": due, "Выполнено": done, "Подтверждение": proof}


def development_facts(sheet: Sheet) -> Facts:
    """Items done by their due day among the items due."""
    due = [row for row in sheet.rows if day_of(row["Срок"]) <= r.SAMPLE.as_of]
    timely = sum(isinstance(row["Выполнено"], D) and row["Выполнено"] <= day_of(row["Срок"]) for row in due)
    return {"development": ("", f"{timely} / {len(due)} = {percent(timely, len(due))}")}


def competences(seed: int, plans: Sheet) -> Sheet:
    """competences.xlsx: levels of five competences in April and October; finished items of April lift theirs by `GAIN`."""
    dice, rows = Dice(seed, "competences"), list[Row]()
    finished = {(row["Сотрудник"], row["Компетенция"]) for row in plans.rows
                if row["Запланировано"] == D(2026, 4, 20) and isinstance(row["Выполнено"], D) and row["Выполнено"] < ASSESSED[1]}
    for one in sellers(ASSESSED[0]):
        level = {skill: 2.9 + 0.5 * dice.normal() for skill in SKILLS}
        for day in (day for day in ASSESSED if one.works(day)):
            for skill in SKILLS:
                gain = GAIN * ((one.name, skill) in finished) if day == ASSESSED[1] else 0
                value = min(5.0, max(1.0, round(2 * (level[skill] + gain + 0.15 * dice.normal())) / 2))
                rows.append({"Сотрудник": one.name, "Компетенция": skill, "Уровень": value, "Максимум": 5.0, "Дата оценки": day,
                             "Оценщик": r.LEADER.name, "Метод": dice.one(("разбор кейса", "наблюдение", "тест"))})
    again = dict(rows[7])
    return Sheet("Компетенции", tuple(rows[0]), rows, [again], {"duplicate_row": 1})


def competence_facts(sheet: Sheet, plans: Sheet) -> Facts:
    """Mean gain of a competence with a finished item of April against those without an item or with an open one."""
    level = {(row["Сотрудник"], row["Компетенция"], row["Дата оценки"]): number(row["Уровень"]) for row in sheet.rows}
    finished = {(row["Сотрудник"], row["Компетенция"]) for row in plans.rows
                if row["Запланировано"] == D(2026, 4, 20) and isinstance(row["Выполнено"], D) and row["Выполнено"] < ASSESSED[1]}
    gains: dict[bool, list[float]] = {True: [], False: []}
    for (name, skill, day), value in level.items():
        if day == ASSESSED[1]:
            gains[(name, skill) in finished].append(value - level[name, skill, ASSESSED[0]])
    return {"competence_gain": (f"+{GAIN:g} / 0", f"{mean(gains[True]):+.2f} / {mean(gains[False]):+.2f} (n = {len(gains[True])} / {len(gains[False])})")}


def surveys(seed: int) -> Sheet:
    """surveys.xlsx: the nameless quarterly pulse and named spot checks of what is left to the plan."""
    dice, rows = Dice(seed, "surveys"), list[Row]()
    for day, (high, middle, low) in ENPS.items():
        marks = [dice.whole(9, 10) for _ in range(high)] + [dice.whole(7, 8) for _ in range(middle)] + [dice.whole(2, 6) for _ in range(low)]
        rows += [_answer(f"Пульс-опрос {day:%m.%Y}", day, None, "eNPS", mark) for mark in sorted(marks, key=lambda _: dice.share())]
    for day, share in SPOT.items():
        asked = sellers(day)
        know = set(sorted((one.name for one in asked), key=lambda _: dice.share())[:round(share * len(asked))])
        for one in asked:
            for question in ("Знает остаток до плана", "Знает дневную потребность"):
                rows.append(_answer(f"Опрос по плану {day:%m.%Y}", day, one.name, question, int(one.name in know)))
    return Sheet("Опросы", tuple(rows[0]), rows, [dict(rows[-1])], {"duplicate_row": 1})


def _answer(survey: str, day: D, name: str | None, question: str, value: float) -> Row:
    return {"Опрос": survey, "Дата": day, "Сотрудник": name, "Вопрос": question, "Ответ": value}


def survey_facts(sheet: Sheet) -> Facts:
    """eNPS by quarter and the share of sellers who know what is left, by date."""
    scores, knows = [], []
    for day in ENPS:
        marks = [number(row["Ответ"]) for row in sheet.rows if row["Вопрос"] == "eNPS" and row["Дата"] == day]
        scores.append(f"{100 * (sum(m >= 9 for m in marks) - sum(m <= 6 for m in marks)) / len(marks):+.0f}")
    for day in SPOT:
        marks = [number(row["Ответ"]) for row in sheet.rows if row["Вопрос"] == "Знает остаток до плана" and row["Дата"] == day]
        knows.append(percent(sum(marks), len(marks)))
    return {"enps": ("−9 → +50", ", ".join(scores)), "spot": ("50% → 80%", ", ".join(knows))}
