"""A plain deals table, as a frame or a file, to canonical deals."""

import sys

import numpy as np
import pandas as pd
import pytest

from audit.errors import UnreadableError, UsageError
from audit.intake import canonical_deals


def test_a_frame_of_typed_columns():
    frame = pd.DataFrame({
        "id": [1, 2, 3], "created": pd.to_datetime(["2025-01-01 10:00:00.7", "2025-01-02", "2025-01-03"], format="ISO8601"),
        "closed": pd.to_datetime(["2025-02-01", "2025-02-02", None]), "won": [True, False, False], "amount": [10, 20, 30],
        "manager": ["А", "Б", "А"], "is_vip": [True, False, True], "size": [1.0, 2.0, np.nan], "region": pd.Categorical(["N", "S", None]),
    }, index=[7, 7, 7])
    deals, mapping = canonical_deals(frame)
    assert mapping == {"deal_id": "id", "created_at": "created", "closed_at": "closed", "won": "won", "amount": "amount"}
    assert deals["deal_id"].tolist() == ["1", "2", "3"]
    assert deals["semantic"].tolist() == ["won", "lost", "open"]
    assert deals["created_at"][0] == pd.Timestamp(2025, 1, 1, 10)
    assert deals["won_at"].isna().tolist() == [False, True, True]
    assert deals["manager"].tolist() == ["А", "Б", "А"]
    assert deals["is_vip"].tolist() == ["true", "false", "true"]
    assert deals["size"].tolist()[:2] == ["1", "2"]
    assert deals[["size", "region"]].isna().iloc[2].all()
    assert frame.columns[0] == "id"  # the given frame is not touched


@pytest.mark.parametrize("headers", [
    ["deal_id", "created_at", "closed_at", "semantic", "amount"], ["ID сделки", "Дата создания", "Дата закрытия", "Этап", "Сумма"],
    ["Record ID", "Create Date", "Close Date", "Deal Stage", "Amount"], ["Номер на сделка", "Дата на създаване", "Дата на затваряне", "Етап", "Сума"],
])
@pytest.mark.parametrize("words", [("won", "lost", "open"), ("Успешно реализовано", "Закрыто и не реализовано", "Переговоры"), ("Closed Won", "Closed Lost", "Negotiation"),
                                   ("Спечелена", "Загубена", "Преговори")])
def test_headers_and_words_of_three_languages(tmp_path, headers, words):
    path = tmp_path / "deals.csv"
    rows = [["1", "01.02.2025", "15.02.2025", words[0], "1 000,50"], ["2", "02.02.2025", "16.02.2025", words[1], "5"], ["3", "03.02.2025", "", words[2], ""]]
    path.write_text("\n".join(";".join(row) for row in [headers, *rows]), "utf-8")
    deals, _ = canonical_deals(path)
    assert deals["semantic"].tolist() == ["won", "lost", "open"]
    assert deals["amount"].tolist()[:2] == [1000.5, 5]
    assert deals["closed_at"].tolist()[0] == pd.Timestamp(2025, 2, 15)


def test_closing_times_of_open_deals_are_dropped():
    frame = pd.DataFrame({"id": [1], "created": ["2025-01-01"], "closed": ["2025-02-01"], "stage": ["Negotiation"], "amount": [1]})
    deals, _ = canonical_deals(frame)
    assert deals["semantic"][0] == "open"
    assert deals["closed_at"].isna().all()


@pytest.mark.parametrize(("change", "told"), [
    ({"amount": None}, "amount"), ({"won": None}, "won"), ({"created": ["31.02.2025", "1.1.2025"]}, "31.02.2025"),
    ({"created": ["03/04/2025", "05/06/2025"]}, "03/04/2025"), ({"amount": ["1,234.5", "1.234,5"]}, "1.234,5"), ({"won": [2, 0]}, "won"),
])
def test_what_is_wrong_is_said_in_three_parts(change, told):
    data = {"id": [1, 2], "created": ["2025-01-01", "2025-01-02"], "closed": ["2025-02-01", None], "won": [1, 0], "amount": ["5", "6"], **change}
    frame = pd.DataFrame({name: column for name, column in data.items() if column is not None})
    with pytest.raises(UsageError) as caught:
        canonical_deals(frame)
    assert told in caught.value.told("en")
    assert caught.value.told("ru")


def test_unknown_stages_of_closed_deals():
    frame = pd.DataFrame({"id": [1, 2], "created": ["2025-01-01"] * 2, "closed": ["2025-02-01"] * 2, "stage": ["Won", "Ну такое"], "amount": [5, 6]})
    with pytest.raises(UsageError, match="Ну такое"):
        canonical_deals(frame)


def test_files_that_are_no_tables(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"\x89PNG\r\n" + bytes(300))
    with pytest.raises(UnreadableError):
        canonical_deals(path)
    with pytest.raises(UsageError):
        canonical_deals(tmp_path / "absent.csv")


def test_parquet_keeps_types(tmp_path):
    frame = pd.DataFrame({"id": ["a"], "created_at": [pd.Timestamp(2025, 1, 2)], "closed_at": [pd.Timestamp(2025, 1, 3)], "won": [True], "amount": [2.5]})
    frame.to_parquet(tmp_path / "d.parquet")
    deals, _ = canonical_deals(tmp_path / "d.parquet")
    assert deals.iloc[0][["deal_id", "semantic", "amount"]].tolist() == ["a", "won", 2.5]


def steps(work) -> int:
    """How many functions a piece of work calls, those written in C included."""
    count = 0

    def called(_, event: str, __) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def typed(size: int) -> pd.DataFrame:
    random = np.random.default_rng(1)
    created = pd.Timestamp(2025, 1, 1) + pd.to_timedelta(random.integers(0, 4e7, size), unit="s")
    return pd.DataFrame({"id": np.arange(size), "created": created, "closed": created + pd.Timedelta(days=3), "won": random.random(size) < 0.3,
                          "amount": random.random(size), "owner": random.choice(["a", "b", "c"], size), "region": pd.Categorical(random.choice(["x", "y"], size))})


def test_typed_rows_take_no_python_step_a_row():
    few, many = typed(1_000), typed(30_000)
    assert len(canonical_deals(many)[0]) == 30_000  # and everything is imported
    assert steps(lambda: canonical_deals(many)) < steps(lambda: canonical_deals(few)) + 3_000
