"""Who is who across files: sellers by id or exact name, clients by id, tax number or exact name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from audit.intake.tables.coded import coded, combinations, spread
from audit.intake.tables.finish import all_differ
from audit.intake.text import name_key, name_keys

_ID_NAME = re.compile(r"^\[(\w[\w-]*)\]\s*(.+)$")


@dataclass
class Registry:
    """Known ids with their names; an unknown name becomes its own id, and two ids of one name are never guessed."""

    _rows: dict[str, dict] = field(default_factory=dict)
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    told: tuple[pd.Series, pd.Series] | None = None  # ids and names of many at once, sorted into rows and names when first asked for
    tax: dict[str, str] = field(default_factory=dict)
    from_file: bool = False
    filed: set[str] = field(default_factory=set)  # ids that a file of people or clients has
    same: dict[str, str] = field(default_factory=dict)  # id or name key → id of the person it was joined into
    how: str = "name"  # the step by which `find` found the last one
    hows: Counter[str] = field(default_factory=Counter)  # step → rows joined by it
    passed: list[str] = field(default_factory=list)  # steps at which `find` could not decide for the last one

    def add(self, key: str, name: str | None = None, tax_id: str | None = None, folded: str | None = None, **columns: object) -> None:
        """Make `key` known; what is known already stays. `folded` is the `name_key` of the name where it is known."""
        row = self.rows.setdefault(key, {"name": name or key})
        if name and row["name"] == key:
            row["name"] = name
        if columns:
            row.update({column: value for column, value in columns.items() if column not in row})
        self._call(folded if folded is not None and name else name_key(name or key), key)
        if tax_id:
            row.setdefault("tax_id", tax_id)
            self.tax.setdefault(tax_id, key)

    @property
    def rows(self) -> dict[str, dict]:
        """Id → what is known: name, tax_id and further columns."""
        self._sort_out()
        return self._rows

    @property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Name key → ids."""
        self._sort_out()
        return self._names

    @property
    def fresh(self) -> bool:
        """Whether nobody is known yet."""
        return not (self._rows or self.told or self.from_file or self.same)

    def fill(self, keys: pd.Series, names: pd.Series) -> None:
        """`add` of many to a registry that knows nobody; all have an id, a name may be blank."""
        self.told = keys, names

    def _sort_out(self) -> None:
        if self.told is None:
            return
        (keys, names), self.told = (texts.tolist() for texts in self.told), None
        for key, name, folded in zip(keys, names, name_keys(names), strict=True):
            row = self._rows.get(key)
            if row is None:
                self._rows[key] = {"name": name or key}
            elif name and row["name"] == key:
                row["name"] = name
            self._call(folded if name else name_key(key), key)

    def frame(self, key: str, without: set[str]) -> pd.DataFrame:
        """One row an id that is not among `without`, a column for everything that is known of any of them."""
        if self.told is not None and not without:
            ids, names = self.told
            if names is ids or all_differ(ids):
                return pd.DataFrame({key: ids, "name": ids if names is ids else names.where(names != "", ids)})
        rows = {one: row for one, row in self.rows.items() if one not in without}
        columns = dict.fromkeys(name for row in rows.values() for name in row)
        return pd.DataFrame({key: list(rows), **{name: [row.get(name) for row in rows.values()] for name in columns}})

    def tax_ids(self) -> dict[str, str]:
        """Id → tax number of those who have one."""
        return {one: row["tax_id"] for one, row in self._rows.items() if row.get("tax_id")}

    def _call(self, folded: str, key: str) -> None:
        ids = self._names.get(folded)
        if ids is None:
            self._names[folded] = (key,)
        elif key not in ids:
            self._names[folded] = (*ids, key)

    def find(self, name: str, tax_id: str | None = None, folded: str | None = None, near: dict[str, str] | None = None) -> str | None:
        """The one id of a tax number or name, None when none or several; `near` serves registries that know their own by more than that."""
        if tax_id and tax_id in self.tax:
            return self.tax[tax_id]
        ids = self.names.get(name_key(name) if folded is None else folded, ())
        return ids[0] if len(ids) == 1 else None

    def label(self, name: str, tax_id: str | None) -> str:
        """The id of somebody whom no file gives one."""
        return name or tax_id or ""


@dataclass
class Match:
    """What matching a column gave: ids, and the names that nobody knew."""

    ids: pd.Series
    missing: dict[str, int]
    ambiguous: dict[str, int]


def split_id(text: str) -> tuple[str | None, str]:
    """(id, name) of a cell that carries both.

    >>> split_id("[12] Иванов"), split_id("Иванов")
    (('12', 'Иванов'), (None, 'Иванов'))
    """
    found = _ID_NAME.match(text)
    return (found.group(1), found.group(2).strip()) if found else (None, text)


def match(registry: Registry, ids: pd.Series | None, names: pd.Series | None, tax: pd.Series | None = None, *,
          create: bool = True, renames: dict[str, str] | None = None, near: pd.DataFrame | None = None) -> Match:
    """The id of every row, by id, tax number, the columns of `near` (step → id it points to) or exact name.

    `create` makes unknown names known; else they stay empty.
    """
    size = len(ids if ids is not None else names if names is not None else tax)  # type: ignore[arg-type]
    if registry.fresh and create and not renames and tax is None and size and ids is not None and (same := _filled(registry, ids, names)) is not None:
        return Match(same, {}, {})
    steps = [] if near is None else list(near)
    codes, (keys, called, numbers, *others) = combinations(size, ids, names, tax, *([] if near is None else [near[step] for step in steps]))
    texts = [name or "" for name in called]
    missing: dict[str, int] = {}
    ambiguous: dict[str, int] = {}
    folded = dict(zip(texts, name_keys(texts), strict=True))
    found = []
    counts = np.bincount(codes, minlength=len(keys)).tolist()
    pointed = [{step: one for step, one in zip(steps, told, strict=True) if one} for told in zip(*others, strict=True)] if steps else [{}] * len(keys)
    for key, name, number, told, count in zip(keys, called, numbers, pointed, counts, strict=True):
        found.append(_one(registry, key, name, number, count, create, renames or {}, missing, ambiguous, folded, told))
    same = next((cells for cells, said in ((ids, keys), (names, called)) if cells is not None and cells.dtype == "str" and said == found), None)
    return Match(spread(found, codes, pd.RangeIndex(size)) if same is None else same.reset_index(drop=True), missing, ambiguous)


def _filled(registry: Registry, ids: pd.Series, names: pd.Series | None) -> pd.Series | None:
    """Make all rows known to a registry that knows nobody; their ids, None where a row has none or a name may carry one."""
    if ids.dtype != "str" or ids.isna().any() or (ids == "").any():
        return None
    if names is None or ids.equals(names):  # a name that is its own id
        _, keys = coded(ids)
        called = pd.Series([""] * len(keys), dtype="str") if names is None else keys
    else:
        _, (own, said) = combinations(len(ids), ids, names)
        keys, called = pd.Series(own, dtype="str"), pd.Series(said, dtype="str").fillna("")
    if called.str.startswith("[").any():
        return None
    registry.fill(keys, called)
    return ids.reset_index(drop=True)


def _one(registry: Registry, key: str | None, name: str | None, tax: str | None, count: int, create: bool,
         renames: dict[str, str], missing: dict[str, int], ambiguous: dict[str, int], keys: dict[str, str], near: dict[str, str]) -> str | None:
    if name:
        told, name = split_id(name) if name[0] == "[" else (None, name)
        key = key or told
        name = renames.get(name, name)
    folded = keys.get(name) if name else None
    if registry.same:
        key = registry.same.get(key, key) if key else registry.same.get(folded or name_key(name)) if name else None
    if key:
        if registry.from_file and key not in registry.filed:
            missing[key] = missing.get(key, 0) + count
        if create or key in registry.rows:
            registry.add(key, name, tax, folded)
            return key
        return None
    if not name and not tax and not near:
        return None
    known = registry.find(name or "", tax, folded, near)
    for step in registry.passed:
        registry.hows[step] += count
    registry.passed = []
    label = registry.label(name or "", tax)
    if known:
        registry.hows[registry.how] += count
    several = known is None and len(registry.names.get(folded if folded is not None and label == name else name_key(label), ())) > 1
    if several:
        ambiguous[label] = ambiguous.get(label, 0) + count
    elif registry.from_file and known not in registry.filed:
        missing[label] = missing.get(label, 0) + count
    if known:
        registry.add(known, None, tax)
        return known
    if not create or not label:
        return None
    if several:
        registry.rows.setdefault(label, {"name": label})
    else:
        registry.add(label, name, tax, folded)
    return label


def suggestions(missing: list[str], known: list[str]) -> dict[str, str]:
    """The nearest known name of each unknown one, for a person to accept; nothing is merged by likeness, ids have none."""
    from rapidfuzz import fuzz, process

    found = {}
    for name in [name for name in missing if sum(map(str.isalpha, name)) > sum(map(str.isdigit, name))][:50]:
        best = process.extractOne(name, known, scorer=fuzz.ratio, processor=name_key, score_cutoff=80)
        if best:
            found[name] = best[0]
    return found
