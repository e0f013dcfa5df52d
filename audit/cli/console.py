"""What the console says: files of an intake, open questions, answers taken as proposed, mistakes of the command line and the disk."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import AuditError, Phrase, UsageError, nearest
from audit.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from audit.knowledge import Techniques
    from audit.knowledge.cases import Read
    from audit.workspace import Workspace


MOST_FILES = 30  # files with remarks of one reading
WIDEST = 10_000  # columns of a table in a pipe


def show_files(files: list[dict], words: Words) -> None:
    """One row a file of intake.json: what it was taken for and what became of its rows."""
    told = []
    for file in files:
        reasons = [words(f"intake.problem.{file['problem']}")] if "problem" in file else []
        for name, count in file["reasons"].items():
            key = f"intake.reason.{name}"
            reasons.append(f"{words(key) if words.has(key) else name}: {count}")
        name = f"{file['file']} [{file['sheet']}]" if "sheet" in file else file["file"]
        taken = ", ".join([file["preset"] or "–", *(further["preset"] for further in file.get("also", ()))])
        told.append((name, taken, file["rows_in"], file["rows_kept"], file["rows_quarantined"], ", ".join(reasons)))
    _print([words(f"cli.intake.column.{name}") for name in ("file", "preset", "rows_in", "kept", "quarantined", "reasons")], told)


def show_unread(files: list[dict], words: Words) -> None:
    """Headers of known files that nobody understands, a row a file with their number; nothing when there are none."""
    told = [(f"{file['file']} [{file['sheet']}]" if "sheet" in file else file["file"], words.number(len(file["unread"])), ", ".join(file["unread"]))
            for file in files if file.get("unread")]
    if told:
        _print([words(f"cli.intake.unread.{name}") for name in ("file", "count", "headers")], told, words("cli.intake.unread.title"))


def show_accepted(accepted: list[dict], words: Words) -> None:
    """The questions that were answered as proposed, with their answers."""
    _print([words("intake.ask.column.question"), words("intake.ask.column.taken")], [(entry["id"], entry["answer"]) for entry in accepted], words("intake.ask.accepted"))


def show_questions(error: AuditError, lang: str) -> None:
    """The open questions of the intake that raised `error`, on the error stream; nothing when its report is not there."""
    from audit.intake.ask.asked import COLUMNS, rows
    from audit.workspace import read_json

    report = Path(str(getattr(error, "values", {}).get("path", ""))).parent / "intake.json"
    try:
        asked = rows(read_json(report), Words(lang)) if report.is_file() else []
    except AuditError:
        return
    if asked:
        _print([Words(lang)(f"intake.ask.column.{name}") for name in COLUMNS], asked, error=True)


def show_history(frame: pd.DataFrame, workspace: Workspace, words: Words) -> None:
    """Every measurement in the ledger, one row a change, month and version; a line where there is none."""
    from audit.remeasure.say import effect_of

    if not len(frame):
        print(words("remeasure.told.nothing", client=workspace.root))
        return
    names = ("month", "version", "title", "verdict", "effect", "money")
    currency = workspace.client.currency
    rows = [(one["month"], f"{one['version']}{' ✓' if one['latest'] else ''}", one["title"], words("remeasure.verdict." + one["verdict"].replace(" ", "_")),
             effect_of(one, words, currency), words.money(one["money"], currency, signed=True)) for one in frame.astype(object).where(frame.notna(), None).to_dict("records")]
    _print([words(f"remeasure.column.{name}") for name in names], rows)


def show_portfolio(clients: list[dict], words: Words) -> None:
    """One row a client of portfolio.json, on the error stream: how it ended and, where it failed, what to do next."""
    told = [(one["name"], words(f"portfolio.outcome.{one['outcome']}"), words.number(one["seconds"]), (one["error"] or {}).get("next", "")) for one in clients]
    _print([words(f"portfolio.column.{name}") for name in ("client", "state", "seconds", "step")], told, error=True)


def show_techniques(found: Techniques, words: Words) -> None:
    """One row a technique with its status, effect and why; the check of the placebos below."""
    from audit.knowledge.effects.result import HEADS, cells

    if not len(found):
        print(words("techniques.none"))
        return
    heard = [one for one in found.ordered if one["uses"]]
    _print([words(f"techniques.head.{name}") for name in HEADS], [tuple(cells(one, words)) for one in heard])
    if silent := [one["title"] for one in found.ordered if not one["uses"]]:
        print(words("desk.silent", n=len(silent), names=", ".join(silent)))
    proven, unsure = (sum(one["status"] == status for one in found.rows) for status in ("proven", "cannot tell"))
    print(words("desk.judged", n=len(found), proven=proven, unsure=unsure))
    print(visible(found.alarm.detail.told(words)))


def show_taught(frame: pd.DataFrame, titles: Mapping[str, str], words: Words) -> None:
    """One row a technique: labels, how well it is heard on deals not learnt from, by what, and whether that is enough."""
    if len(frame):
        rows = [(titles.get(one["technique"], one["technique"]), words.number(one["n"]), words.number(one["positives"]), _f1(one, words), words(f"desk.method.{one['method']}"), one["why"]) for one in frame.to_dict("records")]
        _print([words(f"desk.head.{name}") for name in ("technique", "n", "positives", "f1", "method", "why")], rows)


def _f1(one: dict[str, Any], words: Words) -> str:
    if one["f1"] != one["f1"]:
        return "–"
    return f"{words.number(one['f1'], 2)} ({words.between(words.number(one['f1_low'], 2), words.number(one['f1_high'], 2))})"


def show_read(read: Read, words: Words, refused: str) -> None:
    """A line a file with remarks, at most thirty of them; files kept whole are counted."""
    remarks = [line for line, file in zip(read.told(words.lang), read.files, strict=True) if file["reasons"] or file["notes"]]
    for line in remarks[:MOST_FILES]:
        print(visible(line))
    if len(remarks) < len(read.files):
        print(words("desk.whole", n=len(read.files) - len(remarks)))
    if len(remarks) > MOST_FILES:
        print(words("desk.more", n=len(remarks) - MOST_FILES, file=refused))


def show_search(found: pd.DataFrame, words: Words) -> None:
    """One row an utterance: when, who, in which deal, how it ended, the words found."""
    if not len(found):
        print(words("desk.found_none"))
        return
    names = ("at", "case_id", "deal_id", "owner", "outcome", "speaker", "snippet")
    shown = found.astype(object).where(found.notna(), "")
    for name in ("outcome", "speaker"):
        shown[name] = [words(f"desk.{name}.{value}") if words.has(f"desk.{name}.{value}") else value for value in shown[name]]
    rows = [tuple(str(one[name])[:16] if name == "at" else str(one[name]) for name in names) for one in shown.to_dict("records")]
    _print([words(f"desk.column.{name}") for name in names], rows)


def visible(text: str) -> str:
    """Text of the client's files without the characters that steer a terminal."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\N{REPLACEMENT CHARACTER}", text)


def _print(heads: list[str], rows: list[tuple], title: str | None = None, *, error: bool = False) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title)
    for head in heads:
        table.add_column(head, overflow="fold")  # names of files and presets whole, however narrow the window
    for row in rows:
        table.add_row(*(escape(visible(str(cell))) for cell in row))
    console = Console(stderr=error)
    if not console.is_terminal and "COLUMNS" not in os.environ:  # a pipe has no width: each row stays on its line
        console = Console(stderr=error, width=WIDEST)
        console.width = min(WIDEST, console.measure(table).maximum)
    console.print(table)


def of_command(problem: Any) -> UsageError:
    """What the parser of the command line found, in three parts."""
    param, kind = getattr(problem, "param", None), type(problem).__name__
    name = "" if param is None else param.metavar if param.param_type_name == "argument" else param.opts[0]
    if kind == "MissingParameter":
        said = Phrase("errors.command.missing", {"name": name})
    elif kind == "NoSuchOption":
        known = [option for one in problem.ctx.command.params for option in one.opts if option.startswith("--")]
        said = Phrase("errors.command.no_option", {"name": problem.option_name, "nearest": nearest(problem.option_name, known)})
    elif kind == "BadParameter" and name:
        said = Phrase("errors.command.bad_value", {"name": name})
    elif kind == "BadOptionUsage":
        said = Phrase("errors.command.no_value", {"name": problem.option_name})
    elif extra := re.match(r"Got unexpected extra argument.*\((.*)\)", problem.message):
        said = Phrase("errors.command.extra", {"words": extra[1]})
    else:
        said = Phrase("errors.command.other", {"problem": problem.message})
    command = problem.ctx.command_path.partition(" ")[2] if problem.ctx else ""
    return UsageError("errors.command_line", problem=said, command=" ".join(("audit", command)).strip())


def of_disk(kind: type[AuditError], problem: OSError, path: Path | None = None) -> AuditError:
    """A file that cannot be read or written, in three parts."""
    known = {"EACCES": "rights", "EPERM": "rights", "EROFS": "read_only", "ENOSPC": "full", "EDQUOT": "full", "EFBIG": "too_big", "ELOOP": "loop",
             "EISDIR": "folder", "ENOTDIR": "not_folder",
             "EEXIST": "exists", "ENOENT": "absent", "ENAMETOOLONG": "long_name"}.get(errno.errorcode.get(problem.errno or 0, ""))
    said = Phrase(f"errors.os.{known}") if known else Phrase("errors.os.other", {"problem": problem.strerror or str(problem)})
    return kind("errors.disk", problem=said, path=path or problem.filename2 or problem.filename or "–")


def refuse_absent(out: Path | None) -> None:
    """UsageError where the folder of a file to be written is not there: a mistyped path makes no folders."""
    if out is not None and not out.expanduser().parent.is_dir():
        raise of_disk(UsageError, FileNotFoundError(errno.ENOENT, ""), out.parent)
