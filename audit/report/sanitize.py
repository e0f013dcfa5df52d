"""The allow-list through which every piece of HTML and markdown passes on its way to the page."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Container

TEXT = {"h2", "h3", "h4", "p", "br", "hr", "b", "strong", "i", "em", "s", "del", "ins", "mark", "small", "sub", "sup", "span", "bdi",
        "abbr", "q", "blockquote", "code", "pre", "time", "cite", "wbr"}
BOXES = {"section", "article", "aside", "div", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "figure", "figcaption",
         "img", "a", "header", "footer"}
TABLES = {"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"}
ATTRIBUTES = {
    "*": {"class", "id", "lang", "dir", "title", "role", "tabindex", "aria-label", "aria-labelledby", "aria-describedby", "aria-hidden", "style"},
    "th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"}, "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "a": {"href"}, "ol": {"start"}, "time": {"datetime"},
}
ROLES = {"region", "note", "img", "group", "list", "listitem", "presentation"}
STYLE = re.compile(r"--[a-z]+:\s*\d{1,3}(?:\.\d{1,3})?%;?")
PICTURE = re.compile(r"data:image/(svg\+xml|png|jpeg|webp);base64,([A-Za-z0-9+/]+={0,2})")
NOT_SVG = re.compile(rb"<script|\son\w+\s*=|javascript:|<foreignobject|<!entity|<!doctype|(?:href|src)\s*=\s*[\"'](?!#)|url\(\s*[\"']?(?!#)", re.I)


def safe_html(html: str, links: Container[str] = ()) -> str:
    """`html` with nothing left but the tags and attributes of a document; pictures only as inert data.

    A link leads inside the page, or is, letter by letter, one of `links`: files beside the page that the caller itself names.
    """
    import nh3

    return nh3.clean(
        html, tags=TEXT | BOXES | TABLES, attributes={key: set(names) for key, names in ATTRIBUTES.items()},
        clean_content_tags={"script", "style", "template", "iframe", "object", "svg", "math", "title", "noscript", "textarea"},
        attribute_filter=lambda tag, name, value: value if name == "href" and value in links else _attribute(tag, name, value), link_rel=None, url_schemes={"data"}, strip_comments=True,
    )


def safe_markdown(text: str) -> str:
    """Markdown (CommonMark with tables) as safe HTML; its headings become level 3 and deeper."""
    import mistune

    rendered = mistune.create_markdown(escape=True, plugins=["table", "strikethrough"])(text)
    return safe_html(relevelled(str(rendered), 3))


def relevelled(html: str, top: int) -> str:
    """Headings of `html` moved so that the first is level `top` and none jumps more than one level down."""
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    if not levels:
        return html
    steps = {level: min(top + at, 6) for at, level in enumerate(sorted(set(levels)))}
    last, fitted = top - 1, []
    for level in levels:
        last = min(steps[level], last + 1)
        fitted.append(last)
    opening, closing = iter(fitted), iter(fitted)
    html = re.sub(r"<h[1-6]", lambda _: f"<h{next(opening)}", html)
    return re.sub(r"</h[1-6]", lambda _: f"</h{next(closing)}", html)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if inert(value) else None
    if name == "href":
        return value if value.startswith("#") and value != "#harmful-link" else None  # mistune's mark of a refused link
    if name == "style":
        return value if STYLE.fullmatch(value.strip()) else None
    if name == "tabindex":
        return value if value == "0" else None
    if name == "role":
        return value if value in ROLES else None
    return value


def inert(uri: str) -> bool:
    """Whether `uri` is picture data that can load and run nothing."""
    match = PICTURE.fullmatch(uri.strip())
    if not match:
        return False
    try:
        data = base64.b64decode(match[2], validate=True)
    except (binascii.Error, ValueError):
        return False
    return match[1] != "svg+xml" or not NOT_SVG.search(data)
