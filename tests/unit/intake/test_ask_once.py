"""Everything undecidable is one list with proposed answers; the second run asks nothing; --accept takes all proposals."""

import re

import pytest
import yaml

from audit.errors import NeedsAnswerError
from audit.intake import intake, questions

DATES = "id,created,won,amount\n1,03/04/2025,1,5\n2,05/06/2025,0,5\n"
UNKNOWN = "id,created,closed,stage,amount\n" + "".join(
    f"{n},2025-01-02,{'2025-02-02' if stage == 'Won' else ''},{stage},5\n" for n, stage in enumerate(["Ф", "Ф", "Ы", "Ъ", "Won"]))


def tree(desk) -> dict:
    return yaml.safe_load((desk.root / "mapping.yml").read_text("utf-8"))


def test_accept_takes_all_proposals_and_says_which(desk):
    desk.put("deals.csv", DATES.replace("amount", "amount,currency").replace(",5\n", ",5,у.е.\n"))
    assert desk.fails().code == 11
    result = intake(desk.root, accept=True)
    assert {entry["id"]: entry["answer"] for entry in result.report["accepted"]} == {"dates: deals.csv: created": "dmy", "currency: deals.csv: у.е.": "none"}
    assert [(entry["answer"], entry["accepted"]) for entry in tree(desk)["questions"]] == [("dmy", True), ("none", True)]
    assert [str(day.date()) for day in desk.table("deals")["created_at"]] == ["2025-04-03", "2025-06-05"]
    assert desk.run().questions == []


def test_accept_leaves_what_has_no_proposal(desk):
    desk.put("x.csv", "что,угодно,здесь\n1,2,3\n")
    for _ in range(2):
        with pytest.raises(NeedsAnswerError):
            intake(desk.root, accept=True)
    assert [question["answer"] for question in tree(desk)["questions"]] == [None]


def test_an_unknown_currency_is_asked_and_no_base_amount_is_guessed(desk):
    desk.put("deals.csv", "id,created,won,amount,currency\n1,2025-01-02,1,5,у.е.\n2,2025-01-02,1,7,RUB\n")
    assert "у.е." in desk.fails().told("en")
    desk.answer("none")
    desk.run()
    assert desk.table("deals")["amount_base"].fillna(0).tolist() == [0, 7]
    assert desk.entry("deals.csv")["warnings"]["no_exchange_rate"] == 1
    desk.answer("USD")
    desk.run()
    assert desk.table("deals")["currency"].tolist() == ["USD", "RUB"]


def test_a_currency_that_is_no_code_is_refused(desk):
    desk.put("deals.csv", "id,created,won,amount,currency\n1,2025-01-02,1,5,у.е.\n")
    desk.fails()
    desk.answer("доллар")
    assert desk.fails().code == 2


def test_the_order_of_three_unknown_stages_is_asked_and_read_back(desk):
    desk.put("deals.csv", UNKNOWN)
    error = desk.fails()
    assert error.code == 11
    assert "Ф > Ы > Ъ" in error.told("en") or "Ф > Ъ > Ы" in error.told("en")
    mapping = tree(desk)
    mapping["questions"][0]["answer"] = ["Ъ", "Ф", "Ы"]
    (desk.root / "mapping.yml").write_text(yaml.safe_dump(mapping, allow_unicode=True), "utf-8")
    desk.run()
    assert desk.table("stages")["stage_id"].tolist() == ["Ъ", "Ф", "Ы", "Won"]
    assert desk.table("stages")["ord"].tolist() == [1, 2, 3, 4]
    before = (desk.root / "mapping.yml").read_bytes()
    assert desk.run().questions == []
    assert (desk.root / "mapping.yml").read_bytes() == before


def test_two_unknown_stages_are_only_recorded(desk):
    desk.put("deals.csv", UNKNOWN.replace("Ъ", "Ы"))
    desk.run()
    assert "stage_order" in {entry["kind"] for entry in desk.report["decisions"]}


def test_likely_renames_are_shown_and_keep_their_meaning(desk):
    good = "id,created,won,amount,region,фактор\n1,2025-01-02,1,100,A,x\n2,2025-01-03,0,50,B,y\n"
    desk.put("deals.csv", good)
    desk.run()
    path = desk.root / "mapping.yml"
    path.write_text(path.read_text("utf-8").replace("фактор: null", "фактор: channel"), "utf-8")
    desk.run()
    desk.put("deals.csv", good.replace("фактор", "Фактор 2025").replace("region", "яблоко"))
    told = desk.fails().told("en")
    assert "~ фактор → Фактор 2025" in told
    assert "+ яблоко" in told
    assert "- region" in told
    intake(desk.root, accept=True)
    assert desk.table("deals")["channel"].tolist() == ["x", "y"]


def test_a_file_nothing_knows_gets_the_nearest_kind_proposed(desk):
    desk.put("d.csv", "id,created,сколько стоит,stage\n1,2025-01-02,5,Won\n")
    error = desk.fails()
    assert error.code == 11
    (question,) = desk.report["questions"]
    assert question["kind"] == "file"
    assert question["proposed"].startswith(("deals_", "leads_"))


def test_the_list_is_a_table_with_the_place_of_the_answer(desk):
    desk.put("deals.csv", DATES)
    desk.fails()
    found = questions(desk.root, lang="en")
    assert len(found) == 1
    assert found.frame.columns.tolist() == ["question", "examples", "proposed", "where"]
    assert "03/04/2025" in found.frame["examples"][0]
    assert "dates: deals.csv: created" in found.frame["where"][0]
    page = found._repr_html_()
    assert page.count("<tr>") == 2
    assert "dmy (or mdy)" in page
    intake(desk.root, accept=True)
    assert "<table" not in questions(desk.root)._repr_html_()
    assert "dmy" in questions(desk.root)._repr_html_()


def test_the_page_shows_no_markup_of_the_client(desk):
    desk.put("deals.csv", DATES.replace("created", "<b>created"))
    desk.fails()
    assert "<b>created" not in questions(desk.root)._repr_html_()


def test_before_the_first_intake_there_is_nothing_to_ask(desk):
    assert len(questions(desk.root)) == 0


def test_the_console_shows_the_table(desk, capsys, monkeypatch):
    from audit.cli import main

    monkeypatch.setenv("AUDIT_LANG", "en")
    monkeypatch.setenv("COLUMNS", "220")
    desk.put("deals.csv", DATES)
    codes = []
    for arguments in (["intake", str(desk.root)], ["intake", str(desk.root), "--accept", "--lang", "en"]):
        try:
            main(arguments)
        except SystemExit as done:
            codes.append(done.code or 0)
        shown = capsys.readouterr()
        assert re.search(r"dmy", shown.err + shown.out)
        if len(codes) == 1:
            assert "Proposed answer" in shown.err
        else:
            assert "Answered as proposed" in shown.out
    assert codes == [11, 0]
