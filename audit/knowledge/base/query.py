"""What a person types into the search → what the index is asked; nothing that can be typed is an error."""

from __future__ import annotations

import re
from typing import NamedTuple

from audit.knowledge.base.index import WORD, base_form, plain
from audit.knowledge.tokens import LONGEST, seen

MOST = 40  # parts of a query, and words of a part, that are looked at
LENGTH = 10_000  # characters of a query that are looked at
_PART = re.compile(r"""(?P<minus>(?<!\S)[-−–])?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))""")
_QUOTES = str.maketrans(dict.fromkeys("«»„“”‟″", '"'))


class Part(NamedTuple):
    """Words that must stand one behind the other: `exact` as written, `prefix` the last one as a beginning, `minus` must not be there."""

    words: tuple[str, ...]
    exact: bool = False
    prefix: bool = False
    minus: bool = False

    @property
    def said(self) -> tuple[str, ...]:
        """The words as they are written."""
        return tuple(map(plain, self.words))

    def forms(self, lang: str) -> tuple[str, ...]:
        """Their dictionary forms in a text of `lang`."""
        return tuple(base_form(word, lang) for word in self.words)

    def asked(self) -> str:
        """The part in the language of the index: words as written, or any of their forms."""
        said = f'said : "{" ".join(self.said)}"'
        if self.exact or self.prefix:
            return said + (" *" if self.prefix else "")
        russian, bulgarian = (" ".join(self.forms(lang)) for lang in ("ru", "bg"))
        return f'({said} OR lemmas : "{russian}" OR lemmas_bg : "{bulgarian}")'


def parsed(query: str) -> list[Part]:
    """The parts of a query, each once.

    >>> [(part.words, part.exact, part.prefix, part.minus) for part in parsed('скидка "на год" -аванс отсроч*')]
    [(('скидка',), False, False, False), (('на', 'год'), True, False, False), (('аванс',), False, False, True), (('отсроч',), False, True, False)]
    """
    parts: dict[Part, None] = {}
    for match in _PART.finditer(seen(query[:LENGTH])[0].translate(_QUOTES)):
        exact = match["phrase"] is not None
        text = match["phrase"] if exact else match["word"]
        words = tuple(WORD.findall(text)[:MOST])
        if words:
            prefix = text.rstrip().endswith("*") and len(words[-1]) <= LONGEST
            parts[Part(words, exact, prefix, match["minus"] is not None)] = None
    return list(parts)[:MOST]


def asked(parts: list[Part]) -> tuple[str | None, str | None]:
    """(what a text must have, what it must not have) in the language of the index; None for nothing."""
    must = " AND ".join(part.asked() for part in parts if not part.minus)
    never = " OR ".join(part.asked() for part in parts if part.minus)
    return must or None, never or None
