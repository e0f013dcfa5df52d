"""Amounts of a column as plain numbers, its decimal mark told by all of them together."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from audit.intake.parse import number_style, parse_numbers

_SETTLED = re.compile(r"^-?\d+\.\d{6}$")


def settled(texts: Sequence[str]) -> list[str]:
    """Amounts with a point and six decimals; what is no amount stays as it is.

    >>> settled(["1.500", "2,5", "10 000 ₽", "много"])
    ['1500.000000', '2.500000', '10000.000000', 'много']
    """
    if not any(texts):
        return list(texts)
    cells = pd.Series(texts, dtype="str")
    values = parse_numbers(cells, number_style(cells).mark)[0].values.astype("float64")
    return [f"{value:.6f}" if np.isfinite(value) else text for text, value in zip(texts, values, strict=True)]


def amount(text: str) -> float | None:
    """One amount, None for what is none."""
    plain = text if _SETTLED.match(text) else settled([text])[0]
    return float(plain) if _SETTLED.match(plain) else None
