"""Who is who across CRM, telephony, plans and the register of staff: people.yml and answers applied before anything is matched."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.errors import UsageError, nearest
from audit.intake.ask.people_file import FIELDS, Entry, Seen
from audit.intake.tables import finish
from audit.intake.tables.alike import candidates, full_names, name_words
from audit.intake.tables.coded import combinations
from audit.intake.tables.finish import column
from audit.intake.tables.people import split_id
from audit.intake.text import name_key, norm

if TYPE_CHECKING:
    from audit.intake.tables.build import Build
    from audit.intake.typed.part import Part

MATTERS = 0.01  # share of deals from which unknown sellers are asked about
MOST_NAMES = 300  # unknown names compared with the known ones; a column with more of them is no column of sellers
_PLAIN = {"users": "staff", "plans": "plan"}


@dataclass
class Met:
    """Who the files of today name. Names are by `name_key`; counts are rows."""

    ids: dict[tuple[str, str], Counter] = field(default_factory=dict)  # (system, id) → names as written
    bare: dict[str, Counter] = field(default_factory=dict)  # name without an id → spellings
    systems: dict[str, set[str]] = field(default_factory=dict)  # name → systems that write it
    filed_ids: set[str] = field(default_factory=set)
    filed: dict[str, str] = field(default_factory=dict)  # name in a file of people → as written there
    deals: Counter = field(default_factory=Counter)  # name → deals
    files: dict[str, Counter] = field(default_factory=dict)  # name → file → rows

    by_name: dict[str, set[str]] = field(default_factory=dict)  # name → ids that files of today give it

    def ids_of(self, key: str) -> set[str]:
        """The ids that files of today give to a name."""
        return self.by_name.get(key, set())

    def name_of(self, one: str) -> str:
        """A name of an id, the id itself when it has none."""
        return min((name for (_, key), names in self.ids.items() if key == one for name in names), default=one)

    def spelled(self, key: str) -> str:
        """A name as it is written in the list of people, else in other files."""
        mine = (name for (_, one), names in self.ids.items() if one in self.ids_of(key) for name in names if name_key(name) == key)
        return self.filed.get(key) or min(self.bare.get(key, ()), default="") or min(mine, default=key)


def system(part: Part) -> str:
    """The system a file comes from, under which ids are listed in people.yml."""
    name = part.shape.system or part.shape.name
    return _PLAIN.get(part.table or "", "crm") if name == "plain" else name


def _people_of(part: Part) -> pd.DataFrame:
    """(id, name, rows) of everybody a part names."""
    # made-up people of a starter are nobody
    examples = [place for codes in part.reasons.kinds() if "example_row" in codes for place in part.reasons.positions(codes).tolist()]
    rows = part.frame.drop(index=examples) if examples else part.frame
    if part.table == "users":
        frame = finish.users(rows.copy())
        ids, names = column(rows, "user_id"), column(frame, "name")
    else:
        ids, names = column(rows, "owner_id"), column(rows, "owner_name")
    codes, (own, said) = combinations(len(rows), ids.astype("str"), names.astype("str"))
    return pd.DataFrame({"id": pd.Series(own, dtype="str"), "name": pd.Series(said, dtype="str"), "rows": np.bincount(codes, minlength=len(own))}).dropna(how="all", subset=["id", "name"])


def meet(parts: list[Part]) -> Met:
    """Everybody named in today's files; linear in rows."""
    met = Met()
    for part in parts:
        for key, name, n in _people_of(part).itertuples(index=False):
            one, text = (None if pd.isna(key) else str(key)), (None if pd.isna(name) else str(name))
            if text:
                told, text = split_id(text)
                one = one or told
            if text and norm(text) in finish.WHOLE:
                continue
            if one:
                names = met.ids.setdefault((system(part), one), Counter())
                if text:
                    names[text] += n
                    met.by_name.setdefault(name_key(text), set()).add(one)
            elif text:
                met.bare.setdefault(name_key(text), Counter())[text] += n
            if part.table == "users":
                met.filed_ids |= {one} if one else set()
                if text:
                    met.filed.setdefault(name_key(text), text)
            if text:
                met.systems.setdefault(name_key(text), set()).add(system(part))
                met.files.setdefault(name_key(text), Counter())[part.source.label] += n
                met.deals[name_key(text)] += n if part.table == "deals" else 0
    return met


def settle(build: Build) -> None:
    """Rewrite owners of all parts to the ids that people.yml and the answers give them; unknown ones are asked or recorded."""
    build.met = met = meet(build.parts)
    _one_spelling(build.parts, met)
    by_id, by_name = _bound(build.people, met)
    for name, target in _answers(build, met).items():
        for one in met.ids_of(name):
            by_id.update({key: target for key in met.ids if key[1] == one and one != target})
        by_name[name] = target
    if by_id or by_name:
        for part in build.parts:
            _rewrite(part, by_id, by_name, met)
    build.same_person = {**{one: target for (_, one), target in by_id.items()}, **by_name}
    build.users.same = build.same_person
    _unknown(build, met, set(by_name))


def _one_spelling(parts: list[Part], met: Met) -> None:
    """A name that stands for an id is spelled one way, whatever the order of rows: as in the list of people, else as most rows do."""
    chosen = {}
    for key, spelled in met.bare.items():
        best = met.filed.get(key) or min(spelled, key=lambda name: (-spelled[name], name))
        chosen.update({name: best for name in spelled if name != best})
    if chosen:
        for part in parts:
            if part.table != "users" and "owner_name" in part.frame:
                part.frame["owner_name"] = part.frame["owner_name"].map(lambda name: chosen.get(name, name), na_action="ignore").astype("str")


def _bound(people: list[Entry], met: Met) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """((system, id) → person's id, name → person's id) of people.yml, where it says more than the files of today do."""
    written = Counter(key for entry in people for key in {name_key(name) for name in (entry.name, *entry.spellings)})
    by_id: dict[tuple[str, str], str] = {}
    by_name: dict[str, str] = {}
    for entry in people:
        target = entry.id
        own = met.ids_of(name_key(entry.name)) if name_key(target) == name_key(entry.name) else set()
        if len(own) == 1:
            target = own.pop()  # the person had only a name and has an id by now
        mine = {(where, one) for where, ids in entry.ids.items() for one in ids}
        by_id.update({key: target for key in mine if key[1] != target})
        for key in {name_key(name) for name in (entry.name, *entry.spellings)} - {name_key(target)}:
            told = met.ids_of(key)
            if written[key] == 1 and told <= {target, *(one for _, one in mine)}:  # else the files of today know better
                by_name[key] = target
    return by_id, by_name


def _answers(build: Build, met: Met) -> dict[str, str]:
    """Name → id of the known person that an answer names; `new` and `system` name nobody. UsageError when nobody is called so."""
    known = {**{key: key for _, key in met.ids}, **{name: spelled.most_common(1)[0][0] for name, spelled in met.bare.items()}, **met.filed}
    known.update({name_key(name): entry.id for entry in build.people for name in (entry.name, entry.id)})
    known.update({key: next(iter(ids)) for key, ids in met.by_name.items() if len(ids) == 1})
    found = {}
    for key in sorted(met.files):
        answer = build.mapping.answers.get("person", "people", key)
        if answer == "system":
            build.robots.add(key)
        elif answer and answer != "new":
            target = known.get(name_key(answer)) or known.get(str(answer))
            if target is None:
                raise UsageError("intake.unknown_person", name=answer, whose=key, nearest=nearest(str(answer), sorted({*known.values()})))
            if name_key(target) != key:
                found[key] = target
    return found


def _rewrite(part: Part, by_id: dict[tuple[str, str], str], by_name: dict[str, str], met: Met) -> None:
    """People of one part under the persons they were joined into; a joined row of people is refused where its own file has the person already."""
    frame, where = part.frame, system(part)
    ids = {one: target for (place, one), target in by_id.items() if place == where}
    own, names = ("user_id", "name") if part.table == "users" else ("owner_id", "owner_name")
    if ids and "changed_by" in frame:
        frame["changed_by"] = frame["changed_by"].map(lambda one: ids.get(one, one), na_action="ignore").astype("str")
    if not {own, names, "last_name"} & set(frame):
        return
    written = finish.users(frame.copy())["name"] if part.table == "users" else column(frame, names)
    split = {name: split_id(str(name)) for name in written.dropna().unique()}
    told = column(frame, own).fillna(written.map({name: one for name, (one, _) in split.items() if one}).astype("str"))
    joined = told.map(ids).astype("str")
    if by_name:
        joined = joined.fillna(written.map({name: by_name.get(name_key(text)) for name, (_, text) in split.items()}).astype("str").where(told.isna()))
    hit = joined.notna()
    if part.table == "users":
        here = set(told[~hit].dropna()) | {name_key(split[name][1]) for name in written[~hit].dropna().unique()}
        there = joined.map(lambda target: target in here or name_key(target) in here, na_action="ignore").fillna(False).astype(bool)
        part.refuse(frame.index[there & hit].to_numpy(), "joined_person")
        frame["person_told"] = hit
    elif part.table == "plans":
        frame[names] = written.mask(hit, joined.map({target: met.name_of(target) for target in joined.dropna().unique()}).astype("str"))
        return
    elif names in frame:
        frame[names] = frame[names].mask(hit)
    frame[own] = column(frame, own).mask(hit, joined)


def _unknown(build: Build, met: Met, settled: set[str]) -> None:
    """Ask about unknown sellers where they matter; elsewhere the likeness is only recorded."""
    answers = build.mapping.answers
    if not met.filed and not met.filed_ids:
        by_words: dict[tuple[str, ...], set[str]] = {}
        for key in met.files:
            by_words.setdefault(name_words(key), set()).add(key)
        for names in by_words.values():
            if len(names - settled) > 1:
                answers.decided("person", "people", min(names), sorted(names), "alike_not_joined")
        _short_names(build, met, settled)
        return
    renamed = {name_key(name) for name in build.mapping.users}
    filed_names = {name_key(name) for (_, one), names in met.ids.items() if one in met.filed_ids for name in names}
    unknown = [key for key in sorted(met.files) if key not in met.filed and key not in filed_names and key not in settled and key not in renamed
               and not (met.ids_of(key) & met.filed_ids) and not answers.get("person", "people", key) and any(map(str.isalpha, key))]
    total = sum(met.deals.values())
    matters = total > 0 and sum(met.deals[key] for key in unknown) >= MATTERS * total
    known = sorted(met.filed.values())
    for key in unknown[:MOST_NAMES]:
        found, sure = candidates(key, known)
        examples = [met.spelled(key), *(f"{file}: {n}" for file, n in sorted(met.files[key].items())[:4])]
        if found or (matters and met.deals[key]):
            answers.ask("person", "people", key, examples, found[0] if sure else None if found else "new", [*found, "new", "system"], "unknown_person")
        else:
            answers.decided("person", "people", key, "new", "not_in_the_list_of_people")


def _short_names(build: Build, met: Met, settled: set[str]) -> None:
    """Full names of the data for names with initials: on record, and among the suggestions of mapping.yml where only one fits."""
    known = sorted(set(met.files) - settled - {name_key(name) for name in build.mapping.users})
    for key in known if len(known) <= MOST_NAMES else ():
        found = [other for other in full_names(key, known) if not met.ids_of(key) & met.ids_of(other)]
        if found:
            build.mapping.answers.decided("person", "people", key, [met.spelled(key), *map(met.spelled, found)], "alike_not_joined")
        if len(found) == 1:
            build.mapping.suggestions.setdefault("owner_name", {})[met.spelled(key)] = met.spelled(found[0])


def entries(build: Build, users: pd.DataFrame | None) -> list[Entry]:
    """people.yml of today: everybody of the table of users, then those of earlier runs whom no file of today names."""
    met, before = build.met, {entry.id: entry for entry in build.people}
    if users is None:
        return list(build.people)
    facts = users.assign(**{name: column(users, name) for name in FIELDS}).set_index("user_id")
    named = {name_key(name): one for one, name in facts["name"].items() if isinstance(name, str)}
    ids: dict[str, dict[str, set[str]]] = {}
    spelled: dict[str, set[str]] = {}
    for (where, key), written in met.ids.items():
        one = build.same_person.get(key, key)
        ids.setdefault(one, {}).setdefault(where, set()).add(key)
        spelled.setdefault(one, set()).update(written)
    for key, written in met.bare.items():
        if len(met.ids_of(key)) < 2:
            spelled.setdefault(build.same_person.get(key) or named.get(key, key), set()).update(written)
    found = []
    for one in facts.index:
        old = before.pop(one, None)
        mine = ids.get(one, {})
        for where, known in (old.ids if old else {}).items():
            mine.setdefault(where, set()).update(known)
        seen = Seen(**{name: None if pd.isna(facts.at[one, name]) else facts.at[one, name] for name in FIELDS})
        told = {"name": seen.name or one, "team": seen.team, "role": seen.role, "is_system": seen.is_system, **(old.edited() if old else {})}
        if name_key(told["name"]) in build.robots:
            told["is_system"] = True
        spellings = sorted(spelled.get(one, set()) | set(old.spellings if old else ()))
        listed = {where: sorted(known) for where, known in sorted(mine.items())}
        found.append(Entry.model_validate({"id": one, **told, "ids": listed, "spellings": spellings, "from_files": seen}))
    now = {name_key(name) for entry in found for name in (entry.name, *entry.spellings)}
    gone = [entry for entry in before.values() if not {name_key(name) for name in (entry.name, *entry.spellings)} <= now]
    return [*found, *gone]


def facts_by_hand(build: Build, users: pd.DataFrame) -> pd.DataFrame:
    """The table of users with what the consultant corrected in people.yml or called a robot."""
    users = users.reset_index(drop=True)
    for entry in build.people:
        for name, value in entry.edited().items():
            mine = users["user_id"] == entry.id
            if mine.any():
                users[name] = column(users, name, "boolean" if name == "is_system" else "str").mask(mine, value)
    if build.robots:
        mine = column(users, "name").map(lambda name: name_key(name) in build.robots, na_action="ignore").fillna(False).astype(bool)
        users["is_system"] = column(users, "is_system", "boolean").mask(mine, True)
    return users
