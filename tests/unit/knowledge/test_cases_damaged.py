"""Damaged and hostile files: every row is kept or refused with its reason, nothing runs away, nothing gets out."""

import json
import random
import time
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import one, reasons
from test_cases_formats import VTT, pdf, word
from test_cases_json import chat
from test_cases_mail import letter
from test_cases_tables import ROWS, book

from audit.knowledge.cases import Read, read_cases

MAIL = bytes(letter(1, "Анна <a@x.example>", "Смета\n> старое", html="<p>Смета</p>"))
SOUND = {
    "a.txt": "Сделка: 7\nИсход: won\n\n[00:01] Менеджер: Добрый день\n[00:05] Клиент: Дорого\nда\n".encode(), "chat.txt": b"05.03.2026, 10:00 - A: Hi\n05.03.2026, 10:01 - B: Hello\n" * 3,
    "a.vtt": VTT.encode(), "a.srt": b"1\n00:00:01,000 --> 00:00:02,000\nA: hi\n\n2\n00:00:03,000 --> 00:00:04,000\nB: ho\n", "a.json": json.dumps(chat()).encode(), "a.eml": MAIL,
    "a.mbox": b"From a@x Thu Mar  5 10:00:00 2026\n" + MAIL + b"\n\nFrom b@x Thu Mar  5 10:00:00 2026\n" + MAIL.replace(b"1@mail", b"2@mail"), "a.csv": ROWS.to_csv(index=False).encode(),
    "a.jsonl": ROWS.to_json(orient="records", lines=True).encode(), "a.xlsx": book(ROWS), "a.docx": word(["Предлагаем", "Станок"]), "a.pdf": pdf(["offer", "price"]), "manifest.csv": b"file,deal_id\na.txt,7\n",
}


def sane(read: Read) -> None:
    """Every account adds up, every text and refusal is of a file, every text of a case, and nothing in them can do harm."""
    refused, texts = read.refused, read.texts
    assert sum(file["rows_refused"] for file in read.files) == len(refused)
    for file in read.files:
        assert file["rows_in"] == file["rows_kept"] + file["rows_refused"] and file["rows_in"] > 0 and sum(file["reasons"].values()) == file["rows_refused"]
    assert set(texts["case_id"]) == set(read.cases["case_id"]) and read.cases["case_id"].is_unique and texts["text_id"].is_unique
    assert (texts["text"].str.len() > 0).all() and texts["text"].notna().all()
    for said in (*texts["text"], *refused["excerpt"], *read.cases["case_id"], *texts["speaker_name"].dropna()):
        assert not any((ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in said)
        said.encode("utf-8")
    assert set(texts["speaker"].dropna()) <= {"seller", "client"} and set(read.cases["outcome"]) <= {"won", "lost", "open", ""}
    read.told("ru")


def broken(content: bytes, dice: random.Random) -> bytes:
    """The bytes with one to three of: a cut, changed bytes, a piece twice, a piece gone, zeros, halves of characters."""
    for _ in range(dice.randint(1, 3)):
        at, size = dice.randrange(len(content) + 1), dice.randint(1, 40)
        content = dice.choice([
            lambda c=content, a=at: c[:a], lambda c=content, a=at, s=size: c[:a] + dice.randbytes(s) + c[a + s:], lambda c=content, a=at, s=size: c[:a] + c[max(0, a - s):],
            lambda c=content, a=at, s=size: c[:a] + c[a + s:], lambda c=content, a=at: c[:a] + b"\x00\x1b\xe2\x80\xae" + c[a:], lambda c=content, a=at: c[:a] + b"\\ud800\xed\xa0\x80" + c[a:],
            lambda c=content, a=at: c[:a] + b"\n" + c[a:],
        ])()
    return content


@pytest.mark.parametrize("name", SOUND)
def test_damaged_files_add_up(tmp_path, name):
    dice = random.Random(name)
    for number in range(25):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        (folder / name).write_bytes(broken(SOUND[name], dice))
        sane(read_cases(folder))


def test_sound_files_lose_nothing(tmp_path):
    for name, content in SOUND.items():
        (tmp_path / name).write_bytes(content)
    read = read_cases(tmp_path)
    sane(read)
    assert {file["file"]: file["rows_kept"] for file in read.files} == {
        "a.txt": 2, "chat.txt": 6, "a.vtt": 3, "a.srt": 2, "a.json": 2, "a.eml": 1, "a.mbox": 1, "a.csv": 4, "a.jsonl": 4, "a.xlsx": 4, "a.docx": 3, "a.pdf": 1, "manifest.csv": 1} | {
        "a.jsonl": 0, "a.xlsx": 0}  # the cases that a.csv had already are refused as duplicates


@settings(max_examples=30)
@given(text=st.text(max_size=300))
def test_any_text_is_kept_or_refused(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.txt").write_bytes(text.encode("utf-8", "surrogatepass"))
    (folder / "b.json").write_text(json.dumps([{"text": text, "speaker": text}, {"text": "да", "speaker": "x"}]))
    pd.DataFrame({"case_id": ["1"], "text": [text.encode("utf-8", "replace").decode()]}).to_csv(folder / "c.csv", index=False)
    sane(read_cases(folder))


HOSTILE = ["<script>alert(1)</script> дорого", "=cmd|' /C calc'!A0", "\u202eдорого\u202c", "дорого\x00\x1b[31m", "до\ud800рого", "{{7*7}} ${x} %s {0}", "../../etc/passwd", "'; DROP TABLE cases;--"]


def test_hostile_words_are_kept_as_said(tmp_path):
    read = one(tmp_path, "a.json", json.dumps([{"speaker": f"{said[:20]}", "text": said} for said in HOSTILE]))
    sane(read)
    assert read.texts["text"].tolist() == ["<script>alert(1)</script> дорого", "=cmd|' /C calc'!A0", "\u202eдорого\u202c", "дорого[31m", "до\ufffdрого", *HOSTILE[5:]]
    assert read.files[0]["notes"]["control_characters"] == 2 and read.files[0]["notes"]["half_characters"] == 1


def test_excerpts_do_not_turn_the_line(tmp_path):
    read = one(tmp_path, "a.csv", "case_id,text,x\n1,да,\u202eз\u0007ло,лишнее\n" + "2,слова слова слова,\n" * 5)
    assert reasons(read) == {"too_many_cells": 1} and read.refused["excerpt"].tolist() == ["1 | да | зло"]


def test_names_of_files_are_only_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as package:
        package.writestr("<img src=x onerror=alert(1)>\x1b.txt", "Клиент: да")
        package.writestr("/abs.txt", "Клиент: да")
        package.writestr("inner.zip", b"PK\x05\x06" + bytes(18))
    read = read_cases(tmp_path)
    sane(read)
    assert reasons(read) == {"unsafe_member": 1, "nested_archive": 1} and len(read.texts) == 1


@pytest.mark.parametrize(("name", "content"), [
    ("a.txt", b"Manager: " + b"word " * 2_000_000), ("b.txt", b"a:" * 5_000_000), ("c.txt", b"[" * 10_000_000), ("d.txt", b" " * 9_000_000 + b"x"), ("e.txt", b"A: x\n" * 400_000), ("f.txt", b"00:" * 3_000_000),
    ("g.json", json.dumps([{"speaker": "a", "text": "слово " * 1_700_000}]).encode()), ("h.jsonl", b'{"text":"' + b"x" * 10_000_000 + b'"}'), ("i.csv", b"case_id,text\n1," + b"y" * 10_000_000 + b"\n2,ok\n"),
    ("j.eml", b"From: a@x.example\nDate: x\n\n" + b"> " * 5_000_000), ("k.eml", b"From: a@x.example\nDate: x\nContent-Type: text/html\n\n" + b"<p " * 3_000_000), ("l.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"<v " * 3_000_000),
    ("m.eml", b"From: " + b"a" * 9_000_000 + b"@x.example\nDate: x\n\nhi"), ("n.md", b"- \n" * 300_000 + b"x"), ("o.eml", b"From: a@x.example\nDate: x\n\n" + b"on 2026 wrote\n" * 300_000),
])
def test_endless_lines_cost_what_they_are(tmp_path, name, content):
    begun = time.process_time()
    read = one(tmp_path, name, content)
    sane(read)
    assert time.process_time() - begun < 30
