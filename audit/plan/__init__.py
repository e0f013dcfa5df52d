"""Findings become a plan of changes: drafted, sent to the client as a book, read back with edits, agreed in the ledger."""

from audit.plan.changes import PlanChanges
from audit.plan.draft import Plan, draft_plan
from audit.plan.export import plan_draft, plan_export
from audit.plan.imported import plan_import

__all__ = ["Plan", "PlanChanges", "draft_plan", "plan_draft", "plan_export", "plan_import"]
