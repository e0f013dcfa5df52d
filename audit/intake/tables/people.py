"""Who is who across files: sellers by id or exact name, clients by id, tax number or exact name."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from audit.intake.text import name_key

_ID_NAME = re.compile(r"^\[(\w[\w-]*)\]\s*(.+)$")


@dataclass
class Registry:
    """Known ids with their names; an unknown name becomes its own id, and two ids of one name are never guessed."""

    rows: dict[str, dict] = field(default_factory=dict)  # id → further columns
    names: dict[str, set[str]] = field(default_factory=dict)  # name key → ids
    tax: dict[str, str] = field(default_factory=dict)
    from_file: bool = False
    filed: set[str] = field(default_factory=set)  # ids that a file of people or clients has
    same: dict[str, str] = field(default_factory=dict)  # id or name key → id of the person it was joined into
    how: str = "name"  # the step by which `find` found the last one
    hows: Counter[str] = field(default_factory=Counter)  # step → rows joined by it

    def add(self, key: str, name: str | None = None, tax_id: str | None = None, **columns: object) -> None:
        """Make `key` known; what is known already stays."""
        row = self.rows.setdefault(key, {"name": name or key})
        if name and row["name"] == key:
            row["name"] = name
        row.update({column: value for column, value in columns.items() if column not in row})
        self.names.setdefault(name_key(name or key), set()).add(key)
        if tax_id:
            row.setdefault("tax_id", tax_id)
            self.tax.setdefault(tax_id, key)

    def find(self, name: str, tax_id: str | None = None) -> str | None:
        """The one id of a tax number or name, None when none or several."""
        if tax_id and tax_id in self.tax:
            return self.tax[tax_id]
        ids = self.names.get(name_key(name), set())
        return next(iter(ids)) if len(ids) == 1 else None


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
          create: bool = True, renames: dict[str, str] | None = None) -> Match:
    """The id of every row, by id, tax number or exact name. `create` makes unknown names known; else they stay empty."""
    size = len(ids if ids is not None else names if names is not None else tax)  # type: ignore[arg-type]
    columns = [column.astype("str") if column is not None else pd.Series([None] * size, dtype="str") for column in (ids, names, tax)]
    combined = pd.DataFrame({"id": columns[0].to_numpy(), "name": columns[1].to_numpy(), "tax": columns[2].to_numpy()})
    groups = combined.groupby(["id", "name", "tax"], dropna=False, sort=False)
    codes, found = groups.ngroup().to_numpy(), []
    missing: dict[str, int] = {}
    ambiguous: dict[str, int] = {}
    counts = groups.size().to_dict() if size else {}
    for (key, name, number), count in counts.items():
        key, name, number = (None if pd.isna(value) else str(value) for value in (key, name, number))
        found.append(_one(registry, key, name, number, count, create, renames or {}, missing, ambiguous))
    values = pd.Series(pd.array(found, dtype="str").take(codes) if found else pd.array([None] * size, dtype="str"))
    return Match(values, missing, ambiguous)


def _one(registry: Registry, key: str | None, name: str | None, tax: str | None, count: int, create: bool,
         renames: dict[str, str], missing: dict[str, int], ambiguous: dict[str, int]) -> str | None:
    if name:
        told, name = split_id(name)
        key = key or told
        name = renames.get(name, name)
    if registry.same:
        key = registry.same.get(key, key) if key else registry.same.get(name_key(name)) if name else None
    if key:
        if registry.from_file and key not in registry.filed:
            missing[key] = missing.get(key, 0) + count
        if create or key in registry.rows:
            registry.add(key, name, tax)
            return key
        return None
    if not name and not tax:
        return None
    known = registry.find(name or "", tax)
    label = registry.label(name or "", tax)
    if known:
        registry.hows[registry.how] += count
    several = known is None and len(registry.names.get(name_key(label), ())) > 1
    if several:
        ambiguous[label] = ambiguous.get(label, 0) + count
    elif registry.from_file and known not in registry.filed:
        missing[label] = missing.get(label, 0) + count
    if known:
        registry.add(known, None, tax)
        return known
    if not create:
        return None
    if several:
        registry.rows.setdefault(label, {"name": label})
    else:
        registry.add(label, name, tax)
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
