"""The data passport: every file and row accounted for, every decision that was inferred, every join that broke."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.passport.sources import label
from audit.report.block import Block
from audit.report.charts.bars import Bar, bars
from audit.report.decisions import decisions, joins, questions, warnings
from audit.report.figure import figure
from audit.report.frame import framed, sentences, shown_of
from audit.report.markup import details, el, items, join, table
from audit.report.numbers import alike_digits
from audit.report.passport.months import months
from audit.report.passport.parts import asked, carried, found
from audit.report.passport.tables import filling, ids_rule, periods, references

if TYPE_CHECKING:
    from audit.report.report import Report


def passport(report: Report) -> Block:
    """What the data answer and which files to ask for; months, findings; files, quarantine, joins, decisions, completeness."""
    told = carried(report)
    known = (el("p", told) if told else None, asked(report), months(report), found(report), ids_rule(report))
    files = [file for file in report.intake.get("files") or [] if isinstance(file, Mapping)]
    if not files:
        return framed(report, "passport", el("p", report.say("report.passport.nothing")), *known, references(report), _completeness(report), filling(report))
    return framed(report, "passport", *known, el("h3", report.words("report.passport.files")), _files(report, files), _quarantine(report, files), _read(report, files),
                  references(report), _completeness(report), filling(report), lead=_lead(report, files))


def _sum(files: list[Any], key: str) -> int:
    return sum(int(file.get(key) or 0) for file in files)


def _lead(report: Report, files: list[Any]) -> Markup:
    read, kept, set_aside, merged = (_sum(files, f"rows_{name}") for name in ("in", "kept", "quarantined", "merged"))
    count = report.numbers.count
    return sentences(
        report.say("report.passport.lead", n=len(files), files=count(len(files)), rows=count(read), kept=count(kept), quarantined=count(set_aside)),
        report.say("report.passport.balanced" if read == kept + set_aside else "report.passport.unbalanced"),
        report.say("report.passport.merged", n=merged, rows=count(merged)) if merged else None,
    )


def _files(report: Report, files: list[Any]) -> Markup:
    known = periods(report)
    middle = "period" if known else "encoding"
    head = [report.words(f"report.column.{name}") for name in ("file", "became", middle, "rows_in", "rows_kept", "rows_quarantined")]
    rows = [
        (label(file), _tables(report, file), known.get(label(file), "–") if known else str(file.get("encoding") or "–"), *[report.numbers.count(file.get(f"rows_{name}") or 0) for name in ("in", "kept", "quarantined")])
        for file in files
    ]
    return table(report.words("report.passport.files"), head, rows, numeric=(3, 4, 5), class_="bare")


def _tables(report: Report, file: Any) -> str:
    """What a file of intake.json became: its table, and those that further presets made of its other rows (`also`)."""
    name = file.get("table")
    names = [*(name if isinstance(name, list) else [name] if name else []), *(further["table"] for further in file.get("also") or [])]
    keys = {str(one): f"report.table.{one}" for one in names}
    return ", ".join(report.words(key) if report.words.has(key) else one for one, key in keys.items()) or report.words("report.passport.unused")


def _quarantine(report: Report, files: list[Any]) -> Markup | None:
    reasons: dict[str, int] = {}
    for file in files:
        for reason, count in (file.get("reasons") or {}).items():
            reasons[str(reason)] = reasons.get(str(reason), 0) + int(count)
    if not reasons:
        return el("p", report.say("report.passport.no_quarantine"))
    rows = [(_reason(report, name), report.numbers.count(count)) for name, count in sorted(reasons.items(), key=lambda pair: -pair[1])]
    head = [report.words("report.column.reason"), report.words("report.column.rows")]
    return join([el("h3", report.words("report.passport.quarantine")), el("p", report.say("report.passport.quarantine_means")),
                 table(report.words("report.passport.quarantine"), head, rows, numeric=(1,), class_="narrow bare")])


def _reason(report: Report, name: str) -> str:
    key = f"intake.reason.{name}"
    return report.words(key) if report.words.has(key) else name.replace("_", " ")


def _read(report: Report, files: list[Any]) -> Markup:
    """What intake inferred, what looked odd, what it asked."""
    broken, asked, odd = joins(report), questions(report), warnings(report, files)
    said = [report.say(f"report.passport.{'recognised' if f.get('encoding') else 'recognised_book'}", file=str(f.get("file", "")), preset=f["preset"],
                       table=_tables(report, f), encoding=str(f.get("encoding") or "")) for f in files if f.get("preset")]
    said += decisions(report)
    parts = []
    for name, lines in (("joins", broken), ("warnings", odd), ("questions", asked)):
        if lines:
            parts += [el("h3", report.words(f"report.passport.{name}")), items(lines)]
    return join([*parts, details(report.words("report.passport.decisions", count=len(said)), items(said)) if said else None])


def _completeness(report: Report) -> Markup | None:
    everything = sorted(report.rows("completeness", "field"), key=lambda row: row.value)
    fields = everything[:12]
    if len(fields) < 2:
        return None
    words = report.words
    named = [(report.level("field", row.group), row) for row in fields]
    digits = alike_digits(row.value for row in fields)
    rows = [Bar(name, row.value, words.share(row.value, digits), strong=row.value < 0.8) for name, row in named]
    caption = report.say("report.passport.completeness")
    head = [words(f"report.column.{name}") for name in ("field", "filled", "n")]
    return figure(bars(rows, report.theme, full=1.0), title=caption, unit=words("report.passport.completeness_unit"), note=shown_of(report, len(fields), len(everything)),
                  alt=report.say.plain("report.passport.completeness_alt", field=named[0][0], share=words.share(fields[0].value, digits)),
                  numbers=table(caption, head, [(name, words.share(row.value, 1), report.numbers.count(row.n)) for name, row in named], numeric=(1, 2)),
                  folded=words("report.folded.numbers"))
