"""The order of stages where nothing but a guess gives it: asked once a pipeline, and the answer read back."""

from __future__ import annotations

import pandas as pd

from audit.intake.ask.mapping import Mapping
from audit.intake.outcome import clean_stage
from audit.intake.text import name_key

FEW = 3  # a guess about fewer stages than this moves little and is only recorded
ARROW = " > "


def settled(table: pd.DataFrame, mapping: Mapping) -> tuple[pd.DataFrame, set[str]]:
    """(the stages in the order of the answers, pipelines whose order is asked now).

    Asked where three or more open stages of a pipeline have no known place (`why` is unknown); "" stands for no pipeline.
    Stages that an answer leaves out keep their place after those it names.
    """
    asked: set[str] = set()
    parts = []
    for pipeline, group in table.groupby(table["pipeline_id"].fillna(""), sort=False):
        name = str(pipeline)
        is_open = group["semantic"] == "open"
        answer = mapping.answers.get("order", "stages", name)
        if answer:
            group = _by_answer(group, is_open, str(answer))
        elif int((is_open & (group["why"] == "unknown")).sum()) >= FEW:
            stages = group.loc[is_open, "stage_id"].tolist()
            mapping.answers.ask("order", "stages", name, stages, ARROW.join(stages), (), "unknown_order")
            asked.add(name)
        parts.append(group)
    result = pd.concat(parts, ignore_index=True) if parts else table
    result["ord"] = result.groupby("pipeline_id", dropna=False).cumcount() + 1
    return result, asked


def _by_answer(group: pd.DataFrame, is_open: pd.Series, answer: str) -> pd.DataFrame:
    """Open stages in the order that the answer names them, the others after them; won and lost stay last."""
    said = {name_key(clean_stage(stage)[0]): place for place, stage in enumerate(answer.split(ARROW.strip()))}
    place = group["stage_id"].map(lambda stage: said.get(name_key(clean_stage(stage)[0]), len(said)))
    place = place.where(is_open, len(said) + 1)
    return group.assign(why=group["why"].mask(is_open, "answer")).iloc[place.argsort(kind="stable").to_numpy()]
