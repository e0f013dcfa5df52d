"""Archives of exports: the files of a zip, and one packed file."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from audit.intake.read import sniff
from audit.intake.read.packed import PART, RATIO, WHOLE
from audit.intake.read.source import Source, Unreadable
from audit.intake.text import flatten

MEMBERS = 1_000
_SKIPPED = ("~$", ".", "__MACOSX")
_FAULTS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, NotImplementedError)

Read = Callable[[Path], list[Source]]


def zipped(path: Path, read: Read) -> list[Source]:
    """The tables of every file of a zip, as `archive.zip/member.csv`; a member that may not be opened has its problem.

    Nothing is written outside a folder that is removed again. Unreadable when the archive is damaged or unpacks to more
    than memory and disk can hold.
    """
    try:
        with zipfile.ZipFile(path) as package:
            members = [member for member in package.infolist() if not member.filename.endswith("/") and not _skipped(member.filename)]
            if len(members) > MEMBERS:
                raise Unreadable("too_many_members")
            if sum(member.file_size for member in members) > WHOLE:
                raise Unreadable("inflated")
            found: list[Source] = []
            for member in members:
                found += _member(package, member, path.name, read)
    except _FAULTS as why:
        raise Unreadable("damaged_archive") from why
    return found or [Source(path.name, "zip", problem="empty")]


def _skipped(name: str) -> bool:
    """Marks that systems leave in archives, as in inbox/ itself."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return bool(parts) and (parts[-1].startswith(_SKIPPED) or parts[0] == "__MACOSX")


def _member(package: zipfile.ZipFile, member: zipfile.ZipInfo, archive: str, read: Read) -> list[Source]:
    name = _name(member)
    shown = "/".join(flatten(part) for part in PurePosixPath(name).parts if part not in ("/", "..", "."))
    problem = _refusal(member, name)
    if problem is None:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / flatten(name)
            try:
                with package.open(member) as packed, open(place, "wb") as file:
                    _copy(packed, file, member.file_size)
            except _FAULTS:
                problem = "damaged_member"
            else:
                if sniff.kind(place) not in ("zip", "gzip"):
                    sources = read(place)
                    for source in sources:
                        source.file, source.member = f"{archive}/{shown}", shown
                    return sources
                problem = "nested_archive"
    return [Source(f"{archive}/{shown}", "zip", problem=problem, member=shown)]


def _name(member: zipfile.ZipInfo) -> str:
    """The name of a member; Windows writes Cyrillic ones in its page without saying so."""
    name = member.filename
    if not member.flag_bits & 0x800:
        try:
            told = name.encode("cp437").decode("cp866")
            name = told if any("а" <= char.lower() <= "я" for char in told) else name
        except UnicodeError:
            pass
    return name.replace("\\", "/")


def _refusal(member: zipfile.ZipInfo, name: str) -> str | None:
    """Why a member is not even opened."""
    if not name or name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:2] == ":":
        return "unsafe_member"
    if member.flag_bits & 0x1:
        return "encrypted_member"
    return "inflated" if member.file_size > max(PART, RATIO * member.compress_size) else None


def gzipped(path: Path, read: Read) -> list[Source]:
    """The tables of one packed file. Unreadable when it is damaged, packed again, or unpacks without end."""
    limit = min(max(PART, RATIO * path.stat().st_size), WHOLE)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / (path.name[:-3] if path.name.lower().endswith(".gz") and len(path.name) > 3 else path.name)
        try:
            with gzip.open(path) as packed, open(place, "wb") as file:
                _copy(packed, file, limit)
        except _FAULTS as why:
            raise Unreadable("damaged_archive") from why
        if sniff.kind(place) in ("zip", "gzip"):
            raise Unreadable("nested_archive")
        sources = read(place)
    for source in sources:
        source.file = path.name
    return sources


def _copy(packed: IO[bytes] | gzip.GzipFile, file: IO[bytes], limit: int) -> None:
    """Copy not more than `limit` bytes, whatever the archive says of itself. Unreadable when there are more."""
    size = 0
    while piece := packed.read(1_000_000):
        size += len(piece)
        if size > limit:
            raise Unreadable("inflated")
        file.write(piece)
