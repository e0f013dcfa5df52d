"""The list that says what files are: deal, seller, day, outcome … of each."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from audit.errors import Phrase, UsageError
from audit.knowledge.cases import amounts, sheets, times
from audit.knowledge.cases.said import Found, Refused
from audit.knowledge.cases.vocabulary import fields, kind


class Manifest:
    """Rows of one or several lists by the file they speak of; `paths` are the lists among the files, `found` their accounts."""

    def __init__(self) -> None:
        self.paths: set[Path] = set()
        self.found: list[Found] = []
        self._whole: dict[str, tuple[Found, int, dict[str, str]]] = {}
        self._short: dict[str, str | None] = {}  # name or stem → whole key, None for several

    @classmethod
    def of(cls, given: Any, files: Iterable[Path], zone: str) -> Manifest:
        """The list that was given (a path or a frame), else those that `files` have by their names. UsageError when the given one is none."""
        made = cls()
        if isinstance(given, pd.DataFrame):
            made._add(Found("manifest", format="manifest"), _of_frame(given), zone)
            return made
        lists = [path for path in files if sheets.is_list(path)] if given is None else [Path(given)] if isinstance(given, str | os.PathLike) else []
        if given is not None and not (lists and lists[0].is_file()):
            raise UsageError("cases.no_manifest", path=given if isinstance(given, str | os.PathLike) else type(given).__name__)
        for path in lists:
            one = Found(path.name, hashlib.sha256(path.read_bytes()).hexdigest(), "manifest")
            try:
                made._add(one, sheets.listed(path, one), zone)
            except Refused as why:
                if given is not None:
                    raise UsageError("cases.bad_manifest", path=path, why=Phrase(f"cases.reason.{why}") if str(why) == "no_file_column" else Phrase(f"intake.problem.{why}")) from why
                continue  # a table of cases that is called so
            made.paths.add(path)
        return made

    def _add(self, found: Found, given: Iterable[tuple[int, dict[str, str]]], zone: str) -> None:
        self.found.append(found)
        rows = list(given)
        for name in ("at", "decided_at", "started_at", "amount"):
            filled = [one for _, one in rows if one.get(name)]
            cells = [one[name] for one in filled]
            for one, value in zip(filled, amounts.settled(cells) if name == "amount" else times.settled(cells, zone), strict=True):
                one[name] = value
        if not rows and not found.refused:
            found.refuse(None, "empty")
        for row, told in rows:
            key = _key(told.pop("file", ""))
            if not key or key in self._whole:
                found.refuse(row, "duplicate" if key else "no_file", key or " | ".join(told.values()))
                continue
            self._whole[key] = (found, row, told)
            for short in {PurePosixPath(key).name, PurePosixPath(key).stem} - {key}:
                self._short[short] = key if short not in self._short else None

    def row(self, file: str) -> dict[str, str]:
        """What is told of a file: by its path, the end of it, its name, its name without the ending."""
        found = self._entry(file)
        if found is None:
            return {}
        found[0].kept.add((0, found[1]))
        return found[2]

    def _entry(self, file: str) -> tuple[Found, int, dict[str, str]] | None:
        parts = PurePosixPath(_key(file)).parts
        names = ["/".join(parts[first:]) for first in range(len(parts))]
        stem = PurePosixPath(_key(file)).stem
        for name in (*names, stem):
            key = name if name in self._whole else self._short.get(name)
            if key is not None:
                return self._whole[key]
        return None

    def kind(self, file: str) -> str | None:
        """The kind that is told of a file."""
        found = self._entry(file)
        return kind(found[2].get("kind")) if found else None

    def close(self) -> None:
        """Refuse the rows that speak of no file that was read."""
        for key, (found, row, _) in self._whole.items():
            if (0, row) not in found.kept:
                found.refuse(row, "no_such_file", key)


def _key(name: str) -> str:
    return name.strip().replace("\\", "/").removeprefix("./").casefold()


def _of_frame(given: pd.DataFrame) -> list[tuple[int, dict[str, str]]]:
    from audit.intake.bare import text

    named = fields(given.columns)
    if "file" not in named:
        raise UsageError("cases.bad_manifest", path="–", why=Phrase("cases.reason.no_file_column"))
    columns = {name: text(given[header]).tolist() for name, header in named.items()}
    return [(row + 1, {name: cells[row] for name, cells in columns.items() if isinstance(cells[row], str)}) for row in range(len(given))]
