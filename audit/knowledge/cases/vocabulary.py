"""Words of headers, kinds and directions (`words.yml`), and values as fields of a case."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from audit.intake.text import load_yaml, norm, spaced

CASE = ("case_id", "deal_id", "client_id", "owner", "outcome", "at", "started_at", "decided_at", "stage", "segment", "amount", "kind", "version", "language")


@cache
def tree() -> dict:
    """The words as written."""
    return load_yaml(files("audit.knowledge.cases").joinpath("words.yml").read_text(encoding="utf-8"))


@cache
def _places() -> dict[str, list[tuple[str, int]]]:
    """Normalised header → (field, how early it stands among the words of that field)."""
    found: dict[str, list[tuple[str, int]]] = {}
    for name, group in tree()["fields"].items():
        for place, word in enumerate(group):
            found.setdefault(norm(word), []).append((name, place))
    return found


def field_words() -> frozenset[str]:
    """Every header that is known, as intake compares headers."""
    return frozenset(_places())


def fields(headers: Iterable[object]) -> dict[str, str]:
    """Field → the header that tells it: of several the one that stands first in the words; one header may tell two fields.

    >>> fields(["ID сделки", "Текст", "startTime", "Зачем"])
    {'deal_id': 'ID сделки', 'text': 'Текст', 'at': 'startTime', 'offset': 'startTime'}
    """
    best: dict[str, tuple[int, str]] = {}
    for header in headers:
        if isinstance(header, str):
            for name, place in _places().get(norm(header)) or _places().get(spaced(header)) or []:
                best[name] = min(best.get(name, (place, header)), (place, header))
    return {name: best[name][1] for name in tree()["fields"] if name in best}


@cache
def kind(word: str | None) -> str | None:
    """`call`, `chat`, `mail`, `proposal` or `note` for a word that names one.

    >>> kind("Звонок"), kind("КП"), kind("что-то")
    ('call', 'proposal', None)
    """
    return _meaning("kinds").get(norm(word)) if word else None


def direction(word: object) -> str | None:
    """Who wrote a message of this direction: seller or client."""
    return _meaning("directions").get(norm(word))


@cache
def _meaning(part: str) -> dict[str, str]:
    return {norm(word): name for name, group in tree()[part].items() for word in group}


_AROUND = re.compile(r"^[\s<\[(‎‏]+|[\s>\])‎‏.]+$")


def is_media(text: str) -> bool:
    """Whether a message is only the mark of a picture, a voice or a deleted message."""
    return len(text) < 80 and norm(_AROUND.sub("", text)) in _media()


@cache
def _media() -> frozenset[str]:
    return frozenset(norm(word) for word in tree()["media"])


@cache
def public_mail() -> frozenset[str]:
    """Domains of mail that everybody may have."""
    return frozenset(tree()["public_mail"])
