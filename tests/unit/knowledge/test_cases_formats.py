"""Every format in which words come: who says what, when, and that nothing is lost."""

import gzip
import io
import os
import zipfile

import docx
import pandas as pd
import pypdf
import pytest
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from reading import one, reasons, spoken

from audit.knowledge.cases import read_cases
from audit.words import Words

TALK = "Менеджер: Добрый день!\nКлиент: Это дорого.\nа скидка будет?\nМенеджер: Сравним по цене за день."


# -- plain text ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "koi8-r", "utf-16"])
def test_a_transcript_in_any_encoding(tmp_path, encoding):
    read = one(tmp_path, "call.txt", TALK.encode(encoding))
    assert spoken(read) == [("seller", "Менеджер", "Добрый день!"), ("client", "Клиент", "Это дорого.\nа скидка будет?"), ("seller", "Менеджер", "Сравним по цене за день.")]
    assert read.cases[["kind", "language", "outcome"]].values.tolist() == [["call", "ru", ""]]
    assert read.texts["text_id"].tolist() == ["call#1", "call#2", "call#3"] and read.files[0]["rows_in"] == 3


@pytest.mark.parametrize("line", [
    "[00:12] {}: {}", "(0:00:12) {}: {}", "00:12 {}: {}", "{} (00:12): {}", "[00:12 - 00:15] {}: {}", "**{}:** {}", "- {}: {}", "[00:00:12.500] {} : {}",
])
def test_labels_and_marks(tmp_path, line):
    read = one(tmp_path, "2026-03-05_10-00_call.txt", "\n".join(line.format(name, said) for name, said in [("Анна", "Раз, два"), ("Борис", "Три"), ("Анна", "Четыре: пять")]))
    assert spoken(read) == [(None, "Анна", "Раз, два"), (None, "Борис", "Три"), (None, "Анна", "Четыре: пять")]
    if "12" in line:
        assert read.texts["at"].tolist() == [pd.Timestamp("2026-03-05 10:00:12")] * 3


def test_speakers_on_lines_of_their_own(tmp_path):
    read = one(tmp_path, "a.txt", "Speaker 1  00:01\nGood morning\nto you\n\nSpeaker 2  00:04\nHello\n")
    assert spoken(read) == [(None, "Speaker 1", "Good morning\nto you"), (None, "Speaker 2", "Hello")] and set(read.texts["language"]) == {"en"}


def test_words_with_a_colon_are_no_speakers(tmp_path):
    read = one(tmp_path, "a.txt", "Клиент: Вот что важно: цена.\nИтого: 500 рублей\nВстреча в 10:30\nсм. https://example.test\nМенеджер: Клиент сказал так: дорого\nКлиент решил вот что: берём")
    assert [(name, text) for _, name, text in spoken(read)] == [
        ("Клиент", "Вот что важно: цена.\nИтого: 500 рублей\nВстреча в 10:30\nсм. https://example.test"), ("Менеджер", "Клиент сказал так: дорого\nКлиент решил вот что: берём")]


def test_the_head_of_a_transcript_tells_its_fields(tmp_path):
    read = one(tmp_path, "a.txt", "Сделка: 1042\nМенеджер: Анна Петрова\nДата: 05.03.2026 10:00\nИсход: успешно\nДата закрытия: 20.03.2026\nСумма: 120 000\n\nМенеджер: Добрый день\nКлиент: Да")
    row = read.cases.iloc[0]
    assert (row["deal_id"], row["owner"], row["outcome"], row["at"], row["decided_at"], row["amount"]) == (
        "1042", "Анна Петрова", "won", pd.Timestamp("2026-03-05 10:00"), pd.Timestamp("2026-03-20"), 120_000)
    assert [text for *_, text in spoken(read)] == ["Добрый день", "Да"]


def test_first_words_are_not_taken_for_a_head(tmp_path):
    read = one(tmp_path, "a.txt", "Менеджер: Добрый день\nКлиент: Да\n\nМенеджер: Сделка: обсудим?")
    assert len(read.texts) == 3
    assert spoken(one(tmp_path, "b.txt", "Итог: клиент думает\nЖдём звонка"))[0][2] == "Итог: клиент думает\nЖдём звонка"


def test_a_transcript_with_the_clock_of_the_day(tmp_path):
    read = one(tmp_path, "2026-03-05 call.txt", "[10:15:30] Анна: Раз\n[10:15:45] Борис: Два")
    assert read.texts["at"].tolist() == [pd.Timestamp("2026-03-05 10:15:30"), pd.Timestamp("2026-03-05 10:15:45")]


def test_marks_of_a_day_without_an_hour_give_no_time(tmp_path):
    read = one(tmp_path, "2026-03-05 call.txt", "[00:01] Анна: Раз\n[00:05] Борис: Два")
    assert read.texts["at"].isna().all() and read.cases["at"].tolist() == [pd.Timestamp("2026-03-05")] and read.files[0]["notes"]["day_only"] == 2


def test_times_of_a_note_are_no_speakers(tmp_path):
    read = one(tmp_path, "a.md", "План\n\nСозвон 10:30\n\nВстреча 11:00\nПоказ 12:00\n")
    assert [text for *_, text in spoken(read)] == ["План", "Созвон 10:30", "Встреча 11:00\nПоказ 12:00"]


def test_empty_turns_and_rules_are_refused(tmp_path):
    read = one(tmp_path, "a.txt", "Менеджер: Да\nКлиент:\nМенеджер: Нет\nКлиент: 👍")
    assert reasons(read) == {"empty": 1} and len(read.texts) == 3
    assert read.refused[["file", "row", "excerpt"]].values.tolist() == [["a.txt", 2, "Клиент:"]]


def test_notes_of_a_stand_up(tmp_path):
    read = one(tmp_path, "летучка 2026-03-05.md", "# Летучка\n\n- Ромашка думает: цена\n- по Лютику ждём оплату,\n  напомнить\n\n-----\n")
    assert [text for *_, text in spoken(read)] == ["# Летучка", "- Ромашка думает: цена", "- по Лютику ждём оплату,\n  напомнить"]
    assert read.cases[["kind", "at"]].values.tolist() == [["note", pd.Timestamp("2026-03-05")]] and reasons(read) == {"empty": 1}


@pytest.mark.parametrize("line", ["05.03.2026, 10:{:02d} - {}: {}", "[05.03.2026, 10:{:02d}:00] {}: {}", "05/03/2026 10:{:02d} - {}: {}", "\u200e[05.03.26, 10:{:02d}:00] {}: {}"])
def test_a_chat_of_lines(tmp_path, line):
    said = [("Анна", "Добрый день"), ("Иван Ромашка", "И вам"), ("Иван Ромашка", "<Без медиафайлов>"), ("Анна", "Смета\nв файле")]
    text = line.split("{}")[0].format(0) + "Сообщения защищены сквозным шифрованием\n" + "\n".join(line.format(minute, *one) for minute, one in enumerate(said))
    read = one(tmp_path, "WhatsApp Chat.txt", text)
    assert [(name, text) for _, name, text in spoken(read)] == [("Анна", "Добрый день"), ("Иван Ромашка", "И вам"), ("Анна", "Смета\nв файле")]
    assert read.texts["at"].tolist() == [pd.Timestamp(2026, 3, 5, 10, minute) for minute in (0, 1, 3)]
    assert reasons(read) == {"service_message": 1, "no_text": 1} and read.cases["kind"].tolist() == ["chat"]


def test_an_american_chat_has_the_month_first(tmp_path):
    read = one(tmp_path, "chat.txt", "3/5/26, 10:14\u202fAM - Ann: Hi\n3/25/26, 1:15\u202fPM - Bob: Hello")
    assert read.texts["at"].tolist() == [pd.Timestamp("2026-03-05 10:14"), pd.Timestamp("2026-03-25 13:15")]


# -- subtitles -----------------------------------------------------------------------------------------

VTT = """WEBVTT

NOTE made by a machine

STYLE
::cue {}

1
00:00.500 --> 00:02.000
<v Анна Петрова>Цена &lt; 600</v>
500

7f-2
00:02.000 --> 00:04.000
Клиент: <i>ясно</i>

00:04.000 --> 00:05.000
<v Анна Петрова>Да?</v><v Иван>Да!</v>

00:05.000 --> 00:06.000

"""


def test_webvtt(tmp_path):
    read = one(tmp_path, "a.vtt", VTT)
    assert [(name, text) for _, name, text in spoken(read)] == [("Анна Петрова", "Цена < 600\n500"), ("Клиент", "ясно"), ("Анна Петрова", "Да?"), ("Иван", "Да!")]
    assert read.files[0]["rows_in"] == 4 and reasons(read) == {"empty": 1}


def test_names_before_most_cues_are_speakers(tmp_path):
    def cues(*words: str) -> str:
        return "WEBVTT\n\n" + "\n\n".join(f"00:0{n}.000 --> 00:0{n}.900\n{said}" for n, said in enumerate(words))

    assert [name for _, name, _ in spoken(one(tmp_path, "a.vtt", cues("Anna Petrova: Hello", "John: hi", "and more", "Anna Petrova: price: 500")))] == ["Anna Petrova", "John", None, "Anna Petrova"]
    assert [text for *_, text in spoken(one(tmp_path, "b.vtt", cues("Цена такая", "Итого: 500", "и доставка")))] == ["Цена такая", "Итого: 500", "и доставка"]


def test_srt(tmp_path):
    read = one(tmp_path, "2026-03-05 10.00.00 call.srt", "1\n00:00:01,000 --> 00:00:02,000\nМенеджер: раз\nдва\n\n2\n00:01:02,500 --> 00:01:04,000\nКлиент: 500\n600\n")
    assert spoken(read) == [("seller", "Менеджер", "раз\nдва"), ("client", "Клиент", "500\n600")]
    assert read.texts["at"].tolist() == [pd.Timestamp("2026-03-05 10:00:01"), pd.Timestamp("2026-03-05 10:01:02")]


def test_damaged_subtitles_keep_their_words(tmp_path):
    read = one(tmp_path, "a.srt", "слова до\n\n1\n00:00:0x --> 00:00:02,000\nраз\n\n2\n00:00:03,000 --> 00:00:04,000\nдва\n")
    assert [text for *_, text in spoken(read)] == ["раз", "два"] and read.files[0]["notes"]["no_time"] == 1
    assert read.refused[["reason", "excerpt"]].values.tolist() == [["outside_cue", "слова до"]]


# -- documents -----------------------------------------------------------------------------------------

def word(paragraphs: list[str]) -> bytes:
    document, kept = docx.Document(), io.BytesIO()
    for text in paragraphs:
        document.add_paragraph(text)
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Станок", "500 000"
    document.save(kept)
    return kept.getvalue()


def pdf(lines: list[str], password: str | None = None) -> bytes:
    """A page with lines of Latin text, written as PDF operators."""
    writer, kept = pypdf.PdfWriter(), io.BytesIO()
    page = writer.add_blank_page(300, 300)
    font = DictionaryObject({NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1"), NameObject("/BaseFont"): NameObject("/Helvetica")})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})})
    stream = DecodedStreamObject()
    stream.set_data(("BT /F1 12 Tf 20 250 Td 14 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET").encode())
    page[NameObject("/Contents")] = stream
    if password:
        writer.encrypt(password)
    writer.write(kept)
    return kept.getvalue()


def test_a_proposal_in_word(tmp_path):
    read = one(tmp_path, "КП_deal-77_v2.docx", word(["Предлагаем станок.", "Вы платите на 20 % меньше."]))
    assert [(side, text) for side, _, text in spoken(read)] == [("seller", "Предлагаем станок."), ("seller", "Вы платите на 20 % меньше."), ("seller", "Станок | 500 000")]
    assert read.cases[["deal_id", "kind", "version"]].values.tolist() == [["77", "proposal", "2"]]


def test_a_transcript_in_word(tmp_path):
    assert spoken(one(tmp_path, "a.docx", word(TALK.split("\n"))))[1][:2] == ("client", "Клиент")


def test_a_proposal_in_pdf(tmp_path):
    read = one(tmp_path, "proposals/offer.pdf", pdf(["We offer a machine.", "You save 20 percent."]))
    assert "We offer a machine." in read.texts["text"].iloc[0] and read.texts["language"].tolist() == ["en"]


def test_scans_locks_and_damage(tmp_path):
    assert reasons(one(tmp_path, "scan.pdf", pdf([]))) == {"scan_without_text": 1}
    assert reasons(one(tmp_path, "locked.pdf", pdf(["x"], "secret"))) == {"locked": 1}
    assert reasons(one(tmp_path, "torn.pdf", pdf(["text"])[:200])) == {"damaged": 1}
    assert reasons(one(tmp_path, "torn.docx", word(["text"])[:2000])) == {"damaged": 1}


@pytest.mark.parametrize(("name", "content", "why"), [
    ("a.mp3", b"ID3\x04\x00", "sound"), ("a.jpg", b"\xff\xd8\xff\xe0", "picture"), ("a.bin", bytes(range(256)) * 10, "unknown_format"), ("a.txt", b"", "empty"), ("a.txt", b" \n ", "empty"),
    ("a.sqlite", b"SQLite format 3\x00" + bytes(100), "unknown_format"), ("a.xlsx", b"PK\x03\x04nonsense", "damaged_workbook"), ("a.zip", b"PK\x05\x06" + bytes(4), "damaged_archive"),
])
def test_what_is_no_words_is_refused_as_a_whole(tmp_path, name, content, why):
    read = one(tmp_path, name, content)
    assert read.refused[["file", "reason"]].values.tolist() == [[name, why]] and read.refused["row"].isna().all() and read.files[0]["rows_in"] == 1
    assert list(read.cases) and not len(read.cases) and not len(read.texts)


def test_a_txt_that_is_a_table_or_a_letter(tmp_path):
    assert one(tmp_path, "a.txt", "case_id;deal_id;text\n1;7;раз\n").cases["deal_id"].tolist() == ["7"]
    assert one(tmp_path, "b.txt", "From: a@x.example\nTo: b@y.example\nSubject: s\nDate: Thu, 05 Mar 2026 10:00:00 +0300\n\nДа").cases["kind"].tolist() == ["mail"]


@pytest.mark.skipif(os.name == "nt", reason="names of files are texts there")
def test_a_file_name_of_any_bytes(tmp_path):
    (tmp_path / os.fsdecode(b"\xff\xfe\x1b deal-7.txt")).write_text(TALK, "utf-8")
    read = read_cases(tmp_path)
    assert read.cases["deal_id"].tolist() == ["7"] and read.files[0]["file"].encode()


def test_html_is_read_as_its_words(tmp_path):
    read = one(tmp_path, "note.html", "<!doctype html><html><head><title>t</title></head><body><script>alert(1)</script><p>Клиент думает</p><table><tr><td>Цена</td></tr></table></body></html>")
    assert [text for *_, text in spoken(read)] == ["Клиент думает\nЦена"] or [text for *_, text in spoken(read)] == ["Клиент думает", "Цена"]


# -- many files ----------------------------------------------------------------------------------------

def test_folders_archives_and_files_give_the_same(tmp_path):
    folder = tmp_path / "in"
    (folder / "calls").mkdir(parents=True)
    (folder / "calls" / "1.txt").write_text(TALK, "utf-8")
    (folder / "note.md").write_text("Думает", "utf-8")
    (folder / ".hidden").write_text("x")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as package:
        for path in folder.rglob("*.*"):
            package.write(path, path.relative_to(folder).as_posix())
    (tmp_path / "1.txt.gz").write_bytes(gzip.compress(TALK.encode()))
    whole, packed, alone = read_cases(folder), read_cases(tmp_path / "in.zip"), read_cases(tmp_path / "1.txt.gz")
    assert whole.cases["case_id"].tolist() == ["1", "note"] and sorted(packed.cases["case_id"]) == ["1", "note"]
    assert sorted(packed.texts["text"]) == sorted(whole.texts["text"]) and alone.texts["text"].tolist() == whole.texts["text"].tolist()[:3]
    assert {file["file"] for file in packed.files} == {"in.zip/calls/1.txt", "in.zip/note.md"} and packed.cases["kind"].tolist().count("call") == 1


def test_an_archive_that_swells_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("big.txt", b"a" * 60_000_000)
        package.writestr("good.txt", TALK)
        package.writestr("../evil.txt", TALK)
    read = read_cases(tmp_path / "bomb.zip")
    assert reasons(read) == {"inflated": 1, "unsafe_member": 1} and len(read.texts) == 3


def test_the_same_file_twice_is_one(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(TALK, "utf-8")
    read = read_cases([tmp_path, tmp_path / "a.txt"])
    assert read.cases["file"].tolist() == ["a.txt"] and read.refused[["file", "reason", "excerpt"]].values.tolist() == [["b.txt", "duplicate", "a.txt"]]


def test_files_of_one_name_have_ids_of_their_own(tmp_path):
    for name, text in (("x/1.txt", "Клиент: раз"), ("y/1.txt", "Клиент: два"), ("y/1.md", "три")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    read = read_cases(tmp_path)
    assert read.cases["case_id"].tolist() == ["1", "1.md", "1.txt"] and read.texts["text_id"].is_unique


@pytest.mark.parametrize("lang", ["ru", "en", "bg"])
def test_the_account_in_words(tmp_path, lang):
    (tmp_path / "a.txt").write_text("Клиент: да, это подходит нам, но дорого\x00\nМенеджер:", "utf-8")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04nonsense")
    lines = read_cases(tmp_path).told(lang)
    assert Words(lang)("cases.reason.empty") in lines[0] and Words(lang)("cases.note.control_characters") in lines[0] and Words(lang)("intake.problem.damaged_workbook") in lines[1]


def test_the_client_of_a_head_is_not_somebody_who_speaks(tmp_path):
    read = one(tmp_path, "a.txt", "Сделка: 1042\nКлиент: ООО Ромашка\nДата: 05.03.2026\n\nМенеджер: Добрый день")
    assert spoken(read) == [("seller", "Менеджер", "Добрый день")] and read.cases["at"].tolist() == [pd.Timestamp("2026-03-05")]
