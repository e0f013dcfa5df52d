"""A file to tables of text cells: every row kept, with its number and what is wrong with its shape."""

from __future__ import annotations

from pathlib import Path

from audit.intake.read import sniff
from audit.intake.read.archive import gzipped, zipped
from audit.intake.read.columns import parquet
from audit.intake.read.delimited import delimited
from audit.intake.read.exchange import exchange
from audit.intake.read.jsons import json_tables
from audit.intake.read.pages import html_encoding, html_rows
from audit.intake.read.source import Source, Unreadable, shaped
from audit.intake.read.workbook import workbook


def read_table(path: Path | str, aliases: frozenset[str] = frozenset(), encoding: str | None = None,
               separator: str | None = None) -> list[Source]:
    """The tables of a file: one for a text file, one a filled sheet for a workbook, one a list of records for JSON, all of a zip.

    Never raises for what is in the file: an unreadable one comes back with its `problem`.
    """
    path = Path(path)
    what = sniff.kind(path)
    if what in ("binary", "empty"):
        return [Source(path.name, what, problem=what)]
    try:
        if what == "excel":
            return workbook(path, aliases)
        if what == "parquet":
            return [parquet(path)]
        if what == "json":
            return json_tables(path, aliases, encoding)
        if what == "exchange":
            return [exchange(path, encoding)]
        if what in ("zip", "gzip"):
            unpack = zipped if what == "zip" else gzipped
            return unpack(path, lambda member: read_table(member, aliases, encoding, separator))
        if what in ("sqlite", "duckdb"):
            from audit.intake.live.dropped import database

            return database(path, what)
        if what == "html":
            encoding = encoding or html_encoding(path)
            with open(path, encoding=encoding, errors="replace") as file:
                grid = html_rows(iter(lambda: file.read(1_000_000), ""))
                return [shaped(Source(path.name, what, encoding=encoding), iter(enumerate(grid, 1)), aliases)]
        return [delimited(path, aliases, encoding, separator)]
    except UnicodeError:
        return [Source(path.name, what, encoding=encoding, problem="wrong_encoding")]
    except OverflowError:
        return [Source(path.name, what, encoding=encoding, problem="line_too_long")]
    except Unreadable as why:
        return [Source(path.name, what, encoding=encoding, problem=str(why))]
