"""One finding of the passport, and how grave it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["ok", "note", "attention", "serious"]
SEVERITIES: tuple[Severity, ...] = ("ok", "note", "attention", "serious")


@dataclass(frozen=True, slots=True)
class Fact:
    """One finding: `kind` and `name` say what was looked at, `where` says in which file, table or column.

    `value` is mostly a share 0…1 of `of` units, `n` the units found; `blocks` are the cards that cannot be measured
    because of it; `more` holds what the sentence needs besides.
    """

    kind: str  # file, total, link, month, coverage, column, pattern, duplicate, question, lacking
    name: str
    where: str
    value: float | None
    n: int | None
    severity: Severity
    of: int | None = None
    blocks: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As it stands in passport.json."""
        return {"kind": self.kind, "name": self.name, "where": self.where, "value": self.value, "n": self.n, "of": self.of,
                "severity": self.severity, "blocks": list(self.blocks), **({"more": self.more} if self.more else {})}


def graded(share: float | None, attention: float, serious: float) -> Severity:
    """How grave a share of bad units is: from `attention` on, from `serious` on, else a note when there is any.

    >>> graded(0.0, 0.01, 0.1), graded(0.005, 0.01, 0.1), graded(0.01, 0.01, 0.1), graded(0.5, 0.01, 0.1)
    ('ok', 'note', 'attention', 'serious')
    """
    if not share:
        return "ok"
    return "serious" if share >= serious else "attention" if share >= attention else "note"


def part(n: float | None, of: float | None) -> float | None:
    """`n` of `of` as a share, nothing of nothing."""
    return None if n is None or not of else n / of
