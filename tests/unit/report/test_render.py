"""The pages: self-contained, the same twice, in the language asked for, and the exporters of nbconvert."""

import re

import fixtures
import nbformat
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from audit.errors import NotebookError, UsageError
from audit.report import Report, export, render
from audit.report.exporter import DefenceExporter, MemoExporter, SlidesExporter


def test_one_file_no_script_no_request(pages):
    for page in pages:
        assert "<script" not in page
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|url\(["']?(?:https?:)?//|@import""", page)
        assert "default-src 'none'" in page
        assert page.count("<h1") == 1
        assert '<html lang="ru"' in page


def test_sizes(pages, hostile):
    assert len(pages[0].encode()) < 600_000
    assert render(hostile, formats=("html",))[0].stat().st_size < 660_000


def test_the_same_twice(plain, pages, slides):
    assert [path.read_text(encoding="utf-8") for path in render(plain)] == [pages[0], slides, pages[1]]


def test_languages(plain):
    page = render(plain, lang="en", formats=("html",))[0].read_text(encoding="utf-8")
    visible = re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.S)
    assert "Growth zones" in visible
    assert "Зоны роста" not in visible


def test_memo_is_short_and_has_its_own_cell_only(pages):
    assert 'id="memo"' in pages[1]
    assert 'id="zones"' not in pages[1]
    assert 'id="memo"' not in pages[0]


def test_contents_lead_to_every_section(pages):
    for anchor in re.findall(r'<a href="#([^"]+)"', pages[0]):
        assert f'id="{anchor}"' in pages[0]


def test_unknown_format(plain):
    with pytest.raises(UsageError, match="html, slides, pdf, memo"):
        render(plain, formats=("pptx",))


def notebook(report: Report, *extra):
    cells = [new_code_cell('client = "/tmp/secret"', metadata={"tags": ["parameters"]}), new_markdown_cell("# Own title\n\nReads x"), *extra]
    for name in ("summary", "memo"):
        data, metadata = report.section(name)._repr_mimebundle_()
        output = new_output("execute_result", data=data, metadata=metadata, execution_count=1)
        cells.append(new_code_cell("x", outputs=[output], metadata={"tags": ["memo_only"] if name == "memo" else []}))
    nb = new_notebook(cells=cells)
    nb.metadata["papermill"] = {"parameters": {"client": "/home/me/secret"}}
    return nb


def test_executed_notebook(plain, tmp_path):
    attack = "<script>window.__xss=1</script>![x](https://example.org/x.png)"
    extra = [
        new_markdown_cell(f"## Слово консультанта\n\nТекст {attack}"),
        new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text="printed"), new_output("stream", name="stderr", text="warned")]),
        new_code_cell("df", outputs=[new_output("display_data", data={"text/html": f"<table><tr><th>a</th></tr></table>{attack}", "text/plain": "plain"})]),
        new_code_cell("2", outputs=[new_output("execute_result", data={"text/plain": "just text"}, execution_count=2)]),
        new_code_cell("fig", outputs=[new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "<Figure>"})]),
    ]
    nb = notebook(Report.open(plain), *extra)
    path = tmp_path / "out.ipynb"
    nbformat.write(nb, path)
    defence, deck, memo = (page.read_text(encoding="utf-8") for page in export(path, plain, fixtures.AS_OF, "ru"))
    assert "Слово консультанта" in defence
    for gone in ("Own title", "secret", "printed", "warned", "just text", "<script", 'src="http', 'href="http', "papermill", "<Figure>"):
        assert gone not in defence
    assert "Рисунок к разделу" in defence
    assert "No description has been provided" not in defence
    assert 'id="memo"' in memo
    assert 'id="summary"' not in memo
    assert deck.count('class="slide') == 1  # no cell is tagged for it: the title alone


def test_failed_cell_is_refused(plain, tmp_path):
    nb = notebook(Report.open(plain), new_code_cell("1/0", outputs=[new_output("error", ename="ZeroDivisionError", evalue="by zero", traceback=[])]))
    with pytest.raises(NotebookError, match="by zero"):
        DefenceExporter().from_notebook_node(nb)


def test_nbconvert_knows_the_exporters():
    from nbconvert.exporters import get_exporter

    assert get_exporter("audit_defence") is DefenceExporter
    assert get_exporter("audit_memo") is MemoExporter
    assert get_exporter("audit_slides") is SlidesExporter


def test_a_foreign_notebook_becomes_a_plain_page():
    nb = new_notebook(cells=[new_markdown_cell("## Hello\n\nworld")])
    page, _ = DefenceExporter().from_notebook_node(nb)
    assert "<h3>Hello</h3>" in page
    assert '<html lang="en"' in page


def test_page_facts_of_a_forged_output_are_checked():
    forged = {"lang": "ru\"><script>", "client": "<script>1</script>", "accent": "red;}</style><script>", "logo": "https://example.org/x", "headline": "<img src=x>"}
    output = new_output("display_data", data={"text/html": "<p>x</p>"}, metadata={"audit": {"page": forged}})
    page, _ = DefenceExporter().from_notebook_node(new_notebook(cells=[new_code_cell("x", outputs=[output])]))
    assert "<script" not in page
    assert "<img" not in page
    assert "example.org" not in page


def test_nbconvert_by_hand_hides_the_names_of_the_workspace(plain, tmp_path, caplog):
    """The exporter finds the workspace by the parameter of the notebook, or around it, and says so when there is none."""
    name = "Контактова Вера"
    plain.tables.mkdir(exist_ok=True)
    pq.write_table(pa.table({"contact_id": ["c1"], "name": [name]}), plain.tables / "contacts.parquet")
    try:
        nb = notebook(Report.open(plain), new_markdown_cell(f"Звонила {name}"))
        unknown, _ = DefenceExporter().from_notebook_node(nb)
        assert name in unknown and "скрыты только почта" in caplog.text
        around, _ = DefenceExporter().from_notebook_node(nb, {"metadata": {"path": str(plain.root / "reports")}})
        nb.metadata["papermill"]["parameters"]["client"] = str(plain.root)
        recorded, _ = DefenceExporter().from_notebook_node(nb)
        nb.metadata["papermill"]["parameters"]["client"] = "/nowhere/secret"
        nb.cells[0].source = f'client = "{plain.root}"'  # the default is not what it ran with
        other, _ = DefenceExporter().from_notebook_node(nb)
        assert name in other
        del nb.metadata["papermill"]
        nb.cells[0].source = f'client: str = "{plain.root.name}"  # folder'
        assigned, _ = DefenceExporter().from_notebook_node(nb, {"metadata": {"path": str(plain.root.parent)}})
    finally:
        (plain.tables / "contacts.parquet").unlink()
    for page in (around, recorded, assigned):
        assert "Звонила •••" in page and name not in page
