"""What a person may write into mapping.yml, checked entry by entry before any of it is used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from audit.errors import Phrase, WorkspaceError
from audit.settings import mistakes, read_yaml

OPTIONS = {"dates": ("dmy", "mdy"), "decimal": (",", ".", "each"), "stage": ("open", "won", "lost"), "headers": ("accept",),
           "changeover": ("BGN/EUR", "EUR", "BGN")}


def _text(value: object) -> object:
    # a number or a date written without quotes is meant as its text
    return str(value) if isinstance(value, int | float | dt.date) else value


Text = Annotated[str, BeforeValidator(_text)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FileEntry(_Entry):
    """What one file was taken for."""

    file: Text
    preset: Text | None = None
    dates: Literal["dmy", "mdy"] | None = None
    decimal: Literal[",", ".", "each"] | None = None
    headers: dict[Text, list[Text]] = Field(default={})

    @field_validator("headers", mode="before")
    @classmethod
    def _listed(cls, headers: object) -> object:
        if headers is None:
            return {}
        if not isinstance(headers, dict):
            return headers
        return {header: [] if meaning is None else meaning if isinstance(meaning, list) else [meaning] for header, meaning in headers.items()}

    @model_validator(mode="after")
    def _one_header_each(self) -> FileEntry:
        seen: dict[str, str] = {}
        for header, columns in self.headers.items():
            for column in columns:
                if column in seen:
                    raise PydanticCustomError("two_headers", "{column}", {"column": column, "headers": f"{seen[column]}, {header}"})
                seen[column] = header
        return self


class StageEntry(_Entry):
    """Meaning and order of one stage."""

    pipeline: Text | None = None
    stage: Text
    semantic: Literal["open", "won", "lost"] | None = None
    order: float | None = Field(default=None, allow_inf_nan=False)


class Question(BaseModel):
    """A question with the answer written to it; what else it holds is kept as it is."""

    model_config = ConfigDict(extra="allow")

    id: Text
    answer: Text | None = None

    @model_validator(mode="before")
    @classmethod
    def _order_as_list(cls, entry: object) -> object:
        if isinstance(entry, dict) and str(entry.get("id")).startswith("order:") and isinstance(entry.get("answer"), list):
            return {**entry, "answer": " > ".join(str(stage) for stage in entry["answer"])}
        return entry

    @model_validator(mode="after")
    def _possible(self) -> Question:
        options = OPTIONS.get(self.id.partition(":")[0])
        if self.answer:
            self.answer = self.answer.strip()
            if self.id.startswith("currency:") and self.answer != "none" and not (len(self.answer) == 3 and self.answer.isascii() and self.answer.isupper()):
                raise PydanticCustomError("literal_error", "{expected}", {"expected": "RUB, EUR, USD, …, none"})
            if options and self.answer not in options:
                raise PydanticCustomError("literal_error", "{expected}", {"expected": ", ".join(options)})
        return self


class Tree(_Entry):
    """The whole file."""

    version: int = Field(default=1, alias="schema")
    questions: list[Question] = []
    files: list[FileEntry] = []
    stages: list[StageEntry] = []
    values: dict[Text, dict[Text, Text]] = {}
    users: dict[Text, Text] = {}
    suggestions: Any = None

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, tree: object) -> object:
        return {key: value for key, value in tree.items() if value is not None} if isinstance(tree, dict) else tree


def read_tree(path: Path) -> Tree:
    """mapping.yml as written by a person or by us.

    Raises WorkspaceError when it is not YAML, UsageError naming the line of every entry that is wrong.
    """
    node, tree = read_yaml(path, "intake.mapping_yaml", WorkspaceError)
    if tree is None:
        return Tree()
    if not isinstance(tree, dict):
        raise WorkspaceError("intake.mapping_yaml", path=path, line=1, problem=Phrase("errors.yaml.not_settings"))
    try:
        return Tree.model_validate(tree)
    except ValidationError as problem:
        raise mistakes("intake.mapping_fields", path, node, problem) from None
