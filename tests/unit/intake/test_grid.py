"""Rows that are packed as they come are the rows that came."""

import pandas as pd
import pytest

from audit.intake.read.grid import Grid

ROWS = [[f"id {at}", ("да", "нет")[at % 2], "" if at % 7 else f"x{at}"] for at in range(57)]


@pytest.mark.parametrize("pack", [3, 5, 20, 1_000])
def test_columns_and_rows_come_back(pack):
    grid = Grid(pack)
    for row in ROWS:
        grid.append(row)
    assert len(grid) == 57
    assert grid[56] == ROWS[56]
    assert grid.rows() == ROWS
    columns = [column.astype("str") for column in grid.columns(3)]
    assert [column.tolist() for column in columns] == [list(cells) for cells in zip(*ROWS, strict=True)]


def test_repeated_texts_of_a_large_file_are_kept_once():
    grid = Grid(10)
    for row in ROWS:
        grid.append(row)
    kinds = [column.dtype for column in grid.columns(3)]
    assert isinstance(kinds[1], pd.CategoricalDtype)
    assert not isinstance(kinds[0], pd.CategoricalDtype)


def test_a_grid_without_rows_has_empty_columns():
    assert [len(column) for column in Grid().columns(2)] == [0, 0]


def test_only_the_last_rows_can_be_looked_at():
    grid = Grid(3)
    for row in ROWS:
        grid.append(row)
    with pytest.raises(IndexError):
        grid[0]
