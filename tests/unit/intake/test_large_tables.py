"""What keeps large tables small: marks of rows, cells beyond the header, cells put away; all of it as if it lay in memory."""

import gc

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.intake import away, memory, output
from audit.intake.away import let_go, put_away
from audit.intake.read.marks import Marks
from audit.intake.read.spare import Spare
from audit.intake.tables.coded import combinations
from audit.intake.tables.finish import NOW, column

places, said = st.integers(0, 300), st.sampled_from(["a", "b", "c"])


@given(st.lists(st.tuples(places, said)), st.lists(places), st.sampled_from("abc"))
def test_marks_are_a_dict_in_the_order_of_rows(pairs, rows, more):
    marks, plain = Marks(), {}
    for place, word in pairs:
        marks[place] = plain[place] = word
    unique = sorted(set(rows))
    marks.change(pd.array(unique, dtype="int64").to_numpy(), lambda before: (before or "") + more)
    plain |= {place: plain.get(place, "") + more for place in unique}
    assert (list(marks.items()), len(marks)) == (sorted(plain.items()), len(plain))
    assert sum(marks.kinds().values()) == len(plain)
    assert marks.at(range(400)).tolist() == [place in plain for place in range(400)]
    assert marks.taken(pd.Series(rows, dtype="int64").to_numpy()) == {at: plain[row] for at, row in enumerate(rows) if row in plain}


@given(st.dictionaries(places, st.lists(st.text(st.characters(exclude_characters="\x1f")), min_size=1)))
def test_cells_beyond_the_header_come_back(rows):
    spare = Spare()
    for place in sorted(rows):
        spare.add(place, rows[place])
    assert spare == rows


def test_columns_put_away_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr(away, "LARGE", 1)
    frame = pd.DataFrame({"id": pd.Series(["1", "", "три"], dtype="str"), "same": pd.Series(["x", "y", "x"], dtype="str"),
                          "kind": pd.Categorical.from_codes([1, 0, 1], categories=pd.Index(pd.array(["б", "a"], dtype="str"))), "id__2": pd.Series(["", "", ""], dtype="str"),
                          "sum": [1.5, None, -0.0], "at": pd.array(["2026-01-01", None, "1970-01-01"], dtype="datetime64[us]"), "n": pd.Series([1, 2, 3], dtype="int32"),
                          "flag": [True, False, True], "yes": pd.array([True, None, False], dtype="boolean"), "none": pd.Series([None] * 3, dtype="str"),
                          "some": pd.Series(["ы", None, ""], dtype="str")}, index=[4, 7, 9])
    before = frame.copy()
    kept = put_away(frame, tmp_path)
    for _ in range(2):
        pd.testing.assert_frame_equal(kept, before)
        let_go()
    assert not list(tmp_path.iterdir())
    some = put_away(kept.iloc[1:].assign(id=kept["id"]), tmp_path)  # parts of columns that lie in a file, and again
    pd.testing.assert_frame_equal(some, before.iloc[1:])
    fresh = put_away(some.assign(more=["x", None]), tmp_path)
    pd.testing.assert_frame_equal(fresh.drop(columns="more"), before.iloc[1:])
    assert fresh["more"].tolist()[0] == "x" and fresh["id"].array.__arrow_array__().chunks[0].buffers()[2].address == some["id"].array.__arrow_array__().chunks[0].buffers()[2].address


def test_files_of_columns_go_with_their_last_column(tmp_path, monkeypatch):
    monkeypatch.setattr(away, "LARGE", 1)
    kept = put_away(pd.DataFrame({"id": pd.Series(["1"], dtype="str"), "n": [1.0]}), tmp_path)
    known, last = len(away._places), kept["n"]
    del kept
    gc.collect()
    assert len(away._places) == known
    del last
    gc.collect()
    assert len(away._places) == known - 1


@pytest.mark.parametrize("kind", ["str", NOW, "float64", "boolean"])
def test_an_absent_column_is_empty_and_can_be_worked_with(kind):
    frame = pd.DataFrame({"id": ["1", "2", "3"]}, index=[2, 5, 6])
    empty = column(frame, "absent", kind)
    assert empty.dtype == kind and empty.isna().all() and empty.index.equals(frame.index)
    value = {"str": "x", NOW: pd.Timestamp("2026-01-01"), "float64": 1.0, "boolean": True}[kind]
    assert empty.fillna(value).tolist() == [value] * 3
    frame["absent"] = empty
    both = pd.concat([frame, frame.assign(absent=empty.fillna(value))])
    assert both["absent"].isna().tolist() == [True] * 3 + [False] * 3
    assert frame.iloc[1:]["absent"].isna().all() and empty.mask(pd.Series([True, False, False], index=frame.index), value).notna().tolist() == [True, False, False]


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", "y", "z", None])), min_size=1))
def test_combinations_are_numbered_as_they_are_met(rows):
    one, two = (pd.Series(list(cells), dtype="str") for cells in zip(*rows, strict=True))
    codes, (first, second) = combinations(len(rows), one, two)
    assert [(first[code], second[code]) for code in codes] == rows
    assert list(dict.fromkeys(codes.tolist())) == list(range(len(first)))


def test_an_intake_of_tables_put_away_is_the_same(desk, monkeypatch):
    rows = "".join(f"{at},2025-01-0{at % 9 + 1},{'' if at % 3 else '2025-02-31'},{'won' if at % 2 else 'lost'},{at},Ivan{',x' if at == 7 else ''}\n" for at in range(60))
    desk.put("deals.csv", "id,created,closed,stage,amount,owner\n" + rows)
    desk.put("calls.csv", "Date,Employee,Phone,Duration,Call type\n" + "".join(f"2025-03-0{at % 9 + 1} 10:00:00,Ivan,+7495123456{at % 9},60,outgoing\n" for at in range(30)))
    found = []
    for large in (away.LARGE, 1):
        monkeypatch.setattr(away, "LARGE", large)
        monkeypatch.setattr(memory, "MANY", large)
        monkeypatch.setattr(output, "ROWS", large + 6)
        desk.run()
        tables = {name: desk.table(name) for name in desk.report["tables"]}
        found.append((desk.report, desk.quarantine("deals.csv"), tables))
    assert found[0][:2] == found[1][:2]
    assert found[0][0]["files"][1]["rows_quarantined"]
    for name, frame in found[0][2].items():
        pd.testing.assert_frame_equal(frame, found[1][2][name])
