"""Letters (eml, mbox) → talks: a thread a talk, without what they quote."""

from __future__ import annotations

import datetime as dt
import email
import hashlib
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from audit.knowledge.cases.clean import decoded, tidy
from audit.knowledge.cases.quotes import plain, unquoted
from audit.knowledge.cases.said import Found, Refused, Said, Talk

LARGEST = 30_000_000  # bytes of one letter, attachments included
_ID = re.compile(r"<[^<>\s]{1,250}>")
_AGAIN = re.compile(r"^(?:\s*(?:re|fw|fwd|aw|ответ|отв|пересл|на|отг)(?:\[\d+\])?\s*:)+\s*", re.I)


@dataclass
class Letter:
    """One letter: what it says, who wrote it to whom, and the letters it names."""

    said: Said
    ident: str
    names: list[str]
    subject: str
    people: list[str] = field(default_factory=list)  # addresses, lower case


def letters(path: Path, found: Found, zone: str, *, box: bool) -> list[Letter]:
    """The letters of a file; one that says nothing, or is too long, is refused. Rows are letters."""
    made = []
    for row, message in enumerate(_boxed(path, found) if box else _single(path, found), 1):
        if message is None:
            continue
        try:
            letter = _letter(row, message, found, zone)
        except RecursionError:
            found.refuse(row, "damaged", message.get("Subject", ""))
            continue
        if letter is not None:
            made.append(letter)
    return made


def _parsed(raw: bytes, row: int, found: Found) -> Message | None:
    """A letter; None for one whose parts stand within each other without end."""
    try:
        return email.message_from_bytes(raw)
    except RecursionError:
        found.refuse(row, "damaged", raw[:200].decode("latin-1"))
        return None


def _single(path: Path, found: Found) -> Iterator[Message | None]:
    if path.stat().st_size > LARGEST:
        raise Refused("too_long")
    yield _parsed(path.read_bytes(), 1, found)


def _boxed(path: Path, found: Found) -> Iterator[Message | None]:
    """Every letter of a mailbox, None for one that is too long."""
    box = mailbox.mbox(path, create=False)
    try:
        for row, key in enumerate(box.iterkeys(), 1):
            file = box.get_file(key)
            raw = file.read(LARGEST + 1)
            file.close()
            if len(raw) > LARGEST:
                found.refuse(row, "too_long", raw[:200].decode("latin-1"))
                yield None
            else:
                yield _parsed(raw, row, found)
    finally:
        box.close()


def _letter(row: int, message: Message, found: Found, zone: str) -> Letter | None:
    subject = tidy(_header(message, "Subject"), found.notes)
    sender = _people(message, ("From",))
    if not sender and not subject and not message.get("Date"):
        found.refuse(row, "no_letter", " ".join(message.keys()))
        return None
    body, cut = unquoted(tidy(_body(message, found), found.notes))
    if cut:
        found.notes["quoted_lines"] += cut
    words = body or subject
    if not words:
        found.refuse(row, "no_text", sender[0][1] if sender else "")
        return None
    name, address = sender[0] if sender else ("", "")
    references = _ID.findall(f"{message.get('References', '')} {message.get('In-Reply-To', '')}")
    ident = next(iter(_ID.findall(str(message.get("Message-ID", "")))), "")
    at = _at(message, zone)
    said = Said(row, words, tidy(name, found.notes) or address or None, at=at, address=address or None)
    others = [one for _, one in _people(message, ("From", "To", "Cc", "Reply-To"))]
    return Letter(said, ident or hashlib.sha256(f"{at}{address}{words}".encode("utf-8", "replace")).hexdigest(), references, subject, list(dict.fromkeys(others)))


def _header(message: Message, name: str) -> str:
    """A header as text, whatever its encoding."""
    try:
        parts = decode_header(str(message.get(name, "")))
    except (ValueError, LookupError, MessageError):
        return str(message.get(name, ""))
    said = []
    for part, charset in parts:
        try:
            said.append(part if isinstance(part, str) else part.decode(charset or "utf-8", "replace"))
        except (ValueError, LookupError):
            said.append(part.decode("utf-8", "replace"))
    return "".join(said)


def _people(message: Message, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """(name, address in lower case) of everybody in these headers."""
    found = []
    for name in names:
        for raw in message.get_all(name, []):
            for shown, address in getaddresses([str(raw)]):
                if "@" in address and len(address) < 250:
                    carrier = Message()
                    carrier["X"] = shown
                    found.append((_header(carrier, "X").strip(), address.lower()))
    return found


def _body(message: Message, found: Found) -> str:
    """The words of a letter: its plain part, else its html part as text; attachments are not read."""
    html = ""
    for part in _parts(message):
        if "attachment" in str(part.get("Content-Disposition", "")).lower():
            continue
        kind = part.get_content_type()
        if kind not in ("text/plain", "text/html"):
            continue
        raw = part.get_payload(decode=True)
        words = decoded(raw if isinstance(raw, bytes) else str(raw or "").encode("utf-8", "surrogateescape"), _charset(part), found.notes)
        if kind == "text/plain" and words.strip():
            return words
        html = html or words
    if not html:
        return ""
    words, cut = plain(html)
    if cut:
        found.notes["quoted_blocks"] += cut
    return words


def _parts(message: Message) -> Iterator[Message]:
    """The leaves of a letter, without letters that are attached to it."""
    if not message.is_multipart():
        yield message
    elif message.get_content_maintype() == "multipart":
        for part in message.get_payload():
            yield from _parts(part) if isinstance(part, Message) else ()


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (LookupError, ValueError):
        return None


def _at(message: Message, zone: str) -> dt.datetime | None:
    try:
        when = parsedate_to_datetime(str(message.get("Date", "")))
        when = when.astimezone(ZoneInfo(zone)).replace(tzinfo=None) if when.tzinfo else when
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if 1900 <= when.year < 2200 else None


def threads(given: list[Letter]) -> list[Talk]:
    """Letters of all files → talks: those that name each other are of one thread, and an answer (Re: …) that names none joins the last letter of its subject and people.

    A letter met twice stays once; `own` is made of the first letter's id, so that a thread that grows keeps it.
    """
    once: dict[str, Letter] = {}
    for letter in given:
        if letter.ident in once and letter.said.home is not None:
            letter.said.home.refuse(letter.said.row, "duplicate", letter.said.text)
        else:
            once[letter.ident] = letter
    root: dict[str, str] = {}

    def top(key: str) -> str:
        while root.setdefault(key, key) != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    last: dict[tuple, str] = {}
    for letter in sorted(once.values(), key=_order):
        for other in letter.names:
            root[top(other)] = top(letter.ident)
        bare = _AGAIN.sub("", letter.subject)
        key = (bare.casefold().strip(), *sorted(letter.people))
        if not letter.names and bare != letter.subject and key in last:
            root[top(letter.ident)] = top(last[key])
        last[key] = letter.ident
    groups: dict[str, list[Letter]] = {}
    for letter in once.values():
        groups.setdefault(top(letter.ident), []).append(letter)
    return [_thread(sorted(group, key=_order)) for group in groups.values()]


def _order(letter: Letter) -> dt.datetime:
    return letter.said.at or dt.datetime.max


def _thread(group: list[Letter]) -> Talk:
    first = group[0]
    oldest = first.names[0] if first.names else first.ident
    hints = list(dict.fromkeys([*(address for letter in group for address in letter.people), *(letter.subject for letter in group if letter.subject)]))
    return Talk([letter.said for letter in group], kind="mail", hints=hints, own=hashlib.sha256(oldest.encode("utf-8", "replace")).hexdigest()[:12])
