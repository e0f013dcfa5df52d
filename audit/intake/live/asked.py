"""What is asked of a place: a table by its name or one SELECT, and nothing that changes anything."""

from __future__ import annotations

import re

from audit.errors import UsageError

MANY = 200  # tables that a place may give without being asked by name
_SELECT = re.compile(r"^(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:select|with|values|table|from)\b", re.I | re.S)
_WRITES = re.compile(r"\binto\s+(?:outfile|dumpfile)\b", re.I)


class LiveError(Exception):
    """A place that cannot be read; `args[0]` is what it said, perhaps with secrets in it."""


def is_query(asked: str) -> bool:
    """Whether it is a query rather than the name of a table.

    >>> is_query("select * from deals"), is_query("deals"), is_query("selection")
    (True, False, False)
    """
    return bool(_SELECT.match(asked)) and bool(re.search(r"\s", asked.strip()))


def one_select(asked: str, place: str, table: str) -> str:
    """A query without its last `;`. UsageError when there are several statements or one that writes a file."""
    query = asked.strip().rstrip(";").rstrip()
    if ";" in query or _WRITES.search(query):
        raise UsageError("live.not_select", place=place, table=table)
    return query


def quoted(name: str, mark: str = '"', known: list[str] | None = None) -> str:
    """A name of a table, perhaps with its schema, that no text in it can leave.

    >>> quoted('crm.deals'), quoted('a"b; drop table x'), quoted("crm.deals", "`", ["crm.deals"])
    ('"crm"."deals"', '"a""b; drop table x"', '`crm.deals`')
    """
    parts = [name] if known and name in known else name.split(".")
    return ".".join(f"{mark}{part.replace(mark, mark * 2)}{mark}" for part in parts)
