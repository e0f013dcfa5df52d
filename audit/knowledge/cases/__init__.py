"""Talks, letters, chats, proposals and notes in the files they come in → cases with their words, linked to deals."""

from audit.knowledge.cases.read import read_cases
from audit.knowledge.cases.result import Read

__all__ = ["Read", "read_cases"]
