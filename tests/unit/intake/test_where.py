"""Only some kinds of records of a log make a table; the others are kept in quarantine."""

import dataclasses

from audit.intake.ask.mapping import Answers, fresh
from audit.intake.read import read_table
from audit.intake.shapes import shapes
from audit.intake.typed import convert as room


def test_records_of_another_kind_are_refused(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("TYPE_ID,OWNER_ID,CREATED_TIME,STAGE_ID\n1,d1,2026-01-01,NEW\n2,d1,2026-01-02,WON\n", "utf-8")
    source = read_table(file)[0]
    shape = dataclasses.replace(shapes()["bitrix24_stage_history"], where={"type id": frozenset({"1"})})
    part = room.convert(source, shape, fresh(source, shape), Answers(), "UTC", "RU")
    assert part.reasons == {1: ("other_kind",)}
