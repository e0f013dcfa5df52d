"""Many patterns searched in a text at once: rare words say which may be there, one expression each says where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, reduce
from itertools import islice
from operator import or_
from typing import Any, NamedTuple

from audit.knowledge.lexicon import END, MARK, SEPARATOR, Lexicon, Term, language_of
from audit.knowledge.pattern import Element, parse
from audit.knowledge.tokens import CYRILLIC, TOKEN, common_words, languages, marks, negators, pieces, seen, sentences

REACH = 3  # words before a phrase that can turn it around
ANY = "any"
Among = dict[str, set[int]]  # language in which a text is read → numbers of phrases


class Rule(NamedTuple):
    """What is searched: `what` it is a sign of, the language, the phrase, who must say it, and whether it counts when negated."""

    what: Any
    lang: str
    words: str
    speaker: str = ANY
    negated: bool = False


class Hit(NamedTuple):
    """A place of a text where a rule holds: `text[start:end]`."""

    what: Any
    start: int
    end: int


class Finder:
    """Searches the phrases of `rules` in texts of any of the languages; costs what the text costs, hardly what the rules do."""

    def __init__(self, rules: Iterable[Rule]):
        self.rules = list(rules)
        self.phrases = [parse(rule.words, rule.lang) for rule in self.rules]
        self._lexicon = Lexicon([*self._terms(), *((lang, f"={word}") for lang in ("ru", "en", "bg") for word in negators()[lang])])
        self._langs = tuple(lang for lang in CYRILLIC if any(rule.lang == lang for rule in self.rules)) or CYRILLIC[:1]
        self._build()

    def _terms(self) -> Iterator[Term]:
        for rule, phrase in zip(self.rules, self.phrases, strict=True):
            for element in phrase.elements:
                yield from _terms(element, rule.lang)

    def _build(self) -> None:
        """For every phrase its rarest place, whose words call for a look, and what else must be in the text."""
        heads: dict[str, list[int]] = {}
        needs: list[list[frozenset[str]]] = []
        for number, (rule, phrase) in enumerate(zip(self.rules, self.phrases, strict=True)):
            places = sorted(
                (_frequent(element, rule.lang), len(codes), place, codes)
                for place, element in enumerate(phrase.elements) if not element.optional for codes in [self._class(element, rule.lang)]
            )
            for code in places[0][-1]:
                heads.setdefault(code, []).append(number)
            needs.append([frozenset(codes) for *_, codes in places[1:]])
        self._bits(needs)
        self._heads = {code: tuple(numbers) for code, numbers in heads.items()}
        self._scan = re.compile(f"[{SEPARATOR}{re.escape(''.join(sorted(heads)))}]")
        self._searches: dict[int, re.Pattern[str]] = {}
        self._lexicon.grown = False

    def _bits(self, needs: list[list[frozenset[str]]]) -> None:
        """A bit for every set of words that some phrase needs: which a word satisfies, and which a phrase asks for."""
        bits = {need: 1 << number for number, need in enumerate(dict.fromkeys(need for some in needs for need in some))}
        self._meets: dict[str, int] = {}
        for need, bit in bits.items():
            for code in need:
                self._meets[code] = self._meets.get(code, 0) | bit
        self._asks = [reduce(or_, (bits[need] for need in some), 0) for some in needs]

    def _class(self, element: Element, lang: str) -> list[str]:
        return sorted({code for term in _terms(element, lang) for code in self._lexicon.classes[term]})

    # -- where it is -----------------------------------------------------------------------------------

    @cached_property
    def _no(self) -> str:
        """The codes of words that turn a statement around."""
        return "".join(sorted({code for lang, words in negators().items() for word in words for code in self._lexicon.classes[(lang, f"={word}")]}))

    def _search(self, number: int) -> re.Pattern[str]:
        if number not in self._searches:
            rule, phrase = self.rules[number], self.phrases[number]
            barred = END + MARK + ("" if rule.negated else self._no)
            said = f"(?:^|(?<={END}))" if phrase.begins else ""
            for place, element in enumerate(phrase.elements):
                gap = f"(?:{MARK}*[^{re.escape(barred)}]){{0,{element.gap}}}?{MARK}*" if element.gap else f"{MARK}*" if place else ""
                word = f"[{re.escape(''.join(self._class(element, rule.lang)))}]"
                said += f"(?:{gap}{word})?" if element.optional else gap + word
            self._searches[number] = re.compile(said + (f"(?={MARK}*(?:{END}|$))" if phrase.ends else ""))
        return self._searches[number]

    def _spans(self, number: int, codes: str) -> Iterator[tuple[int, int]]:
        """Places of the phrase in the codes, those that a negation turns around left out."""
        for match in self._search(number).finditer(codes):
            if self.rules[number].negated or not self._turned(codes, match.start()):
                yield match.span()

    def _turned(self, codes: str, start: int) -> bool:
        before = codes[max(0, start - REACH):start]
        cut = max(before.rfind(END), before.rfind(MARK))
        return any(code in self._no for code in before[cut + 1:])

    def find(self, text: str, *, lang: str | None = None, speaker: str | None = None, among: Among | None = None) -> list[Hit]:
        """Every place of `text` where a rule holds, in order; of one sign's places that overlap the first, longest one is told.

        `lang` is the language if known, `speaker` who says it (seller, client; None: not known, any rule may hold), `among` what `likely` told.
        """
        shown, places = seen(text)
        hits = {hit for start, end in pieces(shown, 0, len(shown)) for hit in self._in_piece(shown, start, end, lang, speaker, among)}
        told, last = [], dict[Any, int]()
        for hit in sorted(hits, key=lambda one: (one.start, -one.end, str(one.what))):
            if hit.start >= last.get(hit.what, 0):
                last[hit.what] = hit.end
                told.append(hit)
        return told if places is None else [Hit(hit.what, places[hit.start], places[hit.end - 1] + 1) for hit in told]

    def _in_piece(self, text: str, start: int, end: int, lang: str | None, speaker: str | None, among: Among | None) -> Iterator[Hit]:
        tokens = TOKEN.findall(text, start, end)
        found = marks(tokens)
        if lang not in CYRILLIC and "r" in found and "b" in found:  # both languages in one text: each sentence is told by itself
            for begin, stop in sentences(text, start, end):
                part = TOKEN.findall(text, begin, stop)
                yield from self._in_part(text, begin, stop, part, languages(marks(part)), speaker, among)
            return
        yield from self._in_part(text, start, end, tokens, languages(found, lang), speaker, among)

    def _in_part(self, text: str, start: int, end: int, tokens: list[str], langs: tuple[str, ...], speaker: str | None,
                 among: Among | None) -> Iterator[Hit]:
        for lang in [one for one in langs if one in self._langs] or langs[:1]:  # where no rule reads it, for what is written in Latin
            codes = self._lexicon.codes(tokens, lang)
            if self._lexicon.grown:
                self._build()
            for number in self._candidates(codes) if among is None else self._read_in(lang, among):
                rule = self.rules[number]
                if speaker is None or rule.speaker in (ANY, speaker):
                    for first, after in self._spans(number, codes):
                        words = [*islice(TOKEN.finditer(text, start, end), first, after)]
                        yield Hit(rule.what, words[0].start(), words[-1].end())

    def _candidates(self, codes: str) -> list[int]:
        """The phrases that may be in the codes: of each of their places some word is there."""
        heads = set(self._scan.findall(codes))
        if not heads:
            return []
        met = self._met(codes)
        return [number for code in heads for number in self._heads[code] if not self._asks[number] & ~met]

    def _read_in(self, lang: str, among: Among) -> set[int]:
        """The phrases that may be there in this reading; all, where no rule is of its language and Latin words alone can be meant."""
        return among.get(lang, set()) if lang in self._langs else set().union(*among.values())

    def _met(self, codes: str) -> int:
        """The bits of all that these words satisfy."""
        return reduce(or_, map(self._meets.__getitem__, self._meets.keys() & codes), 0)

    def likely(self, texts: list[str]) -> dict[int, Among]:
        """Number of each text in which `find` may find something → the phrases to ask it for; nothing is in the others. Much cheaper than to ask each."""
        found: dict[int, Among] = {}
        for lang in self._langs if texts else ():
            codes = self._lexicon.roughly(texts, lang)
            if self._lexicon.grown:
                self._build()
            self._sift(codes, lang, found)
        return found

    def _sift(self, codes: str, lang: str, found: dict[int, Among]) -> None:
        """Adds those texts of a batch that have all that some phrase needs, read in `lang`."""
        texts, place, last, lacks = codes.split(SEPARATOR), 0, -1, 0
        for code in self._scan.findall(codes):
            if code == SEPARATOR:
                place += 1
                continue
            if place != last:
                last, lacks = place, ~self._met(texts[place])
            for number in self._heads[code]:
                if not self._asks[number] & lacks:
                    found.setdefault(place, {}).setdefault(lang, set()).add(number)


def _terms(element: Element, lang: str) -> Iterator[Term]:
    """The terms of one element with the languages that they are read in."""
    for term in element.terms:
        yield (language_of(term.lstrip("="), lang), term)


def _frequent(element: Element, lang: str) -> int:
    """How many words that nearly every text has an element covers."""
    return sum(term.lstrip("=") in common_words()[lang] for term in element.terms)

