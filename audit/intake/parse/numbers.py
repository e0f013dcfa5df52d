"""Money and numbers: marks decided once a column, currencies and scales read from the cells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from audit.intake.parse import column, decimals
from audit.intake.parse.plain import Parsed, clean, each, is_empty
from audit.intake.text import meanings

_TOKENS = re.compile(r"[^\W\d_]+|[₽$€£¥₸₴₺%]")
_BODY = re.compile(r"^\d[\d.,'’]*$|^[.,]\d+$")
_SCIENTIFIC = re.compile(r"^[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+$")
LIMIT = 1e15  # above it a float no longer holds two decimals, and no sale is that large
MANY = 1000  # cells are enough to prove a mark
AMBIGUOUS = re.compile(r"^[1-9]\d{0,2}[.,]\d{3}$")


@lru_cache(maxsize=1)
def _tokens() -> tuple[dict[str, str], dict[str, float]]:
    currency = {word.replace(".", "").strip(): code for word, code in meanings("currency").items()}
    scale = {word.replace(".", ""): float(size) for word, size in meanings("scale").items()}
    return currency, scale


@dataclass(frozen=True)
class Cell:
    """A money cell taken apart: digits with marks, sign, scale, currency; `body` is None when it is no number."""

    body: str | None
    sign: float = 1.0
    scale: float = 1.0
    currency: str | None = None


@lru_cache(maxsize=200_000)
def take_apart(text: str) -> Cell:
    """The parts of a money cell.

    >>> take_apart("(1 000,00 ₽)")
    Cell(body='1000,00', sign=-1.0, scale=1.0, currency='RUB')
    >>> take_apart("1,5 млн"), take_apart("250k").scale, take_apart("US$ 5").currency, take_apart("около 5").body
    (Cell(body='1,5', sign=1.0, scale=1000000.0, currency=None), 1000.0, 'USD', None)
    """
    currency_words, scale_words = _tokens()
    plain = clean(text)
    if _SCIENTIFIC.match(plain):
        number = float(plain.replace(",", "."))
        if not np.isfinite(number):
            return Cell(None)
        return Cell(repr(abs(number)) if number % 1 else str(int(abs(number))), -1.0 if number < 0 else 1.0)
    currency, scale, unknown = None, 1.0, False
    for token in _TOKENS.findall(plain):
        word = token.lower().replace("ё", "е")
        if word in currency_words:
            currency = currency_words[word]
        elif word in scale_words:
            scale *= scale_words[word]
        elif word not in ("us", "%"):
            unknown = True
    bare = re.sub(r"[\s\u00a0\u202f\u2007]", "", _TOKENS.sub("", plain)).strip("/").replace("−", "-").replace("–", "-")
    negative = bare.startswith("-") or bare.endswith("-") or (bare.startswith("(") and bare.rstrip(".").endswith(")"))
    body = bare.strip("()+-").rstrip(".,'’") if unknown is False else ""
    return Cell(body.replace("'", "").replace("’", "") if _BODY.match(body) else None, -1.0 if negative else 1.0, scale, currency)


def _evidence(body: str) -> str:
    """`,` or `.` as the decimal mark that `body` proves, `?` when it may be either, '' when it has no mark."""
    commas, dots = body.count(","), body.count(".")
    if commas and dots:
        return "," if body.rfind(",") > body.rfind(".") else "."
    if commas + dots == 0:
        return ""
    mark = "," if commas else "."
    if commas + dots > 1:
        return "." if mark == "," else ","
    return "?" if AMBIGUOUS.match(body) else mark


@dataclass(frozen=True)
class NumberStyle:
    """How a column writes numbers. `mark` is None when nothing tells; `asks` when only a person can decide."""

    mark: str | None
    why: str
    asks: bool = False
    examples: tuple[str, ...] = field(default=())


def number_style(cells: pd.Series) -> NumberStyle:
    """The decimal mark of a column, decided by its cells together."""
    cells = column.once(cells)[0]
    array = column.arrow(cells)
    kinds = decimals.kinds(array)
    comma = (kinds == decimals.COMMA) | decimals.spaced(array, kinds)
    dot, whole = kinds == decimals.DOT, kinds == decimals.WHOLE
    proof = {",": _distinct(cells, comma, MANY), ".": _distinct(cells, dot, MANY), "?": []}
    plain_large = bool((np.diff(column.text_bytes(array)[1])[whole] > 3).any())
    for text in _distinct(cells, ~(comma | dot | whole)):
        body = take_apart(text).body
        if body:
            said = _evidence(body)
            plain_large |= said == "" and len(body) > 3 and " " not in text and "\u00a0" not in text
            if said:
                proof[said].append(text)
    if proof[","] and proof["."]:
        examples = (*proof[","][:2], *proof["."][:2])
        return NumberStyle("," if len(proof[","]) >= len(proof["."]) else ".", "mixed", True, examples)
    if proof[","] or proof["."]:
        return NumberStyle("," if proof[","] else ".", "decimals")
    unclear = proof["?"]
    if not unclear:
        return NumberStyle(None, "none")
    mark = "," if "," in unclear[0] else "."
    other = "." if mark == "," else ","
    if any(mark not in text for text in unclear):
        return NumberStyle(other, "unclear", True, tuple(unclear[:4]))
    rounded = sum(bool(re.search(r"[.,]000\b", text)) for text in unclear)
    if rounded * 2 >= len(unclear) or (len(unclear) >= 20 and not plain_large):
        return NumberStyle(other, "thousands")
    return NumberStyle(other, "unclear", True, tuple(unclear[:4]))


def _distinct(cells: pd.Series, mine: np.ndarray, most: int | None = None) -> list[str]:
    """The different filled texts among some cells (the first `most` of them), in the order in which they are met."""
    return [text for text in pd.unique(cells.iloc[np.flatnonzero(mine)[:most]]).tolist() if text.strip()]


def to_number(cell: Cell, mark: str | None) -> float | None:
    """The number of a cell under decimal `mark` (`each` = by the cell's own marks), or None when it does not fit."""
    if cell.body is None:
        return None
    body = cell.body
    if mark == "each" or mark is None:
        said = _evidence(body)
        mark = said if said in (",", ".") else "." if "," in body else ","
        if said == "?":
            return None
    group = "." if mark == "," else ","
    whole, _, part = body.partition(mark)
    if group in part or mark in part:
        return None
    if group in whole and not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{2,3}})*{re.escape(group)}\d{{3}}", whole):
        return None
    return cell.sign * cell.scale * float((whole.replace(group, "") or "0") + "." + (part or "0"))


def parse_numbers(cells: pd.Series, mark: str | None, numbers: np.ndarray | None = None) -> tuple[Parsed, pd.Series]:
    """(numbers, currency of each cell or null). `numbers` are cells that were numbers in the file already.

    A number of 1e15 and more, or infinite, is bad.
    """
    cells, spread = column.once(cells)
    series, left = decimals.written(column.arrow(cells), mark)
    wrong, placeholder = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    currency = pd.array([None] * len(cells), dtype="str")
    if len(left):
        codes, unique, apart = each(cells.iloc[left], take_apart)
        blank = np.array([is_empty(clean(str(text))) for text in unique], dtype=bool)
        values = np.array([np.nan if (value := to_number(cell, mark)) is None else value for cell in apart], dtype="float64")
        series[left], wrong[left] = values[codes], (np.isnan(values) & ~blank)[codes]
        filled = np.array([bool(str(text).strip()) for text in unique], dtype=bool)
        placeholder[left] = (blank & filled)[codes]
        currency[left] = pd.array([cell.currency for cell in apart], dtype="str").take(codes)
    if spread is not None:
        series, wrong, placeholder, currency = series[spread], wrong[spread], placeholder[spread], currency.take(spread)
    if numbers is not None:
        known = ~np.isnan(numbers)
        series, wrong = np.where(known, numbers, series), wrong & ~known
    beyond = np.abs(series) >= LIMIT
    if beyond.any():
        series, wrong = np.where(beyond, np.nan, series), wrong | beyond
    return Parsed(pd.Series(series + 0.0), wrong, int(placeholder.sum())), pd.Series(currency)


def currency_code(text: str) -> str | None:
    """ISO code of a currency name or symbol, None when unknown.

    >>> currency_code("Российский рубль"), currency_code("лв."), currency_code("€"), currency_code("тугрик")
    ('RUB', 'BGN', 'EUR', None)
    """
    from audit.intake.text import norm

    plain = norm(clean(text))
    known = meanings("currency")
    if plain in known:
        return known[plain]
    code = plain.upper()
    return code if re.fullmatch(r"[A-Z]{3}", code) else None
