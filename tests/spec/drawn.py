"""A CRM drawn as text, and the measured value of one metric of it."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from audit.client import Client
from audit.metrics import measure

NUMBERS = {
    "amount", "amount_base", "margin", "profit", "target", "value", "ord", "max_days", "duration_s", "days_overdue",
    "overdue_amount", "fte", "quantity", "price", "cost", "duration_min", "minutes", "size", "baseline", "expected_gain", "reschedules", "score", "max_score", "weight", "level", "level_max", "experience_months",
}
FLAGS = {"opportunity", "is_used", "is_decision_maker", "is_auto", "is_answered", "is_repeat", "is_system", "is_workday", "is_manager", "is_critical", "is_na"}


def crm(text: str) -> dict[str, pd.DataFrame]:
    """Tables from text: a name at the margin, then a header and rows, indented, cells apart by spaces; `-` is empty.

    A date and its time are joined by `T`; a space inside a value is written `~`.
    """
    tables: dict[str, list[list[str]]] = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith(" "):
            rows = tables.setdefault(line.strip(), [])
        elif line.strip():
            rows.append(line.split())
    return {name: frame(rows) for name, rows in tables.items()}


def frame(rows: list[list[str]]) -> pd.DataFrame:
    """One drawn table in proper types."""
    head, *body = rows
    assert all(len(row) == len(head) for row in body), f"a row is not as wide as {head}"
    drawn = pd.DataFrame([[None if cell == "-" else cell.replace("~", " ") for cell in row] for row in body], columns=head)
    for name in head:
        if name in NUMBERS:
            drawn[name] = drawn[name].astype(float)
        elif name in FLAGS:
            drawn[name] = drawn[name].map({"yes": True, "no": False}).astype("boolean")
        elif name.endswith(("_at", "_on")) or name in ("date", "as_of", "period_start", "period_end", "valid_from", "asked_at"):
            drawn[name] = pd.to_datetime(drawn[name], format="ISO8601")
    return drawn


def client(**settings) -> Client:
    """A made-up client in a country without holidays unless one is named; rules by name."""
    rules = {name: settings.pop(name) for name in list(settings) if name in Client.model_fields["rules"].annotation.model_fields}
    return Client(**({"name": "Drawn", "country": "XX", "currency": "EUR", "rules": rules} | settings))


def row(tables, metric: str, by: str = "", group: str = "", period: str = "all", start: str | None = None,
        as_of: str = "2026-03-31", **settings) -> pd.Series:
    """The measured row of one metric."""
    asked = None if not by or "day" in by or "check" in by or "bucket" in by or "plan" in by else [by]
    values = measure(tables, metric, by=asked, period="month" if period == "all" else period, as_of=as_of, client=client(**settings))
    found = values.get(metric, by, group, period, dt.date.fromisoformat(start) if start else None)
    assert found is not None, f"no row {by}={group} {period} {start} in\n{values.frame.iloc[:, :11]}"
    return found


def value(tables, metric: str, by: str = "", group: str = "", period: str = "all", start: str | None = None,
          as_of: str = "2026-03-31", **settings) -> float:
    """The measured value of one metric."""
    return float(row(tables, metric, by, group, period, start, as_of, **settings)["value"])
