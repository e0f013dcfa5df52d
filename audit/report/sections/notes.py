"""The consultant's own words that belong to no other section: notes/*.md of the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from audit.report.block import Block
from audit.report.frame import framed
from audit.report.markup import el
from audit.report.sanitize import safe_markdown

if TYPE_CHECKING:
    from audit.report.report import Report


def notes(report: Report) -> Block:
    """Notes in the order of their file names, nothing without any; a note named like a section stands in that section."""
    own = [text for name, text in report.notes.items() if name not in report.sections]
    if not own:
        return Block("notes", report.words("report.notes.heading"), Markup(""), report.page)
    return framed(report, "notes", *[el("div", Markup(safe_markdown(text)), class_="consultant") for text in own])
