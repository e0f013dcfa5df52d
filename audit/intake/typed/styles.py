"""How a file writes dates and numbers: day order and decimal mark of every column, told by its cells, its neighbours or an answer."""

from __future__ import annotations

import numpy as np

from audit.intake import parse
from audit.intake.ask.mapping import Answers, FileMap
from audit.intake.parse.column import unpacked
from audit.intake.typed import raw
from audit.intake.typed.part import WAYS, Part, kind_of


def styles(part: Part, plan: FileMap, answers: Answers, dated: list[str]) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Day order and decimal mark of every column of the file; what a column cannot tell, its neighbours may."""
    orders: dict[str, str | None] = {}
    marks: dict[str, str | None] = {}
    open_orders, open_marks = {}, {}
    kinds = [(column, header, WAYS.get(kind_of(part.shape, column))) for column, header in plan.headers.items()]
    for column, header, kind in [*kinds, *((header, header, "date") for header in dated)]:
        if kind == "date" and header not in orders:
            cells = raw.take(part.source, part.shape, column, header, True)
            style = parse.date_style(cells)
            orders[header] = answers.get("dates", plan.file, header) or plan.dates or style.order
            if style.asks and not answers.get("dates", plan.file, header) and not plan.dates:
                open_orders[header] = style
        elif kind == "number" and header not in marks and column != "duration_s":
            cells = part.source.cells[header]
            text = cells if header not in part.source.numbers else unpacked(cells).mask(~np.isnan(part.source.numbers[header]), "")
            told = parse.number_style(text)
            marks[header] = answers.get("decimal", plan.file, header) or plan.decimal or told.mark
            if told.asks and not answers.get("decimal", plan.file, header) and not plan.decimal:
                open_marks[header] = told
    _settle("dates", part, plan, answers, orders, open_orders, part.shape.dates)
    _settle("decimal", part, plan, answers, marks, open_marks, part.shape.decimal)
    return orders, marks


def _settle(kind: str, part: Part, plan: FileMap, answers: Answers, chosen: dict, unclear: dict, usual: str | None) -> None:
    """Unclear columns take the one way that the file's clear columns write, then the preset's; else they are asked."""
    clear = {chosen[header] for header in chosen if header not in unclear and chosen[header]}
    for header, style in unclear.items():
        mixed = style.why == "mixed"
        known = next(iter(clear)) if len(clear) == 1 else usual
        if known and not mixed:
            chosen[header] = known
            answers.decided(kind, plan.file, header, known, "neighbours" if clear else "preset")
        else:
            answers.ask(kind, plan.file, header, style.examples, style.order if kind == "dates" else style.mark,
                        ("dmy", "mdy") if kind == "dates" else (",", ".", "each"), style.why)
    for header, value in chosen.items():
        if value and header not in unclear:
            answers.decided(kind, plan.file, header, value, "data")
