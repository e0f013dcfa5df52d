"""Rows by month as a heat strip, with the numbers folded under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.passport import say
from audit.report.charts.strip import Strip, strip
from audit.report.figure import figure
from audit.report.markup import el, join, table

if TYPE_CHECKING:
    from audit.report.report import Report

LAST = 30  # months shown
WIDE = 4  # kinds of event in one table of numbers


def months(report: Report) -> Markup | None:
    """The strip of the last months, or None where fewer than two months or no dated table are known."""
    told = report.passport.get("months") or {}
    starts = [date.fromisoformat(text) for text in told.get("starts") or []]
    lines = [one for one in told.get("series") or [] if any(one["counts"][-LAST:])]
    if len(starts) < 2 or not lines:
        return None
    shown = starts[-LAST:]
    rows = [_strip(report, one, starts)._replace(counts=_reached(one, starts)[-LAST:]) for one in lines]
    flagged = sum(len(one["gaps"]) for one in lines)
    count = report.numbers.count
    values = {"first": report.words.month(shown[0]), "last": report.words.month(shown[-1])}
    title = report.say("report.passport.months_flagged", n=flagged, count=count(flagged)) if flagged else report.say("report.passport.months_even")
    alt = report.say.plain("report.passport.months_alt", kinds=", ".join(row.name for row in rows), marked=_marked(report, lines) or "–", **values)
    picture = strip([row._replace(marked=frozenset(at - (len(starts) - len(shown)) for at in row.marked if at >= len(starts) - len(shown))) for row in rows],
                    shown, report.theme, lambda day: report.words.month(day, "LLL yy"))
    return figure(picture, title=title, unit=report.words("passport.plot.unit"), alt=alt,
                  numbers=_numbers(report, lines, shown), folded=report.words("report.folded.numbers"))


def _strip(report: Report, one: Mapping[str, Any], starts: Sequence[date]) -> Strip:
    marked = {date.fromisoformat(gap["month"]) for gap in one["gaps"]}
    return Strip(say.series_name(one["name"], report.words), (), frozenset(at for at, start in enumerate(starts) if start in marked))


def _reached(one: Mapping[str, Any], starts: Sequence[date]) -> tuple[int | None, ...]:
    """Counts of the months from the first to the last row; nothing beyond."""
    first, last = (date.fromisoformat(one[side]).replace(day=1) for side in ("first", "last"))
    return tuple(count if first <= start <= last else None for start, count in zip(starts, one["counts"], strict=True))


def _marked(report: Report, lines: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{say.series_name(one['name'], report.words)} – {', '.join(say.month(gap['month'], report.words) for gap in one['gaps'])}"
                     for one in lines if one["gaps"])


def _numbers(report: Report, lines: Sequence[Mapping[str, Any]], shown: Sequence[date]) -> Markup:
    """The rule of marking, then tables of at most four kinds of event, a row a month, so that they fit the paper."""
    parts: list[Markup] = [el("p", report.say("passport.rule"))]
    for start in range(0, len(lines), WIDE):
        some = lines[start : start + WIDE]
        names = [say.series_name(one["name"], report.words) for one in some]
        rows = [(report.words.month(day), *[report.numbers.count(one["counts"][at - len(shown)]) for one in some]) for at, day in enumerate(shown)]
        caption = report.words("report.passport.months_table", kinds=", ".join(names))
        parts.append(table(caption, [report.words("report.column.month"), *names], rows, numeric=range(1, len(some) + 1)))
    return el("div", join(parts))
