"""The whole way on the sample client: `audit demo`, resuming, a second language, a killed run."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import pandas as pd
import pytest

LEFT = ("defence.html", "slides.html", "memo.html", "plan.xlsx", "values.parquet", "values.csv", "findings.json", "run.json")


def audit(*arguments):
    environment = {**os.environ, "AUDIT_LANG": "en"}
    return subprocess.run([sys.executable, "-m", "audit.cli", *map(str, arguments)], capture_output=True, text=True, encoding="utf-8", env=environment, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """(workspace folder, report folder) after one `audit demo`."""
    root = tmp_path_factory.mktemp("demo") / "client"
    done = audit("demo", "--to", root, "--quiet")
    assert done.returncode == 0, done.stderr
    page = done.stdout.splitlines()[-1]
    assert page.endswith("defence.html")
    return root, root / "reports" / os.path.basename(os.path.dirname(page))


def test_everything_of_the_contract_is_left(demo):
    root, folder = demo
    assert all((folder / name).is_file() for name in LEFT)
    assert sorted(path.name for path in (folder / "notebooks").iterdir()) == ["10_intake.ipynb", "20_audit.ipynb", "30_knowledge.ipynb", "40_plan.ipynb", "70_defence.ipynb"]
    run = json.loads((folder / "run.json").read_text())
    assert run["inputs"]
    assert all(len(digest) == 64 for digest in run["inputs"].values())
    assert [step["step"] for step in run["steps"]] == ["10_intake", "30_knowledge", "20_audit", "40_plan", "70_defence"]
    assert str(root) not in (folder / "defence.html").read_text()
    assert (folder / "slides.html").read_text("utf-8").count('<section id="') > 12  # the deck of the notebook, not its title alone
    assert (root / "snapshots" / f"{folder.name}.parquet").is_file()


def test_every_statement_of_the_method_has_its_word_in_the_page(demo):
    from audit.metrics import statements

    page = (demo[1] / "defence.html").read_text("utf-8")
    lines = {found[1]: line for line in page.split("<tr") if (found := re.search(r">(S\d-\d+)<", line)) and 'class="status ' in line}
    assert set(lines) == {one.id for one in statements()}
    assert {re.search(r'class="status (\w+)"', line)[1] for line in lines.values()} <= {"measured", "not_measurable", "procedure"}


def test_every_row_of_every_file_is_accounted_for(demo):
    report = json.loads((demo[0] / "intake.json").read_text())
    assert len(report["files"]) >= 7
    for file in report["files"]:
        assert file["rows_in"] == file["rows_kept"] + file["rows_quarantined"], file["file"]
        assert sum(file["reasons"].values()) == file["rows_quarantined"], file["file"]
    assert report["questions"] == []


def test_the_tour_shows_every_chapter_and_a_picture_where_there_is_one(demo):
    from audit.report import Tour

    root, folder = demo
    tour = Tour.open(root, folder.name)
    book = nbformat.read(folder / "notebooks" / "20_audit.ipynb", as_version=4)
    cells = {cell["source"]: cell["outputs"] for cell in book.cells if "tour.chapter(" in cell["source"]}
    shown = ["".join(output["data"]["text/html"] for output in outputs) for outputs in cells.values()]
    chapters = [tour.chapter(name) for name in tour.chapters]
    assert [html.count("<section") for html in shown] == [1] * len(chapters)
    assert [html.count("<img") for html in shown] == [int(chapter.picture is not None) for chapter in chapters]
    assert sum(html.count("<img") for html in shown) >= 8
    assert all(chapter.title in html for chapter, html in zip(chapters, shown, strict=True))


def test_a_second_run_reuses_every_step_and_changes_no_byte(demo):
    root, folder = demo
    before = {name: (folder / name).read_bytes() for name in LEFT if name != "run.json"}
    done = audit("demo", "--to", root, "--quiet")
    assert done.returncode == 0, done.stderr
    run = json.loads((folder / "run.json").read_text())
    assert all(step["reused"] for step in run["steps"])
    assert before == {name: (folder / name).read_bytes() for name in before}


@pytest.mark.again
def test_a_fresh_run_gives_the_same_bytes(demo):
    root, folder = demo
    before = {name: (folder / name).read_bytes() for name in LEFT if name != "run.json"}
    done = audit("run", root, "--fresh", "--quiet")
    assert done.returncode == 0, done.stderr
    assert not any(step["reused"] for step in json.loads((folder / "run.json").read_text())["steps"])
    for name, content in before.items():
        assert (folder / name).read_bytes() == content, name


@pytest.mark.again
def test_an_earlier_date_sees_nothing_later(demo):
    root, folder = demo
    done = audit("run", root, "--as-of", "2026-06-30", "--quiet")
    assert done.returncode == 0, done.stderr
    early = pd.read_parquet(root / "reports" / "2026-06-30" / "values.parquet")
    late = pd.read_parquet(folder / "values.parquet")
    months = early.query("metric == 'won_deals' and period == 'month' and by == ''").set_index("period_start")["value"]
    same = late.query("metric == 'won_deals' and period == 'month' and by == ''").set_index("period_start")["value"]
    assert months.index.max() == pd.Timestamp("2026-06-01").date()
    pd.testing.assert_series_equal(months, same.loc[months.index], check_names=False)


@pytest.mark.again
def test_a_killed_run_leaves_the_workspace_whole(demo):
    root, folder = demo
    before = {name: (folder / name).read_bytes() for name in LEFT}
    process = subprocess.Popen([sys.executable, "-m", "audit.cli", "run", str(root), "--fresh", "--quiet"], start_new_session=True)
    time.sleep(2.5)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for name in ("values.parquet", "findings.json", "intake.json"):
        path = folder / name if name != "intake.json" else root / name
        assert path.is_file()
        assert path.stat().st_size > 0
    assert (folder / "defence.html").read_bytes() == before["defence.html"]
    done = audit("run", root, "--quiet")
    assert done.returncode == 0, done.stderr
    assert (folder / "values.parquet").read_bytes() == before["values.parquet"]


def test_an_empty_file_is_reported_and_never_fatal(tmp_path):
    root = tmp_path / "client"
    (root / "inbox").mkdir(parents=True)
    (root / "client.yml").write_text("name: Small\ncurrency: EUR\n", "utf-8")
    rows = [f"{n},{'won' if n % 3 else 'lost'},{n * 100},Ann,2026-0{1 + n % 5}-03,2026-0{2 + n % 5}-07" for n in range(1, 31)]
    (root / "inbox" / "deals.csv").write_text("\n".join(["deal_id,semantic,amount,owner,created_at,closed_at", *rows]), "utf-8")
    (root / "inbox" / "zz_empty.csv").write_bytes(b"")
    done = audit("run", root, "--quiet")
    assert done.returncode == 0, done.stderr
    report = json.loads((root / "intake.json").read_text())
    assert any(file["file"] == "zz_empty.csv" for file in report["files"])


@pytest.mark.again
def test_plain_papermill_runs_the_audit_notebook(demo, tmp_path):
    root, folder = demo
    command = ["-m", "papermill", "20_audit.ipynb", str(tmp_path / "out.ipynb"), "-p", "client", str(root), "-p", "as_of", folder.name]
    from audit.share import share

    before = (folder / "values.parquet").read_bytes()
    done = subprocess.run([sys.executable, *command], capture_output=True, cwd=share("notebooks"), check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert (folder / "values.parquet").read_bytes() == before
    assert not [out for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells for out in cell.get("outputs", []) if out.output_type == "error"]
