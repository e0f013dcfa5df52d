"""Tables of the desk that people open in a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from audit.metrics.values import tame
from audit.workspace import replacing


def write_rows(path: Path, frame: pd.DataFrame) -> None:
    """The frame as csv, whole or not at all; no cell is taken for a formula."""
    with replacing(path) as part:
        frame.map(lambda cell: tame(cell) if isinstance(cell, str) else cell).to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\n")
