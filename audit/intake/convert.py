"""One recognised source to typed columns under canonical names, with what could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from audit.intake import parse, raw, rows
from audit.intake.mapping import Answers, FileMap
from audit.intake.parse.numbers import currency_code
from audit.intake.read import Source
from audit.intake.shapes import Shape, keys
from audit.intake.stage_dates import StageDate, read_headers
from audit.intake.tables.outcome import outcome
from audit.intake.text import lexicon, meanings, norm, words
from audit.intake.unfold import collect_ticks, spread_days, unfold
from audit.schema import BY_NAME

# columns that a source may give and no canonical table has; the build step turns them into canonical ones
HELPERS = {
    "owner_name": "category", "client_name": "text", "team_name": "category", "segment_name": "category", "close_date": "time",
    "stage_changed_at": "time", "updated_at": "time", "won": "bool", "closed_flag": "bool", "converted": "bool", "done": "bool",
    "first_name": "text", "last_name": "text", "deal_ref": "id", "lead_ref": "id", "client_ref": "id", "entity_ref": "id",
    "stage_code": "id", "status_group": "id", "sort": "number", "move_code": "id", "period": "text", "line_price": "money",
    "line_quantity": "number", "series": "category", "advance": "money", "ageing": "text", "cost": "money", "merged_ids": "text", "other_ref": "id", "direction": "category", "kind_also": "category",
    "manager_ref": "id", "role_id": "id", "role_name": "category", "entity_name": "text", "answered_also": "bool", "probability": "number", "pipeline_name": "category", "list_price": "money", "product_line": "category", "number": "id", "product": "category",
    "contact_ref": "id", "contact_name": "text", "activity_ref": "id", "customer_ref": "id", "record_kind": "category",
    # dictionaries of codes, and what events of a history say besides
    "pipeline_code": "id", "code": "id", "code_name": "category", "codes_of": "id",
    "from_pipeline": "category", "bulk_flag": "bool", "nominal": "number",
    "tax_id": "id", "first_day": "date", "last_day": "date",
}
# a cell of these columns that cannot be read makes the row unusable; elsewhere it becomes empty and is counted
STRICT = {"created_at", "closed_at", "close_date", "amount", "received_on", "target", "entered_at", "issued_on"}
NO_CURRENCY = "X" * 3  # ISO 4217 for no currency: such amounts have no rate, so nothing is made of them
MOST_WORDS = 20  # unknown currencies asked of one file; a column with more of them is no column of currencies
_KINDS = {"date": "date", "time": "date", "money": "number", "number": "number", "share": "number", "int": "number"}


@dataclass
class Part:
    """The rows of one source in canonical columns, index = position in the source."""

    source: Source
    shape: Shape
    used: dict[str, str]  # canonical or helper column → header
    frame: pd.DataFrame = field(default_factory=pd.DataFrame)
    extras: dict[str, str] = field(default_factory=dict)  # free dimension → header
    reasons: dict[int, list[str]] = field(default_factory=dict)
    warnings: Counter = field(default_factory=Counter)
    placeholders: Counter = field(default_factory=Counter)
    merged: int = 0
    stage_hints: dict[str, int] = field(default_factory=dict)
    stage_meanings: dict[tuple[str | None, str], str] = field(default_factory=dict)  # (pipeline, stage) → open, won or lost
    moves: pd.DataFrame = field(default_factory=pd.DataFrame)  # entries into stages that columns of dates tell: _pos, to_stage, pipeline_id, entered_at, left_at
    filled: set[str] = field(default_factory=set)  # columns looked up in other files
    stated: dict[str, np.ndarray] = field(default_factory=dict)  # money column → its numbers, where the file has total rows
    whole: Source | None = None  # the source as it was read, where its rows were made into several
    origin: np.ndarray | None = None  # then the row of that source for every row of `frame`

    @property
    def table(self) -> str | None:
        """The canonical table that these rows feed."""
        return self.shape.table

    def refuse(self, positions: np.ndarray, reason: str) -> None:
        """Mark rows for quarantine."""
        for position in positions.tolist():
            kept = self.reasons.setdefault(int(position), [])
            if reason not in kept:
                kept.append(reason)


def convert(source: Source, shape: Shape, plan: FileMap, answers: Answers, zone: str, country: str) -> Part:
    """The part of a source: every mapped column parsed as its kind, free dimensions as text."""
    whole = source
    source, plan, origin = unfold(source, shape, plan, answers)
    part = Part(source, shape, dict(plan.headers), whole=whole, origin=origin)
    rows.examples(part)
    for position, reason in source.faults.items():
        part.reasons.setdefault(position, []).append(reason)
    part.warnings.update({name: n for name, n in source.warnings.items() if n})
    dated = [found for found in read_headers(source.headers, shape.stage_dates) if found.header not in plan.headers.values()] if shape.table == "deals" else []
    orders, marks = _styles(part, plan, answers, [found.header for found in dated])
    columns: dict[str, pd.Series] = {}
    for column, header in plan.headers.items():
        kind = kind_of(shape, column)
        cells = raw.take(source, shape, column, header, _KINDS.get(kind) == "date")
        if _KINDS.get(kind) == "date":
            parsed = parse.parse_dates(cells, orders[header], zone)
        elif _KINDS.get(kind) == "number" and column != "duration_s":
            parsed, currency = parse.parse_numbers(cells, marks[header], source.numbers.get(header))
            if kind == "money" and "total_row" in source.faults.values():
                part.stated[column] = parsed.values.to_numpy(dtype="float64", copy=True)
            if kind == "money" and "currency_seen" not in columns and currency.notna().any():
                columns["currency_seen"] = currency
        elif column == "currency":
            parsed = _currency(part, cells, answers)
        else:
            parsed = _plain(part, column, kind, cells, country)
        _note(part, column, parsed)
        columns[column] = parsed.values
    part.moves = _moves(part, dated, orders, zone, answers)
    _free_dimensions(part, plan, columns, {found.header for found in dated})
    part.frame = pd.DataFrame(columns, index=pd.RangeIndex(len(source.cells)))
    for column, value in shape.constants.items():
        if column not in part.frame:
            number = _KINDS.get(kind_of(shape, column)) == "number"
            part.frame[column] = pd.Series([value] * len(part.frame), dtype="float64" if number else "str")
    for column, before in shape.prefix.items():
        if column in part.frame:
            part.frame[column] = before + part.frame[column]
    _number_rows(part, answers)
    _other_kinds(part)
    rows.apply(part, answers)
    collect_ticks(part)
    spread_days(part)
    return part


def _moves(part: Part, dated: list[StageDate], orders: dict[str, str | None], zone: str, answers: Answers) -> pd.DataFrame:
    """One row an entry of a deal into a stage, of the columns that hold one date a stage."""
    told: dict[tuple[str | None, str], dict[bool, pd.Series]] = {}
    for found in dated:
        parsed = parse.parse_dates(part.source.cells[found.header], orders[found.header], zone)
        part.used[found.header] = found.header
        _note(part, found.header, parsed, "time")
        told.setdefault((found.pipeline, found.stage), {})[found.left] = parsed.values
        answers.decided("stage_dates", part.source.label, found.header, f"{found.stage} ({found.pipeline})" if found.pipeline else found.stage, "header")
    frames = []
    for (pipeline, stage), dates in told.items():
        if False in dates:
            entered = dates[False][dates[False].notna()]
            left = dates[True].reindex(entered.index) if True in dates else pd.Series(pd.NaT, index=entered.index, dtype=entered.dtype)
            frames.append(pd.DataFrame({"_pos": entered.index, "to_stage": stage, "pipeline_id": pipeline, "entered_at": entered.to_numpy(),
                                        "left_at": left.to_numpy()}).astype({"to_stage": "str", "pipeline_id": "str"}))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _other_kinds(part: Part) -> None:
    """Refuse rows that the file holds and the shape is not about, such as changes of other fields in a log of changes."""
    known = keys(part.source.headers)
    for header, wanted in part.shape.where.items():
        if header in known:
            words = part.source.cells[known[header]]
            used = {word for word in words.unique() if norm(word) in wanted}
            part.refuse(np.flatnonzero(~words.isin(used)), "other_kind")


def _number_rows(part: Part, answers: Answers) -> None:
    """Deals or leads of a table that has no id, by the answer "none": named by file and row, so that no two are one."""
    key = {"deals": "deal_id", "leads": "lead_id"}.get(part.shape.table or "")
    label = part.source.label
    if key and key not in part.frame and answers.get("column", label, key) == "none":
        part.frame[key] = pd.Series([f"{label} {row + 1}" for row in part.frame.index], index=part.frame.index, dtype="str")
        answers.decided("row_ids", label, key, str(len(part.frame)), "no_id")


def kind_of(shape: Shape, column: str) -> str:
    """The kind of a canonical or helper column."""
    if shape.table and column in BY_NAME[shape.table]:
        return BY_NAME[shape.table][column].kind
    if column in HELPERS:
        return HELPERS[column]
    if not shape.table:  # of a file that only serves look-ups
        return "id" if column.endswith(("_id", "_ref", "_code")) else "category"
    if shape.table and BY_NAME[shape.table].open:
        return "category"  # a free dimension under a name of the preset
    raise KeyError(f"{shape.name}: {column} is neither a column of {shape.table} nor a helper")


def _styles(part: Part, plan: FileMap, answers: Answers, dated: list[str]) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Day order and decimal mark of every column of the file; what a column cannot tell, its neighbours may."""
    orders: dict[str, str | None] = {}
    marks: dict[str, str | None] = {}
    open_orders, open_marks = {}, {}
    kinds = [(column, header, _KINDS.get(kind_of(part.shape, column))) for column, header in plan.headers.items()]
    for column, header, kind in [*kinds, *((header, header, "date") for header in dated)]:
        if kind == "date" and header not in orders:
            cells = raw.take(part.source, part.shape, column, header, True)
            style = parse.date_style(cells)
            orders[header] = answers.get("dates", plan.file, header) or plan.dates or style.order
            if style.asks and not answers.get("dates", plan.file, header) and not plan.dates:
                open_orders[header] = style
        elif kind == "number" and header not in marks and column != "duration_s":
            cells = part.source.cells[header]
            text = cells if header not in part.source.numbers else cells.mask(~np.isnan(part.source.numbers[header]), "")
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


def _currency(part: Part, cells: pd.Series, answers: Answers) -> parse.Parsed:
    """Currencies as ISO codes; words that no list knows are asked, since the base currency would be a silent guess for them."""
    label = part.source.label

    def read(word: str) -> str | None:
        said = answers.get("currency", label, word)
        return currency_code(word) or (NO_CURRENCY if said == "none" else said)

    parsed = _levels(cells, read)
    if parsed.bad.any() and "amount" in part.used:
        counts = cells[parsed.bad].map(norm).value_counts()
        for word, n in list(counts.items())[:MOST_WORDS]:
            answers.ask("currency", label, str(word), [str(n)], "none", (), "unknown_currency")
    return parsed


def _plain(part: Part, column: str, kind: str, cells: pd.Series, country: str) -> parse.Parsed:
    """A column that is neither a date nor a number."""
    table = part.shape.table
    if column in part.shape.values:
        return _mapped(cells, part.shape.values[column], kind)
    if column == "duration_s":
        return parse.parse_duration(cells, raw.unit(part.shape, column))
    if column == "phone":
        return parse.parse_phone(cells, country)
    if column == "tax_id":
        return parse.parse_tax_id(cells)
    if column in ("currency", "currency_seen"):
        return _levels(cells, currency_code)
    if column == "semantic" and table in ("deals", "stages"):
        return _levels(cells, outcome)
    if kind == "bool":
        return parse.parse_bool(cells)
    if table and column in BY_NAME[table] and f"{table}.{column}" in lexicon()["levels"]:
        known = meanings(f"levels.{table}.{column}")
        # a norm may be of any metric: words that are not known stay as they are
        return _levels(cells, known.get, open_words=not BY_NAME[table][column].levels)
    if table and column in BY_NAME[table] and (levels := BY_NAME[table][column].levels):
        return _levels(cells, {norm(level): level for level in levels}.get)
    parsed = parse.parse_id(cells) if kind == "id" else parse.parse_text(cells, one_line=kind != "text")
    if part.shape.id_form == "salesforce" and column.endswith(("_id", "_ref")) and (kind == "id" or column == "pipeline_id"):
        parsed.values = parsed.values.map(parse.salesforce_id, na_action="ignore").astype("str")
    return parsed


def _levels(cells: pd.Series, read: Callable[[str], str | None], open_words: bool = False) -> parse.Parsed:
    """A closed vocabulary: known words to their level, others bad; with `open_words` others stay as they are."""
    text = parse.parse_text(cells)
    codes, unique = pd.factorize(text.values)
    levels = [read(norm(word)) or (word if open_words else None) for word in unique]
    values = pd.Series(pd.array(levels, dtype="str").take(codes, allow_fill=True) if levels else pd.array([None] * len(cells), dtype="str"))
    return parse.Parsed(values, (values.isna() & text.values.notna()).to_numpy(), text.placeholders)


def _mapped(cells: pd.Series, known: dict[str, object], kind: str) -> parse.Parsed:
    """A column whose words the preset translates; yes and no words stay known, `*` is any other word, null says nothing."""
    yes, no = words("yes"), words("no")

    def read(word: str) -> object:
        if word in known:
            return known[word]
        return True if kind == "bool" and word in yes else False if kind == "bool" and word in no else known.get(norm("*"))

    text = parse.parse_text(cells)
    codes, unique = pd.factorize(text.values)
    levels = [read(norm(word)) for word in unique]
    dtype = "boolean" if kind == "bool" else "str"
    values = pd.Series(pd.array(levels, dtype=dtype).take(codes, allow_fill=True) if levels else pd.array([None] * len(cells), dtype=dtype))
    silent = np.array([norm(word) in known or norm("*") in known for word in unique], dtype=bool)
    told = np.where(codes >= 0, silent[codes], True) if len(silent) else np.ones(len(cells), dtype=bool)
    return parse.Parsed(values, values.isna().to_numpy() & ~told, text.placeholders)


def _note(part: Part, column: str, parsed: parse.Parsed, kind: str | None = None) -> None:
    """Unreadable cells: a reason to quarantine where the row cannot do without, else a counted warning."""
    if parsed.placeholders:
        header = part.used[column]  # one header may give two columns: its cells count once
        part.placeholders[header] = max(part.placeholders[header], parsed.placeholders)
    bad = np.flatnonzero(parsed.bad)
    if not len(bad):
        return
    kind = kind or kind_of(part.shape, column)
    if parsed.destroyed is not None and parsed.destroyed.any():
        lost = np.flatnonzero(parsed.destroyed)
        if part.table and column in BY_NAME[part.table].key:
            part.refuse(lost, "destroyed_id")  # a row that cannot be named cannot be joined with anything either
        else:
            part.warnings[f"destroyed_id: {part.used[column]}"] += len(lost)
        bad = np.flatnonzero(parsed.bad & ~parsed.destroyed)
        if not len(bad):
            return
    what = {"date": "bad_date", "number": "bad_number"}.get(_KINDS.get(kind, ""), "unknown_value" if kind in ("category", "bool") else "bad_value")
    if column in STRICT and column not in part.shape.optional:
        part.refuse(bad, what)
    else:
        part.warnings[f"{what}: {part.used[column]}"] += len(bad)


def _free_dimensions(part: Part, plan: FileMap, columns: dict[str, pd.Series], dated: set[str]) -> None:
    """Further columns that may be slices, as text under their own headers."""
    for column, header in plan.headers.items():
        if part.table and column not in BY_NAME[part.table] and column not in HELPERS:
            part.extras[column] = header
    taken = set(plan.headers.values()) | dated
    lines = set((part.shape.merge or {}).get("also", ()))
    for header in part.source.headers:
        if header in taken or norm(header) in lines or not keeps(part.shape, header):
            continue
        reader = parse.parse_id if norm(header) in part.shape.ids else parse.parse_text
        parsed = reader(part.source.cells[header])
        if parsed.values.notna().any():
            name = header if header not in columns and (not part.table or header not in BY_NAME[part.table]) else f"{header} (2)"
            columns[name] = parsed.values
            part.extras[name] = header
            if parsed.placeholders:
                part.placeholders[header] += parsed.placeholders


def keeps(shape: Shape, header: str) -> bool:
    """Whether a header that means nothing canonical is kept as a free dimension."""
    plain = norm(header)
    if shape.extras is not None:
        return plain in shape.extras
    if not shape.table or not BY_NAME[shape.table].open:
        return False
    if plain.startswith(shape.not_dimension_starts or ("\0",)):
        return False
    return plain not in shape.not_dimensions and plain.split("__")[0] not in words("not_dimensions") and not plain.startswith("column ")
