"""Spark as an engine: local tables go up as temporary views, canonical tables of its catalogue are read where they lie."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from ibis.backends.pyspark import Backend
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from audit.engine.address import Address
from audit.errors import UnreadableError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from pyspark.sql import DataFrame

# as on every engine: nothing where the divisor is 0, names told apart by case, times without zones
_SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "false", "spark.sql.caseSensitive": "true"}
_STARTED = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR",
            "spark.app.name": "sales-audit"}


class _Dialect(PySparkCompiler):
    """Numbers with a point are floats: Spark by itself reads 61.0 as a decimal and cuts a quotient by it to six digits."""

    def visit_NonNullLiteral(self, op, *, value, dtype):
        written = super().visit_NonNullLiteral(op, value=value, dtype=dtype)
        return self.cast(written, dtype) if dtype.is_floating() and math.isfinite(value) else written


class Spark(Backend):
    """One session of Spark. Everything made in it is a temporary view and goes when it ends."""

    compiler = _Dialect()

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self.kept: dict[str, DataFrame] = {}
        self.close: Callable[[], Any] = lambda: None

    @property
    def label(self) -> str:
        """The master of the session."""
        return str(self._session.conf.get("spark.master", "spark"))

    def to_pyarrow(self, expr, /, **options):
        """The rows of `expr`; UnreadableError where Spark gives up."""
        import pyarrow as pa

        table = expr.as_table()
        self._run_pre_execute_hooks(table)
        with _told(self.label):
            found = self._session.sql(self.compile(table, **options)).toArrow()
        wanted = table.schema().to_pyarrow()
        columns = [column.cast(field.type, safe=False) for column, field in zip(found.columns, wanted, strict=True)]
        return expr.__pyarrow_result__(pa.table(columns, schema=wanted))

    def create_table(self, name, /, obj=None, *, temp=False, **options):
        """A table; a temporary one is a view whose rows Spark has worked out and keeps.

        A checkpoint rather than a cache: a cached plan grows with every table made of it until the driver has no memory left.
        """
        if not temp:
            return super().create_table(name, obj, **options)
        self._run_pre_execute_hooks(obj)
        with _told(self.label):
            frame = self._session.sql(self.compile(obj)).localCheckpoint()
            return self._named(name, frame, obj.schema())

    def create_view(self, name, /, obj, **options):
        """A temporary view."""
        self._run_pre_execute_hooks(obj)
        with _told(self.label):
            return self._named(name, self._session.sql(self.compile(obj)), obj.schema())

    def upload(self, name: str, rows: pa.Table) -> ir.Table:
        """A temporary view of local rows."""
        from ibis.util import gen_name

        return self._put(gen_name(f"audit_{name}"), rows)

    def _register_in_memory_table(self, op: Any) -> None:
        self._put(op.name, op.data.to_pyarrow(op.schema))

    def _put(self, name: str, rows: pa.Table) -> ir.Table:
        import ibis
        import pyarrow as pa

        zoned = pa.schema([(field.name, pa.timestamp("us", "UTC") if pa.types.is_timestamp(field.type) else field.type)
                           for field in rows.schema])
        with _told(self.label):
            return self._named(name, self._session.createDataFrame(rows.cast(zoned)), ibis.schema(rows.schema))

    def _named(self, name: str, frame: DataFrame, schema: Any) -> ir.Table:
        from ibis.expr import operations as ops

        frame.createOrReplaceTempView(name)
        self.kept[name] = frame
        return ops.DatabaseTable(name, schema=schema, source=self).to_expr()


def end(session: SparkSession, kept: dict[str, DataFrame], folder: str, settings: dict[str, str | None]) -> None:
    """Drops views and the rows kept for them; stops a session that was started here, gives any other its settings back."""
    with suppress(PySparkException, OSError):
        for name, frame in kept.items():
            session.catalog.dropTempView(name)
            frame.unpersist()
        kept.clear()
        if folder:
            session.stop()
        else:
            for name, value in settings.items():
                session.conf.unset(name) if value is None else session.conf.set(name, value)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def spark(address: Address) -> Spark:
    """A session of Spark in this process or of the cluster at `address`; a session that runs already is taken."""
    running = SparkSession.getActiveSession()
    if running is not None:
        return adopted(running)
    builder = SparkSession.builder.master(address.master)
    folder = tempfile.mkdtemp(prefix="audit-spark-")  # Spark wants a place for tables that nobody makes
    for name, value in {**_STARTED, **_SETTINGS, **_near(address), "spark.sql.warehouse.dir": folder}.items():
        builder = builder.config(name, value)
    with _told(address.shown, "engine.no_server"):
        return adopted(builder.getOrCreate(), folder)


def adopted(session: SparkSession, folder: str = "") -> Spark:
    """A session as an engine; `folder` is that of a session which was started here."""
    before = {name: session.conf.get(name, None) for name in _SETTINGS}
    Spark.register_options()
    backend = Spark()
    backend.do_connect(session)
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    backend.close = weakref.finalize(backend, end, session, backend.kept, folder, before)
    return backend


def _near(address: Address) -> dict[str, str]:
    """Settings of a Spark on this computer: as many parts as processors, no name of the computer looked up."""
    if address.host and address.host not in ("localhost", "::1") and not address.host.startswith("127."):
        return {}
    return {"spark.driver.host": "localhost", "spark.driver.bindAddress": "localhost",
            "spark.sql.shuffle.partitions": str(os.cpu_count() or 2)}


@contextmanager
def _told(place: str, key: str = "engine.refused") -> Iterator[None]:
    """What Spark gives up on, in our words and its own."""
    from py4j.protocol import Py4JError

    try:
        yield
    except (Py4JError, ConnectionError) as why:
        raise UnreadableError(key, place=place, why=" ".join(str(why).split())[:300]) from None
