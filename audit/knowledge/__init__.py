"""What works in talk with clients: cards of techniques, where they are heard, and the effects of techniques on outcomes."""

from audit.knowledge.card import Card
from audit.knowledge.deck import read_cards
from audit.knowledge.effects import Techniques, technique_effects
from audit.knowledge.tags import opportunities, tag

__all__ = ["Card", "Techniques", "opportunities", "read_cards", "tag", "technique_effects"]
