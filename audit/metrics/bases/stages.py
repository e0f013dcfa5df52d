"""The stages of every pipeline: names, order, norms, as columns of any table that has stage ids."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import ibis
import ibis.expr.types as ir

from audit.schema import BY_NAME


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage; `ord` and `max_days` are None where the client has none. Namesakes of one pipeline are told apart by their ids.

    `rank` numbers the ordered open stages of a pipeline from 0, winning comes after the last; None for the rest.
    `demands` are the kinds of actions that its exit criterion names, by the words of `activities.kind`.
    """

    pipeline: str | None
    id: str
    name: str
    ord: int | None
    semantic: str
    max_days: float | None
    rank: int | None = None
    demands: tuple[str, ...] = ()


class Stages:
    """All stages in the order of their pipelines."""

    def __init__(self, rows: Iterable[dict]):
        found = [
            Stage(_text(row["pipeline_id"]), str(row["stage_id"]), _text(row["name"]) or str(row["stage_id"]),
                  _whole(row["ord"]), _text(row["semantic"]) or "open", _number(row["max_days"]),
                  demands=_kinds(row.get("exit_criterion")))
            for row in rows
        ]
        called = Counter((stage.pipeline, stage.name) for stage in found)
        found = [replace(s, name=f"{s.name} ({s.id})") if called[s.pipeline, s.name] > 1 else s for s in found]
        rank = {"open": 0, "won": 1, "lost": 2}
        self.all = _ranked(sorted(found, key=lambda s: (s.pipeline or "", rank[s.semantic], s.ord is None, s.ord or 0, s.id)))
        ids = [stage.id for stage in self.all]
        self._by_pipeline = len(set(ids)) < len(ids)

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def pipelines(self) -> list[str | None]:
        """Pipelines that have stages."""
        return list(dict.fromkeys(stage.pipeline for stage in self.all))

    def open_ones(self, pipeline: str | None) -> list[Stage]:
        """Ordered open stages of one pipeline, those without an order left out."""
        return [s for s in self.all if s.pipeline == pipeline and s.semantic == "open" and s.ord is not None]

    def order(self) -> dict[str, int]:
        """Stage name → place for sorting rows; a name in several pipelines has its first place."""
        places: dict[str, int] = {}
        for place, stage in enumerate(self.all):
            places.setdefault(stage.name, place)
        return places

    def label(self, pipeline: ir.Value, stage: ir.Value) -> ir.Value:
        """The clean name of each stage, its id where the stage is not declared."""
        return ibis.coalesce(self._looked_up(pipeline, stage, "name", "string"), stage)

    def label_alone(self, stage: ir.Value) -> ir.Value:
        """The name of each stage of no known pipeline, its id where pipelines call it differently."""
        names: dict[str, set[str]] = {}
        for one in self.all:
            names.setdefault(one.id, set()).add(one.name)
        pairs = [(stage == known, ibis.literal(min(called))) for known, called in names.items() if len(called) == 1]
        return ibis.coalesce(ibis.cases(*pairs, else_=ibis.null("string")), stage) if pairs else stage

    def column(self, pipeline: ir.Value, stage: ir.Value, field: str) -> ir.Value:
        """`ord`, `rank`, `max_days` or `semantic` of each stage; empty where unknown."""
        return self._looked_up(pipeline, stage, field, {"ord": "int64", "rank": "int64", "max_days": "float64"}.get(field, "string"))

    def _looked_up(self, pipeline: ir.Value, stage: ir.Value, field: str, kind: str) -> ir.Value:
        pairs = []
        for one in self.all:
            value = getattr(one, field)
            if value is not None:
                same = stage == one.id
                if self._by_pipeline:
                    same = same & (pipeline.isnull() if one.pipeline is None else pipeline == one.pipeline)
                pairs.append((same, ibis.literal(value, type=kind)))
        return ibis.cases(*pairs, else_=ibis.null(kind)) if pairs else ibis.null(kind)


def _ranked(stages: list[Stage]) -> list[Stage]:
    """The same stages with their ranks."""
    found, lasts = [], dict.fromkeys((stage.pipeline for stage in stages), 0)
    for stage in stages:
        if stage.semantic == "open" and stage.ord is not None:
            stage = replace(stage, rank=lasts[stage.pipeline])
            lasts[stage.pipeline] += 1
        elif stage.semantic == "won":  # sorted after the open ones
            stage = replace(stage, rank=lasts[stage.pipeline])
        found.append(stage)
    return found


def _kinds(criterion: object) -> tuple[str, ...]:
    """Kinds of actions named in an exit criterion: "meeting or presentation, done"."""
    known = BY_NAME["activities"]["kind"].levels
    words = re.findall(r"[a-z_]+", str(criterion).lower()) if criterion is not None and criterion == criterion else []
    return tuple(kind for kind in known if kind in words)


def _text(value: object) -> str | None:
    return None if value is None or value != value else str(value)


def _number(value: object) -> float | None:
    return None if value is None or math.isnan(float(value)) else float(value)  # type: ignore[arg-type]


def _whole(value: object) -> int | None:
    number = _number(value)
    return None if number is None else int(number)
