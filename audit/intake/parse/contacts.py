"""E-mails and domains of clients, a whole column at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from audit.intake.parse.plain import Parsed

_MAIL = r"([^\s@,;<>()\"':]+@[^\s@,;<>()\"':]+\.[^\s@,;<>()\"':.]+)"
# a site with a path is a page on somebody else's site as often as not
_SITE = r"^(?:https?://)?(?:www\.)?((?:[\w-]+\.)+[^\W\d_][\w-]+)/?$"


def parse_email(cells: pd.Series) -> Parsed:
    """The first e-mail of every cell in lower case; free text is none."""
    return _found(cells, _MAIL)


def parse_domain(cells: pd.Series) -> Parsed:
    """The domain of a site or a domain as written; pages of other sites are none.

    >>> parse_domain(pd.Series(["https://www.Romashka.example/", "romashka.example", "vk.example/romashka"], dtype="str")).values.fillna("").tolist()
    ['romashka.example', 'romashka.example', '']
    """
    return _found(cells, _SITE)


def _found(cells: pd.Series, form: str) -> Parsed:
    values = cells.astype("str").str.strip().str.lower().str.extract(form, expand=False).astype("str").reset_index(drop=True)
    return Parsed(values, np.zeros(len(cells), dtype=bool))
