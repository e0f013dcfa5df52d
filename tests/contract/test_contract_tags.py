"""TAGS are a frame and a result at once; cards come in any shape."""

import json

import ibis
import pandas as pd
import pytest
from matplotlib.figure import Figure

import audit
from audit.errors import AuditError
from audit.knowledge import read_cards

TEXTS = ["Давайте созвонимся во вторник в 11:00", "We can call you on Tuesday", "нет"]
COLUMNS = ["text_id", "technique", "start", "end", "quote", "speaker", "tagged_by", "confidence"]


def test_tags_are_a_frame(tmp_path):
    tags = audit.tag(TEXTS)
    assert isinstance(tags, pd.DataFrame) and list(tags.columns) == COLUMNS and len(tags)
    assert type(tags[tags.technique == "next_step"]) is pd.DataFrame
    tags.to_parquet(tmp_path / "t.parquet")
    cases = pd.DataFrame({"case_id": range(3), "owner": ["a", "b", "a"], "won": [1, 0, 1]})
    assert audit.technique_effects(tags, cases).to_json() == audit.technique_effects(tags.frame, cases).to_json()
    assert tags.to_json(orient="records", force_ascii=False).startswith("[{")


def test_tags_are_a_result(tmp_path):
    tags = audit.tag(TEXTS)
    assert type(tags.frame) is pd.DataFrame
    told = tags.to_json(tmp_path / "tags.json")
    assert json.loads((tmp_path / "tags.json").read_text("utf-8")) == json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["schema"] == 1 and list(told["tags"][0]) == COLUMNS and told["tags"][0]["speaker"] is None
    assert isinstance(tags.plot(), Figure) and isinstance(audit.tag([]).plot(), Figure)
    assert "next_step" in tags._repr_html_()


ROWS = [{"id": "hello", "patterns": "добрый день; =привет"}, {"id": "goods", "patterns": "good ..1 price"}]


@pytest.fixture(params=["frame", "csv", "xlsx", "dicts", "ibis"])
def cards(request, tmp_path):
    frame = pd.DataFrame(ROWS)
    frame.to_csv(tmp_path / "c.csv", index=False)
    frame.to_excel(tmp_path / "c.xlsx", index=False)
    return {"frame": frame, "csv": tmp_path / "c.csv", "xlsx": str(tmp_path / "c.xlsx"), "dicts": ROWS, "ibis": ibis.memtable(frame)}[request.param]


def test_cards_as_rows(cards):
    tags = audit.tag(["Добрый день!", "It is a good price"], cards)
    assert tags[["text_id", "technique", "quote"]].values.tolist() == [[0, "hello", "Добрый день"], [1, "goods", "good price"]]


def test_one_card_and_the_language_of_a_row():
    one = next(card for card in read_cards() if card.id == "next_step")
    assert len(audit.tag(TEXTS, one)) == len(audit.tag(TEXTS, [one])) > 0
    tags = audit.tag(["Това е добра цена"], pd.DataFrame({"id": ["price"], "patterns": ["=добра цена"], "language": ["bg"]}))
    assert tags["quote"].tolist() == ["добра цена"]


@pytest.mark.parametrize(("wrong", "key"), [
    (pd.DataFrame({"name": ["x"]}), "knowledge.card_table"), ([{"id": "Да!", "patterns": "x"}], "knowledge.card_row"), ([{"patterns": None}], "knowledge.card_row"),
    ([ROWS[0], ROWS[0]], "knowledge.card_row"), (7, "knowledge.not_cards"), ([1, 2], "knowledge.not_cards"),
    ([{"id": "x", "patterns": "a|| ..z", "version": "много"}], "knowledge.card_row"), ([{"id": "x", "patterns": "а", "language": "zz"}], "knowledge.card_row"),
])
def test_what_is_no_card_is_said(wrong, key):
    with pytest.raises(AuditError) as told:
        audit.tag(TEXTS, wrong)
    assert told.value.key == key
    assert all(told.value.parts(lang) for lang in ("ru", "en", "bg"))
