"""What `find_zones` gives back: findings, strengths and what cannot be told, as dicts, frame, JSON, picture and HTML."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from audit.errors import UsageError, nearest
from audit.metrics.values import tame
from audit.words import Words
from audit.zones.describe import tidy
from audit.zones.said import cells, metric_name, shown, sliced

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    import pandas as pd
    from matplotlib.figure import Figure

WIDE = ("months", "peers", "twin", "best_month", "worst_month", "assumptions", "worst_parts", "remedies", "remedy_text")  # nested fields that a flat table leaves out


@dataclass(frozen=True, repr=False)
class Zones:
    """Growth zones of one run. Each entry of `findings` and `strengths` is a dict of findings.json."""

    findings: list[dict]
    strengths: list[dict]
    tested: int
    q: float
    as_of: dt.date
    client: str = ""
    currency: str = ""
    total: tuple[float, float, float] | None = None
    not_measurable: list[dict] = field(default_factory=list)
    cannot_tell: list[dict] = field(default_factory=list)
    spellings: list[dict] = field(default_factory=list)  # levels that differed by case and spaces alone and are one: table, dimension, level, also, rows
    changes: list[dict] = field(default_factory=list)  # the department's own change of each metric, taken apart into mix and rate by each dimension
    left_out: dict[str, str] = field(default_factory=dict)  # further columns of a plain table that are not compared → why: number, one_value, many_values, outcome
    lang: str = "en"
    margin: float | None = None  # part of revenue that is margin
    behind: dict[str, Callable[[], pd.DataFrame]] = field(default_factory=dict, repr=False)  # id of a finding → its units

    @property
    def frame(self) -> pd.DataFrame:
        """One row a finding, its nested fields left out and `slice` as text."""
        import pandas as pd

        rows = [{**{k: v for k, v in one.items() if k not in WIDE}, "slice": sliced(one)} for one in self.findings]
        return pd.DataFrame(rows)

    def to_json(self, path: str | os.PathLike | None = None) -> dict:
        """The dict of findings.json; written to `path` when given."""
        total = dict(zip(("value", "low", "high"), self.total or (None, None, None), strict=True))
        content = {
            "schema": 1, "client": self.client, "as_of": str(self.as_of), "currency": self.currency,
            "tested": self.tested, "q": self.q, "findings": self.findings, "total_gain_per_month": tidy(total),
            "cost_of_inaction_per_year": tidy({name: None if part is None else 12 * part for name, part in total.items()}),
            "not_measurable": self.not_measurable, "strengths": self.strengths, "cannot_tell": self.cannot_tell,
            "spellings": self.spellings, "left_out": self.left_out, "changes": self.changes,
        }
        if self.margin is not None and self.total is not None:
            content["total_margin_per_month"] = tidy({name: None if part is None else self.margin * part for name, part in total.items()})
        if path is not None:
            from audit.workspace import write_json

            write_json(Path(path), content)
        return content

    def rows(self, finding: str | dict) -> pd.DataFrame:
        """One row a unit behind a finding (its id or itself): id, slices, date, value, expected with the peers; UsageError for another id."""
        name = finding if isinstance(finding, str) else finding["id"]
        if name not in self.behind:
            raise UsageError("errors.unknown_name", kind="finding", name=name, nearest=nearest(name, list(self.behind)))
        return self.behind[name]()

    def write_rows(self, folder: str | os.PathLike) -> list[Path]:
        """One csv a finding in `folder`, named by its id: the units behind it; text that a spreadsheet would take for a formula is tamed."""
        from audit.workspace import write_text

        written = []
        for one in self.findings:
            frame = self.rows(one)
            for name in frame.select_dtypes(exclude="number").columns:
                frame[name] = [tame(text) if isinstance(text, str) else text for text in frame[name]]
            written.append(Path(folder) / f"{one['id']}.csv")
            write_text(written[-1], "\ufeff" + frame.to_csv(index=False, lineterminator="\r\n"))
        for old in set(Path(folder).glob("*.csv")) - set(written):  # of zones that are no more
            old.unlink()
        return written

    def plot(self) -> Figure:
        """Worth of each zone a month, with its interval; gaps when no money is known."""
        from audit.zones.plot import plot

        return plot(self)

    def __repr__(self) -> str:
        return f"<Zones: {len(self.findings)} of {self.tested} slices tested, as of {self.as_of}; .frame .rows(id) .plot() .to_json()>"

    def __len__(self) -> int:
        return len(self.findings)

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        spelled = "".join(f"<p>{escape(line)}</p>" for line in [*self.said_of_changes(words), *self.said_of_spellings(words), *self.said_of_left(words)])
        if not self.findings:
            return f"<p>{escape(words('zones.none', n=self.tested))}</p>{spelled}"
        heads = "".join(f"<th>{escape(words('zones.head.' + name))}</th>" for name in ("slice", "metric", "n", "value", "peers", "gap", "gain"))
        rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells(one, words, self.currency))}</tr>" for one in self.findings)
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table><p>{escape(words('zones.tested', n=self.tested))}</p>{spelled}"

    def said_of_changes(self, words: Words) -> list[str]:
        """A sentence on every change of the department that is more than chance: how much of it is mix and how much rate."""
        said = []
        for one in self.changes:
            if one["low"] * one["high"] > 0 and one["by"]:
                part, unit = one["by"][0], one["unit"]
                signed = {name: shown(value, unit, words, self.currency, signed=True) for name, value in (("change", one["change"]), ("mix", part["mix"]), ("rate", part["rate"]))}
                said.append(words("zones.changed", metric=metric_name(one["metric"], words), before=shown(one["before"], unit, words, self.currency),
                                  now=shown(one["now"], unit, words, self.currency), dimension=part["dimension"], **signed))
        return said

    def said_of_left(self, words: Words) -> list[str]:
        """A sentence on the columns that are not compared, with the reason of each."""
        told = ", ".join(f"{name} ({words('zones.left.' + why)})" for name, why in self.left_out.items())
        return [words("zones.left.out", names=told)] if told else []

    def said_of_spellings(self, words: Words) -> list[str]:
        """A sentence on every level that was written in several ways."""
        return [words("zones.spelled", dimension=one["dimension"], level=one["level"], also=" / ".join(one["also"]), n=one["rows"])
                for one in self.spellings]
