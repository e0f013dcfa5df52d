"""What `remeasure` gives back: every change of a month with its verdict and money, as frame, JSON, picture and HTML."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.remeasure import months
from audit.remeasure.entries import entries, progress, totals
from audit.remeasure.past import FILE, record_written, with_past
from audit.share import code_digest
from audit.words import Words
from audit.workspace import Workspace, write_json

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from audit.effects.effect import Effect
    from audit.metrics.bases import Bases
    from audit.remeasure.changes import Valid
    from audit.remeasure.judge import Judged

_COLUMNS = ("change", "title", "owner", "metric", "start_on", "horizon_on", "verdict", "claim", "effect", "low", "high", "p_value", "look", "n_before", "n_after", "needs")
_SHOWN = ("title", "verdict", "effect", "money", "needs")


@dataclass(frozen=True)
class Remeasured:
    """The changes of one client at the end of one month. `effects` are the dicts of effects.json; `found` the `Effect` of each change by its id."""

    workspace: Workspace
    month: dt.date
    plan_version: int
    effects: tuple[dict[str, Any], ...]
    progress: dict[str, Any]
    currency: str
    lang: str
    engine: str
    found: dict[str, Effect] = field(default_factory=dict)

    @classmethod
    def of(cls, workspace: Workspace, month: dt.date, plan: Valid, judged: Sequence[Judged], bases: Bases, lang: str, engine: str) -> Remeasured:
        """The result of what was judged."""
        made = tuple(entries(judged, lang))
        effects = {one.change.id: one.effect for one in judged}
        return cls(workspace, month, plan.version, made, progress(plan.rows, bases.as_of), workspace.client.currency, lang, engine, effects)

    @property
    def name(self) -> str:
        """The month as YYYY-MM."""
        return f"{self.month:%Y-%m}"

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row a change, in the order of the plan: verdict, effect with its interval in the metric's unit, money a month, what is lacking."""
        import pandas as pd

        rows = [{name: one[name] for name in _COLUMNS} | {f"money_{name}": (one["money_per_month"] or {}).get(name) for name in ("value", "low", "high", "promised")}
                for one in self.effects]
        return pd.DataFrame(rows)

    @property
    def content(self) -> dict[str, Any]:
        """What the month itself gave, without anything of other months."""
        return {
            "schema": 1, "client": self.workspace.client.name, "month": self.name, "as_of": str(months.last_of(self.month)), "currency": self.currency,
            "plan_version": self.plan_version, "parameters": {"engine": self.engine.partition(":")[0]}, "inputs": self.inputs, "code": code_digest(),
            "effects": list(self.effects), "totals": totals(self.effects), "progress": self.progress,
        }

    @property
    def inputs(self) -> str:
        """Digest of the plan's rows and of the units that were compared."""
        parts = [self.name, self.progress, [(one["change"], one["digest"]) for one in self.effects]]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def to_json(self, path: str | Path | None = None) -> dict[str, Any]:
        """The content of effects.json: that of the month and, from the ledger, the months before it; also written to `path` when given."""
        content = with_past(self.content, self.workspace)
        if path is not None:
            write_json(Path(path), content)
        return content

    def write(self) -> Path:
        """reports/<month>/effects.json, replaced as a whole; its path."""
        path = self.workspace.report_dir(self.name) / FILE
        self.to_json(path)
        return path

    def keep(self, *, ledger: bool = True) -> Path:
        """Write effects.json and note the month in the ledger, under the lock of the workspace, unless the caller does that itself."""
        path = self.write()
        if ledger:
            with self.workspace.lock():
                record_written(self.workspace, path.parent)
        return path

    def told(self, version: int) -> str:
        """What became of every change, a line each, and of all together; `version` is that of the month in the ledger."""
        from audit.remeasure.say import effect_of, money_of, totals_of

        words = Words(self.lang)
        lines = [words("remeasure.told.head", month=words.month(self.month), n=len(self.effects), version=version)]
        for one in self.effects:
            verdict = words("remeasure.verdict." + one["verdict"].replace(" ", "_"))
            told = (effect_of(one, words, self.currency), money_of(one, words, self.currency)) if one["effect"] is not None else (one["needs"] or "–", "–")
            lines.append("  " + words("remeasure.told.line", title=one["title"] or one["change"], verdict=verdict, effect=told[0], money=told[1]))
        whole = totals_of(totals(self.effects), words, self.currency)
        return "\n".join([*lines, *([whole] if whole else [])])

    def plot(self) -> Figure:
        """Money a month of each change with its interval, and what was promised."""
        from audit.remeasure.plot import money_of

        return money_of(self.effects, self.lang)

    def _repr_html_(self) -> str:
        words = Words(self.lang)
        head = "".join(f"<th>{escape(words(f'remeasure.column.{name}'))}</th>" for name in _SHOWN)
        body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in self._row(one, words)) + "</tr>" for one in self.effects)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def _row(self, one: dict[str, Any], words: Words) -> tuple[str, ...]:
        from audit.remeasure.say import effect_of, money_of

        return one["title"] or one["change"], words("remeasure.verdict." + one["verdict"].replace(" ", "_")), effect_of(one, words, self.currency), money_of(one, words, self.currency), one["needs"] or ""
