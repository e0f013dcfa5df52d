"""The last day that a title of a report speaks of."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from audit.intake.parse.dates import moment, take_apart
from audit.intake.text import lexicon

_DAY = re.compile(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2} [^\W\d_]{3,} \d{4}", re.I)
_MONTH = re.compile(r"([^\W\d_]{3,})\.? (\d{4})", re.I)
_PART = re.compile(r"(\d{1,2})[ -]*(?:й|е|ое|ый|ти|то|ро|во|st|nd|rd|th)?\s*(кв|тримес|quarter|полугод|полугоди|месяц|месец|month)\w*\.?\s*,?\s*(\d{4})", re.I)
_YEAR = re.compile(r"(?:за|for|през)\s*(\d{4})\s*(?:г|год|year)?", re.I)


def last_day(text: str) -> dt.date | None:
    """The end of the last period named in `text`; None when it names none.

    >>> [str(last_day(text)) for text in ("Январь 2026 г. - Февраль 2026 г.", "с 01.01.2026 по 28.03.2026", "за 1 квартал 2026 г.", "за 2025 год", "ООО А")]
    ['2026-02-28', '2026-03-28', '2026-03-31', '2025-12-31', 'None']
    """
    plain = " ".join(text.lower().replace("\u00a0", " ").split())
    found: list[tuple[int, dt.date]] = []
    for match in _DAY.finditer(plain):
        when = moment(take_apart(match.group()), "dmy", "UTC")
        if when:
            found.append((match.start(), when.date()))
    for match in _PART.finditer(plain):
        size = 3 if match[2].startswith(("кв", "тр", "qu")) else 6 if match[2].startswith("пол") else 1
        if 1 <= int(match[1]) * size <= 12:
            found.append((match.start(), _end(int(match[3]), int(match[1]) * size)))
    for match in _MONTH.finditer(plain):
        month = next((int(number) for number, words in lexicon()["months"].items() if match[1].startswith(tuple(words))), None)
        if month and not any(match.start() - 6 <= start <= match.start() for start, _ in found):
            found.append((match.start(), _end(int(match[2]), month)))
    if not found:
        found = [(match.start(), _end(int(match[1]), 12)) for match in _YEAR.finditer(plain)]
    sane = [(start, day) for start, day in found if 1990 <= day.year < 2100]
    return max(sane)[1] if sane else None


def _end(year: int, month: int) -> dt.date:
    year = min(max(year, 1), 9999)
    return dt.date(year, month, calendar.monthrange(year, month)[1])
