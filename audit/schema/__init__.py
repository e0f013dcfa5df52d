"""Every column of every table, declared once."""

from audit.schema.model import Column, Table
from audit.schema.results import VALUES
from audit.schema.tables import BY_NAME, TABLES

__all__ = ["BY_NAME", "TABLES", "VALUES", "Column", "Table"]
