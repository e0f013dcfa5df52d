"""A text as the search index holds it: its words as written, and their dictionary forms read as Russian and as Bulgarian."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from audit.knowledge.lexicon import language_of, lemma
from audit.knowledge.lexicon import plain as folded
from audit.knowledge.tokens import CYRILLIC, FORMS, LONGEST, languages, marks, seen, sentences

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SAID = re.compile("[а-яёА-ЯЁ]")


class Indexed(NamedTuple):
    """Columns of the index, words apart by spaces: as written; dictionary forms, Cyrillic read as Russian and Latin as English; Cyrillic read as Bulgarian."""

    said: str
    lemmas: str
    lemmas_bg: str


@lru_cache(maxsize=FORMS)
def plain(word: str) -> str:
    """A word as it is compared as written: lower case, ё as е, no apostrophes; of an endless one the beginning.

    >>> plain("Ещё"), plain("Don’t")
    ('еще', 'dont')
    """
    return folded(word[:LONGEST]).replace("'", "")


@lru_cache(maxsize=FORMS)
def base_form(word: str, lang: str) -> str:
    """The dictionary form of a word of a text in `lang`; a Latin word is English, of an endless one the beginning stands as it is.

    >>> base_form("Скидок", "ru"), base_form("отстъпката", "bg"), base_form("Prices", "bg")
    ('скидка', 'отстъпка', 'price')
    """
    if len(word) > LONGEST:
        return plain(word)
    return lemma(word.lower().replace("’", "'"), language_of(word, lang)).replace("'", "").replace(" ", "") or plain(word)


def indexed(text: str, lang: str | None = None) -> Indexed:
    """The words of a text for the index. Where nothing tells Russian from Bulgarian both readings are held; where both are written, each sentence is told by itself."""
    shown, _ = seen(text)
    words = WORD.findall(shown)
    if not _SAID.search(shown):
        return Indexed(_plain(words), _forms(words, "ru"), "")
    found = marks(words)
    if lang in CYRILLIC or not ("r" in found and "b" in found):
        return _read(words, languages(found, lang))
    parts = []
    for start, end in sentences(shown, 0, len(shown)):
        part = WORD.findall(shown, start, end)
        parts.append(_read(part, languages(marks(part))))
    return Indexed(*(" ".join(filter(None, column)) for column in zip(*parts, strict=True)))


def _read(words: list[str], langs: tuple[str, ...]) -> Indexed:
    return Indexed(_plain(words), *(_forms(words, lang) if lang in langs else "" for lang in CYRILLIC))


def _plain(words: list[str]) -> str:
    return " ".join(map(plain, words))


def _forms(words: list[str], lang: str) -> str:
    return " ".join([base_form(word, lang) for word in words])
