"""The handbook as a folder of Markdown for Obsidian: a note a technique, occasion and seller, linked both ways, and an index."""

from __future__ import annotations

import re
from collections.abc import Iterable

from audit.knowledge.base.attachments import tidy
from audit.knowledge.base.snippet import inert
from audit.knowledge.handbook import say
from audit.knowledge.handbook.gather import STAGES, Handbook, Page
from audit.words import Words

TECHNIQUES, OCCASIONS, SELLERS, INDEX = "techniques", "occasions", "sellers", "index.md"
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~$^&]|%(?=%)|(?<=%)%|=(?==)|(?<==)=)")
_LINKS = re.compile(r"(?i)(://|www\.|@)")
_LINKED = re.compile(r"[\[\]|#^<>\\]")  # signs that mean something inside a link
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)")  # no name of a file for Windows


def vault(book: Handbook) -> dict[str, str]:
    """Path inside the folder → text of the note; equal content gives equal notes."""
    names = Names(book)
    notes = {f"{names.technique(page)}.md": _technique(page, book, names) for page in book.pages}
    notes |= {f"{names.occasion(name)}.md": _occasion(name, title, book, names) for name, title in book.occasions.items()}
    sellers = sorted({user.name for page in book.pages for user in page.users})
    notes |= {f"{names.seller(name)}.md": _seller(name, book, names) for name in sellers}
    return {**notes, INDEX: _index(book, names, sellers)}


class Names:
    """Names of notes that every system and Obsidian take, none twice."""

    def __init__(self, book: Handbook):
        self._sellers: dict[str, str] = {}
        taken: set[str] = set()
        for name in sorted({user.name for page in book.pages for user in page.users}):
            plain = safe_name(name)
            one, number = plain, 1
            while one.casefold() in taken:
                number += 1
                one = f"{plain} {number}"
            taken.add(one.casefold())
            self._sellers[name] = one

    def technique(self, page: Page) -> str:
        """The note of a technique, without its ending."""
        return f"{TECHNIQUES}/{safe_name(page.card.id)}"

    def occasion(self, name: str) -> str:
        """The note of an occasion."""
        return f"{OCCASIONS}/{safe_name(name)}"

    def seller(self, name: str) -> str:
        """The note of a seller."""
        return f"{SELLERS}/{self._sellers[name]}"


def safe_name(name: str) -> str:
    """A name of a note: no path, no sign that Obsidian links by, no name that a system keeps for itself.

    >>> safe_name("../Ann [x]#1"), safe_name("con"), safe_name("...")
    ('Ann x 1', 'con_', '_')
    """
    plain = " ".join(_LINKED.sub(" ", tidy(name)).split())[:80].strip(". ") or "_"
    return plain + "_" if _RESERVED.fullmatch(plain.partition(".")[0]) else plain


def md(text: object) -> str:
    """A text as Markdown that is just this text, on one line: no markup, link, tag or formula in it works.

    >>> md("a <b> [[x]] #y"), md("http://x")
    ('a \\\\<b\\\\> \\\\[\\\\[x\\\\]\\\\] \\\\#y', 'http:\\\\//x')
    """
    line = _SIGNS.sub(r"\\\1", " ".join(inert(str(text)).split()))
    line = re.sub(r"^(\d+)([.)])", r"\1\\\2", re.sub(r"^([-+])", r"\\\1", line))
    return _LINKS.sub(lambda match: {":": ":\\//", "w": match[0][:3] + "\\.", "@": "\\@"}[match[0][0].lower()], line)


def _link(note: str, title: str) -> str:
    shown = " ".join(_LINKED.sub(" ", inert(title)).split())
    return f"[[{note}|{shown or note}]]"


def _front(**values: object) -> str:
    import yaml

    told = {name: _plain(value) for name, value in values.items() if value not in (None, [], "")}
    return f"---\n{yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=10_000)}---\n"


def _plain(value: object) -> object:
    return inert(value) if isinstance(value, str) else [_plain(one) for one in value] if isinstance(value, list) else value


def _note(front: str, title: str, *parts: str | None) -> str:
    return "\n".join([front, f"# {md(title)}\n", *(f"{part}\n" for part in parts if part)])


def _part(title: str, lines: Iterable[str]) -> str | None:
    told = list(lines)
    return f"## {md(title)}\n\n" + "\n".join(told) if told else None


def _technique(page: Page, book: Handbook, names: Names) -> str:
    words, one = book.words, page.effect or {}
    front = _front(id=page.card.id, aliases=[page.title], kind="technique", status=page.status, stage=page.card.stage, owner=page.owner, version=page.card.version, lift=one.get("lift"),
                   low=one.get("low"), high=one.get("high"), uses=one.get("uses"), opportunities=one.get("opportunities"), as_of=book.as_of.isoformat(), tags=["technique", page.status.replace(" ", "-")])
    quotes = [line for quote in page.quotes for line in (f"> {md(quote.text)}", *([f"> — {md(words(f'handbook.outcome.{quote.outcome}'))}"] if quote.outcome in ("won", "lost", "open") else []), "")]
    return _note(
        front, page.title, f"**{md(say.status(page.status, words))}** · {md(say.stage(page.card.stage, words))}", md(page.what), _part(words("handbook.head.why"), [md(page.why)]),
        _part(words("handbook.head.when"), [md(page.when), *(f"- {_link(names.occasion(name), book.occasions.get(name, name))}" for name in page.occasions if name in book.occasions)]),
        _part(words("handbook.head.effect"), [md(say.effect(page, words))]), _part(words("handbook.head.quotes"), quotes),
        _part(words("handbook.head.who"), (f"- {_link(names.seller(user.name), user.name)}: {md(say.user(user, words))}" for user in page.users)),
        _part(words("handbook.head.examples"), (f"- {md(line)}" for _, lines in page.examples for line in lines)),
        _part(words("handbook.head.counter"), (f"- {md(line)}" for _, lines in page.counter for line in lines)),
        _part(words("handbook.head.patterns"), [md(words("handbook.pattern.note")), "", *(f"- {md(say.language(lang, words))}: {md(line)}" for lang, lines in page.patterns for line in lines)]))


def _occasion(name: str, title: str, book: Handbook, names: Names) -> str:
    words, cells = book.words, book.coverage[book.coverage["occasion"] == name]
    answers = [f"- {_link(names.technique(page), page.title)} · {md(say.status(page.status, words))}" for page in book.pages if name in page.occasions]
    heard = words("handbook.occasion.heard", cases=words.number(int(cells["cases"].sum())), answered=words.number(int(cells["answered"].sum())))
    return _note(_front(id=name, aliases=[title], kind="occasion", tags=["occasion"]), title, md(heard), _part(words("handbook.occasion.answers"), answers))


def _seller(name: str, book: Handbook, names: Names) -> str:
    words = book.words
    lines = [f"- {_link(names.technique(page), page.title)}: {md(say.user(user, words))}" for page in book.pages for user in page.users if user.name == name]
    return _note(_front(aliases=[name], kind="seller", tags=["seller"]), name, _part(words("handbook.seller.uses"), lines))


def _index(book: Handbook, names: Names, sellers: list[str]) -> str:
    words = book.words
    title = words("handbook.title", client=book.client) if book.client else words("handbook.plain_title")
    stages = [(stage, [page for page in book.pages if page.card.stage == stage]) for stage in STAGES]
    parts = [_part(say.stage(stage, words), (f"- {_link(names.technique(page), page.title)} · {md(_status(page, words))}" for page in pages)) for stage, pages in stages if pages]
    return _note(_front(kind="index", as_of=book.as_of.isoformat(), tags=["handbook"]), title, md(words("handbook.about.masked")), *parts,
                 _part(words("handbook.head.occasion"), (f"- {_link(names.occasion(name), told)}" for name, told in book.occasions.items())),
                 _part(words("handbook.head.who"), (f"- {_link(names.seller(name), name)}" for name in sellers)))


def _status(page: Page, words: Words) -> str:
    told = say.lift(page.effect, words)
    return say.status(page.status, words) + (f", {told}" if told != "–" else "")
