"""What works in talk with clients: the effects of techniques, from tags of texts and outcomes of cases."""

from audit.knowledge.effects import Techniques, technique_effects

__all__ = ["Techniques", "technique_effects"]
