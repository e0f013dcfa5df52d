"""What a section gives: HTML that shows the same in JupyterLab and on the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from audit.report.markup import el
from audit.share import share


@dataclass(frozen=True)
class Block:
    """One section: its name, heading and HTML (escaped), and the facts of the page it belongs to.

    `page` holds what the page's frame needs (language, title, accent …); it travels with the output's
    metadata, so that an executed notebook is enough to make the page.
    """

    name: str
    title: str
    html: Markup
    page: dict[str, Any]

    def _repr_html_(self) -> str:
        return f"<style>{scoped_style(self.page.get('accent', '#1f5f8b'))}</style><div class='audit'>{self.html}</div>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> tuple[dict, dict]:
        data = {"text/html": self._repr_html_(), "text/plain": f"[{self.title}]"}
        return data, {"audit": {"section": self.name, "page": self.page}}


def section(page: dict[str, Any], name: str, title: str, *body: object, lead: object = None, class_: str | None = None) -> Block:
    """A block in the common frame: its heading, an opening paragraph, the body."""
    opening = el("p", lead, class_="lead") if lead else None
    return Block(name, title, el("section", el("h2", title, id=f"{name}-title"), opening, *body, id=name, aria_labelledby=f"{name}-title", class_=class_), page)


@cache
def scoped_style(accent: str) -> str:
    """The look of sections alone: every rule begins with `.audit`, so that a notebook around it keeps its own."""
    css = (share("templates") / "sections.css").read_text(encoding="utf-8")
    return f".audit{{--accent:{accent}}}" + css
