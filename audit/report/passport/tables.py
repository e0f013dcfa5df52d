"""References between tables and filling of columns, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from audit.passport import say
from audit.report.markup import details, el, join, table

if TYPE_CHECKING:
    from audit.report.report import Report


def references(report: Report) -> Markup | None:
    """One row a link: rows, the share with a partner, without, empty."""
    facts = _of(report, "link")
    if not facts:
        return None
    words, count = report.words, report.numbers.count
    head = [words(f"report.column.{name}") for name in ("reference", "rows", "matched", "unmatched", "blank")]
    rows = [(_link(report, one), count(one["of"]), say.share(one, words), count(one["n"]), count(one["more"]["empty"])) for one in facts]
    named = words("report.passport.references")
    return details(named, table(named, head, rows, numeric=(1, 2, 3, 4)))


def _link(report: Report, one: Mapping[str, Any]) -> str:
    table_, _, column = str(one["where"]).partition(".")
    words = report.words
    return words("passport.link", table=say.table_name(table_, words), column=say.column_name(column, words),
                 target=say.table_name(str(one["name"]).partition("→")[2], words))


def filling(report: Report) -> Markup | None:
    """One row a column that metrics need: rows that must have it, the share filled, placeholders."""
    facts = [one for one in _of(report, "column") if one["of"]]
    if not facts:
        return None
    words, count = report.words, report.numbers.count
    head = [words(f"report.column.{name}") for name in ("field", "rows", "filled", "placeholders")]
    facts = sorted(facts, key=lambda one: (one["value"], one["where"]))
    rows = [(say.place(one["where"], words), count(one["of"]), say.share(one, words), count(one["more"]["placeholders"])) for one in facts]
    named = words("report.passport.filling", count=count(len(rows)))
    return details(named, el("p", report.say("report.passport.filling_means")), table(named, head, rows, numeric=(1, 2, 3)))


def periods(report: Report) -> dict[str, str]:
    """File → its period in words."""
    found = {}
    for one in _of(report, "file"):
        more = one.get("more") or {}
        if more.get("first") and more.get("last"):
            found[str(one["where"])] = report.words("report.passport.period", first=say.day(more["first"], report.words), last=say.day(more["last"], report.words))
    return found


def ids_rule(report: Report) -> Markup | None:
    """What the estimate of deleted deals assumes, where it is given."""
    given = any(one["name"] == "missing_ids" and one["severity"] != "ok" for one in _of(report, "pattern"))
    return join([el("p", report.say("passport.ids_rule"), class_="note")]) if given else None


def _of(report: Report, kind: str) -> list[Mapping[str, Any]]:
    return [one for one in report.passport.get("findings") or [] if one["kind"] == kind]
