"""Knowledge: techniques and the base of them: M66–M68."""

from audit.metrics.families.knowledge import effects, knowledge, rollout, techniques

FAMILIES = (techniques, effects, rollout, knowledge)
