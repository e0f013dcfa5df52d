"""Bytes to tables of text cells."""

from audit.intake.read.file import read_table
from audit.intake.read.source import Source

__all__ = ["Source", "read_table"]
