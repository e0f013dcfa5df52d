"""Builders of HTML in which every string is text: escaped, without control characters, unless it is markup already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from audit.knowledge.base.snippet import inert


def text(value: object) -> Markup:
    """A value as text of a page; None is nothing."""
    return Markup("") if value is None else value if isinstance(value, Markup) else escape(inert(str(value)))


def el(name: str, *children: object, **attributes: object) -> Markup:
    """An element; `class_`, `aria_label` become `class`, `aria-label`; None attributes are left out.

    >>> el("p", "a < b", class_="note")
    Markup('<p class="note">a &lt; b</p>')
    """
    told = Markup("").join(Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), text(value)) for key, value in attributes.items() if value is not None)
    return Markup("<{0}{1}>{2}</{0}>").format(name, told, Markup("").join(map(text, children)))


def table(caption: str, head: Sequence[object], rows: Iterable[Sequence[object]], numeric: Iterable[int] = (), class_: str | None = None) -> Markup:
    """A captioned table (of class `glance`: the caption is only heard); the first cell of a row heads it, the columns `numeric` are right-aligned."""
    right = dict.fromkeys(numeric, "num")
    tops = [el("th", cell, scope="col", class_=right.get(place)) for place, cell in enumerate(head)]
    body = [el("tr", el("th", row[0], scope="row"), *(el("td", cell, class_=right.get(place)) for place, cell in enumerate(row[1:], 1))) for row in rows]
    return el("div", el("table", el("caption", caption), el("thead", el("tr", *tops)), el("tbody", *body), class_=class_), class_="scroll", tabindex="0", role="region", aria_label=caption)


def items(children: Iterable[object], **attributes: object) -> Markup:
    """A list."""
    return el("ul", *(el("li", child) for child in children), **attributes)


def folded(summary: str, *children: object, class_: str | None = None) -> Markup:
    """Matter that opens without a script and prints open."""
    return el("details", el("summary", summary), *children, class_=class_)
