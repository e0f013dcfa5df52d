"""mapping.yml: which file is what, which header means what, and the consultant's answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from audit.intake.ask.edited import FileEntry, read_tree
from audit.intake.read import Source
from audit.intake.shapes import Shape, assign
from audit.intake.text import norm
from audit.workspace import write_text

LIKE = 80  # likeness of headers, 0…100, from which one is likely the other renamed


@dataclass
class FileMap:
    """What one source was taken for: its shape and the header of every canonical column."""

    file: str
    preset: str | None
    headers: dict[str, str] = field(default_factory=dict)  # canonical → header
    all_headers: list[str] = field(default_factory=list)
    dates: str | None = None
    decimal: str | None = None

    def plain(self) -> dict:
        """As written to mapping.yml: header → canonical name, null for headers not mapped."""
        meaning: dict[str, str | list[str] | None] = dict.fromkeys(self.all_headers)
        for column, header in self.headers.items():
            before = meaning[header]
            meaning[header] = column if before is None else [*([before] if isinstance(before, str) else before), column]
        return {"file": self.file, "preset": self.preset, "dates": self.dates, "decimal": self.decimal, "headers": meaning}


@dataclass
class Answers:
    """Questions that only a person can decide, answers given before, and what was decided without asking."""

    given: dict[str, object] = field(default_factory=dict)
    questions: list[dict] = field(default_factory=list)
    decisions: list[dict] = field(default_factory=list)
    kept: list[dict] = field(default_factory=list)  # answered questions, written back

    @staticmethod
    def key(kind: str, file: str, column: str) -> str:
        """Permanent id of a question."""
        return f"{kind}: {file}: {column}"

    def get(self, kind: str, file: str, column: str):
        """The answer given in mapping.yml, or None."""
        return self.given.get(self.key(kind, file, column))

    def ask(self, kind: str, file: str, column: str, examples, proposed, options, why: str) -> None:
        """Put a question, once."""
        key = self.key(kind, file, column)
        if key not in {question["id"] for question in self.questions}:
            self.questions.append({
                "id": key, "kind": kind, "file": file, "column": column, "why": why, "examples": [str(item)[:80] for item in examples],
                "options": list(options), "proposed": proposed,
            })

    def take_proposed(self) -> int:
        """Answer every open question that has a proposed answer with it; how many. They stay marked `accepted`."""
        ready = [question for question in self.questions if question["proposed"] not in (None, "")]
        self.questions = [question for question in self.questions if question not in ready]
        for question in ready:
            self.kept.append({**question, "answer": str(question["proposed"]), "accepted": True})
            self.given[question["id"]] = str(question["proposed"])
        return len(ready)

    def decided(self, kind: str, file: str, column: str, value, why: str) -> None:
        """Record an inferred decision: no guess is silent."""
        entry = {"kind": kind, "file": file, "column": column, "value": value, "why": why}
        if entry not in self.decisions:
            self.decisions.append(entry)


@dataclass
class Mapping:
    """The whole of mapping.yml."""

    files: list[FileMap] = field(default_factory=list)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    stages: list[dict] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    suggestions: dict[str, dict[str, str]] = field(default_factory=dict)

    def known(self, source: Source) -> FileMap | None:
        """The entry of a source: by its name, else one whose headers are exactly the same."""
        named = next((entry for entry in self.files if entry.file == source.label), None)
        if named is not None:
            return named
        same = [entry for entry in self.files if entry.all_headers and [norm(h) for h in entry.all_headers] == [norm(h) for h in source.headers]]
        return same[0] if same else None


def difference(entry: FileMap, source: Source) -> tuple[list[str], list[str]]:
    """(headers that are new, headers that are gone) since the mapping was made."""
    before, now = {norm(header): header for header in entry.all_headers}, {norm(header): header for header in source.headers}
    return [now[key] for key in now if key not in before], [before[key] for key in before if key not in now]


def likely_renames(added: list[str], gone: list[str]) -> dict[str, str]:
    """Header that is gone → the new one most like it, each used once.

    >>> likely_renames(["Сумма, руб", "город"], ["сумма", "регион"])
    {'сумма': 'Сумма, руб'}
    """
    from rapidfuzz import fuzz

    pairs = sorted(((fuzz.WRatio(norm(old), norm(new)), old, new) for old in gone for new in added), key=lambda pair: (-pair[0], pair[1], pair[2]))
    found: dict[str, str] = {}
    for score, old, new in pairs:
        if score >= LIKE and old not in found and new not in found.values():
            found[old] = new
    return found


def told_difference(added: list[str], gone: list[str]) -> list[str]:
    """The difference as lines a person reads: likely renames `~ old → new`, then `+ new` and `- gone`."""
    renames = likely_renames(added, gone)
    return [*(f"~ {old} → {new}" for old, new in renames.items()), *(f"+ {name}" for name in added if name not in renames.values()),
            *(f"- {name}" for name in gone if name not in renames)]


def carried(entry: FileMap, plan: FileMap, added: list[str], gone: list[str]) -> None:
    """Give likely renamed headers the meaning that they had, where the preset gives them none."""
    for old, new in likely_renames(added, gone).items():
        for column, header in entry.headers.items():
            if header == old and column not in plan.headers and new not in plan.headers.values():
                plan.headers[column] = new


def fresh(source: Source, shape: Shape | None) -> FileMap:
    """The mapping of a source that has none yet."""
    return FileMap(source.label, shape.name if shape else None, assign(shape, source.headers) if shape else {}, list(source.headers))


def read_mapping(path: Path) -> Mapping:
    """mapping.yml, empty when there is none. WorkspaceError when it is not YAML, UsageError when entries are wrong."""
    if not path.is_file():
        return Mapping()
    tree = read_tree(path)
    answers = Answers()
    for question in tree.questions:
        if question.answer:
            answers.given[question.id] = question.answer
            answers.kept.append(question.model_dump())
    stages = [entry.model_dump() for entry in tree.stages]
    return Mapping([_file_map(entry) for entry in tree.files], tree.values, stages, tree.users, answers)


def _file_map(entry: FileEntry) -> FileMap:
    headers = {column: header for header, columns in entry.headers.items() for column in columns}
    return FileMap(entry.file, entry.preset, headers, list(entry.headers), entry.dates, entry.decimal)


def write_mapping(path: Path, mapping: Mapping, top: str) -> None:
    """mapping.yml with `top` as its comment: decisions first, then open questions with room for the answer."""
    asked = [{**question, "answer": None} for question in mapping.answers.questions]
    tree = {
        "schema": 1, "questions": [*asked, *mapping.answers.kept], "files": [entry.plain() for entry in mapping.files],
        "stages": mapping.stages, "values": mapping.values, "users": mapping.users, "suggestions": {"values": mapping.suggestions},
    }
    body = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False, width=140, default_flow_style=False)
    comment = "".join(f"# {line}\n" for line in top.strip().splitlines())
    write_text(path, comment + body)
