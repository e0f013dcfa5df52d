"""Questions on what headers cannot tell: the kind of a file that nothing knows, the header of a column that no file can do without."""

from __future__ import annotations

from audit.intake.ask.mapping import Answers, FileMap
from audit.intake.read import Source
from audit.intake.shapes import GENERATED, Catalogue, Shape, keys
from audit.intake.text import norm
from audit.schema import BY_NAME


def need_columns(source: Source, shape: Shape, plan: FileMap, answers: Answers) -> None:
    """Ask for a header of every essential column that the file lacks."""
    if shape.table is None or _of_other_kinds(source, shape):
        return
    given = set(plan.headers) | set(shape.constants) | shape.optional | {name for rule in shape.fill for name in rule.get("take", ())}
    given |= {BY_NAME[shape.table].key[0]} if shape.id_from else set()
    given |= {"entity_id"} if "entity_name" in plan.headers else set()
    made = {"period_start", "period_end", "as_of", GENERATED.get(shape.table), "client_id" if shape.table != "contacts" else None}
    made |= {"user_id"} if shape.table == "users" else set()
    made |= set((shape.unpivot or {}).values()) | {shape.days, shape.title.get("day")}
    known = keys(source.headers)
    for column in BY_NAME[shape.table].columns:
        if not column.required or column.name in given or column.name in made:
            continue
        said = answers.get("column", source.label, column.name)
        header = known.get(norm(said)) if said else None
        if header is not None:
            plan.headers[column.name] = header
        elif said != "none":
            free = [name for name in source.headers if name not in plan.headers.values()]
            proposed = "none" if column.name in ("deal_id", "lead_id") else None  # rows are numbered then
            answers.ask("column", source.label, column.name, free[:8], proposed, (*free, "none"), "missing_column")


def _of_other_kinds(source: Source, shape: Shape) -> bool:
    """Whether no row is of the kinds that the shape is about, as on a page of a log that holds only other events."""
    known = keys(source.headers)
    for header, wanted in shape.where.items():
        if header in known and len(source.cells) and not any(norm(word) in wanted for word in source.cells[known[header]].unique()):
            return True
    return False


def ask_when_nothing_known(plans: list[tuple[Source, FileMap | None, Shape | None]], answers: Answers, known: Catalogue) -> None:
    """While no file has deals or leads, ask what each unknown one is; later unknown files are only listed."""
    if any(shape is not None and shape.table in ("deals", "leads") for _, _, shape in plans):
        return
    options = (*sorted(name for name, shape in known.shapes.items() if shape.used), "skip")
    for source, plan, shape in plans:
        if plan is not None and shape is None and answers.get("file", source.label, "") != "skip":
            answers.ask("file", source.label, "", source.headers[:12], _nearest_shape(source, known), options, "unknown_file")


def _nearest_shape(source: Source, known: Catalogue) -> str | None:
    """The kind of file of deals or leads that lacks the fewest headers, when at least half of its essential ones are there."""
    have = set(keys(source.headers))
    scored = []
    for shape in known.shapes.values():
        if shape.table in ("deals", "leads") and shape.require:
            there = sum(any(word in have for word in group) for group in shape.require) / len(shape.require)
            columns = sum(any(word in have for word in group) for group in shape.columns.values())
            scored.append((there, columns, shape.name))
    best = max(scored, default=(0.0, 0, ""))
    return best[2] if best[0] >= 0.5 else None
