"""The statements that an audit must answer, and what became of each of them in a set of values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

from audit.metrics.catalogue import CARDS
from audit.metrics.values import Values
from audit.schema.results import NOT_MEASURABLE

MEASURED, LACKS, PROCEDURE, LATER = "measured", "not measurable: lacks ", "procedure, not data", "not in this report"

ZONES = "M69"  # the card that growth zones answer, not values
_SOUGHT = {"win_rate", "avg_check", "cycle_days", "lead_conversion"}  # any of these makes growth zones comparable
ASSUMED = {"detect_days_by_reports"}  # told by a rule of the client, not by the data: it answers nothing


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `kind` holds letters of M measured, R report, C control, A action, D definition, P project step; `by` the metrics that answer it."""

    id: str
    text: str
    name: str
    kind: str
    cards: tuple[str, ...]
    by: tuple[str, ...]


@cache
def statements() -> tuple[Statement, ...]:
    """All statements in the order of their sources."""
    import yaml

    rows = yaml.safe_load(files("audit.metrics").joinpath("statements.yml").read_text(encoding="utf-8"))
    return tuple(Statement(row["id"], row["text"], row["name"], row["kind"], tuple(row["cards"]), _by(row)) for row in rows)


def _by(row: dict) -> tuple[str, ...]:
    return tuple(row.get("by") or (metric for card in row["cards"] for metric in CARDS.get(card, ())))


def answerable(metrics: Iterable[str]) -> set[str]:
    """Ids of the statements that these metrics answer, or growth zones found by them."""
    able = set(metrics)
    return {one.id for one in statements() if able & set(one.by) or (ZONES in one.cards and able & _SOUGHT)}


def trace(values: Values, answered: Iterable[str] = ()) -> pd.DataFrame:
    """One row a statement: statement, text, name, cards, status and `lacks` (what the data do not have).

    `answered` names cards that other documents of the audit answer: growth zones (M69) are findings, not values.
    `status` is 'measured', 'not measurable: lacks …', 'procedure, not data', or 'not in this report' for what
    other documents than the audit answer.
    """
    frame = values.frame
    missing = frame["status"].str.startswith(NOT_MEASURABLE)
    measured = set(frame.loc[~missing & frame["value"].notna(), "metric"]) - ASSUMED
    lacks = dict(zip(frame.loc[missing, "metric"], frame.loc[missing, "status"].str.removeprefix(NOT_MEASURABLE), strict=True))
    rows = []
    for one in statements():
        wanted = [name.strip() for metric in one.by if metric in lacks for name in lacks[metric].split(",")]
        needs = ", ".join(need for need in dict.fromkeys(wanted) if need.partition(".")[0] not in {*wanted} - {need})
        rows.append({"statement": one.id, "text": one.text, "name": one.name, "cards": " ".join(one.cards),
                     "status": MEASURED if {*one.cards} & {*answered} else _status(one, measured, needs), "lacks": needs})
    return pd.DataFrame(rows)


def _status(one: Statement, measured: set[str], needs: str) -> str:
    if measured & set(one.by):
        return MEASURED
    if needs:
        return LACKS + needs
    return LATER if {"M", "R"} & set(one.kind) or one.by else PROCEDURE
