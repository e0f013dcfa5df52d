"""The fork engine gives what a kernel gives, and errors come back as themselves."""

import os
import subprocess
import sys

import nbformat
import pytest

from audit.errors import NotebookError, UsageError
from audit.runner.engine import engine_name, in_fork
from audit.runner.run import execute

pytestmark = pytest.mark.skipif(engine_name() is None, reason="this system does not fork safely; papermill's own engine is used")

CELLS = [
    "import pandas as pd\nprint('привет')\npd.DataFrame({'a': [a, 2]})",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))\na",
    "import sys\nprint('oops', file=sys.stderr)",
    "",
    "a + 1;",
]


def notebook(path, cells):
    parameters = nbformat.v4.new_code_cell("a: int = 1  # a number", metadata={"tags": ["parameters"]})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    book = nbformat.v4.new_notebook(cells=[parameters, *map(nbformat.v4.new_code_cell, cells)], metadata=kernel)
    nbformat.write(book, path)
    return path


def outputs(path):
    """Per cell: kinds, texts and formats of outputs, without counts and picture bytes; pieces of a stream joined."""
    told = []
    for cell in nbformat.read(path, 4).cells:
        mine = []
        for out in cell.outputs:
            one = [out.output_type, out.get("name"), out.get("text"), sorted(out.get("data", {})), out.get("data", {}).get("text/html")]
            if mine and one[0] == "stream" and mine[-1][:2] == one[:2]:
                mine[-1][2] += one[2]  # a busy kernel sends a line in pieces
            else:
                mine.append(one)
        told.append(mine)
    return told


def test_same_outputs_as_a_kernel(tmp_path):
    import papermill

    source = notebook(tmp_path / "in.ipynb", CELLS)
    execute(source, tmp_path / "fork.ipynb", {"a": 5}, lang="en")
    papermill.execute_notebook(str(source), str(tmp_path / "kernel.ipynb"), {"a": 5}, progress_bar=False, kernel_name="python3")
    assert outputs(tmp_path / "fork.ipynb") == outputs(tmp_path / "kernel.ipynb")
    counts = [cell.execution_count for cell in nbformat.read(tmp_path / "fork.ipynb", 4).cells]
    assert counts == [cell.execution_count for cell in nbformat.read(tmp_path / "kernel.ipynb", 4).cells]


def test_figures_show_whatever_the_parent_did_with_matplotlib(tmp_path):
    import matplotlib
    import matplotlib.pyplot as plt
    import matplotlib_inline.backend_inline  # noqa: F401  imported before the fork, so its own hook is past

    before = matplotlib.get_backend()
    matplotlib.use("agg")
    plt.figure()  # left open
    try:
        execute(notebook(tmp_path / "in.ipynb", CELLS), tmp_path / "out.ipynb", {"a": 5}, lang="en")
    finally:
        plt.close("all")
        matplotlib.use(before)
    assert [kinds for _, _, _, kinds, _ in outputs(tmp_path / "out.ipynb")[3]] == [["image/png", "text/plain"]]


def test_nothing_leaks_between_notebooks(tmp_path):
    execute(notebook(tmp_path / "a.ipynb", ["leak = 1\nimport os\nos.environ['LEAK'] = '1'"]), tmp_path / "a2.ipynb", {}, lang="en")
    execute(notebook(tmp_path / "b.ipynb", ["'leak' in globals(), 'LEAK' in __import__('os').environ"]), tmp_path / "b2.ipynb", {}, lang="en")
    assert nbformat.read(tmp_path / "b2.ipynb", 4).cells[-1].outputs[0].data["text/plain"] == "(False, False)"
    assert "LEAK" not in os.environ


def test_a_users_mistake_comes_back_as_itself(tmp_path):
    source = notebook(tmp_path / "in.ipynb", ["from audit.errors import UsageError\nraise UsageError('errors.bad_date', value='x', option='--as-of')"])
    with pytest.raises(UsageError) as caught:
        execute(source, tmp_path / "out.ipynb", {}, lang="ru")
    assert caught.value.values == {"value": "x", "option": "--as-of"}
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[-1].outputs[-1].ename == "UsageError"


def test_another_error_names_the_notebook_and_cell(tmp_path):
    with pytest.raises(NotebookError) as caught:
        execute(notebook(tmp_path / "in.ipynb", ["1 / 0"]), tmp_path / "out.ipynb", {}, lang="en")
    assert caught.value.code == 14
    assert "ZeroDivisionError" in str(caught.value)
    assert (tmp_path / "out.ipynb").is_file()


def test_a_killed_notebook_process_is_noticed(tmp_path):
    source = notebook(tmp_path / "in.ipynb", ["import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"])
    with pytest.raises(NotebookError, match=r"memory"):
        execute(source, tmp_path / "out.ipynb", {}, lang="en")


def test_a_result_or_an_error_comes_out_of_a_fork():
    assert in_fork(sum, [1, 2]) == 3
    with pytest.raises(ZeroDivisionError):
        in_fork(divmod, 1, 0)


def test_plain_papermill_needs_nothing_of_ours(tmp_path):
    source = notebook(tmp_path / "in.ipynb", ["a * 2"])
    done = subprocess.run([sys.executable, "-m", "papermill", str(source), str(tmp_path / "out.ipynb"), "-p", "a", "4"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert nbformat.read(tmp_path / "out.ipynb", 4).cells[-1].outputs[0].data["text/plain"] == "8"
