"""What the console shows of the base: words of the reader's language, few lines for many files."""

import pandas as pd
import pytest

from audit.cli.console import MOST_FILES, show_read, show_search, show_taught
from audit.knowledge.cases import read_cases
from audit.words import Words


@pytest.mark.parametrize(("lang", "said"), [("ru", ("выиграна", "менеджер")), ("bg", ("спечелена", "търговец")), ("en", ("won", "seller"))])
def test_outcomes_and_speakers_are_in_the_language(capsys, lang, said):
    row = {"at": "2026-03-01 10:00", "case_id": "c", "deal_id": None, "owner": "Ann", "outcome": "won", "speaker": "seller", "snippet": "…"}
    show_search(pd.DataFrame([row, {**row, "outcome": "", "speaker": None}]), Words(lang))
    shown = capsys.readouterr().out
    assert all(word in shown for word in said) and ("won" in shown) == (lang == "en") and "None" not in shown


def test_learnt_techniques_have_their_titles(capsys):
    frame = pd.DataFrame([{"technique": "next_step", "n": 50, "positives": 20, "f1": 0.8, "f1_low": 0.7, "f1_high": 0.9, "method": "rule", "why": "…"}])
    show_taught(frame, {"next_step": "Договорился"}, Words("ru"))
    shown = capsys.readouterr().out
    assert "Договорился" in shown and "правила" in shown and "next_step" not in shown


def test_files_kept_whole_are_counted_and_the_rest_is_listed(tmp_path, capsys):
    for number in range(MOST_FILES + 12):
        (tmp_path / f"{number}.txt").write_text(f"Менеджер: Разговор {number}.\nКлиент: Да." if number < 9 else "", encoding="utf-8")
    show_read(read_cases(tmp_path), Words("en"), "quarantine/knowledge.csv")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == MOST_FILES + 2
    assert "9" in lines[-2] and "3" in lines[-1] and "quarantine/knowledge.csv" in lines[-1]
