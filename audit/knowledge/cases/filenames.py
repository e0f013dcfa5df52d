"""What the name of a file tells: deal, day and time, phone, kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import NamedTuple

from audit.knowledge.cases.vocabulary import kind

_DEAL = re.compile(r"(?<![^\W\d_])(?:deal|opportunity|lead|crm|сделка|сделки|лид|id|#|№)[ _=#№-]{0,3}(?P<id>[A-Za-z]{0,6}[-_]?\d{1,18}|[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27})(?![^\W_])", re.I)
_PHONE = re.compile(r"(?<!\w)\+?\(?\d[\d()]{0,4}(?:[ -]?\(?\d{2,4}\)?){2,5}(?!\w)")
_DAY = re.compile(r"(?<!\d)(?P<day>(?:19|20)\d{2}[-._](?:0\d|1[0-2])[-._](?:[0-2]\d|3[01])|(?:[0-2]?\d|3[01])[.](?:0?\d|1[0-2])[.](?:19|20)\d{2}|(?:[0-2]\d|3[01])[-_](?:0\d|1[0-2])[-_](?:19|20)\d{2}|"
                  r"20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?!\d{3})")
_HOUR = re.compile(r"^[T _-]{1,3}(?P<hour>[01]\d|2[0-3])[-:._h]?(?P<minute>[0-5]\d)(?:[-:._m]?(?P<second>[0-5]\d))?(?!\d)")
_APART = re.compile(r"[\s_,;()\[\]{}+]+|(?<=\D)\.|\.(?=\D)")


_VERSION = re.compile(r"(?<![^\W_])(?:version|версия|вер|ver|v|в)[ ._-]?(?P<version>\d{1,3}(?:\.\d{1,3})*)(?![^\W_])", re.I)


class Named(NamedTuple):
    """What a name tells; None for what it does not. `phones` and `pieces` (words and numbers) may be of anybody: the tables of the CRM decide."""

    deal_id: str | None
    at: str | None
    kind: str | None
    phones: tuple[str, ...]
    pieces: tuple[str, ...]
    version: str | None


def told(name: str) -> Named:
    """What the path of a file tells, its folders included for the kind.

    >>> told("calls/2026-03-05_deal-1042_79161234567.txt")[:4]
    ('1042', '2026-03-05', 'call', ('79161234567',))
    """
    path = PurePosixPath(name)
    stem = path.name[: -len(path.suffix)] if path.suffix and len(path.suffix) < 8 else path.name
    at, rest = _when(stem)
    deal = _DEAL.search(rest)
    bare = rest if deal is None else rest[:deal.start()] + " " + rest[deal.end():]
    phones = tuple(match.group() for match in _PHONE.finditer(bare.replace("_", " ")) if 10 <= sum(char.isdigit() for char in match.group()) <= 15)
    pieces = tuple(piece for piece in _APART.split(bare) if piece)
    version = _VERSION.search(bare)
    return Named(deal["id"] if deal else None, at, _kind(path, stem), phones, pieces, version["version"] if version else None)


def _when(stem: str) -> tuple[str | None, str]:
    """(day, with its hour where there is one, as ISO text; the name without them)."""
    match = _DAY.search(stem)
    if match is None:
        return None, stem
    digits = match["day"]
    parts = re.split(r"[-._]", digits) if not digits.isdigit() else [digits[:4], digits[4:6], digits[6:]]
    year, month, day = parts if len(parts[0]) == 4 else parts[::-1]
    at, end = f"{year}-{int(month):02d}-{int(day):02d}", match.end()
    if hour := _HOUR.match(stem[end:]):
        at, end = f"{at} {hour['hour']}:{hour['minute']}:{hour['second'] or '00'}", end + hour.end()
    return at, stem[:match.start()] + " " + stem[end:]


def _kind(path: PurePosixPath, stem: str) -> str | None:
    """The kind that a word of the name tells, else the nearest folder."""
    first = _first(kind, re.split(r"[\W\d_]+", stem))
    return first or _first(kind, [word for part in reversed(path.parent.parts) for word in (part, *re.split(r"[\W\d_]+", part))])


def _first(meaning: Callable[[str], str | None], words: list[str]) -> str | None:
    return next((found for word in words if word and (found := meaning(word))), None)
