"""Masking with what the client's CRM knows of people, and the queue of doubtful words that a person decides."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from audit.errors import UsageError
from audit.knowledge.base import Base
from audit.knowledge.cases.clean import text_of
from audit.knowledge.desk.sheet import write_rows
from audit.knowledge.texts import role
from audit.privacy import Masked, Masker, mask
from audit.workspace import Workspace, made

FILE = "masking.csv"
HIDE, KEEP = "hide", "keep"
COLUMNS = ("word", "kind", "times", "example", "decision")
LONGEST_HEAD = 80  # characters of a head that is told
LONGEST = 4  # words of a name; more of them are a line that was taken for a speaker
_NAMES = (("contacts", "name"), ("users", "name"))


def masker_of(workspace: Workspace) -> Masker:
    """A masker that knows the client's contacts, sellers, who speaks in the talks, and what was decided in knowledge/masking.csv."""
    hide, kept = decided(workspace)
    return Masker(names_of(workspace), hide=hide, kept=kept, country=workspace.client.country)


def names_of(workspace: Workspace) -> list[str]:
    """Names of people: contacts and sellers of the canonical tables, sellers and speakers of the base."""
    import pyarrow.parquet as pq

    found: dict[str, None] = {}
    for table, column in _NAMES:
        file = workspace.tables / f"{table}.parquet"
        if file.is_file() and column in pq.read_schema(file).names:
            found |= dict.fromkeys(str(name) for name in pq.read_table(file, columns=[column])[column].unique().to_pylist() if name)
    return list(found | dict.fromkeys(_in_talks(workspace)))


def _in_talks(workspace: Workspace) -> Iterator[str]:
    """Sellers and speakers of the base without the words for their role; Speaker 1 and the like are no names."""
    with Base.open(workspace) as base:
        for called in base.people():
            words = [word for word in called.split() if role(word) is None]
            if words and len(words) <= LONGEST and not any(char.isdigit() or char in "_@" for char in called):
                yield " ".join(words)


def decided(workspace: Workspace) -> tuple[list[str], list[str]]:
    """(words to hide, words that are no names) of knowledge/masking.csv; UsageError with the line for another decision."""
    hide: list[str] = []
    kept: list[str] = []
    for line, row in _rows(_place(workspace)):
        said = (row.get("decision") or "").strip().casefold()
        if said and said not in (HIDE, KEEP):
            raise UsageError("desk.bad_decision", path=_place(workspace), line=line, value=said)
        (hide if said == HIDE else kept if said == KEEP else []).append((row.get("word") or "").strip())
    return [word for word in hide if word], [word for word in kept if word]


def masked_all(workspace: Workspace) -> Masked:
    """What masking does to all texts of the base."""
    with Base.open(workspace) as base:
        texts = base.texts()
    hide, kept = decided(workspace)
    return mask(texts.set_index("text_id")["text"], names_of(workspace), hide=hide, kept=kept, country=workspace.client.country)


def queue(workspace: Workspace) -> tuple[Path, Masked]:
    """Write the doubtful words of all texts to knowledge/masking.csv, decisions made before kept; the file and what masking did."""
    done = masked_all(workspace)
    before = {(row.get("word") or "").casefold(): row for _, row in _rows(_place(workspace))}
    rows: list[dict[str, object]] = [{name: row.get(name, "") for name in COLUMNS} for row in before.values() if (row.get("decision") or "").strip()]
    if len(done.doubtful):
        words = done.doubtful.assign(word=done.doubtful["quote"].str.extract(r"\[(.*?)\]", expand=False).fillna(""))
        for (word, kind), part in sorted(words.groupby([words["word"].str.casefold(), "kind"]), key=lambda one: (-len(one[1]), one[0])):
            if word and not (before.get(word, {}).get("decision") or "").strip():
                rows.append({"word": part["word"].iloc[0], "kind": kind, "times": len(part), "example": part["quote"].iloc[0], "decision": ""})
    made(workspace.knowledge)
    write_rows(_place(workspace), pd.DataFrame(rows, columns=list(COLUMNS)))
    return _place(workspace), done


def _place(workspace: Workspace) -> Path:
    return workspace.knowledge / FILE


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of the file as a person may have saved it: with commas, semicolons or tabs, in any usual encoding. UsageError without the columns of words and
    decisions: what a person decided is never passed over."""
    if not file.is_file():
        return
    lines = text_of(file, Counter()).lstrip("\ufeff").splitlines()
    delimiter = max(",;\t", key=(lines or [""])[0].count)
    heads = [head.strip().casefold() for head in next(csv.reader(lines[:1], delimiter=delimiter), [])]
    if not {"word", "decision"} <= set(heads):
        raise UsageError("desk.bad_masking", path=file, found=", ".join(heads)[:LONGEST_HEAD] or "–")
    for line, row in enumerate(csv.DictReader(lines, delimiter=delimiter), start=2):
        yield line, {str(name).strip().casefold(): (value or "").lstrip("'") for name, value in row.items() if isinstance(value, str | None) and name}
