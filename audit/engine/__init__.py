"""Opens canonical tables as Ibis tables on one backend: DuckDB in this process, Spark or PostgreSQL."""

from audit.engine.address import ENGINES, is_address
from audit.engine.load import load
from audit.engine.tables import IBIS, Tables

__all__ = ["ENGINES", "IBIS", "Tables", "is_address", "load"]
