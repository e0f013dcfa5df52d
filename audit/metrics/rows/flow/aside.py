"""Stages in which deals only wait."""

from __future__ import annotations

import pandas as pd

from audit.metrics.bases import Bases, frames
from audit.metrics.declare.rules import rules


def waiting(bases: Bases) -> tuple[str, ...]:
    """Names of the open stages in which deals only wait: rules.parking_stages, else by the words of rules.yml."""
    names = pd.Series([stage.name for stage in bases.stages.all if stage.semantic == "open"], dtype=object)
    wanted = {" ".join(name.split()).casefold() for name in bases.client.rules.parking_stages}
    if wanted:
        named = {name for name in names if " ".join(name.split()).casefold() in wanted}
        named |= {stage.name for stage in bases.stages.all if stage.semantic == "open" and stage.id.casefold() in wanted}
        return tuple(sorted(named))
    return tuple(sorted(set(names[frames.says(names, rules()["parking"])])))
