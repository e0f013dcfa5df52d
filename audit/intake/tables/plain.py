"""Rows of tables that people keep by hand: what a spreadsheet leaves unsaid."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pandas as pd

from audit.intake.parse.dates import moment, take_apart
from audit.intake.tables import finish
from audit.intake.tables.finish import NOW, column
from audit.intake.text import norm, words
from audit.intake.typed.part import Part

REVIEWED = ("object_id", "reviewed_at", "user_id", "reviewer_id", "checklist_id")


def finished(part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """Canonical columns of a plain table from its helper columns and its title."""
    day = part.shape.title.get("day")
    if day:
        frame[day] = column(frame, day, NOW).fillna(_title_day(part)).astype(NOW)
    rule = RULES.get(part.table or "")
    return rule(part, frame) if rule else frame


def _title_day(part: Part) -> pd.Timestamp | None:
    """The last date that the title over the header names."""
    found = finish.ANY_DATE.findall(part.source.above)
    when = moment(take_apart(found[-1]), "dmy", "UTC") if found else None
    return pd.Timestamp(when) if when else None


def _reviews(part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """Items of one review share an id made of what was reviewed, when and by whom."""
    own = [name for name in REVIEWED if name in frame]
    if own:
        texts = [frame[name].astype("str").fillna("") for name in own]
        codes, different = pd.factorize(texts[0].str.cat(texts[1:], sep="\x1f") if texts[1:] else texts[0])
        made = pd.Series(["r" + hashlib.blake2b(str(text).encode(), digest_size=6).hexdigest() for text in different], dtype=object).take(codes).set_axis(frame.index)
        if frame[own].isna().all(axis=1).any():
            made = made.mask(frame[own].isna().all(axis=1))
        frame["review_id"] = column(frame, "review_id").fillna(made.astype("str"))
    if "score" in part.used and "is_na" not in part.used:
        told = part.source.cells[part.used["score"]].map(norm).isin(words("not_applicable"))
        frame["is_na"] = told.reindex(frame.index).astype("boolean")
    return frame


def _scoped(_: Part, frame: pd.DataFrame) -> pd.DataFrame:
    return finish.scoped(frame).drop(columns="owner_name", errors="ignore")


def _forecasts(part: Part, frame: pd.DataFrame) -> pd.DataFrame:
    frame, bad = finish.spans(frame)
    part.refuse(bad, "bad_date")
    frame["metric"] = column(frame, "metric").fillna("revenue")
    return _scoped(part, frame)


def _knowledge(_: Part, frame: pd.DataFrame) -> pd.DataFrame:
    """An item without an id is known by its title: a log of techniques names it so."""
    frame["kb_id"] = column(frame, "kb_id").fillna(column(frame, "title"))
    return frame


RULES: dict[str, Callable[[Part, pd.DataFrame], pd.DataFrame]] = {
    "qa_reviews": _reviews, "forecasts": _forecasts, "deviations": _scoped, "kb_items": _knowledge,
}
