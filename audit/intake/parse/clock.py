"""The two commonest written forms of a date, read for a whole column at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from audit.intake.parse import column

NAT = np.datetime64("NaT", "us")
_CLOCK = {11: "d", 12: "d", 13: ":", 14: "d", 15: "d", 16: ":", 17: "d", 18: "d"}
_ISO = {0: "d", 1: "d", 2: "d", 3: "d", 4: "-", 5: "d", 6: "d", 7: "-", 8: "d", 9: "d"}
_TURNED = {0: "d", 1: "d", 2: "./-", 3: "d", 4: "d", 5: "./-", 6: "d", 7: "d", 8: "d", 9: "d"}


@dataclass(frozen=True)
class Form:
    """Cells of one fixed form: their positions in the column, and the numbers that they write."""

    rows: np.ndarray
    first: np.ndarray  # day or month of a turned date, the month of an ISO date
    second: np.ndarray
    year: np.ndarray
    seconds: np.ndarray  # since midnight
    turned: bool
    dotted: np.ndarray


def forms(cells: pd.Series) -> Iterator[Form]:
    """The cells written `2026-10-31[ T]23:59:59` or `31.10.2026 23:59:59`, the time left out or not; every cell at most once."""
    array = column.arrow(cells)
    for size in (10, 19):
        rows, letters = column.matrix(array, size)
        if not len(rows):
            continue
        for turned, places in ((False, _ISO), (True, _TURNED)):
            if not (letters[:, 2 if turned else 4] < 48).any():  # no mark where this form has one
                continue
            blank = {10: " "} if turned else {10: " T"}
            fits = _fits(letters, places if size == 10 else {**places, **blank, **_CLOCK})
            if fits.all():
                mine, own = letters, rows
            else:
                mine, own = letters[fits], rows[fits]
            if len(own):
                yield _form(own, mine, turned)


def _fits(letters: np.ndarray, places: dict[int, str]) -> np.ndarray:
    fits = np.ones(len(letters), dtype=bool)
    for place, wanted in places.items():
        found = letters[:, place]
        if wanted == "d":
            fits &= (found >= 48) & (found <= 57)
        else:
            one = np.zeros(len(letters), dtype=bool)
            for letter in wanted:
                one |= found == ord(letter)
            fits &= one
    return fits


def _form(rows: np.ndarray, letters: np.ndarray, turned: bool) -> Form:
    def number(*places: int) -> np.ndarray:
        total = np.zeros(len(letters), dtype="int32")
        for place in places:
            total = total * 10 + (letters[:, place].astype("int32") - 48)
        return total

    seconds = np.zeros(len(letters), dtype="int32")
    if letters.shape[1] == 19:
        hour, minute, second = number(11, 12), number(14, 15), number(17, 18)
        seconds = np.where((hour < 24) & (minute < 60) & (second < 60), hour * 3600 + minute * 60 + second, -1)
    if turned:
        return Form(rows, number(0, 1), number(3, 4), number(6, 7, 8, 9), seconds, True, letters[:, 2] == ord("."))
    return Form(rows, number(5, 6), number(8, 9), number(0, 1, 2, 3), seconds, False, np.zeros(len(letters), dtype=bool))


def moments(form: Form, month_first: bool) -> np.ndarray:
    """Times of the cells; NaT where there is no such day or it is not of the years 1900…2199."""
    day, month = (form.first, form.second) if form.turned and not month_first else (form.second, form.first)
    good = (month >= 1) & (month <= 12) & (form.year >= 1900) & (form.year < 2200) & (day >= 1) & (form.seconds >= 0)
    start = ((np.where(good, form.year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("datetime64[M]")
    date = start.astype("datetime64[D]")
    good &= day <= ((start + 1).astype("datetime64[D]") - date).astype("int64")
    when = date.astype("datetime64[us]") + (np.where(good, (day - 1) * 86_400 + form.seconds, 0).astype("int64") * 1_000_000)
    return np.where(good, when, NAT)
