"""Notebooks are thin, stripped, and told to papermill: one heading, typed parameters, no logic."""

import ast
import json
from pathlib import Path

import papermill
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LOGIC = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.For, ast.While, ast.With, ast.Try,
         ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp)
MOST_CELLS, MOST_LINES = 16, 12  # a chapter of the tour is a cell

each = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def cells(notebook: Path, kind: str) -> list[dict]:
    found = json.loads(notebook.read_text("utf-8"))["cells"]
    return [{**cell, "source": "".join(cell["source"])} for cell in found if cell["cell_type"] == kind]


def test_the_steps_of_an_audit_are_there():
    assert {"10_intake", "20_audit", "40_plan", "70_defence"} <= {path.stem for path in NOTEBOOKS}


@each
def test_no_outputs_and_no_counts(notebook):
    assert [cell["source"] for cell in cells(notebook, "code") if cell["outputs"] or cell["execution_count"]] == []


@each
def test_few_short_cells_without_logic(notebook):
    code = cells(notebook, "code")
    assert 2 <= len(code) <= MOST_CELLS
    for cell in code:
        assert len(cell["source"].splitlines()) <= MOST_LINES
        assert [type(node).__name__ for node in ast.walk(ast.parse(cell["source"])) if isinstance(node, LOGIC)] == []


@each
def test_one_heading_and_what_it_reads_and_writes(notebook):
    prose = [cell["source"] for cell in cells(notebook, "markdown")]
    headings = [line for text in prose for line in text.splitlines() if line.startswith("# ")]
    assert len(headings) == 1
    assert prose[0].startswith(headings[0])
    assert "**Reads**" in prose[0]
    assert "**Writes**" in prose[0]


@each
def test_papermill_knows_every_parameter(notebook):
    (cell,) = (cell for cell in cells(notebook, "code") if "parameters" in cell["metadata"].get("tags", []))
    parameters = papermill.inspect_notebook(str(notebook))
    # papermill passes over a line with a second "=", be it in the comment
    assert list(parameters) == [node.target.id for node in ast.parse(cell["source"]).body]
    for name, parameter in parameters.items():
        assert parameter["inferred_type_name"] != "None", f"{name} has no type"
        assert parameter["help"], f"{name} has no comment"
