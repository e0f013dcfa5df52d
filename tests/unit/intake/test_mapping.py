"""mapping.yml: what was decided is written, edits count, the second run asks nothing."""

import yaml

from audit.intake.shapes import recognise, shapes
from audit.schema import BY_NAME

GOOD = "id,created,closed,won,amount,region\n1,2025-01-02,2025-02-01,1,100,A\n2,2025-01-03,2025-02-02,0,50,B\n"


def mapping(desk) -> dict:
    return yaml.safe_load((desk.root / "mapping.yml").read_text("utf-8"))


def test_second_run_is_the_same_to_the_byte(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    before = {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file()}
    desk.run()
    assert {path: path.read_bytes() for path in desk.root.rglob("*") if path.is_file()} == before


def test_headers_are_written_with_their_meaning(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    entry = mapping(desk)["files"][0]
    assert entry["headers"] == {"id": "deal_id", "created": "created_at", "closed": "close_date", "won": "won", "amount": "amount", "region": "region"}


def test_an_edited_header_counts(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    path = desk.root / "mapping.yml"
    path.write_text(path.read_text("utf-8").replace("region: region", "region: channel"), "utf-8")
    desk.run()
    deals = desk.table("deals")
    assert deals["channel"].tolist() == ["A", "B"]
    assert deals["region"].isna().all()


def test_a_column_that_does_not_exist_is_refused_with_the_nearest(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    path = desk.root / "mapping.yml"
    path.write_text(path.read_text("utf-8").replace("region: region", "region: chanel"), "utf-8")
    assert "channel" in desk.fails().told("en")


def test_the_same_headers_under_a_new_name_ask_nothing(desk):
    desk.put("deals.csv", "id,created,won,amount\n1,03/04/2025,1,5\n2,05/06/2025,0,5\n")
    assert desk.fails().code == 11
    desk.answer("mdy")
    desk.run()
    assert [str(day.date()) for day in desk.table("deals")["created_at"]] == ["2025-03-04", "2025-05-06"]
    desk.run()


def test_changed_headers_stop_with_their_difference(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    desk.put("deals.csv", GOOD.replace("region", "city"))
    told = desk.fails()
    assert told.code == 11
    assert "+ city" in told.told("en")
    assert "- region" in told.told("en")
    desk.answer("accept")
    desk.run()
    assert desk.table("deals")["region"].tolist() == ["A", "B"]  # a city is a region by the preset


def test_an_answer_outlives_further_runs(desk):
    desk.put("deals.csv", "id;created;won;amount\n1;2025-01-02;1;100,500\n2;2025-01-02;1;2\n")
    assert desk.fails().code == 11
    desk.answer(",")
    for _ in range(3):
        desk.run()
    assert desk.table("deals")["amount"].tolist() == [100.5, 2]


def test_an_open_stage_question_is_not_settled_by_asking_twice(desk):
    desk.put("deals.csv", "id,created,closed,stage,amount\n1,2025-01-02,2025-02-02,Won,5\n2,2025-01-02,2025-02-02,Зомби,5\n")
    assert desk.fails().code == 11
    assert desk.fails().code == 11
    desk.answer("lost")
    desk.run()
    assert desk.table("deals")["semantic"].tolist() == ["won", "lost"]


def test_renamed_values(desk):
    desk.put("deals.csv", GOOD)
    desk.run()
    desk.rename("region", "A", "Север")
    desk.run()
    assert desk.table("deals")["region"].tolist() == ["Север", "B"]


def test_stage_meaning_and_order_can_be_edited(desk):
    desk.put("deals.csv", "id,created,closed,stage,amount\n1,2025-01-02,2025-02-02,Won,5\n2,2025-01-02,,Б,5\n3,2025-01-02,,А,5\n")
    desk.run()
    tree = mapping(desk)
    for entry in tree["stages"]:
        entry["order"] = {"Б": 2, "А": 1, "Won": 3}[entry["stage"]]
    (desk.root / "mapping.yml").write_text(yaml.safe_dump(tree, allow_unicode=True), "utf-8")
    desk.run()
    stages = desk.table("stages")
    assert stages["stage_id"].tolist() == ["А", "Б", "Won"]
    assert stages["ord"].tolist() == [1, 2, 3]
    assert stages["semantic"].tolist() == ["open", "open", "won"]


def test_damaged_mapping_is_told_not_thrown(desk):
    desk.put("deals.csv", GOOD)
    for text in ("files: [", "- 1\n- 2\n", "files: [{preset: x}]"):
        (desk.root / "mapping.yml").write_text(text, "utf-8")
        assert desk.fails().code in (2, 13)


def test_no_decision_is_silent(desk):
    desk.put("deals.csv", "id,created,won,amount\n1,25.04.2025,1,5\n2,05.06.2025,0,5\n")
    desk.run()
    told = {(entry["kind"], entry["column"], entry["value"]) for entry in desk.report["decisions"]}
    assert {("dates", "created", "dmy"), ("currency", "amount", "RUB")} <= told


def test_client_yml_forces_a_preset_and_a_table(desk):
    desk.client("sources: [{file: 'a*.csv', preset: deals_plain}, {file: 'b*.csv', table: users}]\n")
    desk.put("a.csv", GOOD)
    desk.put("b.csv", "имя,отдел\nИванов,Север\n")
    desk.run()
    assert desk.entry("a.csv")["preset"] == "deals_plain"
    assert desk.entry("b.csv")["table"] == "users"


def test_an_unknown_preset_names_the_nearest(desk):
    desk.client("sources: [{file: 'a*.csv', preset: deals_plan}]\n")
    desk.put("a.csv", GOOD)
    assert "deals_plain" in desk.fails().told("en")


def test_every_preset_maps_to_columns_that_exist_and_knows_itself():
    from audit.intake.typed.part import kind_of

    for name, shape in shapes().items():
        for column in shape.columns:
            assert kind_of(shape, column), name
        if shape.table:
            assert shape.table in BY_NAME
        headers = list(dict.fromkeys([group[0] for group in shape.require] + [words[0] for column, words in shape.columns.items() if column != shape.title.get("day")]))
        headers += {"periods": ["янв", "фев"]}.get(shape.unpivot["headers"], ["первое", "второе"]) if shape.unpivot else []
        title = next(iter([*shape.title.get("phrases", ()), *shape.title.get("words", ())]), "")
        found = recognise(headers, title)
        # the words of both a stage and an outcome together make the table with both; a shape may read what another leaves, or the same file once more
        known = {one.name for one in found} | {one.name.removesuffix("_outcome") for one in found} | {other for one in found for other in (*one.also, *one.again)}
        assert name in known, name
