"""Planned closings and amounts since when: logs of changed fields, and what the log does not say."""

import json

import pytest

DEALS = ("Deal ID,Title,Owner,Stage,Created,Amount,Expected close date,Closed at\n"
         "1,A,Ann,New,2026-01-10 10:00,150,2026-03-20,\n2,B,Bob,New,2026-01-12 10:00,70,2026-02-15,\n"
         "3,C,Ann,Won,2026-01-05 10:00,90,2026-02-10,2026-02-11\n4,D,Bob,New,2025-11-01 10:00,40,2026-01-31,\n5,E,Bob,Won,2025-11-01 10:00,40,2025-12-01,2025-12-02\n")
LOG = ("Deal ID,Field,Old value,New value,Changed at,Changed by\n"
       "1,Expected close date,2026-01-31,2026-02-28,2026-01-30 09:00,Ann\n1,Expected close date,2026-02-28,2026-03-20,2026-02-25 09:00,Bob\n"
       "1,Amount,100,150,2026-02-01 09:00,Ann\n3,Stage,New,Won,2026-02-11 12:00,Ann\n2,Stage,Lead,New,2026-01-13 12:00,Bob\n2,Owner,Ann,Bob,2026-01-14 12:00,Ann\n2,Phone,1,2,2026-01-14 12:00,Ann\n")
SHOWN = ("deal_id", "changed_at", "expected_close_on", "changed_by")


def of(desk, field):
    return [row[1:] for row in desk.exact("field_history", "field", *SHOWN[:2], SHOWN[2] if field == "expected_close_on" else field, SHOWN[3]) if row[0] == field]


def test_a_log_of_changes_tells_what_was_planned_since_when(desk):
    desk.put("deals.csv", DEALS)
    desk.put("log.csv", LOG)
    desk.run()
    entry = desk.entry("log.csv")
    assert (entry["preset"], entry["rows_in"], entry["rows_kept"], entry["reasons"]) == ("field_changes", 7, 6, {"other_kind": 1})
    assert [(one["table"], one["rows_kept"]) for one in entry["also"]] == [("field_history", 2), ("field_history", 1), ("field_history", 1)]
    # the log begins on 13 January: what stood before a first change, and what never changed, stood since the creation or since then; deal 5 was over
    ann, bob = {row[1]: row[0] for row in desk.exact("users", "user_id", "name")}["Ann"], {row[1]: row[0] for row in desk.exact("users", "user_id", "name")}["Bob"]
    assert of(desk, "expected_close_on") == [
        ["1", "2026-01-13 12:00:00", "2026-01-31", None], ["1", "2026-01-30 09:00:00", "2026-02-28", ann], ["1", "2026-02-25 09:00:00", "2026-03-20", bob],
        ["2", "2026-01-13 12:00:00", "2026-02-15", None], ["3", "2026-01-13 12:00:00", "2026-02-10", None], ["4", "2026-01-13 12:00:00", "2026-01-31", None]]
    assert of(desk, "amount")[:2] == [["1", "2026-01-13 12:00:00", 100, None], ["1", "2026-02-01 09:00:00", 150, ann]]
    assert of(desk, "owner_id") == [["1", "2026-01-13 12:00:00", ann, None], ["2", "2026-01-13 12:00:00", ann, None], ["2", "2026-01-14 12:00:00", bob, ann],
                                    ["3", "2026-01-13 12:00:00", ann, None], ["4", "2026-01-13 12:00:00", bob, None]]
    assert [row[0] for row in desk.exact("stage_history", "entity_id", "to_stage", "changed_by") if row[2]] == ["2", "3"]
    assert {(one["kind"], one["value"]) for one in desk.report["decisions"] if one["kind"] == "opening_value"} == {("opening_value", 4)}


@pytest.mark.parametrize("now", ["2026-03-25", ""], ids=["elsewhere", "no plans at all"])
def test_a_log_that_does_not_end_where_the_deals_stand_is_of_the_moved_deals_alone(desk, now):
    desk.put("deals.csv", DEALS.replace("2026-03-20", now) if now else "\n".join(",".join(line.split(",")[:6]) for line in DEALS.splitlines()))
    desk.put("log.csv", LOG)
    desk.run()
    assert desk.entry("log.csv")["reasons"] == {"no_first_values": 2, "other_kind": 1}
    assert of(desk, "expected_close_on") == []
    assert len(of(desk, "amount")) > 2


def test_a_log_of_one_field_alone_and_a_date_taken_away(desk):
    desk.put("deals.csv", "ID сделки;Название;Ответственный;Этап;Дата создания;Сумма;Плановая дата закрытия\n1;А;Анна;Новая;10.01.2026;100;20.03.2026\n2;Б;Анна;Новая;10.01.2026;100;\n")
    desk.put("log.csv", "ID сделки;Поле;Было;Стало;Дата изменения;Кто изменил\n1;Плановая дата закрытия;;31.01.2026;11.01.2026 10:00;Анна\n1;Плановая дата закрытия;31.01.2026;20.03.2026;01.02.2026 10:00;Анна\n"
             "2;Плановая дата закрытия;15.02.2026;;05.02.2026 10:00;Анна\n2;Плановая дата закрытия;;когда-нибудь;06.02.2026 10:00;Анна\n")
    desk.run()
    assert desk.entry("log.csv")["reasons"] == {"bad_date": 1}
    assert [row[:3] for row in of(desk, "expected_close_on")] == [
        ["1", "2026-01-11 10:00:00", "2026-01-31"], ["1", "2026-02-01 10:00:00", "2026-03-20"],
        ["2", "2026-01-11 10:00:00", "2026-02-15"], ["2", "2026-02-05 10:00:00", None]]


def test_bulgarian_headers(desk):
    desk.put("deals.csv", DEALS)
    desk.put("log.csv", "ID на сделка;Променено поле;Стара стойност;Нова стойност;Дата на промяна;Променено от\n1;Сума;100;150;11.01.2026 10:00;Ann\n")
    desk.run()
    assert of(desk, "amount")[0][:3] == ["1", "2026-01-11 10:00:00", 150]


def test_budgets_among_the_events_of_amocrm(desk):
    desk.put("deals.json", json.dumps({"_embedded": {"leads": [
        {"id": number, "name": "А", "price": price, "responsible_user_id": 5, "status_id": 9001, "pipeline_id": 7, "created_at": 1768039200, "closed_at": None, "is_deleted": False}
        for number, price in ((1, 1500), (2, 700))]}}))
    desk.put("events.json", json.dumps({"_embedded": {"events": [
        {"id": "a", "type": "sale_field_changed", "entity_id": 1, "entity_type": "lead", "created_by": 12, "created_at": 1768125600,
         "value_before": [{"sale_field_value": {"sale": 1000}}], "value_after": [{"sale_field_value": {"sale": 1500}}]},
        {"id": "b", "type": "sale_field_changed", "entity_id": 3, "entity_type": "customer", "created_by": 12, "created_at": 1768125600,
         "value_before": [{"sale_field_value": {"sale": 1}}], "value_after": [{"sale_field_value": {"sale": 2}}]}]}}))
    desk.run()
    assert desk.entry("events.json")["reasons"] == {"other_kind": 1}
    # both deals are older than the first event: the second stood from then on as it stands
    assert of(desk, "amount") == [["1", "2026-01-11 13:00:00", 1500, "12"], ["2", "2026-01-11 13:00:00", 700, None]]


def dated(mark, field, deal, day, old="", new="", kind=6, entity="lead"):
    """A change of a custom field among the events of amoCRM; no text, no value."""
    value = {name: [{"custom_field_value": {"field_id": field, "field_type": kind, "enum_id": None, "text": text}}] if text else [] for name, text in (("value_before", old), ("value_after", new))}
    return {"id": mark, "type": "custom_field_value_changed" if field == 77 else f"custom_field_{field}_value_changed", "entity_id": deal, "entity_type": entity,
            "created_by": 12, "created_at": 1768125600 + 86_400 * day} | value


def test_planned_closings_among_the_events_of_amocrm(desk):
    fields = [{"field_id": 77, "field_name": "Плановая дата закрытия", "field_code": None, "field_type": "date"}, {"field_id": 88, "field_name": "Дата договора", "field_code": None, "field_type": "date"}]
    planned, signed = {1: 1774904400, 2: 1771016400, 3: None}, {1: 1768424400, 2: 1768424400, 3: None}  # 31 March, 14 February in Moscow; 15 January
    desk.put("deals.json", json.dumps({"_embedded": {"leads": [
        {"id": number, "name": "А", "price": 10, "responsible_user_id": 5, "status_id": 9001, "pipeline_id": 7, "created_at": 1768039200, "closed_at": None, "is_deleted": False,
         "custom_fields_values": [field | {"values": [{"value": value}]} for field, value in zip(fields, (planned[number], signed[number]), strict=True) if value]} for number in planned]}}))
    desk.put("events.json", json.dumps({"_embedded": {"events": [
        dated("a", 77, 1, 0, "", "2026-02-28"), dated("b", 77, 1, 20, "2026-02-28", "2026-03-31"), dated("c", 77, 3, 1, "2026-02-10"),
        dated("d", 88, 1, 2, "", "2026-01-20"), dated("e", 88, 2, 2, "2026-01-10", "2026-02-20"), dated("f", 99, 1, 3, "", "red", kind=4), dated("g", 77, 9, 3, "", "2026-05-05", entity="contact")]}}))
    desk.run()
    # the date of the contract is another field: it does not end where the planned closings stand; the colour is no date, the contact no deal
    assert desk.entry("events.json")["reasons"] == {"other_kind": 4}
    rows = of(desk, "expected_close_on")
    assert [row[:1] + row[2:] for row in rows] == [["1", "2026-02-28", "12"], ["1", "2026-03-31", "12"], ["2", "2026-02-14", None], ["3", "2026-02-10", None], ["3", None, "12"]]


def test_dates_among_the_events_of_amocrm_where_deals_have_no_planned_closing(desk):
    desk.put("deals.json", json.dumps({"_embedded": {"leads": [
        {"id": 1, "name": "А", "price": 10, "responsible_user_id": 5, "status_id": 9001, "pipeline_id": 7, "created_at": 1768039200, "closed_at": None, "is_deleted": False}]}}))
    desk.put("events.json", json.dumps({"_embedded": {"events": [dated("a", 77, 1, 0, "", "2026-02-28"), dated("b", 77, 1, 20, "2026-02-28", "2026-03-31")]}}))
    desk.run()
    assert desk.entry("events.json")["reasons"] == {"other_kind": 2}
    assert not (desk.root / "canonical" / "field_history.parquet").exists() or of(desk, "expected_close_on") == []


def test_deals_given_to_another_seller_among_the_events_of_amocrm(desk):
    desk.put("users.json", json.dumps({"_embedded": {"users": [{"id": 5, "name": "Анна", "email": "a@example.com", "rights": {"is_admin": False}},
                                                              {"id": 6, "name": "Борис", "email": "b@example.com", "rights": {"is_admin": False}}]}}))
    desk.put("deals.json", json.dumps({"_embedded": {"leads": [
        {"id": number, "name": "А", "price": 10, "responsible_user_id": owner, "status_id": 9001, "pipeline_id": 7, "created_at": 1768039200, "closed_at": None, "is_deleted": False}
        for number, owner in ((1, 6), (2, 5))]}}))

    def given(mark, entity, kind="lead"):
        return {"id": mark, "type": "entity_responsible_changed", "entity_id": entity, "entity_type": kind, "created_by": 0, "created_at": 1768125600,
                "value_before": [{"responsible_user": {"id": 5}}], "value_after": [{"responsible_user": {"id": 6}}]}

    desk.put("events.json", json.dumps({"_embedded": {"events": [given("a", 1), given("b", 44, "contact")]}}))
    desk.run()
    assert desk.entry("events.json")["reasons"] == {"other_kind": 1}
    # deal 2 has been Anna's all the time
    assert of(desk, "owner_id") == [["1", "2026-01-11 13:00:00", "6", None], ["2", "2026-01-11 13:00:00", "5", None]]


def test_a_log_of_owners_by_their_names(desk):
    desk.put("deals.csv", "ID сделки;Название;Ответственный;Этап;Дата создания;Сумма\n1;А;Анна;Новая;10.01.2026;100\n2;Б;Борис;Новая;10.01.2026;100\n")
    desk.put("log.csv", "ID сделки;Поле;Было;Стало;Дата изменения;Кто изменил\n2;Ответственный;Ушедший Пётр;Борис;11.01.2026 10:00;Анна\n1;Сумма;90;100;10.01.2026 12:00;Анна\n")
    desk.run()
    names = dict(desk.exact("users", "user_id", "name"))
    told = [[row[0], names.get(row[2], row[2])] for row in of(desk, "owner_id")]
    assert told == [["1", "Анна"], ["2", "Ушедший Пётр"], ["2", "Борис"]]
