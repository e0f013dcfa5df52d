"""Effects of techniques on drawn cases, counted by hand; what is left out, what rings an alarm, what each status needs."""

import json

import ibis
import numpy as np
import pandas as pd
import pytest

import audit
from audit.errors import NothingMeasurableError, UsageError
from audit.knowledge.effects import phrases

TWO = {("a", 1): (30, 50), ("a", 0): (10, 50), ("b", 1): (5, 20), ("b", 0): (4, 40), ("c", 1): (20, 40), ("c", 0): (10, 40)}  # seller, used → (won, deals)


def drawn(counts=TWO, name: str = "mirror") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases of sellers and the tags of one technique from counts."""
    rows = [(owner, used, i < won) for (owner, used), (won, n) in counts.items() for i in range(n)]
    cases = pd.DataFrame(rows, columns=["owner", "used", "won"])
    cases.insert(0, "case_id", [f"c{i}" for i in range(len(cases))])
    tags = pd.DataFrame({"text_id": cases.loc[cases["used"] == 1, "case_id"], "technique": name, "quote": "as you say"})
    return cases.drop(columns="used"), tags


def test_lift_is_the_mantel_haenszel_risk_difference():
    cases, tags = drawn()
    one = audit.technique_effects(tags, cases)["mirror"]
    weights = {"a": 50 * 50 / 100, "b": 20 * 40 / 60, "c": 40 * 40 / 80}
    differences = {"a": 30 / 50 - 10 / 50, "b": 5 / 20 - 4 / 40, "c": 20 / 40 - 10 / 40}
    assert one["lift"] == pytest.approx(sum(weights[o] * differences[o] for o in weights) / sum(weights.values()))
    assert (one["uses"], one["opportunities"], one["users"], one["deals_without"]) == (110, 240, 3, 130)
    assert (one["success_with"], one["success_without"]) == (55 / 110, pytest.approx(24 / 130))
    assert one["low"] > 0 and one["status"] == "proven" and one["adjusted_for"] == ["owner"] and one["method"] == "crossed"
    assert one["quotes"] == ["as you say"] and one["q_value"] == one["p_value"]
    assert one["evidence"][0]["kind"] == "stratified"


def test_a_seller_is_no_effect():
    """The best seller alone uses it: nobody to compare with; he uses it mostly: the crude difference is large, the one within sellers none."""
    cases, tags = drawn({("best", 1): (70, 100), ("b", 0): (30, 100), ("c", 0): (30, 100)})
    alone = audit.technique_effects(tags, cases)["mirror"]
    assert (alone["lift"], alone["status"]) == (None, "cannot tell")
    assert alone["success_with"] - alone["success_without"] == pytest.approx(0.4)
    cases, tags = drawn({("best", 1): (63, 90), ("best", 0): (7, 10), ("b", 1): (3, 10), ("b", 0): (27, 90), ("c", 1): (3, 10), ("c", 0): (27, 90)})
    mostly = audit.technique_effects(tags, cases)["mirror"]
    assert mostly["lift"] == pytest.approx(0, abs=1e-9) and mostly["status"] == "candidate"


def test_words_after_the_decision_are_left_out_and_ring():
    cases, tags = drawn()
    cases["at"], cases["decided_at"] = pd.Timestamp("2026-03-01 10:00"), pd.Timestamp("2026-03-05 10:00")
    calm = audit.technique_effects(tags, cases)["mirror"]
    more = pd.DataFrame({"text_id": cases.loc[cases["won"], "case_id"], "technique": "mirror", "at": pd.Timestamp("2026-03-06")})
    found = audit.technique_effects(pd.concat([tags, more]), cases)
    one = found["mirror"]
    assert (one["lift"], one["late"], found.counts["tags_after_decision"]) == (calm["lift"], len(more), len(more))
    assert one["status"] == "cannot tell" and calm["status"] == "proven"
    assert {check["name"]: check["passed"] for check in one["checks"]}["late"] is False


def test_a_day_without_hours_ends_at_midnight():
    cases, tags = drawn()
    cases["decided_at"] = "2026-03-05"
    assert audit.technique_effects(tags.assign(at="2026-03-05 18:00"), cases)["mirror"]["late"] == 0
    assert audit.technique_effects(tags.assign(at="2026-03-06 00:00"), cases)["mirror"]["late"] == 110


def test_the_landmark_is_the_same_for_all():
    cases, tags = drawn()
    start = pd.Timestamp("2026-03-01")
    cases["started_at"], cases["at"], cases["decided_at"] = start, start + pd.Timedelta(days=1), start + pd.Timedelta(days=30)
    cases.loc[:9, "decided_at"] = start + pd.Timedelta(days=2)  # over before the landmark
    tags = tags.assign(at=start + pd.Timedelta(days=1))
    later = tags.iloc[:40].assign(at=start + pd.Timedelta(days=20), technique="later")
    found = audit.technique_effects(pd.concat([tags, later]), cases, landmark_days=7)
    assert found["mirror"]["opportunities"] == 230 and found.counts["cases_out_of_time"] == 10
    assert (found["later"]["uses"], found["later"]["after_landmark"], found["later"]["late"]) == (0, 30, 10)
    turned = audit.technique_effects(tags.assign(turn=[3] * 50 + [9] * 60), cases.assign(turns=12), landmark_turns=5)
    assert (turned["mirror"]["uses"], turned["mirror"]["after_landmark"]) == (50, 60)


def test_placebos_that_work_block_every_proof():
    cases, tags = drawn()
    thanks = tags.assign(technique="thanks")
    free = audit.technique_effects(pd.concat([tags, thanks]), cases)  # a placebo of the shipped cards
    assert audit.technique_effects(pd.concat([tags, thanks]), cases, cards=[])["mirror"]["status"] == "proven"
    assert not audit.technique_effects(pd.concat([tags, thanks]), cases, cards=[], placebos=["thanks"]).alarm.passed
    assert audit.technique_effects(tags.assign(technique="thanks"), cases, lang="ru").placebos[0]["title"] == "Благодарность"
    assert free.alarm.passed is False and free["thanks"]["works"] and free["mirror"]["status"] == "cannot tell"
    content = free.to_json()
    assert [one["id"] for one in content["placebos"]] == ["thanks"] and len(free) == 1
    only = content["techniques"][0]
    assert content["told"][free.lang] == {"alarm": content["alarm"]["detail"], "why": {only["id"]: only["why"]}}
    assert len({told["alarm"] for told in content["told"].values()}) == 3  # each in its own language
    rng = np.random.default_rng(0)
    calm = tags.assign(technique="placebo_hello", text_id=rng.choice(cases["case_id"], len(tags), replace=False))
    assert audit.technique_effects(pd.concat([tags, calm]), cases)["mirror"]["status"] == "proven"
    card = {"id": "thanks", "kind": "placebo", "title": "Thanks"}
    assert audit.technique_effects(pd.concat([tags, thanks]), cases, cards=[card]).placebos[0]["title"] == "Thanks"
    decided = audit.technique_effects(pd.concat([tags, thanks]), cases, placebos=["thanks"], decisions={"mirror": {"kind": "expert", "by": "head"}})
    assert decided["mirror"]["status"] == "cannot tell"


def test_without_lost_deals_nothing_can_be_told():
    cases, tags = drawn()
    one = audit.technique_effects(tags, cases[cases["won"]])["mirror"]
    assert (one["status"], one["lift"], one["success_with"]) == ("cannot tell", None, None)
    assert "lost" in one["why"] and one["uses"] == 55


def test_status_by_the_rule():
    cases, tags = drawn()
    assert audit.technique_effects(tags, cases[cases["owner"] != "c"])["mirror"]["status"] == "draft"  # two sellers
    few = cases.groupby("owner").head(3)
    assert audit.technique_effects(tags, few)["mirror"]["status"] != "proven"
    weak = audit.technique_effects(tags, cases, tagger={"mirror": 0.5})["mirror"]
    assert (weak["status"], weak["tagger_f1"]) == ("cannot tell", 0.5)
    assert audit.technique_effects(tags, cases, tagger={"mirror": 0.8})["mirror"]["status"] == "proven"
    assert audit.technique_effects(tags, cases, tagger={"mirror": 0.8}, min_f1=0.9)["mirror"]["status"] == "cannot tell"
    assert audit.technique_effects(tags, cases, cards=[{"id": "mirror", "status": "retired"}])["mirror"]["status"] == "retired"
    plain = drawn({(owner, used): (15, 50) for owner in "abc" for used in (0, 1)})
    said = audit.technique_effects(plain[1], plain[0], decisions={"mirror": {"kind": "expert", "by": "head of sales"}})["mirror"]
    assert said["status"] == "proven" and said["evidence"][-1] == {"kind": "expert", "by": "head of sales"}
    assert audit.technique_effects(plain[1], plain[0])["mirror"]["status"] == "candidate"


def test_the_taggers_errors_are_taken_out():
    cases, tags = drawn()
    seen = audit.technique_effects(tags, cases)["mirror"]
    one = audit.technique_effects(tags, cases, tagger={"mirror": {"precision": 0.9, "recall": 0.8, "n": 10_000}})["mirror"]
    share = 110 / 240
    factor = 0.9 - share * 0.9 / 0.8 * 0.2 / (1 - share)
    assert one["lift"] == pytest.approx(seen["lift"] / factor, rel=2e-3) and one["lift_as_tagged"] == seen["lift"]
    unsure = audit.technique_effects(tags, cases, tagger=pd.DataFrame({"technique": ["mirror"], "precision": [0.9], "recall": [0.8], "n": [30]}))["mirror"]
    assert unsure["high"] - unsure["low"] > one["high"] - one["low"] > seen["high"] - seen["low"]
    assert unsure["low"] > 0 and unsure["p_value"] == seen["p_value"]  # errors of tagging alone do not change the side of zero
    assert audit.technique_effects(tags, cases, tagger={"mirror": {"sensitivity": 0.5, "specificity": 0.5}}, min_f1=0.0)["mirror"]["lift"] is None
    with pytest.raises(UsageError):
        audit.technique_effects(tags, cases, tagger={"mirror": 78})


def test_only_situations_that_called_for_it_are_compared():
    cases, tags = drawn()
    called = cases["case_id"].iloc[::2]
    one = audit.technique_effects(tags, cases, opportunities=pd.DataFrame({"text_id": called, "technique": "mirror"}))["mirror"]
    assert (one["opportunities"], one["uses"]) == (120, 55)
    rows = cases.iloc[::2].assign(technique="mirror", is_used=lambda t: t["case_id"].isin(tags["text_id"]), opportunity=True)
    told = audit.technique_effects(rows[["case_id", "technique", "is_used", "opportunity"]], cases)["mirror"]
    assert {name: told[name] for name in ("lift", "uses", "opportunities")} == {name: one[name] for name in ("lift", "uses", "opportunities")}


def test_a_deal_with_many_talks_is_one_row_among_its_like():
    cases, tags = drawn()
    twice = pd.concat([cases.assign(deal_id=cases["case_id"]), cases.assign(deal_id=cases["case_id"], case_id="x" + cases["case_id"])], ignore_index=True)
    one = audit.technique_effects(tags, twice)["mirror"]
    once = audit.technique_effects(tags, cases)["mirror"]
    assert (one["lift"], one["low"], one["deals_with"]) == (once["lift"], once["low"], 110)
    assert (one["opportunities"], one["uses"]) == (480, 110)
    # long deals are won and have more chances: with chances as a stratum nothing is left
    rng = np.random.default_rng(3)
    rows = []
    for i in range(900):
        won = rng.random() < 0.4
        rows += [(f"d{i}c{j}", f"d{i}", "abc"[i % 3], won, rng.random() < 0.3) for j in range(3 if won else 1)]
    long = pd.DataFrame(rows, columns=["case_id", "deal_id", "owner", "won", "said"])
    found = audit.technique_effects(long[long["said"]].assign(technique="t"), long.drop(columns="said"))["t"]
    assert "chances" in found["adjusted_for"]
    assert found["status"] != "proven"


def test_use_that_goes_with_length_rings():
    rng = np.random.default_rng(5)
    n = 900
    won = rng.random(n) < 0.4
    turns = rng.poisson(20 + 15 * won)
    cases = pd.DataFrame({"case_id": np.arange(n), "owner": np.array(list("abc"))[np.arange(n) % 3], "won": won, "turns": turns})
    tags = pd.DataFrame({"text_id": np.flatnonzero(rng.random(n) < 1 - 0.97**turns), "technique": "t"})
    one = audit.technique_effects(tags, cases)["t"]
    assert one["low"] > 0 and one["status"] == "cannot tell"
    assert {check["name"]: check["passed"] for check in one["checks"]}["length"] is False


def test_words_that_follow_the_decision_are_too_good():
    cases, tags = drawn({(o, u): (48 if u else 5, 50) for o in "abc" for u in (0, 1)})
    one = audit.technique_effects(tags, cases)["mirror"]
    assert one["low"] > 0.4 and one["status"] == "cannot tell"


def test_a_column_that_is_the_outcome_is_no_stratum():
    cases, tags = drawn()
    told = cases.assign(stage=np.where(cases["won"], "won", "lost"), segment="s")
    one = audit.technique_effects(tags, told)["mirror"]
    assert one["not_adjusted_for"] == ["stage"] and one["lift"] == audit.technique_effects(tags, cases)["mirror"]["lift"]


def test_doses_and_segments():
    cases, tags = drawn()
    again = tags.iloc[:30]
    one = audit.technique_effects(pd.concat([tags, again]), cases.assign(segment=["x", "y"] * 120))["mirror"]
    assert [(row["dose"], row["n"]) for row in one["doses"]] == [("0", 130), ("1", 80), ("2+", 30)]
    assert {row["segment"]: row["n"] for row in one["segments"]} == {"x": 120, "y": 120} and 0 < one["segments_p"] <= 1


def test_who_uses_what_and_who_could_teach_whom():
    cases, tags = drawn({("a", 1): (27, 45), ("a", 0): (1, 5), ("b", 1): (1, 2), ("b", 0): (9, 48), ("c", 1): (12, 25), ("c", 0): (5, 25)})
    cases["at"] = pd.Timestamp("2026-01-10")
    cases.loc[cases["owner"] == "b", "at"] = pd.Timestamp("2026-02-10")
    cases.loc[cases["owner"] == "c", "at"] = pd.Timestamp("2026-01-20")
    found = audit.technique_effects(tags, cases)
    grid = found.sellers.set_index("owner")
    assert grid["share"].to_dict() == {"a": 0.9, "b": 0.04, "c": 0.5}
    assert grid.loc["a", "effect"] == pytest.approx(27 / 45 - 1 / 5)
    assert found.adoption[["owner", "month", "uses"]].values.tolist() == [["a", "2026-01", 45], ["b", "2026-02", 2], ["c", "2026-01", 25]]
    spread = found.spread.iloc[0]
    assert (spread["author"], spread["users"], spread["half_days"]) == ("a", 3, 10.0) and spread["others_share"] == 27 / 72
    assert audit.technique_effects(tags, cases, cards=[{"id": "mirror", "author": "b"}]).spread["others_share"].iloc[0] == 70 / 72
    assert set(zip(found.lessons["teacher"], found.lessons["learner"], strict=True)) == {("a", "b"), ("a", "c")}
    assert (found.lessons["gap"] > 0).all()


def test_words_of_outcomes_files_and_engines(tmp_path):
    cases, tags = drawn()
    one = audit.technique_effects(tags, cases)["mirror"]
    worded = cases.drop(columns="won").assign(outcome=np.where(cases["won"], "выиграна", "отказ"))
    worded = pd.concat([worded, pd.DataFrame({"case_id": ["open"], "owner": ["a"], "outcome": ["в работе"]})])
    found = audit.technique_effects(tags, worded)
    assert (found["mirror"]["lift"], found.counts["undecided"]) == (one["lift"], 1)
    cases.to_csv(tmp_path / "cases.csv", index=False)
    tags.to_csv(tmp_path / "tags.csv", index=False)
    assert audit.technique_effects(tmp_path / "tags.csv", tmp_path / "cases.csv")["mirror"]["lift"] == one["lift"]
    assert audit.technique_effects(ibis.memtable(tags), ibis.memtable(cases))["mirror"] == one


def test_order_and_unknown_rows_change_nothing():
    cases, tags = drawn()
    one = audit.technique_effects(tags, cases)
    more = pd.concat([tags.sample(frac=1, random_state=1), pd.DataFrame({"text_id": ["gone"], "technique": ["mirror"], "quote": ["as you say"]})])
    other = audit.technique_effects(more, cases.sample(frac=1, random_state=2))
    assert other.counts["tags_without_case"] == 1
    flat = [name for name, value in one["mirror"].items() if not isinstance(value, list)]
    assert [other["mirror"][name] for name in flat] == [pytest.approx(one["mirror"][name]) for name in flat]


def test_hostile_and_empty():
    cases, tags = drawn()
    nothing = audit.technique_effects(tags[:0], cases)
    assert len(nothing) == 0 and nothing.frame.empty and nothing._repr_html_() and nothing.plot() is not None
    for empty in (cases[:0], cases[:0].astype("object")):
        with pytest.raises(NothingMeasurableError):
            audit.technique_effects(tags, empty)
    assert audit.technique_effects(tags, cases, strata="owner").to_json() == audit.technique_effects(tags, cases, strata=["owner"]).to_json()
    odd = audit.technique_effects(tags.assign(technique="<script>$x$"), cases)
    assert "<script>" not in odd._repr_html_() and odd.plot() is not None
    unowned = audit.technique_effects(tags, cases.drop(columns="owner"))["mirror"]
    assert unowned["status"] == "draft" and unowned["adjusted_for"] == []
    for wrong in ({"outcome": "win"}, {"strata": ["segmnt"]}, {"cluster": "team"}, {"decisions": {"mirror": {"kind": "guess"}}}):
        with pytest.raises(UsageError):
            audit.technique_effects(tags, cases, **wrong)
    with pytest.raises(UsageError):
        audit.technique_effects(tags, cases.assign(won="maybe"))
    with pytest.raises(UsageError):
        audit.technique_effects(tags, cases.assign(case_id=None))
    with pytest.raises(UsageError):
        audit.technique_effects(3, cases)


def test_clusters_widen():
    cases, tags = drawn()
    both = pd.concat([cases.assign(client=cases["case_id"]), cases.assign(client=cases["case_id"], case_id="x" + cases["case_id"])], ignore_index=True)
    said = pd.concat([tags, tags.assign(text_id="x" + tags["text_id"])])
    wide, narrow = (audit.technique_effects(said, both, cluster=name)["mirror"] for name in ("client", None))
    assert wide["lift"] == narrow["lift"]
    assert (wide["high"] - wide["low"]) / (narrow["high"] - narrow["low"]) == pytest.approx(np.sqrt(2), rel=0.02)


def test_json_and_words_in_three_languages(tmp_path):
    cases, tags = drawn()
    texts = set()
    for lang in ("ru", "en", "bg"):
        found = audit.technique_effects(tags, cases, lang=lang)
        content = found.to_json(tmp_path / f"{lang}.json")
        assert json.loads((tmp_path / f"{lang}.json").read_text("utf-8")) == content
        texts.add(content["techniques"][0]["why"])
        assert content["statuses"]["proven"] == 1
        assert found.frame.loc[0, "status"] == "proven"
    assert len(texts) == 3
    wanted = {"id", "title", "uses", "opportunities", "users", "success_with", "success_without", "lift", "low", "high", "p_value", "q_value", "detectable",
              "adjusted_for", "tagger_f1", "status", "quotes"}
    assert wanted <= set(content["techniques"][0]) and {"schema", "techniques", "placebos", "candidates"} <= set(content)


def test_quotes_of_new_phrases_are_whole_words():
    text = "сначала долго рассказываю о предыстории вопроса и о клиентах, дорого полностью, а дорого по сравнению с чем-нибудь другим, совершенно непохожим на наше замечательное предложение"
    (quote,) = phrases._quotes("дорого по", pd.Series([text]))
    assert "дорого по сравнению" in quote and f" {quote} " in f" {text} " and len(quote) < len(text)
