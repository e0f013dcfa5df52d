"""Words by which the catalogue knows what people wrote: rules.yml."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def rules() -> dict:
    """rules.yml: placeholders, patterns of a useful comment, fields that stages ask for; causes, questions, stages of waiting as regular expressions."""
    import yaml

    return yaml.safe_load(files("audit.metrics.declare").joinpath("rules.yml").read_text(encoding="utf-8"))
