"""JSON as APIs give it: every shape of a page, nested fields, ids whole to the last digit, damage told."""

import json

import pytest

from audit.intake.read import jsons as room
from audit.intake.read import read_table


@pytest.fixture
def read(tmp_path):
    def one(text: str | bytes, **options):
        path = tmp_path / "answer.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = read_table(path, **options)
        assert len(found) == 1
        return found[0]

    return one


def rows(source) -> list[dict]:
    return source.cells.to_dict("records")


TWO = [{"id": "1", "sum": "5"}, {"id": "2", "sum": "6"}]


@pytest.mark.parametrize("text", [
    '[{"id": 1, "sum": 5}, {"id": 2, "sum": 6}]',
    '{"result": [{"id": 1, "sum": 5}, {"id": 2, "sum": 6}], "total": 2, "time": {"start": 1.5}}',
    '{"result": {"items": [{"id": 1, "sum": 5}, {"id": 2, "sum": 6}]}, "next": 50}',
    '{"result": {"items": [{"id": 1, "sum": 5}]}, "next": 1}\n{"result": {"items": [{"id": 2, "sum": 6}]}}',
    '[{"result": {"items": [{"id": 1, "sum": 5}]}}, {"result": {"items": [{"id": 2, "sum": 6}]}}]',
    '{"_page": 1, "_links": {"self": {"href": "x"}}, "_embedded": {"leads": [{"id": 1, "sum": 5}, {"id": 2, "sum": 6}]}}',
    '{"success": true, "data": [{"id": 1, "sum": 5}, {"id": 2, "sum": 6}], "additional_data": {"pagination": {"start": 0}}}',
    '{"results": [{"id": "1", "properties": {"sum": "5"}}, {"id": "2", "properties": {"sum": "6"}}], "paging": {"next": {"after": "2"}}}',
    '{"totalSize": 2, "done": true, "records": [{"attributes": {"type": "O", "url": "/1"}, "id": 1, "sum": 5}, {"id": 2, "sum": 6}]}',
    '{"total": 2, "deals": [{"id": 1, "sum": 5}, {"id": 2, "sum": 6}]}',
    '{"id": 1, "sum": 5}\n{"id": 2, "sum": 6}\n',
    '{"id": 1, "sum": 5},\n{"id": 2, "sum": 6},\n',
    '\ufeff  [{"id": 1, "sum": 5},\n{"id": 2, "sum": 6},]',
    '[["id", "sum"], [1, 5], [2, 6]]',
])
def test_every_shape_of_a_page_is_the_same_table(read, text):
    source = read(text, aliases=frozenset({"id", "sum"}))
    assert (source.kind, source.problem, rows(source)) == ("json", None, TWO)


def test_rows_are_numbered_through_all_pages(read):
    assert read('{"data": [{"id": 1}]}{"data": [{"id": 2}]}').rows.tolist() == [1, 2]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1251"])
def test_encodings(read, encoding):
    text = json.dumps([{"id": 1, "Город": "Москва и Тула"}], ensure_ascii=False)
    assert rows(read(text.encode(encoding))) == [{"id": "1", "Город": "Москва и Тула"}]


def test_numbers_stay_as_written(read):
    source = read('[{"id": 9223372036854775807, "long": 123456789012345678901234567890, "sum": 1234.10, "big": 1E400, "text": "1.500"}]')
    assert rows(source) == [{"id": "9223372036854775807", "long": "123456789012345678901234567890", "sum": "1234.10", "big": "1E400", "text": "1.500"}]
    assert source.numbers["sum"].tolist() == [1234.1]
    assert "text" not in source.numbers


def test_a_json_number_is_never_asked_for_its_decimal_mark(desk):
    deals = [{"id": at, "created": "2025-01-02", "won": 1, "closed": "2025-02-01", "amount": 1.125 + at} for at in range(3)]
    desk.put("deals.json", json.dumps(deals))
    desk.run()
    assert desk.table("deals")["amount"].tolist() == [1.125, 2.125, 3.125]
    assert desk.entry("deals.json")["rows_kept"] == 3


def test_nested_fields_get_dotted_headers(read):
    source = read('[{"id": 1, "owner": {"name": "A", "unit": {"id": 7}}, "on": true, "no": null, "list": [1, "b", null], "empty": {}, "deep": [{"a": {"b": 1}}]}]')
    assert rows(source) == [{"id": "1", "owner.name": "A", "owner.unit.id": "7", "on": "true", "no": "", "list": "1, b, ", "empty": "",
                             "deep": '[{"a":{"b":1}}]'}]


def test_fields_of_one_header_stay_apart(read):
    assert rows(read('[{"a.b": 1, "a": {"b": 2}, "id": 3}]')) == [{"a.b": "1", "a.b__2": "2", "id": "3"}]


LEAD = {
    "id": 1, "name": "Сделка", "price": 100, "loss_reason_id": 5,
    "custom_fields_values": [
        {"field_id": 11, "field_name": "Источник", "field_code": None, "values": [{"value": "Сайт"}, {"value": "Выставка"}]},
        {"field_id": 12, "field_name": "utm_source", "field_code": "UTM_SOURCE", "values": [{"value": "ya"}]},
        {"field_id": 13, "field_name": "Источник", "field_code": None, "values": [{"value": "контакта"}]},
    ],
    "_embedded": {"tags": [{"id": 1, "name": "а"}, {"id": 2, "name": "б"}], "companies": [{"id": 77}],
                  "contacts": [{"id": 8, "is_main": False}, {"id": 9, "is_main": True}], "loss_reason": [{"id": 5, "name": "Дорого"}]},
}


def test_custom_fields_and_links_of_amocrm(read):
    second = {"id": 2, "name": "Вторая", "price": 0, "custom_fields_values": [LEAD["custom_fields_values"][2]], "_embedded": {"tags": [], "companies": []}}
    source = read(json.dumps({"_page": 1, "_embedded": {"leads": [LEAD, second]}}, ensure_ascii=False))
    first, other = rows(source)
    assert first == {"id": "1", "name": "Сделка", "price": "100", "loss_reason_id": "5", "Источник": "Сайт, Выставка", "UTM_SOURCE": "ya", "Источник__2": "контакта",
                     "_embedded.tags": "а, б", "_embedded.companies": "77", "_embedded.contacts": "9", "_embedded.loss_reason": "Дорого"}
    assert (other["Источник"], other["Источник__2"], other["_embedded.tags"]) == ("", "контакта", "")


def test_a_lead_alone_on_its_line_is_a_record_and_no_page(read):
    assert len(rows(read(json.dumps(LEAD) + "\n" + json.dumps({**LEAD, "id": 2}, sort_keys=True)))) == 2


def test_events_of_amocrm_and_bindings_of_bitrix24(read):
    event = read('[{"id": "e", "value_after": [{"lead_status": {"id": 142, "pipeline_id": 3}}], "value_before": []}]')
    assert rows(event) == [{"id": "e", "value_after.lead_status.id": "142", "value_after.lead_status.pipeline_id": "3", "value_before": ""}]
    action = read('{"result": [{"ID": "1", "BINDINGS": [{"OWNER_TYPE_ID": "3", "OWNER_ID": "4"}, {"OWNER_TYPE_ID": "2", "OWNER_ID": "15"}], '
                  '"PHONE": [{"ID": "6", "VALUE": "+7"}, {"ID": "7", "VALUE": "+8"}]}]}')
    assert rows(action) == [{"ID": "1", "BINDINGS": '[{"OWNER_TYPE_ID":"3","OWNER_ID":"4"},{"OWNER_TYPE_ID":"2","OWNER_ID":"15"}]', "BINDINGS.deal": "15",
                             "BINDINGS.contact": "4", "PHONE": "+7, +8"}]


def test_associations_of_hubspot(read):
    source = read('{"results": [{"id": "1", "properties": {"dealname": "x"}, "associations": {"companies": {"results": [{"id": "5", "type": "a"}]}}}]}')
    assert rows(source) == [{"id": "1", "dealname": "x", "associations.companies": "5"}]


def test_groups_and_roles_of_people_are_their_names(read):
    source = read('{"_embedded": {"users": [{"id": 1, "name": "A", "_embedded": {"groups": [{"id": 3, "name": "Отдел 1"}], "roles": []}}]}}')
    assert rows(source) == [{"id": "1", "name": "A", "_embedded.groups": "Отдел 1", "_embedded.roles": ""}]


def test_two_lists_of_one_page_are_two_tables(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"_embedded": {"leads": [{"id": 1}], "contacts": [{"id": 2}, {"id": 3}]}}')
    assert [(one.sheet, len(one.cells)) for one in read_table(path)] == [("_embedded.leads", 1), ("_embedded.contacts", 2)]


# -- damage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "problem"), [
    ('[{"id": 1}, {"id": 2', "damaged_json"),
    ('[{"id": 1} {"id": 2}]', "damaged_json"),
    ('{"result": {"items": [{"id": 1}', "damaged_json"),
    ('{"data": [{"id": 1}]}{"data": [{"id": 2}', "damaged_json"),
    ("[" * 1_000_000, "too_deep"),
    ('{"a":' * 1_000_000, "too_deep"),
    ('{"id": 1, "x": ' + "[" * 1_000_000, "too_deep"),
    ("[]", "empty"),
    ('{"data": []}', "empty"),
])
def test_damaged_files_have_a_reason(read, text, problem):
    assert read(text).problem == problem


def test_a_damaged_file_is_told_in_every_language(desk):
    desk.put("deals.json", '[{"id": 1}, {"id": 2')
    error = desk.fails()
    assert error.code == 10
    assert "оборван" in error.told("ru")
    assert "cut off" in error.told("en")
    assert "прекъснат" in error.told("bg")


def test_torn_lines_among_records_are_refused_one_by_one(read):
    source = read('{"id": 1}\n{"id": 2, "name": "x\n{"id": 3}\n{"id": 4')
    assert source.faults == {1: "torn_record", 3: "torn_record"}
    assert source.spare == {1: ['{"id": 2, "name": "x'], 3: ['{"id": 4']}
    assert source.cells["id"].tolist() == ["1", "", "3", ""]


def test_what_is_no_record_is_refused_with_its_text(desk):
    good = '{"id": 1, "created": "2025-01-02", "won": 0, "amount": 5}'
    desk.put("deals.json", f'[{good}, null, 7, "text"]')
    desk.run()
    entry = desk.entry("deals.json")
    assert (entry["rows_in"], entry["rows_kept"], entry["reasons"]) == (4, 1, {"no_record": 3})
    assert [line.rsplit(",", 1)[1] for line in desk.quarantine("deals.json.csv").splitlines()[2:]] == ["7", "text"]


def test_not_a_number_and_repeated_keys_are_counted(read):
    source = read('[{"id": 1, "a": NaN, "b": Infinity}, {"id": 2, "a": 3, "a": 4}]')
    assert source.cells["a"].tolist() == ["", "4"]
    assert source.warnings == {"nan": 2, "repeated_key": 1}


def test_a_list_keyed_by_values_is_not_a_table(read):
    page = [{f"k{at}{place}": 1 for place in range(250)} for at in range(10)]
    assert read(json.dumps(page)).problem == "too_many_columns"
    wide = {"id": 1, "many": {f"k{at}": at for at in range(400)}}
    assert list(rows(read(json.dumps([wide])))[0]) == ["id", "many"]


# -- large files -----------------------------------------------------------------------------------------


def test_a_page_longer_than_memory_allows_is_read_as_it_comes(read, monkeypatch):
    page = {"_page": 1, "skipped": [1, 2], "_links": {"a": 1}, "_embedded": {"leads": [{"id": at, "name": "ы" * 50} for at in range(30_000)]}, "end": 1}
    whole = rows(read(json.dumps(page)))
    monkeypatch.setattr(room, "LIMIT", 100_000)
    assert rows(read(json.dumps(page))) == whole
    assert len(whole) == 30_000
    assert read(json.dumps(page)[:-20]).problem == "damaged_json"


def test_a_record_without_end_does_not_fill_the_memory(read, monkeypatch):
    monkeypatch.setattr(room, "LIMIT", 100_000)
    assert read('[{"id": "' + "x" * 5_000_000).problem == "record_too_long"


def test_damage_in_the_middle_of_a_large_file_is_seen_at_once(read, monkeypatch):
    monkeypatch.setattr(room, "LIMIT", 3_000_000)
    lines = [json.dumps({"id": at, "name": "y" * 80}) for at in range(60_000)]
    lines[5] = lines[5][:20] + "}"
    source = read("\n".join(lines))
    assert source.faults == {5: "torn_record"}
    assert len(source.cells) == 60_000


def test_new_fields_in_later_records(read):
    lines = [json.dumps({"id": at, **({"late": at} if at > 40_000 else {})}) for at in range(40_010)]
    source = read("\n".join(lines))
    assert source.cells["late"].tolist()[-10:] == ["", *map(str, range(40_001, 40_010))]
    assert source.numbers["late"][-1] == 40_009


def test_ids_of_nineteen_digits_stay_apart_in_the_tables(desk):
    deals = [{"id": 9223372036854775800 + at, "created": "2025-01-02", "won": 1, "closed": "2025-02-01", "amount": 5} for at in range(3)]
    desk.put("deals.json", json.dumps(deals))
    desk.run()
    assert desk.table("deals")["deal_id"].tolist() == ["9223372036854775800", "9223372036854775801", "9223372036854775802"]
