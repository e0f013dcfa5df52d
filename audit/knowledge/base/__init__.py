"""The base of a client: cases, texts, tags, labels, cards and attachments in one SQLite file that many read and write at once."""

from audit.knowledge.base.snippet import marked
from audit.knowledge.base.store import NAME, Base

__all__ = ["NAME", "Base", "marked"]
