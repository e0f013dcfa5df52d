"""The step of the base of techniques in a run: taken where there is something to hear."""

from __future__ import annotations

import datetime as dt

from audit.knowledge.base import NAME
from audit.knowledge.desk import waiting
from audit.runner.steps import Step
from audit.workspace import Workspace

NOTEBOOK = "30_knowledge"
TABLES = ("deals", "users", "clients", "contacts", "leads", "activities", "stage_history")


def wanted(workspace: Workspace, as_of: dt.date, lang: str) -> Step | None:
    """The step, or None where there is neither a base nor a talk to take in."""
    base, own = workspace.root / NAME, workspace.knowledge
    if not base.is_file() and not waiting(workspace):
        return None
    folder = workspace.report_dir(as_of)
    return Step(
        NOTEBOOK, {"client": str(workspace.root), "as_of": str(as_of), "lang": lang},
        reads=(workspace.root / "client.yml", workspace.talks, own / "cards", own / "masking.csv", base, *(workspace.tables / f"{name}.parquet" for name in TABLES)),
        leaves=(folder / "techniques.json", workspace.knowledge_tables), scope=str(as_of),
    )
