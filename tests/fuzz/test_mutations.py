"""Damaged files: each ends in tables and quarantine whose counts add up, or in an error of three parts; none hangs."""

import json
import os
import random
import signal
import zlib
from contextlib import contextmanager
from pathlib import Path

import mutate
import pytest

from audit.errors import AuditError
from audit.intake import intake

ROOT = Path(__file__).parents[2]
SAMPLES = mutate.samples(ROOT)
TOTAL = int(os.environ.get("AUDIT_FUZZ", "2000"))  # mutated files in all
SEED = int(os.environ.get("AUDIT_FUZZ_SEED", "0"))  # another number, other damages
EACH = -(-TOTAL // len(SAMPLES))
SECONDS = 10


class HangError(BaseException):
    """Not an Exception, so that nothing on the way swallows it."""


@contextmanager
def within(seconds: int):
    def stop(*_):
        raise HangError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def taken(place: Path, name: str, content: bytes) -> dict:
    """Read one file in a workspace of its own; the report, or {} after an error that says its three parts."""
    (place / "inbox").mkdir(parents=True)
    (place / "client.yml").write_text("name: Пример\ncurrency: RUB\n", "utf-8")
    (place / "inbox" / name).write_bytes(content)
    told: tuple[str, ...] = ("done",)
    try:
        with within(SECONDS):
            intake(place, lang="en")
    except AuditError as error:
        told = error.parts("en")
    assert all(part.strip() for part in told)
    if not (place / "intake.json").is_file():
        return {}
    return json.loads((place / "intake.json").read_text("utf-8"))


def check(report: dict) -> None:
    for entry in report.get("files", []):
        assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"], entry
        assert min(entry["rows_in"], entry["rows_kept"], entry["rows_quarantined"], entry["rows_merged"]) >= 0, entry
        assert (sum(entry["reasons"].values()) >= entry["rows_quarantined"]) or not entry["rows_quarantined"], entry


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_whole_file_is_read(tmp_path, name):
    report = taken(tmp_path / "c", name, SAMPLES[name])
    check(report)
    assert sum(entry["rows_in"] for entry in report["files"]) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_damaged_file_neither_breaks_nor_hangs(tmp_path, name):
    dice = random.Random(zlib.crc32(name.encode()) + SEED)
    zipped = SAMPLES[name][:2] == b"PK"
    broken = []
    for number in range(EACH):
        change = mutate.mutated_inside if zipped and number % 2 else mutate.mutated
        content = change(SAMPLES[name], dice)
        place = tmp_path / f"c{number}"
        try:
            check(taken(place, name, content))
        except (HangError, Exception) as why:
            kept = tmp_path / f"found_{number}_{name}"
            kept.write_bytes(content)
            broken.append(f"{kept}: {type(why).__name__}: {why}")
    assert not broken, "\n".join(broken[:5])
