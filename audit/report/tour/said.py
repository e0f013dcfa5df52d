"""Parts of the tour's sentences and names of its axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.report.report import Report, Value


def name(text: str, longest: int = 60) -> str:
    """A label of the client's data as a part of a sentence."""
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"


def value(report: Report, metric: str, row: Value) -> str:
    """A value of `metric` in its unit with its interval in brackets, where it has one."""
    shown, interval = figure(report, metric, row), report.interval(metric, row.low, row.high)
    return report.words("tour.with_interval", value=shown, interval=interval) if interval else shown


def figure(report: Report, metric: str, row: Value) -> str:
    """The value alone, with the digits of the sentence: what a picture writes beside its point."""
    return report.numbers.value(report.unit(metric), row.value, row.low, row.high)


def unit_of(report: Report, metric: str) -> str:
    """What the axis of a metric's values is called: its unit, money by its currency."""
    unit = report.unit(metric)
    if unit.startswith("money") and report.client.currency:
        from babel.numbers import get_currency_symbol

        return report.words("tour.axis.money", currency=get_currency_symbol(report.client.currency, locale=report.lang))
    key = f"metrics.unit.{unit}"
    return report.words(key) if report.words.has(key) else report.title(metric)


def ticks(report: Report, metric: str) -> Callable[[float], str]:
    """Short labels of the axis of a metric's values."""
    return lambda v: report.numbers.tick(report.unit(metric), v)
