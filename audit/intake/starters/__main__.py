"""Writes every starter into templates/starters/ of a checkout."""

from pathlib import Path

from audit.intake.starters import files
from audit.share import share

root = Path(share("templates")) / "starters"
for name, content in files():
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
