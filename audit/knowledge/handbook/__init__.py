"""What the base is worth to people: where it has cases and where it is empty, which cards are stale, and the handbook of techniques."""

from audit.knowledge.handbook.coverage import coverage
from audit.knowledge.handbook.export import export
from audit.knowledge.handbook.stale import stale

__all__ = ["coverage", "export", "stale"]
