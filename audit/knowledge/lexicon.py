"""Word forms → one character each: the code of what a word is to the patterns, so that a text becomes a short string to search."""

from __future__ import annotations

import re
from collections.abc import Iterable

from audit.knowledge.tokens import FORMS, LONGEST, TOKEN, seen

SEPARATOR, END, MARK, OTHER, NUMBER = "\0\1\2\3\4"  # between texts, end of a sentence, mark inside one, a word of no pattern, a number
FIRST = 0x100  # codes of words
_SURROGATES = range(0xD800, 0xE000)
_LATIN = re.compile("[a-zA-Z]")

Term = tuple[str, str]  # (language, term as a pattern writes it)


def lemma(word: str, lang: str) -> str:
    """The dictionary form of a lower-case word, ё written as е.

    >>> lemma("скидку", "ru"), lemma("prices", "en"), lemma("цената", "bg")
    ('скидка', 'price', 'цена')
    """
    import simplemma

    return simplemma.lemmatize(word, lang=lang).lower().replace("ё", "е")


def plain(word: str) -> str:
    """A word as it is compared: lower case, ё as е, one kind of apostrophe."""
    return word.lower().replace("ё", "е").replace("’", "'")


def language_of(word: str, lang: str) -> str:
    """The language a word of a text in `lang` is read in: Latin words are English."""
    return "en" if _LATIN.match(word) else lang


class Lexicon:
    """What patterns know of words: for every term the codes of the forms that it covers.

    A form has one code: that of an exact word, else of its beginning together with its lemma, else of its lemma.
    """

    def __init__(self, terms: Iterable[Term]):
        self.classes: dict[Term, set[str]] = {term: set() for term in terms}
        self._codes: dict[tuple[str, ...], str] = {}
        self._exact: dict[tuple[str, str], list[Term]] = {}
        self._lemmas: dict[tuple[str, str], list[Term]] = {}
        self._starts: dict[str, list[str]] = {}
        self.grown = False  # whether a code came up that the classes did not foresee
        for term in self.classes:
            self._enter(term)
        for starts in self._starts.values():
            starts.sort(key=len, reverse=True)
        self._foresee()
        self._forms = {lang: _Forms(self, lang) for lang in ("ru", "bg")}
        self._chunks = {lang: _Chunks(forms) for lang, forms in self._forms.items()}

    def _enter(self, term: Term) -> None:
        lang, word = term
        if word == "#":
            self.classes[term].add(NUMBER)
        elif word.startswith("="):
            self._exact.setdefault((lang, word[1:]), []).append(term)
        elif word.endswith("*"):
            self._starts.setdefault(lang, []).append(word[:-1])
        else:
            self._lemmas.setdefault((lang, lemma(word, lang)), []).append(term)

    def _foresee(self) -> None:
        """Codes of every exact word and lemma, and of those beginnings and lemmas that can well meet in one word."""
        for lang, word in self._exact:
            self.code(word, lang)
        for lang, word in self._lemmas:
            self._code_of(lang, "", "", word)
        for lang, starts in self._starts.items():
            for start in starts:
                self._code_of(lang, "", start, "")
                for other, word in self._lemmas:
                    if other == lang and word[:2] == start[:2]:
                        self._code_of(lang, "", start, word)
        self.grown = False

    def code(self, form: str, lang: str) -> str:
        """The code of a word form in a text of `lang`; OTHER for one that no pattern knows."""
        if form.isdecimal():
            return NUMBER
        if len(form) > LONGEST or any("\ud800" <= char <= "\udfff" for char in form):
            return OTHER
        lang, word = language_of(form, lang), plain(form)
        start = next((one for one in self._starts.get(lang, ()) if word.startswith(one)), "")
        found = lemma(form.lower().replace("’", "'"), lang)
        known = found if (lang, found) in self._lemmas else ""
        return self._code_of(lang, word if (lang, word) in self._exact else "", start, known)

    def _code_of(self, lang: str, exact: str, start: str, found: str) -> str:
        if not (exact or start or found):
            return OTHER
        key = (lang, exact, start, found)
        if key not in self._codes:
            number = FIRST + len(self._codes)
            char = chr(number if number < _SURROGATES.start else number + len(_SURROGATES))
            self._codes[key] = char
            self.grown = True
            for term in self._terms(lang, exact, start, found):
                self.classes[term].add(char)
        return self._codes[key]

    def _terms(self, lang: str, exact: str, start: str, found: str) -> list[Term]:
        """The terms that a form with this code satisfies."""
        begun = [(lang, f"{one}*") for one in self._starts.get(lang, ()) if start.startswith(one)]
        return [*self._exact.get((lang, exact), ()), *self._lemmas.get((lang, found), ()), *begun]

    def codes(self, tokens: list[str], lang: str) -> str:
        """A character a token: the string that patterns are searched in."""
        return "".join(map(self._forms[lang].__getitem__, tokens))

    def roughly(self, texts: list[str], lang: str) -> str:
        """The codes of the words of many texts without marks, texts apart by SEPARATOR: cheap, and enough to tell which texts to look at."""
        whole = f" {SEPARATOR} ".join(texts)
        if whole.count(SEPARATOR) >= len(texts):
            whole = f" {SEPARATOR} ".join(text.replace(SEPARATOR, " ") for text in texts)
        return "".join(map(self._chunks[lang].__getitem__, whole.split()))


class _Forms(dict):
    """Token → code, remembered; forgets all when it has grown too large, so that memory stays flat."""

    def __init__(self, lexicon: Lexicon, lang: str):
        super().__init__()
        self._lexicon, self._lang = lexicon, lang

    def __missing__(self, token: str) -> str:
        first = token[0]
        code = END if first in ".!?…\n" else MARK if not first.isalnum() else self._lexicon.code(token, self._lang)
        if len(self) >= FORMS:
            self.clear()
        if len(token) <= LONGEST:
            self[token] = code
        return code


class _Chunks(dict):
    """What stands between two spaces → the codes of its words, remembered likewise."""

    def __init__(self, forms: _Forms):
        super().__init__()
        self._forms = forms

    def __missing__(self, chunk: str) -> str:
        if chunk == SEPARATOR:
            return SEPARATOR
        if chunk.isdecimal():
            return NUMBER
        codes = "".join(map(self._forms.__getitem__, TOKEN.findall(seen(chunk)[0])))
        codes = codes.replace(MARK, "").replace(END, "")
        if len(self) >= FORMS:
            self.clear()
        if len(chunk) <= LONGEST:
            self[chunk] = codes
        return codes
