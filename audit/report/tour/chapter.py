"""A chapter of the tour: what it is about, one sentence, one picture where there is something to draw."""

from __future__ import annotations

from typing import NamedTuple

from markupsafe import Markup

from audit.report.block import scoped_style
from audit.report.charts.style import Picture
from audit.report.markup import el


class Told(NamedTuple):
    """What the values say: a sentence of plain text, the picture of it, and what kind of picture that is.

    One that is not `firm` shows little: too few months to judge the last by, or parts that are all alike.
    """

    sentence: str
    picture: Picture | None = None
    kind: str = ""
    firm: bool = True


class Chapter(NamedTuple):
    """One chapter in the client's language; `picture` is None where the data lack what it needs, and the sentence says so.

    In a notebook it shows itself as HTML; every text in it is escaped.
    """

    name: str
    title: str
    sentence: str
    picture: Picture | None
    alt: str
    accent: str

    @property
    def html(self) -> Markup:
        """The chapter as escaped HTML."""
        drawn = None
        if self.picture:
            image = el("img", src=self.picture.uri, alt=self.alt, width=self.picture.width, height=self.picture.height)
            drawn = el("figure", image, class_="half")
        return el("section", el("h2", self.title, id=f"tour-{self.name}"), el("p", self.sentence, class_="lead"), drawn, aria_labelledby=f"tour-{self.name}")

    def _repr_html_(self) -> str:
        return f"<style>{scoped_style(self.accent)}</style><div class='audit'>{self.html}</div>"

    def __repr__(self) -> str:
        return f"{self.title}: {self.sentence}"
