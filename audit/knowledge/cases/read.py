"""Files of words → cases: every file read, linked to its deal, and accounted for."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audit.errors import UsageError
from audit.knowledge.cases import formats
from audit.knowledge.cases.assemble import Assembly
from audit.knowledge.cases.crm import Crm
from audit.knowledge.cases.filenames import told as named
from audit.knowledge.cases.mails import Letter, threads
from audit.knowledge.cases.manifest import Manifest
from audit.knowledge.cases.places import each, opened
from audit.knowledge.cases.result import Read
from audit.knowledge.cases.said import Found


def read_cases(places: Any, *, manifest: Any = None, tables: Mapping[str, Any] | None = None, zone: str | None = None, country: str | None = None) -> Read:
    """Cases of files, folders and archives (zip), a row a talk, letter thread, chat, proposal or note.

    `places`: a path or several. `manifest`: a csv or xlsx with a column `file` and any of deal_id, owner, at, outcome, stage, segment, amount, kind, seller …; a file
    called manifest in `places` is taken for one. `tables`: canonical tables (frames or an engine's) by whose deals, users, clients, contacts and activities cases are
    linked. `zone` and `country` (of times with an offset, of phones) are those of the tables' workspace, else Europe/Moscow and RU.

    What a file says of its case wins over the manifest, that over the file's name, that over the CRM. Nothing is lost: see `Read.files` and `Read.refused`.
    Raises UsageError when a place or the manifest is not there; never for what is in a file.
    """
    zone, country = _settings(tables, zone, country)
    crm = Crm(tables, country)
    files = _files(places)
    listed = Manifest.of(manifest, [path for path, _ in files], zone)
    found, letters, seen = list(listed.found), list[Letter](), dict[str, dict[str | None, str]]()

    def parse(path: Path, one: Found) -> None:
        got = formats.parse(path, one, zone, crm.people, listed.kind(one.file))
        deal, before = listed.row(one.file).get("deal_id") or named(one.file).deal_id, seen.setdefault(one.sha256, {})
        first = next(iter(before.values()), None) if deal is None else before.get(deal) or before.get(None)  # one proposal for two deals is two cases
        if first is not None:
            one.talks, one.refused, one.notes, got = [], [], Counter(), []
            one.refuse(None, "duplicate", first)
        before.setdefault(deal, one.file)
        for letter in got:
            letter.said.home = one
        letters.extend(got)

    for path, shown in files:
        if path not in listed.paths:
            found += opened(path, shown, parse)
    made = Assembly(crm, zone, listed)
    for one in found:
        for talk in one.talks:
            made.take(talk, one)
    for thread in threads(letters):
        if thread.said[0].home is not None:
            made.take(thread, thread.said[0].home)
    return made.done(found)


def _files(given: Any) -> list[tuple[Path, str]]:
    """Every file once, with its name as it is shown. UsageError when there is none."""
    files: dict[Path, tuple[Path, str]] = {}
    for path, shown in each(given):
        files.setdefault(path.resolve(), (path, shown))
    if not files:
        raise UsageError("cases.no_files", path=given if isinstance(given, str | os.PathLike) else ", ".join(map(str, given)) or "–")
    return list(files.values())


def _settings(tables: Any, zone: str | None, country: str | None) -> tuple[str, str]:
    """(time zone, country): as told, else those of the tables' workspace, else the default ones."""
    from audit.client import Client, read_client

    home = getattr(tables, "home", None)
    file = home / "client.yml" if isinstance(home, Path) and (zone is None or country is None) else None
    client = read_client(file) if file is not None and file.is_file() else None
    default = Client.model_fields
    return (zone or (client.time_zone if client else str(default["time_zone"].default)), country or (client.country if client else str(default["country"].default)))
