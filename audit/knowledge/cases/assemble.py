"""Talks of all files → the frames of cases and texts, every talk under an id of its own."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from audit.knowledge.card import LANGUAGES
from audit.knowledge.cases.clean import excerpt, language, tidy
from audit.knowledge.cases.crm import Crm
from audit.knowledge.cases.filenames import told as named_of
from audit.knowledge.cases.labels import person_key
from audit.knowledge.cases.link import linked
from audit.knowledge.cases.manifest import Manifest
from audit.knowledge.cases.result import CASES, REFUSED, TEXTS, Read, account, framed
from audit.knowledge.cases.said import Found, Said, Talk
from audit.knowledge.cases.sides import take_sides

LONGEST = 200  # characters of a speaker's name


class Assembly:
    """Takes talks one by one; `done` gives what was read."""

    def __init__(self, crm: Crm, zone: str, manifest: Manifest):
        self._crm, self._zone, self._manifest = crm, zone, manifest
        self._cases: list[dict[str, Any]] = []
        self._texts: list[dict[str, Any]] = []
        self._words: dict[str, tuple] = {}  # id of a case → its words

    def take(self, talk: Talk, found: Found) -> None:
        """Link a talk of a file and keep its words; one whose id and words are known is refused."""
        talk.said = _in_order(talk.said)
        for said in talk.said:
            said.name = tidy(said.name, found.notes)[:LONGEST] or None if said.name else None
        words = tuple((said.name, said.text) for said in talk.said)
        ident = self._ident(talk, found, words)
        if ident is None:
            for home, _, row in dict.fromkeys((said.home or found, said.sheet, said.row) for said in talk.said):
                home.refuse(row, "duplicate", talk.fields.get("case_id", ""))
            return
        self._words[ident] = words
        manifest, named = self._manifest.row(found.file), named_of(found.file)
        case = linked(talk, manifest, named, self._crm, self._zone, found.notes)
        talk.kind = case["kind"]
        take_sides(talk, self._crm, case["owner"], manifest.get("seller") or talk.fields.get("seller"))
        case["owner"] = case["owner"] or self._speaker(talk)
        spoken = _languages(talk, case["language"])
        for turn, (said, lang) in enumerate(zip(talk.said, spoken, strict=True), 1):
            (said.home or found).kept.add((said.sheet, said.row))
            self._texts.append({"text_id": f"{ident}#{turn}", "case_id": ident, "turn": turn, "speaker": said.side, "speaker_name": said.name, "text": said.text, "at": said.at, "language": lang})
            found.notes["unknown_speaker"] += said.side is None and case["kind"] != "note"
        case["language"] = Counter(lang for lang in spoken if lang).most_common(1)[0][0] if any(spoken) else None
        self._cases.append({**case, "case_id": ident, "file": found.file, "sha256": found.sha256})

    def _speaker(self, talk: Talk) -> str | None:
        """The user who speaks for the seller, when it is one."""
        users = {user for said in talk.said if said.side == "seller" and (user := self._crm.user(said.name) or self._crm.user(self._crm.first_names.get(person_key(said.name or ""))))}
        return users.pop() if len(users) == 1 else None

    def _ident(self, talk: Talk, found: Found, words: tuple) -> str | None:
        """The id of a talk: the told one, else the file's name; where another talk has it, with more of the path. None for a talk that is there already."""
        path = PurePosixPath(found.file)
        stem = path.stem if found.format != "mail" else "mail"
        own = f"{stem}-{talk.own}" if talk.own else stem
        told = talk.fields.get("case_id")
        names = [told, f"{told}@{path.stem}", f"{told}@{path}"] if told else [own, f"{path.name}-{talk.own}" if talk.own else path.name, f"{path}-{talk.own}" if talk.own else f"{path}"]
        names = [excerpt(name) for name in names]
        if told and self._words.get(names[0]) == words:
            return None
        free = next((name for name in names if name not in self._words), None)
        if free != names[0]:
            found.notes["id_taken"] += 1
        return free or next(name for name in (f"{names[-1]}~{number}" for number in range(2, 1 << 30)) if name not in self._words)

    def done(self, files: list[Found]) -> Read:
        """Everything that was taken, and the account of the files."""
        self._manifest.close()
        refused = [{"file": found.file, "row": row, "reason": code, "excerpt": shown} for found in files for row, code, shown in found.refused]
        for case in self._cases:
            case.update({name: tidy(value, Counter()) or None for name, value in case.items() if isinstance(value, str) and name != "outcome"})
        return Read(framed(self._cases, CASES), framed(self._texts, TEXTS), framed(refused, REFUSED), [account(found, len(found.kept)) for found in files])


def _in_order(said: list[Said]) -> list[Said]:
    """Utterances by their times where all have one; a list with the newest first is turned round, so that words of one minute are not."""
    at = [one.at for one in said if one.at is not None]
    if len(at) < len(said) or not at:
        return said
    newest_first = at[0] > at[-1] and all(after <= before for before, after in pairwise(at))
    return sorted(reversed(said) if newest_first else said, key=lambda one: one.at or at[0])


def _languages(talk: Talk, told: str | None) -> list[str | None]:
    """The language of every utterance: told, guessed, or that of most of the talk's words where its own do not tell."""
    whole = _short(told)
    guessed = [_short(said.language) or language(said.text) for said in talk.said]
    sizes = Counter[str]()
    for said, lang in zip(talk.said, guessed, strict=True):
        if lang:
            sizes[lang] += len(said.text)
    most = whole or (sizes.most_common(1)[0][0] if sizes else None)
    return [lang or (most if any(char.isalpha() for char in said.text) else None) for said, lang in zip(talk.said, guessed, strict=True)]


def _short(told: str | None) -> str | None:
    """ru of ru-RU; None for a language that the cards do not know."""
    lang = told.strip().lower()[:2] if told else ""
    return lang if lang in LANGUAGES else None
