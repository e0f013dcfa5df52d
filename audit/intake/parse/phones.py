"""Phone numbers in E.164: the common written forms a whole column at a time, everything else one by one."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pandas as pd

from audit.intake.parse import column
from audit.intake.parse.plain import Parsed, _gather, clean, each, is_destroyed, is_empty

_GAP = "[ -]?"
_THREE = "[0-9]{3}" + _GAP
_TWO = "[0-9]{2}" + _GAP
# country → (the written form, digits at the end that are the number, what goes before them); a mobile of Bulgaria is one from anywhere
_RU = rf"^(?:(?:\+?7|8){_GAP}\(?[0-9]|\(?[3489])[0-9]{{2}}\)?{_GAP}{_THREE}{_TWO}[0-9]{{2}}$"
_ABROAD = rf"^\+7{_GAP}\(?[349][0-9]{{2}}\)?{_GAP}{_THREE}{_TWO}[0-9]{{2}}$"
_BG = rf"^(?:\+359{_GAP}|0)8[789](?:[0-9]{_GAP}(?:{_THREE}[0-9]{{3}}|{_TWO}{_TWO}[0-9]{{2}})|{_GAP}{_THREE}{_TWO}[0-9]{{2}})$"


@lru_cache(maxsize=200_000)
def phone(text: str, country: str = "RU") -> str | None:
    """A number in E.164, or None.

    >>> phone("8 (495) 123-45-67"), phone("7495 123 45 67"), phone("+359 2 981 1111", "BG"), phone("1.23457E+11")
    ('+74951234567', '+74951234567', '+35929811111', None)
    """
    plain = clean(text)
    if is_destroyed(plain):
        return None
    digits = re.sub(r"\D", "", re.split(r"доб|ext|[,;]", plain, maxsplit=1)[0])
    if country == "RU" and len(digits) == 11 and digits[0] in "78" and not plain.startswith("+8"):
        return "+7" + digits[1:]
    if country == "RU" and len(digits) == 10 and digits[0] in "3489":
        return "+7" + digits
    import phonenumbers

    try:
        number = phonenumbers.parse(plain, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_possible_number(number) else None


def parse_phone(cells: pd.Series, country: str) -> Parsed:
    """Phones in E.164; a filled cell that is none is bad."""
    return _mostly_common(cells, country) if column.many_texts(cells) else _careful(cells, country)


def _careful(cells: pd.Series, country: str) -> Parsed:
    codes, unique, values = each(cells, lambda text: phone(text, country))
    parsed = _gather(codes, unique, values, "str")
    odd = np.array([value is None and not is_empty(clean(str(text))) for text, value in zip(unique, values, strict=True)], dtype=bool)
    parsed.bad = odd[codes] if len(codes) else parsed.bad
    parsed.placeholders -= int(parsed.bad.sum())
    if len(codes):
        parsed.destroyed = np.array([is_destroyed(clean(str(text))) for text in unique], dtype=bool)[codes]
    return parsed


def _forms(country: str) -> list[tuple[str, int, str]]:
    """(written form, digits of the number at its end, prefix) of the forms whose reading needs no look at single cells."""
    return [(_RU if country == "RU" else _ABROAD, 10, "+7"), *([(_BG, 9, "+359")] if country == "BG" else [])]


def _mostly_common(cells: pd.Series, country: str) -> Parsed:
    """A column whose cells differ: common forms by their digits, only the others carefully."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = column.arrow(cells)
    digits = pc.replace_substring_regex(array, "[^0-9]", "")
    result = pa.nulls(len(array), pa.large_string())
    rest = ~np.asarray(pc.equal(array, ""))
    for form, size, before in _forms(country):
        fits = pc.match_substring_regex(array, form)
        number = pc.binary_join_element_wise(pa.scalar(before, pa.large_string()), pc.utf8_slice_codeunits(digits, -size, None), pa.scalar("", pa.large_string()))
        result = pc.if_else(fits, number, result)
        rest &= ~np.asarray(fits)
    bad, destroyed, placeholders = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool), 0
    if rest.any():
        read = _careful(cells[rest], country)
        result = pc.replace_with_mask(result, pa.array(rest), column.arrow_with_nulls(read.values))
        bad[rest], placeholders = read.bad, read.placeholders
        destroyed[rest] = read.destroyed if read.destroyed is not None else False
    return Parsed(result.to_pandas().astype("str"), bad, placeholders, destroyed=destroyed)
