"""What every source is, by mapping.yml, client.yml, an answer or its headers, and which header gives which column."""

from __future__ import annotations

import hashlib
from pathlib import Path

from audit.client import Source as Hint
from audit.errors import UsageError, nearest
from audit.intake.ask.mapping import Answers, FileMap, Mapping, carried, difference, fresh, told_difference
from audit.intake.ask.unknown import need_columns
from audit.intake.read import Source
from audit.intake.shapes import Catalogue, Shape, assign, match
from audit.intake.text import norm
from audit.intake.typed.part import HELPERS
from audit.intake.typed.unfold import title
from audit.schema import BY_NAME


def plan_of(source: Source, hint: Hint | None, mapping: Mapping, known: Catalogue) -> tuple[FileMap | None, Shape | None]:
    """(mapping, shape) of a source: by mapping.yml, client.yml, an answer, or its headers."""
    if source.problem:
        return None, None
    entry = mapping.known(source)
    changed: tuple[list[str], list[str]] | None = None
    if entry is not None and entry.preset and entry.headers:
        added, gone = difference(entry, source)
        digest = hashlib.blake2b("\n".join(source.headers).encode(), digest_size=4).hexdigest()
        if not added and not gone:
            shape = _shape(entry.preset, known)
            renamed = {norm(header): header for header in source.headers}
            headers = {column: renamed[norm(header)] for column, header in entry.headers.items() if norm(header) in renamed}
            _check_columns(shape, headers, source)
            plan = FileMap(source.label, entry.preset, headers, list(source.headers), entry.dates, entry.decimal)
            need_columns(source, shape, plan, mapping.answers)
            return plan, shape
        changed = added, gone
        if mapping.answers.get("headers", source.label, digest) != "accept":
            mapping.answers.ask("headers", source.label, digest, told_difference(added, gone), "accept", ("accept",), "changed_headers")
    found = _known_shape(source, hint, mapping.answers, known)
    if found is None and source.outside:
        # what is not the client's is not copied into the workspace, not even into quarantine
        source.problem, source.cells, source.headers = "outside_link", source.cells.iloc[:0], []
        return None, None
    plan = fresh(source, found)
    if entry is not None and changed:
        carried(entry, plan, *changed)
    if found is not None:
        need_columns(source, found, plan, mapping.answers)
    return plan, found


def _known_shape(source: Source, hint: Hint | None, answers: Answers, known: Catalogue) -> Shape | None:
    said = answers.get("file", source.label, "")
    if said:
        return None if said == "skip" else _shape(str(said), known)
    preset, table = (hint.said("preset", source.sheet), hint.said("table", source.sheet)) if hint is not None else (None, None)
    if preset:
        return _shape(preset, known)
    if table:
        if table not in BY_NAME:
            raise UsageError("errors.unknown_name", kind="table", name=table, nearest=nearest(table, list(BY_NAME)))
        fitting = [shape for shape in known.shapes.values() if shape.table == table]
        return max(fitting, key=lambda shape: (match(shape, source.headers, title(source)), len(assign(shape, source.headers))))
    best = known.recognise(source.headers, title(source))
    if not best or len({shape.table for shape in best}) > 1:
        name = Path(source.file).name
        called = known.recognise_by_name(source.headers, [name, source.sheet or ""], best)
        if called is not None:
            answers.decided("file_kind", source.label, name, called.name, "named")
            return called
    if len({shape.table for shape in best}) > 1:
        source.warnings["several_tables"] += 1
        return None  # tables side by side on one sheet, such as a data dictionary
    return best[0] if best else None


def _shape(name: str, known: Catalogue) -> Shape:
    if name not in known.shapes:
        raise UsageError("errors.unknown_name", kind="preset", name=name, nearest=nearest(name, list(known.shapes)))
    return known.shapes[name]


def _check_columns(shape: Shape, headers: dict[str, str], source: Source) -> None:
    known = [*HELPERS, *shape.columns, *(BY_NAME[shape.table].names if shape.table else ())]
    for column in headers:
        if column not in known:
            raise UsageError("intake.unknown_column", file=source.label, column=column, header=headers[column], nearest=nearest(column, known))
