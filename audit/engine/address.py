"""What names an engine: `duckdb`, `spark`, `local[*]`, or an address."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from audit.errors import UsageError, nearest
from audit.sources import secret_in

ENGINES = ("duckdb", "spark", "postgres")
_LOCAL = re.compile(r"local(?:\[(?:\*|\d+)\])?")
_SAME = {"postgresql": "postgres"}


@dataclass(frozen=True)
class Address:
    """One engine; `shown` is what errors tell of it, without options."""

    kind: str  # of ENGINES
    shown: str
    host: str = ""
    port: int | None = None
    user: str = ""
    path: str = ""  # name of the database, or a file
    master: str = ""  # of Spark
    options: dict[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> str | None:
        """Where canonical tables lie in the engine already, if they do."""
        given = self.options.get("schema")
        return given or ("main" if self.kind == "duckdb" and self.path else None)


def is_address(source: object) -> bool:
    """Whether a source of tables is the address of an engine in which they lie.

    >>> is_address("postgres://auditor@db/crm?schema=canon"), is_address("clients/romashka"), is_address("deals.csv")
    (True, False, False)
    """
    return isinstance(source, str) and "://" in source and _SAME.get(source.split("://")[0], source.split("://")[0]) in ENGINES


def parsed(text: str) -> Address:
    """The engine that `text` names; UsageError for one that is not known, and for a secret in an address.

    >>> parsed("postgres://auditor@db.example/crm?schema=canon").schema
    'canon'
    >>> parsed("spark://head:7077").master, parsed("local[2]").master, parsed("duckdb").schema
    ('spark://head:7077', 'local[2]', None)
    """
    if _LOCAL.fullmatch(text):
        return Address("spark", text, master=text)
    if text in ENGINES and text != "postgres":
        return Address(text, text, master="local[*]" if text == "spark" else "")
    if not is_address(text):
        raise UsageError("engine.unknown", name=text[:60], nearest=nearest(text, ENGINES))
    if secret_in(text):
        raise UsageError("engine.secret")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise UsageError("engine.unknown", name=text[:60], nearest=nearest(text, ENGINES)) from None
    kind = _SAME.get(parts.scheme, parts.scheme)
    if kind != "duckdb" and not parts.hostname:
        raise UsageError("engine.no_host", name=text[:60])
    return Address(
        kind, f"{parts.scheme}://{parts.netloc}{parts.path}", parts.hostname or "", port, unquote(parts.username or ""),
        unquote(parts.path.removeprefix("/") if kind != "duckdb" else parts.netloc + parts.path),
        f"spark://{parts.netloc}" if kind == "spark" else "", dict(parse_qsl(parts.query)),
    )
