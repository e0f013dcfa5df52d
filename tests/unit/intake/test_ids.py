"""Ids are text: long ones come through whole, destroyed ones are told and never guessed."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.errors import UsageError
from audit.intake import canonical_deals

LONG = ["1234567890123456789", "1234567890123456788", "9223372036854775807"]
ROWS = [{"created": "2025-01-02", "won": "1", "amount": "5"}, {"created": "2025-01-03", "won": "0", "amount": "6"}, {"created": "2025-01-04", "won": "1", "amount": "7"}]


def frame(ids) -> pd.DataFrame:
    return pd.DataFrame([{"id": key, **row} for key, row in zip(ids, ROWS, strict=True)])


def ids(desk) -> list[str]:
    desk.run()
    return desk.table("deals")["deal_id"].tolist()


def test_nineteen_digits_from_csv(desk):
    desk.put("d.csv", frame(LONG).to_csv(index=False))
    assert ids(desk) == LONG


def test_nineteen_digits_from_a_workbook_of_text(desk):
    desk.sheet("d.xlsx", [["id", "created", "won", "amount"], *([key, *row.values()] for key, row in zip(LONG, ROWS, strict=True))])
    assert ids(desk) == LONG


@pytest.mark.parametrize("kind", [pa.int64(), pa.string(), pa.decimal128(20)], ids=str)
def test_nineteen_digits_from_parquet(desk, kind):
    values = pa.array([int(key) for key in LONG]).cast(kind) if kind != pa.string() else pa.array(LONG)
    table = pa.table({"id": values, **{name: [row[name] for row in ROWS] for name in ROWS[0]}})
    pq.write_table(table, desk.root / "inbox" / "d.parquet")
    assert ids(desk) == LONG


def test_nulls_in_parquet_do_not_make_floats(desk):
    table = pa.table({"id": pa.array([1, 2, 3]), "client id": pa.array([int(LONG[0]), None, int(LONG[2])]),
                      **{name: [row[name] for row in ROWS] for name in ROWS[0]}})
    pq.write_table(table, desk.root / "inbox" / "d.parquet")
    desk.run()
    clients = desk.table("deals")["client_id"]
    assert clients.dropna().tolist() == [LONG[0], LONG[2]]
    assert clients.isna().tolist() == [False, True, False]


def test_floats_of_parquet_that_are_exact_stay_ids(desk):
    table = pa.table({"id": pa.array([123456789012.0, 7.0, 9007199254740992.0]), **{name: [row[name] for row in ROWS] for name in ROWS[0]}})
    pq.write_table(table, desk.root / "inbox" / "d.parquet")
    assert ids(desk) == ["123456789012", "7", "9007199254740992"]


def test_a_number_cell_beyond_exact_is_destroyed_not_guessed(desk):
    desk.sheet("d.xlsx", [["id", "created", "won", "amount"], [1234567890123456789, "2025-01-02", 1, 5], [12, "2025-01-02", 1, 5]])
    assert ids(desk) == ["12"]
    assert desk.entry("d.xlsx")["reasons"] == {"destroyed_id": 1}
    assert "e+18" in desk.quarantine("d.xlsx.csv")
    assert "export again with ids as text" in desk.quarantine("d.xlsx.csv")


@pytest.mark.parametrize("cell", ["1.23457E+11", "1,23457E+11", "1E+11", "1.5e+20", "1.23457E11"])
def test_powers_of_ten_are_destroyed(desk, cell):
    desk.put("d.csv", f"id;created;won;amount\n{cell};2025-01-02;1;5\n7;2025-01-02;1;5\n")
    assert ids(desk) == ["7"]
    entry = desk.entry("d.csv")
    assert entry["reasons"] == {"destroyed_id": 1}
    assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"] == 2


def test_codes_with_an_e_are_not_powers_of_ten(desk):
    desk.put("d.csv", "id,created,won,amount\n7E12,2025-01-02,1,5\n12e4,2025-01-02,1,5\ne+11,2025-01-02,1,5\n")
    assert ids(desk) == ["7E12", "12e4", "e+11"]


def test_zeros_in_front_stay(desk):
    desk.put("d.csv", "id,created,won,amount\n007,2025-01-02,1,5\n7,2025-01-02,1,5\n0000000000000000019,2025-01-02,1,5\n")
    assert ids(desk) == ["007", "7", "0000000000000000019"]


def test_a_destroyed_reference_is_emptied_and_counted(desk):
    desk.put("d.csv", "id,created,won,amount,client id\n1,2025-01-02,1,5,1.23457E+11\n2,2025-01-02,1,5,77\n")
    desk.run()
    assert desk.table("deals")["client_id"].fillna("").tolist() == ["", "77"]
    assert desk.entry("d.csv")["warnings"]["destroyed_id: client id"] == 1


def test_a_file_of_destroyed_ids_only_says_what_to_do(desk):
    desk.put("d.csv", "id,created,won,amount\n1.2E+18,2025-01-02,1,5\n1.3E+18,2025-01-02,1,5\n")
    error = desk.fails()
    assert error.code == 10
    assert "as text" in error.told("en")


def test_a_tax_number_in_powers_of_ten_is_no_tax_number(desk):
    desk.put("p.csv", "Дата,Контрагент,ИНН,Сумма,Назначение платежа\n02.01.2025,ООО Ромашка,7.70708E+09,5,оплата\n")
    desk.put("d.csv", "id,created,won,amount\n1,2025-01-02,1,5\n")
    desk.run()
    assert desk.table("payments")["tax_id"].isna().all()
    assert desk.entry("p.csv")["warnings"]["destroyed_id: ИНН"] == 1


def test_plain_deals_keep_long_ids(tmp_path):
    table = pa.table({"id": pa.array([int(key) for key in LONG]), "inn": pa.array([int(LONG[0]), None, 5]),
                      **{name: [row[name] for row in ROWS] for name in ROWS[0]}})
    pq.write_table(table, tmp_path / "d.parquet")
    deals, _ = canonical_deals(tmp_path / "d.parquet")
    assert deals["deal_id"].tolist() == LONG
    assert deals["inn"].fillna("").tolist() == [LONG[0], "", "5"]
    deals, _ = canonical_deals(frame([int(key) for key in LONG]))
    assert deals["deal_id"].tolist() == LONG


@pytest.mark.parametrize("lost", [["1.23457E+11", "2", "3"], [1234567890123456789.0, 2.0, 3.0]])
def test_plain_deals_refuse_destroyed_ids(lost):
    with pytest.raises(UsageError, match=r"(?s)as text|как текст"):
        canonical_deals(frame(lost))
