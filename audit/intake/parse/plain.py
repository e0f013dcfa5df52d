"""Text, ids, yes and no, phones, tax numbers and durations."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pandas as pd

from audit.intake.parse import column
from audit.intake.text import norm, words

_TAG_BREAK = re.compile(r"<br\s*/?>", re.I)
_SPACES = re.compile(r"[ \t\u00a0\u2007\u202f\u200b\ufeff]+")
_FLOAT_ID = re.compile(r"^-?\d+\.0+$")
# as spreadsheets and programs write large numbers; a bare 7E12 may be somebody's code and stays
_SCIENTIFIC = re.compile(r"^\d(?:[.,]\d+)?[eE]\+\d{1,3}$|^\d[.,]\d+[eE]\d{1,3}$")


@dataclass
class Parsed:
    """One typed column: its values, where a filled cell could not be read, and how many cells were placeholders."""

    values: pd.Series
    bad: np.ndarray
    placeholders: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    destroyed: np.ndarray | None = None  # which bad cells are ids whose digits a spreadsheet has lost


def each(cells: pd.Series, read: Callable[[str], object]) -> tuple[np.ndarray, pd.Index, list]:
    """(codes, unique texts, read values): `read` runs once a distinct text."""
    codes, unique = pd.factorize(cells, use_na_sentinel=False)
    if isinstance(unique, pd.CategoricalIndex):
        unique = unique.astype("str")
    return codes, unique, [read("" if text is None or text is pd.NA or text != text else str(text)) for text in unique]


@lru_cache(maxsize=100_000)
def clean(text: str) -> str:
    """A cell without its wrapping: entities decoded, breaks as newlines, spaces single, Excel's apostrophe removed.

    >>> clean(" ООО &quot;Ромашка&quot;<br>Москва "), clean("'+7 495")
    ('ООО "Ромашка"\\nМосква', '+7 495')
    """
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG_BREAK.sub("\n", text)
    text = _SPACES.sub(" ", text).strip()
    return text[1:] if (text[:1] == "'" and text[1:2] in ("+", "=", "-", "@")) or re.match(r"'\d", text) else text


def is_empty(text: str) -> bool:
    """Whether a cleaned cell says nothing: blank or a placeholder word."""
    return not text or norm(text) in words("empty")


def _gather(codes: np.ndarray, unique: pd.Index, values: list, dtype: str) -> Parsed:
    """Parsed from per-text values, None for nothing; a non-blank text that gave None is a placeholder."""
    blank = np.array([not str(text).strip() for text in unique], dtype=bool)
    none = np.array([value is None for value in values], dtype=bool)
    series = pd.Series(pd.array(values, dtype=dtype)).take(codes).reset_index(drop=True)
    return Parsed(series, np.zeros(len(codes), dtype=bool), int((none & ~blank)[codes].sum()) if len(codes) else 0)


def parse_text(cells: pd.Series, one_line: bool = True) -> Parsed:
    """Clean text; `one_line` joins lines, as labels need."""

    def read(text: str) -> str | None:
        plain = clean(text)
        if is_empty(plain):
            return None
        return " ".join(plain.split()) if one_line else plain

    def careful(some: pd.Series) -> Parsed:
        codes, unique, values = each(some, read)
        if all(value == text for value, text in zip(values, unique, strict=True)):  # nothing to clean: the cells themselves, not a copy
            return Parsed(column.unpacked(some).reset_index(drop=True), np.zeros(len(some), dtype=bool))
        return _gather(codes, unique, values, dtype="str")

    return _mostly_plain(cells, careful) if column.many_texts(cells) else careful(cells)


def _mostly_plain(cells: pd.Series, careful: Callable[[pd.Series], Parsed], odd: str | None = None) -> Parsed:
    """Texts of a column whose cells differ: only cells that are not their own clean form or fit `odd` are read carefully."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column.arrow(cells)
    sure = column.untouched(array)
    if odd is not None:
        sure &= ~np.asarray(pc.match_substring_regex(array, odd))
    blank = np.asarray(pc.equal(array, ""))
    rest, placeholders = ~sure & ~blank, 0
    bad, destroyed = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
    if blank.any():
        array = pc.if_else(pa.array(blank), pa.scalar(None, array.type), array)
    if rest.any():
        read = careful(cells[rest])
        array = pc.replace_with_mask(array, pa.array(rest), column.arrow_with_nulls(read.values))
        bad[rest], placeholders = read.bad, read.placeholders
        destroyed[rest] = read.destroyed if read.destroyed is not None else False
    return Parsed(array.to_pandas(), bad, placeholders, destroyed=destroyed if destroyed.any() else None)


def is_destroyed(text: str) -> bool:
    """Whether an id is a number in powers of ten: its last digits are lost and nothing brings them back.

    >>> is_destroyed("1.23457E+11"), is_destroyed("1,23457E+11"), is_destroyed("7E12"), is_destroyed("1234567890123456789")
    (True, True, False, False)
    """
    return bool(_SCIENTIFIC.match(text))


def parse_id(cells: pd.Series) -> Parsed:
    """Ids as text: `123.0` is 123, zeros in front stay; an id that a spreadsheet turned into 1.2E+11 is destroyed."""
    return _mostly_plain(cells, _careful_id, f"{_FLOAT_ID.pattern}|{_SCIENTIFIC.pattern}") if column.many_texts(cells) else _careful_id(cells)


def _careful_id(cells: pd.Series) -> Parsed:
    def read(text: str) -> str | None:
        plain = " ".join(clean(text).split())
        if is_empty(plain):
            return None
        return plain.split(".")[0] if _FLOAT_ID.match(plain) else plain

    codes, unique, values = each(cells, read)
    return _without_destroyed(_gather(codes, unique, values, "str"), codes, values)


def _without_destroyed(parsed: Parsed, codes: np.ndarray, values: list) -> Parsed:
    """Destroyed ids emptied and marked."""
    lost = np.array([bool(value and is_destroyed(str(value))) for value in values], dtype=bool)
    if lost.any():
        parsed.destroyed = lost[codes]
        parsed.bad = parsed.bad | parsed.destroyed
        parsed.values = parsed.values.mask(parsed.destroyed)
    return parsed


_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT_ID = re.compile(r"[A-Za-z0-9]{15}")


def salesforce_id(text: str) -> str:
    """The 18 letters of a Salesforce id of 15, whose last three tell the case of the others; any other text as it is.

    >>> salesforce_id("0061G00000Ja7B6"), salesforce_id("0061G00000Ja7B6QAJ"), salesforce_id("abc")
    ('0061G00000Ja7B6QAJ', '0061G00000Ja7B6QAJ', 'abc')
    """
    if not _SHORT_ID.fullmatch(text):
        return text
    chunks = (text[at : at + 5] for at in (0, 5, 10))
    return text + "".join(_SUFFIX[sum(1 << place for place, letter in enumerate(chunk) if letter.isupper())] for chunk in chunks)


def parse_bool(cells: pd.Series) -> Parsed:
    """Yes and no in three languages; anything else filled is bad."""
    yes, no = words("yes"), words("no")

    def read(text: str) -> bool | None:
        plain = norm(clean(text))
        return True if plain in yes else False if plain in no else None

    codes, unique, values = each(cells, read)
    parsed = _gather(codes, unique, values, "boolean")
    odd = np.array([value is None and not is_empty(clean(str(text))) for text, value in zip(unique, values, strict=True)], dtype=bool)
    parsed.bad = odd[codes] if len(codes) else parsed.bad
    parsed.placeholders -= int(parsed.bad.sum())
    return parsed


def tax_id(text: str, country: str = "RU") -> str | None:
    """A tax number as text; a leading zero that a spreadsheet ate comes back where the check digit proves it.

    Not in Bulgaria, whose nine digits are whole: one EIK of eleven would pass for an INN by chance.

    >>> tax_id("7707083893.0"), tax_id(" 500100732259 "), tax_id("")
    ('7707083893', '500100732259', None)
    """
    plain = clean(text)
    if is_empty(plain):
        return None
    if _FLOAT_ID.match(plain):
        plain = plain.split(".")[0]
    plain = plain.replace(" ", "")
    if country != "BG" and plain.isdigit() and len(plain) in (9, 11) and inn_fits("0" + plain):
        return "0" + plain
    return plain


def inn_fits(digits: str) -> bool:
    """The check digits of a Russian INN of 10 or 12 digits."""
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

    def check(upto: int) -> bool:
        total = sum(int(digit) * weight for digit, weight in zip(digits[:upto], weights[11 - upto:], strict=True))
        return total % 11 % 10 == int(digits[upto])

    return check(9) if len(digits) == 10 else check(10) and check(11)


def parse_tax_id(cells: pd.Series, country: str = "RU") -> Parsed:
    """Tax numbers as text; one in powers of ten is destroyed."""
    codes, unique, values = each(cells, lambda text: tax_id(text, country))
    return _without_destroyed(_gather(codes, unique, values, "str"), codes, values)


_CLOCK = re.compile(r"^(?:(\d+):)?(\d{1,3}):(\d{2})(?:\.\d+)?$")
_WORDED = re.compile(r"^(?:(\d+)\s*(?:ч|h|час)\w*\.?\s*)?(?:(\d+)\s*(?:м|m)\w*\.?\s*)?(?:(\d+)\s*(?:с|s)\w*\.?)?$", re.I)


def duration(text: str) -> float | None:
    """Seconds of `205`, `3:25`, `00:03:25`, `3 мин 25 сек`; None when it is neither.

    >>> duration("3:25"), duration("1:00:05"), duration("3 мин 25 сек"), duration("40"), duration("x")
    (205.0, 3605.0, 205.0, 40.0, None)
    """
    plain = clean(text)
    if found := _CLOCK.match(plain):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    try:
        return float(plain.replace(",", ".").replace(" ", ""))
    except ValueError:
        found = _WORDED.match(plain) if plain else None
        if not found or not any(found.groups()):
            return None
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return float(hours * 3600 + minutes * 60 + seconds)


def parse_duration(cells: pd.Series, unit: float = 1.0) -> Parsed:
    """Lengths in seconds; a bare number counts in `unit` seconds."""
    codes, unique, values = each(cells, duration)
    scaled = [None if value is None else value * (1.0 if ":" in str(text) else unit) for text, value in zip(unique, values, strict=True)]
    odd = np.array([value is None and not is_empty(clean(str(text))) for text, value in zip(unique, values, strict=True)], dtype=bool)
    series = pd.Series(np.array([np.nan if value is None else value for value in scaled], dtype="float64")[codes])
    return Parsed(series, odd[codes] if len(codes) else np.zeros(0, dtype=bool))
