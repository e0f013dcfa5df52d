"""What works in conversations: cards of techniques, and where they are heard."""

from audit.knowledge.card import Card
from audit.knowledge.deck import read_cards
from audit.knowledge.tags import opportunities, tag

__all__ = ["Card", "opportunities", "read_cards", "tag"]
