"""What `intake` gives back: counts, questions and the tables' places, shown as a short table in notebooks."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audit.intake.ask.asked import asked_html
from audit.words import Words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Intake:
    """The outcome of one intake. `report` is the content of intake.json; `tables` name → parquet file."""

    report: dict
    tables: dict[str, Path]
    lang: str = "en"

    @property
    def questions(self) -> list[dict]:
        """Open questions, empty after a complete intake."""
        return self.report["questions"]

    @property
    def frame(self) -> pd.DataFrame:
        """One row a file: rows in, kept, quarantined, merged."""
        import pandas as pd

        names = ["file", "preset", "table", "rows_in", "rows_kept", "rows_quarantined", "rows_merged"]
        return pd.DataFrame([{name: entry.get(name) for name in names} for entry in self.report["files"]], columns=names)

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.report, ensure_ascii=False, indent=1)

    def plot(self):
        """Bars of kept and quarantined rows by file; the matplotlib axes."""
        import matplotlib.pyplot as plt

        words, frame = Words(self.lang), self.frame
        _, axes = plt.subplots(figsize=(8, 0.4 * len(frame) + 1.2), layout="constrained")
        axes.barh(frame["file"], frame["rows_kept"], color="#1f5f8b", label=words("intake.column.rows_kept"))
        axes.barh(frame["file"], frame["rows_quarantined"], left=frame["rows_kept"], color="#c8553d", label=words("intake.column.rows_quarantined"))
        axes.invert_yaxis()
        axes.set_xlabel(words("intake.rows"))
        axes.legend(frameon=False)
        axes.spines[["top", "right"]].set_visible(False)
        return axes

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        columns = ["file", "table", "rows_in", "rows_kept", "rows_quarantined", "reasons"]
        head = "".join(f"<th scope='col'>{html.escape(words('intake.column.' + name))}</th>" for name in columns)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(self._cell(words, entry, name))}</td>' for name in columns)}</tr>" for entry in self.report["files"])
        return (f"<table><caption>{html.escape(words('intake.caption'))}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
                + (asked_html(self.report, words) if self.questions else ""))

    @staticmethod
    def _cell(words: Words, entry: dict, name: str) -> str:
        value = entry.get(name)
        if name == "table" and "also" in entry:
            return ", ".join([str(value), *(further["table"] for further in entry["also"])])
        if name == "reasons":
            told = {words(f"intake.reason.{code}") if words.has(f"intake.reason.{code}") else code: n for code, n in entry["reasons"].items()}
            return ", ".join(f"{reason}: {words.number(n)}" for reason, n in told.items()) or "–"
        return words.number(value) if isinstance(value, int) else str(value or "–")
