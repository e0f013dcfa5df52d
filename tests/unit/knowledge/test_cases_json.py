"""JSON by its shape: transcripts of recognizers, exports of messengers, records of cases, and what is none of these."""

import json

import pandas as pd
import pytest
from reading import one, reasons, spoken

WORDS = [("Добрый", 0, 0.0, 0.4), ("день!", 0, 0.4, 0.9), ("Здравствуйте.", 1, 1.5, 2.4), ("Удобно?", 0, 3.0, 3.5)]
SAID = [("0", "Добрый день!"), ("1", "Здравствуйте."), ("0", "Удобно?")]
SHAPES = {
    "segments": {"text": "всё вместе", "language": "ru", "segments": [{"id": n, "start": n * 1.5, "end": n * 1.5 + 1, "text": f" {text}", "speaker": who, "words": [{"word": "x", "start": 0}]}
                                                                      for n, (who, text) in enumerate(SAID)]},
    "utterances beside words": {"metadata": {"channels": 1}, "results": {
        "channels": [{"alternatives": [{"transcript": "всё вместе", "words": [{"word": word, "start": start, "speaker": who} for word, who, start, _ in WORDS]}]}],
        "utterances": [{"start": n * 2.0, "end": n * 2 + 1.0, "transcript": text, "speaker": int(who), "channel": 0, "words": [{"word": "x"}]} for n, (who, text) in enumerate(SAID)]}},
    "milliseconds": {"id": "x", "status": "completed", "text": "всё", "words": [], "utterances": [
        {"speaker": who, "text": text, "start": n * 1500, "end": n * 1500 + 900, "confidence": 0.9} for n, (who, text) in enumerate(SAID)]},
    "chunks of channels": {"done": True, "response": {"chunks": [
        {"alternatives": [{"text": text, "confidence": 1, "words": [{"startTime": f"{n}.5s", "endTime": f"{n}.9s", "word": "x"}]}, {"text": "иначе"}], "channelTag": who}
        for n, (who, text) in enumerate(SAID)]}},
    "words only": {"words": [{"word": word, "speaker": who, "start": start, "end": end} for word, who, start, end in WORDS]},
    "words of channels": {"results": {"channels": [{"alternatives": [{"words": [{"word": "Добрый", "start": 0.0}, {"word": "день!", "start": 0.4}, {"word": "Удобно?", "start": 3.0}]}]},
                                                   {"alternatives": [{"words": [{"word": "Здравствуйте.", "start": 1.5}]}]}]}},
    "a list of turns": [{"role": who, "content": text} for who, text in SAID],
    "results with tags": {"results": [{"alternatives": [{"transcript": text, "confidence": 0.9}], "channelTag": int(who)} for who, text in SAID]},
    "sentences of paragraphs": {"results": {"channels": [{"alternatives": [{"paragraphs": {"transcript": "всё", "paragraphs": [
        {"speaker": int(who), "sentences": [{"text": text, "start": n * 1.0, "end": n + 0.5}]} for n, (who, text) in enumerate(SAID)]}}]}]}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_transcripts_are_known_by_their_shape(tmp_path, shape):
    read = one(tmp_path, "2026-03-05_10-00 call.json", json.dumps(SHAPES[shape], ensure_ascii=False))
    got = [(str(name).removeprefix("SPEAKER_"), text) for _, name, text in spoken(read)]
    assert got == SAID and len(read.cases) == 1 and not len(read.refused)


def test_milliseconds_and_seconds_tell_the_same_time(tmp_path):
    for shape in ("segments", "milliseconds"):
        read = one(tmp_path, "2026-03-05_10-00 call.json", json.dumps(SHAPES[shape]))
        assert read.texts["at"].tolist() == [pd.Timestamp("2026-03-05 10:00:00"), pd.Timestamp("2026-03-05 10:00:01"), pd.Timestamp("2026-03-05 10:00:03")]


def chat(name: str = "Иван", ident: int = 5) -> dict:
    return {"name": name, "type": "personal_chat", "id": ident, "messages": [
        {"id": 1, "type": "message", "date": "2026-03-05T10:00:00", "date_unixtime": "1772694000", "from": "Анна", "from_id": "user1",
         "text": ["Смотрите ", {"type": "link", "text": "example.test"}, "!"], "text_entities": [{"type": "plain", "text": "Смотрите "}], "reactions": [{"emoji": "👍"}]},
        {"id": 2, "type": "service", "date": "2026-03-05T10:00:01", "actor": "Анна", "action": "phone_call", "text": ""},
        {"id": 3, "type": "message", "date": "2026-03-05T10:01:00", "from": name, "from_id": "user2", "photo": "p.jpg", "text": ""},
        {"id": 4, "type": "message", "date": "2026-03-05T10:02:00", "from": name, "from_id": "user2", "text": "ок"}]}


def test_one_chat_of_a_messenger(tmp_path):
    read = one(tmp_path, "result.json", json.dumps(chat()))
    assert [(name, text) for _, name, text in spoken(read)] == [("Анна", "Смотрите example.test!"), ("Иван", "ок")]
    assert read.texts["at"].tolist() == [pd.Timestamp("2026-03-05 10:00"), pd.Timestamp("2026-03-05 10:02")]
    assert reasons(read) == {"no_text": 1, "service_message": 1} and read.cases[["case_id", "kind"]].values.tolist() == [["result", "chat"]]


def test_all_chats_of_a_messenger(tmp_path):
    read = one(tmp_path, "result.json", json.dumps({"about": "…", "chats": {"about": "…", "list": [chat(), chat("Мария", 6)]}}))
    assert read.cases["case_id"].tolist() == ["result-5", "result-6"] and read.files[0]["rows_in"] == 8 and len(read.texts) == 4


def test_a_list_of_dialogues_whose_ids_are_speakers(tmp_path):
    logs = [{"text": "Hi", "id": "agent_2"}, {"text": "hello", "id": "agent_1"}, {"text": "How important are they?", "id": "agent_2"}, {"text": "Submit", "id": "agent_1"}]
    read = one(tmp_path, "d.json", json.dumps([{"dialogue_id": 548, "chat_logs": logs, "annotations": [["Hi", "small-talk"]]}, {"dialogue_id": 549, "chat_logs": logs[:3]}]))
    assert read.cases["case_id"].tolist() == ["548", "549"] and read.texts["turn"].tolist() == [1, 2, 3, 4, 1, 2, 3]
    assert read.texts["speaker_name"].tolist()[:3] == ["agent_2", "agent_1", "agent_2"]
    assert read.texts["speaker"].isna().all()  # a number tells nobody's side


def test_messages_with_a_direction(tmp_path):
    read = one(tmp_path, "m.jsonl", "\n".join(json.dumps(row) for row in [
        {"chat_id": "c1", "timestamp": 1772694000, "direction": "incoming", "from": "7916", "body": "Почём?"},
        {"chat_id": "c2", "timestamp": 1772694001, "direction": "out", "from": "me", "body": "Здравствуйте"},
        {"chat_id": "c1", "timestamp": 1772694060000, "direction": "outgoing", "from": "me", "body": {"text": "500"}}]) + "\n{torn\n[1]\n", zone="Europe/Sofia")
    assert read.cases["case_id"].tolist() == ["c1", "c2"] and read.texts["speaker"].tolist() == ["client", "seller", "seller"]
    assert read.texts["at"].iloc[0] == pd.Timestamp("2026-03-05 09:00") and reasons(read) == {"torn_row": 1, "no_text": 1}


def test_records_as_json_are_cases(tmp_path):
    rows = [{"case_id": "a", "dealId": 7, "outcome": "won", "text": "Раз", "speaker": "agent"}, {"case_id": "a", "dealId": 7, "outcome": "won", "text": "Два", "speaker": "customer"},
            {"case_id": "b", "dealId": 8, "outcome": "lost", "text": "Три"}, 5]
    for name, text in (("a.json", json.dumps(rows)), ("a.jsonl", "\n".join(map(json.dumps, rows)))):
        read = one(tmp_path, name, text)
        assert read.cases[["case_id", "deal_id", "outcome"]].values.tolist() == [["a", "7", "won"], ["b", "8", "lost"]] and reasons(read) == {"no_text": 1}


@pytest.mark.parametrize(("content", "why"), [("{\"a\": ", "damaged"), ("[1, 2]", "no_words"), ("{}", "no_words"), ("[" * 100_000, "damaged"), ('{"a": [{"b": 1}]}', "no_words")])
def test_json_without_words(tmp_path, content, why):
    read = one(tmp_path, "a.json", content)
    assert reasons(read) == {why: 1} and not len(read.cases)


def test_the_newest_first_is_turned_round(tmp_path):
    rows = [{"timestamp": f"2026-03-05 10:0{minute}", "from": who, "text": text} for minute, who, text in ((2, "a", "три"), (1, "b", "два"), (1, "a", "раз"))]
    assert one(tmp_path, "m.json", json.dumps(rows)).texts["text"].tolist() == ["раз", "два", "три"]
    assert one(tmp_path, "m.json", json.dumps([rows[1], rows[2], rows[0]])).texts["text"].tolist() == ["два", "раз", "три"]


def test_a_list_of_recordings_names_its_cases(tmp_path):
    rows = [{"file": f"rec/{name}.wav", "text": "всё", "segments": [{"start": 0.0, "end": 1.0, "text": text, "speaker": "A"}]} for name, text in (("one", "раз"), ("two", "два"))]
    read = one(tmp_path, "batch.json", json.dumps(rows))
    assert read.cases["case_id"].tolist() == ["batch-one", "batch-two"] and read.texts["text"].tolist() == ["раз", "два"]


def test_a_stream_of_recognition_is_told_once(tmp_path):
    def final(text: str) -> dict:
        return {"alternatives": [{"text": text, "startTimeMs": "100", "endTimeMs": "900"}]}

    rows = [{"channelTag": "0", "partial": final("доб")}, {"channelTag": "0", "final": final("добрый день")}, {"channelTag": "0", "finalRefinement": {"normalizedText": final("Добрый день.")}}]
    assert spoken(one(tmp_path, "a.jsonl", "\n".join(map(json.dumps, rows))))[0][1:] == ("0", "Добрый день.")
    read = one(tmp_path, "b.jsonl", "\n".join(json.dumps({"result": row}) for row in rows[:2]))
    assert spoken(read)[0][1:] == ("0", "добрый день") and reasons(read) == {"no_text": 1}


def test_what_is_told_around_messages_is_of_the_case(tmp_path):
    talk = {"deal_id": 7, "outcome": "won", "manager": "Анна", "messages": [{"role": "assistant manager", "text": "раз"}, {"role": "client", "text": "два"}]}
    read = one(tmp_path, "a.json", json.dumps({"data": {"talks": [talk, {**talk, "deal_id": 8, "outcome": "lost"}]}}))
    assert read.cases[["deal_id", "outcome", "owner"]].values.tolist() == [["7", "won", "Анна"], ["8", "lost", "Анна"]] and read.texts["speaker"].tolist() == ["seller", "client"] * 2


def test_a_message_in_pieces_is_one(tmp_path):
    read = one(tmp_path, "a.json", json.dumps([{"from": "a", "text": [{"type": "plain", "text": "раз "}, "два"]}, {"from": "b", "text": {"body": "три"}}, {"from": "c", "text": {"x": 1}}, {"from": "d", "text": None}]))
    assert read.texts["text"].tolist() == ["раз два", "три"] and reasons(read) == {"no_text": 2}
