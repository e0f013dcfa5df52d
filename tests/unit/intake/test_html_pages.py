"""Pages of tables under the name of a workbook: large ones, hostile ones, and the same rows however they come in pieces."""

import random
import time

import pytest

from audit.intake.read import markup, read_table
from audit.intake.read.pages import SPREAD, html_rows
from audit.intake.read.source import Unreadable

PAGE = """<html xmlns:o="urn:x"><head><meta charset="utf-8"><style>td { color: red > x }</style><script>if (a<b) "</td>"</script></head>
<body><!-- a <td>x</td> --><table border=1 class='t'><thead><tr><th colspan="2">h&amp;1</th><th title="a>b">h2</th></tr></thead>
<tr><td rowspan=2>x<br>y<td>2 < 3 &#8470;</td><td><b>bold</b> t</TD></tr><tr><td>1</td><td colspan=2>z</td></tr>
<![if !x]><tr><td/><td   >q</td ></tr><![endif]></table><p>foot</p><table><tr><td>1<td>2</table></body></html>"""
ROWS = [["h&1", "", "h2"], ["x\ny", "2 < 3 №", "bold t"], ["x\ny", "1", "z", ""], ["", "q"], ["1", "2"]]


def test_tags_texts_and_merged_cells():
    assert list(html_rows([PAGE])) == ROWS


def test_pages_cut_anywhere_and_damaged_give_the_same_rows():
    draw = random.Random(7)
    parts = ["<td>", "</td>", "<tr>", '"', "'", "<", ">", "=", "<!--", "-->", "<script>", "</script>", "&", "colspan=3", '<td title="', "\n"]
    for _ in range(1500):
        place, page = draw.randrange(len(PAGE)), PAGE
        page = page[:place] + (draw.choice(parts) if draw.random() < 0.5 else "") + page[place + draw.randint(0, 8) :]
        cut = draw.randrange(len(page))
        assert list(html_rows([page[:cut], page[cut:]])) == list(html_rows([page])), page
    assert list(html_rows(list(PAGE))) == ROWS


def test_a_lost_quote_spoils_a_cell_and_not_the_page():
    rows = "".join(f'<tr><td class="a">{at}</td><td class="b">x</td></tr>' for at in range(50))
    found = list(html_rows([rows.replace('class="a">7<', 'class="a>7<')]))
    assert len(found) == 50
    assert found[8:] == [[str(at), "x"] for at in range(8, 50)]


@pytest.mark.parametrize("span", ["colspan=1000", "rowspan=1000 colspan=1000", "colspan=999999999 rowspan=2"])
def test_merged_cells_without_measure_make_the_file_unreadable(tmp_path, span):
    page = "<table>" + "<tr><td>id<td>won</tr>" * 60 + f"<tr><td {span}>x<td {span}>y</tr>" * 20_000 + "</table>"
    (tmp_path / "a.xls").write_text(page)
    assert read_table(tmp_path / "a.xls")[0].problem == "inflated"


def test_a_report_of_merged_groups_is_read_whole():
    page = "<table>" + "".join(f"<tr><td rowspan=3>g{at}<td>1<tr><td>2<tr><td>3" for at in range(2000)) + "</table>"
    found = list(html_rows([page]))
    assert (len(found), found[4]) == (6000, ["g1", "2"])
    with pytest.raises(Unreadable):
        list(html_rows(["<table>" + "<tr><td colspan=1000>x" * (SPREAD // 990)]))


@pytest.mark.parametrize("end", ["<!--", "<td a=\"", "<td ", "<td a='x", "</", "<![x", "<script>", "<td =\"='"])
def test_beginnings_without_an_end_take_no_longer_than_a_whole_page(end):
    page = "<table><tr><td>a</td></tr><tr>" + end * 200_000
    row = "<tr><td>a</td><td>b</td></tr>"
    began = time.process_time()
    assert len(list(html_rows([row * (len(page) // len(row))]))) > 1000
    whole = time.process_time()
    assert next(html_rows([page])) == ["a"]
    assert time.process_time() - whole < whole - began  # about a hundredth; looking for every end anew would take thousands of times as long


def test_a_page_of_short_cells_takes_one_step_a_cell_and_reads_no_piece_twice(tmp_path, monkeypatch):
    """3 MB of cells that say little each, as pages under the name of a workbook have them."""
    row = "<tr>" + "".join(f"<td>{at}</td>" for at in range(20)) + "</tr>\n"
    page = f"<table><tr>{''.join(f'<th>h{at}</th>' for at in range(20))}</tr>{row * (3_000_000 // len(row))}</table>"
    (tmp_path / "a.xls").write_text(page)
    read, letters = markup._read, []

    def counted(text: str, *, last: bool):
        letters.append(len(text))
        return read(text, last=last)

    source = read_table(tmp_path / "a.xls")[0]
    assert source.cells.shape == (page.count("<td>0<"), 20)
    assert source.cells.iloc[-1].tolist() == [str(at) for at in range(20)]
    monkeypatch.setattr(markup, "_read", counted)
    steps = [name for name, _, _ in markup.tokens(page[at : at + 1_000_000] for at in range(0, len(page), 1_000_000))]
    rows = len(source.cells) + 1
    assert steps.count(markup.CELL) > 20 * rows - 10  # but for those that a border of pieces cuts
    assert len(steps) < 20 * rows + 3 * rows + 30  # begin, end and line break of a row
    assert sum(letters) < len(page) * 1.01
