"""The little language of a card's patterns: words in any form, alternatives, gaps, exact words, beginnings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import LiteralString

from pydantic_core import PydanticCustomError

from audit.knowledge.lexicon import plain

MOST_GAP = 12  # words
_TERM = re.compile(r"=?[^\W_]+(?:['’-][^\W_]+)*\*?|#")


@dataclass(frozen=True)
class Element:
    """One place of a pattern: the terms any of which may stand there.

    `gap` is how many words at most may stand between the element before and this one; an `optional` element may be missing.
    """

    terms: tuple[str, ...]
    gap: int = 0
    optional: bool = False


@dataclass(frozen=True)
class Phrase:
    """A pattern read: its elements in order, and whether it must begin or end a sentence."""

    elements: tuple[Element, ...]
    begins: bool = False
    ends: bool = False


@dataclass
class _Read:
    elements: list[Element] = field(default_factory=list)
    gap: int = 0


@cache
def sets(lang: str) -> dict[str, str]:
    """Name of a set of words (`day`, `number` …) → its terms in `lang`, joined by `|`."""
    import yaml

    tree = yaml.safe_load(files("audit.knowledge").joinpath("sets.yml").read_text(encoding="utf-8"))
    return {name: "|".join(words[lang].split()) for name, words in tree.items() if lang in words}


def parse(pattern: str, lang: str) -> Phrase:
    """`pattern` in parts. A part is one of

    - `word`, any form of the word; `=word`, just this form; `wor*`, any word that begins so; `#`, a number in digits;
    - `a|b|c`, any of these; `<day>`, any word of the set `day` of sets.yml; `?a|b`, may be missing;
    - `..3` between two parts: up to three words may stand between them;
    - `^` in front and `$` behind: the sentence begins or ends there.

    Raises PydanticCustomError for what is none of these.

    >>> [(e.terms, e.gap) for e in parse("давайте ..2 встретиться|созвониться", "ru").elements]
    [(('давайте',), 0), (('встретиться', 'созвониться'), 2)]
    """
    parts = pattern.split()
    begins, ends = parts[:1] == ["^"], parts[-1:] == ["$"]
    read = _Read()
    for part in parts[begins:len(parts) - ends]:
        _take(part, lang, read)
    if not read.elements or read.gap or all(one.optional for one in read.elements):
        raise _wrong(pattern, "unfinished")
    if read.elements[0].optional or read.elements[-1].optional:
        raise _wrong(pattern, "optional_end")
    return Phrase(tuple(read.elements), begins, ends)


def _take(part: str, lang: str, read: _Read) -> None:
    """One part of a pattern added to what was read."""
    if part.startswith(".."):
        if not part[2:].isdecimal() or not read.elements or not 0 < int(part[2:]) <= MOST_GAP:
            raise _wrong(part, "gap")
        read.gap = int(part[2:])
        return
    optional = part.startswith("?")
    terms = []
    for term in part.removeprefix("?").split("|"):
        if term.startswith("<") and term.endswith(">"):
            if term[1:-1] not in sets(lang):
                raise _wrong(term, "set")
            terms += sets(lang)[term[1:-1]].split("|")
        elif _TERM.fullmatch(term):
            terms.append(term.lower() if term[0] != "=" and term[-1] != "*" else plain(term))
        else:
            raise _wrong(term or part, "term")
    read.elements.append(Element(tuple(dict.fromkeys(terms)), read.gap, optional))
    read.gap = 0


def _wrong(part: str, kind: LiteralString) -> PydanticCustomError:
    return PydanticCustomError(f"pattern_{kind}", "{part}", {"part": part})
