"""Where the notebooks, templates and sample data lie (beside the package in a checkout, inside it once installed), and which code this is."""

import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def share(folder: str) -> Path:
    """The folder `notebooks`, `templates` or `data_samples`.

    Raises FileNotFoundError in a broken installation.
    """
    for place in (_PACKAGE / "_share" / folder, _PACKAGE.parent / folder):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"this installation lacks its folder {folder}")


@cache
def code_digest() -> str:
    """Digest of the package's own files, so that a new version measures anew."""
    digest = hashlib.sha256()
    for file in sorted([*_PACKAGE.rglob("*.py"), *_PACKAGE.rglob("*.yml"), *share("templates").rglob("*")]):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]
