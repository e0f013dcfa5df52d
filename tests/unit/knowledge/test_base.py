"""The base: what goes in comes out, nothing is lost when it changes, and nothing is written twice."""

import hashlib

import pandas as pd
import pytest

from audit.errors import UsageError
from audit.knowledge import read_cards, tag
from audit.knowledge.base.attachments import tidy

CALL = {"case_id": "c1", "deal_id": "d1", "client_id": "k1", "owner": "Анна", "outcome": "won", "at": pd.Timestamp("2026-03-01 10:00"), "decided_at": pd.Timestamp("2026-03-05"),
        "stage": "closing", "segment": "retail", "amount": 1200.5, "kind": "call", "file": "a.txt", "sha256": "00",
        "said": [("client", "Дорого, дайте скидку"), ("seller", "Давайте созвонимся во вторник в 11:00")]}
CHAT = {"case_id": "c0", "owner": "Bob", "outcome": "lost", "at": pd.Timestamp("2026-04-01"), "kind": "chat", "said": [("client", "The price is too high")]}


def test_cases_and_texts_come_back_as_they_were_given(base, read):
    assert base.add(read(CALL, CHAT)) == {"added": 2, "changed": 0, "same": 0}
    cases, texts = base.cases(), base.texts()
    assert cases["case_id"].tolist() == ["c0", "c1"]
    told = cases.set_index("case_id").loc["c1"]
    assert {name: told[name] for name in ("deal_id", "owner", "outcome", "at", "decided_at", "amount", "kind", "file")} == {
        name: CALL[name] for name in ("deal_id", "owner", "outcome", "at", "decided_at", "amount", "kind", "file")}
    assert cases.loc[0, ["deal_id", "stage", "started_at", "amount"]].isna().all()
    assert texts[["text_id", "turn", "speaker", "text"]].values.tolist() == [
        ["c0#1", 1, "client", "The price is too high"], ["c1#1", 1, "client", "Дорого, дайте скидку"], ["c1#2", 2, "seller", "Давайте созвонимся во вторник в 11:00"]]
    assert [str(one) for one in (cases["at"].dtype, texts["at"].dtype, cases["owner"].dtype, texts["turn"].dtype)] == ["datetime64[us]", "datetime64[us]", "str", "int64"]


def test_an_empty_base_has_the_same_columns_and_types(base, read):
    empty = base.cases(), base.texts(), base.tags(), base.labels()
    base.add(read(CALL))
    base.put_tags(tag(base.texts()), by="rule", version="1")
    base.put_labels(pd.DataFrame({"text_id": ["c1#1"], "technique": ["next_step"], "present": [True], "by": ["Ann"], "at": [pd.Timestamp("2026-05-01")]}))
    full = base.cases(), base.texts(), base.tags(), base.labels()
    assert [one.dtypes.to_dict() for one in empty] == [one.dtypes.to_dict() for one in full]
    assert [len(one) for one in empty] == [0] * 4 and all(len(one) for one in full)


def test_adding_again_changes_nothing_and_another_file_of_the_same_content_neither(base, read):
    base.add(read(CALL, CHAT))
    before = base.case_history(), base.texts()
    assert base.add(read(CALL, {**CHAT, "file": "copy.txt", "sha256": "ff"})) == {"added": 0, "changed": 0, "same": 2}
    pd.testing.assert_frame_equal(base.case_history(), before[0])
    pd.testing.assert_frame_equal(base.texts(), before[1])


def test_a_changed_case_is_a_new_revision_and_the_old_one_stays(base, read):
    base.add(read(CALL, CHAT))
    base.put_tags(tag(base.texts()), by="rule", version="1")
    tags = base.tags()
    said = [*CALL["said"], ("client", "Хорошо")]
    assert base.add(read({**CALL, "outcome": "lost", "said": said})) == {"added": 0, "changed": 1, "same": 0}
    history = base.case_history("c1")
    assert history[["revision", "latest", "outcome"]].values.tolist() == [[1, False, "won"], [2, True, "lost"]]
    assert history["hash"].nunique() == 2
    assert base.texts("c1", revision=1)["text"].tolist() == [text for _, text in CALL["said"]]
    assert base.texts("c1")["text"].tolist() == [text for _, text in said]
    pd.testing.assert_frame_equal(base.tags(), tags)  # what did not change keeps its tags


def test_a_reworded_utterance_loses_its_tags_and_labels_and_they_stay_in_the_history(base, read):
    base.add(read(CALL))
    base.put_tags(tag(base.texts()), by="rule", version="1")
    base.put_labels(pd.DataFrame({"text_id": ["c1#2"], "technique": ["next_step"], "present": [True], "by": ["Ann"], "at": [pd.NaT]}))
    assert base.tags()["quote"].tolist() == ["созвонимся во вторник"]
    base.add(read({**CALL, "said": [CALL["said"][0], ("seller", "До свидания")]}))
    assert base.tags().empty and base.labels().empty
    gone = base.tag_history("c1#2")
    assert gone[["technique", "version"]].values.tolist() == [["next_step", "1"]]
    assert (gone["ended_at"] >= gone["recorded_at"]).all()
    assert base.search("вторник").empty and base.search("свидание")["text_id"].tolist() == ["c1#2"]
    assert base.check() == []


def test_tags_of_one_marker_replace_its_own_and_leave_the_others(base, read):
    base.add(read(CALL, CHAT))
    rule = tag(base.texts())
    assert base.put_tags(rule, by="rule", version="1", texts=base.texts()["text_id"]) == {"added": len(rule), "ended": 0, "same": 0}
    assert base.put_tags(rule, by="rule", version="1") == {"added": 0, "ended": 0, "same": len(rule)}
    human = pd.DataFrame({"text_id": ["c0#1"], "technique": ["price_split"], "start": [4], "end": [9], "quote": ["price"], "speaker": ["client"], "confidence": [1.0]})
    base.put_tags(human, by="human", version="review")
    assert base.tags()["tagged_by"].tolist().count("human") == 1
    pd.testing.assert_frame_equal(base.tags("rule").drop(columns=["case_id", "turn", "at"]), rule.sort_values("text_id", kind="stable").reset_index(drop=True), check_dtype=False)
    assert base.put_tags(rule, by="rule", version="2")["ended"] == len(rule)
    nothing = base.put_tags(rule.iloc[:0], by="rule", version="3", texts=base.texts()["text_id"])
    assert nothing == {"added": 0, "ended": len(rule), "same": 0}
    assert base.tags()["tagged_by"].tolist() == ["human"]
    assert base.tag_history()["version"].tolist().count("1") == len(rule)


@pytest.mark.parametrize("wrong", [{"text_id": "c9#1"}, {"start": 5, "end": 10}, {"end": 400}, {"start": -1}], ids=str)
def test_a_tag_of_no_text_or_beside_its_words_is_refused_as_a_whole(base, read, wrong):
    base.add(read(CHAT))
    right = {"text_id": "c0#1", "technique": "x", "start": 4, "end": 9, "quote": "price", "speaker": "client", "confidence": 1.0}
    with pytest.raises(UsageError) as caught:
        base.put_tags(pd.DataFrame([{**right, "technique": "y"}, {**right, **wrong}]), by="rule", version="1")
    assert all(caught.value.parts("bg"))
    assert base.tags().empty
    with pytest.raises(UsageError):
        base.put_tags(pd.DataFrame([right]), by="guess", version="1")


def test_labels_of_several_people_stand_beside_each_other(base, read):
    base.add(read(CALL))
    both = pd.DataFrame({"text_id": ["c1#1"] * 2, "technique": ["next_step"] * 2, "present": [True, False], "by": ["Ann", "Bob"], "at": [pd.Timestamp("2026-05-01")] * 2})
    assert base.put_labels(both) == {"added": 2, "changed": 0, "same": 0}
    assert base.put_labels(both.assign(present=False)) == {"added": 0, "changed": 1, "same": 1}
    assert base.labels()[["by", "present"]].values.tolist() == [["Ann", False], ["Bob", False]]
    with pytest.raises(UsageError):
        base.put_labels(both.assign(present="maybe"))


def test_cards_and_statuses_keep_every_version_with_when_and_by_whom(base):
    cards = read_cards()
    assert base.put_cards(cards) == {"added": len(cards), "changed": 0, "same": 0}
    assert base.cards() == cards
    first = next(card for card in cards if card.id == "next_step")
    assert base.put_cards([first.model_copy(update={"status": "proven", "version": 2})])["changed"] == 1
    assert base.put_cards([first])["changed"] == 1  # back to what it was: that, too, happened
    history = base.card_history("next_step")
    assert history[["version", "status", "recorded_by"]].values.tolist() == [[1, "draft", "Ann"], [2, "proven", "Ann"], [1, "draft", "Ann"]]
    assert history["hash"].nunique() == 2 and history["recorded_at"].is_monotonic_increasing
    assert base.put_status("next_step", "proven", {"lift": 0.12, "low": 0.03}, "2026-10-31")
    assert not base.put_status("next_step", "proven", {"low": 0.03, "lift": 0.12}, "2026-10-31")
    assert base.put_status("next_step", "cannot tell", {}, "2026-11-30")
    assert base.statuses()[["id", "status", "as_of"]].values.tolist() == [["next_step", "cannot tell", "2026-11-30"]]
    assert base.statuses(every=True)["evidence"].tolist() == [{"lift": 0.12, "low": 0.03}, {}]
    with pytest.raises(UsageError):
        base.put_status("next_step", "proven", {}, "last week")


def test_figures_and_models_of_taggers_are_the_last_ones(base):
    figures = pd.DataFrame({"technique": ["a", "b"], "n": [100, 50], "positives": [10, 0], "precision": [0.5, None], "recall": [0.25, None], "f1": [1 / 3, None], "f1_low": [0.1, None],
                            "f1_high": [0.5, None], "method": ["svm", "rule"]})
    assert (base.put_quality(figures), base.put_quality(figures)) == (2, 0)
    base.put_quality(figures.assign(n=120).head(1))
    assert base.quality()["n"].tolist() == [120, 50]
    assert base.quality()["f1"].isna().tolist() == [False, True]
    model = {"vocabulary": {"цена": 0}, "weights": [0.5], "bias": -1.0}
    assert (base.put_model("a", model), base.put_model("a", dict(reversed(model.items()))), base.models()) == (True, False, {"a": model})


def test_an_attachment_lies_once_under_its_digest_and_its_name_makes_no_path(base, read, tmp_path):
    base.add(read(CALL))
    proposal = tmp_path / "КП ..\\..\\x.docx"
    proposal.write_bytes(b"\x00proposal" * 1000)
    digest = base.attach(proposal, "c1")
    assert digest == hashlib.sha256(proposal.read_bytes()).hexdigest()
    kept = tmp_path / "knowledge" / "attachments" / digest[:2] / digest
    moment = kept.stat().st_mtime_ns
    assert base.attach(proposal, "c1") == digest == base.attach(proposal) and kept.stat().st_mtime_ns == moment
    found = base.attachments()
    assert found[["name", "size", "path"]].values.tolist() == [["x.docx", 9000, str(kept)]] * 2
    assert [path for path in (tmp_path / "knowledge").rglob("*") if path.is_file()] == [kept]
    kept.write_bytes(b"else")
    assert base.check() == [f"attachment: {digest}"]
    base.attach(proposal)
    assert base.check() == []
    for wrong in ({"path": tmp_path / "none.pdf"}, {"path": tmp_path}, {"path": proposal, "case_id": "c9"}):
        with pytest.raises(UsageError):
            base.attach(**wrong)


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "/", "a\x00b", ".hidden", "x" * 5000 + ".pdf", "\u202efdp.exe", "con\ud800", "a\r\nb: c", "C:\\temp\\x"])
def test_a_tidy_name_is_one_plain_name(name):
    kept = tidy(name)
    assert kept and len(kept) <= 200 and not set(kept) & set('/\\<>:"|?*\x00\r\n\u202e\ud800') and not kept.startswith(".")


@pytest.mark.parametrize("spoil", [
    lambda cases, texts: (cases.drop(columns="case_id"), texts), lambda cases, texts: (cases, texts.drop(columns="text")), lambda cases, texts: (pd.concat([cases, cases]), texts),
    lambda cases, texts: (cases, pd.concat([texts, texts])), lambda cases, texts: (cases.iloc[:0], texts), lambda cases, texts: (cases.assign(case_id=None), texts),
])
def test_frames_that_cannot_be_right_are_refused(base, read, spoil):
    given = read(CALL)
    given.cases, given.texts = spoil(given.cases, given.texts)
    with pytest.raises(UsageError) as caught:
        base.add(given)
    assert all(caught.value.parts("ru"))
    assert base.cases().empty


def test_an_utterance_cannot_belong_to_two_cases(base, read):
    base.add(read(CHAT))
    other = read({**CHAT, "case_id": "c5"})
    other.texts["text_id"] = ["c0#1"]
    with pytest.raises(UsageError):
        base.add(other)
    assert base.cases()["case_id"].tolist() == ["c0"]
    assert base.check() == []
