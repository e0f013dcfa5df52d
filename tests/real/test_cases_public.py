"""Public negotiations come in by the shape of their dialogues: every message is kept, every dialogue a case."""

import json

from audit.knowledge.cases import read_cases


def test_dialogues_of_negotiations(shared_data):
    folder = shared_data / "casino"
    read = read_cases(folder)
    dialogues = [talk for path in sorted(folder.glob("*.json")) for talk in json.loads(path.read_text("utf-8"))]
    assert len(read.cases) == len(dialogues) == 1030 and not len(read.refused)
    assert read.texts["text"].tolist() == [message["text"].strip() for talk in dialogues for message in talk["chat_logs"]]
    assert read.texts["speaker_name"].tolist() == [message["id"] for talk in dialogues for message in talk["chat_logs"]]
    assert read.cases["case_id"].tolist() == [str(talk["dialogue_id"]) for talk in dialogues]
    assert set(read.cases["outcome"]) == {""} and read.cases["language"].eq("en").all() and read.texts["speaker"].isna().all()
