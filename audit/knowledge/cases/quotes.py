"""Letters without what they quote, and the words of html."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_QUOTED = re.compile(r"^\s{0,4}(?:>|&gt;)")
# lines that announce a quote: On … wrote:, … пишет:, … написа:
_WROTE = re.compile(r"^.{0,300}(?:\bwrote|\bwrites|\bпишет|\bписал|\bписала|\bписал\(а\)|\bнаписал|\bнаписала|\bнаписа|\bпише)\s?:?\s*$", re.I)
_DATED = re.compile(r"\d{1,2}[:.]\d{2}|\b\d{4}\b|@")
_RULE = re.compile(r"^\s{0,4}[-_]{2,}\s*(?:original message|forwarded message|исходное сообщение|оригинальное сообщение|пересылаемое сообщение|пересланное сообщение|"
                   r"оригинално съобщение|препратено съобщение)\s*[-_]*\s*$", re.I)
_FROM = re.compile(r"^\s{0,4}\*?(?:from|от|от кого)\*?\s?:\s?\*?\s?\S", re.I)
_SENT = re.compile(r"^\s{0,4}\*?(?:sent|date|отправлено|дата|изпратено|to|кому|до)\*?\s?:", re.I)


def unquoted(text: str) -> tuple[str, int]:
    """(the writer's own words, how many lines of quotes were cut).

    >>> unquoted("Согласен\\n\\n05.03.2026 10:00, Анна пишет:\\n> Добрый день\\n> Вот смета\\nСпасибо")
    ('Согласен\\n\\nСпасибо', 3)
    """
    lines, kept, cut, at = text.split("\n"), list[str](), 0, 0
    while at < len(lines):
        line = lines[at]
        if _QUOTED.match(line):
            cut += 1
        elif _RULE.match(line) or (_FROM.match(line) and at + 1 < len(lines) and _SENT.match(lines[at + 1])):
            cut += sum(bool(rest.strip()) for rest in lines[at:])
            break
        elif size := _announced(lines, at):
            after = next((rest for rest in lines[at + size:] if rest.strip()), "")
            if not _QUOTED.match(after):
                cut += sum(bool(rest.strip()) for rest in lines[at:])
                break
            cut, at = cut + size, at + size - 1
        else:
            kept.append(line)
        at += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip(), cut


def _announced(lines: list[str], at: int) -> int:
    """How many lines from here announce a quote, 0 when none does: "On Thu, 5 Mar 2026 … wrote:" may be broken once."""
    for size in (1, 2):
        said = " ".join(lines[at:at + size])
        if lines[at].strip() and len(said) < 320 and said.rstrip().endswith(":") and _WROTE.match(said) and _DATED.search(said):
            return size
    return 0


_LEFT_OUT = frozenset({"script", "style", "head", "title", "noscript", "template", "object", "svg", "math", "textarea", "iframe"})
_BREAKS = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr", "section"})
_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]{0,30})[^<>]{0,5000}>")
_VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "col", "wbr", "area", "base"})
DEEP = 3_000  # elements within each other: no letter has so many, and cleaning takes their square
_QUOTES = ("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "divrplyfwdmsg")


class _Words(HTMLParser):
    """The words of clean html; quotes stay out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.cut, self._out, self._open = 0, 0, list[bool]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that begins a line, or a quote."""
        if tag in _BREAKS:
            self.said.append("\n")
        if tag in ("br", "hr"):
            return
        named = " ".join(value or "" for _, value in attrs).lower()
        self._open.append(tag == "blockquote" or any(mark in named for mark in _QUOTES))
        self.cut += self._open[-1] and not self._out
        self._out += self._open[-1]

    def handle_endtag(self, tag: str) -> None:
        """The end of a line or of a quote; clean html closes what it opens, in order."""
        if tag in _BREAKS:
            self.said.append("\n")
        self._out -= self._open.pop() if self._open else 0

    def handle_data(self, data: str) -> None:
        """Words, with single spaces as a browser shows them."""
        if not self._out:
            self.said.append(re.sub(r"[ \t\n]+", " ", data))


def _depth(html: str) -> int:
    """How many elements stand within each other at most, those that are never closed included."""
    depth = most = 0
    for close, name in _TAG.findall(html):
        if name.lower() not in _VOID:
            depth = depth - 1 if close else depth + 1
            most = max(most, depth)
    return most


def plain(html: str) -> tuple[str, int]:
    """(the words of html, how many quoted blocks were cut).

    >>> plain("<p>Добрый&nbsp;день<script>x()</script></p><blockquote>старое</blockquote>")
    ('Добрый день', 1)
    """
    if _depth(html) > DEEP:
        return re.sub(r"\s+", " ", unescape(_TAG.sub(" ", html))).strip(), 0
    import nh3

    clean = nh3.clean(html, tags={*_BREAKS, "blockquote", "span"}, clean_content_tags=set(_LEFT_OUT), attributes={"*": {"class", "id"}}, link_rel=None)
    reader = _Words()
    reader.feed(clean)
    reader.close()
    text = "".join(reader.said).replace("\u00a0", " ")
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" *\n *", "\n", text)).strip(), reader.cut
