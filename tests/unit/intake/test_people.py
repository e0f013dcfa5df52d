"""Who is who: people.yml, questions about unknown sellers, joins by hand; never a silent merge."""

import random

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.intake.tables.alike import candidates, is_short_for

STAFF = "сотрудник,отдел,должность\nАлександр Иванов,Север,менеджер\nПётр Сидоров,Юг,менеджер\n"


def deals(*owners: str, column: str = "ответственный") -> str:
    return f"id,created,won,amount,{column}\n" + "".join(f"{n},2025-01-02,1,5,{owner}\n" for n, owner in enumerate(owners, 1))


def people(desk) -> dict[str, dict]:
    return {entry["id"]: entry for entry in yaml.safe_load((desk.root / "people.yml").read_text("utf-8"))["people"]}


def edit(desk, change) -> None:
    path = desk.root / "people.yml"
    tree = yaml.safe_load(path.read_text("utf-8"))
    change({entry["id"]: entry for entry in tree["people"]}, tree["people"])
    path.write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")


def test_everybody_met_is_listed_with_spellings_and_team(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("Александр Иванов", "АЛЕКСАНДР ИВАНОВ", "Петр Сидоров"))
    desk.run()
    found = people(desk)
    assert set(found) == {"Александр Иванов", "Пётр Сидоров"}
    assert found["Александр Иванов"]["team"] == "Север"
    assert found["Александр Иванов"]["spellings"] == ["АЛЕКСАНДР ИВАНОВ", "Александр Иванов"]
    assert (desk.root / "people.yml").read_text("utf-8").startswith("# ")
    before = (desk.root / "people.yml").read_bytes()
    desk.run()
    assert (desk.root / "people.yml").read_bytes() == before


def test_word_order_is_asked_with_the_name_proposed_never_merged(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("Иванов Александр", "Пётр Сидоров"))
    assert desk.fails().code == 11
    (question,) = desk.report["questions"]
    assert (question["kind"], question["proposed"]) == ("person", "Александр Иванов")
    assert question["examples"] == ["Иванов Александр", "deals.csv: 1"]
    desk.answer("Александр Иванов")
    desk.run()
    assert desk.table("deals")["owner_id"].tolist() == ["Александр Иванов", "Пётр Сидоров"]
    assert len(desk.table("users")) == 2
    assert people(desk)["Александр Иванов"]["spellings"] == ["Александр Иванов", "Иванов Александр"]
    assert desk.run().questions == []


def test_the_join_outlives_the_answer_in_people_yml(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("Иванов А.", "Пётр Сидоров"))
    desk.fails()
    desk.answer("Александр Иванов")
    desk.run()
    (desk.root / "mapping.yml").unlink()
    desk.run()
    assert desk.table("deals")["owner_id"].tolist() == ["Александр Иванов", "Пётр Сидоров"]


def test_a_bare_first_name_of_several_is_asked_without_a_proposal(desk):
    desk.put("staff.csv", STAFF + "Александр Белов,Юг,менеджер\n")
    desk.put("deals.csv", deals("Александр", "Пётр Сидоров"))
    assert desk.fails().code == 11
    (question,) = desk.report["questions"]
    assert question["proposed"] is None
    assert question["options"] == ["Александр Белов", "Александр Иванов", "new", "system"]


def test_an_unknown_seller_of_many_deals_is_asked_new_is_proposed(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("Жанна Гусева", "Пётр Сидоров"))
    assert desk.fails().code == 11
    assert desk.report["questions"][0]["proposed"] == "new"
    desk.answer("new")
    desk.run()
    assert desk.table("deals")["owner_id"].tolist() == ["Жанна Гусева", "Пётр Сидоров"]


def test_a_robot_is_marked(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("Робот обмена", "Пётр Сидоров"))
    desk.fails()
    desk.answer("system")
    desk.run()
    users = desk.table("users").set_index("name")
    assert users.at["Робот обмена", "is_system"]
    assert people(desk)["Робот обмена"]["is_system"] is True


def test_who_matters_little_is_recorded_not_asked(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals(*["Пётр Сидоров"] * 200, "Жанна Гусева"))
    desk.run()
    assert {"kind": "person", "file": "people", "column": "жанна гусева", "value": "new", "why": "not_in_the_list_of_people"} in desk.report["decisions"]


def test_without_a_list_of_people_nothing_is_asked(desk):
    desk.put("deals.csv", deals("Иванов Александр", "Александр Иванов"))
    desk.run()
    assert desk.table("deals")["owner_id"].nunique() == 2
    assert "alike_not_joined" in {entry["why"] for entry in desk.report["decisions"]}


def test_a_name_with_initials_is_led_to_the_full_one_of_the_data_and_never_joined_silently(desk):
    desk.put("deals.csv", deals("Иванова О.", "Иванова Ольга", "Петров П.", "Петров Павел", "Петров Пётр", "Сидоров А."))
    desk.run()
    assert desk.table("deals")["owner_id"].nunique() == 6
    told = [entry["value"] for entry in desk.report["decisions"] if entry["why"] == "alike_not_joined"]
    assert told == [["Иванова О.", "Иванова Ольга"], ["Петров П.", "Петров Павел", "Петров Пётр"]]
    tree = yaml.safe_load((desk.root / "mapping.yml").read_text("utf-8"))
    assert tree["suggestions"] == {"values": {"owner_name": {"Иванова О.": "Иванова Ольга"}}}  # two who fit are no suggestion
    tree["users"] = tree["suggestions"]["values"]["owner_name"]
    (desk.root / "mapping.yml").write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    desk.run()
    assert desk.table("deals")["owner_id"].tolist()[:2] == ["Иванова Ольга"] * 2
    assert ["Иванова О.", "Иванова Ольга"] not in [entry["value"] for entry in desk.report["decisions"]]


def test_an_answer_that_names_nobody_is_refused(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("Иванов Александр"))
    desk.fails()
    desk.answer("Александр Ивванов")
    error = desk.fails()
    assert error.code == 2
    assert "Александр Иванов" in error.told("en")


def test_an_id_of_the_crm_is_joined_with_the_register_by_an_answer(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("[12] Иванов Александр", "12", "Пётр Сидоров"))
    desk.fails()
    desk.answer("Александр Иванов")
    desk.run()
    assert desk.table("deals")["owner_id"].tolist()[0] == "Александр Иванов"
    assert people(desk)["Александр Иванов"]["ids"] == {"crm": ["12"]}


def test_two_accounts_of_one_person_joined_by_hand(desk):
    desk.put("deals.csv", "id,created,won,amount,owner id,owner\n1,2025-01-02,1,5,12,Иванова\n2,2025-01-02,1,5,57,Петрова\n")
    desk.run()
    assert set(people(desk)) == {"12", "57"}

    def join(by_id, entries):
        by_id["12"]["ids"]["crm"] += by_id["57"]["ids"]["crm"]
        by_id["12"]["spellings"] += by_id["57"]["spellings"]
        entries.remove(by_id["57"])

    edit(desk, join)
    desk.run()
    assert desk.table("deals")["owner_id"].tolist() == ["12", "12"]
    assert desk.table("users")["user_id"].tolist() == ["12"]
    desk.run()
    assert people(desk)["12"]["ids"] == {"crm": ["12", "57"]}


def test_an_edit_stays_and_what_was_not_edited_follows_the_files(desk):
    desk.put("staff.csv", STAFF)
    desk.put("deals.csv", deals("Пётр Сидоров", "Александр Иванов"))
    desk.run()
    edit(desk, lambda by_id, entries: by_id["Пётр Сидоров"].update(team="Запад"))
    desk.put("staff.csv", STAFF.replace("Север", "Восток"))
    for _ in range(2):
        desk.run()
        assert desk.table("users").set_index("name")["team"].to_dict() == {"Александр Иванов": "Восток", "Пётр Сидоров": "Запад"}


def test_a_name_of_an_earlier_run_takes_the_id_that_comes_later(desk):
    desk.put("deals.csv", deals("Пётр Сидоров"))
    desk.run()
    desk.put("calls.csv", "id,created,won,amount,owner id,owner\n9,2025-01-02,1,5,77,Пётр Сидоров\n")
    desk.run()
    assert desk.table("deals")["owner_id"].tolist() == ["77", "77"]
    assert set(people(desk)) == {"77"}


@pytest.mark.parametrize(("text", "code"), [("people: [", 13), ("- 1\n", 13), ("people: [{name: x}]\n", 2), ("people:\n- {id: 1, name: x, teem: y}\n", 2)])
def test_a_broken_list_is_told_with_its_line(desk, text, code):
    desk.put("deals.csv", deals("Пётр Сидоров"))
    (desk.root / "people.yml").write_text(text, "utf-8")
    error = desk.fails()
    assert error.code == code
    assert "people.yml, line" in error.told("en")


def test_candidates_by_order_initials_bare_word_and_likeness():
    known = ["Александр Иванов", "Пётр Сидоров", "Анна Иванова"]
    assert candidates("иванов александр", known) == (["Александр Иванов"], True)
    assert candidates("Сидоров П.", known) == (["Пётр Сидоров"], True)
    assert candidates("Пётр", known) == (["Пётр Сидоров"], True)
    assert candidates("Сидороф Пётр", known) == (["Пётр Сидоров"], True)
    assert candidates("Жанна Гусева", known) == ([], False)
    assert candidates("Иванов А.", [*known, "Алексей Иванов"])[1] is False
    assert not is_short_for("Иванов А.", "Анна Иванова")


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(owners=st.lists(st.sampled_from(["Иванов", "Иванов А.", "[12] Иванов", "12", "Пётр", "Пётр Сидоров", "Сидоров Пётр", "ИВАНОВ", "", "робот 7"]), min_size=1, max_size=12),
       seed=st.integers(0, 999))
def test_matching_is_stable_under_row_order_and_doubling(new_desk, tmp_path_factory, owners, seed):
    def matched(rows: list[tuple[int, str]]) -> dict[int, str]:
        desk = new_desk(tmp_path_factory.mktemp("desk") / "client")
        desk.put("d.csv", "id,created,won,amount,ответственный\n" + "".join(f"{n},2025-01-02,1,5,{owner}\n" for n, owner in rows))
        desk.run()
        found = desk.table("deals")
        return {int(key): owner for key, owner in zip(found["deal_id"], found["owner_id"].fillna(""), strict=True)}

    rows = list(enumerate(owners, 1))
    turned = rows[:]
    random.Random(seed).shuffle(turned)
    doubled = [*rows, *((n + 1000, owner) for n, owner in rows)]
    plain = matched(rows)
    assert matched(turned) == plain
    twice = matched(doubled)
    assert {n: twice[n] for n in plain} == plain == {n: twice[n + 1000] for n in plain}
