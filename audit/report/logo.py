"""The client's logo as inert picture data."""

from __future__ import annotations

import base64
from pathlib import Path

from audit.report.sanitize import PICTURE, inert

KINDS = {".svg": "svg+xml", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
LARGEST = 60_000


def logo_uri(root: Path, name: str | None) -> str | None:
    """`name` inside `root` as a data URI, or None when absent, too large or not inert."""
    file = root / name if name else None
    if not file or file.suffix.lower() not in KINDS or not file.is_file() or file.stat().st_size > LARGEST:
        return None
    if not file.resolve().is_relative_to(root.resolve()):
        return None
    uri = f"data:image/{KINDS[file.suffix.lower()]};base64,{base64.b64encode(file.read_bytes()).decode()}"
    return uri if PICTURE.fullmatch(uri) and inert(uri) else None
