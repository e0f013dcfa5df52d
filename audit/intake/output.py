"""What intake leaves behind: parquet tables, intake.json, mapping.yml and quarantine csv files."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from audit.client import Client
from audit.intake.ask.asked import question_text
from audit.intake.ask.mapping import write_mapping
from audit.intake.ask.people_file import write_people
from audit.intake.checks import checks
from audit.intake.memory import give_back
from audit.intake.read import Source
from audit.intake.read.marks import Marks
from audit.intake.shapes import Shape
from audit.intake.tables.build import Build
from audit.intake.text import flatten
from audit.intake.typed.part import DATED, Part
from audit.intake.typed.unfold import lost_inside, refused, refused_rows
from audit.intake.typed.unread import unread
from audit.schema import BY_NAME
from audit.words import Words
from audit.workspace import Workspace, made, replacing, write_json, write_parquet, write_text

if TYPE_CHECKING:
    import pyarrow as pa

# the table that files of look-ups serve
SERVED = {"products": "deal_products", "pipelines": "stages", "deal_clients": "deals", "deal_contacts": "deals", "merged_deals": "deals",
          "activity_deals": "activities", "activity_clients": "activities", "activity_contacts": "activities", "roles": "users"}
PIECE = 5_000  # rows of quarantine that are in memory at once
ROWS = 125_000  # rows of a table that are made ready to be written at once
_NUMBER = re.compile(r"^[+-]?[\d\s.,]+$")


def with_settings(tables: dict[str, pd.DataFrame], client: Client) -> dict[str, pd.DataFrame]:
    """The tables with plans and norms written in client.yml itself."""
    inline = {
        "plans": [] if isinstance(client.plans, str) else [
            {**plan.model_dump(), "plan_id": "c" + hashlib.blake2b(plan.model_dump_json().encode(), digest_size=6).hexdigest()} for plan in client.plans],
        "norms": [] if isinstance(client.norms, str) else [norm.model_dump() for norm in client.norms],
    }
    for name, rows in inline.items():
        if rows:
            more = pd.DataFrame(rows)
            for column in ("period_start", "period_end"):
                if column in more:
                    more[column] = pd.to_datetime(more[column]).astype("datetime64[us]")
            tables[name] = pd.concat([tables[name], more], ignore_index=True) if name in tables else more
    return tables


def arrow(name: str, frame: pd.DataFrame, extras: list[str]) -> pa.Table:
    """The arrow table of rows of a canonical table: columns, order and types of the schema, free dimensions as text."""
    import pyarrow as pa

    schema = BY_NAME[name].arrow(tuple(extra for extra in extras if extra in frame))
    arrays, nothing = [], {kind: pa.nulls(len(frame), kind) for kind in {field.type for field in schema if field.name not in frame}}
    for field in schema:
        if field.name not in frame:
            arrays.append(nothing[field.type])
        elif pa.types.is_date32(field.type):
            arrays.append(pa.array(frame[field.name].astype("datetime64[us]"), from_pandas=True).cast(pa.timestamp("s"), safe=False).cast(pa.date32()))
        elif pa.types.is_string(field.type):
            values = frame[field.name]
            texts = values if values.dtype == "str" else values.astype("str").where(values.notna())
            arrays.append(pa.array(texts, type=pa.string(), from_pandas=True))
        elif pa.types.is_boolean(field.type):
            arrays.append(pa.array(frame[field.name].astype("boolean"), type=pa.bool_(), from_pandas=True))
        elif pa.types.is_integer(field.type):
            arrays.append(pa.array(frame[field.name].astype("Float64").round().astype("Int64"), type=field.type, from_pandas=True))
        else:
            arrays.append(pa.array(frame[field.name], type=field.type, from_pandas=True))
    return pa.Table.from_arrays(arrays, schema=schema)


def _pieces(name: str, frame: pd.DataFrame, extras: list[str]) -> Iterator[pa.Table]:
    """The arrow table of a canonical table, ROWS at a time."""
    for start in range(0, max(len(frame), 1), ROWS):
        yield arrow(name, frame.iloc[start : start + ROWS], extras)
        give_back(len(frame))


def paths(workspace: Workspace, tables: dict[str, pd.DataFrame]) -> dict[str, Path]:
    """Where each table lies."""
    return {name: workspace.tables / f"{name}.parquet" for name in sorted(tables)}


# -- the report ------------------------------------------------------------------------------------------


def report(client: Client, sources: list[tuple[Source, Shape | None]], parts: list[Part], build: Build,
           tables: dict[str, pd.DataFrame], words: Words) -> dict:
    """The content of intake.json."""
    by_source = _by_source(parts)
    answers = build.mapping.answers
    files = [_file(source, shape, by_source.get(id(source), [])) for source, shape in sources]
    for (source, _), entry in zip(sources, files, strict=True):
        for header in entry.get("unread", ()):
            answers.decided("unread", source.label, header, "", "unknown_header")
    return {
        "schema": 1, "client": client.name, "files": files,
        "tables": {name: len(frame) for name, frame in sorted(tables.items())},
        "joins": build.joins, "decisions": answers.decisions,
        "questions": [{**question, "text": question_text(question, words)} for question in answers.questions],
        "duplicates": build.duplicates,
        "accepted": [{"id": kept["id"], "answer": kept["answer"]} for kept in answers.kept if kept.get("accepted")],
    }


def _by_source(parts: list[Part]) -> dict[int, list[Part]]:
    """Identity of a source as it was read → its parts, that of its own shape first."""
    found: dict[int, list[Part]] = {}
    for part in parts:
        found.setdefault(id(part.whole or part.source), []).append(part)
    return found


def _file(source: Source, shape: Shape | None, parts: list[Part]) -> dict:
    rows = len(source.cells)
    entry: dict = {"file": source.file, **({"sheet": source.sheet} if source.sheet else {}), "preset": shape.name if shape else None,
                   "encoding": source.encoding, "separator": source.separator, "header_row": source.header_row if not source.problem else None,
                   "table": (shape.table or SERVED.get(shape.reference or "", shape.reference)) if shape else None}
    if not parts:
        warnings = {name: n for name, n in source.warnings.items() if n}
        return {**entry, "rows_in": rows, "rows_kept": 0, "rows_quarantined": rows, "rows_merged": 0,
                "reasons": {_whole(shape): rows} if rows else {}, "warnings": warnings, "placeholders": {}, "dimensions": [], "checks": source.checks,
                **({"problem": source.problem} if source.problem else {})}
    part, further = parts[0], parts[1:]
    found = checks(part)
    if wrong := sum(not check["agrees"] for check in found):
        part.warnings["total_differs"] = wrong
    gone = refused_rows(parts)
    warnings, reasons, placeholders = Counter[str](), Counter[str](), Counter[str]()
    for each in parts:  # the first read the rows of the others too, so that the larger count is of all
        warnings |= each.warnings + lost_inside(each)
        placeholders |= each.placeholders
    for codes, n in gone.kinds().items():
        reasons[codes[0]] += n
    made: dict = {} if part.origin is None else {"rows_made": len(part.frame) - len(part.reasons)}
    if further:
        made["also"] = [{"preset": each.shape.name, "table": each.table, "rows_in": len(each.source.cells), "rows_kept": len(each.source.cells) - len(refused(each))}
                        for each in further]
    return {**entry, "rows_in": rows, "rows_kept": rows - len(gone), "rows_quarantined": len(gone), "rows_merged": sum(each.merged for each in parts), **made,
            "reasons": dict(sorted(reasons.items())), "warnings": dict(sorted(warnings.items())), "placeholders": dict(sorted(placeholders.items())),
            "dimensions": [name for each in parts for name in each.extras], "unread": unread(parts), "checks": found, "period": period(parts)}


def _whole(shape: Shape | None) -> str:
    """Why no row of a file is used: its preset's own reason, a known kind that no metric needs, or a kind that nobody knows."""
    return (shape.unused or "no_table") if shape else "unknown_file"


def period(parts: list[Part]) -> list[str] | None:
    """First and last day of the rows that a file gave, days ahead of today left out; None where the file has no dates."""
    days = [day for part in parts for day in _period(part) or ()]
    return [min(days), max(days)] if days else None


def _period(part: Part) -> list[str] | None:
    column = next((name for name in DATED if name in part.frame and pd.api.types.is_datetime64_any_dtype(part.frame[name])), None)
    if column is None:
        return None
    times = part.frame.loc[~part.reasons.at(part.frame.index), column].dropna()
    times = times[times < pd.Timestamp.today().normalize() + pd.Timedelta(days=1)]
    return [str(times.min().date()), str(times.max().date())] if len(times) else None


# -- writing ---------------------------------------------------------------------------------------------


def write(workspace: Workspace, build: Build, tables: dict[str, pd.DataFrame], content: dict, sources: list[Source], words: Words, *, ready: bool) -> None:
    """Write everything; tables only when no question is open, and all of them are made before the first is replaced.

    The tables are let go one after another: `tables` is empty afterwards, and those of `build` are.
    """
    build.tables.clear()
    if ready:
        staging = workspace.root / ".audit" / "tables"
        shutil.rmtree(staging, ignore_errors=True)
        for name in sorted(tables):
            write_parquet(made(staging) / f"{name}.parquet", _pieces(name, tables.pop(name), build.extras.get(name, [])))
    folder = workspace.quarantine
    whole = {id(source): next(iter(entry["reasons"]), "no_table") for source, entry in zip(sources, content["files"], strict=True)}
    written = {_duplicates(folder, table, rows) for table, rows in build.twice.items()}
    for source, gone in _refused(build.parts, sources):
        written.add(_quarantine(folder, source, gone, whole[id(source)], words, written))
    for old in folder.glob("*.csv") if folder.is_dir() else ():
        if old.name not in written:
            old.unlink()
    write_mapping(workspace.mapping, build.mapping, words("intake.mapping_top"))
    if build.people:
        write_people(workspace.people, build.people, words("intake.people_top"))
    if ready:
        workspace.replace_tables(staging, content)
    else:
        write_json(workspace.intake_report, content)


def _refused(parts: list[Part], sources: list[Source]) -> list[tuple[Source, Marks[tuple[str, ...]] | None]]:
    """(source, its refused rows; None for all of a source that is not used) where there are any."""
    by_source = _by_source(parts)
    found: list[tuple[Source, Marks[tuple[str, ...]] | None]] = []
    for source in sources:
        mine = by_source.get(id(source))
        gone = refused_rows(mine) if mine else None
        if (gone is None and len(source.cells)) or gone:
            found.append((source, gone))
    return found


def _quarantine(folder: Path, source: Source, gone: Marks[tuple[str, ...]] | None, whole: str, words: Words, taken: set[str]) -> str:
    """One csv of refused rows (`gone`; None for all of a file that is not used, by the reason `whole`): number, reasons, the cells as they were; its name, not one of `taken`."""
    stem = flatten(source.file.replace("/", "_")) + (f".{flatten(source.sheet)}" if source.sheet else "")
    stem = stem[:-4] if stem.lower().endswith(".csv") else stem
    name, n = f"{stem}.csv", 1
    while name in taken:  # folder/a.csv beside folder_a.csv
        n += 1
        name = f"{stem}_{n}.csv"
    with replacing(folder / name) as place, open(place, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([words("intake.quarantine.row"), words("intake.quarantine.reason"), *map(harmless, source.headers)])
        writer.writerows(_refused_rows(source, gone, whole, words))
    return name


def _refused_rows(source: Source, gone: Marks[tuple[str, ...]] | None, whole: str, words: Words) -> Iterator[list]:
    """Number, reasons and cells of every refused row, a few thousand at a time: a file may be refused whole."""
    rows = np.arange(len(source.cells)) if gone is None else gone.positions()
    gone = Marks() if gone is None else gone
    told = {codes: "; ".join(words(f"intake.reason.{code}") if words.has(f"intake.reason.{code}") else code for code in codes) for codes in [(whole,), *gone.kinds()]}
    for start in range(0, len(rows), PIECE):
        some = rows[start : start + PIECE]
        for place, row in zip(some.tolist(), source.cells.iloc[some].itertuples(index=False, name=None), strict=True):
            yield [int(source.rows[place]), told[gone.get(place, (whole,))], *map(harmless, row), *map(harmless, source.spare.get(place, ()))]


def _duplicates(folder: Path, table: str, rows: pd.DataFrame) -> str:
    """One csv of rows that a table holds twice under different ids; its name. The rows themselves stay in the table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["by", "value", "id", "name"])
    writer.writerows([harmless(cell) for cell in row] for row in rows[["by", "value", "id", "name"]].itertuples(index=False, name=None))
    write_text(folder / f"duplicates_{table}.csv", "\ufeff" + text.getvalue())
    return f"duplicates_{table}.csv"


def harmless(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("-1 000,50"), harmless("@cmd"), harmless("text")
    ("'=1+1", '-1 000,50', "'@cmd", 'text')
    """
    text = "" if cell is None or cell != cell else str(cell)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\n") and not _NUMBER.match(text) else text
