"""Findings become a plan of changes: drafted, sent to the client as a book, read back with edits, agreed in the ledger."""

from audit.plan.advise import stagger
from audit.plan.changes import PlanChanges
from audit.plan.draft import Plan, draft_plan
from audit.plan.export import plan_draft, plan_export
from audit.plan.imported import plan_import
from audit.plan.rollout import plan_stagger
from audit.plan.staggered import Stagger

__all__ = ["Plan", "PlanChanges", "Stagger", "draft_plan", "plan_draft", "plan_export", "plan_import", "plan_stagger", "stagger"]
