"""What `passport` gives back: findings, months, the files to ask for, as frame, JSON, picture and HTML."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.passport import gaps as rule
from audit.passport.facts import SEVERITIES, Fact
from audit.passport.gaps import Gap, Series
from audit.passport.needs import Request

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

COLUMNS = ("kind", "name", "where", "value", "n", "of", "severity", "blocks")


@dataclass(frozen=True, eq=False)
class Passport:
    """The data passport at `as_of`. `statements` are those of the method that the data answer now, would answer with the
    files of `ask`, and that the catalogue can answer at all."""

    as_of: dt.date
    facts: list[Fact]
    months: list[dt.date]
    series: list[Series]
    gaps: Mapping[str, list[Gap]]
    ask: list[Request]
    statements: tuple[int, int, int]
    system: str | None = None
    decisions: list[Mapping[str, Any]] = field(default_factory=list)
    client: str = ""
    lang: str = "en"

    @property
    def frame(self) -> pd.DataFrame:
        """One row a finding: kind, name, where, value, n, of, severity, blocks (cards), the gravest first."""
        import pandas as pd

        rows = [{**one.plain(), "blocks": " ".join(one.blocks)} for one in self.findings]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype({"value": "float64", "n": "Int64", "of": "Int64"})

    @property
    def findings(self) -> list[Fact]:
        """All findings, the gravest first, else in the order of looking."""
        return sorted(self.facts, key=lambda fact: -SEVERITIES.index(fact.severity))

    def to_json(self, path: str | os.PathLike | None = None) -> dict[str, Any]:
        """The content of passport.json; written to `path` when given."""
        now, after, every = self.statements
        content = {
            "schema": 1, "client": self.client, "as_of": str(self.as_of), "system": self.system,
            "statements": {"now": now, "with_ask": after, "all": every}, "ask": [one.plain() for one in self.ask],
            "months": {
                "starts": [month.isoformat() for month in self.months],
                "rule": {"alpha": rule.ALPHA, "neighbours": rule.NEAREST, "below": rule.HALF},
                "series": [self._line(one) for one in self.series],
            },
            "findings": [fact.plain() for fact in self.findings], "decisions": [dict(one) for one in self.decisions],
        }
        if path is not None:
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    def _line(self, one: Series) -> dict[str, Any]:
        flagged = [{"month": self.months[gap.at].isoformat(), "found": gap.found, "expected": gap.expected, "p": gap.p} for gap in self.gaps[one.name]]
        return {"name": one.name, "counts": list(one.counts), "first": str(one.first), "last": str(one.last), "gaps": flagged}

    def write(self, folder: str | os.PathLike) -> Path:
        """passport.json in `folder`, replaced as a whole; its path."""
        path = Path(folder) / "passport.json"
        self.to_json(path)
        return path

    def plot(self) -> Figure:
        """Rows by month of every kind of event; flagged months are marked."""
        from audit.passport.look import draw

        return draw(self)

    def told(self) -> str:
        """The passport as plain text: how much the data carry, what to ask for, every finding that is not in order."""
        from audit.passport.look import page

        return page(self)

    def _repr_html_(self) -> str:
        from audit.passport.look import summary

        return summary(self)
