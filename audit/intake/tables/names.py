"""Names of many companies without their legal forms, found in one pass over all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from audit.intake.tables.companies import bare_name, legal_forms, skeleton

if TYPE_CHECKING:
    import pyarrow as pa

# what is no letter in a spelled name: marks are one but for the point, digits and Latin capitals are themselves
_NOTHING, _ODD, _LINE, _SPACE, _MARK, _POINT, _FIRST = 0, 1, 10, 32, 45, 46, 48
_RANGES = ((0, 0x17F), (0x400, 0x460), (0x490, 0x500), (0x2000, 0x20C0), (0x2100, 0x2150), (0x3000, 0x3001), (0xFEFF, 0xFF00))
_WORD = rb"[\x30-\xff]"
_POINTS = re.compile(rb"(?<!%s)(%s)\. ?(?=%s(?!%s))" % (_WORD, _WORD, _WORD, _WORD))


def bare_names(names: Sequence[str]) -> list[str]:
    """`bare_name` of every name, in order."""
    import pyarrow as pa

    return bare(pa.array(names, pa.large_string())).to_pylist()


def bare(names: pa.Array) -> pa.Array:
    """`bare_name` of every name of an arrow array of texts without nulls, in order.

    All names are one text, a name a line, whose letters are single bytes: so all steps are those of C. Names of several lines or with
    letters that have no byte go alone.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(names):
        return names
    odd = np.array(pc.match_substring(names, "\n"))
    whole = pc.if_else(pa.array(odd), pa.scalar("", names.type), names) if odd.any() else names
    text = pc.binary_join(pa.LargeListArray.from_arrays(pa.array([0, len(whole)], pa.int64()), whole), pa.scalar("\n", whole.type))[0].as_py()
    to_byte, _ = _spelling()
    letters = to_byte[np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")]
    strange = np.flatnonzero(letters == _ODD)
    if len(strange):
        odd[np.searchsorted(np.flatnonzero(letters == _LINE), strange)] = True
    found = _text(*_kept(_folded(letters), len(names)))
    if odd.any():
        found = pc.replace_with_mask(found, pa.array(odd), pa.array([bare_name(name) for name in names.filter(pa.array(odd)).to_pylist()], found.type))
    return found


@cache
def _spelling() -> tuple[np.ndarray, np.ndarray]:
    """(UTF-16 unit → byte of its skeleton, byte → that letter's unit)."""
    to_byte, back = np.full(65_536, _ODD, dtype="uint8"), np.zeros(256, dtype="<u2")
    known = {chr(code): code for code in (*range(48, 58), *range(65, 91))}
    for code in (code for first, last in _RANGES for code in range(first, last)):
        plain = skeleton(f"x{chr(code)}x")[1:-1]
        if chr(code) == "_" or len(plain) > 1:  # may end a number of repetition; a letter that becomes two
            continue
        if re.fullmatch(r"\w", plain):
            place = known.setdefault(plain, 91 - 36 + len(known))
            to_byte[code] = place if place < 256 and ord(plain) < 0x800 else _ODD
        else:
            to_byte[code] = {"": _NOTHING, " ": _SPACE, ".": _POINT}.get(plain, _MARK)
    to_byte[ord("\n")] = _LINE
    for letter, place in known.items():
        if place < 256:
            back[place] = ord(letter)
    back[_SPACE] = _SPACE
    return to_byte, back


@cache
def _forms() -> tuple[list[bytes], np.ndarray, dict[int, list[bytes]]]:
    """(legal forms of several words, those of one up to eight letters as numbers, longer ones by length) in spelled letters."""
    to_byte, _ = _spelling()

    def spelled(form: str) -> bytes:
        return to_byte[np.frombuffer(form.encode("utf-16-le"), dtype="<u2")].tobytes()

    long, _, short = legal_forms()
    several = [spelled(form) for form in long]
    words = [spelled(form) for form in short]
    more: dict[int, list[bytes]] = {}
    for word in words:
        if len(word) > 8:
            more.setdefault(len(word), []).append(word)
    return several, np.sort(np.array([int.from_bytes(word, "little") for word in words if len(word) <= 8], dtype="uint64")), more


def _folded(letters: np.ndarray) -> bytes:
    """Spelled text with single spaces, without legal forms of several words and without points between single letters."""
    text, (long, _, _) = letters.tobytes().replace(bytes([_NOTHING]), b""), _forms()
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    if any(form in text for form in long):
        text = re.sub(b"|".join(map(re.escape, long)), b" ", text)
    return _POINTS.sub(rb"\1", text) if b"." in text else text


def _kept(text: bytes, lines: int) -> tuple[np.ndarray, np.ndarray]:
    """(letters of the words that are no legal forms, single spaces between those of a line; where each line begins and the last ends)."""
    data = np.frombuffer(text + bytes(16), dtype="uint8").copy()
    word = data >= _FIRST
    edge = np.flatnonzero(word[1:] != word[:-1]) + 1
    starts, ends = (np.concatenate([[0], edge]) if word[0] else edge).reshape(-1, 2).T
    sizes = ends - starts
    stays = ~_is_form(data, starts, sizes)
    line = np.cumsum(data == _LINE, dtype="int32")[starts]
    kept = np.flatnonzero(stays)
    next_of_line = np.zeros(len(starts), dtype=bool)
    next_of_line[kept[1:]] = line[kept[1:]] == line[kept[:-1]]
    word[word] = np.repeat(stays, sizes)
    between = starts[next_of_line] - 1
    word[between], data[between] = True, _SPACE
    width = np.bincount(line[kept], weights=(sizes + next_of_line)[kept], minlength=lines).astype("int64")
    return data[word], np.concatenate([[0], np.cumsum(width)])


def _is_form(data: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Which words are legal forms: their first eight letters as one number among those of the forms, the rest of the few longer ones one by one."""
    _, short, more = _forms()
    eight = np.ndarray(shape=(len(data) - 7,), dtype="<u8", buffer=data, strides=(1,))[starts]
    hit = np.zeros(len(starts), dtype=bool)
    few = np.flatnonzero(sizes <= 8)
    number = eight[few] & (np.uint64(2**64 - 1) >> ((8 - sizes[few]) * 8).astype("uint64"))
    hit[few] = short[np.minimum(np.searchsorted(short, number), len(short) - 1)] == number
    for size, forms in more.items():
        mine = np.flatnonzero(sizes == size)
        for form in forms:
            hit[mine] |= (data[starts[mine][:, None] + np.arange(size)] == np.frombuffer(form, dtype="uint8")).all(axis=1)
    return hit


def _text(letters: np.ndarray, offsets: np.ndarray) -> pa.Array:
    """Spelled lines as an arrow array of texts."""
    import pyarrow as pa

    units = _spelling()[1][letters]
    wide = np.zeros(len(units) + 1, dtype="int32")  # letters of two bytes before each
    np.cumsum(units > 0x7F, dtype="int32", out=wide[1:])
    data = units.tobytes().decode("utf-16-le").encode()
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets + wide[offsets]), pa.py_buffer(data))
