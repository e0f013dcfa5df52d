"""A re-measured month of the made-up client: a change that worked, a joint one that is unclear, one that got worse, one that is too young."""

from __future__ import annotations

from typing import Any

MONTH = "2026-09"


def _points(last: float, steps: int = 12, after: int = 4) -> list[dict[str, Any]]:
    return [{"time": f"2025-{at + 1:02d}-01" if at < 12 else f"2026-{at - 11:02d}-01", "value": 0.2 + 0.01 * (at % 3) + (last if at >= steps - after else 0.0),
             "expected": 0.21 if at >= steps - after else None, "low": 0.18 if at >= steps - after else None, "high": 0.24 if at >= steps - after else None,
             "after": at >= steps - after} for at in range(steps)]


def _money(value: float, low: float, high: float, counted: bool = True) -> dict[str, Any]:
    wide = {"low": low - 20_000.0, "high": high + 20_000.0}
    return {"value": value, "low": low, "high": high, "promised": 200_000.0, "promised_for": 1, "changes": 1, "monitored": wide,
            "to_date": {"value": 4 * value, "low": 4 * low, "high": 4 * high, "monitored": {name: 4 * end for name, end in wide.items()}},
            "promised_to_date": 800_000.0, "units_per_month": 40.0, "units_to_date": 160.0, "per_unit": 90_000.0, "counted": counted}


def _one(name: str, seller: str, title: str, verdict: str, effect: tuple | None, **more: Any) -> dict[str, Any]:
    value, low, high = effect or (None, None, None)
    base = {
        "change": f"change-{name}", "metric": "win_rate", "scope": {"owner": seller}, "at": "2026-05-01", "kind": "rate", "method": "diff_in_diff" if effect else "",
        "why": "Units that nobody touched stand beside.", "effect": value, "low": low, "high": high, "relative": None, "p_value": 0.01 if effect else None, "before": 0.21 if effect else None,
        "value": 0.21 + value if effect else None, "expected": 0.21 if effect else None, "better": "higher", "verdict": verdict, "claim": "coincides with", "needs": None,
        "monitoring": {"rule": "obrien_fleming", "look": 4, "planned_looks": 12, "low": low - 0.02, "high": high + 0.02, "alarm": False} if effect else None,
        "money_per_month": None, "checks": [{"name": "placebo_in_time", "passed": True, "detail": "Nothing at an earlier date."},
                                            {"name": "overlap", "passed": False, "detail": f"Another change of {seller}."}] if effect else [],
        "n_before": 600 if effect else 0, "n_after": 160 if effect else 0, "title": title, "what": "", "owner": seller, "horizon": "tactical", "remedy": None, "zone_id": "z",
        "direction": "higher", "baseline": 0.21, "target": 0.27, "gain_low": None, "gain_high": None, "comment": "", "expected_gain": 200_000.0, "unit": "share", "start_on": "2026-05-01",
        "due_on": "2026-06-01", "done_on": None, "horizon_on": "2026-06-15", "look": 4 if effect else 0, "planned_looks": 12, "joint_with": [], "form": "panel" if effect else "",
        "grain": "month", "controls": 9, "common_with": [], "rule": "Judged at one age." if effect else "", "points": _points(value) if effect else [], "digest": "0" * 64, "previous": None,
    }
    return base | more


def effects(sellers: list[str]) -> dict[str, Any]:
    """The content of effects.json."""
    gain = _money(240_000.0, 90_000.0, 390_000.0)
    found = [
        _one("a", sellers[0], "Разбор сделок", "improved", (0.08, 0.03, 0.13), claim="caused by", money_per_month=gain, previous={
            "month": "2026-08", "verdict": "no clear change", "claim": "coincides with", "effect": 0.06, "low": -0.01, "high": 0.13, "money": 180_000.0, "method": "interrupted_series", "form": "series"}),
        _one("b", sellers[1], "Единый прайс", "improved", (0.05, 0.01, 0.09), joint_with=["change-c"], money_per_month=_money(60_000.0, 10_000.0, 110_000.0)),
        _one("c", sellers[1], "Проверка смет", "no clear change", (0.01, -0.04, 0.06), joint_with=["change-b"], money_per_month=_money(60_000.0, 10_000.0, 110_000.0, counted=False)),
        _one("d", sellers[2], "Новый скрипт", "worsened", (-0.06, -0.11, -0.01)),
        _one("e", sellers[3], "Ответ за час", "not measurable yet", None, needs="ещё 12 дней: первый замер 12 окт. 2026 г."),
    ]
    whole = {"value": 300_000.0, "low": 140_000.0, "high": 460_000.0}
    late = {"per_month": whole, "to_date": {name: 4 * value for name, value in whole.items()}, "promised": 400_000.0, "promised_to_date": 1_600_000.0, "changes": 3, "promised_for": 2}
    early = {"per_month": whole, "to_date": {name: 3 * value for name, value in whole.items()}, "promised": 400_000.0, "promised_to_date": 1_200_000.0, "changes": 3, "promised_for": 3}
    counts = {"proposed": 7, "agreed": 5, "started": 5, "done": 2, "done_with_due": 2, "on_time": 1, "overdue": 3}
    return {
        "schema": 1, "client": "–", "month": MONTH, "as_of": "2026-09-30", "currency": "RUB", "plan_version": 1, "parameters": {"engine": "duckdb"}, "inputs": "0" * 64, "code": "0" * 16,
        "effects": found, "totals": late | {"promised_of_plan": 1_000_000.0, "by_month": [{"month": "2026-08"} | early, {"month": MONTH} | late]},
        "progress": counts | {"by_horizon": {"tactical": counts, "strategic": dict.fromkeys(counts, 0)}},
    }
