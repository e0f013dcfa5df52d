"""A figure on the page: the finding as its caption, the picture with alternative text, the numbers folded under it."""

from __future__ import annotations

from markupsafe import Markup

from audit.report.charts.style import Picture
from audit.report.markup import details, el


def figure(
    picture: Picture, *, title: object, alt: str, unit: object = None, numbers: Markup | None = None, folded: object = "",
    note: object = None,
) -> Markup:
    """`title` states the finding, `unit` what is drawn, `numbers` is a table folded under `folded`."""
    image = el("img", src=picture.uri, alt=alt, width=picture.width, height=picture.height)
    return el(
        "figure",
        el("figcaption", el("b", title, class_="finding"), el("span", unit, class_="unit") if unit else None),
        image,
        el("p", note, class_="note") if note else None,
        details(folded, numbers) if numbers else None,
        class_="half",
    )
