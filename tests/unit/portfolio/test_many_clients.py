"""Many clients with one command: what fails stays with its client, what is done is not done again, one summary tells of all."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and limits of POSIX")


def audit(*arguments, lang="en"):
    return subprocess.run([sys.executable, "-m", "audit.cli", *map(str, arguments)], capture_output=True, text=True, encoding="utf-8",
                          env={**os.environ, "AUDIT_LANG": lang}, check=False)


@pytest.fixture(scope="module")
def first(folder, tmp_path_factory):
    """(finished command, folder of the summary) of all clients and of a folder that is none."""
    out = tmp_path_factory.mktemp("summary")
    return audit("portfolio", "run", folder, folder / "absent", folder / "good", "--jobs", 2, "--out", out), out


def by_name(out) -> dict[str, dict]:
    content = json.loads((out / "portfolio.json").read_text("utf-8"))
    return {one["client"].rpartition("/")[2]: one for one in content["clients"]}


def test_one_failure_does_not_stop_the_rest(first, folder):
    done, out = first
    assert done.returncode == 14
    assert done.stdout.splitlines()[-1] == str(out / "portfolio.html")
    assert "3 of 4 clients failed" in done.stderr
    told = by_name(out)
    assert {name: one["code"] for name, one in told.items()} == {"good": 0, "empty": 2, "broken": 2, "absent": 13}
    assert {name for name, one in told.items() if one["outcome"] == "failed"} == {"empty", "broken", "absent"}
    assert list(told)[-1] == "good", "what failed comes first"
    good = told["good"]
    page = (out / good["report"]).resolve()
    assert page.name == "defence.html" and page.is_relative_to(folder / "good")
    findings = json.loads((page.parent / "findings.json").read_text("utf-8"))
    assert good["figures"]["zones"] == len(findings["findings"])
    assert good["figures"]["gain_per_month"] == {name: findings["total_gain_per_month"][name] for name in ("value", "low", "high")}
    assert good["figures"]["as_of"] == page.parent.name


def test_a_failure_is_told_in_three_parts_of_the_language_of_the_summary(first):
    told = by_name(first[1])
    assert told["absent"]["error"]["found"].endswith("there is no client.yml in it.")
    assert told["absent"]["error"]["next"].startswith("start one with: audit new ")
    assert "client.yml" in told["broken"]["error"]["where"] and "line" in told["broken"]["error"]["where"]
    assert all(set(one["error"]) == {"found", "where", "next"} for name, one in told.items() if name != "good")
    assert told["good"]["error"] is None


def test_the_page_leads_to_the_report_and_nowhere_else(first):
    _, out = first
    page = (out / "portfolio.html").read_text("utf-8")
    links = re.findall(r'href="([^"]*)"', page)
    outward = [link for link in links if not link.startswith("#")]
    assert len(outward) == 1
    from urllib.parse import unquote

    assert unquote(outward[0]) == by_name(out)["good"]["report"]
    assert (out / unquote(outward[0])).is_file()
    assert "<script" not in page and "default-src 'none'" in page
    assert "Good &amp; Co &lt;b&gt;" in page
    assert page.index("Empty") < page.index("Good &amp; Co")
    assert str(out) not in page and "3 of 4 clients failed" in page


def test_repeated_it_does_only_what_is_not_done(first, folder, tmp_path):
    done = audit("portfolio", "run", folder / "good", "--out", tmp_path, "--quiet", lang="bg")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert by_name(tmp_path)["good"]["outcome"] == "up_to_date"
    steps = json.loads((tmp_path / by_name(tmp_path)["good"]["report"]).resolve().with_name("run.json").read_text())["steps"]
    assert all(step["reused"] for step in steps)
    page = (tmp_path / "portfolio.html").read_text("utf-8")
    assert '<html lang="bg">' in page and "Портфейл от клиенти" in page
    assert 'lang="en"' in (tmp_path / by_name(tmp_path)["good"]["report"]).read_text("utf-8"), "the client's report keeps its language"


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (("walk", "."), 2, "nearest known is: run, remeasure"),
    (("run", ".", "--month", "2026-10"), 2, "--month does not go with run"),
    (("remeasure", "."), 2, "not given: --month"),
    (("remeasure", ".", "--month", "2026-13"), 2, "is not a month"),
    (("remeasure", ".", "--month", "20٢٦-10"), 2, "is not a month"),
    (("remeasure", ".", "--month", "2026-10", "--fresh"), 2, "--fresh does not go with remeasure"),
    (("run", ".", "--jobs", "0"), 2, "--jobs does not fit"),
    (("run",), 2, "not given: DIR…"),
])
def test_wrong_use_is_told_before_anything_runs(arguments, code, said, tmp_path):
    done = audit("portfolio", *arguments, *(("--out", tmp_path) if len(arguments) > 1 else ()))
    assert done.returncode == code
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


@POSIX
def test_interrupted_nothing_goes_on_behind(folder, tmp_path):
    from psutil import NoSuchProcess, Process

    def commands(of):  # of the client, not what a library asks the system while it is loaded
        found = []
        for child in Process(of.pid).children():
            with suppress(NoSuchProcess):
                found += [child] if "audit.cli" in child.cmdline() and "portfolio" not in child.cmdline() else []
        return found

    process = subprocess.Popen([sys.executable, "-m", "audit.cli", "portfolio", "run", str(folder / "good"), "--fresh", "--quiet", "--out", str(tmp_path)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not (children := commands(process)) and time.monotonic() < until:
        time.sleep(0.05)
    assert children
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert not any(child.is_running() for child in children)
    assert list(tmp_path.iterdir()) == []
