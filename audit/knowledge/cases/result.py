"""What was read: cases, their texts, what was refused, and the account of every file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from audit.errors import Phrase
from audit.knowledge.cases.said import Found
from audit.words import Words, default_language

CASES = ("case_id", "deal_id", "client_id", "owner", "outcome", "at", "started_at", "decided_at", "stage", "segment", "amount", "kind", "version", "language", "file", "sha256")
TEXTS = ("text_id", "case_id", "turn", "speaker", "speaker_name", "text", "at", "language")
REFUSED = ("file", "row", "reason", "excerpt")
_TIMES, _NUMBERS, _WHOLE = {"at", "started_at", "decided_at"}, {"amount"}, {"turn", "row"}


@dataclass(frozen=True)
class Read:
    """Cases and their words.

    `cases`: a row a case – case_id, deal_id, client_id, owner (the user's name where the CRM knows him), outcome (won, lost, open, '' for not known), at
    (when the talk began), started_at and decided_at (of the deal), stage (of the deal at that time), segment, amount, kind (call, chat, mail, proposal, note), version
    (of a proposal), language (of most words), file, sha256. `texts`: a row an utterance in order – text_id (`<case_id>#<turn>`), case_id, turn (from 1), speaker
    (seller, client, empty: not known), speaker_name, text, at, language (ru, bg, en).
    `refused`: a row of a file that was not kept – file, row (empty: the whole file), reason, excerpt.
    `files`: of every file its sha256, kind (how it was read), rows_in = rows_kept + rows_refused, reasons (code → rows) and notes (code → how often something was
    changed, left out of sight or contradicts). Times are in the client's zone, without an offset.
    """

    cases: pd.DataFrame
    texts: pd.DataFrame
    refused: pd.DataFrame
    files: list[dict[str, Any]]

    def told(self, lang: str | None = None) -> list[str]:
        """A line a file: what was kept, what was refused and why, what contradicts."""
        words = Words(lang or default_language())
        return [_line(file, words) for file in self.files]


def _line(file: dict[str, Any], words: Words) -> str:
    line = words("cases.file", file=file["file"], kept=file["rows_kept"], total=file["rows_in"])
    reasons = [words("cases.counted", what=reason(code, words), n=n) for code, n in file["reasons"].items()]
    noted = [words("cases.counted", what=words(f"cases.note.{code}"), n=n) for code, n in file["notes"].items()]
    return "; ".join([line, *reasons, *noted])


def reason(code: str, words: Words) -> str:
    """Why something was refused, in words: a reason of this room, of a table's shape, or of a file that is no table."""
    keys = (f"cases.reason.{code}", f"intake.problem.{code}", f"intake.reason.{code}")
    return next((Phrase(key).told(words) for key in keys if words.has(key)), code)


def account(found: Found, kept: int) -> dict[str, Any]:
    """The account of one file, of whose rows `kept` are in the texts."""
    reasons = Counter(code for _, code, _ in found.refused)
    return {"file": found.file, "sha256": found.sha256, "kind": found.format, "rows_in": kept + len(found.refused), "rows_kept": kept, "rows_refused": len(found.refused),
            "reasons": dict(sorted(reasons.items())), "notes": dict(sorted((code, n) for code, n in found.notes.items() if n))}


def framed(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a frame of fixed columns and types, also when there is none."""
    made = {}
    for name in columns:
        values = [row.get(name) for row in rows]
        if name in _TIMES:
            made[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), errors="coerce"), dtype="datetime64[us]")
        elif name in _NUMBERS:
            made[name] = pd.Series(values, dtype="float64")
        else:
            made[name] = pd.Series(values, dtype="Int64" if name == "row" else "int64") if name in _WHOLE else pd.Series(values, dtype="str")
    return pd.DataFrame(made, columns=list(columns))
