"""One recognised source to typed columns under canonical names, with what could not be read."""

from __future__ import annotations

import pandas as pd

from audit.intake import parse
from audit.intake.ask.mapping import Answers, FileMap
from audit.intake.memory import give_back
from audit.intake.read import Source
from audit.intake.shapes import Shape
from audit.intake.typed import raw, rows, scale
from audit.intake.typed.dimensions import free_dimensions
from audit.intake.typed.part import WAYS, Part, kind_of, note
from audit.intake.typed.stage_dates import moves, read_headers
from audit.intake.typed.styles import styles
from audit.intake.typed.unfold import collect_ticks, spread_days, unfold
from audit.intake.typed.vocabulary import currency_of, plain


def convert(source: Source, shape: Shape, plan: FileMap, answers: Answers, zone: str, country: str) -> Part:
    """The part of a source: every mapped column parsed as its kind, free dimensions as text."""
    whole = source
    source, plan, origin = unfold(source, shape, plan, answers)
    part = Part(source, shape, dict(plan.headers), whole=whole, origin=origin)
    rows.examples(part)
    for reason in source.faults.kinds():
        part.refuse(source.faults.positions(reason), reason)
    part.warnings.update({name: n for name, n in source.warnings.items() if n})
    dated = [found for found in read_headers(source.headers, shape.stage_dates) if found.header not in plan.headers.values()] if shape.table == "deals" else []
    orders, marks = styles(part, plan, answers, [found.header for found in dated])
    columns: dict[str, pd.Series] = {}
    for column, header in plan.headers.items():
        kind = kind_of(shape, column)
        cells = raw.take(source, shape, column, header, WAYS.get(kind) == "date")
        if WAYS.get(kind) == "date":
            parsed = parse.parse_dates(cells, orders[header], zone)
        elif WAYS.get(kind) == "number" and column != "duration_s":
            parsed, currency = parse.parse_numbers(cells, marks[header], source.numbers.get(header))
            if kind == "money" and "total_row" in source.faults.kinds():
                part.stated[column] = parsed.values.to_numpy(dtype="float64", copy=True)
            if kind == "money" and "currency_seen" not in columns and currency.notna().any():
                columns["currency_seen"] = currency
        elif column == "currency":
            parsed = currency_of(part, cells, answers)
        else:
            parsed = plain(part, column, kind, cells, country)
        note(part, column, parsed)
        columns[column] = parsed.values
        del cells, parsed
        give_back(len(source.cells))
    source.numbers = whole.numbers = {}  # all read
    part.moves = moves(part, dated, orders, zone, answers)
    free_dimensions(part, plan, columns, {found.header for found in dated})
    part.frame = pd.DataFrame(columns, index=pd.RangeIndex(len(source.cells)))
    for column, value in shape.constants.items():
        if column not in part.frame:
            number = WAYS.get(kind_of(shape, column)) == "number"
            part.frame[column] = pd.Series([value] * len(part.frame), dtype="float64" if number else "str")
    for column, before in shape.prefix.items():
        if column in part.frame:
            part.frame[column] = before + part.frame[column]
    scale.apply(part, answers)
    rows.apply(part, answers)
    collect_ticks(part)
    spread_days(part)
    return part
