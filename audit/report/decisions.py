"""What intake decided, warned of and asked, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.report.frame import sentences

if TYPE_CHECKING:
    from audit.report.report import Report


_ABOUT_SOMEBODY = ("person", "person_number", "person_differs", "client_differs")  # only counted: names do not leave intake.json
_STEPS = ("client_join", "client_merged", "person_merged")  # rows by the step that found their partner


def decisions(report: Report) -> list[Markup]:
    """One sentence a kind of decision, file and value; columns of the same kind together, those about people and clients counted."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    counted: dict[tuple[str, str], int] = {}
    for entry in report.intake.get("decisions") or []:
        if not isinstance(entry, Mapping):
            continue
        kind, file = str(entry.get("kind", "")), str(entry.get("file", ""))
        if kind in _ABOUT_SOMEBODY:
            name = "person_alike" if kind == "person" and isinstance(entry.get("value"), list) else kind
            counted[name, file] = counted.get((name, file), 0) + _how_many(entry.get("value"))
        else:
            grouped.setdefault((kind, file, _value(report, entry)), []).append(str(entry.get("column", "")))
    said = [report.say(f"report.decision.{name}", file=file, value=report.numbers.count(n)) for (name, file), n in counted.items()]
    for (kind, file, value), columns in grouped.items():
        key = f"report.decision.{kind}"
        names = ", ".join(quoted(report, column) for column in dict.fromkeys(columns) if column)
        said.append(report.say(key if report.words.has(key) else "report.decision.other", kind=kind.replace("_", " "), file=file, columns=names or "–", value=value))
    return said


def _how_many(value: Any) -> int:
    """Names, rows or differences that a decision about people or clients is of."""
    if isinstance(value, Mapping):
        return int(value["n"]) if "n" in value else len(value)
    return len(value) if isinstance(value, list) else 1


def _value(report: Report, entry: Mapping[str, Any]) -> str:
    if entry.get("kind") in _STEPS and isinstance(entry.get("value"), Mapping):
        return ", ".join(f"{report.words(f'report.decision.step.{step}')} – {report.numbers.count(int(n))}" for step, n in entry["value"].items())
    key = f"report.decision.value.{entry.get('kind')}_{entry.get('value')}"
    return report.words(key) if report.words.has(key) else flat(entry.get("value"))


def warnings(report: Report, files: list[Mapping[str, Any]]) -> list[Markup]:
    """One line a file with what was kept but looked odd."""
    said = []
    for file in files:
        odd = file.get("warnings") or {}
        parts = [f"{_named(report, str(name))} – {report.numbers.count(count)}" for name, count in odd.items()] if isinstance(odd, Mapping) else [flat(one) for one in odd]
        if parts:
            said.append(report.say("report.passport.decided", file=str(file.get("file", "")), decision="; ".join(parts)))
    return said


def _named(report: Report, name: str) -> str:
    """An oddity in words; intake writes those of one column as `kind: column`."""
    kind, _, column = name.partition(": ")
    key = f"intake.warning.{kind}"
    said = report.words(key) if report.words.has(key) else kind.replace("_", " ")
    return report.words("report.passport.in_column", what=said, column=column) if column else said


def joins(report: Report) -> list[Markup]:
    """One line a reference that found no partner or is empty."""
    said = []
    for one in report.intake.get("joins") or []:
        if not isinstance(one, Mapping):
            continue
        where = {"file": str(one.get("file", "")), "column": str(one.get("column", ""))}
        missing, empty, suggestion = int(one.get("missing") or 0), int(one.get("empty") or 0), one.get("suggestion")
        examples = one.get("examples") or []
        named = ", ".join(quoted(report, e) for e in (examples[:3] if isinstance(examples, list) else [examples])) or "–"
        said.append(sentences(
            report.say("report.passport.join", **where, n=missing, rows=report.numbers.count(missing), examples=named) if missing else None,
            report.say("report.passport.suggestion", suggestion=flat(suggestion)) if missing and suggestion else None,
            report.say("report.passport.join_empty", **where, n=empty, rows=report.numbers.count(empty)) if empty else None,
        ))
    return [line for line in said if line]


def questions(report: Report) -> list[str]:
    """What intake could not decide."""
    said = []
    for question in report.intake.get("questions") or []:
        key = f"intake.question.{question.get('kind')}" if isinstance(question, Mapping) else ""
        if report.words.has(key):
            values = {name: flat(question.get(name)) or "–" for name in ("file", "column", "examples", "proposed")}
            said.append(report.say.plain(key, **values))
        else:
            said.append(flat(question))
    return said


def quoted(report: Report, text: object) -> str:
    """`text` in the language's quotation marks."""
    return report.words("report.quoted", text=text)


def flat(value: Any) -> str:
    """Any JSON value on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {flat(inner)}" for key, inner in value.items() if inner not in (None, "", [], {}))
    if isinstance(value, list | tuple):
        return ", ".join(flat(inner) for inner in value)
    return "" if value is None else str(value)
