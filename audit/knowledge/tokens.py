"""Text → words and marks, the language of the words, and the places of both in the original text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files

# a word, the end of a sentence, a mark inside a sentence
TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.!?…\n]+|[,;:—–()]")
SENTENCE = re.compile(r"[^.!?…\n]*[.!?…\n]*")
LONGEST = 40  # characters of a word that is looked up
FORMS = 400_000  # words remembered at once
PIECE = 20_000  # characters searched at once, so that one endless line needs no more memory than a page
# what may stand unseen inside a word: soft hyphens, joiners, marks of direction, accents
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u0300-\u036f]")
_STRESS = {"\u0300", "\u0301"}
CYRILLIC = ("ru", "bg")


@cache
def _lists() -> dict[str, dict[str, frozenset[str]]]:
    import yaml

    tree = yaml.safe_load(files("audit.knowledge").joinpath("languages.yml").read_text(encoding="utf-8"))
    return {name: {lang: frozenset(words.split()) for lang, words in part.items()} for name, part in tree.items()}


def function_words() -> dict[str, frozenset[str]]:
    """Language → frequent words that, of Russian and Bulgarian, only this one writes."""
    return _lists()["function_words"]


@cache
def common_words() -> dict[str, frozenset[str]]:
    """Language → words that nearly every text has, a number (#) among them."""
    return {lang: words | negators()[lang] | function_words().get(lang, frozenset()) for lang, words in _lists()["common"].items()}


def negators() -> dict[str, frozenset[str]]:
    """Language → words that turn a statement around."""
    return _lists()["negators"]


class _Marks(dict):
    """Token → r, b or nothing: whether it speaks for Russian or for Bulgarian; remembered."""

    def __missing__(self, token: str) -> str:
        word, known = token.lower(), function_words()
        russian = word in known["ru"] or any(letter in word for letter in "ыэё")
        bulgarian = word in known["bg"] or ("ъ" in word and not _hard_sign(word))
        mark = "r" if russian and not bulgarian else "b" if bulgarian and not russian else ""
        if len(self) >= FORMS:
            self.clear()
        if len(token) <= LONGEST:
            self[token] = mark
        return mark


_marks = _Marks()


def marks(tokens: list[str]) -> str:
    """An r for every token that only Russian has, a b for every one that only Bulgarian has: by letters and frequent words."""
    return "".join(map(_marks.__getitem__, tokens))


def languages(found: str, told: str | None = None) -> tuple[str, ...]:
    """In which languages the Cyrillic words of a text with these `marks` are to be read: one, or both where nothing tells.

    Latin words are always read as English. `told` decides when it is `ru` or `bg`.

    >>> languages(marks(["Это", "дорого"])), languages(marks(["Това", "е", "скъпо"])), languages(marks(["Скидка"]))
    (('ru',), ('bg',), ('ru', 'bg'))
    """
    if told in CYRILLIC:
        return (told,)
    russian, bulgarian = found.count("r"), found.count("b")
    return CYRILLIC if russian == bulgarian else ("ru",) if russian > bulgarian else ("bg",)


def _hard_sign(word: str) -> bool:
    """Whether ъ separates, as Russian writes it: a prefix before е, ё, ю, я (объект, съезд)."""
    return re.search("[бвдзнстрх]ъ[еёюя]", word) is not None


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
    if text.isascii() or _UNSEEN.search(text) is None:
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
