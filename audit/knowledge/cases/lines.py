"""Plain text → a talk: transcripts with labels and time marks, exported chats, and notes whose paragraphs stand alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from audit.intake.outcome import outcome
from audit.knowledge.cases import times
from audit.knowledge.cases.clean import tidy, words_in
from audit.knowledge.cases.labels import Start, starts
from audit.knowledge.cases.said import Found, Said, Talk
from audit.knowledge.cases.vocabulary import CASE, fields, is_media, kind
from audit.knowledge.texts import role

_FIELD = re.compile(r"^\s{0,8}(?:[-*]\s)?\*{0,2}(?P<key>[^\W\d_][^:\n]{0,40}?)\*{0,2}\s?:\*{0,2}\s*(?P<value>\S.{0,200})$")
_ITEM = re.compile(r"^\s{0,8}(?:[-*•]|\d{1,3}[.)])\s")
SHORT = 60  # characters of a field told in the head
LATE = 1800.0  # seconds: a recording whose first words come later has marks of the day's clock


def talk_of(text: str, found: Found, zone: str, known: frozenset[str]) -> Talk:
    """The talk of a text; `known` are names of people of the CRM as keys. What cannot be kept is refused in `found`, rows are lines."""
    lines = tidy(text, found.notes).split("\n")
    told, after = _head(lines, zone)
    begun = {at + after: start for at, start in starts(lines[after:], known).items()}
    talk = Talk([], told, hints=[told.pop("client")] if "client" in told else [])
    stamped = sum(start.stamp is not None for start in begun.values())
    if any(start.name for start in begun.values()) or stamped > 1 or len(begun) > 1:
        talk.kind = "chat" if stamped * 2 > len(begun) else "call"
        talk.said = _utterances(lines, after, begun, found, chat=stamped * 2 > len(begun))
        _timed(talk, [begun.get(said.row - 1) for said in talk.said], zone, found)
    else:
        talk.said = list(_paragraphs(lines, after, len(lines), found))
    return talk


def _head(lines: list[str], zone: str) -> tuple[dict[str, str], int]:
    """(fields told in the first lines as `Сделка: 1042`, how many lines these are).

    They end where a line tells no field. A line that may as well be somebody's words ("Manager: …") is a field only beside others and before an empty line.
    """
    told: list[tuple[str, str, bool]] = []
    for line in lines:
        match = _FIELD.match(line)
        name = _field(match["key"], match["value"].strip(), zone) if match else None
        if match is None or name is None:
            break
        told.append((name, match["value"].strip(), role(match["key"]) is not None))
    closed = len(told) == len(lines) or not lines[len(told)].strip(" -=*_#")
    if not closed or all(unclear for _, _, unclear in told):
        told = told[:next((at for at, (_, _, unclear) in enumerate(told) if unclear), len(told))]
    return {name: value for name, value, _ in reversed(told)}, len(told)


def _field(key: str, value: str, zone: str) -> str | None:
    """The field of a line of the head; None where the value is none of that field, so that no words are taken for one."""
    name = next((name for name in fields([key]) if name in CASE or name in ("phone", "email", "seller")), None)
    if name == "outcome":
        return name if outcome(value) else None
    if name in ("at", "decided_at", "started_at"):
        return name if times.moment(value, zone) else None
    if name is None and role(key) == "client":
        name = "client"
    return name if name and len(value) <= SHORT and (name != "kind" or kind(value)) else None


def _utterances(lines: list[str], after: int, begun: dict[int, Start], found: Found, *, chat: bool) -> list[Said]:
    """One utterance a start, with the lines up to the next one; what stands before the first is kept without a speaker."""
    places = sorted(begun)
    said = list(_paragraphs(lines, after, places[0], found))
    for at, end in zip(places, [*places[1:], len(lines)], strict=True):
        start = begun[at]
        words = "\n".join([start.rest.strip(), *(line.rstrip() for line in lines[at + 1:end])]).strip()
        if chat and start.name is None:
            found.refuse(at + 1, "service_message", words)
        elif not words:
            found.refuse(at + 1, "empty", lines[at])
        elif chat and is_media(words):
            found.refuse(at + 1, "no_text", words)
        else:
            said.append(Said(at + 1, words, start.name, offset=times.clock(start.mark)))
    return said


def _paragraphs(lines: list[str], first: int, end: int, found: Found) -> Iterator[Said]:
    """Paragraphs and items of lists of `lines[first:end]`; those without a word are refused."""
    block: list[str] = []
    at = first
    for place in range(first, end + 1):
        line = lines[place].rstrip() if place < end else ""
        if block and (not line.strip() or _ITEM.match(line)):
            words = "\n".join(block).strip()
            if words_in(words):
                yield Said(at + 1, words)
            else:
                found.refuse(at + 1, "empty", words)
            block = []
        if line.strip():
            at = at if block else place
            block.append(line)


def _timed(talk: Talk, begun: list[Start | None], zone: str, found: Found) -> None:
    """Times of stamped messages; marks of a recording that begins late are of the day's clock."""
    stamps = [start.stamp if start else None for start in begun]
    for said, when in zip(talk.said, times.moments(stamps, zone), strict=True):
        said.at = when
    found.notes["unclear_time"] += sum(bool(stamp) and said.at is None for stamp, said in zip(stamps, talk.said, strict=True))
    marks = [said.offset for said in talk.said if said.offset is not None]
    if marks and marks[0] > LATE:
        talk.fields["_clock"] = "day"
