"""Tables of the head of sales: stand-ups, deviations and what was done about them, time of control, norms, calendar."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from statistics import mean, median

from audit.samples import recipe as r
from audit.samples.dice import Dice
from audit.samples.sheet import DAY, Facts, Row, Sheet, between, later, number, percent, sellers, workdays

D = dt.date
DAILY = D(2026, 7, 1)  # stand-ups every day since then; before it figures were looked at once a month
DEVIATIONS_SINCE = D(2026, 3, 2)
HELD, READY, ROLLCALL = 0.88, 0.70, 0.75
MEASURES = {"Исходящие звонки": -0.3, "Конверсия КП в договор": -0.08, "Средний чек": -0.15, "Просроченные задачи": 0.2}
SKILL, LOAD, MARKET = "навык", "загрузка", "рынок"
ESCALATED = 0.6  # of deviations of skill that stay for more than ten working days
AGENDA = {"План/факт": 0.98, "Активности": 0.92, "Конверсия": 0.62, "Качество разговоров": 0.45, "План оплат": 0.80}
# head's minutes a day: kind → (before, since the reports make themselves)
MINUTES = {"ревизия базы": (24, 24), "прослушивание": (12, 14), "отчёты": (46, 12), "планёрка": (19, 17)}
AUTOMATED = D(2026, 9, 1)


@dataclass(slots=True)
class Deviation:
    """One breach of a norm by a seller, from its first day to its end."""

    id: str
    measure: str
    owner: str
    began: D
    noticed: D
    cause: str
    due: D | None
    resolved: D | None
    meeting: str | None
    trained_on: D | None


def held_on(seed: int) -> set[D]:
    """Days on which the stand-up took place."""
    dice = Dice(seed, "held")
    return {day for day in workdays(DAILY, r.SAMPLE.as_of) if dice.chance(HELD)}


def deviations(seed: int) -> list[Deviation]:
    """Deviations from `DEVIATIONS_SINCE` on; before `DAILY` they are noticed when the month is over."""
    dice, found, met = Dice(seed, "deviations"), list[Deviation](), held_on(seed)
    for day in workdays(DEVIATIONS_SINCE, r.SAMPLE.as_of - 6 * DAY):
        if not dice.chance(0.42):
            continue
        owner = dice.one([one for one in sellers(day) if one.works(day + 40 * DAY) or one.left is None]).name
        measure, cause = dice.one(tuple(MEASURES)), dice.of({SKILL: 0.5, LOAD: 0.3, MARKET: 0.2})
        noticed = later(day, dice.of({0: 0.3, 1: 0.45, 2: 0.2, 3: 0.05})) if day >= DAILY else later((day.replace(day=1) + 32 * DAY).replace(day=1), dice.whole(0, 2))
        lasts = max(1, round(dice.lognormal(13 if cause == SKILL else 5, 0.7)))
        resolved: D | None = later(noticed, lasts)
        if dice.chance(0.1) or resolved is None or resolved > r.SAMPLE.as_of:
            resolved = None
        end = resolved or r.SAMPLE.as_of
        acted = dice.chance(0.85)
        trained: D | None = later(noticed, dice.whole(3, 9)) if cause == SKILL and between(noticed, end) > 10 and dice.chance(ESCALATED) else None
        assert trained is None or trained <= end
        meeting = f"П-{noticed:%Y%m%d}" if noticed in met and acted else None
        found.append(Deviation(f"О-{len(found) + 1:03d}", measure, owner, day, noticed, cause, later(noticed, 5) if acted else None, resolved, meeting, trained))
    return found


def deviations_sheet(found: list[Deviation], seed: int) -> Sheet:
    """deviations.xlsx: a row a deviation."""
    dice, rows = Dice(seed, "deviation rows"), list[Row]()
    for one in found:
        size = round(MEASURES[one.measure] * (0.6 + 0.8 * dice.share()), 3)
        rows.append({
            "Номер отклонения": one.id, "Показатель": one.measure, "У кого": one.owner, "Начало отклонения": one.began, "Отклонение": size,
            "Обнаружено": dt.datetime.combine(one.noticed, dt.time(9, dice.whole(5, 40))), "Кто обнаружил": r.LEADER.name, "Причина": one.cause,
            "Действие": "микрообучение" if one.trained_on else "разбор на планёрке" if one.due else None, "Исполнитель": one.owner if one.due else None,
            "Срок": one.due, "Устранено": one.resolved, "ID совещания": one.meeting,
        })
    return Sheet("Отклонения", tuple(rows[0]), rows, [dict(rows[10])], {"duplicate_row": 1})


def deviation_facts(found: list[Deviation]) -> Facts:
    """Working days from breach to notice before and since the daily stand-ups; to repair; escalation to training."""
    before = [between(one.began, one.noticed) for one in found if one.began < DAILY]
    since = [between(one.began, one.noticed) for one in found if one.began >= DAILY]
    fixed = [between(one.noticed, one.resolved) for one in found if one.resolved]
    long = [one for one in found if one.cause == SKILL and between(one.noticed, one.resolved or r.SAMPLE.as_of) > 10]
    trained = sum(one.trained_on is not None for one in long)
    return {
        "detect": ("10 → 1", f"{median(before):g} → {median(since):g} (n = {len(before)} / {len(since)})"),
        "fixed": ("", f"{median(fixed):g}; {len(found) - len(fixed)}"),
        "escalated": (percent(ESCALATED, 1), f"{trained} / {len(long)} = {percent(trained, len(long))}"),
    }


def standups(seed: int) -> Sheet:
    """standups.xlsx: stand-ups and roll-calls of every working day, deals reviewed on Fridays."""
    dice, rows, met = Dice(seed, "standups"), list[Row](), held_on(seed)
    for day in workdays(DAILY, r.SAMPLE.as_of):
        team = [r.LEADER, *sellers(day)]
        rows.append(_meeting(dice, f"П-{day:%Y%m%d}", day, "планёрка", "видео" if day.weekday() in (1, 3) else "очно", dt.time(9, 30), 12, day in met, team))
        rows.append(_meeting(dice, f"К-{day:%Y%m%d}", day, "перекличка", "чат", dt.time(17, 30), 5, dice.chance(ROLLCALL), team))
        if day.weekday() == 4:
            rows.append(_meeting(dice, f"Р-{day:%Y%m%d}", day, "разбор сделок", "очно", dt.time(16), 45, dice.chance(0.8), team))
    return Sheet("Планёрки", tuple(rows[0]), rows, [dict(rows[0])], {"duplicate_row": 1})


def _meeting(dice: Dice, key: str, day: D, kind: str, form: str, at: dt.time, minutes: int, held: bool, team: list[r.Seller]) -> Row:
    begins = dt.datetime.combine(day, at)
    ready = begins - dt.timedelta(minutes=dice.whole(5, 40)) if dice.chance(READY) else begins + dt.timedelta(minutes=dice.whole(5, 60))
    came = [one.name for one in team if one is r.LEADER or dice.chance(0.93)]
    late = dt.timedelta(minutes=dice.whole(0, 4) if dice.chance(0.8) else dice.whole(6, 20))
    standup = kind == "планёрка" and held
    return {
        "ID совещания": key, "Дата планёрки": day, "Проведено": begins + late if held else None, "Вид совещания": kind, "Формат": form,
        "Минут": float(minutes + dice.whole(0, 10)) if held else None, "Ведущий": r.LEADER.name if held else None,
        "Сводка готова": ready if standup else None, "Присутствовали": ", ".join(came) if held else None,
        **{name: ("да" if dice.chance(share) else "нет") if standup else None for name, share in AGENDA.items()},
    }


def standup_facts(sheet: Sheet) -> Facts:
    """Stand-ups held of those planned, brief ready before the start, agenda, roll-calls."""
    planned = [row for row in sheet.rows if row["Вид совещания"] == "планёрка"]
    held = [row for row in planned if row["Проведено"]]
    ready = sum(row["Сводка готова"] <= row["Проведено"] for row in held)  # type: ignore[operator]
    covered = mean(sum(row[name] == "да" for name in AGENDA) / len(AGENDA) for row in held)
    calls = [bool(row["Проведено"]) for row in sheet.rows if row["Вид совещания"] == "перекличка"]
    return {
        "standups": (percent(HELD, 1), f"{len(held)} / {len(planned)} = {percent(len(held), len(planned))}"),
        "brief": (percent(READY, 1), f"{ready} / {len(held)} = {percent(ready, len(held))}"),
        "agenda": (percent(mean(AGENDA.values()), 1), percent(covered, 1)),
        "rollcalls": (percent(ROLLCALL, 1), f"{sum(calls)} / {len(calls)} = {percent(sum(calls), len(calls))}"),
    }


def control_time(seed: int) -> Sheet:
    """control_time.xlsx: what the head spends on control, a row a day and kind."""
    dice, rows = Dice(seed, "control time"), list[Row]()
    for day in workdays(DAILY, r.SAMPLE.as_of):
        for kind, minutes in MINUTES.items():
            if dice.chance(0.95):
                spent = float(max(3, round(minutes[day >= AUTOMATED] * (0.75 + 0.5 * dice.share()))))
                rows.append({"Руководитель": r.LEADER.name, "Дата": day, "Вид контроля": kind, "Минут": spent,
                             "Как измерено": "календарь" if kind == "планёрка" else "таймер"})
    return Sheet("Контроль", tuple(rows[0]), rows, [{**rows[3], "Дата": "31.09.2026"}], {"missing_date": 1})


def control_facts(sheet: Sheet) -> Facts:
    """Minutes a working day before and since the reports make themselves."""
    told = []
    for days in (workdays(DAILY, AUTOMATED - DAY), workdays(AUTOMATED, r.SAMPLE.as_of)):
        told.append(f"{sum(number(row['Минут']) for row in sheet.rows if row['Дата'] in days) / len(days):.1f}")
    want = [f"{0.95 * sum(pair[n] for pair in MINUTES.values()):.0f}" for n in (0, 1)]
    return {"control": (" → ".join(want), " → ".join(told))}


def norms() -> Sheet:
    """norms.xlsx: two norms beside those of client.yml."""
    rows: list[Row] = [
        {"Показатель": name, "Норматив": value, "За период": per, "Минимум": low, "Действует с": D(2025, 7, 1), "Основание": "регламент"}
        for name, value, per, low in (("коммерческие предложения", 5.0, "неделя", 4.0), ("счета", 3.0, "неделя", None))
    ]
    return Sheet("Нормативы", tuple(rows[0]), rows)


def calendar() -> Sheet:
    """calendar.csv: days on which the company differs from its country."""
    rows: list[Row] = [
        {"Дата": D(2025, 12, 31), "Рабочий день": "нет", "Начало работы": None, "Конец работы": None, "Вес дня": 0.0},
        {"Дата": D(2026, 4, 30), "Рабочий день": "да", "Начало работы": "09:00", "Конец работы": "17:00", "Вес дня": 0.9},
        {"Дата": D(2026, 6, 11), "Рабочий день": "да", "Начало работы": "09:00", "Конец работы": "17:00", "Вес дня": 0.9},
    ]
    return Sheet("Календарь", tuple(rows[0]), rows)
