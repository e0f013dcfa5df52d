"""Values of slices that differ by case and spaces alone are one value: the commonest spelling, in all tables."""

from __future__ import annotations

from collections import Counter

from audit.intake.text import norm
from audit.intake.typed.part import Part

# canonical columns that are slices, and what the files of targets call them
_SLICES = {name: name for name in (
    "source", "channel", "segment", "region", "industry", "product", "product_line", "team", "role", "loss_reason", "need", "utm_source", "utm_medium", "utm_campaign",
)} | {"team_name": "team", "segment_name": "segment"}
_MOST = 500  # different values; a column with more holds names or ids, whose case may tell them apart


def unify(parts: list[Part]) -> None:
    """Write every value of a slice the one way that most rows have, and count the rows that had another (`spelling`); changes the parts in place."""
    counts: dict[str, Counter[str]] = {}
    for part in parts:
        for name, column in _of_slices(part).items():
            counts.setdefault(column, Counter()).update(part.frame[name].value_counts().to_dict())
    renames = {column: other for column, count in counts.items() if (other := _other(count))}
    for part in parts:
        for name, column in _of_slices(part).items():
            wrong = part.frame[name].isin(list(renames[column])) if column in renames else None
            if wrong is not None and wrong.any():
                part.frame[name] = part.frame[name].replace(renames[column])
                part.warnings["spelling"] += int(wrong.sum())


def _of_slices(part: Part) -> dict[str, str]:
    """Columns of a part that hold values of slices → the slice."""
    free = {name: name for name, header in part.extras.items() if norm(header) not in part.shape.ids}
    return {name: slice_ for name, slice_ in {**free, **_SLICES}.items()
            if name in part.frame and part.frame[name].dtype == "str" and part.frame[name].nunique() <= _MOST}


def _other(count: Counter[str]) -> dict[str, str]:
    """Spelling → the commonest one of the same value, where it is another."""
    ways: dict[str, list[str]] = {}
    for value in count:
        ways.setdefault(" ".join(value.split()).casefold(), []).append(value)
    best = {value: min(same, key=lambda one: (-count[one], one)) for same in ways.values() for value in same if len(same) > 1}
    return {value: commonest for value, commonest in best.items() if value != commonest}
