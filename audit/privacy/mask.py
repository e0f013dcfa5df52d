"""Texts with what is personal in them replaced, how much that was, and what a person should look at."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from audit.privacy.names import Names, Span
from audit.privacy.numbers import spans as numbers
from audit.privacy.patterns import DOTS, masked
from audit.words import Words

AROUND = 30  # characters shown on each side of a doubtful place
COLUMNS = ("place", "start", "end", "kind", "quote")


@dataclass(frozen=True)
class Masked:
    """Masked texts, in the order given. `found`: a row a place that was masked (`place` is the text's label, `start`, `end` count its own characters; no quote:
    it would say what was hidden). `doubtful`: a row a place that was left and may be personal, `quote` with what is around it, itself masked."""

    texts: pd.Series
    found: pd.DataFrame
    doubtful: pd.DataFrame
    words: int  # of all texts
    hidden_words: int

    @property
    def share(self) -> float:
        """Share of words (0–1) that were masked."""
        return self.hidden_words / self.words if self.words else 0.0

    def said(self, lang: str) -> str:
        """How much was masked, of what, and that this is no anonymity."""
        words = Words(lang)
        kinds = ", ".join(words("privacy.count", kind=words(f"privacy.kind.{kind}"), n=int(n)) for kind, n in self.found["kind"].value_counts().sort_index().items())
        touched = int(self.found["place"].nunique())
        head = words("privacy.masked", share=words.share(self.share, 2), texts=touched, of=len(self.texts), kinds=kinds) if len(self.found) else words("privacy.none", of=len(self.texts))
        return " ".join([head, *([words("privacy.doubtful", n=len(self.doubtful))] if len(self.doubtful) else []), words("privacy.no_claim")])


class Masker:
    """Masks one text after another with the same names.

    `names`: of people that are known (contacts, sellers); `hide`: words and phrases to be hidden in any case; `kept`: words that are no names here; `country`: where
    phones without a country code are from.
    """

    def __init__(self, names: Iterable[str] = (), *, hide: Iterable[str] = (), kept: Iterable[str] = (), country: str = "RU") -> None:
        self._names, self._country = Names(names, kept), country
        self._hide = _any_of(hide)

    def __call__(self, text: str) -> str:
        """The text without what is personal in it.

        >>> Masker(["Мария Орлова"])("Передайте Марии Орловой: 8 916 123-45-67, орлова@example.org")
        'Передайте •••: •••, •••'
        """
        return self._replaced(text, [span for span in self.spans(text) if span.sure])

    def spans(self, text: str) -> list[Span]:
        """Places that are personal, in order, none over another; doubtful ones only where nothing sure lies."""
        found = [*numbers(text, self._country), *self._names.spans(text)]
        found += [Span(m.start(), m.end(), "name") for m in self._hide.finditer(text)] if self._hide else []
        sure = _joined(span for span in found if span.sure)
        doubtful = [span for span in _joined(span for span in found if not span.sure) if not _touches(span, sure)]
        return sorted([*sure, *doubtful])

    def _replaced(self, text: str, spans: list[Span]) -> str:
        parts, last = [], 0
        for span in spans:
            parts += [text[last:span.start], DOTS]
            last = span.end
        return masked("".join([*parts, text[last:]]))  # what the gate of every page masks

    def doubtful(self, text: str, span: Span) -> str:
        """A doubtful place with what is around it, all that is sure masked."""
        before, after = text[max(span.start - AROUND, 0):span.start], text[span.end:span.end + AROUND]
        return " ".join(f"{self(before)}[{text[span.start:span.end]}]{self(after)}".split())


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """Any of the words or phrases, whole, whatever the case of their letters and the gaps between them."""
    bare = sorted({" ".join(re.sub(r"^\W+|\W+$", "", word).split()) for word in words} - {""}, key=lambda one: (-len(one), one))
    return re.compile(r"(?<!\w)(?:" + "|".join(r"\s+".join(map(re.escape, one.split(" "))) for one in bare) + r")(?!\w)", re.I) if bare else None


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, overlapping ones as one of the first's kind."""
    made: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end, one.kind)):
        if made and span.start < made[-1].end:
            made[-1] = made[-1]._replace(end=max(made[-1].end, span.end))
        else:
            made.append(span)
    return made


def _touches(span: Span, others: list[Span]) -> bool:
    """Whether a span overlaps one of the ordered `others`."""
    at = bisect_right(others, span.start, key=lambda other: other.end)
    return at < len(others) and others[at].start < span.end


def mask(texts: Any, names: Iterable[str] = (), *, hide: Iterable[str] = (), kept: Iterable[str] = (), country: str = "RU") -> Masked:
    """Texts (strings or a column) without phones, e-mails, numbers of documents, accounts and cards, profiles, streets and names of people.

    Names are those of `names` in any grammatical case, those told as names ("меня зовут …", titles, initials, patronymics, two capitals of which one ends
    like a surname) and, with pymorphy3, what Russian grammar takes for a name. A mistake of a machine is possible either way: `doubtful` lists what was left
    though it may be personal, and nothing here makes a text anonymous. Parameters as of `Masker`.

    >>> mask(["Меня зовут Иван", "Позвоните Ивану"], ["Иван"]).texts.tolist()
    ['Меня зовут •••', 'Позвоните •••']
    """
    masker = Masker(names, hide=hide, kept=kept, country=country)
    given = texts if isinstance(texts, pd.Series) else pd.Series(list(texts), dtype="object")
    made, found, doubtful, words, hidden = [], [], [], 0, 0
    for place, text in given.items():
        if not isinstance(text, str):
            made.append(text)
            continue
        spans = masker.spans(text)
        sure = [span for span in spans if span.sure]
        made.append(masker._replaced(text, sure))
        words += len(text.split())
        hidden += sum(len(text[span.start:span.end].split()) for span in sure)
        found += [(place, span.start, span.end, span.kind, None) for span in sure]
        doubtful += [(place, span.start, span.end, span.kind, masker.doubtful(text, span)) for span in spans if not span.sure]
    columns = list(COLUMNS)
    return Masked(pd.Series(made, index=given.index, name=given.name, dtype="object"), pd.DataFrame(found, columns=columns).drop(columns="quote"),
                  pd.DataFrame(doubtful, columns=columns), words, hidden)
