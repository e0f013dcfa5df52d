"""A standalone Spark cluster of real processes on the loopback."""

import os
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from servers import free_port

# tables of a few hundred rows: what Spark does for large ones would take most of the time
QUICK = """spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.memory 600m
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.sql.adaptive.enabled false
spark.sql.shuffle.partitions 2
"""


@contextmanager
def started_cluster(folder: Path, workers: int = 2):
    """The address of a master to which all workers have reported."""
    import pyspark

    home = Path(pyspark.__file__).parent
    port, page = free_port(), free_port()
    environment = {**os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "localhost", "SPARK_DAEMON_MEMORY": "256m",
                   "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    address = f"spark://localhost:{port}"
    started = []

    def start(kind: str, *arguments: str) -> None:
        with (folder / f"{kind}{len(started)}.log").open("w") as log:
            command = [home / "bin" / "spark-class", f"org.apache.spark.deploy.{kind.lower()}.{kind}", *arguments]
            started.append(subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log))

    try:
        start("Master", "--host", "localhost", "--port", str(port), "--webui-port", str(page))
        for number in range(workers):
            start("Worker", "--host", "localhost", "--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"w{number}"), address)
        _wait(page, workers, started, folder)
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(30)


def _wait(page: int, workers: int, started: list, folder: Path) -> None:
    """Until the master counts its workers alive."""
    for _ in range(600):
        assert all(process.poll() is None for process in started), "\n".join(path.read_text() for path in folder.glob("*.log"))
        try:
            with urllib.request.urlopen(f"http://localhost:{page}/json/", timeout=5) as answer:
                if answer.read().count(b'"ALIVE"') >= workers + 1:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("the cluster has not come up")
