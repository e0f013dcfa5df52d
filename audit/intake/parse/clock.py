"""The two commonest written forms of a date, read for a whole column at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from audit.intake.parse import column

NAT = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Form:
    """Cells of one fixed form: their positions in the column, and what they write; a day is taken apart once, however many cells write it."""

    rows: np.ndarray
    day: np.ndarray  # which of the days below every cell writes
    seconds: np.ndarray  # since midnight, -1 where there is no such time
    first: np.ndarray  # of the different days in the order in which they are met: day or month of a turned date, the month of an ISO date
    second: np.ndarray
    year: np.ndarray
    turned: bool
    dotted: np.ndarray
    texts: list[str]


def forms(cells: pd.Series) -> Iterator[Form]:
    """The cells written `2026-10-31[ T]23:59:59` or `31.10.2026 23:59:59`, the time left out or not; every cell at most once."""
    array = column.arrow(cells)
    for size in (10, 19):
        rows, letters = column.matrix(array, size)
        if not len(rows):
            continue
        seconds, timed, spaced = _times(letters)
        day, days = _different(letters[:, :10])
        for turned in (False, True):
            written = _fits(days, turned)
            if not written.any():
                continue
            fits = timed if written.all() else timed & written[day]
            if turned and size == 19:
                fits = fits & spaced
            yield _form(rows, day, days, seconds, fits, written, turned)


def _different(days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(which of the different days a cell writes, letters of these days in the order in which they are met)."""
    import pyarrow as pa

    bare = np.ascontiguousarray(days)
    found = pa.FixedSizeBinaryArray.from_buffers(pa.binary(10), len(bare), [None, pa.py_buffer(bare)]).dictionary_encode()
    words = found.dictionary
    letters = np.frombuffer(words.buffers()[1], dtype="uint8")[words.offset * 10 : (words.offset + len(words)) * 10].reshape(-1, 10)
    return found.indices.to_numpy(), letters


def _times(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(seconds since midnight, where a time is written as 23:59:59, where a space stands before it); midnight of cells of a mere date."""
    size = len(letters)
    if letters.shape[1] == 10:
        return np.zeros(size, dtype="int32"), np.ones(size, dtype=bool), np.ones(size, dtype=bool)
    clock = letters[:, 10:].T.copy()  # a row a place, so that every step below runs along memory
    digits = clock - 48  # of bytes: what is no digit is above 9
    spaced = clock[0] == 32
    timed = (spaced | (clock[0] == ord("T"))) & (clock[3] == ord(":")) & (clock[6] == ord(":"))
    timed &= np.maximum.reduce([digits[place] for place in (1, 2, 4, 5, 7, 8)]) <= 9
    hour, minute, second = (digits[place] * 10 + digits[place + 1] for place in (1, 4, 7))
    seconds = hour * np.int32(3600) + minute * np.int32(60) + second
    return np.where((hour < 24) & (minute < 60) & (second < 60), seconds, -1).astype("int32"), timed, spaced


def _fits(days: np.ndarray, turned: bool) -> np.ndarray:
    """Which days are written `31.10.2026`, `31/10/2026` or `31-10-2026` when `turned`, else `2026-10-31`."""
    marks = (2, 5) if turned else (4, 7)
    allowed = np.frombuffer(b"./-" if turned else b"-", dtype="uint8")
    digits = np.delete(days, marks, axis=1) - 48 <= 9  # of bytes: what is no digit is above 9
    return np.logical_and(digits.all(axis=1), np.isin(days[:, marks], allowed).all(axis=1))


def _form(rows: np.ndarray, day: np.ndarray, days: np.ndarray, seconds: np.ndarray, fits: np.ndarray, written: np.ndarray, turned: bool) -> Form:
    """The form of the cells that fit, its days those that are written so."""
    if not fits.all():
        rows, day, seconds = rows[fits], day[fits], seconds[fits]
    if not written.all():
        day, days = (np.cumsum(written) - 1)[day], days[written]

    def number(*places: int) -> np.ndarray:
        total = np.zeros(len(days), dtype="int32")
        for place in places:
            total = total * 10 + (days[:, place].astype("int32") - 48)
        return total

    first, second, year = (number(0, 1), number(3, 4), number(6, 7, 8, 9)) if turned else (number(5, 6), number(8, 9), number(0, 1, 2, 3))
    texts = [bytes(letters).decode() for letters in days] if turned else []
    return Form(rows, day, seconds, first, second, year, turned, days[:, 2] == ord("."), texts)


def moments(form: Form, month_first: bool) -> np.ndarray:
    """Times of the cells; NaT where there is no such day or it is not of the years 1900…2199."""
    day, month = (form.first, form.second) if form.turned and not month_first else (form.second, form.first)
    good = (month >= 1) & (month <= 12) & (form.year >= 1900) & (form.year < 2200) & (day >= 1)
    start = ((np.where(good, form.year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    date = start.astype("datetime64[D]")
    good &= day <= ((start + 1).astype("datetime64[D]") - date).astype("int64")
    begin = np.where(good, (date + np.where(good, day - 1, 0)).astype("datetime64[us]"), NAT)
    when = begin[form.day]
    when += form.seconds * np.int64(1_000_000)
    if len(form.rows) and form.seconds.min() < 0:
        when[form.seconds < 0] = NAT
    return when
