"""One file → what is found in it: which reader, by what the file holds first and its name second."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from audit.intake.read import sniff
from audit.knowledge.cases import documents, lines, mails, sheets, spoken, subtitles
from audit.knowledge.cases.clean import text_of
from audit.knowledge.cases.filenames import told
from audit.knowledge.cases.quotes import plain
from audit.knowledge.cases.said import Found, Refused, Talk
from audit.knowledge.cases.vocabulary import fields

SUBTITLES, TABLES = {".vtt", ".srt"}, {".csv", ".tsv", ".tab"}
SOUND = {".mp3", ".wav", ".ogg", ".oga", ".opus", ".m4a", ".aac", ".flac", ".wma", ".amr", ".mp4", ".mov", ".avi", ".mkv", ".webm"}
PICTURES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".tif", ".tiff", ".bmp"}
LARGEST = 200_000_000  # bytes of one text
_TIMING = re.compile(r"^\s*(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{2,3}\s*-->", re.M)
_MAIL_HEAD = re.compile(r"^(?:Received|Return-Path|Delivered-To|Message-ID|MIME-Version|From|To|Subject|Date|X-[\w-]+|Content-Type):", re.I | re.M)


def parse(path: Path, found: Found, zone: str, known: frozenset[str], told_kind: str | None) -> list[mails.Letter]:
    """Fill `found` with the talks of a file, and give its letters, whose threads are known once all files are read.

    Never raises for what is in the file: one that cannot be read at all is refused as a whole.
    """
    try:
        with open(path, "rb") as file:
            found.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        letters = _read(path, found, zone, known, told_kind)
        found.talks = [talk for talk in found.talks if talk.said]
        if not letters and not found.talks and not found.refused:
            raise Refused("no_words")
        return letters
    except Refused as why:
        found.refuse(None, str(why))
    except (OSError, UnicodeError) as why:
        found.refuse(None, "unreadable", why)
    return []


def _read(path: Path, found: Found, zone: str, known: frozenset[str], told_kind: str | None) -> list[mails.Letter]:
    suffix, form = path.suffix.lower(), sniff.kind(path)
    if form == "empty":
        raise Refused("empty")
    if suffix in SOUND or suffix in PICTURES:
        raise Refused("sound" if suffix in SOUND else "picture")
    if suffix in (".eml", ".mbox", ".mbx"):
        return _letters(path, found, zone)
    if form == "binary" or suffix == ".doc":
        if not path.open("rb").read(5).startswith(b"%PDF"):
            raise Refused("unknown_format")
        found.format = "pdf"
        found.talks = [_document(documents.pdf_text(path), found, zone, known)]
    elif suffix == ".docx" or (form == "excel" and suffix in (".docm", ".dotx")):
        found.format = "docx"
        found.talks = [_document(documents.word_text(path), found, zone, known)]
    elif form in ("excel", "parquet") or (form == "text" and suffix in TABLES):
        found.format = "table"
        found.talks = sheets.talks_in(path, found, zone, known, document=(told_kind or told(found.file).kind) == "proposal")
    elif form in ("json", "text", "html"):
        return _text(path, form, found, zone, known)
    else:
        raise Refused("unknown_format")
    return []


def _document(text: str, found: Found, zone: str, known: frozenset[str]) -> Talk:
    """A document is a proposal, unless speakers are named in it."""
    talk = lines.talk_of(text, found, zone, known)
    talk.kind = talk.kind or "proposal"
    return talk


def _letters(path: Path, found: Found, zone: str) -> list[mails.Letter]:
    found.format = "mail"
    with open(path, "rb") as file:
        box = file.read(5) == b"From "
    return mails.letters(path, found, zone, box=box)


def _text(path: Path, form: str, found: Found, zone: str, known: frozenset[str]) -> list[mails.Letter]:
    """A file of text, by its first words."""
    suffix = path.suffix.lower()
    if path.stat().st_size > LARGEST:
        raise Refused("too_long")
    text = text_of(path, found.notes)
    head = text[:4000].lstrip("\ufeff")
    if form == "json" or suffix in (".json", ".jsonl", ".ndjson"):
        found.format = "json"
        found.talks = spoken.talks_in(text, found, zone, known, lines=suffix in (".jsonl", ".ndjson") or _a_line_each(text))
    elif form == "html":
        found.format = "html"
        found.talks = [lines.talk_of(plain(text)[0], found, zone, known)]
    elif suffix in SUBTITLES or head.startswith("WEBVTT") or len(_TIMING.findall(head)) > 1:
        found.format = "subtitles"
        found.talks = [subtitles.talk_of(text.lstrip("\ufeff"), found, known)]
    elif len({name.lower() for name in _MAIL_HEAD.findall(head.split("\n\n", 1)[0])}) >= 3 and re.match(r"(?:From |[\w-]+:)", head):
        return _letters(path, found, zone)
    elif _is_table(head):
        found.format = "table"
        found.talks = sheets.talks_in(path, found, zone, known, document=False)
    else:
        found.format = "text"
        found.talks = [lines.talk_of(text, found, zone, known)]
    return []


def _a_line_each(text: str) -> bool:
    """Whether several lines are each a JSON object of their own."""
    first, _, rest = text.strip("\ufeff \n\r\t").partition("\n")
    return first.lstrip().startswith("{") and first.rstrip().endswith("}") and rest.lstrip().startswith("{")


def _is_table(head: str) -> bool:
    """Whether the first line of a .txt names the columns of cases."""
    first = head.split("\n", 1)[0]
    named = fields(cell.strip().strip('"') for cell in first.split(sniff.separator(first)))
    return "text" in named and bool({"case_id", "deal_id"} & set(named)) and len(named) > 2
