"""Which techniques work: success with against without, its alarms, its status, who uses it and who could teach it."""

from audit.knowledge.effects.judge import technique_effects
from audit.knowledge.effects.result import Techniques

__all__ = ["Techniques", "technique_effects"]
