"""A figure on the page: the finding as its caption, the picture with alternative text, the numbers folded under it."""

from __future__ import annotations

from markupsafe import Markup

from audit.report.charts.style import PHONE, Picture
from audit.report.markup import details, el


def figure(
    picture: Picture, *, title: object, alt: str, unit: object = None, numbers: Markup | None = None, folded: object = "",
    note: object = None, phone: Picture | None = None, class_: str = "",
) -> Markup:
    """`title` states the finding, `unit` what is drawn, `numbers` is a table folded under `folded`; `phone` a narrow drawing."""
    image = el("img", src=picture.uri, alt=alt, width=picture.width, height=picture.height)
    if phone:
        narrow = el("source", srcset=phone.uri, media=f"screen and (max-width: {PHONE + 200}px)", width=phone.width, height=phone.height)
        image = el("picture", narrow, image)
    wide = "wide" if picture.width > 500 else "half"
    return el(
        "figure",
        el("figcaption", el("b", title, class_="finding"), el("span", unit, class_="unit") if unit else None),
        image,
        el("p", note, class_="note") if note else None,
        details(folded, numbers) if numbers else None,
        class_=f"{wide} {class_}".strip(),
    )
