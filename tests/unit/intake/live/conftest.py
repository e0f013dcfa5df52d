"""Real database servers that the tests start, each in a folder of its own and on a free port."""

import os
import shutil
import subprocess
import time

import pytest
from canary import CANARY
from servers import absent, as_user, folder_of, free_port, started_postgres


@pytest.fixture(scope="session")
def pg():
    """(port, function that runs SQL as the owner) of a PostgreSQL with user `auditor` and database `crm`."""
    with started_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def maria():
    """(port, function that runs SQL as the owner) of a MariaDB with user `auditor` and database `crm`."""
    server, install = shutil.which("mariadbd", path="/usr/sbin:" + os.environ["PATH"]), shutil.which("mariadb-install-db")
    if not server or not install:
        absent("MariaDB")
    import pymysql

    folder, port, user = folder_of("mysql"), free_port(), as_user("mysql")
    quiet = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **user}
    subprocess.run([install, "--no-defaults", f"--datadir={folder / 'data'}", "--auth-root-authentication-method=normal", "--skip-test-db"], check=True, **quiet)
    process = subprocess.Popen([server, "--no-defaults", f"--datadir={folder / 'data'}", f"--port={port}", "--bind-address=localhost", f"--socket={folder / 's'}"], **quiet)

    def sql(text: str, database: str | None = "crm"):
        with pymysql.connect(unix_socket=str(folder / "s"), user="root", database=database, autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall()

    try:
        for _ in range(300):
            if (folder / "s").exists() or process.poll() is not None:
                break
            time.sleep(0.1)
        sql("CREATE DATABASE crm", None)
        sql(f"CREATE USER auditor IDENTIFIED BY '{CANARY}'")
        sql("GRANT ALL ON crm.* TO auditor")
        yield port, sql
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
