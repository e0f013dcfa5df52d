"""An utterance → what a learnt tagger sees of it: words and lemmas, singly and in pairs, and runs of letters, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from audit.knowledge.lexicon import language_of, lemma, plain
from audit.knowledge.tokens import LONGEST, PIECE, languages, marks, seen

# a word, the end of a sentence, a mark inside a sentence, any other sign (an emoji says something, too)
TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.!?…\n]+|[,;:—–()]|[^\w\s]")
FORM, LEMMA, LETTERS = "w ", "l ", "c "
BEGIN, END = "^", "$"
RUNS = (3, 4, 5)  # letters
_HALF = re.compile("[\ud800-\udfff]")


class Gram(NamedTuple):
    """One sign of an utterance and the first and last of the tokens that it covers."""

    name: str
    first: int
    last: int


class Tokens(NamedTuple):
    """The tokens of a text as they are compared, their dictionary forms, and their places in the text as given."""

    forms: list[str]
    lemmas: list[str]
    spans: list[tuple[int, int]]


@lru_cache(maxsize=200_000)
def _lemma(word: str, lang: str) -> str:
    return lemma(word, language_of(word, lang))


def tokens(text: str, lang: str | None = None) -> Tokens:
    """The tokens of the first 20,000 characters of `text`; `lang` is its language if known."""
    shown, places = seen(_HALF.sub("\ufffd", text[:PIECE]))
    found = list(TOKEN.finditer(shown))
    raw = [match.group()[:LONGEST] for match in found]
    read = languages(marks(raw), lang)[0]
    forms = ["#" if one.isdecimal() else plain(one) for one in raw]
    lemmas = [_lemma(one, read) if one[0].isalpha() else one for one in forms]
    spans = [match.span() if places is None else (places[match.start()], places[match.end() - 1] + 1) for match in found]
    return Tokens(forms, lemmas, spans)


def words(told: Tokens) -> Iterator[Gram]:
    """Forms and lemmas, singly and in pairs; the begin and end of the utterance count as words in pairs of forms."""
    last = len(told.forms) - 1
    for kind, said in ((FORM, told.forms), (LEMMA, told.lemmas)):
        for place, word in enumerate(said):
            yield Gram(kind + word, place, place)
            if place < last:
                yield Gram(f"{kind}{word} {said[place + 1]}", place, place + 1)
    if told.forms:
        yield Gram(f"{FORM}{BEGIN} {told.forms[0]}", 0, 0)
        yield Gram(f"{FORM}{told.forms[-1]} {END}", last, last)


def letters(told: Tokens) -> Iterator[Gram]:
    """Runs of three to five characters of each word with a space on both its sides, so that endings and misspelt words are known."""
    for place, word in enumerate(told.forms):
        padded = f" {word} "
        for size in RUNS:
            for start in range(max(1, len(padded) - size + 1)):
                yield Gram(LETTERS + padded[start:start + size], place, place)
