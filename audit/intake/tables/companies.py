"""What companies are known by: names without their legal form, tax numbers."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from audit.intake.parse.plain import inn_fits
from audit.intake.text import lexicon, name_key

# letters of the two alphabets that look alike, as they get mixed in names
ALIKE = str.maketrans("АВЕКМНОРСТУХІЅ", "ABEKMHOPCTYXIS")
_WEIGHTS = ((1, 2, 3, 4, 5, 6, 7, 8), (3, 4, 5, 6, 7, 8, 9, 10))


def skeleton(text: str) -> str:
    """A name as the eye sees it: upper case, letters of both alphabets alike, Ё as Е, no quotes.

    >>> skeleton("ООО Ромашка") == skeleton("OOO Pомашка")
    True
    """
    return name_key(text).upper().translate(ALIKE)


@cache
def legal_forms() -> tuple[list[str], re.Pattern[str], frozenset[str]]:
    """(legal forms of several words, the longest first, a pattern of them, those of one word) as skeletons."""
    known = [skeleton(form) for form in lexicon()["legal_forms"]]
    long = sorted((form for form in known if " " in form), key=len, reverse=True)
    return long, re.compile("|".join(re.escape(form) for form in long)), frozenset(form for form in known if " " not in form)


@lru_cache(maxsize=200_000)
def bare_name(name: str) -> str:
    """A company's name without its legal form, quotes and punctuation; '' when nothing is left.

    >>> bare_name('ООО "Ромашка"') == bare_name("Ромашка, О.О.О.") == bare_name("РОМАШКА ООО"), bare_name("Acme, Inc.") == bare_name("ACME LLC"), bare_name("ООО")
    (True, True, '')
    """
    _, long, short = legal_forms()
    plain = long.sub(" ", " ".join(skeleton(name).split()))
    plain = re.sub(r"\b(\w)\.\s?(?=\w\b)", r"\1", plain)  # letters with points are one word: Л.Л.С.
    return " ".join(word for word in re.split(r"[^\w]+", plain) if word and word not in short)


@lru_cache(maxsize=200_000)
def tax_key(text: str) -> str | None:
    """The normal form of a tax number: letters and digits only, a Bulgarian VAT number as its EIK; None for none.

    >>> tax_key("BG 131 468 980"), tax_key("7707083893"), tax_key("0000000000"), tax_key("-")
    ('131468980', '7707083893', None, None)
    """
    plain = re.sub(r"[^0-9A-Z]", "", text.upper().translate(ALIKE))
    if re.fullmatch(r"BG\d{9,13}", plain):
        plain = plain[2:]
    return plain if len(plain) >= 6 and len(set(plain)) > 1 and any(map(str.isdigit, plain)) else None


def tax_fits(key: str) -> bool:
    """Whether a number has the check digits of a Russian INN (10, 12) or a Bulgarian EIK (9, 13).

    >>> tax_fits("7707083893"), tax_fits("131468980"), tax_fits("7707083894"), tax_fits("131468981")
    (True, True, False, False)
    """
    if not key.isdigit() or len(key) not in (9, 10, 12, 13):
        return False
    if len(key) in (10, 12):
        return inn_fits(key)
    for weights in _WEIGHTS:
        rest = sum(int(digit) * weight for digit, weight in zip(key, weights, strict=False)) % 11
        if rest < 10:
            break
    return int(key[8]) == rest % 10
