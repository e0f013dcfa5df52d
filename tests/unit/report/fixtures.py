"""A believable, made-up set of measured values, findings and intake facts, and a hostile twin of it."""

from __future__ import annotations

import datetime as dt
import math
import random
from pathlib import Path

import effects_made
import pandas as pd
import techniques_made

from audit.schema import VALUES
from audit.workspace import Workspace, write_json, write_text

AS_OF = dt.date(2026, 10, 31)
SELLERS = ["Азарова Вера", "Бортников Лев", "Вишняк Ольга", "Гордеев Пётр", "Дымова Инна", "Ершов Глеб", "Жукова Рита",
           "Зорин Макар", "Ильина Юлия", "Карпов Ян", "Лосева Анна", "Мохов Егор"]
STAGES = ["Новая заявка", "Выявление потребности", "Встреча / замер", "КП отправлено", "Переговоры", "Договор"]
SOURCES = ["Сайт", "Звонок", "Рекомендация", "Тендерная площадка", "Выставка", "Повторное обращение"]
HOSTILE = [
    "<script>window.__xss_a=1</script>", '<img src=x onerror="window.__xss_b=1">', "</script><script>window.__xss_c=1</script>",
    '<a href="javascript:window.__xss_d=1">x</a>', '"><svg onload=window.__xss_e=1>', '![x](x" onerror="window.__xss_f=1)',
    '=HYPERLINK("http://example.org","x")', "../../etc/passwd", "Оченьдлинноесловобезпробелов" * 10, "\u202eشركة الاختبار",
    "Отдел 🚀🔥 «лучших»", "name@example.org", "+7 (000) 123-45-67", "$x^2$ {braces} %s", "4111 1111 1111 1111", "/home/ivan/clients.csv",
]


class Table:
    """Collects rows of VALUES."""

    def __init__(self) -> None:
        self.rows: list[dict] = []

    def add(self, metric, value, low=None, high=None, n=0, *, by="", group="", period="all", start=None, status="ok", basis="period"):
        """One row."""
        end = dt.date(start.year + start.month // 12, start.month % 12 + 1, 1) if start else None
        self.rows.append({
            "metric": metric, "period": period, "period_start": start, "period_end": end, "basis": basis, "by": by, "group": group,
            "value": value, "low": low, "high": high, "n": n, "status": status,
        })

    def share(self, metric, k, n, **where):
        """A share with Wilson's interval."""
        low, high = wilson(k, n)
        self.add(metric, k / n, low, high, n, **where)

    def frame(self) -> pd.DataFrame:
        """All rows with the columns of VALUES."""
        return pd.DataFrame(self.rows).reindex(columns=list(VALUES.names))


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of k of n."""
    z, p = 1.96, k / n
    mid, half = (p + z * z / 2 / n) / (1 + z * z / n), z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n)
    return mid - half, mid + half


def months() -> list[dt.date]:
    """Eighteen months up to the as-of day."""
    return [dt.date(2025 + (4 + i) // 12, (4 + i) % 12 + 1, 1) for i in range(18)]


def values(sellers=SELLERS, stages=STAGES, sources=SOURCES) -> pd.DataFrame:
    """Everything measurable in a rich client."""
    t, rng = Table(), random.Random(4)
    starts = months()
    for at, start in enumerate(starts):
        last = "incomplete_period" if at == len(starts) - 1 else "ok"
        season = 1 + 0.12 * math.sin(at / 2) + 0.012 * at
        revenue = 13.2e6 * season * (0.55 if last != "ok" else 1)
        t.add("revenue", revenue, revenue * 0.9, revenue * 1.11, int(110 * season), period="month", start=start, status=last)
        n = int(330 * season)
        t.share("win_rate", int(n * (0.31 + 0.02 * math.sin(at))), n, period="month", start=start, status=last)
        if start >= dt.date(2026, 1, 1):
            t.add("plan_target", 15.5e6, period="month", start=start, status=last)
            t.add("plan_fact", revenue, period="month", start=start, status=last)
        for i, seller in enumerate(sellers):
            own = revenue / 12 * (0.7 + 0.05 * i + 0.2 * rng.random())
            t.add("revenue", own, own * 0.6, own * 1.5, 9, by="owner", group=seller, period="month", start=start, status=last)
    t.add("revenue", 2.5e8, 2.41e8, 2.6e8, 1890)
    t.share("win_rate", 1890, 6010)
    t.share("win_rate_cohort", 1811, 6320)
    t.add("win_rate_value", 0.286, 0.27, 0.30, 6010)
    t.add("won_deals", 1890, 1806, 1977, 1890)
    t.add("avg_check", 132_400, 126_000, 139_500, 1890)
    t.add("median_check", 84_300, 81_000, 88_200, 1890)
    t.add("new_clients", 412, 373, 454, 412)
    t.add("plan_attainment", 0.914, n=10)
    t.add("plan_gap", -1_240_000.0)
    t.add("plan_run_rate", 14_100_000.0)
    t.add("deals_in_work", 688, 638, 741, 688)
    t.add("deals_in_work_amount", 96_400_000.0, n=688)
    reached = [6900, 6120, 4480, 3720, 2410, 2015]
    for i, stage in enumerate(stages):
        t.share("stage_conversion", reached[i + 1] if i + 1 < len(reached) else 1890, reached[i], by="stage", group=stage, basis="cohort")
    for day in range(0, 125, 4):
        value = 0.315 * (1 - math.exp(-((day / 38) ** 1.3)))
        t.add("cycle_incidence", value, value * 0.96, value * 1.04, 6900, by="day", group=str(day), basis="cohort")
    t.add("cycle_days", 27, 26, 28, 1890)
    t.add("cycle_days_mean", 33.4, 32.1, 34.8, 1890)
    t.add("cycle_days_half", 29, 28, 31, 6900)
    t.share("open_older_than_p90", 151, 688)
    for metric, value in {"leaking_deals": 214, "leak_no_next": 131, "leak_overdue": 88, "leak_silent": 102, "leak_orphan": 9, "leak_stale_date": 61,
                          "leaking_leads": 37}.items():
        t.share(metric, value, 688, basis="snapshot")
    t.add("overdue_tasks", 143, n=143, basis="snapshot")
    t.add("stuck_deals", 96, n=96, basis="snapshot")
    t.add("money_at_risk", 27_900_000.0, n=214, basis="snapshot")
    t.share("lead_conversion", 3180, 9900, basis="cohort")
    t.share("lead_junk_share", 1710, 9900, basis="cohort")
    for i, source in enumerate(sources):
        t.share("lead_conversion", int((0.22 + 0.04 * i) * (2600 - 380 * i)), 2600 - 380 * i, by="source", group=source, basis="cohort")
    t.share("norm_attainment", 861, 1000)
    for kind, count in {"call_out": 41_200, "call_in": 9_300, "meeting": 2_140, "proposal": 3_720, "task": 11_800}.items():
        t.add("activity_count", count, n=count, by="kind", group=kind)
    t.add("receivables", 31_200_000.0, n=204, basis="snapshot")
    t.share("overdue_share", 38, 100, basis="snapshot")
    for bucket, value in {"not_due": 19.3e6, "1-30": 5.1e6, "31-60": 3.2e6, "61-90": 1.4e6, "90+": 2.2e6}.items():
        t.add("receivables_ageing", value, n=20, by="bucket", group=bucket, basis="snapshot")
    for field, share in {"deals.amount": 0.97, "deals.source": 0.81, "deals.client_id": 0.99, "deals.x": 0.58}.items():
        t.share("completeness", int(share * 7000), 7000, by="field", group=field, basis="snapshot")
    for i, seller in enumerate(sellers):
        n, rate = 420 + 13 * i, 0.19 if i == 3 else 0.44 if i == 8 else 0.31 + 0.01 * ((i * 7) % 5 - 2)
        t.share("win_rate", int(n * rate), n, by="owner", group=seller)
        t.add("won_deals", int(n * rate), n=int(n * rate), by="owner", group=seller)
        t.add("revenue", 18e6 + 1e6 * i, 16e6 + 1e6 * i, 21e6 + 1e6 * i, int(n * rate), by="owner", group=seller)
        t.add("cycle_days", 25 + i, 22 + i, 29 + i, int(n * rate), by="owner", group=seller)
        t.add("plan_attainment", 0.8 + 0.02 * i, by="owner", group=seller)
        for metric, k in (("norm_attainment", 70 + i), ("leaking_deals", 20 + i), ("tasks_on_time", 88)):
            t.share(metric, k, 100, by="owner", group=seller)
        t.add("avg_check", 125_000 + 2_000 * i, 110_000 + 2_000 * i, 143_000 + 2_000 * i, int(n * rate), by="owner", group=seller)
    t.add("win_rate", 0.4, n=5, by="owner", group="Новый Тимур", status="too_few")
    for metric, lacks in {"forecast_error": "forecasts", "call_quality": "qa_reviews", "dso": "invoices", "turnover": "users.left_at"}.items():
        t.add(metric, None, status=f"not_measurable: lacks {lacks}")
    return t.frame()


def finding(id, metric, slice_, n, value, benchmark, gap, gain=None, **more) -> dict:
    """One finding as zones write it."""
    spread = abs(gap[0]) * 0.3
    made = {
        "id": id, "metric": metric, "slice": slice_, "n": n, "value": value, "benchmark": benchmark, "benchmark_kind": "peers",
        "gap": gap[0], "low": gap[0] - spread, "high": gap[0] + spread, "p_value": 2e-9, "q_value": 4e-7,
        "horizon": "tactical", "remedy": "coach_weak_stage", "confounders": ["source", "segment", "product"],
        "rows": f"tables/deals.parquet where \"{next(iter(slice_))}\" = '{next(iter(slice_.values()))}'",
        "unit": {"win_rate": "share", "avg_check": "money", "cycle_days": "days"}[metric], "volume_per_month": n / 18,
        "raw_value": value * 0.97, "raw_gap": gap[0] * 1.14, "standardised": value,
    }
    if gain:
        made |= {"gain_per_month": gain, "gain_low": gain * 0.62, "gain_high": gain * 1.4}
    return made | more


def findings(sellers=SELLERS, sources=SOURCES) -> dict:
    """Three zones, a strength and two that cannot be told."""
    peers = [{"level": s, "value": 0.30 + 0.012 * ((i * 5) % 7 - 3), "low": 0.25, "high": 0.36, "n": 450} for i, s in enumerate(sellers)]
    peers[3] |= {"value": 0.19, "low": 0.155, "high": 0.225}
    peers[8] |= {"value": 0.44, "low": 0.39, "high": 0.49}
    zones = [
        finding("win_rate-owner-3", "win_rate", {"owner": sellers[3]}, 459, 0.19, 0.31, (-0.104,), 412_000.0, peers=peers),
        finding("win_rate-source-segment", "win_rate", {"source": sources[3], "segment": "Госзаказ"}, 604, 0.18, 0.30, (-0.098,), 287_000.0,
                horizon="strategic", remedy="offer_for_segment", peers=[]),
        finding("avg_check-region", "avg_check", {"region": "Поволжье"}, 231, 104_000.0, 131_000.0, (-24_000.0,), 148_000.0,
                remedy="regional_price_list", horizon="strategic", q_value=0.0123,
                peers=[{"level": r, "value": v, "low": v * 0.88, "high": v * 1.13, "n": 240} for r, v in
                       {"Поволжье": 104e3, "Урал": 133e3, "Центр": 128e3, "Юг": 125e3, "Сибирь": 136e3, "Северо-Запад": 131e3}.items()]),
    ]
    best = finding("win_rate-owner-8", "win_rate", {"owner": sellers[8]}, 524, 0.44, 0.31, (0.11,), peers=peers)
    return {
        "schema": 1, "client": "–", "as_of": str(AS_OF), "currency": "RUB", "tested": 412, "q": 0.1, "findings": zones,
        "total_gain_per_month": {"value": 847_000.0, "low": 590_000.0, "high": 1_130_000.0}, "strengths": [best],
        "cannot_tell": [{"metric": "win_rate", "slice": {"owner": "Новый Тимур"}, "n": 5, "needs_n": 140}],
        "not_measurable": [{"card": "M41", "lacks": ["forecasts"]}],
    }


def intake(name="bitrix24_deals.csv") -> dict:
    """Three files, one with a broken join."""
    return {
        "schema": 1, "files": [
            {"file": name, "preset": "bitrix24_deals", "encoding": "cp1251", "table": "deals", "rows_in": 8204, "rows_kept": 8190, "rows_merged": 1110,
             "rows_quarantined": 14, "reasons": {"bad_date": 3, "duplicate_id": 9, "negative_amount": 2}},
            {"file": "1c_payments.xlsx", "preset": "payments_1c", "encoding": None, "table": "payments", "rows_in": 1702, "rows_kept": 1701,
             "rows_quarantined": 1, "reasons": {"total_row": 1}},
            {"file": "notes.csv", "preset": None, "encoding": "utf-8", "table": None, "rows_in": 12, "rows_kept": 0, "rows_quarantined": 12, "reasons": {"no_table": 12}},
        ],
        "decisions": [{"kind": "dates", "file": name, "column": "Дата создания", "value": "dmy", "why": "data"},
                      {"kind": "currency", "file": name, "column": "Сумма", "value": "RUB", "why": "client_currency"},
                      {"kind": "client_join", "file": "1c_payments.xlsx", "column": "Контрагент", "value": {"tax_id": 1600, "bare_name": 12}, "why": "steps"},
                      {"kind": "person", "file": "people", "column": "Тайный Игорь", "value": "new", "why": "not_in_the_list_of_people"},
                      {"kind": "person", "file": "people", "column": "Скрытая Ия", "value": "new", "why": "not_in_the_list_of_people"},
                      {"kind": "person", "file": "people", "column": "a", "value": ["Тайный Игорь", "Игорь Тайный"], "why": "alike_not_joined"},
                      {"kind": "client_differs", "file": name, "column": "Телефон", "value": {"n": 3, "values": {"ООО Тайна": ["1", "2"]}}, "why": "first_file"},
                      {"kind": "new_kind", "file": name, "column": "X", "value": {"a": ["b"]}, "why": "data"}],
        "joins": [{"file": name, "column": "Товар", "missing": 1480, "examples": ["GTXPro"], "suggestion": {"GTXPro": "GTX Pro"}}],
        "questions": [],
    }


def passport(file="bitrix24_deals.csv", where="deals.owner_id") -> dict:
    """A data passport with one gap, one broken link and two files to ask for; `file` and the example may be hostile."""
    starts = [start.isoformat() for start in months()]
    counts = [int(300 + 20 * math.sin(at)) for at in range(18)]
    gap = {"month": starts[9], "found": 0, "expected": 301.5, "p": 1e-40}

    def fact(kind, name, place, severity, n=None, of=None, value=None, blocks=(), **more):
        return {"kind": kind, "name": name, "where": place, "value": value, "n": n, "of": of, "severity": severity, "blocks": list(blocks), "more": more}

    return {
        "schema": 1, "client": "–", "as_of": str(AS_OF), "system": "bitrix24", "statements": {"now": 24, "with_ask": 31, "all": 33},
        "ask": [{"table": "activities", "columns": ["kind", "owner_id", "entity", "entity_id", "done_at"], "anew": False, "statements": ["S0-7", "S0-8"],
                 "cards": ["M31"], "metrics": ["activity_count"]},
                {"table": "deals", "columns": ["margin"], "anew": True, "statements": [], "cards": ["M27"], "metrics": ["margin", "margin_share"]}],
        "months": {"starts": starts, "rule": {"alpha": 0.05, "neighbours": 3, "below": 0.5}, "series": [
            {"name": "deals.created_at", "counts": [*counts[:9], 0, *counts[10:]], "first": "2025-05-02", "last": str(AS_OF), "gaps": [gap]},
            {"name": "payments.received_on", "counts": [0, 0, *counts[2:]], "first": "2025-07-03", "last": str(AS_OF), "gaps": []}]},
        "findings": [
            fact("month", "empty", "deals.created_at", "serious", 0, value=0.0, month=starts[9], expected=301.5, p=1e-40),
            fact("link", "deals→users", where, "serious", 900, 8190, 0.87, missing=900, empty=165, examples=[file]),
            fact("lacking", "table", "activities.kind", "attention", 3, 62, blocks=["M31"], need="activities.kind", metrics=["activity_count"], alone=[]),
            fact("pattern", "missing_ids", "deals.deal_id", "attention", 410, 8600, 0.0477, low=1, high=8600),
            fact("pattern", "open_over_a_year", "deals.created_at", "note", 41, 677, 0.06),
            fact("file", "read", file, "note", 14, 8204, 0.0017, first="2025-05-02", last=str(AS_OF), kept=8190, reasons={}),
            fact("column", "filled", "deals.amount", "ok", 8000, 8190, 0.9768, placeholders=12, placeholder_share=0.0015),
        ], "decisions": [],
    }


def workspace(root: Path, *, name="ООО «Пример-Снаб» (вымышленная)", hostile=False, extra="") -> Workspace:
    """A measured workspace; `hostile` puts an attack in every name of the client's data."""
    sellers, stages, sources, file = SELLERS, STAGES, SOURCES, "bitrix24_deals.csv"
    if hostile:
        attacks = HOSTILE * 2
        sellers, stages, sources, file = attacks[:12], attacks[12:18], attacks[4:10], HOSTILE[0]
        name = (HOSTILE[0] + HOSTILE[4] + " " + HOSTILE[8])[:180]
    import yaml

    text = yaml.safe_dump({"name": name}, allow_unicode=True, width=1000) + extra
    made = Workspace.create(root, text)
    folder = made.report_dir(AS_OF)
    values(sellers, stages, sources).to_parquet(folder / "values.parquet")
    write_json(folder / "findings.json", findings(sellers, sources))
    write_json(made.intake_report, intake(file))
    write_json(folder / "passport.json", passport(file))
    write_json(folder / "techniques.json", techniques_made.techniques(sellers, *([" ".join(HOSTILE[:6])] if hostile else [])))
    write_json(made.report_dir(effects_made.MONTH) / "effects.json", effects_made.effects(sellers))
    note = "## Разговор с руководителем\n\nОтдел **готов** менять скрипт. " + (" ".join(HOSTILE) if hostile else "")
    write_text(made.notes / "meeting.md", note)
    write_text(made.notes / "zones.md", "Первая зона обсуждена с руководителем отдела: перегруз, а не навык.")
    return made
