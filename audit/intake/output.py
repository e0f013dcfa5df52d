"""What intake leaves behind: parquet tables, intake.json, mapping.yml and quarantine csv files."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd

from audit.client import Client
from audit.intake.ask.asked import question_text
from audit.intake.ask.mapping import write_mapping
from audit.intake.ask.people_file import write_people
from audit.intake.checks import checks
from audit.intake.read import Source
from audit.intake.shapes import Shape
from audit.intake.tables.build import Build
from audit.intake.text import flatten
from audit.intake.typed.part import Part
from audit.intake.typed.unfold import lost_inside, refused
from audit.schema import BY_NAME
from audit.words import Words
from audit.workspace import Workspace, made, write_json, write_parquet, write_text

# the table that files of look-ups serve
SERVED = {"products": "deal_products", "pipelines": "stages", "deal_clients": "deals", "deal_contacts": "deals", "merged_deals": "deals",
          "activity_deals": "activities", "activity_clients": "activities", "activity_contacts": "activities", "roles": "users"}
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


def arrow(name: str, frame: pd.DataFrame, extras: list[str]):
    """The arrow table of a canonical table: columns, order and types of the schema, free dimensions as text."""
    import pyarrow as pa

    schema = BY_NAME[name].arrow(tuple(extra for extra in extras if extra in frame))
    arrays = []
    for field in schema:
        if field.name not in frame:
            arrays.append(pa.nulls(len(frame), field.type))
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


def paths(workspace: Workspace, tables: dict[str, pd.DataFrame]) -> dict[str, Path]:
    """Where each table lies."""
    return {name: workspace.tables / f"{name}.parquet" for name in sorted(tables)}


# -- the report ------------------------------------------------------------------------------------------


def report(client: Client, sources: list[tuple[Source, Shape | None]], parts: list[Part], build: Build,
           tables: dict[str, pd.DataFrame], words: Words) -> dict:
    """The content of intake.json."""
    by_source = {id(part.whole or part.source): part for part in parts}
    answers = build.mapping.answers
    return {
        "schema": 1, "client": client.name,
        "files": [_file(source, shape, by_source.get(id(source))) for source, shape in sources],
        "tables": {name: len(frame) for name, frame in sorted(tables.items())},
        "joins": build.joins, "decisions": answers.decisions,
        "questions": [{**question, "text": question_text(question, words)} for question in answers.questions],
        "duplicates": build.duplicates,
        "accepted": [{"id": kept["id"], "answer": kept["answer"]} for kept in answers.kept if kept.get("accepted")],
    }


def _file(source: Source, shape: Shape | None, part: Part | None) -> dict:
    rows = len(source.cells)
    entry: dict = {"file": source.file, **({"sheet": source.sheet} if source.sheet else {}), "preset": shape.name if shape else None,
                   "encoding": source.encoding, "separator": source.separator, "header_row": source.header_row if not source.problem else None,
                   "table": (shape.table or SERVED.get(shape.reference or "", shape.reference)) if shape else None}
    if part is None:
        warnings = {name: n for name, n in source.warnings.items() if n}
        return {**entry, "rows_in": rows, "rows_kept": 0, "rows_quarantined": rows, "rows_merged": 0,
                "reasons": {_whole(shape): rows} if rows else {}, "warnings": warnings, "placeholders": {}, "dimensions": [], "checks": source.checks,
                **({"problem": source.problem} if source.problem else {})}
    found = checks(part)
    if wrong := sum(not check["agrees"] for check in found):
        part.warnings["total_differs"] = wrong
    gone = refused(part)
    reasons, warnings = Counter(codes[0] for codes in gone.values()), part.warnings + lost_inside(part)
    made = {} if part.origin is None else {"rows_made": len(part.frame) - len(part.reasons)}
    return {**entry, "rows_in": rows, "rows_kept": rows - len(gone), "rows_quarantined": len(gone), "rows_merged": part.merged, **made,
            "reasons": dict(sorted(reasons.items())), "warnings": dict(sorted(warnings.items())),
            "placeholders": dict(sorted(part.placeholders.items())), "dimensions": list(part.extras), "checks": found, "period": period(part)}


def _whole(shape: Shape | None) -> str:
    """Why no row of a file is used: its preset's own reason, a known kind that no metric needs, or a kind that nobody knows."""
    return (shape.unused or "no_table") if shape else "unknown_file"


# the column that dates the rows of a file, the surest first
_DATED = ("created_at", "entered_at", "done_at", "started_at", "received_on", "issued_on", "sent_at", "reviewed_at", "held_at", "date", "as_of", "period_start")


def period(part: Part) -> list[str] | None:
    """First and last day of the rows kept, days ahead of today left out; None where the file has no dates."""
    column = next((name for name in _DATED if name in part.frame and pd.api.types.is_datetime64_any_dtype(part.frame[name])), None)
    if column is None:
        return None
    times = part.frame[column].drop(index=[row for row in part.reasons if row in part.frame.index]).dropna()
    times = times[times < pd.Timestamp.today().normalize() + pd.Timedelta(days=1)]
    return [str(times.min().date()), str(times.max().date())] if len(times) else None


# -- writing ---------------------------------------------------------------------------------------------


def write(workspace: Workspace, build: Build, tables: dict[str, pd.DataFrame], content: dict, sources: list[Source], words: Words, *, ready: bool) -> None:
    """Write everything; tables only when no question is open, and all of them are made before the first is replaced."""
    if ready:
        staging = workspace.root / ".audit" / "tables"
        shutil.rmtree(staging, ignore_errors=True)
        for name in sorted(tables):
            write_parquet(made(staging) / f"{name}.parquet", arrow(name, tables[name], build.extras.get(name, [])))
    folder = workspace.quarantine
    whole = {id(source): next(iter(entry["reasons"]), "no_table") for source, entry in zip(sources, content["files"], strict=True)}
    written = {_duplicates(folder, table, rows) for table, rows in build.twice.items()}
    for source, part in _refused(build.parts, sources):
        written.add(_quarantine(folder, source, part, whole[id(source)], words, written))
    for old in folder.glob("*.csv") if folder.is_dir() else ():
        if old.name not in written:
            old.unlink()
    if ready:
        for name in sorted(tables):
            os.replace(staging / f"{name}.parquet", made(workspace.tables) / f"{name}.parquet")
        for old in workspace.tables.glob("*.parquet"):
            if old.stem not in tables:
                old.unlink()
        shutil.rmtree(staging, ignore_errors=True)
    write_mapping(workspace.mapping, build.mapping, words("intake.mapping_top"))
    if build.people:
        write_people(workspace.people, build.people, words("intake.people_top"))
    write_json(workspace.intake_report, content)


def _refused(parts: list[Part], sources: list[Source]) -> list[tuple[Source, Part | None]]:
    by_source = {id(part.whole or part.source): part for part in parts}
    found = []
    for source in sources:
        part = by_source.get(id(source))
        if (part is None and len(source.cells)) or (part is not None and refused(part)):
            found.append((source, part))
    return found


def _quarantine(folder: Path, source: Source, part: Part | None, whole: str, words: Words, taken: set[str]) -> str:
    """One csv of refused rows: number, reasons (`whole` for a file that is not used), the cells as they were; its name, not one of `taken`."""
    gone = {} if part is None else refused(part)
    rows = range(len(source.cells)) if part is None else sorted(gone)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words("intake.quarantine.row"), words("intake.quarantine.reason"), *map(harmless, source.headers)])
    cells = source.cells.iloc[list(rows)].itertuples(index=False, name=None)
    for place, row in zip(rows, cells, strict=True):
        codes = [whole] if part is None else gone[place]
        told = "; ".join(words(f"intake.reason.{code}") if words.has(f"intake.reason.{code}") else code for code in codes)
        writer.writerow([int(source.rows[place]), told, *(harmless(cell) for cell in row), *(harmless(cell) for cell in source.spare.get(place, ()))])
    stem = flatten(source.file.replace("/", "_")) + (f".{flatten(source.sheet)}" if source.sheet else "")
    stem = stem[:-4] if stem.lower().endswith(".csv") else stem
    name, n = f"{stem}.csv", 1
    while name in taken:  # folder/a.csv beside folder_a.csv
        n += 1
        name = f"{stem}_{n}.csv"
    write_text(folder / name, "\ufeff" + text.getvalue())
    return name


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
