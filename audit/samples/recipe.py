"""What the made-up client is: its people, markets and the truths planted in it, as constants."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

SEED = 444


@dataclass(frozen=True, slots=True)
class Seller:
    """One seller; `weight` is the relative share of new requests while employed."""

    name: str
    team: str
    role: str
    weight: float
    hired: dt.date
    left: dt.date | None = None

    def works(self, day: dt.date) -> bool:
        """Whether the seller is employed on `day`."""
        return self.hired <= day and (self.left is None or day <= self.left)


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted truth: `effect` is added to the win rate (points) or multiplies the cheque or conversion."""

    key: str
    metric: str
    slice: dict[str, str] = field(hash=False)
    effect: float


SOUTH, NORTH = "Отдел Юг", "Отдел Север"
SELLER, SENIOR, HEAD = "Менеджер", "Старший менеджер", "Руководитель отдела продаж"
D = dt.date

SELLERS: tuple[Seller, ...] = (
    Seller("Образцова Анна", NORTH, SENIOR, 1.10, D(2021, 3, 15)),
    Seller("Примеров Илья", NORTH, SELLER, 1.00, D(2022, 9, 1)),
    Seller("Макетов Олег", NORTH, SELLER, 1.25, D(2023, 2, 6)),
    Seller("Тестова Мария", SOUTH, SELLER, 1.05, D(2023, 6, 19)),
    Seller("Вымыслов Пётр", SOUTH, SENIOR, 1.10, D(2020, 11, 2)),
    Seller("Шаблонова Ирина", SOUTH, SELLER, 1.00, D(2024, 1, 15)),
    Seller("Набросков Артём", NORTH, SELLER, 0.95, D(2024, 4, 8)),
    Seller("Эскизова Ольга", SOUTH, SELLER, 1.00, D(2022, 5, 23), D(2026, 2, 13)),
    Seller("Черновиков Денис", NORTH, SELLER, 0.90, D(2024, 8, 5), D(2026, 7, 31)),
    Seller("Моделина Елена", SOUTH, SELLER, 0.95, D(2025, 9, 1)),
    Seller("Условнов Глеб", NORTH, SELLER, 0.95, D(2026, 3, 2)),
    Seller("Пробникова Яна", SOUTH, SELLER, 0.80, D(2026, 9, 14)),
)
LEADER = Seller("Эталонова Софья", "Отдел продаж", HEAD, 0.0, D(2019, 1, 14))

SITE, ADS, CALL, ADVICE, FAIR, MARKET = "Сайт", "Реклама", "Звонок", "Рекомендация", "Выставка", "Маркетплейс"
SOURCES = {SITE: 0.25, ADS: 0.23, CALL: 0.18, ADVICE: 0.12, FAIR: 0.08, MARKET: 0.14}
BUILD, RETAIL, FACTORY, STATE = "Строители", "Розница", "Производство", "Госзаказ"
SEGMENTS = {BUILD: 0.22, RETAIL: 0.48, FACTORY: 0.18, STATE: 0.12}
URAL, TINY = "Свердловская область", "Калининградская область"
REGIONS = {
    "Москва": 0.24, "Санкт-Петербург": 0.16, URAL: 0.17, "Татарстан": 0.12, "Краснодарский край": 0.11,
    "Нижегородская область": 0.11, "Новосибирская область": 0.09,
}

# median cheque of a product, roubles
CHEAP = "Расходные материалы"
PRODUCTS = {
    "Кабель": 185_000, "Щитовое оборудование": 420_000, "Освещение": 150_000, "Электроустановка": 96_000,
    "Насосы": 265_000, "Трубопровод": 215_000, "Вентиляция": 330_000, CHEAP: 27_000,
}
# weights of the products in the order above
PRODUCT_MIX = {
    BUILD: (20, 16, 12, 10, 12, 16, 12, 2), RETAIL: (12, 4, 22, 24, 8, 8, 4, 18),
    FACTORY: (16, 20, 8, 8, 20, 12, 14, 2), STATE: (18, 18, 18, 8, 10, 12, 14, 2),
}
EXTRA_PRODUCT = "Доставка"
CHEQUE_SIGMA = 0.55

LOSS_REASONS = {
    "Дорого": 27, "Выбрали конкурента": 20, "Нет ответа клиента": 22, "Нет бюджета": 14,
    "Не устроили сроки": 10, "Передумали покупать": 7,
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the pipeline: Bitrix24 code, name, and log-normal time spent in it (median days)."""

    code: str
    name: str
    days: float


STAGES: tuple[Stage, ...] = (
    Stage("NEW", "Новая заявка", 0.6),
    Stage("PREPARATION", "Выявление потребности", 3.0),
    Stage("PREPAYMENT_INVOICE", "Встреча/замер", 4.0),
    Stage("EXECUTING", "КП отправлено", 11.0),
    Stage("FINAL_INVOICE", "Переговоры", 4.0),
    Stage("UC_7XK2QD", "Договор", 3.0),
)
WON, LOST = Stage("WON", "Успешно реализована", 0), Stage("LOSE", "Провалена", 0)
MEETING = 2  # the stage that a third of the deals skip
LOST_AT = (18, 20, 9, 32, 15, 6)  # weights of the stage in which a deal is lost

LOSING_DAYS = 20.0  # median days in the stage in which a deal is lost
BLANK = {"source": 0.015, "segment": 0.008, "region": 0.005, "owner": 0.002}  # share of deals without the field

BASE_WIN = 0.345
BASE_CONVERSION = 0.55  # lead → deal
LEAD_JUNK = 0.19
RESPONSE_MINUTES = 14.0  # median business time to the first answer to a lead
TINY_DEALS, TINY_WON = 16, 2

WEAK_SELLER, WEAK_MIX, NEW_SELLER = "Макетов Олег", "Тестова Мария", "Пробникова Яна"
ZONES: tuple[Planted, ...] = (
    Planted("seller", "win_rate", {"owner": WEAK_SELLER}, -0.12),
    Planted("cell", "win_rate", {"source": ADS, "segment": RETAIL}, -0.12),
    Planted("region", "avg_check", {"region": URAL}, -0.20),
)
REQUESTS: tuple[Planted, ...] = (
    Planted("response", "lead_response", {"source": MARKET}, 8.0),
    Planted("conversion", "lead_conversion", {"source": MARKET}, -0.16),
)
WEAK, CELL, CHEAP_REGION = ZONES
SLOW, POOR = REQUESTS


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample client in one value: dates, seed, planted truths and files."""

    seed: int = SEED
    start: dt.date = D(2025, 5, 1)
    as_of: dt.date = D(2026, 10, 31)
    leads_since: dt.date = D(2026, 1, 1)  # the marketing CRM was introduced then
    history_since: dt.date = D(2026, 1, 1)  # stage moves before it were not stored
    plans_since: dt.date = D(2025, 7, 1)  # targets were not set before
    calls_since: dt.date = D(2026, 8, 1)  # the telephone exchange keeps three months
    zones: tuple[Planted, ...] = ZONES
    requests: tuple[Planted, ...] = REQUESTS
    files: tuple[str, ...] = (
        "bitrix24_deals.csv", "bitrix24_stages.csv", "bitrix24_stage_history.csv", "bitrix24_activities.csv",
        "amocrm_leads_2026-10-31.csv", "telephony_calls.csv", "1c_payments.xlsx", "1c_receivables.xlsx",
        "plan.xlsx", "managers.xlsx", "hr.xlsx", "absences.xlsx", "development.xlsx", "competences.xlsx", "surveys.xlsx", "qa_calls_1.xlsx", "qa_calls_2.xlsx",
        "qa_deals.xlsx", "standups.xlsx", "deviations.xlsx", "control_time.xlsx", "norms.xlsx", "calendar.csv", "proposals.xlsx", "1c_invoices.xlsx",
        "deal_products.xlsx", "contacts.xlsx", "companies.xlsx", "techniques.xlsx", "technique_uses.xlsx", "forecasts.xlsx", "funnel_snapshots.xlsx", "growth_actions.xlsx",
        "spend.xlsx",
    )


SAMPLE = Sample()
