"""Thousands and millions that a header or a title names, as in "Сумма, тыс. руб." over plain numbers."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import takewhile

from audit.intake.text import meanings, norm, words

_MARKS = re.compile(r"[,(\[;:/]")
_TOKEN = re.compile(r"[^\W_]+|[₽$€£¥₸₴₺%]")
_ZEROS = re.compile(r"(?<!\d)[\u2019'’](000)\b|(?<=[₽$€£])\s?(000)\b")


@cache
def _kinds() -> tuple[dict[str, float], dict[str, str]]:
    """(word → how many units it stands for, word → currency), without dots."""
    scale = {word.strip(" ."): float(size) for word, size in meanings("scale").items() if not word.isdigit()}
    return scale, {word.strip(" ."): code for word, code in meanings("currency").items()}


@cache
def money_words() -> frozenset[str]:
    """Words of scales and currencies as headers write them, with and without their dots, and "т.р."."""
    plain = {*meanings("scale"), *meanings("currency")}
    return frozenset({word.strip(" .") for word in plain} | plain | {"т.р.", "т.р", "т.руб.", "т.руб"})


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(_ZEROS.sub(" k ", norm(text)))


def header_scale(header: str) -> float | None:
    """What one unit of a column's plain numbers is, as its header says; 1 where it names a currency alone, None where it says nothing.

    >>> header_scale("Сумма, тыс. руб."), header_scale("Amount (€k)"), header_scale("План, млн ₽ без НДС"), header_scale("Оборот тыс. руб")
    (1000.0, 1000.0, 1000000.0, 1000.0)
    >>> header_scale("Сумма, руб."), header_scale("Сумма"), header_scale("Группа, м"), header_scale("Выручка, т.р."), header_scale("Клиент (оборот от 10 млн руб.)")
    (1.0, None, None, 1000.0, None)
    """
    return _unit(header)[0]


def bare_header(header: str) -> str | None:
    """A header in its normal form without the unit of money at its end, None where it names none.

    >>> bare_header("Plan, k RUB"), bare_header("Оборот тыс. руб"), bare_header("Сумма")
    ('plan', 'оборот', None)
    """
    if header_scale(header) is None:
        return None
    plain = norm(header)
    kept = _MARKS.split(plain)[0] if _MARKS.search(plain) else plain[: plain.rindex(_ending(_tokens(header))[0])]
    return kept.strip()


def header_currency(header: str) -> str | None:
    """ISO code of the currency that stands as the unit of a header.

    >>> header_currency("Сумма (USD)"), header_currency("Сума, хил. лв."), header_currency("Сумма"), header_currency("Сумма, тыс.")
    ('USD', 'BGN', None, None)
    """
    return _unit(header)[1]


@lru_cache(maxsize=20_000)
def _unit(header: str) -> tuple[float | None, str | None]:
    """(how many units, of which currency) that the words after a mark, or at the end of a header, name."""
    scale, currency = _kinds()
    for part in reversed(_MARKS.split(norm(header))[1:]):
        said = [token for token in _tokens(part) if token not in words("unit_fillers")]
        said = list(takewhile(lambda token: token in scale or token in currency, said))
        if said:
            break
    else:
        said = _ending(_tokens(header))
    sizes = [scale[token] for token in said if token in scale and not (len(said) == 1 and token in currency)]
    codes = {currency[token] for token in said if token in currency and (token not in scale or not sizes)}
    if len(sizes) == 1 and (codes or len(said[0]) > 1):
        return sizes[0], next(iter(codes)) if len(codes) == 1 else None
    return (1.0, next(iter(codes))) if len(codes) == 1 and not sizes else (None, None)


def _ending(tokens: list[str]) -> list[str]:
    """The scale and the currency at the end of a header without a mark before them."""
    scale, currency = _kinds()
    plain = [token for token in tokens if token not in words("unit_fillers")]
    if len(plain) > 2 and plain[-1] in currency and plain[-2] in scale and not plain[-3].isdigit():
        return plain[-2:]
    return []


def title_scale(text: str) -> float | None:
    """What one unit of the plain numbers below a title is: a scale beside a currency, or after "in"; None where it says nothing or several things.

    >>> title_scale("План продаж на 2026 год, тыс. руб."), title_scale("Единица измерения: тыс руб"), title_scale("Sales plan, in thousands")
    (1000.0, 1000.0, 1000.0)
    >>> title_scale("Клиенты с оборотом более 10 млн руб."), title_scale("План продаж"), title_scale("План, EUR k"), title_scale("План (тыс.)")
    (None, None, 1000.0, 1000.0)
    """
    scale, currency = _kinds()
    tokens = _tokens(text)
    found = set()
    for place, token in enumerate(tokens):
        if token not in scale or (place and tokens[place - 1].isdigit() and not _is_year(tokens[place - 1])):
            continue
        beside = {tokens[at] for at in (place - 1, place + 1) if 0 <= at < len(tokens)}
        after_in = place > 0 and tokens[place - 1] in words("in_units") and len(token) > 1
        alone = len(token) > 1 and bool(re.search(rf"[,(\[]\s*{re.escape(token)}\.?\s*(?:[)\]]|$)", norm(text), re.M))
        if beside & set(currency) or after_in or alone:
            found.add(scale[token])
    return found.pop() if len(found) == 1 else None


def _is_year(token: str) -> bool:
    return bool(re.fullmatch(r"20\d\d", token))
