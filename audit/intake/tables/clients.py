"""Clients joined across CRM and accounting by tax number or name without its legal form, every step recorded; conflicts are never joined."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from audit.intake.parse.plain import inn_fits
from audit.intake.tables.contacts import SHARED, STEPS
from audit.intake.tables.people import Registry
from audit.intake.text import lexicon, name_key

if TYPE_CHECKING:
    import pandas as pd

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


@dataclass
class Clients(Registry):
    """The registry of clients. `hows` counts rows by the step that joined them: tax_id, phone, email, domain, name, bare_name; and by steps that several clients share.

    Names without legal form join accounting to the CRM only (`accounting`): inside one base ООО and ИП of one name are two clients.
    """

    named: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))  # names and ids of the CRM's own clients
    lot: tuple[pd.Series, pd.Series] | None = None  # those of many at once
    bare: dict[str, set[str]] = field(default_factory=dict)  # bare name → ids of those that left `named`
    accounting: bool = False  # the rows being matched are invoices, payments or receivables
    conflicts: Counter[str] = field(default_factory=Counter)  # name → rows of it under another tax number

    def add(self, key: str, name: str | None = None, tax_id: str | None = None, folded: str | None = None, **columns: object) -> None:
        """Make `key` known under its name, bare name and tax number; what is known already stays."""
        super().add(key, name, None, folded, **columns)
        number = tax_key(tax_id) if tax_id else None
        if number:
            self.rows[key].setdefault("tax_id", tax_id)
            self.tax.setdefault(number, key)
        if name and not self.accounting:
            self.named[0].append(name)
            self.named[1].append(key)

    def fill(self, keys: pd.Series, names: pd.Series) -> None:
        """`add` of many to a registry that knows nobody; all have an id, a name may be blank."""
        super().fill(keys, names)
        if not self.accounting:
            self.lot = names, keys

    def _bare_ids(self, name: str) -> set[str]:
        """Clients of the CRM whose name without its legal form is that of `name`; the index is made when first needed."""
        if self.lot is not None or self.named[0]:
            from audit.intake.tables.names import bare_names

            for names, keys in (self.named, *([tuple(texts.tolist() for texts in self.lot)] if self.lot is not None else [])):
                for plain, key in zip(bare_names(names), keys, strict=True):
                    if plain:
                        self.bare.setdefault(plain, set()).add(key)
            self.named, self.lot = ([], []), None
        return self.bare.get(bare_name(name), set())

    def find(self, name: str, tax_id: str | None = None, folded: str | None = None, near: dict[str, str] | None = None) -> str | None:
        """The one client of a tax number, else of phone, e-mail, domain (`near`: step → client), of the name, of the name without its legal form.

        None when none, several or another tax number. Steps that could not decide are in `passed`.
        """
        number = tax_key(tax_id) if tax_id else None
        if number and number in self.tax:
            self.how = "tax_id"
            return self.tax[number]
        for step in STEPS if near else ():
            one = near.get(step) if near else None
            if one and one != SHARED and not self._differs(one, number):
                self.how = step
                return one
            if one:
                self.passed.append(f"{step}_shared" if one == SHARED else f"{step}_of_another_tax_id")
        for how, ids in (("name", self.names.get(name_key(name) if folded is None else folded, ())), ("bare_name", self._bare_ids(name) if name and self.accounting else ())):
            fitting = {one for one in ids if not self._differs(one, number)}
            if len(fitting) == 1:
                self.how = how
                return next(iter(fitting))
            if ids:
                self.conflicts[name] += not fitting
                return None
        return None

    def _differs(self, key: str, number: str | None) -> bool:
        own = tax_key(str(self.rows[key].get("tax_id") or ""))
        return number is not None and own is not None and own != number

    def label(self, name: str, tax_id: str | None) -> str:
        """The id of a client that no file gives one: its name, or its tax number where the name is another client's."""
        taken = name in self.rows and self._differs(name, tax_key(tax_id) if tax_id else None)
        return (tax_id or name) if taken or not name else name
