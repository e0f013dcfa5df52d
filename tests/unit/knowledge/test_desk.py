"""A client's base from files to techniques.json: linked, heard, judged as of a day, masked, repeatable; a hand-counted small one and a planted larger one."""

import datetime as dt
import json
import random
import re

import openpyxl
import pandas as pd
import pytest

from audit.errors import NothingMeasurableError, UsageError
from audit.knowledge.base import Base
from audit.knowledge.desk import hand_out, hear, judge, learn_from, masker_of, queue, review, take
from audit.knowledge.desk.crm import moved_on
from audit.knowledge.desk.judge import sentence
from audit.workspace import Workspace

NEXT, PLAIN = "Менеджер: Давайте созвонимся в среду в 11:30.", "Менеджер: Сертификаты отправлю на почту."
SELLERS = ("Ким Анна", "Лоза Пётр", "Юрин Олег", "Рак Вера")


def workspace(tmp_path, tables=None) -> Workspace:
    made = Workspace.create(tmp_path / "client", "name: Пример\nlanguage: ru\ncountry: RU\n")
    for name, frame in (tables or {}).items():
        made.tables.mkdir(exist_ok=True)
        frame.to_parquet(made.tables / f"{name}.parquet", index=False)
    made.talks.mkdir(parents=True)
    return made


def deals(n, won, *, closed="2026-03-20"):
    """`n` deals of four sellers created on 1 March, closed on one day."""
    return pd.DataFrame({
        "deal_id": [f"d{i}" for i in range(n)], "owner_id": [f"u{i % 4}" for i in range(n)], "semantic": ["won" if won(i) else "lost" for i in range(n)],
        "created_at": pd.Timestamp("2026-03-01 09:00"), "closed_at": pd.Timestamp(closed), "amount": 100.0,
    })


USERS = pd.DataFrame({"user_id": [f"u{i}" for i in range(4)], "name": SELLERS})


def talks(made, rows):
    (made.talks / "talks.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """480 deals: the next step is agreed in 70 % of the won and 30 % of the lost ones, alike for every seller."""
    dice = random.Random(5)
    won = [dice.random() < 0.4 for _ in range(480)]
    made = workspace(tmp_path_factory.mktemp("desk"), {"deals": deals(480, lambda i: won[i]), "users": USERS})
    rows = [{"case_id": f"c{i}", "deal_id": f"d{i}", "at": "2026-03-10 10:00",
             "text": "\n".join([*(["Менеджер: Добрый день!"] if dice.random() < 0.8 else []), NEXT if dice.random() < (0.7 if won[i] else 0.3) else PLAIN, "Клиент: Хорошо."])} for i in range(480)]
    talks(made, rows)
    taken = take(made)
    return made, taken, judge(made, "2026-06-30"), sum(NEXT in row["text"] for row in rows), sum(won)


def test_outcomes_and_sellers_come_from_the_crm(planted):
    _, taken, judged, uses, won = planted
    assert taken.cases == {"added": 480, "changed": 0, "same": 0} and taken.read.cases["deal_id"].notna().all()
    counts = judged.techniques.counts
    assert (counts["deals"], counts["won"], counts["lost"]) == (480, won, 480 - won)
    found = judged.techniques["next_step"]
    assert (found["uses"], found["opportunities"], found["users"], found["sellers"]) == (uses, 480, 4, 4)
    assert set(judged.techniques.sellers["owner"]) == set(SELLERS)


def test_the_planted_technique_is_proven_and_the_greeting_is_harmless(planted):
    judged = planted[2]
    found = judged.techniques["next_step"]
    assert found["status"] == "proven" and found["low"] < 0.38 < found["high"] + 0.05
    assert judged.techniques.alarm.passed
    assert [one["id"] for one in judged.techniques.rows if one["status"] == "proven"] == ["next_step"]


def test_techniques_json_has_the_contract(planted, tmp_path):
    judged = planted[2]
    path = judged.keep(tmp_path)
    content = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "techniques.json" and {"schema", "techniques", "placebos", "candidates"} <= set(content)
    fields = ["id", "title", "uses", "opportunities", "users", "success_with", "success_without", "lift", "low", "high", "p_value", "q_value", "detectable",
              "adjusted_for", "tagger_f1", "status", "quotes"]
    assert all(set(fields) <= set(one) for one in content["techniques"])
    assert content["techniques"][0]["quotes"] == ["Давайте созвонимся в среду в 11:30."]
    assert content == json.loads(json.dumps(judged.to_json(), allow_nan=False))


def test_the_same_again_changes_nothing(planted, tmp_path):
    made, _, judged, *_ = planted
    again = take(made)
    assert again.cases == {"added": 0, "changed": 0, "same": 480} and again.tags == hear(made)
    assert judge(made, "2026-06-30").to_json() == judged.to_json()
    with Base.open(made) as base:
        assert base.statuses("next_step", every=True).shape[0] == 1 and base.tag_history()["ended_at"].isna().all()


def test_the_base_feeds_the_metrics_of_techniques(planted):
    made, _, _, uses, _ = planted
    paths = made.table_paths()
    assert {"kb_items", "technique_tags", "deals"} <= set(paths)
    rows = pd.read_parquet(paths["technique_tags"])
    mine = rows[rows["kb_id"] == "next_step"]
    assert len(mine) == 480 and mine["is_used"].sum() == uses and set(mine["user_id"]) == {"u0", "u1", "u2", "u3"}
    from audit.metrics import measure

    values = measure(made, ["technique_use_rate"], by=["technique"], as_of=dt.date(2026, 6, 30)).frame
    whole = values[(values["by"] == "technique") & (values["period"] == "all")]
    assert whole.loc[whole["group"].str.contains("следующем шаге"), "value"].tolist() == [pytest.approx(uses / 480)]


def test_nothing_after_the_day_leaks_in(tmp_path):
    made = workspace(tmp_path, {"deals": deals(8, lambda i: i < 4), "users": USERS})
    talks(made, [{"case_id": f"c{i}", "deal_id": f"d{i}", "at": f"2026-03-{5 + i:02d} 10:00", "text": NEXT} for i in range(8)])
    take(made)
    early = judge(made, "2026-03-08", note=False)  # five talks were held by then, no deal was decided
    assert early.techniques.counts["cases"] == 4 and early.techniques.counts["undecided"] == 4
    assert judge(made, "2026-03-20", note=False).techniques.counts["won"] == 4
    with pytest.raises(NothingMeasurableError) as refused:
        judge(made, "2026-03-01")
    assert refused.value.code == 12
    assert judge(made).as_of == dt.date(2026, 3, 20)


def test_what_a_file_says_of_its_outcome_wins_over_the_crm(tmp_path):
    made = workspace(tmp_path, {"deals": deals(2, lambda i: False)})
    talks(made, [{"case_id": "a", "deal_id": "d0", "outcome": "won", "text": NEXT}, {"case_id": "b", "deal_id": "d1", "text": NEXT}])
    take(made)
    counts = judge(made, "2026-06-30").techniques.counts
    assert (counts["won"], counts["lost"]) == (1, 1)


def test_words_after_the_decision_do_not_count(tmp_path):
    made = workspace(tmp_path, {"deals": deals(4, lambda i: i < 2)})
    talks(made, [{"case_id": f"c{i}", "deal_id": f"d{i}", "at": "2026-03-25 10:00" if i == 0 else "2026-03-10 10:00", "text": NEXT} for i in range(4)])
    take(made)
    judged = judge(made, "2026-06-30")
    assert judged.techniques.counts["tags_after_decision"] == 1 and judged.techniques["next_step"]["late"] == 1


def test_new_phrases_are_no_words_of_the_client_and_none_after_the_decision(tmp_path):
    dice = random.Random(3)
    won = [dice.random() < 0.5 for _ in range(240)]
    made = workspace(tmp_path, {"deals": deals(240, lambda i: won[i]), "users": USERS})
    rows = []
    for i in range(240):
        said = [("Менеджер", "2026-03-10 10:00", "Покажу лазурный образец." if dice.random() < (0.85 if won[i] else 0.15) else "Вот наш каталог."),
                ("Клиент", "2026-03-10 10:01", "Нас устроит зелёная бирка." if won[i] else "Мы подумаем."),
                ("Менеджер", "2026-03-22 10:00", "Поздравляю с покупкой." if won[i] else "Понятно.")]
        rows += [{"case_id": f"c{i}", "deal_id": f"d{i}", "speaker": who, "at": at, "text": text} for who, at, text in said]
    talks(made, rows)
    take(made)
    found = judge(made, "2026-06-30", note=False).to_json()["candidates"]
    told = " ".join(one["title"] + " ".join(one["quotes"]) for one in found)
    assert "лазурный" in told
    assert not any(word in told for word in ("бирка", "Поздравляю", "подумаем", "Понятно"))


def test_words_after_the_day_are_not_there_yet(tmp_path):
    made = workspace(tmp_path, {"deals": deals(4, lambda i: i < 2)})
    talks(made, [{"case_id": f"c{i}", "deal_id": f"d{i}", "speaker": "Менеджер", "at": at, "text": text}
                 for i in range(4) for at, text in (("2026-03-05 10:00", "Здравствуйте."), ("2026-03-12 10:00", "Давайте созвонимся в среду в 11:30."))])
    take(made)
    heard = [judge(made, day, note=False).tags["technique"].value_counts().get("next_step", 0) for day in ("2026-03-11", "2026-03-12")]
    assert heard == [0, 4]


def test_an_answered_workbook_is_never_overwritten(planted):
    made = planted[0]
    first = review(made)
    assert review(made) == first  # nobody has answered it
    book = openpyxl.load_workbook(first)
    next(row for row in book.worksheets[0].iter_rows(min_row=5))[8].value = "да"
    book.save(first)
    before = first.read_bytes()
    assert review(made).name == "review-2.xlsx"
    assert first.read_bytes() == before


def test_a_deal_moves_on_within_two_weeks_or_not(tmp_path):
    history = pd.DataFrame([
        ("deal", "d0", "2026-03-12", "forward"), ("deal", "d1", "2026-03-30", "forward"), ("deal", "d2", "2026-03-12", "back"),
        ("deal", "d3", "2026-03-20", "final"), ("deal", "d4", "2026-03-09", "forward"),
    ], columns=["entity", "entity_id", "entered_at", "move"]).assign(entered_at=lambda one: pd.to_datetime(one["entered_at"]))
    made = workspace(tmp_path, {"stage_history": history})
    cases = pd.DataFrame({"case_id": list("abcdef"), "deal_id": [f"d{i}" for i in range(6)], "at": pd.Timestamp("2026-03-10"), "outcome": ["won", "won", "open", "lost", "open", "open"],
                          "decided_at": pd.to_datetime(["2026-04-30", "2026-04-30", None, "2026-03-20", None, None])})
    moved = moved_on(made, cases, dt.date(2026, 6, 30))
    # moved at once; too late; a step back; into lost is none onward; before the talk; no history
    assert moved.tolist()[:5] == [True, False, False, False, False] and pd.isna(moved.iloc[5])
    young = moved_on(made, cases, dt.date(2026, 3, 12))
    assert pd.isna(young.iloc[2])  # its two weeks are not over


def test_quotes_are_masked_and_decisions_are_kept(tmp_path):
    contacts = pd.DataFrame({"contact_id": ["1"], "name": ["Роза Громова"]})
    made = workspace(tmp_path, {"deals": deals(4, lambda i: i < 2), "contacts": contacts})
    talks(made, [{"case_id": f"c{i}", "deal_id": f"d{i}", "text": "Менеджер: Громова, давайте созвонимся в среду в 11:30, мой номер +7 916 123-45-67.\nКлиент: роза завяла."} for i in range(4)])
    take(made)
    quotes = judge(made, "2026-06-30").techniques["next_step"]["quotes"]
    assert quotes == ["•••, давайте созвонимся в среду в 11:30, мой номер •••."]
    path, done = queue(made)
    rows = pd.read_csv(path)
    assert rows[["word", "times"]].values.tolist() == [["роза", 4]] and done.hidden_words
    assert path.read_text(encoding="utf-8-sig").splitlines()[1].endswith(",")  # an empty decision is an empty cell
    for encoding, mark in (("cp1251", ";"), ("utf-16", "\t"), ("utf-8-sig", ";")):
        path.write_text("word;kind;times;example;decision\nроза;name;4;роза завяла;hide\nещё одно слово;name;1;как есть;keep\n".replace(";", mark), encoding=encoding)
        assert masker_of(made)("роза завяла") == "••• завяла", encoding
    path.write_text("роза;hide\n", encoding="utf-8")
    with pytest.raises(UsageError, match="decision"):
        queue(made)
    assert path.read_text(encoding="utf-8") == "роза;hide\n"
    path.write_text("word;kind;times;example;decision\nроза;name;4;x;hide\n", encoding="utf-8-sig")
    queue(made)
    assert pd.read_csv(path)["decision"].tolist() == ["hide"]
    path.write_text("word,decision\nроза,maybe\n", encoding="utf-8")
    with pytest.raises(UsageError, match="maybe") as refused:
        masker_of(made)
    assert "2" in refused.value.told("en")


def test_refused_rows_lie_in_quarantine_and_formulas_are_inert(tmp_path):
    made = workspace(tmp_path)
    (made.talks / "talks.csv").write_text('case_id,outcome,text\na,won,Созвонимся в среду\nb,lost,\n=1+1,won,\n', encoding="utf-8")
    taken = take(made)
    assert sum(file["rows_in"] for file in taken.read.files) == 3 and len(taken.read.refused) == 2
    kept = (made.quarantine / "knowledge.csv").read_text(encoding="utf-8-sig")
    assert "\n=" not in kept and ",=" not in kept and '"=' not in kept


def test_nothing_to_read_and_no_such_file(tmp_path):
    made = workspace(tmp_path)
    with pytest.raises(NothingMeasurableError):
        take(made)
    with pytest.raises(UsageError, match="nowhere"):
        take(made, [tmp_path / "nowhere.txt"])


def test_named_files_are_copied_once_and_homonyms_get_a_number(tmp_path):
    made = workspace(tmp_path)
    for folder, text in (("one", "Менеджер: Добрый день!"), ("two", "Менеджер: До свидания!")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "call.txt").write_text(text, encoding="utf-8")
    for _ in range(2):
        take(made, [tmp_path / "one" / "call.txt", tmp_path / "two" / "call.txt"])
    assert sorted(path.name for path in made.talks.iterdir()) == ["call-2.txt", "call.txt"]


@pytest.mark.parametrize(("text", "start", "end", "said"), [
    ("Да. Созвонимся в среду? Хорошо.", 4, 14, "Созвонимся в среду?"), ("одно слово", 0, 4, "одно слово"), ("а\nб в\nг", 2, 3, "б в"), ("x" * 500, 10, 20, "x" * 10), ("", 0, 0, ""),
])
def test_a_quote_is_its_sentence(text, start, end, said):
    assert sentence(text, start, end) == said


def test_names_that_only_the_talks_tell_leave_no_more_than_those_of_the_crm(tmp_path):
    made = workspace(tmp_path)
    own = made.root / "knowledge" / "cards"
    own.mkdir(parents=True)
    (own / "ours.yml").write_text("id: ours\nnames: {ru: Приём Юны}\nwhat: {ru: Так говорит Юна Ли}\nwhy: {ru: Помогает}\nstage: closing\nowner: Юна Ли\nversion: 1\n"
                                  "examples: {ru: ['Это Юна, звоните +7 916 123-45-67, подберём день']}\ncounter_examples: {ru: [Завтра дождь]}\npatterns: {ru: [подберём день]}\n", encoding="utf-8")
    talks(made, [{"case_id": f"c{i}", "deal_id": f"d{i}", "owner": "Юна Ли", "outcome": "won", "at": "2026-03-10 10:00", "speaker": who, "text": said}
                 for i in range(3) for who, said in (("Менеджер", f"Юна Ли на связи, подберём день {i}. Джек, давайте созвонимся в среду в 11:30."), ("Клиент Джек Рид", "Говорит Рид, жду."))])
    take(made)
    assert masker_of(made)("Юна и Джек, менеджер Рид. Клиент ждёт.") == "••• и •••, менеджер •••. Клиент ждёт."
    done = hand_out(made, ["html", "obsidian"], lang="ru", seller={"Юна Ли": "Продавец 1"}.__getitem__)
    told = {path: path.read_text(encoding="utf-8") for path in done.paths[0].parent.rglob("*") if path.suffix in (".html", ".md")}
    assert "подберём день" in told[done.paths[0]] and "Продавец 1" in told[done.paths[0]]
    for path, text in told.items():
        assert not [name for name in ("Юн", "Джек", "Рид", "916") if re.search(rf"\b{name}", f"{path.name} {text}")], path


def test_an_outcome_without_a_day_waits_for_the_day_that_others_tell(tmp_path):
    made = workspace(tmp_path, {"deals": deals(2, lambda i: True, closed="2026-06-20"), "users": USERS})
    case = {"at": "2026-03-10 10:00", "text": NEXT, "outcome": "won"}
    talks(made, [{**case, "case_id": "crm", "deal_id": "d0"}, {**case, "case_id": "other", "deal_id": "x"}, {**case, "case_id": "dated", "deal_id": "x", "decided_at": "2026-06-20"}, {**case, "case_id": "alone", "deal_id": "y"}])
    take(made)
    for day, won in (("2026-06-19", ["alone"]), ("2026-06-20", ["alone", "crm", "dated", "other"])):
        cases = judge(made, day).cases.set_index("case_id")["outcome"]
        assert sorted(cases.index[cases == "won"]) == won


def test_words_of_the_day_of_decision_count_where_some_decisions_have_an_hour():
    from audit.knowledge.effects.load import cases_of

    told = cases_of(pd.DataFrame({"case_id": ["a", "b"], "outcome": ["won", "lost"], "text": "x", "decided_at": pd.to_datetime(["2026-03-10 00:00", "2026-03-10 12:00"])}), "outcome", "owner")
    assert told.deals["decided_at"].tolist() == [pd.Timestamp("2026-03-10 23:59:59"), pd.Timestamp("2026-03-10 12:00")]


@pytest.mark.parametrize("days", [-1, 0, float("nan"), float("inf"), 1e300])
def test_a_landmark_that_is_no_term(tmp_path, days):
    with pytest.raises(UsageError, match="landmark"):
        judge(workspace(tmp_path), landmark_days=days)


def test_the_workbook_of_another_client_teaches_nothing(tmp_path):
    homes = []
    for name, said in (("one", NEXT), ("other", "Менеджер: Погода в среду плохая, звоните +7 916 123-45-67.")):
        (tmp_path / name).mkdir()
        homes.append(workspace(tmp_path / name))
        talks(homes[-1], [{"case_id": f"c{i}", "deal_id": f"d{i}", "text": f"{said}\nКлиент: Хорошо, {NEXT}"} for i in range(30)])
        take(homes[-1])
    mine, book = homes[0], review(homes[1], tmp_path / "book.xlsx")
    with pytest.raises(UsageError, match="c0#"):
        learn_from(mine, [book])
    with Base.open(mine) as base:
        assert not len(base.labels())
    with pytest.raises(UsageError) as own:
        learn_from(homes[1], [book])
    assert "other words" not in own.value.told("en")  # its own words are known; it just has no answers
