"""Columns read at a glance give what cells read one by one give."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.intake.parse import column, phones, plain

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


DIGITS = ["7", "8", "+7", "+8", "0", "00", "+359", "359", "+49", "88", "87", "89", "98", "2", "495", "123", "45", "67", "916", "1234567", "12345", "9161234567"]
GAPS = [*[""] * 4, " ", "-", "(", ")", ") ", " (", "  ", "\u00a0", "доб", ",", ".", "+"]
number = st.one_of(
    st.lists(st.one_of(st.sampled_from(DIGITS), st.sampled_from(GAPS)), max_size=10).map("".join), cell,
    st.tuples(st.sampled_from(["+7", "7", "8", "", "+359", "+35988", "088", "0 87", "0", "00359", "+8"]), st.sampled_from(["", " ", "-", " ("]), st.text("0123456789", min_size=5, max_size=11),
              st.lists(st.integers(0, 10), max_size=4), st.sampled_from([" ", "-", ") ", "  "])).map(lambda told: told[0] + told[1] + cut(told[2], told[3], told[4])))


def cut(digits: str, places: list[int], gap: str) -> str:
    for at in sorted(places, reverse=True):
        digits = digits[:at] + gap + digits[at:]
    return digits


@settings(max_examples=400)
@given(cells=st.lists(number, max_size=30), country=st.sampled_from(["RU", "BG", "DE"]))
def test_phones_at_a_glance_are_one_by_one(cells, country):
    series = pd.Series(cells, dtype="str")
    careful = phones.parse_phone(series, country)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column, "many_texts", lambda _: True)
        same(phones.parse_phone(series, country), careful)


def test_common_forms_need_no_look_at_single_cells(monkeypatch):
    monkeypatch.setattr(column, "many_texts", lambda _: True)
    monkeypatch.setattr(phones, "_careful", lambda cells, _: pytest.fail(f"read one by one: {cells.tolist()}"))
    russian = ["8 (495) 123-45-67", "+7 916 123-45-67", "79161234567", "+79161234567", "916 123 45 67", "8-800-123-45-67", ""]
    assert phones.parse_phone(pd.Series(russian, dtype="str"), "RU").values.fillna("").tolist() == [
        "+74951234567", *["+79161234567"] * 4, "+78001234567", ""]
    bulgarian = ["+359 88 812 3456", "0888 123 456", "0888123456", "+359888123456", "+359 888 12 34 56", "+7 916 123 45 67"]
    assert phones.parse_phone(pd.Series(bulgarian, dtype="str"), "BG").values.tolist() == [*["+359888123456"] * 5, "+79161234567"]


@given(st.lists(cell, min_size=1, max_size=30), st.integers(0, 5))
def test_a_part_of_a_column_reads_like_the_whole(cells, start):
    series = pd.Series([*["x"] * start, *cells], dtype="str").iloc[start:]
    sure = column.untouched(column.arrow(series))
    assert [bool(one) for one in sure] == [bool(column.untouched(column.arrow(pd.Series([one], dtype="str")))[0]) for one in cells]


def test_most_cells_differ_or_do_not():
    assert column.many_texts(pd.Series([str(at) for at in range(30_000)], dtype="str"))
    assert not column.many_texts(pd.Series(["a", "b"] * 15_000, dtype="str"))
    assert not column.many_texts(pd.Series(["a", "b"], dtype="str"))
