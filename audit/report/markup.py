"""Small builders of escaped HTML: every string is text until it is said to be markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

VOID = {"img", "br", "hr"}


def el(name: str, *children: object, **attributes: object) -> Markup:
    """An element; `class_`, `aria_label`, `data_x` become `class`, `aria-label`, `data-x`; None attributes are left out.

    >>> el("p", "a < b", class_="note")
    Markup('<p class="note">a &lt; b</p>')
    """
    parts = [
        f' {key.rstrip("_").replace("_", "-")}' + ("" if value is True else f'="{escape(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    ]
    head = f"<{name}{''.join(parts)}>"
    return Markup(head if name in VOID else f"{head}{join(children)}</{name}>")


def join(children: Iterable[object], between: str = "") -> Markup:
    """Children one after another, escaped where they are text; None is left out."""
    return Markup(between).join(escape(child) for child in children if child is not None)


def table(
    caption: object, head: Sequence[object], rows: Iterable[Sequence[object]], *,
    numeric: Iterable[int] = (), class_: str | None = None, row_class: Sequence[str | None] | None = None,
) -> Markup:
    """A captioned table; the first cell of a row is its header; columns `numeric` are right-aligned."""
    right = set(numeric)
    tops = [el("th", cell, scope="col", class_="num" if i in right else None) for i, cell in enumerate(head)]
    body = []
    for at, row in enumerate(rows):
        cells = [
            el("th", cell, scope="row") if i == 0 else el("td", cell, class_="num" if i in right else None)
            for i, cell in enumerate(row)
        ]
        body.append(el("tr", *cells, class_=row_class[at] if row_class else None))
    inner = el(
        "table", el("caption", caption), el("thead", el("tr", *tops)), el("tbody", *body), class_=class_,
    )
    return el("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def details(summary: object, *children: object, class_: str | None = None) -> Markup:
    """Folded matter that opens without a script and prints open."""
    return el("details", el("summary", summary), *children, class_=class_)


def items(children: Iterable[object], class_: str | None = None, ordered: bool = False) -> Markup:
    """A list."""
    return el("ol" if ordered else "ul", *[el("li", child) for child in children], class_=class_)


def terms(pairs: Iterable[tuple[object, object]], class_: str | None = None) -> Markup:
    """A list of terms and what is said of them."""
    return el("dl", *[el("div", el("dt", term), el("dd", said)) for term, said in pairs], class_=class_)
