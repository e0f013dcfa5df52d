"""Rules of a preset for single rows and single records, each on a source drawn by hand."""

import dataclasses
import types

import pandas as pd
import pytest

from audit.intake.ask.mapping import Answers, fresh
from audit.intake.parse import salesforce_id
from audit.intake.read import read_table
from audit.intake.shapes import Shape, assign, keys, shapes
from audit.intake.tables import records
from audit.intake.typed import convert as room


def part_of(tmp_path, text: str, shape: Shape, name: str = "a.csv") -> room.Part:
    file = tmp_path / name
    file.write_text(text, "utf-8")
    source = read_table(file)[0]
    return room.convert(source, shape, fresh(source, shape), Answers(), "UTC", "RU")


def activities(**rules) -> Shape:
    return Shape("x", "activities", columns={"activity_id": ("id",), "owner_name": ("owner",), "entity_ref": ("what",), "other_ref": ("who",),
                                             "duration_s": ("length",)}, **rules)


def test_deleted_rows_and_old_versions_have_their_own_reasons(tmp_path):
    rule = {"deleted": {"is deleted": frozenset({"true"})}, "old_version": {"fivetran active": frozenset({"false"})}}
    part = part_of(tmp_path, "id,owner,IsDeleted,_fivetran_active\n1,A,TRUE,true\n2,A,0,FALSE\n3,A,,1\n", activities(drop=rule))
    assert part.reasons == {0: ("deleted",), 1: ("old_version",)}


def test_headers_in_camel_case_are_words():
    assert keys(["StageName", "CreatedById"])["created by id"] == "CreatedById"
    shape = Shape("x", "deals", columns={"stage_id": ("stage name",)})
    assert assign(shape, ["Id", "StageName"]) == {"stage_id": "StageName"}
    assert assign(shape, ["stage_name"]) == {"stage_id": "stage_name"}


def test_a_bare_number_of_milliseconds_is_scaled_and_a_clock_is_not(tmp_path):
    part = part_of(tmp_path, "id,owner,length\n1,A,90000\n2,A,1:30\n", activities(scale={"duration_s": 0.001}))
    assert part.frame["duration_s"].tolist() == [90.0, 90.0]


@pytest.mark.parametrize(("short", "long"), [("0061G00000Ja7B6", "0061G00000Ja7B6QAJ"), ("0051G000005MumQ", "0051G000005MumQQAS")])
def test_an_id_of_15_letters_is_the_id_of_18(short, long):
    assert salesforce_id(short)[:15] == short
    assert len(salesforce_id(short)) == 18
    assert salesforce_id(long) == long


def test_references_are_told_apart_by_their_beginning(tmp_path):
    part = part_of(tmp_path, "id,owner,what,who\n1,A,006x,00Qy\n2,A,001z,003q\n", activities(split={"deal_ref": ("006",), "client_ref": ("001",), "lead_ref": ("00Q",)}))
    assert part.frame["deal_ref"].fillna("").tolist() == ["006x", ""]
    assert part.frame["client_ref"].fillna("").tolist() == ["", "001z"]
    assert part.frame["lead_ref"].fillna("").tolist() == ["00Qy", ""]


def test_an_id_made_of_cells_stays_while_other_cells_change(tmp_path):
    shape = Shape("x", "deals", columns={"title": ("name",), "client_name": ("client",), "stage_id": ("stage",)}, id_from=("title", "client_name"))
    before = part_of(tmp_path, "name,client,stage\nBig,A,New\nBig,B,New\nBig,A,New\n", shape).frame["deal_id"].tolist()
    after = part_of(tmp_path, "name,client,stage\nBig,B,Won\nBig,A,Won\n", shape).frame["deal_id"].tolist()
    assert len(set(before)) == 3
    assert after == [before[1], before[0]]
    assert before[2] == before[0] + "-2"


def test_a_base_file_fills_the_gaps_of_its_details(tmp_path):
    base = part_of(tmp_path, "id,owner\n1,Anna\n2,Boris\n", dataclasses.replace(activities(), complements="activity_id"), "base.csv")
    detail = part_of(tmp_path, "id,length\n1,60\n3,5\n", activities(), "detail.csv")
    records.complete([base, detail])
    assert detail.frame["owner_name"].fillna("").tolist() == ["Anna", ""]
    assert base.frame["activity_id"].tolist() == ["2"]  # nobody describes it: it stays a row of its own
    assert base.merged == 1


def test_merged_records_give_way_to_the_last_survivor(tmp_path):
    deals = Shape("d", "deals", columns={"deal_id": ("id",), "merged_ids": ("merged",)})
    one = part_of(tmp_path, "id,merged\n1,\n2,1:1661707291575;2\n3,2\n4,\n", deals)
    past = part_of(tmp_path, "id,stage\n1,New\n2,New\n4,New\n", Shape("h", "stage_history", columns={"entity_id": ("id",), "to_stage": ("stage",)}), "h.csv")
    records.survivors(types.SimpleNamespace(parts=[one, past]))
    assert one.reasons == {0: ("merged_away",), 1: ("merged_away",)}
    assert past.frame["entity_id"].tolist() == ["3", "3", "4"]


def test_every_reason_of_a_preset_is_worded():
    from audit.words import Words

    words = Words("en")
    for shape in shapes().values():
        for code in (*shape.drop, *([shape.unused] if shape.unused else [])):
            assert words.has(f"intake.reason.{code}"), (shape.name, code)
        if not shape.used and shape.name.startswith("zoho"):
            assert shape.unused or shape.used, f"{shape.name} does not say why it is not used"


def test_a_stand_in_is_put_on_record(tmp_path):
    shape = Shape("x", "activities", columns={"activity_id": ("id",), "done_at": ("done",)}, stand_ins={"done_at": ("start",)})
    answers = Answers()
    file = tmp_path / "s.csv"
    file.write_text("id,start\n1,2025-01-02 10:00:00\n", "utf-8")
    source = read_table(file)[0]
    part = room.convert(source, shape, fresh(source, shape), answers, "UTC", "RU")
    assert part.frame["done_at"].tolist() == [pd.Timestamp(2025, 1, 2, 10)]
    assert [(found["kind"], found["value"]) for found in answers.decisions if found["kind"] == "stand_in"] == [("stand_in", "start")]
