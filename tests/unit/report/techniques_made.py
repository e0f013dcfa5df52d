"""techniques.json of the made-up client, written as `judge` writes it: one technique that works, one unclear, one never heard, one new phrase."""

from __future__ import annotations

from typing import Any


def techniques(sellers: list[str], quote: str = "Созвонимся в среду в 11:30.") -> dict[str, Any]:
    """The content; `quote` and the sellers' names may be hostile."""
    one, other = sellers[0], sellers[1]
    months = ["2026-06", "2026-07", "2026-08", "2026-09"]
    return {
        "schema": 1,
        "techniques": [
            _one("next_step", "Договорился о следующем шаге", "proven", 214, (0.12, 0.03, 0.21), quote) | {"next_step": {"lift": 0.08, "low": 0.01, "high": 0.15}},
            _one("benefit", "Презентация через выгоду", "candidate", 120, (-0.02, -0.10, 0.06), quote) | {"next_step": None},
            _one("agenda", "Обозначил план разговора", "cannot tell", 0, None, quote) | {"next_step": None},
        ],
        "placebos": [], "candidates": [{"title": quote, "lift": 0.1, "low": 0.02, "high": 0.18, "deals": 60, "quotes": [quote]}],
        "alarm": {"name": "placebo", "passed": True, "detail": "2 безобидных приёма не повышают успех"},
        "lessons": [{"technique": "next_step", "status": "proven", "teacher": one, "teacher_share": 0.8, "learner": other, "learner_share": 0.1, "gap": 0.4}],
        "counts": {"cases": 420, "deals": 420, "won": 140, "lost": 250, "undecided": 0, "unlinked": 30, "tags_without_case": 0, "tags_after_decision": 3, "tags_after_landmark": 0, "cases_out_of_time": 0},
        "statuses": {"proven": 1, "candidate": 1, "cannot tell": 1, "draft": 0, "retired": 0}, "masked_words": 0.031, "kinds": {"call": 390},
        "adoption": [{"technique": "next_step", "owner": name, "month": month, "opportunities": 20, "uses": 8 + at} for at, month in enumerate(months) for name in (one, other)],
        "sellers": [],
    }


def _one(name: str, title: str, status: str, uses: int, lift: tuple | None, quote: str) -> dict[str, Any]:
    value, low, high = lift or (None, None, None)
    return {"id": name, "title": title, "uses": uses, "opportunities": 390, "users": 9 if uses else 0, "sellers": 11, "success_with": 0.41 if uses else None, "success_without": 0.29,
            "lift": value, "low": low, "high": high, "p_value": 0.01, "q_value": 0.04, "detectable": 0.08, "status": status, "why": "интервал лежит выше нуля", "quotes": [quote] if uses else []}
