"""Tags and texts of an HTML page, a token one match of an expression, for pages of tens of megabytes.

Only what tables need is told apart; comments, declarations, scripts and styles are passed over. A quote opens a value only
after `=`, as browsers have it, so that a lost quote spoils one cell and not the page.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator

from audit.intake.read.sniff import LINE_LIMIT

CELL, TEXT = "cell", ""  # names of tokens that are no tags: a whole plain cell, a text
_ATTRIBUTES = r"(?:[^>=]|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+"
# a plain cell is one token, because nearly all of a page is such; else a tag, or the text up to the next one
_TOKEN = re.compile(
    rf"<t[dh](?P<own>\s{_ATTRIBUTES})?>(?P<inside>[^<]*+)</t[dh]\s*+>\s*+(?=<)"
    rf"|<(?P<name>/?[a-z][^\s/>]*+)(?P<attributes>{_ATTRIBUTES})>"
    r"|(?P<text>[^<]++|<(?![a-z/!?]))"
    r"|<!--(?:-?>|(?s:.*?)--!?>)"
    r"|<(?!!--|/[a-z])[!?/][^>]*+>", re.I)
_DEAF = {name: re.compile(rf"</{name}[\s/>]", re.I) for name in ("script", "style")}

Token = tuple[str, str, str]  # name in small letters (`/td` for an end), attributes as they stand, text


def tokens(pieces: Iterable[str]) -> Iterator[Token]:
    """The tokens of a page given in pieces; what is not finished when the page ends is passed over.

    OverflowError when something without an end is longer than a line of a table can be.
    """
    rest = ""
    for piece in pieces:
        rest = yield from _read(rest + piece, last=False)
        if len(rest) > LINE_LIMIT:
            raise OverflowError
    yield from _read(rest, last=True)


def _read(page: str, *, last: bool) -> Generator[Token, None, str]:
    """The whole tokens of `page`; returns what is left of it for the next piece."""
    at, doubt = 0, len(page) if last else _doubt(page)
    while at < len(page):
        found = _TOKEN.match(page, at)
        if found is None or found.end() > doubt:
            break
        kind = found.lastgroup
        if kind == "inside":
            yield CELL, found["own"] or "", found["inside"]
        elif kind == "text":
            yield TEXT, "", found["text"]
        elif kind == "attributes":
            name = found["name"].lower()
            if name in _DEAF:
                over = _DEAF[name].search(page, found.end())
                if over is None:
                    break
                at = over.start()
                continue
            yield name, found["attributes"], ""
        at = found.end()
    return page[at:]


def _doubt(page: str) -> int:
    """Up to where an unfinished page is read alike whatever follows: not over a `<` at its very end, nor over a quote that may open a value.

    A quote that half a line's limit did not close is none.
    """
    place = len(page) - page.endswith("<")
    for quote in "\"'":
        at = page.rfind(quote)
        if at > 0 and len(page) - at < LINE_LIMIT // 2 and page[max(at - 40, 0) : at].rstrip().endswith("="):
            place = min(place, at)
    return place
