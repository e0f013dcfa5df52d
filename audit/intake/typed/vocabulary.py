"""Columns of words: closed vocabularies, currencies, yes and no, and words that the preset translates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from audit.intake import parse
from audit.intake.ask.mapping import Answers
from audit.intake.outcome import outcome
from audit.intake.parse.column import unpacked
from audit.intake.parse.numbers import currency_code
from audit.intake.text import lexicon, meanings, norm, words
from audit.intake.typed import raw
from audit.intake.typed.part import Part
from audit.schema import BY_NAME

NO_CURRENCY = "X" * 3  # ISO 4217 for no currency: such amounts have no rate, so nothing is made of them
MOST_WORDS = 20  # unknown currencies asked of one file; a column with more of them is no column of currencies


def currency_of(part: Part, cells: pd.Series, answers: Answers) -> parse.Parsed:
    """Currencies as ISO codes; words that no list knows are asked, since the base currency would be a silent guess for them."""
    label = part.source.label

    def read(word: str) -> str | None:
        said = answers.get("currency", label, word)
        return currency_code(word) or (NO_CURRENCY if said == "none" else said)

    parsed = _levels(cells, read)
    if parsed.bad.any() and "amount" in part.used:
        counts = unpacked(cells[parsed.bad]).map(norm).value_counts()
        for word, n in list(counts.items())[:MOST_WORDS]:
            answers.ask("currency", label, str(word), [str(n)], "none", (), "unknown_currency")
    return parsed


def plain(part: Part, column: str, kind: str, cells: pd.Series, country: str) -> parse.Parsed:
    """A column that is neither a date nor a number."""
    table = part.shape.table
    if column in part.shape.values:
        return _mapped(cells, part.shape.values[column], kind)
    if column == "duration_s":
        return parse.parse_duration(cells, raw.unit(part.shape, column))
    if column == "phone":
        return parse.parse_phone(cells, country)
    if column == "client_phone":  # whatever is no phone there says nothing of the row
        return parse.Parsed(parse.parse_phone(cells, country).values, np.zeros(len(cells), dtype=bool))
    if column in ("client_email", "client_domain"):
        return parse.parse_email(cells) if column == "client_email" else parse.parse_domain(cells)
    if column == "tax_id":
        return parse.parse_tax_id(cells, country)
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
