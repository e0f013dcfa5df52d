"""Intakes that are killed, that find the disk full or another one at work: the workspace stays whole."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import pyarrow.parquet as pq
import pytest

from audit.workspace import Workspace

HEAD = "id,created,closed,stage,amount,owner\n"
# kills itself like a power cut just before the n-th file gets its place
KILLED = """import os, signal, sys
import audit.intake.run, pandas, pyarrow.parquet
from audit.intake import intake
def counted(real):
    def call(*names, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*names, **more)
    return call
os.replace, os.rename = counted(os.replace), counted(os.rename)
for line in sys.stdin:  # each intake in a process of its own that has nothing left to import
    left = int(line)
    one = os.fork()
    if not one:
        intake(sys.argv[1], lang="en")
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]), flush=True)
"""


def fill(desk, name: str, rows: int) -> None:
    """A set of exports of `rows` deals whose ids and people all carry `name`; the second set has a table less."""
    desk.put("deals.csv", HEAD + "".join(f"{name}{at},2026-03-0{at % 8 + 1},2026-04-05,{'won' if at % 2 else 'lost'},{at},{name} Ivan\n" for at in range(rows)))
    (desk.root / "inbox" / "plan.csv").unlink(missing_ok=True)
    if name == "a":
        desk.put("plan.csv", "Month;Manager;Plan\n2026-01;a Ivan;600000\n2026-02;a Ivan;600000\n")


def whole(desk) -> str:
    """The set that all tables come from; they agree with intake.json."""
    found = {name: pq.read_table(path).to_pandas() for name, path in Workspace.open(desk.root).table_paths().items()}
    names = {text[0] for text in [*found["deals"]["deal_id"], *found["users"]["name"]]}
    assert len(names) == 1, names
    assert desk.report["tables"] == {name: len(frame) for name, frame in found.items()}
    assert ("plans" in found) == (names == {"a"})
    return names.pop()


def child(desk, program: str = "import sys; from audit.intake import intake; intake(sys.argv[1], lang='en')", **streams) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", program, str(desk.root)], text=True, **streams)


def test_killed_before_any_file_gets_its_place(desk):
    """Every place of the way, by a real SIGKILL, until an intake ends by itself."""
    seen, codes = [], []
    with child(desk, KILLED, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killer:
        for at in range(60):
            fill(desk, "a", 40)
            desk.run()
            fill(desk, "b", 50)
            killer.stdin.write(f"{at}\n")
            killer.stdin.flush()
            codes.append(int(killer.stdout.readline()))
            seen.append(whole(desk))
            if codes[-1] == 0:
                break
        killer.stdin.close()
    assert codes == [-signal.SIGKILL] * (len(codes) - 1) + [0]
    assert len(codes) > 8
    assert set(seen) == {"a", "b"}
    assert seen == sorted(seen)  # once it has turned it stays


def test_killed_at_random_moments(desk):
    fill(desk, "a", 3000)
    desk.run()
    draw, began = random.Random(5), time.monotonic()
    fill(desk, "b", 3000)
    assert child(desk).wait(120) == 0
    takes = time.monotonic() - began
    for name in "abab":
        fill(desk, name, 3000)
        one = child(desk)
        time.sleep(takes * draw.uniform(0.5, 1.0))
        one.kill()
        one.wait(60)
        whole(desk)
    fill(desk, "a", 3000)
    desk.run()  # and the next one finds nothing in its way
    assert whole(desk) == "a"


def audit(desk, *, limit: int | None = None) -> subprocess.CompletedProcess:
    """The command, with a limit on the size of any file it writes; unmeasured, since the data of coverage would meet that limit too."""
    bound = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit else None
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "COV_CORE_"))}
    return subprocess.run([sys.executable, "-m", "audit.cli", "intake", str(desk.root), "--lang", "en"], preexec_fn=bound, capture_output=True, text=True,
                          timeout=120, check=False, env={**environment, "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"})


def three_parts(done: subprocess.CompletedProcess, code: int) -> str:
    assert done.returncode == code, done.stderr
    assert [line.partition(":")[0] for line in done.stderr.strip().splitlines()] == ["Found", "Where", "Next"], done.stderr
    return done.stderr


@pytest.mark.parametrize("limit", [1, 4000, 20_000])
def test_a_disk_that_is_full_leaves_the_old_tables(desk, limit):
    fill(desk, "a", 40)
    desk.run()
    before = desk.report
    fill(desk, "b", 9000)
    said = three_parts(audit(desk, limit=limit), 13)
    assert "larger than this disk" in said
    assert whole(desk) == "a"
    assert desk.report == before
    assert not [path.name for path in desk.root.rglob("*.part")]
    desk.run()
    assert whole(desk) == "b"


def test_a_small_disk_that_fills_up(desk, tmp_path):
    """A file system of its own with room for twenty kilobytes more, where the system lets us make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    fill(desk, "a", 40)
    desk.run()
    fill(desk, "b", 6000)
    script = ('mount -t tmpfs -o size=9m none "$1" || exit 99; cp -r "$2"/. "$1" || exit 98; '
              'head -c 20000000 /dev/zero > "$1"/ballast 2>/dev/null; truncate -s -20480 "$1"/ballast; "$3" -m audit.cli intake "$1" --lang en >/dev/null; '
              'code=$?; rm "$1"/inbox/* "$1"/ballast; cp -r "$1"/. "$4"; exit $code')
    (tmp_path / "after").mkdir()
    done = subprocess.run(["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", str(disk), str(desk.root), sys.executable, str(tmp_path / "after")],
                          capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    if done.returncode in (1, 32, 99) and "audit" not in done.stderr and "Found" not in done.stderr:
        pytest.skip("no file system of one's own here")
    assert "no free space" in three_parts(done, 13)
    after = type(desk).__new__(type(desk))
    after.root = tmp_path / "after"
    assert whole(after) == "a"


def test_another_one_at_work_is_told_at_once(desk):
    fill(desk, "a", 40)
    holder = child(desk, "import sys, time\nfrom audit.workspace import Workspace\nwith Workspace.open(sys.argv[1]).lock():\n"
                         "    print('held', flush=True)\n    time.sleep(60)", stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == "held\n"
        began = time.monotonic()
        assert "another audit command" in three_parts(audit(desk), 13)
        assert time.monotonic() - began < 20
        assert not (desk.root / "tables").exists()
    finally:
        holder.kill()
        holder.wait(30)
    assert audit(desk).returncode == 0  # the lock of a killed one holds nobody
    assert json.loads((desk.root / "intake.json").read_text("utf-8"))["tables"]["deals"] == 40
