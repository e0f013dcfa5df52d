"""How the base stands on a day: what it covers, which cards stand still, how well techniques are heard and whether people mark alike."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass

import pandas as pd

from audit.knowledge.base import Base
from audit.words import Words
from audit.workspace import Workspace


@dataclass(frozen=True)
class Standing:
    """`covered`: a row a stage, occasion and segment; `stale`: a row a card to look at; `quality`: a row a technique that people have marked; `agreement`: of those people."""

    covered: pd.DataFrame
    stale: pd.DataFrame
    quality: pd.DataFrame
    agreement: pd.DataFrame
    lang: str

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        return "".join(f"<h4>{words(f'desk.standing.{name}')}</h4>{frame.to_html(index=False, escape=True, max_rows=20) if len(frame) else words('desk.found_none')}"
                       for name, frame in (("covered", self.covered), ("stale", self.stale), ("quality", self.quality), ("agreement", self.agreement)))


def standing(client: Workspace | str | os.PathLike, as_of: dt.date | str, *, lang: str | None = None) -> Standing:
    """The four tables of a client's base; cards are judged by `as_of`."""
    from audit.knowledge.handbook import coverage, stale
    from audit.knowledge.learn import agreement

    workspace = Workspace.open(client)
    with Base.open(workspace) as base:
        labels = base.labels()
        alike = agreement(labels) if len(labels) else pd.DataFrame()
        return Standing(coverage(base), stale(base, as_of), base.quality(), alike, lang or workspace.client.language)
