"""JSON → talks, by the shape of what is in it: transcripts of recordings, exports of messengers, lists of records; no program is known by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from audit.knowledge.cases.records import Record, as_text, talks_of, words_of
from audit.knowledge.cases.said import Found, Refused, Said, Talk
from audit.knowledge.cases.times import clock
from audit.knowledge.cases.vocabulary import CASE, fields

# how finely a list cuts the same speech: of several beside each other the first is taken
_CUT = {name: rank for rank, names in enumerate((
    "utterances monologues audio_segments turns", "segments phrases recognizedphrases chunks messages dialog dialogue", "results", "paragraphs", "sentences", "channels", "elements",
    "words tokens items", "entities text_entities combinedphrases combinedrecognizedphrases transcripts text message body content reactions attachments reply quoted forwarded poll buttons")) for name in names.split()}
_PARTS = {"channels", "results", "paragraphs", "monologues", "chunks"}  # lists whose members together are one talk
_WORDS = {"words", "tokens", "items", "elements"}
_REFINED = ("finalRefinement", "final_refinement")
_SCALAR = (str, int, float, bool)
DEEP = 40


@dataclass
class _Heard:
    """A list of records that speak, and what the objects around it tell."""

    items: list[Any]
    around: dict[str, Any] = field(default_factory=dict)
    words: bool = False


def talks_in(text: str, found: Found, zone: str, known: frozenset[str], *, lines: bool) -> list[Talk]:
    """The talks of a JSON document, or of one a line (`lines`). Refused when it is damaged or nobody says anything in it."""
    numbered = _last_said(list(_lines(text, found)), found) if lines else [(1, _parsed(text))]
    if lines and all(isinstance(value, dict) and not _nested(_unwrapped(value), 0, _CUT["segments"]) for _, value in numbered):
        return talks_of([(row, _unwrapped(value)) for row, value in numbered], found, zone, known, rows_are_cases=_cases(value for _, value in numbered))
    heard = [one for _, value in numbered for one in _heard(value, 0)]
    if not heard and not found.refused:
        raise Refused("no_words")
    talks: list[Talk] = []
    row = 0
    for one in heard:
        records = _records(one, row, found)
        row += len(one.items)
        made = talks_of(records, found, zone, known, rows_are_cases=not one.words and _cases(one.items))
        talks += [_placed(talk, one, len(heard) > 1 or len(made) > 1, place) for place, talk in enumerate(made, len(talks) + 1)]
    return talks


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as why:
        raise Refused("damaged") from why


def _lines(text: str, found: Found) -> Iterator[tuple[int, Any]]:
    for row, line in enumerate(text.split("\n"), 1):
        if line.strip("\ufeff\x1e \t\r"):
            try:
                value = json.loads(line.strip("\ufeff\x1e \t\r"), strict=False)
            except (ValueError, RecursionError):
                found.refuse(row, "torn_row", line)
                continue
            if isinstance(value, dict):
                yield row, value
            else:
                found.refuse(row, "no_text", line)


def _last_said(numbered: list[tuple[int, Any]], found: Found) -> list[tuple[int, Any]]:
    """Answers of a stream of recognition; where its last words are told again in their refined form, the first form is refused."""
    bare = [(row, value["result"] if isinstance(value.get("result"), dict) and words_of(value) is None else value) for row, value in numbered]
    if not any(isinstance(value.get(key), dict) for _, value in bare for key in _REFINED):
        return bare
    kept = []
    for row, value in bare:
        if isinstance(value.get("final"), dict) and not any(key in value for key in _REFINED):
            found.refuse(row, "duplicate", value["final"])
        else:
            kept.append((row, value))
    return kept


def _cases(items: Any) -> bool:
    """Whether records are cases of the contract (a row a case, or a row an utterance of one), not messages of one talk."""
    return any(isinstance(item, dict) and {"case_id", "outcome"} & set(fields(item)) for item in items)


def _unwrapped(node: Any) -> Any:
    """An object with its likeliest alternative in place of all of them: what a recognizer is surest of comes first."""
    if not isinstance(node, dict):
        return node
    for key in ("final", *_REFINED, "normalizedText", "normalized_text"):
        if isinstance(node.get(key), dict):
            node = {**node, **node[key]}
    best = next((node[key] for key in ("alternatives", "nBest") if isinstance(node.get(key), list) and node[key]), None)
    return {**{key: value for key, value in node.items() if key not in ("alternatives", "nBest")}, **best[0]} if best and isinstance(best[0], dict) else node


def _heard(node: Any, depth: int, key: str = "") -> list[_Heard]:
    """The lists of records that speak in a value; a list of talks gives one each, the parts of a talk give it together."""
    if depth > DEEP:
        return []
    node = _unwrapped(node)
    if isinstance(node, dict):
        return _nested(node, depth, _CUT["words"]) or ([_Heard([node])] if depth == 0 and words_of(node) is not None else [])
    if not isinstance(node, list):
        return []
    items = [_unwrapped(item) for item in node]
    finest = _CUT["words"] if key.lower() == "channels" else _CUT["segments"]
    inside = {place: _nested(item, depth + 1, finest if words_of(item) is not None else _CUT["words"]) for place, item in enumerate(items) if isinstance(item, dict)}
    if not any(inside.values()):
        return [_Heard(items, words=key.lower() in _WORDS)] if any(words_of(item) is not None for item in items if isinstance(item, dict)) else []
    talks = [one for place, item in enumerate(items) for one in inside.get(place) or [_Heard([item])]]
    apart = any("id" in one.around or {"case_id", "deal_id"} & set(fields(one.around)) for one in talks)
    return [_together(talks, key.lower() == "channels")] if key.lower() in _PARTS and not apart else talks


def _nested(node: Mapping[str, Any], depth: int, finest: int) -> list[_Heard]:
    """What is heard inside an object: of lists that cut the same speech the first, not finer than `finest`, and every other list."""
    found = {key: heard for key, value in node.items() if isinstance(value, dict | list) and _cut(key) <= finest and (heard := _heard(value, depth + 1, key))}
    ranked = sorted((key for key in found if key.lower() in _CUT), key=_cut)
    told = {name: value for name, value in node.items() if isinstance(value, _SCALAR)}
    return [_Heard(one.items, {**told, **one.around}, one.words) for key, heard in found.items() if key not in ranked[1:] for one in heard]


def _cut(key: str) -> int:
    return _CUT.get(key.lower(), 0)


def _together(parts: list[_Heard], channels: bool) -> _Heard:
    """Parts of one talk as one list; what a part tells of its speaker goes to its records, the number of a channel likewise."""
    items: list[Any] = []
    for number, part in enumerate(parts):
        told = {key: value for key, value in part.around.items() if {"speaker", "role", "direction", "language"} & set(fields([key]))}
        told = told or ({"channel": number} if channels else {})
        items += [{**told, **item} if isinstance(item, dict) else item for item in part.items]
    return _Heard(items, words=any(part.words for part in parts))


def _records(one: _Heard, before: int, found: Found) -> list[Record]:
    """The records of a list with their places; what is none is refused. Single words are joined until another one speaks."""
    records: list[Record] = []
    for row, item in enumerate(one.items, before + 1):
        if isinstance(item, dict):
            records.append((row, item))
        else:
            found.refuse(row, "no_text", item)
    return _phrases(records) if one.words else records


def _phrases(records: list[Record]) -> list[Record]:
    """Words → what one speaker says without a break; the end is that of the last word."""
    named = fields(dict.fromkeys(key for _, record in records for key in record))
    text, speaker, end, start = (named.get(name) for name in ("text", "speaker", "end", "offset"))
    begins = [clock(record.get(start)) if start else None for _, record in records]
    if speaker and all(begin is not None for begin in begins):
        records = [record for _, record in sorted(zip(begins, records, strict=True), key=lambda pair: pair[0] or 0.0)]
    made: list[tuple[int, dict]] = []
    last: object = None
    for row, record in records:
        word, who = words_of(record.get(text)) if text else None, as_text(record.get(speaker)) if speaker else ""
        if made and word and who == last:
            made[-1][1][text] += ("" if word[:1] in ".,!?…;:" or word[:1].isspace() else " ") + word
            if end:
                made[-1][1][end] = record.get(end)
        elif word:
            made.append((row, {**record, text: word}))
            last = who
    return list(made)


def _placed(talk: Talk, one: _Heard, several: bool, place: int) -> Talk:
    """The talk with what the objects around it tell, in the order of the recording."""
    told = fields(one.around)
    for name in (*CASE, "phone", "email", "seller"):
        value = as_text(one.around[told[name]]) if name in told else ""
        if value:
            talk.fields.setdefault(name, value)
    title = next((as_text(one.around[key]) for key in ("name", "title") if key in one.around), "")
    if title:
        talk.hints.append(title)
    if several and talk.own is None:
        file = PurePosixPath(as_text(one.around[told["file"]]).replace("\\", "/")).stem if "file" in told else ""
        talk.own = next((ident for key in ("id", "uuid", "uid") if (ident := as_text(one.around.get(key)))), file or f"{place}")
    offsets = [said.offset for said in talk.said]
    if all(offset is not None for offset in offsets):
        talk.said.sort(key=_offset)
    timed = sum(said.at is not None for said in talk.said) * 2 > len(talk.said)
    talk.kind = talk.kind or ("chat" if timed and len(talk.said) > 1 else "call" if any(offset is not None for offset in offsets) or one.words else None)
    return talk


def _offset(said: Said) -> float:
    return said.offset or 0.0
