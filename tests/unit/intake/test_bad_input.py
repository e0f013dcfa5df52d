"""Input that is wrong: a three-part error or a refused row with its reason, nothing lost, nothing run."""

import tracemalloc

import pytest

from audit.errors import AuditError, UnreadableError
from audit.intake import intake
from audit.intake.read import read_table

GOOD = "id,created,closed,won,amount,region\n1,2025-01-02,2025-02-01,1,100,A\n2,2025-01-03,2025-02-02,0,50,B\n"


def holds(desk, file):
    entry = desk.entry(file)
    assert entry["rows_in"] == entry["rows_kept"] + entry["rows_quarantined"]
    assert sum(entry["reasons"].values()) == entry["rows_quarantined"]
    return entry


def three_parts(error: AuditError, code: int) -> str:
    assert error.code == code
    for lang in ("en", "ru"):
        assert all(part.strip() for part in error.parts(lang))
    return error.told("en")


def test_no_file(desk):
    assert "no file" in three_parts(desk.fails(), 2)


def test_a_file_that_is_not_there(desk, tmp_path):
    with pytest.raises(AuditError) as caught:
        intake(desk.root, [tmp_path / "absent.csv"])
    three_parts(caught.value, 2)


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_empty_file(desk, content):
    desk.put("deals.csv", content)
    assert "empty" in three_parts(desk.fails(), 10)


def test_empty_file_beside_a_good_one_is_named(desk):
    desk.put("deals.csv", GOOD)
    desk.put("empty.csv", b"")
    desk.run()
    assert desk.entry("empty.csv")["problem"] == "empty"


def test_header_only(desk):
    desk.put("deals.csv", GOOD.splitlines()[0])
    assert "not one row" in three_parts(desk.fails(), 10)
    assert holds(desk, "deals.csv")["rows_in"] == 0


def test_all_rows_refused_leaves_old_tables(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    before = (desk.root / "tables/deals.parquet").read_bytes()
    desk.put("deals.csv", GOOD.splitlines()[0] + "\n,,,,,x\n")
    three_parts(desk.fails(), 10)
    assert holds(desk, "deals.csv")["reasons"] == {"missing_id": 1}
    assert (desk.root / "tables/deals.parquet").read_bytes() == before


def test_a_picture_named_csv(desk):
    desk.put("deals.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    error = desk.fails()
    assert isinstance(error, UnreadableError)
    assert "deals.csv" in three_parts(error, 10)


def test_random_bytes_named_csv(desk):
    desk.put("deals.csv", bytes(i * 37 % 256 for i in range(5000)))
    three_parts(desk.fails(), 10)


def test_damaged_workbook(desk):
    desk.put("deals.xlsx", b"PK\x03\x04" + b"x" * 500)
    assert "damaged" in three_parts(desk.fails(), 10)


def test_a_line_without_end_does_not_fill_the_memory(desk):
    path = desk.put("deals.csv", b"id,created,won,amount\n" + b"1" * 80_000_000)
    tracemalloc.start()
    source = read_table(path)[0]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert source.problem == "line_too_long"
    assert peak < 60_000_000
    three_parts(desk.fails(), 10)


def test_an_unclosed_quote_costs_one_row(desk):
    rows = "".join(f"{at},2025-01-02,,0,5,A\n" for at in range(10, 700))
    desk.put("deals.csv", GOOD + '3,2025-01-02,,0,5,"open\n' + rows)
    desk.run()
    entry = holds(desk, "deals.csv")
    assert entry["rows_in"] == 2 + 1 + 690
    assert entry["reasons"] == {"broken_quote": 1}
    assert "open" in desk.quarantine("deals.csv")


def test_forced_wrong_encoding_is_counted_not_fatal(desk):
    desk.client("sources: [{file: '*.csv', encoding: ascii}]\n")
    desk.put("deals.csv", GOOD + "3,2025-01-02,,0,5,Москва\n")
    desk.run()
    assert holds(desk, "deals.csv")["warnings"] == {"broken_text": 1}


@pytest.mark.parametrize("line", ["encoding: nonsense-8", "separator: ';;'"])
def test_settings_that_do_not_exist(desk, line):
    desk.client(f"sources: [{{file: '*.csv', {line}}}]\n")
    desk.put("deals.csv", GOOD)
    three_parts(desk.fails(), 2)


def test_days_ids_amounts_and_order_of_dates(desk):
    desk.put("deals.csv", GOOD + "3,31.02.2025,,0,5,A\n1,2025-01-02,2025-02-01,1,100,A\n2,2025-05-05,,0,77,C\n"
             "4,2025-01-02,2025-02-01,1,-5,A\n5,2025-03-02,2025-02-01,1,5,A\n,2025-03-02,,0,5,A\n6,,,0,5,A\n7,2025-03-02,,0,много,A\n")
    desk.run()
    entry = holds(desk, "deals.csv")
    assert entry["reasons"] == {"bad_date": 1, "bad_number": 1, "closed_before_created": 1, "duplicate_id": 2, "missing_created_at": 1,
                                "missing_id": 1, "negative_amount": 1}
    assert desk.table("deals")["deal_id"].tolist() == ["1", "2"]
    refused = desk.quarantine("deals.csv")
    for cell in ("31.02.2025", "-5", "много", "77"):
        assert cell in refused
    assert refused.splitlines()[1].startswith("4,")


def test_too_many_cells_are_refused_with_all_of_them(desk):
    desk.put("deals.csv", GOOD + "3,2025-01-02,,0,5,A,spare\n")
    desk.run()
    assert holds(desk, "deals.csv")["reasons"] == {"too_many_cells": 1}
    assert "spare" in desk.quarantine("deals.csv")


def test_mixed_decimal_marks_are_asked(desk):
    desk.put("deals.csv", "id;created;won;amount\n1;2025-01-02;1;1.234,56\n2;2025-01-02;1;1,234.56\n")
    told = three_parts(desk.fails(), 11)
    assert "1.234,56" in told
    assert holds(desk, "deals.csv")["rows_in"] == 2
    assert not (desk.root / "tables").exists()


def test_unknown_stage_of_closed_deals_is_asked(desk):
    desk.put("deals.csv", "id,created,closed,stage,amount\n1,2025-01-02,2025-02-02,Won,5\n2,2025-01-02,2025-02-02,Зомби,5\n3,2025-01-02,,Новая,5\n")
    assert "Зомби" in three_parts(desk.fails(), 11)


def test_missing_column_is_asked_with_the_free_headers(desk):
    desk.put("deals.csv", "ID;Название сделки;Стадия сделки;Ответственный;Сумма;Появилась\n1;a;Новая;Иванов;5;01.02.2025\n")
    assert "Появилась" in three_parts(desk.fails(), 11)
    desk.answer("Появилась")
    desk.run()
    assert str(desk.table("deals")["created_at"][0].date()) == "2025-02-01"


def test_a_file_that_nobody_knows_alone_is_asked(desk):
    desk.put("x.csv", "alpha,beta\n1,2\n")
    assert "alpha" in three_parts(desk.fails(), 11)


def test_a_file_that_nobody_knows_beside_a_known_one_is_listed(desk):
    desk.put("deals.csv", GOOD)
    desk.put("x.csv", "alpha,beta\n1,2\n3,4\n")
    desk.run()
    entry = holds(desk, "x.csv")
    assert (entry["table"], entry["reasons"]) == (None, {"unknown_file": 2})
    assert "alpha" in desk.quarantine("x.csv")


def test_hostile_names_stay_names(desk, tmp_path):
    evil = tmp_path / "<script>alert(1)<"
    evil.mkdir()
    path = evil / "..\\..\\deals<img src=x>.csv"
    path.write_text(GOOD.replace(",A\n", ",<script>alert(1)</script>\n"), "utf-8")
    result = intake(desk.root, [path])
    assert [file.name for file in (desk.root / "inbox").iterdir()] == ["deals_img src=x_.csv"]
    assert "<script" not in result._repr_html_()
    assert desk.table("deals")["region"][0] == "<script>alert(1)</script>"
    assert not (tmp_path / "deals<img src=x>.csv").exists()


def test_a_client_named_with_folders_or_script(desk):
    (desk.root / "client.yml").write_text("name: ../../<script>alert(1)</script>\n", "utf-8")
    desk.put("deals.csv", GOOD)
    desk.run()
    assert sorted(path.name for path in desk.root.parent.iterdir()) == ["client"]


def test_the_same_name_with_other_content_is_kept_beside(desk, tmp_path):
    desk.put("deals.csv", GOOD)
    path = tmp_path / "deals.csv"
    path.write_text(GOOD.replace("1,2025", "8,2025").replace("2,2025-01-03", "9,2025-01-03"))
    intake(desk.root, [path])
    intake(desk.root, [path])
    assert sorted(file.name for file in (desk.root / "inbox").iterdir()) == ["deals.csv", "deals_2.csv"]
    assert sorted(desk.table("deals")["deal_id"]) == ["1", "2", "8", "9"]


@pytest.mark.parametrize("step", ["write_parquet", "_quarantine"])
def test_a_failure_midway_leaves_the_old_tables(desk, monkeypatch, step):
    from audit.intake import output

    desk.put("deals.csv", GOOD)
    desk.put("fx.csv", "date,currency,rate\n2025-01-01,USD,90\n")
    desk.run()
    before = {path.name: path.read_bytes() for path in (desk.root / "tables").iterdir()}
    desk.put("deals.csv", GOOD.replace("100", "999") + "3,31.02.2025,,0,5,A\n")
    calls = []

    def broken(*given):
        calls.append(given)
        if len(calls) > (1 if step == "write_parquet" else 0):
            raise OSError("disk is full")
        return real(*given)

    real = getattr(output, step)
    monkeypatch.setattr(output, step, broken)
    with pytest.raises(OSError, match="disk is full"):
        desk.run()
    assert {path.name: path.read_bytes() for path in (desk.root / "tables").iterdir()} == before
    monkeypatch.undo()
    desk.run()
    assert desk.table("deals")["amount"].tolist() == [999, 50]


def test_stale_outputs_go(desk):
    desk.put("deals.csv", GOOD + "3,31.02.2025,,0,5,A\n")
    desk.put("fx.csv", "date,currency,rate\n2025-01-01,USD,90\n")
    desk.run()
    assert (desk.root / "tables/fx.parquet").exists()
    (desk.root / "inbox/fx.csv").unlink()
    desk.put("deals.csv", GOOD)
    desk.run()
    assert not (desk.root / "tables/fx.parquet").exists()
    assert list((desk.root / "quarantine").iterdir()) == []
