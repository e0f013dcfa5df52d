"""Findings become a draft plan of changes: what to do, in which order, and how each is measured again."""

from audit.plan.draft import Plan, draft_plan

__all__ = ["Plan", "draft_plan"]
