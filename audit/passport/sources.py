"""What intake wrote down of every file: rows and reasons, totals, placeholders, questions, duplicates, the CRM met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from audit.passport.facts import Fact, graded, part

SHOWN = 3  # examples of twins
# columns of files that become another canonical column
STANDS_FOR = {"owner_name": "owner_id", "client_name": "client_id", "client_ref": "client_id", "close_date": "closed_at", "deal_ref": "deal_id",
              "lead_ref": "lead_id", "entity_ref": "entity_id", "won": "semantic"}
SYSTEMS = ("bitrix24", "amocrm", "pipedrive", "hubspot", "salesforce", "zoho")


def entries(intake: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Files of intake.json."""
    return [one for one in intake.get("files") or [] if isinstance(one, Mapping)]


def label(file: Mapping[str, Any]) -> str:
    """A file as a person names it, with its sheet."""
    return f"{file.get('file')} [{file['sheet']}]" if file.get("sheet") else str(file.get("file", ""))


SPARE = ("total_row", "group_row", "older_state")  # rows set aside with which nothing is lost: sums of others, older states of records


def files(intake: Mapping[str, Any], periods: Mapping[str, tuple[str, str]]) -> list[Fact]:
    """One finding a file: value is the share set aside; `periods` are first and last day of each table."""
    made = []
    for file in entries(intake):
        rows, aside = int(file.get("rows_in") or 0), int(file.get("rows_quarantined") or 0)
        table = file.get("table")
        own = file.get("period") or periods.get(str(table)) if table else None
        more = {key: file.get(key) for key in ("preset", "table", "encoding", "problem") if file.get(key)}
        reasons = dict(file.get("reasons") or {})
        more |= {"kept": int(file.get("rows_kept") or 0), "merged": int(file.get("rows_merged") or 0), "reasons": reasons}
        more |= {"first": str(own[0]), "last": str(own[1])} if own else {}
        spare = sum(n for reason, n in reasons.items() if reason in SPARE)
        unknown = "unknown_file" in reasons
        severity = graded(part(aside - spare, rows), 0.05, 0.20) if table else "attention" if unknown else "note"
        made.append(Fact("file", "read" if table else "unknown" if unknown else "unused", label(file), part(aside, rows), aside, severity, rows, (), more))
    return made


def totals(intake: Mapping[str, Any]) -> list[Fact]:
    """Totals that a file states against the sum of its rows; value is the sum found."""
    made = []
    for file in entries(intake):
        for check in file.get("checks") or []:
            if isinstance(check, Mapping):
                agrees = bool(check.get("agrees"))
                more = {"name": str(check.get("name", "")), "column": str(check.get("column", "")), "stated": check.get("stated")}
                found = check.get("found")
                made.append(Fact("total", "agrees" if agrees else "differs", label(file), float(found) if isinstance(found, int | float) else None,
                                 None, "ok" if agrees else "serious", None, (), more))
    return made


def placeholders(intake: Mapping[str, Any], headers: Mapping[str, Mapping[str, str]]) -> dict[str, int]:
    """table.column → cells that held a placeholder and were emptied; `headers` is file → header → column."""
    found: Counter[str] = Counter()
    for file in entries(intake):
        meant = headers.get(label(file), {})
        for header, count in (file.get("placeholders") or {}).items():
            column = meant.get(header, header)
            found[f"{file.get('table')}.{STANDS_FOR.get(column, column)}"] += int(count)
    return dict(found)


def duplicates(intake: Mapping[str, Any]) -> list[Fact]:
    """Rows of a table that look like others under another id, as intake counted them; one finding a table.

    Only ids are shown as examples: what they share may be a phone or a mail address.
    """
    made = []
    rows_of = intake.get("tables") or {}
    for table, one in (intake.get("duplicates") or {}).items():
        n, of = int(one.get("rows") or 0), int(rows_of.get(table) or 0)
        alike = [" = ".join(map(str, example.get("ids") or [])) for example in one.get("examples") or [] if isinstance(example, Mapping)]
        more = {"groups": int(one.get("groups") or 0), "by": dict(one.get("by") or {}), "examples": alike[:SHOWN]}
        made.append(Fact("duplicate", "likely", str(table), part(n, of), n, graded(part(n, of), 0.01, 0.10), of, (), more))
    return made


def questions(intake: Mapping[str, Any]) -> list[Fact]:
    """Questions still open, as findings."""
    return [Fact("question", str(one.get("kind", "")), " · ".join(str(one[key]) for key in ("file", "column") if one.get(key)), None, None, "serious",
                 None, (), {"text": str(one.get("text", ""))})
            for one in intake.get("questions") or [] if isinstance(one, Mapping)]


def system(intake: Mapping[str, Any]) -> str | None:
    """The CRM that most rows come from, by the presets recognised; None when no known one."""
    rows: Counter[str] = Counter()
    for file in entries(intake):
        preset = str(file.get("preset") or "")
        known = next((name for name in SYSTEMS if preset.startswith(name)), None)
        if known:
            rows[known] += int(file.get("rows_in") or 0) + 1
    return rows.most_common(1)[0][0] if rows else None
