"""Subtitles (vtt, srt) → a talk: a cue an utterance, the speaker from its voice or its first words."""

from __future__ import annotations

import html
import re

from audit.knowledge.cases.clean import tidy
from audit.knowledge.cases.labels import starts
from audit.knowledge.cases.said import Found, Said, Talk

_VOICE = re.compile(r"<v(?:\.[\w.]*)?[ \t]+([^>\n]{1,80})>", re.I)
_TAG = re.compile(r"</?(?:v|c|i|b|u|ruby|rt|lang|font)(?:[.\s][^<>\n]{0,200})?>|<(?:\d{1,3}:)?\d{1,2}:\d{2}\.\d{3}>|\{\\[^{}\n]{0,80}\}", re.I)
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)\b")
_COLON = "\x02"  # in words that name two times, which would be taken for the time of a cue
_END = "\x01"  # ends the words of a cue: without it the reader of subtitles takes a last line of digits for the number of the next cue


def talk_of(text: str, found: Found, known: frozenset[str]) -> Talk:
    """The talk of a file of subtitles; rows are cues. A voice within a cue begins an utterance of its own; words outside of cues are refused."""
    cues = _cues(tidy(text, found.notes).split("\n"), found)
    parts = [(at, offset, name, words) for at, (offset, cue) in enumerate(cues, 1) for name, words in _voices(cue)]
    begun = starts([words.replace("\n", " ") for _, _, _, words in parts], known, cues=True)
    said: list[Said] = []
    for place, (at, offset, name, words) in enumerate(parts):
        if name is None and place in begun and begun[place].name and ":" in words:
            name, words = begun[place].name, words.split(":", 1)[1].strip()
        if words:
            said.append(Said(at, words, name, offset=offset))
    kept = {one.row for one in said}
    for at, (_, cue) in enumerate(cues, 1):
        if at not in kept:
            found.refuse(at, "empty", cue)
    return Talk(said, kind="call")


def _cues(lines: list[str], found: Found) -> list[tuple[float | None, str]]:
    """(seconds, words) of every cue; a cue whose time is damaged has none."""
    import pysubs2
    from pysubs2.formats import get_format_class

    form = "vtt" if lines and lines[0].startswith("WEBVTT") else "srt"
    times = get_format_class(form).TIMESTAMP  # type: ignore[attr-defined]
    begins = [at for at, line in enumerate(lines) if "-->" in line]
    _outside(lines[1 if form == "vtt" else 0:begins[0] if begins else len(lines)], bool(begins), found)
    ready, sure = [], []
    for at, end in zip(begins, [*begins, len(lines)][1:], strict=True):
        sure.append(len(times.findall(lines[at])) == 2)
        timing = lines[at] if sure[-1] else "00:00:00.000 --> 00:00:00.000"
        words = [line.replace(":", _COLON) if len(times.findall(line)) > 1 else line for line in _words(lines[at + 1:end], end < len(lines))]
        ready.append("\n".join([timing, *words, _END, ""]))
    read = pysubs2.SSAFile.from_string("\n".join(ready), format_=form, keep_html_tags=True)
    found.notes["no_time"] += sure.count(False)
    return [(cue.start / 1000.0 if good else None, cue.text.replace("\\N", "\n").removesuffix(_END).replace(_COLON, ":").strip()) for cue, good in zip(read, sure, strict=True)]


def _outside(lines: list[str], identified: bool, found: Found) -> None:
    """Refuse what stands before the first cue and is neither its name nor a remark of the file."""
    rest = _words(lines, identified)
    for line in rest:
        if line.strip():
            found.refuse(0, "outside_cue", line)


def _words(lines: list[str], identified: bool) -> list[str]:
    """The lines of a cue without remarks (NOTE, STYLE) and, when another cue follows, without the name of that one."""
    lines = list(lines)
    if identified and lines and lines[-1].strip() and (len(lines) == 1 or not lines[-2].strip()):
        lines.pop()
    kept: list[str] = []
    aside = False
    for place, line in enumerate(lines):
        aside = bool(line.strip()) and (aside or bool(_ASIDE.match(line) and (place == 0 or not lines[place - 1].strip())))
        if not aside:
            kept.append(line)
    return kept


def _voices(cue: str) -> list[tuple[str | None, str]]:
    """(speaker, words) of every voice of a cue."""
    pieces = _VOICE.split(cue)
    named = [(None, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    plain = [(name.strip() if name else None, html.unescape(_TAG.sub("", words)).strip()) for name, words in named]
    return [(name, words) for name, words in plain if words]
