"""people.yml: everybody met, each with the ids and spellings of every system; written by intake, edited by the consultant."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from audit.errors import Phrase, WorkspaceError
from audit.intake.ask.edited import Text
from audit.settings import mistakes, read_yaml
from audit.workspace import write_text

FIELDS = ("name", "team", "role", "is_system")


class Seen(BaseModel):
    """What the files said of a person last time: a field that differs from it was edited by hand and stays."""

    model_config = ConfigDict(extra="forbid")

    name: Text | None = None
    team: Text | None = None
    role: Text | None = None
    is_system: bool | None = None


class Entry(BaseModel):
    """One person. `ids`: system → ids there; `spellings`: names under which files write the person."""

    model_config = ConfigDict(extra="forbid")

    id: Text
    name: Text
    team: Text | None = None
    role: Text | None = None
    is_system: bool | None = None
    ids: dict[Text, list[Text]] = Field(default={})
    spellings: list[Text] = Field(default=[])
    from_files: Seen = Seen()

    def edited(self) -> dict[str, object]:
        """The fields that a person changed."""
        return {name: getattr(self, name) for name in FIELDS if getattr(self, name) is not None and getattr(self, name) != getattr(self.from_files, name)}


class _Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(default=1, alias="schema")
    people: list[Entry] = []


def read_people(path: Path) -> list[Entry]:
    """The entries of people.yml, none when there is no file.

    Raises WorkspaceError when it is not YAML, UsageError naming the line of every entry that is wrong.
    """
    if not path.is_file():
        return []
    node, tree = read_yaml(path, "intake.people_yaml", WorkspaceError)
    if tree is None:
        return []
    if not isinstance(tree, dict):
        raise WorkspaceError("intake.people_yaml", path=path, line=1, problem=Phrase("errors.yaml.not_settings"))
    try:
        return _Tree.model_validate({key: value for key, value in tree.items() if value is not None}).people
    except ValidationError as problem:
        raise mistakes("intake.people_fields", path, node, problem) from None


def write_people(path: Path, entries: list[Entry], top: str) -> None:
    """people.yml with `top` as its comment, by name."""
    plain = [entry.model_dump() for entry in sorted(entries, key=lambda entry: (entry.name.lower(), entry.id))]
    body = yaml.safe_dump({"schema": 1, "people": plain}, allow_unicode=True, sort_keys=False, width=140, default_flow_style=False)
    write_text(path, "".join(f"# {line}\n" for line in top.strip().splitlines()) + body)
