"""Was it worth it: one before/after comparison, its checks, its verdict."""

from audit.effects.compare import compare
from audit.effects.effect import Effect

__all__ = ["Effect", "compare"]
