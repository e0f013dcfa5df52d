"""A report as a notebook that need not be executed."""

from __future__ import annotations

from typing import Any

from audit.report.lean import lean_imports


def as_notebook(report: Any, deck: bool = False) -> Any:
    """A notebook node as if `report.section(name)` had been executed, a cell a section, and `report.deck()` if asked."""
    with lean_imports():
        from nbformat.v4 import new_code_cell, new_notebook, new_output

    blocks = [(f'report.section("{name}")', report.section(name), ["memo_only"] if name == "memo" else [*report.tags]) for name in report.sections]
    if deck:
        blocks.append(("report.deck()", report.deck(), ["slides_only"]))
    cells = []
    for source, block, tags in blocks:
        data, metadata = block._repr_mimebundle_()
        output = new_output("execute_result", data={"text/html": data["text/html"]}, metadata=metadata, execution_count=1)
        cells.append(new_code_cell(source=source, outputs=[output], metadata={"tags": tags}))
    return new_notebook(cells=cells)
