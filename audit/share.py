"""Where the notebooks, templates and sample data lie: beside the package in a checkout, inside it once installed."""

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
