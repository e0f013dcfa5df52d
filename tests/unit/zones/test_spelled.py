"""Levels that differ by case and spaces alone are one level, told with a count, and their rows are selected in every spelling."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from audit.words import Words
from audit.zones import find_zones
from audit.zones.dimensions import factor


@pytest.fixture(scope="module")
def deals() -> pd.DataFrame:
    """4,000 deals of four sources; «Авито», written in three ways, wins 10 of 100, the others 40."""
    random = np.random.default_rng(5)
    n = 4_000
    source = np.array(["Авито", "Сайт", "Звонок", "Почта"])[np.arange(n) % 4]
    won = random.random(n) < np.where(source == "Авито", 0.10, 0.40)
    source = np.where((source == "Авито") & (random.random(n) < 0.3), np.where(random.random(n) < 0.5, "авито", "АВИТО "), source)
    closed = np.datetime64("2025-01-01T00:00:00") + np.sort(random.integers(0, 500 * 86400, n)).astype("timedelta64[s]")
    return pd.DataFrame({"id": np.arange(n), "created": closed - np.timedelta64(9, "D"), "closed": closed, "won": won,
                         "amount": np.exp(random.normal(11, 0.5, n)).round(2), "Регион": source})


def test_the_commonest_spelling_stands_for_all():
    found = factor("source", pd.Series(["авито", "Авито ", "Авито", " авито", "Авито", None, "Сайт  А", "сайт а", "Сайт А", "Сайт А"]))
    assert found.labels == ("", "Авито", "Сайт А")
    assert np.bincount(found.codes).tolist() == [1, 5, 4]
    assert [(one.label, one.others, one.rows) for one in found.spelled] == [("Авито", ("авито",), 2), ("Сайт А", ("Сайт  А", "сайт а"), 2)]
    assert factor("source", pd.Series(["a", "b", "b "])).spelled == ()  # spaces around a label were never part of it


def test_a_zone_holds_every_spelling_and_says_so(deals, tmp_path):
    file = tmp_path / "deals.csv"
    deals.to_csv(file, index=False)
    zones = find_zones(file)
    found = next(one for one in zones.findings if one["metric"] == "win_rate")
    assert found["slice"] == {"Регион": "Авито"}
    assert found["n"] == 1_000
    count = int((deals["Регион"].isin(["авито", "АВИТО "])).sum())
    told, = zones.to_json()["spellings"]
    assert (told["table"], told["dimension"], told["level"], set(told["also"]), told["rows"]) == ("deals", "Регион", "Авито", {"АВИТО", "авито"}, count)
    condition = found["rows"].partition(" where ")[2]
    assert duckdb.connect().execute(f"select count(*) from '{file}' where {condition}").fetchall() == [(1_000,)]
    for lang in ("ru", "en", "bg"):
        assert "АВИТО" in zones.said_of_spellings(Words(lang))[0]
        assert str(count) in zones.said_of_spellings(Words(lang))[0]
    assert "АВИТО" in zones._repr_html_()
