"""Columns read at a glance give what cells read one by one give."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.intake.parse import column, plain

PIECES = ["a", "Ж", "№", " ", "  ", "\u00a0", "\u202f", "\u2003", "\u200b", "\ufeff", "\u3000", "\u1680", "\x85", "\n", "\t", "&amp;", "&", "<br>", "<", "'", "*", "_", "-", "—", "n/a",
          "Не указано", "нет", "12", "12.0", "1.5E+11", "1", ".0", "«", "»", "🙂", "null", "None"]
cell = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)


def lost(parsed):
    return [] if parsed.destroyed is None else [at for at, one in enumerate(parsed.destroyed) if one]


def same(quick, careful):
    pd.testing.assert_series_equal(quick.values, careful.values.reset_index(drop=True))
    assert quick.bad.tolist() == careful.bad.tolist()
    assert quick.placeholders == careful.placeholders
    assert lost(quick) == lost(careful)



@pytest.mark.parametrize("read", [plain.parse_text, plain.parse_id])
@given(cells=st.lists(cell, max_size=30))
def test_at_a_glance_is_one_by_one(read, cells):
    series = pd.Series(cells, dtype="str")
    careful = read(series)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column, "many_texts", lambda _: True)
        same(read(series), careful)


@given(st.lists(cell, min_size=1, max_size=30), st.integers(0, 5))
def test_a_part_of_a_column_reads_like_the_whole(cells, start):
    series = pd.Series([*["x"] * start, *cells], dtype="str").iloc[start:]
    sure = column.untouched(column.arrow(series))
    assert [bool(one) for one in sure] == [bool(column.untouched(column.arrow(pd.Series([one], dtype="str")))[0]) for one in cells]


def test_most_cells_differ_or_do_not():
    assert column.many_texts(pd.Series([str(at) for at in range(30_000)], dtype="str"))
    assert not column.many_texts(pd.Series(["a", "b"] * 15_000, dtype="str"))
    assert not column.many_texts(pd.Series(["a", "b"], dtype="str"))
