"""Where a line of plain text begins a new utterance: its time, its speaker and its first words."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from audit.intake.text import name_key
from audit.knowledge.texts import role

_CLOCK = r"(?:\d{1,2}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_STAMP = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4},?\s{1,2}(?:в |at )?\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\.?)?"
_UNSEEN = "[\u200e\u200f\u202a-\u202e\ufeff]*"
_NAME = r"[^\W\d_][^:\n<>{}\[\]|]{0,58}?"
# [00:12] Анна: …   Анна (00:12): …   05.03.2026, 10:12 - Анна: …   **Клиент:** …
_SAID = re.compile(
    rf"^{_UNSEEN}\s{{0,8}}(?:[-–—*•]\s{{1,4}})?(?:[\[(]?(?P<stamp>{_STAMP})[\])]?|[\[(]?(?P<mark>{_CLOCK})(?:\s?[-–—>]{{1,3}}\s?{_CLOCK})?[\])]?)?\s{{0,4}}(?:[-–—]\s{{1,4}})?"
    rf"{_UNSEEN}\*{{0,2}}(?P<name>{_NAME})(?:\s?[\[(](?P<after>{_CLOCK})[\])])?\*{{0,2}}:(?!//)\*{{0,2}}(?P<rest>.*)$", re.S)
_STAMPED = re.compile(rf"^{_UNSEEN}\s{{0,8}}(?P<open>\[)?(?P<stamp>{_STAMP})(?(open)\]|\s?[-–—])\s?{_UNSEEN}(?P<rest>.*)$", re.S)
_MARKED = re.compile(rf"^\s{{0,8}}(?:[\[(](?P<mark>{_CLOCK})(?:\s?[-–—>]{{1,3}}\s?{_CLOCK})?[\])]|(?P<bare>\d{{1,2}}:\d{{2}}:\d{{2}}))\s{{0,4}}(?P<rest>.*)$", re.S)
# a line of its own: Speaker 1  00:12
_ALONE = re.compile(rf"^\s{{0,8}}(?P<name>{_NAME})\s{{1,8}}[\[(]?(?P<mark>{_CLOCK})[\])]?\s*$")
# the end of a sentence, then what may be the next speaker
_BEHIND = re.compile(r"(?<=[.!?…»”)])\s+(?=[^\W\d_][^:.!?\n]{0,40}:\s)")
HEAD = 200  # characters in which a speaker stands
_WORDS = 5  # of a speaker's name


class Start(NamedTuple):
    """The beginning of an utterance: who, when (a stamp as written, or a mark inside the recording), and the words on that line."""

    name: str | None
    stamp: str | None
    mark: str | None
    rest: str


def person_key(name: str) -> str:
    """The form in which names of people are compared: the words of the name in any order.

    >>> person_key("Петрова  Анна") == person_key("анна петрова")
    True
    """
    return " ".join(sorted(name_key(name).split()))


def starts(lines: list[str], known: frozenset[str], *, cues: bool = False) -> dict[int, Start]:
    """Line number (from 0) → the utterance that begins there.

    A speaker is a word for one (Менеджер, Client), a name that `known` has, a name behind a time, or one of several names that begin several lines (of two names
    that between them begin every line, one). Of `cues`, which have their times elsewhere, most of which begin with a name, all such names are.
    """
    found = {at: start for at, line in enumerate(lines) if (start := _start(line, lines[at + 1] if at + 1 < len(lines) else "")) is not None}
    named = Counter(start.name for start in found.values() if start.name)
    again = {name for name, n in named.items() if n > 1 and _like_name(name)}
    sure = {name for name in named if _is_role(name) or person_key(name) in known}
    if cues and sum(bool(start.name and _like_name(start.name)) for start in found.values()) * 2 > len(lines):
        sure |= set(filter(_like_name, named))
    elif len(again | sure) > 1:
        sure |= again
    elif again and len(named) == 2 and all(map(_like_name, named)) and len(found) == sum(bool(line.strip()) for line in lines):
        sure |= set(named)
    return {at: taken for at, start in found.items() if (taken := _taken(start, lines[at], sure)) is not None}


def _start(line: str, after: str) -> Start | None:
    """What begins on a line; a speaker stands alone on it only when words follow."""
    head, tail = line[:HEAD], line[HEAD:]
    if match := _ALONE.match(head) if not tail and after.strip() and not _ALONE.match(after[:HEAD]) else None:
        return Start(match["name"].strip(" *"), None, match["mark"], "")
    if match := _SAID.match(head):
        return Start(match["name"].strip(" *"), match["stamp"], match["mark"] or match["after"], match["rest"] + tail)
    return _bare(line)


def _bare(line: str) -> Start | None:
    """A line that begins with a time and names nobody."""
    head, tail = line[:HEAD], line[HEAD:]
    if match := _STAMPED.match(head):
        return Start(None, match["stamp"], None, match["rest"] + tail)
    if match := _MARKED.match(head):
        return Start(None, None, match["mark"] or match["bare"], match["rest"] + tail)
    return None


def _taken(start: Start, line: str, sure: set[str]) -> Start | None:
    """The start when its name is one, else what the line is without it."""
    if start.name is None or start.name in sure or ((start.stamp or start.mark) and _like_name(start.name)):
        return start
    return _bare(line)


def unfolded(line: str) -> list[str]:
    """A transcript whose turns stand behind each other on one line, each a line of its own; a line that is none as it is.

    >>> unfolded("Менеджер: Цена держится неделю. Клиент: Спасибо.")
    ['Менеджер: Цена держится неделю.', 'Клиент: Спасибо.']
    """
    turns: list[str] = []
    for piece in _BEHIND.split(line):
        if turns and not _labelled(piece):
            turns[-1] += f" {piece}"
        else:
            turns.append(piece)
    return turns if _labelled(line) else [line]


def _labelled(line: str) -> bool:
    return _is_role(line[:HEAD].partition(":")[0])


def _is_role(name: str) -> bool:
    """Менеджер, Клиент 1, Agent (Anna); not a sentence that begins with such a word."""
    if role(name) is None:
        return False
    words = name.split()
    last = words[-1].strip("()[].,")
    return len(words) <= _WORDS and (len(words) == 1 or not last[:1].islower() or role(last) is not None)


def _like_name(name: str) -> bool:
    words = name.split()
    return len(words) <= 4 and all(not word[:1].islower() for word in words) and not name.endswith(("!", "?", "."))
