"""The quick ways give what the careful ways give."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.intake import parse
from audit.intake.parse.column import unpacked
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
    pd.testing.assert_frame_equal(quick.cells.apply(unpacked), careful.cells)
    assert quick.rows.tolist() == careful.rows.tolist()
    assert (quick.faults, quick.spare, +quick.warnings) == (careful.faults, careful.spare, +careful.warnings)


def test_a_regular_large_file_takes_the_quick_way(tmp_path, monkeypatch):
    path = tmp_path / "d.csv"
    path.write_text(HEAD.replace(",", ";").rstrip() + ";\n" + "".join(f"{at};2025-01-02;5;Юг;\n" for at in range(50)), "cp1251")
    monkeypatch.setattr(fast, "LARGE", 0)
    monkeypatch.setattr("audit.intake.read.delimited._records", None)
    source = read_table(path, ALIASES)[0]
    assert (len(source.cells), source.headers, source.rows[-1]) == (50, ["id", "created", "amount", "region"], 51)


PARSERS = {
    "dates": lambda cells: parse.parse_dates(cells, "dmy", "Europe/Sofia"), "numbers": lambda cells: parse.parse_numbers(cells, ",")[0], "text": parse.parse_text,
    "ids": parse.parse_id, "bool": parse.parse_bool, "phones": lambda cells: parse.parse_phone(cells, "RU"), "mail": parse.parse_email,
    "tax": parse.parse_tax_id, "seconds": parse.parse_duration,
}
WORDS = ["", "-", "нет", "да", "Юг ", "n/a", "1,5", "12", "1 234,50", "100 руб", "31.12.2024", "01.02.2025 10:00:00", "2025-01-05", "00.00.0000", "1.23E+11",
         "+7 495 123-45-67", "a@b.example", "3:25"]


@pytest.mark.parametrize("name", PARSERS)
@given(cells=st.lists(st.sampled_from(WORDS), min_size=1, max_size=40))
def test_a_column_that_repeats_itself_is_read_as_any_other(name, cells):
    plain, repeated = pd.Series(cells, dtype="str"), pd.Series(pd.Categorical(cells, categories=pd.Index([*WORDS, "further"], dtype="str")))
    one, other = PARSERS[name](plain), PARSERS[name](repeated)
    pd.testing.assert_series_equal(one.values, other.values)
    assert (one.bad.tolist(), one.placeholders) == (other.bad.tolist(), other.placeholders)


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40))
def test_the_style_of_a_column_that_repeats_itself(cells):
    plain, repeated = pd.Series(cells, dtype="str"), pd.Series(pd.Categorical(cells))
    assert parse.number_style(plain).mark == parse.number_style(repeated).mark
    assert (parse.date_style(plain).order, parse.date_style(plain).why) == (parse.date_style(repeated).order, parse.date_style(repeated).why)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
@pytest.mark.parametrize("line", ["{at};Сделка №{at};2025-01-02;Юг\r\n", '{at};"Сделка; №{at}";2025-01-02;Юг\n', "{at};;2025-01-0{at};Юг\n", "1{at};x;2025-01-02;Юг\n"])
def test_every_text_is_whole_after_the_quick_way(tmp_path, monkeypatch, encoding, line):
    path = tmp_path / "d.csv"
    path.write_text("id;name;created;region\n" + "".join(line.format(at=at) for at in range(300)), encoding, newline="")
    aliases = frozenset(["id", "name", "created", "region"])
    careful = read_table(path, aliases)[0]
    monkeypatch.setattr(fast, "LARGE", 0)
    monkeypatch.setattr(fast, "_SAMPLE", 700)  # pieces of a few lines, estimates from a few lines
    monkeypatch.setattr("audit.intake.read.delimited._records", None)
    pd.testing.assert_frame_equal(read_table(path, aliases)[0].cells.apply(unpacked), careful.cells)
