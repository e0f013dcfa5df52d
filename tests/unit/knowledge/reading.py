"""What tests of cases share: one file read, who said what in it, and why something was refused."""

import pandas as pd

from audit.knowledge.cases import Read, read_cases


def spoken(read: Read) -> list[tuple]:
    """(speaker, name, text) of every utterance."""
    return [(None if pd.isna(side) else side, None if pd.isna(name) else name, text) for side, name, text in zip(read.texts["speaker"], read.texts["speaker_name"], read.texts["text"], strict=True)]


def reasons(read: Read) -> dict:
    return read.refused["reason"].value_counts().to_dict()


def one(tmp_path, name: str, content: str | bytes, **given) -> Read:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    read = read_cases(path, **given)
    for file in read.files:
        assert file["rows_in"] == file["rows_kept"] + file["rows_refused"] and sum(file["reasons"].values()) == file["rows_refused"]
    return read
