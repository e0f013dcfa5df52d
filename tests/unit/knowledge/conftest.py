"""What tests of the base share: cases as a reader gives them."""

from types import SimpleNamespace

import pandas as pd
import pytest


def read(*cases: dict) -> SimpleNamespace:
    """Cases of a reader: every dict holds the columns of a case and `said`, pairs of speaker and text."""
    rows = [{"case_id": one["case_id"], "turn": turn, "speaker": speaker, "text": text, "text_id": f"{one['case_id']}#{turn}", "at": one.get("said_at"), "language": one.get("told")}
            for one in cases for turn, (speaker, text) in enumerate(one.get("said", ()), 1)]
    names = ("text_id", "case_id", "turn", "speaker", "text", "at", "language")
    columns = {name: pd.Series([row[name] for row in rows], dtype="object") for name in names}  # pandas has no text column that takes half a character
    texts = pd.DataFrame({**columns, "turn": columns["turn"].astype("int64"), "at": pd.to_datetime(columns["at"]).astype("datetime64[us]")})
    frame = pd.DataFrame([{name: value for name, value in one.items() if name not in ("said", "said_at", "told")} for one in cases])
    return SimpleNamespace(cases=frame, texts=texts)


@pytest.fixture(name="read", scope="session")
def _read():
    return read


@pytest.fixture(scope="session")
def filled_base():
    """Makes a base of what was said: case → pairs of speaker and text, a day a case."""
    from audit.knowledge import tag
    from audit.knowledge.base import Base

    def fill(folder, said: dict[str, list[tuple[str, str]]]) -> Base:
        cases = [{"case_id": name, "owner": f"owner {name}", "outcome": "won", "kind": "call", "language": name, "at": pd.Timestamp("2026-01-01 12:00") + pd.Timedelta(day, "D"), "said": lines}
                 for day, (name, lines) in enumerate(said.items())]
        base = Base.open(folder / "knowledge.sqlite")
        base.add(read(*cases))
        base.put_tags(tag(base.texts()), by="rule", version="1")
        return base

    return fill


@pytest.fixture
def base(tmp_path):
    """An empty base."""
    from audit.knowledge.base import Base

    with Base.open(tmp_path / "knowledge.sqlite", by="Ann") as found:
        yield found
