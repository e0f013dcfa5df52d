"""The quick ways give what the careful ways give."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.intake import parse
from audit.intake.parse.dates import moment, take_apart
from audit.intake.parse.numbers import take_apart as money_apart
from audit.intake.parse.numbers import to_number
from audit.intake.read import fast, read_table

ALIASES = frozenset(["id", "created", "amount", "region"])
HEAD = "id,created,amount,region\n"

day = st.builds("{:02d}{}{:02d}{}{:04d}{}".format, st.integers(0, 32), st.sampled_from("./-"), st.integers(0, 13), st.sampled_from("./-"),
                st.sampled_from([1, 1899, 1999, 2024, 2025, 4024]), st.sampled_from(["", " 10:20:30", " 24:00:00", " 7:00"]))
iso = st.builds("{:04d}-{:02d}-{:02d}{}".format, st.sampled_from([1, 1899, 2024, 4024, 9999]), st.integers(0, 13), st.integers(0, 32),
                st.sampled_from(["", " 10:20:30", "T23:59:59", "T10:20:30+03:00", "T10:20:60"]))


@given(st.lists(st.one_of(day, iso, st.just("")), min_size=1, max_size=20), st.sampled_from(["dmy", "mdy", None]))
def test_dates_all_at_once_are_dates_one_by_one(cells, order):
    parsed = parse.parse_dates(pd.Series(cells, dtype="str"), order, "Europe/Moscow")
    for cell, value, bad in zip(cells, parsed.values, parsed.bad, strict=True):
        alone = moment(take_apart(cell), order, "Europe/Moscow")
        assert (None if pd.isna(value) else value.to_pydatetime()) == alone, cell
        assert bad == (alone is None and not take_apart(cell).empty), cell


@given(st.lists(st.from_regex(r"\A-?(\d{1,7}|\d{1,3}([ \u00a0]\d{3}){0,3})([.,]\d{1,5})?( ?руб)?\Z"), min_size=1, max_size=20), st.sampled_from([".", ",", "each"]))
def test_numbers_all_at_once_are_numbers_one_by_one(cells, mark):
    parsed, _ = parse.parse_numbers(pd.Series(cells, dtype="str"), mark)
    for cell, value in zip(cells, parsed.values, strict=True):
        alone = to_number(money_apart(cell), mark)
        assert (None if pd.isna(value) else value) == (alone if alone is None else pytest.approx(alone)), cell


@pytest.mark.parametrize("extra", ["", '9,2025-01-01,"1,5","a;b"\n', '9,2025-01-01,5,"two\nlines"\n', "\n", ",,,\n", "9,2025-01-01\n", "9,2025-01-01,5,x,y\n",
                                   "Итого,,5,\n", '9,2025-01-01,5,"open\n', "9,2025-01-01,5,\ufffd\n"])
def test_a_large_file_reads_alike_both_ways(tmp_path, monkeypatch, extra):
    path = tmp_path / "d.csv"
    rows = "".join(f"{at},2025-01-02,{at}.5,Юг\n" for at in range(50))
    path.write_text(HEAD + rows + extra + "777,2025-01-02,1,Юг\n", "utf-8")
    careful = read_table(path, ALIASES)[0]
    monkeypatch.setattr(fast, "LARGE", 0)
    quick = read_table(path, ALIASES)[0]
    assert quick.headers == careful.headers
    pd.testing.assert_frame_equal(quick.cells, careful.cells)
    assert quick.rows.tolist() == careful.rows.tolist()
    assert (quick.faults, quick.spare, +quick.warnings) == (careful.faults, careful.spare, +careful.warnings)


def test_a_regular_large_file_takes_the_quick_way(tmp_path, monkeypatch):
    path = tmp_path / "d.csv"
    path.write_text(HEAD.replace(",", ";").rstrip() + ";\n" + "".join(f"{at};2025-01-02;5;Юг;\n" for at in range(50)), "cp1251")
    monkeypatch.setattr(fast, "LARGE", 0)
    monkeypatch.setattr("audit.intake.read.delimited._records", None)
    source = read_table(path, ALIASES)[0]
    assert (len(source.cells), source.headers, source.rows[-1]) == (50, ["id", "created", "amount", "region"], 51)
