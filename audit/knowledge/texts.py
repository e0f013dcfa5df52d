"""Texts as they come (list, frame, file) → one by one with what is known of them, and the turns of a labelled conversation."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from audit.errors import UsageError, nearest

PLAIN = {".txt", ".md", ".vtt", ".srt"}  # a file of these is one text
BATCH = 10_000  # rows turned into Python objects at once


class Given(NamedTuple):
    """One text: its id, what it says, who says it (seller, client; None: not known), in which language and at which stage, if told."""

    text_id: Any
    text: str
    speaker: str | None = None
    lang: str | None = None
    stage: str | None = None


class Turn(NamedTuple):
    """Part `text[start:end]` of one speaker."""

    start: int
    end: int
    speaker: str | None


def each(texts: Any) -> Iterator[Given]:
    """Every text that is one; empty cells and numbers are passed over.

    `texts`: strings; a frame with `text` and, if there, `text_id`, `speaker`, `language`, `stage`; an Ibis table; a file of any of these,
    or of plain text. Without `text_id` a text is called by its `case_id` (rows of one case share it; places
    then count in the row's own text), without both by its place (the frame's index).
    Raises UsageError when there is no column `text`, UnreadableError for a file that is no table.
    """
    if isinstance(texts, str | os.PathLike):
        path = Path(texts)
        if path.suffix.lower() in PLAIN and path.is_file():
            yield Given(path.stem, path.read_bytes().decode("utf-8-sig", errors="replace"))
            return
        from audit.intake.bare import from_file

        texts = from_file(path)
    elif hasattr(texts, "to_pyarrow") and hasattr(texts, "schema"):
        texts = texts.to_pyarrow().to_pandas()
    if isinstance(texts, pd.DataFrame):
        yield from _rows(texts)
        return
    if isinstance(texts, pd.Series):
        yield from _rows(texts.rename("text").to_frame())
        return
    if not isinstance(texts, list | tuple):
        raise UsageError("knowledge.bad_texts", kind=type(texts).__name__)
    yield from (Given(place, text) for place, text in enumerate(texts) if isinstance(text, str))


def _rows(frame: pd.DataFrame) -> Iterator[Given]:
    if "text" not in frame:
        raise UsageError("knowledge.no_text", columns=", ".join(map(str, frame.columns[:12])) or "–", nearest=nearest("text", list(map(str, frame.columns)), 1) or "–")
    names = _names(frame)
    told = [name for name in ("text", "speaker", "language", "stage") if name in frame]
    for first in range(0, len(frame), BATCH):
        part = frame.iloc[first:first + BATCH]
        columns = {name: part[name].tolist() for name in told}
        none = [None] * len(part)
        rows = zip(names[first:first + BATCH].tolist(), columns["text"], *(columns.get(name, none) for name in ("speaker", "language", "stage")), strict=True)
        for name, text, speaker, lang, stage in rows:
            if isinstance(text, str):
                yield Given(name, text, role(speaker), _short(lang), stage if isinstance(stage, str) else None)


def _names(frame: pd.DataFrame) -> pd.Index | pd.Series:
    if "text_id" in frame:
        return frame["text_id"]
    return frame.get("case_id", frame.index)


def _short(lang: object) -> str | None:
    """`ru` of `ru`, `RU`, `ru-RU`; None for what is no language."""
    return lang.strip().lower()[:2] if isinstance(lang, str) and lang.strip() else None


@cache
def _roles() -> dict[str, str]:
    """Word for a speaker → seller or client."""
    import yaml

    tree = yaml.safe_load(files("audit.knowledge").joinpath("speakers.yml").read_text(encoding="utf-8"))
    return {word: part for part, words in tree.items() for word in words.split()}


def role(speaker: object) -> str | None:
    """`seller`, `client`, or None for a name or word that tells neither.

    >>> role("Менеджер 1"), role("CUSTOMER"), role("Анна")
    ('seller', 'client', None)
    """
    words = re.findall(r"[^\W\d_]+", speaker.lower()) if isinstance(speaker, str) else []
    found = {_roles()[word] for word in words if word in _roles()}
    return found.pop() if len(found) == 1 else None


@cache
def _label() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, _roles()), key=len, reverse=True))
    time = r"(?:[\[(]?\d{1,2}:\d\d(?::\d\d)?[\])]?[ \t]*)?"
    return re.compile(rf"^[ \t]*{time}[-–—*]?[ \t]*({words})\b[^\n:]{{0,40}}:", re.I | re.M)


def turns(given: Given) -> list[Turn]:
    """Who says which part: the told speaker all of it; else lines that begin with a word for a speaker ('Клиент: …') begin turns."""
    if given.speaker is not None or ":" not in given.text:
        return [Turn(0, len(given.text), given.speaker)]
    found, start, speaker = [], 0, None
    for match in _label().finditer(given.text):
        if match.start() > start:
            found.append(Turn(start, match.start(), speaker))
        start, speaker = match.end(), role(match.group(1))
    found.append(Turn(start, len(given.text), speaker))
    return found
