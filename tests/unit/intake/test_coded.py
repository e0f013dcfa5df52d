"""Columns by their distinct values say what row by row would say."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.intake.tables.coded import coded, combinations, mapped, soonest
from audit.intake.tables.finish import all_differ, looked

cell = st.sampled_from([None, "", "a", "b", "А", "7", "07", "70"])
column = st.lists(cell, max_size=8).map(lambda cells: pd.Series(cells, dtype="str"))
rows = st.lists(st.tuples(cell, cell, cell), max_size=8)


def plain(cells: pd.Series) -> list:
    return [None if pd.isna(one) else one for one in cells]


@settings(max_examples=100)
@given(column)
def test_numbers_lead_back_to_the_texts(texts):
    codes, unique = coded(texts)
    assert [None if code < 0 else unique[code] for code in codes] == plain(texts)
    assert unique.tolist() == list(dict.fromkeys(text for text in plain(texts) if text is not None))


@given(column, column)
def test_a_column_in_chunks_is_one_column(one, two):
    both = pd.concat([one, two], ignore_index=True)
    assert coded(both)[1].tolist() == coded(pd.Series(plain(both), dtype="str"))[1].tolist()


def test_a_changed_column_is_read_anew():
    texts = pd.Series(["a", "b", "a"], dtype="str")
    assert coded(texts)[1].tolist() == ["a", "b"]
    texts[1] = "c"
    assert coded(texts)[1].tolist() == ["a", "c"]


@settings(max_examples=200)
@given(rows, st.booleans())
def test_combinations_are_those_of_the_rows_as_met(cells, same):
    columns = [pd.Series([row[place] for row in cells], dtype="str") for place in range(3)]
    if same:
        columns[2] = columns[0]
    codes, lists = combinations(len(cells), columns[0], columns[1], None, columns[2])
    told = list(zip(*lists, strict=True))
    wanted = list(zip(*map(plain, columns[:2]), [None] * len(cells), plain(columns[2]), strict=True))
    assert [told[code] for code in codes] == wanted
    assert told == list(dict.fromkeys(wanted))


@given(column)
def test_values_by_text(texts):
    assert plain(mapped(texts, {"a": "b", "b": "b", "7": None})) == [{"a": "b", "b": "b"}.get(text) for text in plain(texts)]
    assert plain(mapped(texts, dict(zip(plain(texts), plain(texts), strict=True)))) == plain(texts)


@given(column)
def test_ids_that_all_differ(texts):
    assert all_differ(texts) == texts.is_unique
    numbers = pd.Series([text for text in plain(texts) if text in ("7", "07", "70")], dtype="str")
    assert all_differ(numbers) == numbers.is_unique


@given(st.lists(st.tuples(cell, st.none() | st.dates()), max_size=8), column)
def test_the_soonest_moment_of_every_text(told, keys):
    texts = pd.Series([text for text, _ in told], dtype="str")
    moments = pd.to_datetime(pd.Series([day for _, day in told], dtype="object")).astype("datetime64[us]")
    found = looked(keys, soonest(texts, moments))
    wanted = {text: min((other for same, other in told if same == text and other), default=None) for text, _ in told if text is not None}
    assert [None if pd.isna(one) else one.date() for one in found] == [wanted.get(key) for key in plain(keys)]
    assert found.dtype == "datetime64[us]"
