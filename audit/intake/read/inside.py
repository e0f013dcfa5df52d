"""Records that other records carry inside: stages of a pipeline, earlier values of a deal. They are tables of their own."""

from __future__ import annotations

HISTORY = "propertiesWithHistory"
_KEYS = ("id", "pipelineId", "pipeline_id")


def records_inside(item: dict) -> dict[str, list[dict]]:
    """Path within the record → records found there, each with the id and the name of what carries it.

    amoCRM: `_embedded.statuses` of a pipeline. HubSpot: `stages` of a pipeline; `propertiesWithHistory`, a row a value,
    of objects and of versions of their properties alike.
    """
    found = {"_embedded.statuses": _statuses(item), "stages": _stages(item), HISTORY: _values(item)}
    return {path: records for path, records in found.items() if records}


def _records(value: object) -> list[dict]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _statuses(pipeline: dict) -> list[dict]:
    inside = pipeline.get("_embedded")
    found = _records(inside.get("statuses")) if isinstance(inside, dict) else []
    return [{**one, "pipeline_id": one.get("pipeline_id", pipeline.get("id")), "pipeline_name": pipeline.get("name")} for one in found]


def _stages(pipeline: dict) -> list[dict]:
    found = _records(pipeline.get("stages")) if "label" in pipeline else []
    key = next((pipeline[name] for name in _KEYS if name in pipeline), None)
    return [{**one, "pipelineId": key, "pipelineLabel": pipeline["label"]} for one in found]


def _values(item: dict) -> list[dict]:
    """Only deals have stages: the id of anything else is no deal's."""
    history = item.get(HISTORY)
    if not isinstance(history, dict):
        return []
    key = "dealId" if "dealstage" in history else "objectId"
    return [{key: item.get("id"), "name": name, **one} for name, values in history.items() for one in _records(values)]
