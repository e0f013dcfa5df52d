"""The part of a text that answers a query, on one line, with the places of the words that were looked for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from audit.knowledge.base.index import WORD, base_form, plain
from audit.knowledge.base.query import Part
from audit.knowledge.tokens import seen

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH = 220  # characters
LED = 60  # of them before the first word
ENOUGH = 200  # places that are looked at
FAR = 20_000  # characters behind the first of them
_SPACE = re.compile(r"\s")
Span = tuple[int, int]


def snippet(text: str, parts: Sequence[Part]) -> tuple[str, list[Span]]:
    """(one line of at most about 220 characters, places in it of the words found): where most parts of the query stand together.

    Control characters, marks of direction and line ends are spaces in it, so that it can be shown anywhere.
    """
    wanted = [part for part in parts if not part.minus]
    found = _found(text, wanted)
    start = max(0, _densest(found) - LED) if found else 0
    end = min(len(text), start + WIDTH)
    start = max(0, min(start, end - WIDTH))
    start, end = _at_words(text, start, end)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    spans = sorted({(first + shift, last + shift) for first, last, _ in found if start <= first and last <= end})
    return before + _shown(text[start:end]) + after, spans


def marked(text: str, spans: Sequence[Span]) -> Markup:
    """`text` as HTML that does nothing, the places `spans` inside <mark>.

    >>> str(marked("<b>скидка</b>", [(3, 9)]))
    '&lt;b&gt;<mark>скидка</mark>&lt;/b&gt;'
    """
    from markupsafe import Markup

    out, last = Markup(""), 0
    for start, end in sorted(spans):
        if start >= last:
            out += Markup("{}<mark>{}</mark>").format(inert(text[last:start]), inert(text[start:end]))
            last = end
    return out + inert(text[last:])


def inert(text: str) -> str:
    """A text in which no half characters, control characters and marks of direction are left; each is a space, so places stay."""
    return "".join(" " if _unfit(char) else char for char in text)


def _unfit(char: str) -> bool:
    return (char > "\x7e" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")) or char < " "


def _shown(text: str) -> str:
    return _SPACE.sub(" ", inert(text))


def _found(text: str, parts: list[Part]) -> list[tuple[int, int, int]]:
    """(start, end, number of the part) of places of the parts, in order, not more than enough."""
    asks = [_Ask(part) for part in parts]
    longest = max((len(ask.said) for ask in asks), default=0)
    if not longest:
        return []
    found, window = list[tuple[int, int, int]](), list[tuple[str, Span]]()
    for word in _words(text):
        window.append(word)
        if len(window) > longest:
            window.pop(0)
        for number, ask in enumerate(asks):
            tail = window[-len(ask.said):]
            if len(tail) == len(ask.said) and ask.fits([one for one, _ in tail]):
                found.append((tail[0][1][0], tail[-1][1][1], number))
        if len(found) >= ENOUGH or (found and window[-1][1][1] > found[0][1] + FAR):
            break
    return sorted(found)


class _Ask:
    """How a part is recognised word by word."""

    def __init__(self, part: Part):
        self.said, self.prefix = part.said, part.prefix
        self.forms = [] if part.exact or part.prefix else [(lang, part.forms(lang)) for lang in ("ru", "bg")]

    def fits(self, words: list[str]) -> bool:
        said = [plain(word) for word in words]
        if said == list(self.said) or (self.prefix and said[:-1] == list(self.said[:-1]) and said[-1].startswith(self.said[-1])):
            return True
        return any(all(base_form(word, lang) == form for word, form in zip(words, forms, strict=True)) for lang, forms in self.forms)


def _words(text: str) -> Iterator[tuple[str, Span]]:
    """Every word with its place in the text as given."""
    shown, places = seen(text)
    for match in WORD.finditer(shown):
        start, end = match.span()
        yield match[0], (start, end) if places is None else (places[start], places[end - 1] + 1)


def _densest(found: list[tuple[int, int, int]]) -> int:
    """Where the line begins that holds most of the parts, then most places; of equals the first."""
    best, at = (0, 0), found[0][0]
    for number, (start, _, _) in enumerate(found):
        inside = [part for first, last, part in found[number:] if last - start <= WIDTH - LED]
        if (len(set(inside)), len(inside)) > best:
            best, at = (len(set(inside)), len(inside)), start
    return at


def _at_words(text: str, start: int, end: int) -> Span:
    """The ends of a line moved inwards to the next space, where one is near."""
    if start and (space := _SPACE.search(text, start, start + LED // 2)):
        start = space.end()
    if end < len(text) and (near := [match.start() for match in _SPACE.finditer(text, max(start, end - LED // 2), end)]):
        end = near[-1]
    return start, end
