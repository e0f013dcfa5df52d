"""The verb: everything in inbox/ to canonical tables, an intake report, quarantine and mapping."""

from __future__ import annotations

import codecs
import fnmatch
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from audit.client import Client
from audit.client import Source as Hint
from audit.errors import NeedsAnswerError, Phrase, UnreadableError, UsageError, nearest
from audit.intake import output
from audit.intake.convert import HELPERS, convert
from audit.intake.live import FOLDER
from audit.intake.mapping import Answers, FileMap, Mapping, carried, difference, fresh, read_mapping, told_difference
from audit.intake.people_file import read_people
from audit.intake.presets.own import catalogue
from audit.intake.read import Source, read_table
from audit.intake.result import Intake
from audit.intake.shapes import Catalogue, Shape, assign, keys, match
from audit.intake.snapshots import read_snapshots
from audit.intake.tables.build import Build
from audit.intake.tables.lines import GENERATED
from audit.intake.text import flatten, norm
from audit.intake.unfold import title
from audit.schema import BY_NAME
from audit.words import Words
from audit.workspace import Workspace, replacing, sha256

SKIPPED = ("~$", ".")
JOURNALS = ("-wal", "-shm", "-journal", ".wal")  # of databases


ROUNDS = 6  # an accepted answer may raise a further question, such as the meaning of a stage after the kind of a file


def intake(client: Workspace | str | os.PathLike, files: Iterable[str | os.PathLike] = (), lang: str | None = None, *,
           offline: bool | None = None, accept: bool = False) -> Intake:
    """Read every file of the client's inbox (after copying `files` there) and every place of client.yml into canonical tables.

    With `offline` (default: whether AUDIT_OFFLINE is set) places are not asked; the copies of their last reading stand in.

    Writes tables/*.parquet, mapping.yml, intake.json and quarantine/*.csv; of every file
    rows_in = rows_kept + rows_quarantined. Old tables stay whole until all new ones are ready.
    Raises NeedsAnswerError (11) with every open question at once, after writing intake.json and mapping.yml;
    UnreadableError (10) when no file is a table; UsageError (2) when there is no file.
    With `accept` every question that has a proposed answer is answered with it, written to mapping.yml as `accepted`;
    only questions without one stop the intake.
    """
    workspace = Workspace.open(client)
    _copy_in(workspace, files)
    words = Words(lang or workspace.client.language)
    for _ in range(ROUNDS):
        result, open_questions, took = _once(workspace, words, offline, accept)
        if not took:
            break
        offline = True  # what the places gave a moment ago is read again
    if open_questions is not None:
        raise open_questions
    return result


def _once(workspace: Workspace, words: Words, offline: bool | None, accept: bool) -> tuple[Intake, NeedsAnswerError | None, int]:
    """(outcome, the error that asks, number of answers taken as proposed) of one reading of everything."""
    settings = workspace.client
    known = catalogue(workspace.presets)
    mapping = read_mapping(workspace.mapping)
    places = _places(workspace, settings, offline)
    sources = [*_read_all(workspace, settings, known, bool(places)), *places]
    if all(source.problem for source, _ in sources):
        raise _unreadable([source for source, _ in sources], workspace)
    plans = [(source, *_plan(source, hint, mapping, known)) for source, hint in sources]
    _ask_when_nothing_known(plans, mapping.answers, known)
    mapping.files = _remembered(plans, mapping)
    parts = [convert(source, shape, plan, mapping.answers, settings.time_zone, settings.country)
             for source, plan, shape in plans if plan is not None and shape is not None and shape.used]
    build = Build(parts, settings, mapping, snapshots=read_snapshots(workspace.root / "snapshots"), people=read_people(workspace.people))
    made = build.run()
    tables = output.with_settings(dict(made), settings)
    report = output.report(settings, [(source, shape) for source, _, shape in plans], parts, build, tables, words)
    result = Intake(report, output.paths(workspace, tables), words.lang)
    asked = bool(mapping.answers.questions)
    took = mapping.answers.take_proposed() if accept else 0
    output.write(workspace, build, tables, report, [source for source, _, _ in plans], words, ready=bool(made) and not asked)
    if asked:
        listed = report["questions"]
        return result, NeedsAnswerError("intake.questions", n=len(listed), path=workspace.mapping,
                                        questions="; ".join(question["text"] for question in listed)), took
    if not made:
        rows = sum(entry["rows_in"] for entry in report["files"])
        lost = sum(entry["reasons"].get("destroyed_id", 0) for entry in report["files"])
        if lost:
            raise UnreadableError("intake.all_destroyed", n=rows, lost=lost, path=workspace.intake_report)
        raise UnreadableError("intake.no_rows", n=rows, files=len(report["files"]), path=workspace.intake_report)
    return result, None, 0


def _unreadable(sources: list[Source], workspace: Workspace) -> UnreadableError:
    """Every file with the reason why it is no table."""
    why = {source.label: Phrase(f"intake.problem.{source.problem}") for source in sources}
    if len(why) == 1:
        file, reason = next(iter(why.items()))
        return UnreadableError("intake.unreadable", file=file, why=reason)
    told = tuple(Phrase("intake.unreadable_file", {"file": file, "why": reason}) for file, reason in why.items())
    return UnreadableError("intake.all_unreadable", n=len(why), problems=told, path=workspace.inbox)


def _remembered(plans: list[tuple[Source, FileMap | None, Shape | None]], mapping: Mapping) -> list[FileMap]:
    """The entries to write back: those of today's files, and earlier ones of files that are away, unreadable or in question."""
    asked = {question["file"] for question in mapping.answers.questions if question["kind"] == "headers"}
    now = {plan.file: plan for _, plan, _ in plans if plan is not None}
    before = {entry.file: entry for entry in mapping.files}
    found = [before[file] if file in asked else plan for file, plan in now.items()]
    return [*found, *(entry for file, entry in before.items() if file not in now and entry.preset)]


# -- files -----------------------------------------------------------------------------------------------


def _copy_in(workspace: Workspace, files: Iterable[str | os.PathLike]) -> None:
    """Copy `files` into inbox/ under safe names; a file of the same name and other content is kept beside."""
    for given in files:
        path = Path(given).expanduser()
        if not path.is_file():
            raise UsageError("errors.file_missing", path=given)
        target = workspace.inbox / flatten(path.name)
        number = 1
        while target.exists() and sha256(target) != sha256(path):
            number += 1
            target = workspace.inbox / f"{Path(flatten(path.name)).stem}_{number}{path.suffix}"
        if not target.exists():
            with replacing(target) as part:
                shutil.copyfile(path, part)


def _places(workspace: Workspace, settings: Client, offline: bool | None) -> list[tuple[Source, Hint | None]]:
    """Every table of the databases and folders that client.yml names, read from the copy that was just made of it."""
    if not any(hint.is_place for hint in settings.sources) and not (workspace.inbox / FOLDER).exists():
        return []
    from audit.intake.live.copies import copies

    stay = bool(os.environ.get("AUDIT_OFFLINE")) if offline is None else offline
    found: list[tuple[Source, Hint | None]] = []
    for copy in copies(workspace, settings.sources, offline=stay):
        for source in read_table(copy.path):
            source.file, source.sheet = copy.label, copy.table
            found.append((source, copy.source))
    return found


def _is_companion(path: Path) -> bool:
    """Whether it is the journal of a database that lies beside it."""
    from audit.intake.read.sniff import kind

    base = next((path.with_name(path.name.removesuffix(tail)) for tail in JOURNALS if path.name.endswith(tail)), None)
    return base is not None and base.is_file() and kind(base) in ("sqlite", "duckdb")


def _read_all(workspace: Workspace, settings: Client, known: Catalogue, more: bool) -> list[tuple[Source, Hint | None]]:
    """Every source of inbox/ in the order of names, and files of plans and norms named in client.yml; with `more`, none will do."""
    paths = {str(path.relative_to(workspace.inbox).as_posix()): (path, None) for path in workspace.inbox.rglob("*")
             if path.is_file() and not path.name.startswith(SKIPPED) and workspace.inbox / FOLDER not in path.parents and not _is_companion(path)} if workspace.inbox.is_dir() else {}
    hints: dict[str, Hint | None] = {name: _hint(settings, name) for name in paths}
    for table, named in (("plans", settings.plans), ("norms", settings.norms)):
        if isinstance(named, str):
            path = workspace.root / named
            if not path.is_file():
                raise UsageError("errors.file_missing", path=path)
            if workspace.inbox not in path.parents:
                paths[named] = (path, None)
                hints[named] = Hint(file=named, table=table)
    if not paths and not more:
        raise UsageError("intake.no_files", path=workspace.inbox)
    found = []
    for name in sorted(paths):
        path, hint = paths[name][0], hints.get(name)
        for source in read_table(path, known.aliases, *_forced(hint)):
            inside = f"{name}/{source.member}" if source.member else name
            source.file = inside.encode("utf-8", "backslashreplace").decode()  # a name that is not UTF-8 stays writable
            source.outside = not path.resolve().is_relative_to(workspace.root)
            found.append((source, hint if not source.member else _hint(settings, inside) or hint))
    return found


def _hint(settings: Client, name: str) -> Hint | None:
    return next((hint for hint in settings.sources if fnmatch.fnmatch(name, hint.file)), None)


def _forced(hint: Hint | None) -> tuple[str | None, str | None]:
    """(encoding, separator) that client.yml names; UsageError when there is no such."""
    if hint is None:
        return None, None
    separator = {"tab": "\t", "\\t": "\t"}.get(hint.separator or "", hint.separator)
    try:
        known = codecs.lookup(hint.encoding).name if hint.encoding else None
        if known:
            b"a".decode(known, "replace")  # refuses what codecs know and no text file can have, such as hex or idna
    except (LookupError, UnicodeError):
        raise UsageError("intake.unknown_encoding", file=hint.file, value=hint.encoding) from None
    if separator is not None and len(separator) != 1:
        raise UsageError("intake.bad_separator", file=hint.file, value=hint.separator)
    return known, separator


# -- what every source is --------------------------------------------------------------------------------


def _plan(source: Source, hint: Hint | None, mapping: Mapping, known: Catalogue) -> tuple[FileMap | None, Shape | None]:
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
            _need_columns(source, shape, plan, mapping.answers)
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
        _need_columns(source, found, plan, mapping.answers)
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
        if not fitting:
            readable = sorted({shape.table for shape in known.shapes.values() if shape.table})
            raise UsageError("intake.no_such_table", name=table, file=source.label, nearest=", ".join(readable))
        return max(fitting, key=lambda shape: (match(shape, source.headers, title(source)), len(assign(shape, source.headers))))
    best = known.recognise(source.headers, title(source))
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


def _need_columns(source: Source, shape: Shape, plan: FileMap, answers: Answers) -> None:
    """Ask for a header of every essential column that the file lacks."""
    if shape.table is None:
        return
    given = set(plan.headers) | set(shape.constants) | shape.optional | {name for rule in shape.fill for name in rule["take"]}
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


def _ask_when_nothing_known(plans: list[tuple[Source, FileMap | None, Shape | None]], answers: Answers, known: Catalogue) -> None:
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
