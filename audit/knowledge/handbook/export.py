"""The handbook written out: one HTML file, a vault of Markdown, or a workbook."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.knowledge.base import Base
from audit.knowledge.handbook.gather import gather
from audit.words import LANGUAGES
from audit.workspace import made, replacing, sha256, write_text

FORMATS = {"html": "handbook.html", "obsidian": "handbook", "xlsx": "handbook.xlsx"}
LIST = ".handbook.json"  # which notes of a vault are ours


def export(
    base: Base, to: str | os.PathLike, format: str = "html", lang: str = "en", *, masked: Callable[[str], str], effects: Mapping[str, Any] | None = None,
    as_of: dt.date | str | None = None, client: str = "", seller: Callable[[str], str] = str,
) -> Path:
    """Write the handbook of techniques and return the path of its file, of a vault that of its folder.

    `html`: one file that loads nothing and needs no scripts, a page a technique: what, why, when, effect with interval and status, best quotes, who uses it, examples, patterns in
    plain words; the map of coverage and stale cards. `obsidian`: a folder of notes with front matter, linked technique ↔ occasion ↔ seller, and index.md. `xlsx`: cards, effects,
    quotes, users, map, stale cards. A file is named by `to`, or called handbook.html or .xlsx in a folder that is there.

    `masked` is called with every utterance before a part of it is quoted and says what may leave; no other words of clients are shown. `seller` says how a seller is called
    (a pseudonym, say). `effects`: the dict of techniques.json, in the same language. `as_of`: the day cards are judged by, without it the last day of any case.
    A vault may hold notes of your own: those of an earlier export are written anew, others are left alone. Raises UsageError for an unknown format or language and for a folder
    with other files in which no handbook has been before. Equal content gives equal bytes.
    """
    if format not in FORMATS:
        raise UsageError("errors.unknown_name", kind="format", name=format, nearest=", ".join(FORMATS))
    if lang not in LANGUAGES:
        raise UsageError("errors.unknown_name", kind="lang", name=lang, nearest=", ".join(LANGUAGES))
    target = Path(to)
    if format == "obsidian":
        _check_folder(target)
    elif target.is_dir():
        target /= FORMATS[format]
    book = gather(base, lang, masked, effects, as_of, client, seller)
    if format == "html":
        from audit.knowledge.handbook.page import html

        return write_text(target, html(book))
    if format == "xlsx":
        from audit.knowledge.handbook.workbook import workbook

        content = workbook(book)
        with replacing(target) as part:
            part.write_bytes(content)
        return target
    from audit.knowledge.handbook.vault import vault

    return _write_vault(target, vault(book))


def _check_folder(folder: Path) -> None:
    """UsageError where a vault would be mixed with files of another kind."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("errors.not_a_folder", path=folder)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LIST).is_file():
        raise UsageError("handbook.full_folder", path=folder)


def _write_vault(folder: Path, notes: Mapping[str, str]) -> Path:
    """The notes; those of the last export that are ours, unchanged and no longer needed go."""
    before = _listed(folder / LIST)
    for name, text in notes.items():
        write_text(folder / name, text)
    for name, digest in before.items():
        path = folder / name
        if name not in notes and path.is_file() and path.resolve().is_relative_to(folder.resolve()) and sha256(path) == digest:
            path.unlink()
    write_text(made(folder) / LIST, json.dumps({name: sha256(folder / name) for name in sorted(notes)}, ensure_ascii=False, indent=1) + "\n")
    return folder


def _listed(path: Path) -> dict[str, str]:
    """Note → digest of the last export; nothing where the list cannot be read, so that nothing is taken away."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in content.items()} if isinstance(content, dict) else {}
