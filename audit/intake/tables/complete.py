"""Several lists of the same people or clients: rows of one complete each other, by exact keys only; every difference is on record."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.intake.tables import contacts
from audit.intake.tables.alike import is_short_for, name_words
from audit.intake.tables.companies import tax_fits, tax_key
from audit.intake.tables.finish import column
from audit.intake.tables.persons import system
from audit.intake.text import name_key, norm

if TYPE_CHECKING:
    from audit.intake.tables.build import Build

PLAIN = {"staff", "plan", "plain", "crm", "accounting", "sheets_people", "sheets_sales"}  # not the export of a CRM
STAFF_KNOWS = ("hired_at", "left_at", "leave_kind", "fte", "role", "team", "experience_months", "hire_source")  # here a list of staff goes before the CRM
NUMBERS = {"табельный номер", "personnel number", "служебен номер", "employee id", "id сотрудника", "id на служителя"}  # no ids of a CRM
SHOWN = 50  # differences shown of one column


def _is_list(build: Build, place: int) -> bool:
    return system(build.parts[place]) in PLAIN


def _ranked(build: Build, rows: pd.DataFrame, key: str) -> list[int]:
    """Files of a table, those whose ids count first: exports of a CRM, then lists with ids, then the one that says least of employment."""
    def rank(place: int) -> tuple:
        used = build.parts[place].used
        return _is_list(build, place), key not in used, sum(name in used for name in STAFF_KNOWS), place

    return sorted((int(place) for place in rows["_part"].unique()), key=rank)


# -- people ------------------------------------------------------------------------------------------------


class _People:
    """The persons of one table in the making, by id and by the words of their names."""

    def __init__(self, build: Build, rows: pd.DataFrame):
        self.build, self.rows = build, rows
        self.cells = {name: rows[name].to_numpy(dtype=object, copy=True) for name in rows}
        self.told = column(rows, "person_told", "boolean").fillna(False).to_numpy(dtype=bool)
        self.at: dict[str, int] = {}  # id → row that keeps it
        self.named: dict[tuple[str, ...], set[int]] = {}
        self.gone: list[int] = []
        self.hows: dict[int, Counter[str]] = {}
        self.differs: dict[tuple[int, str], dict[str, list[str]]] = {}

    def name(self, row: int) -> str:
        """The name of a row, '' for none; an id that stands for a name is none."""
        text = self.cells["name"][row]
        return text if isinstance(text, str) else ""

    def keep(self, row: int) -> None:
        """A row as a person of its own."""
        self.at.setdefault(self.cells["user_id"][row], row)
        if self.name(row):
            self.named.setdefault(name_words(self.name(row)), set()).add(row)

    def person(self, row: int, alone: bool) -> tuple[int, str] | None:
        """(row of the same person in an earlier file, how it is known); `alone`: no other row of the file has this name."""
        place, own = int(self.cells["_part"][row]), self.cells["user_id"][row]
        same = self.at.get(own)
        if same is not None and (self.told[row] or self.told[same]):
            return same, "told"
        if not _is_list(self.build, place):
            fits = same is not None and system(self.build.parts[place]) == system(self.build.parts[int(self.cells["_part"][same])])
            return (same, "id") if fits and same is not None else None
        twins = self.named.get(name_words(self.name(row)), set()) if self.name(row) else set()
        if len(twins) == 1 and alone:
            return next(iter(twins)), "name"
        return (same, "id") if same is not None and self._fits(row, same) else None

    def _fits(self, row: int, other: int) -> bool:
        """Whether an equal id may be of one person: names that have nothing in common are numbered by somebody else."""
        mine, theirs = self.name(row), self.name(other)
        if not mine or not theirs or name_key(mine) == self.cells["user_id"][row]:
            return True
        one, two = set(name_words(mine)), set(name_words(theirs))
        header = norm(self.build.parts[int(self.cells["_part"][row])].used.get("user_id", ""))
        whole = one <= two or two <= one or is_short_for(mine, theirs) or is_short_for(theirs, mine)
        return whole or (bool(one & two) and header not in NUMBERS)

    def merge(self, row: int, into: int, how: str) -> None:
        """Cells of a row into the person's; the row is merged, its id and name lead to the person."""
        place, target = int(self.cells["_part"][row]), self.cells["user_id"][into]
        wins = _is_list(self.build, place)
        for name, cells in self.cells.items():
            theirs, mine = cells[row], cells[into]
            if name in ("_part", "_pos", "user_id", "person_told", "name", "is_manager") or pd.isna(theirs) or (not pd.isna(mine) and mine == theirs):
                continue
            if not pd.isna(mine):
                self.differs.setdefault((place, name), {})[target] = [str(mine), str(theirs)]
            if pd.isna(mine) or (wins and name in STAFF_KNOWS):
                cells[into] = theirs
                if name == "role" and "is_manager" in self.cells:  # who leads is read from the role
                    self.cells["is_manager"][into] = self.cells["is_manager"][row]
        if not self.name(into) and self.name(row):
            self.cells["name"][into] = self.cells["name"][row]
        self._lead(row, target)
        self.gone.append(row)
        self.hows.setdefault(place, Counter())[how] += 1

    def _lead(self, row: int, target: str) -> None:
        """What other files call the person by: the other spelling, and a number of staff that no CRM uses."""
        build, own = self.build, self.cells["user_id"][row]
        if self.name(row) and name_key(self.name(row)) != name_key(target):
            build.same_person.setdefault(name_key(self.name(row)), target)
        used = any(one == own and where not in PLAIN for where, one in build.met.ids)
        if own != target and own not in self.at and not used:
            build.same_person.setdefault(own, target)


def people(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """One row a person of several lists: the CRM's id, what it lacks from the list of staff, which also wins for employment, role and team."""
    places = _ranked(build, rows, "user_id")
    if len(places) > 1:
        made = _People(build, rows)
        for place in places:
            mine: list[int] = np.flatnonzero(rows["_part"].to_numpy() == place).tolist()
            alike = Counter(name_words(made.name(row)) for row in mine)
            found = [(row, made.person(row, alike[name_words(made.name(row))] == 1)) for row in mine] if place != places[0] else [(row, None) for row in mine]
            taken = Counter(who[0] for _, who in found if who)
            met: set[int] = set()
            for row, who in found:
                # the same id twice in one file is a repeated row, as it is without other files
                if who and (taken[who[0]] == 1 or who[1] == "told" or (who[1] == "id" and who[0] not in met)):
                    met.add(who[0])
                    made.merge(row, *who)
                else:
                    _renumbered(made, row)
                    made.keep(row)
        rows = _told(made).reset_index(drop=True)
        build.users.same = build.same_person
    return rows.drop(columns=[name for name in ("person_told",) if name in rows])


def _renumbered(made: _People, row: int) -> None:
    """Somebody of a list of staff whose number is another person's id of the CRM is known by name."""
    place, own = int(made.cells["_part"][row]), made.cells["user_id"][row]
    other = made.at.get(own)
    if other is not None and _is_list(made.build, place) and made.name(row) and made.cells["_part"][other] != place and not made._fits(row, other) and made.name(row) not in made.at:
        made.cells["user_id"][row] = made.name(row)
        part = made.build.parts[place]
        made.build.mapping.answers.decided("person_number", part.source.label, part.used.get("user_id", ""), {own: [made.name(other), made.name(row)]}, "another_name")


def _told(made: _People) -> pd.DataFrame:
    """The rows that stay, with what was joined and what differed on record."""
    build, rows = made.build, made.rows
    for place, hows in made.hows.items():
        part = build.parts[place]
        part.merged += sum(hows.values())
        build.mapping.answers.decided("person_merged", part.source.label, part.used.get("name", ""), dict(sorted(hows.items())), "steps")
    for (place, name), pairs in made.differs.items():
        part = build.parts[place]
        why = "list_of_staff" if _is_list(build, place) and name in STAFF_KNOWS else "first_file"
        build.mapping.answers.decided("person_differs", part.source.label, part.used.get(name, name), {"n": len(pairs), "values": dict(list(pairs.items())[:SHOWN])}, why)
    fresh = pd.DataFrame({name: pd.Series(cells, index=rows.index).astype(rows[name].dtype) for name, cells in made.cells.items()})
    return fresh.drop(index=rows.index[made.gone])


# -- clients -----------------------------------------------------------------------------------------------


def clients(build: Build, rows: pd.DataFrame) -> pd.DataFrame:
    """One row a client of several lists that give it one valid tax number, each of them once; the CRM's id and cells count first."""
    places = _ranked(build, rows, "client_id")
    if len(places) < 2 or "tax_id" not in rows:
        return rows
    codes, unique = pd.factorize(rows["tax_id"])
    keys = [tax_key(str(text)) for text in unique]
    number = pd.Series(pd.array([key if key and tax_fits(key) else None for key in keys], dtype="str").take(codes, allow_fill=True), index=rows.index)
    number = number.mask(pd.Series(number.isin(number[number.notna() & rows.assign(_n=number).duplicated(["_part", "_n"], keep=False)]), index=rows.index))
    shared = rows[number.notna() & number.duplicated(keep=False)]
    if not len(shared):
        return rows
    rank = {place: at for at, place in enumerate(places)}
    shared = shared.iloc[shared["_part"].map(rank).to_numpy().argsort(kind="stable")]
    by = number[shared.index]
    head = ~by.duplicated()
    heads, others = shared[head], shared[~head]
    whole = shared.groupby(by, sort=False)[[name for name in shared if name not in ("_part", "_pos")]].first()
    target = by[~head].map(heads["client_id"].set_axis(by[head])).astype("str")
    _clients_told(build, heads.set_axis(by[head]), others, by[~head])
    contacts.learn(build, target, contacts.values(others))
    fresh = rows.drop(index=others.index)
    for name in whole:
        values = whole[name].reindex(by[head]).set_axis(heads.index)
        fresh[name] = fresh[name].mask(fresh.index.isin(heads.index), values.reindex(fresh.index).astype(fresh[name].dtype))
    left = set(fresh["client_id"])
    for place, group in others.groupby("_part"):
        part = build.parts[int(place)]
        part.merged += len(group)
        own = build.client_codes.setdefault(system(part), {})
        own.update({old: new for old, new in zip(group["client_id"], target[group.index], strict=True) if old not in left})
    return fresh.reset_index(drop=True)


def _clients_told(build: Build, heads: pd.DataFrame, others: pd.DataFrame, by: pd.Series) -> None:
    """How many rows each file gave to clients of another, and where both say different things."""
    for place, group in others.groupby("_part"):
        part = build.parts[int(place)]
        build.mapping.answers.decided("client_merged", part.source.label, part.used.get("tax_id", ""), {"tax_id": len(group)}, "steps")
        for name in group:
            if name in ("_part", "_pos", "client_id", "tax_id") or name.startswith("client_"):
                continue
            mine, theirs = heads[name].reindex(by[group.index]).set_axis(group.index), group[name]
            differs = mine.notna() & theirs.notna() & (mine != theirs).fillna(False)
            if differs.any():
                ids = heads["client_id"].reindex(by[group.index]).set_axis(group.index)[differs].head(SHOWN)
                pairs = {ids[at]: [str(mine[at]), str(theirs[at])] for at in ids.index}
                build.mapping.answers.decided("client_differs", part.source.label, part.used.get(name, name), {"n": int(differs.sum()), "values": pairs}, "first_file")
