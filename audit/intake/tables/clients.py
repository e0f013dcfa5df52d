"""Clients joined across CRM and accounting by tax number or name without its legal form, every step recorded; conflicts are never joined."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from audit.intake.tables.companies import bare_name, tax_key
from audit.intake.tables.contacts import SHARED, STEPS
from audit.intake.tables.names import bare_names
from audit.intake.tables.people import Registry
from audit.intake.text import name_key

if TYPE_CHECKING:
    import pandas as pd


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
