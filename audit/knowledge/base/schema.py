"""The tables of knowledge.sqlite, step by step: a base of an older version takes the steps it lacks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

APPLICATION = 0x41756B42  # says that a SQLite file is such a base
CASE = ("deal_id", "client_id", "owner", "outcome", "at", "started_at", "decided_at", "stage", "segment", "amount", "kind", "version", "language", "file", "sha256")

# moments are microseconds since 1970; of what has `ended` or `until` a later row says what holds now
_FIRST = """
CREATE TABLE cases (id INTEGER PRIMARY KEY, case_id TEXT NOT NULL UNIQUE);
CREATE TABLE revisions (case_no INTEGER NOT NULL REFERENCES cases (id), revision INTEGER NOT NULL, latest INTEGER NOT NULL, hash TEXT NOT NULL, recorded_at INTEGER NOT NULL,
  deal_id TEXT, client_id TEXT, owner TEXT, outcome TEXT, at INTEGER, started_at INTEGER, decided_at INTEGER, stage TEXT, segment TEXT, amount REAL, kind TEXT, version TEXT,
  language TEXT, file TEXT, sha256 TEXT, PRIMARY KEY (case_no, revision));
CREATE UNIQUE INDEX revisions_latest ON revisions (case_no) WHERE latest = 1;
CREATE TABLE utterances (id INTEGER PRIMARY KEY, text_id TEXT NOT NULL, case_no INTEGER NOT NULL REFERENCES cases (id), since INTEGER NOT NULL, until INTEGER,
  turn INTEGER NOT NULL, speaker TEXT, speaker_name TEXT, text TEXT NOT NULL, at INTEGER, language TEXT);
CREATE UNIQUE INDEX utterances_now ON utterances (text_id) WHERE until IS NULL;
CREATE INDEX utterances_of ON utterances (case_no, turn);
CREATE VIRTUAL TABLE words USING fts5 (said, lemmas, lemmas_bg, tokenize = 'ascii');
CREATE TABLE runs (id INTEGER PRIMARY KEY, tagged_by TEXT NOT NULL, version TEXT NOT NULL, recorded_at INTEGER NOT NULL);
CREATE TABLE tagged (id INTEGER PRIMARY KEY, utterance INTEGER NOT NULL REFERENCES utterances (id), technique TEXT NOT NULL, first INTEGER NOT NULL, after INTEGER NOT NULL,
  speaker TEXT, confidence REAL NOT NULL, run INTEGER NOT NULL REFERENCES runs (id), ended INTEGER REFERENCES runs (id));
CREATE INDEX tagged_in ON tagged (utterance) WHERE ended IS NULL;
CREATE INDEX tagged_as ON tagged (technique) WHERE ended IS NULL;
CREATE TABLE labels (id INTEGER PRIMARY KEY, utterance INTEGER NOT NULL REFERENCES utterances (id), technique TEXT NOT NULL, present INTEGER NOT NULL, marker TEXT NOT NULL,
  at INTEGER, recorded_at INTEGER NOT NULL, ended INTEGER);
CREATE UNIQUE INDEX labels_now ON labels (utterance, technique, marker) WHERE ended IS NULL;
CREATE TABLE cards (id INTEGER PRIMARY KEY, card_id TEXT NOT NULL, hash TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT NOT NULL,
  content TEXT NOT NULL, recorded_at INTEGER NOT NULL, recorded_by TEXT NOT NULL);
CREATE INDEX cards_of ON cards (card_id, id);
CREATE TABLE statuses (id INTEGER PRIMARY KEY, card_id TEXT NOT NULL, status TEXT NOT NULL, evidence TEXT NOT NULL, as_of TEXT NOT NULL, recorded_at INTEGER NOT NULL, recorded_by TEXT NOT NULL);
CREATE INDEX statuses_of ON statuses (card_id, id);
CREATE TABLE quality (id INTEGER PRIMARY KEY, technique TEXT NOT NULL, n INTEGER, positives INTEGER, "precision" REAL, recall REAL, f1 REAL, f1_low REAL, f1_high REAL, method TEXT,
  recorded_at INTEGER NOT NULL);
CREATE INDEX quality_of ON quality (technique, id);
CREATE TABLE models (id INTEGER PRIMARY KEY, technique TEXT NOT NULL, hash TEXT NOT NULL, content TEXT NOT NULL, recorded_at INTEGER NOT NULL);
CREATE INDEX models_of ON models (technique, id);
CREATE TABLE attachments (id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL, case_id TEXT NOT NULL, recorded_at INTEGER NOT NULL,
  UNIQUE (sha256, name, case_id));
"""
STEPS: tuple[str, ...] = (_FIRST,)


def migrate(base: sqlite3.Connection, steps: Sequence[str] = STEPS) -> None:
    """Take the steps that the base lacks, all or none; its version is how many it has taken. Others wait meanwhile."""
    with transaction(base, "BEGIN IMMEDIATE"):
        taken = base.execute("PRAGMA user_version").fetchone()[0]
        for step in steps[taken:]:
            for statement in filter(str.strip, step.split(";\n")):
                base.execute(statement)
        base.execute(f"PRAGMA user_version = {max(taken, len(steps))}")


@contextmanager
def transaction(base: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Connection]:
    """All of the block or nothing. What went wrong is told as it was, also where SQLite has rolled back by itself or could not commit."""
    base.execute(begin)
    try:
        yield base
        base.execute("COMMIT")
    finally:
        if base.in_transaction:
            base.execute("ROLLBACK")
