"""Whatever stands in a cell, it is understood or refused; nothing else ever happens."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.plan import typed
from audit.plan.columns import folded, plain
from audit.plan.reading import _letter

CELLS = st.one_of(
    st.none(), st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes(), st.times(), st.timedeltas(),
    st.from_regex(r"[-+]?[\d ., ]{1,12}( ?%| ?₽| руб\.)?", fullmatch=True), st.from_regex(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}", fullmatch=True),
)


@settings(max_examples=300)
@given(CELLS, st.sampled_from(["share", "money", "days", None]))
def test_a_cell_is_understood_or_refused(cell, unit):
    for read, kind in ((typed.day, dt.date), (typed.priority, int), (lambda one: typed.number(one, unit), float), (lambda one: typed.word("decision", one), str)):
        with suppress(typed.Wrong):
            meant = read(cell)
            assert meant is None or isinstance(meant, kind)
            assert typed.same(meant, meant) or meant == ""


@given(st.text(max_size=60))
def test_plain_text_stays_plain(text):
    assert plain(plain(text)) == plain(text)
    assert folded(plain(text)) == folded(text)
    assert not any(char < " " for char in plain(text))


@given(st.dates(dt.date(2000, 1, 1), dt.date(2199, 12, 31)))
def test_a_day_in_any_spelling(day):
    serial = (day - dt.date(1899, 12, 30)).days
    for cell in (day, dt.datetime.combine(day, dt.time()), day.isoformat(), f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}", f" {day:%d/%m/%Y} г.", serial, float(serial)):
        assert typed.day(cell) == day


@pytest.mark.parametrize(("cell", "unit", "meant"), [
    ("1 200,5", None, 1200.5), ("1200.5", None, 1200.5), ("1.200.000", "money", 1_200_000), ("1,200,000.50", "money", 1_200_000.5), ("1.200", "money", 1200), ("1.200", "days", 1.2),
    ("$1,200", "money", 1200), ("24%", "share", 0.24), ("24 %", "share", 0.24), ("0,24", "share", 0.24), ("+3", None, 3), ("5 дн.", "days", 5), ("1'200", "money", 1200),
])
def test_numbers_as_people_write_them(cell, unit, meant):
    assert typed.number(cell, unit) == pytest.approx(meant)


@pytest.mark.parametrize("cell", ["", "-", "1-2", "много", "1 и 2", "12ab34", "1e5", "%", "--1", "≈5 или больше", "nan", float("inf"), -1])
def test_what_is_no_number(cell):
    with pytest.raises(typed.Wrong):
        typed.number(cell)


def test_letters_of_columns():
    assert [_letter(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
