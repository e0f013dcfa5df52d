"""The base as one object: every verb that others read and write it by."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from audit.errors import WorkspaceError
from audit.knowledge.base import adding, attachments, records, tagging
from audit.knowledge.base.check import problems
from audit.knowledge.base.file import File
from audit.knowledge.base.search import search
from audit.knowledge.card import Card
from audit.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

NAME = "knowledge.sqlite"


class Read(Protocol):
    """What was read of a client's files: `cases` a row a case, `texts` a row an utterance."""

    @property
    def cases(self) -> pd.DataFrame:
        """A row a case."""

    @property
    def texts(self) -> pd.DataFrame:
        """A row an utterance."""


class Base:
    """knowledge.sqlite of a client. May be used by many threads and processes at once; what a writing verb has returned from is on the disk.

    A verb raises WorkspaceError when the file is damaged, of a later version, not to be written, or when others write for more than a minute.
    Moments named `recorded_at` and `ended_at` are UTC; the others stand as they were given.
    """

    def __init__(self, path: Path, by: str = ""):
        self.path, self.by = path, by
        self._file = File(path)

    @classmethod
    def open(cls, place: Workspace | str | os.PathLike, *, by: str = "") -> Base:
        """The base of a workspace, or the file `place` when its name ends in .sqlite; made when there is none. `by` is who works, for the history.

        Raises WorkspaceError for a folder that is no workspace and for a base that is damaged, lost, of a later version or not ours. Nothing is ever made anew over it.
        """
        if not isinstance(place, Workspace) and Path(place).suffix == ".sqlite":
            path = Path(place).expanduser().resolve()
            if not path.parent.is_dir():
                raise WorkspaceError("errors.not_a_workspace", path=path.parent)
            return cls(path, by)
        return cls(Workspace.open(place).root / NAME, by)

    def __enter__(self) -> Base:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections of this process."""
        self._file.close()

    # -- cases and texts ---------------------------------------------------------------------------------

    def add(self, read: Read) -> dict[str, int]:
        """Take in cases; how many were added, changed, same. Repeating it changes nothing.

        A case is known by its `case_id` and other by its content (file and sha256 set aside): a changed one becomes a new revision, the old one stays in `case_history`;
        utterances that did not change keep tags and labels. Large inputs are written in parts, each case whole, so that a killed call leaves whole cases.
        Raises UsageError for a missing column, an id that is empty or stands twice, an utterance without a case.
        """
        return adding.add(self._file, read.cases, read.texts)

    def cases(self) -> pd.DataFrame:
        """A row a case as it is now, by id: case_id, deal_id, client_id, owner, outcome, at, started_at, decided_at, stage, segment, amount, kind, version, language, file, sha256."""
        return adding.cases(self._file)

    def texts(self, case_id: str | None = None, *, revision: int | None = None) -> pd.DataFrame:
        """A row an utterance by case and turn, of all cases or one, as it is now or was in a revision: text_id, case_id, turn, speaker, speaker_name, text, at, language."""
        return adding.texts(self._file, case_id, revision)

    def people(self) -> list[str]:
        """Every name that a seller of a case or a speaker has, as files call them: names of people, and words for a role."""
        return adding.people(self._file)

    def case_history(self, case_id: str | None = None) -> pd.DataFrame:
        """A row a revision of a case: number, whether it is the latest, digest of the content, when recorded, columns of the case."""
        return adding.history(self._file, case_id)

    # -- tags and labels ---------------------------------------------------------------------------------

    def put_tags(self, tags: pd.DataFrame, *, by: str, version: str, texts: Iterable[str] | None = None) -> dict[str, int]:
        """Note TAGS: what `by` (rule, model or human) in `version` (of cards or model) says of texts; how many were added, ended, same.

        It replaces what the same `by` said of the same texts: those of the frame and those in `texts`, the ids of all texts that were looked at, so that a text in which
        nothing is heard any more loses its tags. What is replaced stays in `tag_history`. Raises UsageError for a text that is not there and for a quote that does not stand at
        its place; many texts are written in parts, and the parts before such a one stay.
        """
        return tagging.put_tags(self._file, tags, by, version, texts)

    def tags(self, by: str | None = None) -> pd.DataFrame:
        """TAGS that hold now, with case_id, turn, at (of the utterance), by case, turn and place; `by` one marker only."""
        return tagging.tags(self._file, by)

    def tag_history(self, text_id: str | None = None) -> pd.DataFrame:
        """A row a tag there ever was, with its version, when it was recorded and when it ended (empty: it holds)."""
        return tagging.tag_history(self._file, text_id)

    def put_labels(self, labels: pd.DataFrame) -> dict[str, int]:
        """Note what people say: text_id, technique, present (yes/no), by (name of the marker), at. A marker's new word replaces the old; how many were added, changed, same.

        Raises UsageError for a text that is not there and for a label that says neither yes nor no.
        """
        return tagging.put_labels(self._file, labels)

    def labels(self) -> pd.DataFrame:
        """A row a text, technique and marker as it holds now: text_id, technique, present, by, at."""
        return tagging.labels(self._file)

    # -- cards, statuses, taggers --------------------------------------------------------------------------

    def put_cards(self, cards: Iterable[Card]) -> dict[str, int]:
        """Note cards; one that differs from its last version is a new row of the history. How many were added, changed, same."""
        return records.put_cards(self._file, cards, self.by)

    def cards(self) -> tuple[Card, ...]:
        """The last version of every card that was ever noted, by id."""
        return records.cards(self._file)

    def card_history(self, id: str | None = None) -> pd.DataFrame:
        """A row a version of a card: id, version, digest, status, kind, owner, when and by whom recorded."""
        return records.card_history(self._file, id)

    def put_status(self, id: str, status: str, evidence: Mapping[str, Any], as_of: dt.date | str) -> bool:
        """Note what a technique may be called as of a day and what that rests on; whether that is news."""
        return records.put_status(self._file, id, status, evidence, as_of, self.by)

    def statuses(self, id: str | None = None, *, every: bool = False) -> pd.DataFrame:
        """The last status of each technique (`every`: all there were): id, status, evidence (a dict), as_of, when and by whom recorded."""
        return records.statuses(self._file, id, every)

    def put_quality(self, quality: pd.DataFrame) -> int:
        """Note how well techniques are recognised (technique, n, positives, precision, recall, f1, f1_low, f1_high, method); how many figures are new."""
        return records.put_quality(self._file, quality)

    def quality(self) -> pd.DataFrame:
        """The last figures of each technique."""
        return records.quality(self._file)

    def put_model(self, technique: str, model: Mapping[str, Any]) -> bool:
        """Note the model of a technique, a dict that JSON can hold; whether it is another one."""
        return records.put_model(self._file, technique, model)

    def models(self) -> dict[str, dict[str, Any]]:
        """Technique → its last model."""
        return records.models(self._file)

    # -- attachments -----------------------------------------------------------------------------------------

    def attach(self, path: str | os.PathLike, case_id: str | None = None) -> str:
        """Keep a file (a proposal, a recording), of a case or of none: its content lies once under knowledge/attachments by its SHA-256, which is returned.

        Raises UsageError when there is no such file or case.
        """
        return attachments.attach(self._file, path, case_id)

    def attachments(self) -> pd.DataFrame:
        """A row a file and case: sha256, name (fit to be saved under), size in bytes, case_id, recorded_at, path of the content."""
        return attachments.attachments(self._file)

    # -- search ------------------------------------------------------------------------------------------------

    def search(
        self, query: str, *, technique: str | Iterable[str] | None = None, owner: str | Iterable[str] | None = None, outcome: str | Iterable[str] | None = None,
        speaker: str | Iterable[str] | None = None, stage: str | Iterable[str] | None = None, segment: str | Iterable[str] | None = None,
        language: str | Iterable[str] | None = None, kind: str | Iterable[str] | None = None, since: dt.date | str | None = None, until: dt.date | str | None = None, limit: int = 20,
    ) -> pd.DataFrame:
        """Utterances in which all of the query stands, the best first, at most `limit`.

        `word`: any form of it (скидка finds скидок); `"some words"`: just so, one behind the other; `-word`, `-"some words"`: not with it; `beg*`: words that begin so. Anything
        else typed is taken for words, nothing is an error; of an endless query the first 40 parts count. An empty query gives all that the filters leave, the latest first.
        A filter takes a value or several; a day in `until` counts to its end; an utterance without a time has that of its case.

        `rank` is BM25 (above 0, larger is better), `snippet` one line of the text, `marks` the places (start, end) in it of what was found: `marked(snippet, marks)` makes HTML of
        them; `techniques` are the ids heard in the utterance. Raises UsageError for a date that is none and a limit below 1.
        """
        filters = {"owner": owner, "outcome": outcome, "speaker": speaker, "stage": stage, "segment": segment, "language": language, "kind": kind}
        return search(self._file, query, filters, technique, since, until, limit)

    def check(self) -> list[str]:
        """What is wrong with the file, its search index and the attachments, in the words of SQLite; nothing when all is well. Reads everything."""
        return problems(self._file)
