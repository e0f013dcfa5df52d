"""Text → words and marks, the language of the words, and the places of both in the original text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

# a word, the end of a sentence, a mark inside a sentence
TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.!?…\n]+|[,;:—–()]")
SENTENCE = re.compile(r"[^.!?…\n]*[.!?…\n]*")
PIECE = 20_000  # characters searched at once, so that one endless line needs no more memory than a page
# what may stand unseen inside a word: soft hyphens, joiners, marks of direction, accents
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u0300-\u036f]")
_STRESS = {"\u0300", "\u0301"}
_CYRILLIC = re.compile("[а-яёА-ЯЁ]")


@cache
def _lists() -> dict[str, dict[str, frozenset[str]]]:
    import yaml

    tree = yaml.safe_load(files("audit.knowledge").joinpath("languages.yml").read_text(encoding="utf-8"))
    return {name: {lang: frozenset(words.split()) for lang, words in part.items()} for name, part in tree.items()}


def function_words() -> dict[str, frozenset[str]]:
    """Language → frequent words that, of Russian and Bulgarian, only this one writes; the commonest ones of English."""
    return _lists()["function_words"]


def negators() -> dict[str, frozenset[str]]:
    """Language → words that turn a statement around."""
    return _lists()["negators"]


def languages(text: str, words: list[str], told: str | None = None) -> tuple[str, ...]:
    """In which languages the Cyrillic words of `text` are to be read: ('ru',), ('bg',), or both where nothing tells.

    Latin words are always read as English. Told by letters that only one language has and by frequent words; `told` decides when it
    is `ru` or `bg`.

    >>> languages("Это дорого", ["Это", "дорого"]), languages("Това е скъпо", ["Това", "е", "скъпо"]), languages("Скидка", ["Скидка"])
    (('ru',), ('bg',), ('ru', 'bg'))
    """
    if told in ("ru", "bg"):
        return (told,)
    if not _CYRILLIC.search(text):
        return ("ru",)
    known, lower = function_words(), {word.lower() for word in words}
    russian = len(known["ru"] & lower) + sum(letter in text for letter in "ыэёЫЭЁ")
    bulgarian = len(known["bg"] & lower) + sum("ъ" in word and not _hard_sign(word) for word in lower)
    if russian == bulgarian:
        return ("ru", "bg")
    return ("ru",) if russian > bulgarian else ("bg",)


def _hard_sign(word: str) -> bool:
    """Whether ъ separates, as Russian writes it: a prefix before е, ё, ю, я (объект, съезд)."""
    return re.search("[бвдзнстрх]ъ[еёюя]", word) is not None


def mixed(text: str, words: list[str]) -> bool:
    """Whether one text has marks of both Russian and Bulgarian, so that each sentence is to be told by itself."""
    known, lower = function_words(), {word.lower() for word in words}
    return bool(known["bg"] & lower) and (bool(known["ru"] & lower) or any(letter in text for letter in "ыэ"))


def pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """`text[start:end]` in parts of at most PIECE characters, cut at the end of a sentence or a word where there is one."""
    cut = []
    while end - start > PIECE:
        at = max(text.rfind(mark, start + PIECE // 2, start + PIECE) for mark in ".!?\n")
        at = at if at > 0 else text.rfind(" ", start + PIECE // 2, start + PIECE)
        at = at + 1 if at > 0 else start + PIECE
        cut.append((start, at))
        start = at
    cut.append((start, end))
    return cut


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Places of the sentences of `text[start:end]`."""
    return [match.span() for match in SENTENCE.finditer(text, start, end) if match.end() > match.start()]


def seen(text: str) -> tuple[str, list[int] | None]:
    """(text as a reader sees it, place in the original of each of its characters and of its end); None where nothing changed.

    Joiners, soft hyphens, marks of direction and stress marks go, letters written as letter and accent become one.

    >>> seen("до\\u200dрого")[0], seen("стои\\u0306")[0], seen("до́рого")[0]
    ('дорого', 'стой', 'дорого')
    """
    if _UNSEEN.search(text) is None:
        return text, None
    shown: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if not _UNSEEN.match(char):
            shown.append(char)
            places.append(place)
        elif shown and unicodedata.combining(char) and char not in _STRESS:
            joined = unicodedata.normalize("NFC", shown[-1] + char)
            shown[-1] = joined if len(joined) == 1 else shown[-1]
    places.append(len(text))
    return "".join(shown), places
