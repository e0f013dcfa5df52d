"""Answers of surveys, and which of them may be shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from audit.metrics.bases import frames, people

if TYPE_CHECKING:
    from audit.metrics.bases import Bases

ENPS = ("enps", "рекоменд", "recommend", "препоръч")  # a question with such a word is that of eNPS
PULSE = ("pulse", "пульс", "пулс")  # a survey or question with such a word is a pulse


def asked(bases: Bases) -> pd.DataFrame:
    """One row an answer by `as_of`: survey, `at` (its first day), question, user_id, owner, team, value, `who` (each nameless answer to a
    question is somebody of its own), `is_enps`, `is_pulse`."""
    t = bases.full("surveys").filter(lambda t: (t.asked_at <= bases.as_of) & t.value.notnull())
    frame = bases.rows(people.with_person(t, bases).select("survey_id", "asked_at", "user_id", "owner", "team", "question_id", "value"))
    keys = ["survey_id", "question_id", "user_id", "asked_at", "value"]
    frame = frame.assign(at=[frames.day_of(day) for day in frame["asked_at"]]).sort_values(keys, kind="stable", na_position="last")
    # a form that is sent again and again is a survey of each month
    frame["survey_id"] = [one if one is None or not day else f"{one} {day:%Y-%m}" for one, day in zip(frame["survey_id"], frame["at"], strict=True)]
    named = frame["user_id"].notna()
    frame = frame[~named | ~frame.duplicated(["survey_id", "question_id", "user_id"], keep="last")].copy()  # one answer a person, the last
    nameless = frame.groupby(["survey_id", "question_id"], dropna=False).cumcount().astype(str)
    frame["who"] = frame["user_id"].where(frame["user_id"].notna(), "? " + nameless)
    frame["at"] = frame.groupby("survey_id")["at"].transform("min")
    question = frame["question_id"].fillna("").astype("str").str.casefold()
    said = frame["survey_id"].fillna("").astype("str").str.casefold() + " " + question
    frame["is_enps"] = _names(question, ENPS) & frame["value"].between(0, 10)
    frame["is_pulse"] = ~frame["is_enps"] & _names(said, PULSE) & frame["value"].between(1, 5)
    return frame.reset_index(drop=True)


def _names(said: pd.Series, words: tuple[str, ...]) -> pd.Series:
    """Whether a text has one of the words."""
    return said.map(lambda text: any(word in text for word in words)).astype(bool)


def shown(frame: pd.DataFrame, bases: Bases) -> pd.DataFrame:
    """Answers that may be published: to questions of surveys that enough people answered."""
    people_of = frame.groupby(["survey_id", "question_id"])["who"].transform("nunique")
    return frame[people_of >= bases.client.rules.survey_min_people]


def shown_by_team(frame: pd.DataFrame, bases: Bases) -> pd.DataFrame:
    """Answers whose team may be told too. Where what is hidden of a survey comes from too few, so that it could be had by subtraction, its
    smallest open team is hidden as well."""
    least = bases.client.rules.survey_min_people
    kept = []
    for _, rows in frame.groupby("survey_id", sort=True):
        sizes = rows[rows["team"].notna()].groupby("team")["who"].nunique().sort_values(kind="stable")
        shown = sizes[sizes >= least]
        while len(shown) and 0 < rows["who"].nunique() - shown.sum() < least:
            shown = shown.iloc[1:]
        kept.append(rows[rows["team"].isin(shown.index)])
    return pd.concat(kept) if kept else frame
