"""The client's colours, made readable, and the style of the page."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from audit.share import share

INK, GREY, PALE, RULE, WARN, PAPER = "#1a1c1e", "#5c6369", "#c9ced2", "#dfe3e6", "#a63c06", "#ffffff"
READABLE = 4.5  # WCAG 2.2 AA, normal text


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2), 0…1."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2), 1…21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, on: str = "#f3f6f8") -> str:
    """`colour`, darkened until text of it is readable on `on` (the tinted paper of the page).

    >>> readable("#1f5f8b"), readable("#ffe600")
    ('#1f5f8b', '#7a6e00')
    """
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    step = 0
    while contrast(colour := "#" + "".join(f"{round(c * (1 - step / 50)):02x}" for c in parts), on) < READABLE:
        step += 1
    return colour


def mixed(colour: str, share_of_white: float) -> str:
    """`colour` thinned with white."""
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(c + (255 - c) * share_of_white):02x}" for c in parts)


@dataclass(frozen=True)
class Theme:
    """Colours of one client's documents: `accent` is readable as text, `tint` is its pale ground."""

    accent: str
    tint: str

    @classmethod
    def of(cls, brand_accent: str) -> Theme:
        """The theme of a brand colour `#rrggbb`."""
        accent = readable(brand_accent.lower())
        return cls(accent, mixed(accent, 0.75))


@cache
def font_faces() -> str:
    """@font-face rules with the two weights inlined."""
    faces = []
    for name, weight in (("Regular", 400), ("SemiBold", 600)):
        data = base64.b64encode((share("templates") / "fonts" / f"NotoSans-{name}.woff2").read_bytes()).decode()
        faces.append(
            f"@font-face{{font-family:'Audit Noto Sans';font-weight:{weight};font-style:normal;"
            f"src:url(data:font/woff2;base64,{data}) format('woff2')}}"
        )
    return "".join(faces)


def css_string(text: str) -> str:
    """`text` as a CSS string in which nothing but letters and digits stands bare.

    >>> css_string('a"}</style>')
    '"a\\\\22 \\\\7d \\\\3c \\\\2f style\\\\3e "'
    """
    return '"' + "".join(c if re.fullmatch(r"[^\W_]", c) else f"\\{ord(c):x} " for c in text) + '"'


def page_style(accent: str, sheets: Iterable[str], heads: str) -> str:
    """The whole style of a page: fonts, the `sheets` of templates/ that are there, and `heads`, what stands on every sheet of paper."""
    files = [file for sheet in sheets if (file := share("templates") / sheet).is_file()]
    colour = Theme.of(accent).accent
    return font_faces() + f":root{{--accent:{colour}}}.audit{{--accent:{colour}}}" + "".join(file.read_text(encoding="utf-8") for file in files) + heads


def running_heads(running: str, confidential: str, page_of: str) -> str:
    """Heads and page numbers of a printed page; `page_of` holds `{page}` and `{pages}`."""
    before, _, rest = page_of.partition("{page}")
    between, _, after = rest.partition("{pages}")
    counter = f"{css_string(before)} counter(page) {css_string(between)} counter(pages) {css_string(after)}"
    return (
        f"@page{{@top-left{{content:{css_string(running[:90])}}}@top-right{{content:{css_string(confidential)}}}"
        f"@bottom-right{{content:{counter}}}}}"
    )
