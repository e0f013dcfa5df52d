"""Files, folders and archives → every file in them, one after another."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.intake.read import Source, sniff
from audit.intake.read.archive import gzipped, zipped
from audit.intake.read.source import Unreadable
from audit.knowledge.cases.clean import tidy
from audit.knowledge.cases.said import Found

_SKIPPED = (".", "~$", "__MACOSX")  # marks that systems leave in folders
Parse = Callable[[Path, Found], Any]


def each(places: Any) -> Iterator[tuple[Path, str]]:
    """(file, its name as it is shown) of every file of `places`: paths, or one; a folder gives all its files, in the order of their names."""
    given: Sequence[Any] = [places] if isinstance(places, str | os.PathLike) else list(places)
    for place in given:
        path = Path(place)
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                inside = file.relative_to(path)
                if file.is_file() and not any(part.startswith(_SKIPPED) for part in inside.parts):
                    yield file, _shown(inside.as_posix())
        elif path.is_file():
            yield path, _shown(path.name)
        else:
            raise UsageError("cases.no_place", path=path)


def opened(path: Path, shown: str, parse: Parse) -> list[Found]:
    """What is found in a file, or in every file of an archive; nothing is unpacked beyond what memory and disk can hold."""
    try:
        form = "zip" if path.suffix.lower() == ".zip" else sniff.kind(path)
    except OSError as why:
        return [_refused(shown, "unreadable", str(why))]
    if form not in ("zip", "gzip"):
        found = Found(shown)
        parse(path, found)
        return [found]
    made: dict[int, tuple[Source, Found]] = {}

    def read(member: Path) -> list[Source]:
        source, found = Source(member.name, "text"), Found(_shown(f"{shown}/{member.name}") if form == "zip" else shown)
        parse(member, found)
        made[id(source)] = (source, found)
        return [source]

    try:
        sources = (zipped if form == "zip" else gzipped)(path, read)
    except Unreadable as why:
        return [_refused(shown, str(why)), *(found for _, found in made.values())]
    return [_member(source, made, shown) for source in sources]


def _member(source: Source, made: dict[int, tuple[Source, Found]], shown: str) -> Found:
    if id(source) not in made:
        return _refused(_shown(f"{shown}/{source.member}") if source.member else shown, source.problem or "unreadable")
    found = made[id(source)][1]
    found.file = _shown(f"{shown}/{source.member}") if source.member else shown
    return found


def _shown(name: str) -> str:
    """A name as it can be kept: in some systems it is any bytes."""
    return tidy(name, Counter()) or "?"


def _refused(shown: str, reason: str, what: str = "") -> Found:
    found = Found(shown)
    found.refuse(None, reason, what)
    return found
