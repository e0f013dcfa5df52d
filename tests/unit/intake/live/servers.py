"""Real database servers that the tests start, each in a folder of its own and on a free port."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from canary import CANARY


def absent(what: str) -> None:
    """Skip, or fail where databases are required."""
    if os.environ.get("AUDIT_REQUIRE_DATABASES"):
        pytest.fail(f"AUDIT_REQUIRE_DATABASES is set and {what} is not installed")
    pytest.skip(f"{what} is not installed")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("localhost", 0))
        return one.getsockname()[1]


def as_user(name: str) -> dict:
    """Servers refuse to run as root; then they run as their own user."""
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def folder_of(name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="audit-db-"))
    if os.geteuid() == 0:
        shutil.chown(folder, name)
    return folder


@contextmanager
def started_postgres():
    """(port, function that runs SQL as the owner) of a PostgreSQL with user `auditor` and database `crm`."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        absent("PostgreSQL")
    bin, folder, port = found[-1].parent, folder_of("postgres"), free_port()
    user = as_user("postgres")
    (folder / "pw").write_text(CANARY)
    if os.geteuid() == 0:
        shutil.chown(folder / "pw", "postgres")
    run = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, **user}
    subprocess.run([bin / "initdb", "-D", folder / "data", "-U", "auditor", "--pwfile", folder / "pw", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "-N"], **run)
    options = f"-p {port} -c listen_addresses=localhost -c unix_socket_directories='{folder}' -c fsync=off -c timezone=Asia/Tokyo"
    subprocess.run([bin / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", options, "start"], **run)
    import psycopg

    def sql(text: str, database: str = "crm"):
        with psycopg.connect(host="localhost", port=port, user="auditor", password=CANARY, dbname=database, autocommit=True) as connection:
            cursor = connection.execute(text)
            return cursor.fetchall() if cursor.description else None

    try:
        sql("CREATE DATABASE crm", "postgres")
        yield port, sql
    finally:
        subprocess.run([bin / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)
