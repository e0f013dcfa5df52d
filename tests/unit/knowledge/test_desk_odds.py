"""Talks that contradict each other, and phrases that a card hears already."""

import json

import pandas as pd

from audit.knowledge.deck import read_cards
from audit.knowledge.desk import judge, take
from audit.knowledge.desk.crm import contradicted
from audit.knowledge.desk.judge import _unheard
from audit.workspace import Workspace

SAID = "Менеджер: Давайте созвонимся в среду в 11:30."


def test_a_deal_whose_talks_say_both_is_compared_with_nothing_and_counted(tmp_path):
    made = Workspace.create(tmp_path / "client", "name: Пример\n")
    made.talks.mkdir(parents=True)
    rows = [("a", "d1", "won"), ("b", "d1", "lost"), ("c", "d2", "won"), ("d", "d3", "lost"), ("e", "d3", "lost")]
    (made.talks / "talks.jsonl").write_text("".join(json.dumps({"case_id": case, "deal_id": deal, "outcome": outcome, "text": f"{SAID} Номер {case}."}, ensure_ascii=False) + "\n"
                                                    for case, deal, outcome in rows), encoding="utf-8")
    take(made)
    counts = judge(made, "2026-06-30").techniques.counts
    assert (counts["won"], counts["lost"], counts["undecided"], counts["contradicted"]) == (1, 1, 1, 1)


def test_deals_at_odds():
    cases = pd.DataFrame({"deal_id": ["1", "1", "2", "2", "3"], "outcome": ["won", "lost", "won", "open", ""]})
    assert contradicted(cases) == ["1"]


def test_a_phrase_that_a_card_hears_is_no_new_one():
    known = {"phrase": "созвонимся в среду", "quotes": ["давайте созвонимся в среду в 11:30", "созвонимся в среду утром"]}
    new = {"phrase": "сертификаты на руках", "quotes": ["сертификаты на руках, давайте созвонимся в среду в 11:30"]}
    assert _unheard([known, new], read_cards()) == [new]
    assert _unheard([], read_cards()) == []
