"""Engines that the tests start: a PostgreSQL, a Spark in this process, a Spark cluster; and what DuckDB measures."""

import importlib.util
import os
import shutil
import sys

import pytest
from canary import CANARY
from cluster import QUICK, started_cluster
from servers import started_postgres


@pytest.fixture(scope="session")
def server():
    """(address, function that runs SQL as the owner) of a PostgreSQL, its password in the environment."""
    with started_postgres() as (port, sql), pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUDIT_ENGINE_PASSWORD", CANARY)
        yield f"postgres://auditor@localhost:{port}/crm", sql


@pytest.fixture(scope="session")
def java():
    """Skips without Java or pyspark, or fails where engines are required."""
    lacking = [name for name, there in (("pyspark", importlib.util.find_spec("pyspark")), ("Java", os.environ.get("JAVA_HOME") or shutil.which("java"))) if not there]
    if lacking and os.environ.get("AUDIT_REQUIRE_ENGINES"):
        pytest.fail(f"AUDIT_REQUIRE_ENGINES is set and {' and '.join(lacking)} is not installed")
    if lacking:
        pytest.skip(f"{' and '.join(lacking)} is not installed")


@pytest.fixture(scope="session")
def quick(java, tmp_path_factory):
    """Spark is set to be quick with few rows."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(QUICK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        yield


@pytest.fixture(scope="session")
def spark(quick):
    """The address of a Spark in this process; stopped at the end."""
    yield "local[2]"
    from pyspark.sql import SparkSession

    if running := SparkSession.getActiveSession():
        running.stop()


@pytest.fixture(scope="session")
def cluster(quick, tmp_path_factory):
    """The address of a standalone cluster of one master and two workers, all on the loopback."""
    with started_cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address
