"""Names of people in running text: those that are known, in their grammatical cases, and those that tell themselves by how they are said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from itertools import pairwise
from typing import NamedTuple

WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ENDINGS = frozenset((
    "", "а", "я", "у", "ю", "е", "и", "ы", "й", "ь", "о", "ой", "ей", "ою", "ею", "ом", "ем", "ым", "им", "ого", "его", "ому", "ему", "ый", "ий", "ая", "яя", "ую",
    "юю", "ых", "их", "ыми", "ими", "ам", "ям", "ами", "ями", "ах", "ях", "ов", "ев", "s", "'s", "’s",
))
_SHORT = 3  # letters below which a name is matched as it is, and only with a capital
_PATRONYMIC = re.compile(r"[а-яё]{2,}(?:ович|евич|ич)(?:а|у|ем|е)?$|[а-яё]{2,}(?:овн|евн|ичн)(?:а|ы|е|у|ой)$")
_SURNAME = re.compile(r"[а-яё]{2,}(?:ов|ев|ёв|ин|ын)(?:а|у|ым|е|ой|ы)?$|[а-яё]{2,}(?:ск|цк)(?:и|а|о|ий|ая|ого|ому|им|ой|ую)$|[а-яё]{3,}(?:енко|ук|юк)$")
_INITIALS = re.compile(r"\b[А-ЯЁA-Z]\.\s?(?:[А-ЯЁA-Z]\.\s?)?[А-ЯЁA-Z][а-яёa-z'’-]{2,}|\b[А-ЯЁA-Z][а-яёa-z'’-]{2,}\s[А-ЯЁA-Z]\.(?:\s?[А-ЯЁA-Z]\.)?")

_SECOND = re.compile(r"\s+([^\W\d_]+(?:[-'’][^\W\d_]+)*)")
_CLOSED = re.compile(r"\s*(?:[,.!?:;—–]|$)", re.M)  # what ends a form of address


class Span(NamedTuple):
    """Characters `start` to `end` of a text and what they tell of; `sure` False: to be looked at by a person."""

    start: int
    end: int
    kind: str
    sure: bool = True


@cache
def told() -> dict[str, str]:
    """The words of told.yml."""
    import yaml

    return yaml.safe_load(files("audit.privacy").joinpath("told.yml").read_text(encoding="utf-8"))


@cache
def _phrases(which: str) -> re.Pattern[str]:
    words = sorted(told()[which].split("|"), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words) + r")\.?[\s:,–-]+(?=[^\W\d_])", re.I)


def bases(word: str) -> set[str]:
    """A name without the endings of its cases.

    >>> sorted(bases("Павел")), sorted(bases("Анна"))
    (['павел', 'павл'], ['анн'])
    """
    low = word.casefold().replace("ё", "е")
    if len(low) == _SHORT and re.fullmatch(r"[а-я]{2}[ая]", low):
        return {low, low[:-1]}
    if len(low) <= _SHORT or not re.fullmatch(r"[а-я-]+", low):
        return {low}
    base = re.sub(r"(?:ий|ый|ая|яя|[аяйьоеиы])$", "", low)
    fleeting = {base[:-2] + base[-1]} if len(base) > 4 and base[-2] in "ео" and base == low else set()
    return {base, *fleeting}


def _forms(word: str) -> Iterator[str]:
    """What a word of the text may be a case of."""
    low = word.casefold().replace("ё", "е")
    yield low
    for size in (1, 2, 3):
        if len(low) - size >= 2 and low[-size:] in _ENDINGS:
            yield low[:-size]


class Names:
    """Names of people that are known, and the ways in which others are told.

    Known are the words of `names` (of two letters and more) in any case; `kept` are words that are no names here. A known word with a small letter is masked
    beside another of the same name, else only told as doubtful. With pymorphy3 installed Russian names outside the lists are seen by their grammar.
    """

    def __init__(self, names: Iterable[str] = (), kept: Iterable[str] = ()) -> None:
        self._kept = {word.casefold() for word in kept}
        self._known: dict[str, set[int]] = {}
        for number, name in enumerate(dict.fromkeys(str(name) for name in names)):
            for word in WORD.findall(name):
                if len(word) > 1 and word.casefold() not in self._kept:
                    for base in bases(word):
                        self._known.setdefault(base, set()).add(number)

    def spans(self, text: str) -> Iterator[Span]:
        """Every name, the doubtful ones too."""
        words = [(m.group(), m.start(), m.end()) for m in WORD.finditer(text)]
        yield from self._listed(words)
        yield from self._introduced(text)
        yield from _by_form(text, words)
        for start, end in self._by_grammar(words):
            yield Span(start, end, "name")

    def _owners(self, word: str) -> set[int]:
        if word.casefold() in self._kept or not self._known:
            return set()
        return set().union(*(self._known.get(form, ()) for form in _forms(word)))

    def _listed(self, words: list[tuple[str, int, int]]) -> Iterator[Span]:
        owners = [self._owners(word) for word, _, _ in words] if self._known else []
        for at, mine in enumerate(owners):
            if not mine:
                continue
            word, start, end = words[at]
            beside = (at > 0 and mine & owners[at - 1]) or (at + 1 < len(owners) and mine & owners[at + 1])
            yield Span(start, end, "name", bool(word[0].isupper() or beside))

    def _introduced(self, text: str) -> Iterator[Span]:
        for which in ("named", "titles", "greetings", "perhaps"):
            for match in _phrases(which).finditer(text):
                first = WORD.match(text, match.end())
                if first is None or first.group().casefold() in self._kept or (which != "named" and not first.group()[0].isupper()):
                    continue
                second = _SECOND.match(text, first.end())
                if second and not (second[1][0].isupper() or _SURNAME.match(second[1].lower()) or _PATRONYMIC.match(second[1].lower())):
                    second = None
                if which == "greetings" and ("." in match[0] or not _CLOSED.match(text, second.end() if second else first.end())):
                    continue
                sure = which != "perhaps" or bool(second and f"{first[0]}{second[1]}".isascii())
                yield Span(first.start(), first.end(), "name", sure)
                if second:
                    yield Span(second.start(1), second.end(1), "name", sure)

    def _by_grammar(self, words: list[tuple[str, int, int]]) -> Iterator[tuple[int, int]]:
        if _grammar() is None:
            return
        for word, start, end in words:
            if word[0].isupper() and word.casefold() not in self._kept and _is_name(word):
                yield start, end


def _by_form(text: str, words: list[tuple[str, int, int]]) -> Iterator[Span]:
    """Patronymics with the names around them, two capitals of which the second ends like a surname, initials."""
    for match in _INITIALS.finditer(text):
        yield Span(match.start(), match.end(), "name")
    for (one, start, end), (other, begin, stop) in pairwise(words):
        if not (one[0].isupper() and other[0].isupper() and text[end:begin].isspace()) or one.lower() in _particles():
            continue
        if _PATRONYMIC.match(other.lower()) or _PATRONYMIC.match(one.lower()) or _SURNAME.match(other.lower()):
            yield Span(start, stop, "name")


@cache
def _particles() -> frozenset[str]:
    """Words with a capital before a name that are none of it."""
    return frozenset(word for which in ("perhaps", "named", "titles", "greetings") for phrase in told()[which].split("|") for word in phrase.split())


@cache
def _grammar():
    """pymorphy3's analyser; None where it is not installed."""
    if find_spec("pymorphy3") is None:
        return None
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@cache
def _is_name(word: str) -> bool:
    """Whether Russian grammar takes the word for a name, a patronymic or a surname first of all; one outside its dictionary must also end like a surname,
    for the Bulgarian „Цената“ looks like one to it."""
    if not re.fullmatch(r"[А-Яа-яЁё-]{3,}", word):
        return False
    first = _grammar().parse(word)[0]
    named = any(kind in first.tag for kind in ("Name", "Surn", "Patr")) and (first.score >= 0.5 or "Patr" in first.tag)
    return named and (first.is_known or bool(_SURNAME.match(word.lower())))
