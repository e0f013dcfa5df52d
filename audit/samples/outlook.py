"""Tables that look ahead: forecasts with their dates, monthly states of open deals, agreed changes; and spend on advertising."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

from audit.samples import recipe as r
from audit.samples.dice import Dice
from audit.samples.sheet import DAY, Facts, Row, Sheet, day_of, later, number, percent, sellers
from audit.samples.things import Deal, World, exported

D = dt.date
FORECASTS_SINCE, SNAPSHOTS_SINCE = D(2026, 1, 1), D(2026, 2, 28)
HEAD_BIAS, MIDDLE_BIAS = 0.15, 0.06
OPTIMIST, OPTIMIST_BIAS = "Набросков Артём", 0.40
PUSHED = 0.6  # of deals whose planned close was once earlier
NAMES = {stage.code: stage.name for stage in r.STAGES}
COSTS: dict[str, tuple[str, int]] = {r.SITE: ("SEO", 95_000), r.ADS: ("Поиск и соцсети", 310_000), r.MARKET: ("Комиссия площадки", 120_000), r.FAIR: ("Стенды", 60_000)}
ZONES = {"seller": ("Доля выигранных Макетова", "win_rate"), "cell": ("Реклама в рознице", "win_rate"), "region": ("Чек в Свердловской области", "avg_check")}


def months(first: D, last: D) -> list[D]:
    """First days of the months from `first` to `last`."""
    found = []
    while first <= last:
        found.append(first)
        first = (first + 31 * DAY).replace(day=1)
    return found


def revenue(world: World) -> dict[tuple[D, str], float]:
    """(month, seller) → amount of deals won; the seller '' is the whole company."""
    sums: dict[tuple[D, str], float] = defaultdict(float)
    for deal in world.deals:
        if deal.semantic == "won" and deal.closed:
            month = deal.closed.date().replace(day=1)
            sums[month, deal.owner] += deal.amount
            sums[month, ""] += deal.amount
    return sums


def forecasts(world: World, seed: int) -> Sheet:
    """forecasts.xlsx: sellers' commitments of the first working day, the head's of that day and of the tenth."""
    dice, rows, fact = Dice(seed, "forecasts"), list[Row](), revenue(world)
    for month in months(FORECASTS_SINCE, r.SAMPLE.as_of):
        first, tenth = later(month, 0), later(month + 9 * DAY, 0)
        for day, bias, spread in ((first, HEAD_BIAS, 0.05), (tenth, MIDDLE_BIAS, 0.03)):
            rows.append(_forecast(day, month, None, fact[month, ""] * (1 + bias + spread * dice.normal()), "РОП"))
        for one in sellers(first):
            bias = OPTIMIST_BIAS if one.name == OPTIMIST else 0.1
            rows.append(_forecast(first, month, one.name, fact[month, one.name] * max(0.2, 1 + bias + 0.15 * dice.normal()), "обязательство"))
    return Sheet("Прогнозы", tuple(rows[0]), rows, [dict(rows[4]), {**rows[6], "Месяц": "13.2026"}], {"bad_date": 1, "duplicate_row": 1})


def _forecast(day: D, month: D, name: str | None, value: float, kind: str) -> Row:
    return {"Дата прогноза": day, "Месяц": f"{month:%m.%Y}", "Сотрудник": name, "Показатель": "выручка", "Прогноз": float(round(value, -3)), "Вид прогноза": kind}


def forecast_facts(sheet: Sheet, world: World) -> Facts:
    """Bias and WAPE: of the head on the first day and on the tenth, and bias of the hopeful seller and of the others."""
    fact = revenue(world)
    pairs: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in sheet.rows:
        day, name = row["Дата прогноза"], row["Сотрудник"]
        assert isinstance(day, D)
        key = ("first" if day.day < 8 or day == later(day.replace(day=1), 0) else "tenth") if name is None else "optimist" if name == OPTIMIST else "others"
        month = dt.datetime.strptime(str(row["Месяц"]), "%m.%Y").date()
        pairs[key].append((number(row["Прогноз"]), fact[month, str(name or "")]))

    def bias(key: str) -> str:
        return f"{100 * sum(f - a for f, a in pairs[key]) / sum(a for _, a in pairs[key]):+.1f}%"

    def wape(key: str) -> str:
        return percent(sum(abs(f - a) for f, a in pairs[key]), sum(a for _, a in pairs[key]))

    return {"forecast_head": ("+15% → +6%", f"{bias('first')} → {bias('tenth')}; WAPE {wape('first')} → {wape('tenth')}"),
            "forecast_sellers": ("+40% / +10%", f"{bias('optimist')} / {bias('others')}")}


def snapshots(world: World, seed: int, expected: dict[str, D]) -> Sheet:
    """funnel_snapshots.xlsx: open deals at the end of a month as they stood then; `expected` is deal id → planned close of today."""
    dice, rows = Dice(seed, "snapshots"), list[Row]()
    ends = [(month + 31 * DAY).replace(day=1) - DAY for month in months(SNAPSHOTS_SINCE.replace(day=1), D(2026, 9, 1))]
    for deal in world.deals:
        pushes = _pushes(dice, deal, expected[str(deal.id)])
        for end in ends:
            if deal.created.date() <= end and (deal.closed is None or deal.closed.date() > end):
                stage = [code for code, moment in deal.moves if moment.date() <= end][-1]
                planned = next((old for day, old in pushes if day > end), expected[str(deal.id)])
                sure = "commit" if stage == "UC_7XK2QD" else "best" if stage == "FINAL_INVOICE" else "pipeline"
                rows.append({"Дата среза": end, "ID сделки": str(deal.id), "Ответственный": deal.owner, "Воронка": "Продажи", "Стадия сделки": NAMES[stage],
                             "Сумма": deal.amount, "Предполагаемая дата закрытия": planned, "Категория прогноза": sure})
    rows.sort(key=lambda row: (day_of(row["Дата среза"]), int(str(row["ID сделки"]))))
    return Sheet("Срезы", tuple(rows[0]), rows, [{**rows[100], "ID сделки": None}, dict(rows[200])], {"missing_deal_id": 1, "duplicate_row": 1})


def _pushes(dice: Dice, deal: Deal, today: D) -> list[tuple[D, D]]:
    """(day of the change, planned close until then), oldest first; empty when it never moved."""
    if not dice.chance(PUSHED):
        return []
    found, planned = list[tuple[D, D]](), today
    for _ in range(dice.whole(1, 2)):
        earlier = planned - DAY * dice.whole(20, 40)
        if earlier <= deal.created.date() + 7 * DAY:
            break
        found.insert(0, (earlier - DAY * dice.whole(0, 4), earlier))
        planned = earlier
    return found


def snapshot_facts(sheet: Sheet) -> Facts:
    """Deals whose planned close moved between states, and states whose plan fell into the next month and was moved out of it."""
    plans: dict[str, list[D]] = defaultdict(list)
    for row in sheet.rows:
        plans[str(row["ID сделки"])].append(day_of(row["Предполагаемая дата закрытия"]))
    many = [dates for dates in plans.values() if len(dates) > 1]
    moved = sum(len(set(dates)) > 1 for dates in many)
    return {"pushed": ("", f"{moved} / {len(many)} = {percent(moved, len(many))}")}


def actions() -> Sheet:
    """growth_actions.xlsx: changes agreed after the audit of the summer."""
    heads = ("Номер действия", "Зона роста", "Горизонт", "Приоритет клиента", "Ответственный", "Дата согласования", "Начало", "Завершено", "Показатель", "Было",
             "Цель", "Ожидаемый прирост в месяц", "Трудоёмкость", "Статус")
    chief, day = r.LEADER.name, D(2026, 7, 10)
    lines: list[tuple[Cells, ...]] = [
        ("Д-1", "Новый шаблон КП", "тактический", 1, chief, day, D(2026, 7, 15), D(2026, 9, 1), "Реакция на КП", 0.42, 0.55, 350_000.0, "низкая", "сделано"),
        ("Д-2", "Ежедневные планёрки", "тактический", 1, chief, day, D(2026, 7, 1), D(2026, 7, 31), "Время до обнаружения", 10.0, 2.0, 120_000.0, "низкая", "сделано"),
        ("Д-3", ZONES["cell"][0], "тактический", 2, chief, day, D(2026, 8, 3), None, ZONES["cell"][1], 0.22, 0.30, 400_000.0, "средняя", "в работе"),
        ("Д-4", ZONES["seller"][0], "стратегический", 2, "Макетов Олег", day, D(2026, 9, 14), None, ZONES["seller"][1], 0.23, 0.32, 300_000.0, "средняя", "в работе"),
        ("Д-5", ZONES["region"][0], "стратегический", 3, chief, day, None, None, ZONES["region"][1], 185_000.0, 230_000.0, 250_000.0, "высокая", "согласовано"),
        ("Д-6", "Отчёты без ручного труда", "тактический", 4, chief, day, D(2026, 8, 17), D(2026, 9, 1), "Минуты контроля", 96.0, 65.0, None, "средняя", "сделано"),
        ("Д-7", "Обзвон спящей базы", "стратегический", 5, None, None, None, None, "Новые деньги", None, None, 150_000.0, "высокая", "предложено"),
    ]
    return Sheet("План изменений", heads, [dict(zip(heads, line, strict=True)) for line in lines])


Cells = str | float | int | dt.date | None


def action_facts(sheet: Sheet) -> Facts:
    """Agreed of proposed, started and done of agreed."""
    agreed = [row for row in sheet.rows if row["Дата согласования"]]
    started, done = (sum(bool(row[name]) for row in agreed) for name in ("Начало", "Завершено"))
    return {"actions": ("", f"{len(agreed)} / {len(sheet.rows)}; {started} / {len(agreed)}; {done} / {len(agreed)}")}


def spend(seed: int) -> Sheet:
    """spend.xlsx: what the paid sources cost, a row a month and source."""
    dice, rows = Dice(seed, "spend"), list[Row]()
    for month in months(r.SAMPLE.start, r.SAMPLE.as_of):
        for source, (channel, base) in COSTS.items():
            amount = float(round(base * (1.008 ** ((month.year - 2025) * 12 + month.month)) * (0.9 + 0.2 * dice.share()), -2))
            rows.append({"Дата": month, "Источник": source, "Канал": channel, "Расходы": amount})
    total: Row = {"Дата": "Итого", "Расходы": sum(number(row["Расходы"]) for row in rows)}
    return Sheet("Реклама", tuple(rows[0]), rows, [{**rows[5], "Расходы": "уточнить"}, total], {"bad_number": 1, "total_row": 1})


def spend_facts(sheet: Sheet, world: World) -> Facts:
    """Roubles spent; cost of a request and of a request that became a deal since the requests are kept, by source."""
    since, leads = r.SAMPLE.leads_since, exported(world)
    came, became = Counter(lead.client.source for lead in leads), Counter(lead.client.source for lead in leads if lead.fate == "converted")
    cost: Counter[str] = Counter()
    for row in sheet.rows:
        if day_of(row["Дата"]) >= since:
            cost[str(row["Источник"])] += round(number(row["Расходы"]))
    told = ", ".join(f"{source} {cost[source] / came[source]:.0f} / {cost[source] / became[source]:.0f}" for source in COSTS)
    return {"spend": ("", f"{sum(number(row['Расходы']) for row in sheet.rows):.0f}; {told}")}
