"""The verb: everything in inbox/ to canonical tables, an intake report, quarantine and mapping."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from audit.errors import NeedsAnswerError, Phrase, UnreadableError
from audit.intake import output
from audit.intake.ask.asked import told
from audit.intake.ask.mapping import FileMap, Mapping, read_mapping
from audit.intake.ask.people_file import read_people
from audit.intake.ask.unknown import ask_when_nothing_known
from audit.intake.away import put_away
from audit.intake.inbox import copy_in, places, read_all
from audit.intake.memory import give_back, lean
from audit.intake.presets.own import catalogue
from audit.intake.read import Source
from audit.intake.recognise import plan_of
from audit.intake.result import Intake
from audit.intake.shapes import Shape
from audit.intake.tables.agreed import read_agreed
from audit.intake.tables.build import Build
from audit.intake.tables.snapshots import read_forecasts, read_norms, read_snapshots
from audit.intake.typed.part import Part
from audit.intake.typed.several import parts_of
from audit.words import Words
from audit.workspace import Workspace
from audit.workspace import made as made_folder

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
    copy_in(workspace, files)
    words = Words(lang or workspace.client.language)
    for _ in range(ROUNDS):
        with lean():
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
    elsewhere = places(workspace, settings, offline)
    sources = [*read_all(workspace, settings, known, bool(elsewhere)), *elsewhere]
    if all(source.problem for source, _ in sources):
        raise _unreadable([source for source, _ in sources], workspace)
    plans = [(source, *plan_of(source, hint, mapping, known)) for source, hint in sources]
    ask_when_nothing_known(plans, mapping.answers, known)
    mapping.files = _remembered(plans, mapping)
    waiting = made_folder(workspace.root / ".audit")
    parts = [_put_away(part, waiting) for source, plan, shape in plans if plan is not None and shape is not None and shape.used
             for part in parts_of(source, shape, plan, known, mapping.answers, settings)]
    give_back()
    build = Build(parts, settings, mapping, waiting, snapshots=read_snapshots(workspace.root / "snapshots"),
                  forecasts=read_forecasts(workspace.root / "forecasts"), norms=read_norms(workspace.root / "norms"), agreed=read_agreed(workspace.ledger), people=read_people(workspace.people))
    made = build.run()
    give_back()
    ready = bool(made)
    tables = output.with_settings(made, settings)
    report = output.report(settings, [(source, shape) for source, _, shape in plans], parts, build, tables, words)
    result = Intake(report, output.paths(workspace, tables), words.lang)
    asked = bool(mapping.answers.questions)
    took = mapping.answers.take_proposed() if accept else 0
    output.write(workspace, build, tables, report, [source for source, _, _ in plans], words, ready=ready and not asked)
    if asked:
        listed = report["questions"]
        return result, NeedsAnswerError("intake.questions", n=len(listed), path=workspace.mapping,
                                        questions=tuple(told(question) for question in listed)), took
    if not ready:
        rows = sum(entry["rows_in"] for entry in report["files"])
        lost = sum(entry["reasons"].get("destroyed_id", 0) for entry in report["files"])
        if lost:
            raise UnreadableError("intake.all_destroyed", n=rows, lost=lost, path=workspace.intake_report)
        raise UnreadableError("intake.no_rows", n=rows, files=len(report["files"]), path=workspace.intake_report)
    return result, None, 0


def _put_away(part: Part, folder: Path) -> Part:
    """The part, its rows where they cost no memory until tables are made of them."""
    part.frame = put_away(part.frame, folder)
    give_back(len(part.frame))
    return part


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
