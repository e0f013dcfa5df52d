"""Letters: encodings, html, quotes, threads over files, and whose side the writer is on."""

import mailbox
from email.message import EmailMessage, Message

import pandas as pd
import pytest
from reading import one, reasons

from audit.knowledge.cases import read_cases
from audit.knowledge.cases.quotes import plain, unquoted

USERS = pd.DataFrame({"user_id": ["u1", "u2"], "name": ["Анна Петрова", "Борис Ильин"], "email": ["anna@seller.example", None]})


def letter(number: int, sender: str, text: str, *, answers: int | None = None, subject: str = "Смета", html: str | None = None, to: str = "ivan@client.example") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = sender, to, subject, f"<{number}@mail.example>"
    made["Date"] = f"Thu, 05 Mar 2026 {10 + number:02d}:00:00 +0300"
    if answers is not None:
        made["In-Reply-To"] = f"<{answers}@mail.example>"
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    return made


def raw(charset: str, body: bytes, coding: str, kind: str = "text/plain") -> bytes:
    import base64
    import quopri

    body = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[coding](body)
    return (f"From: =?{charset}?B?{base64.b64encode('Анна'.encode(charset)).decode()}?= <anna@seller.example>\r\nTo: i@client.example\r\nSubject: x\r\nDate: Thu, 05 Mar 2026 10:00:00 +0300\r\n"
            f"Message-ID: <1@x>\r\nContent-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {coding}\r\n\r\n").encode() + body


@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "koi8-r", "windows-1251", "iso-8859-5"])
def test_a_letter_in_any_encoding(tmp_path, charset, coding):
    read = one(tmp_path, "a.eml", raw(charset, "Добрый день, смета готова".encode(charset), coding))
    assert read.texts[["text", "speaker_name"]].values.tolist() == [["Добрый день, смета готова", "Анна"]] and read.texts["at"].tolist() == [pd.Timestamp("2026-03-05 10:00")]
    assert read.cases[["kind", "language"]].values.tolist() == [["mail", "ru"]]


def test_an_unknown_encoding_is_guessed(tmp_path):
    text = raw("utf-8", "Добрый день, смета готова, жду ответа".encode("cp1251"), "base64").replace(b"charset=utf-8", b"charset=x-what")
    assert one(tmp_path, "a.eml", text).texts["text"].tolist() == ["Добрый день, смета готова, жду ответа"]


def test_html_is_read_without_what_it_quotes(tmp_path):
    html = "<html><style>p{}</style><p>Согласен<br>берём</p><script>evil()</script><img src=x onerror=evil()><div class=gmail_quote>05.03.2026 Анна: <blockquote>Старое</blockquote></div></html>"
    read = one(tmp_path, "a.eml", raw("utf-8", html.encode(), "base64", "text/html"))
    assert read.texts["text"].tolist() == ["Согласен\nберём"] and read.files[0]["notes"]["quoted_blocks"] == 1


@pytest.mark.parametrize(("text", "own"), [
    ("Да\n\nOn Thu, Mar 5, 2026 at 10:00 AM Anna <a@x.example> wrote:\n> старое\n>> ещё старее\n", "Да"),
    ("Да\n\nOn Thu, Mar 5, 2026 at 10:00 AM Anna Long Name\n<a@x.example> wrote:\n> старое", "Да"),
    ("Да\n\n05.03.2026 10:00, Анна пишет:\n> старое\n\nСпасибо", "Да\n\nСпасибо"),
    ("Да\n\nНа чт, 5.03.2026 г. в 10:00 Анна <a@x.example> написа:\n\n> старо", "Да"),
    ("Да\n-----Original Message-----\nFrom: Anna\nSent: today\nстарое", "Да"),
    ("Да\n-------- Пересылаемое сообщение --------\nстарое", "Да"),
    ("Да\n\nОт: Анна <a@x.example>\nОтправлено: 5 марта\nКому: Иван\n\nстарое", "Да"),
    ("Он пишет:\nхорошо", "Он пишет:\nхорошо"), ("От: вас жду ответа\nСпасибо", "От: вас жду ответа\nСпасибо"), ("цена > 5", "цена > 5"),
])
def test_quotes_are_cut(text, own):
    assert unquoted(text)[0] == own


def test_a_thread_over_a_box_and_single_letters(tmp_path):
    box = mailbox.mbox(tmp_path / "box.mbox")
    box.add(letter(1, "Анна Петрова <anna@seller.example>", "Смета во вложении"))
    box.add(letter(2, "Иван <ivan@client.example>", "Дорого\n\nOn 2026-03-05 10:00 Анна wrote:\n> Смета во вложении", answers=1, to="anna@seller.example", subject="Re: Смета"))
    box.add(letter(5, "Пётр <petr@other.example>", "Другое", subject="Другое", to="anna@seller.example"))
    box.close()
    (tmp_path / "last.eml").write_bytes(bytes(letter(3, "Анна Петрова <anna@seller.example>", "Снизим", answers=2, subject="Re: Смета")))
    (tmp_path / "again.eml").write_bytes(bytes(letter(3, "Анна Петрова <anna@seller.example>", "Снизим", answers=2, subject="Re: Смета")) + b"\n")
    read = read_cases(tmp_path, tables={"users": USERS})
    first = read.texts[read.texts["case_id"] == read.cases["case_id"].iloc[0]]
    texts = {case: group["text"].tolist() for case, group in read.texts.groupby("case_id")}
    assert sorted(texts.values()) == [["Другое"], ["Смета во вложении", "Дорого", "Снизим"]] and reasons(read) == {"duplicate": 1}
    assert first["at"].is_monotonic_increasing
    sides = read.texts.set_index("text")["speaker"]
    assert sides[["Смета во вложении", "Дорого", "Снизим", "Другое"]].tolist() == ["seller", "client", "seller", "client"]
    assert {file["file"]: (file["rows_in"], file["rows_kept"]) for file in read.files} == {"again.eml": (1, 1), "box.mbox": (3, 3), "last.eml": (1, 0)}


def test_a_thread_keeps_its_id_when_it_grows(tmp_path):
    parts = [letter(1, "a@seller.example", "раз"), letter(2, "ivan@client.example", "два", answers=1)]
    ids = []
    for size in (1, 2):
        (tmp_path / f"{size}").mkdir()
        for number, part in enumerate(parts[:size]):
            (tmp_path / f"{size}" / f"{number}.eml").write_bytes(bytes(part))
        ids.append(read_cases(tmp_path / f"{size}").cases["case_id"].tolist())
    assert ids[0] == ids[1] and len(ids[0]) == 1


def test_letters_of_one_subject_but_other_people_are_apart(tmp_path):
    for number, sender in enumerate(("a@x.example", "b@y.example")):
        (tmp_path / f"{number}.eml").write_bytes(bytes(letter(number, sender, f"слова {number}", subject="Заявка")))
    assert len(read_cases(tmp_path).cases) == 2


def test_letters_without_words(tmp_path):
    only_file = EmailMessage()
    only_file["From"], only_file["Date"] = "a@x.example", "nonsense"
    only_file.add_attachment(b"x", maintype="image", subtype="png", filename="x.png")
    box = mailbox.mbox(tmp_path / "box.mbox")
    box.add(only_file)
    box.add(Message())
    box.add(letter(1, "a@x.example", "> только\n> цитата", subject=""))
    box.close()
    read = read_cases(tmp_path)
    assert reasons(read) == {"no_text": 2, "no_letter": 1} and read.files[0]["rows_in"] == 3


def test_a_charset_with_a_zero(tmp_path):
    content = b"From: a@x.example\nDate: x\nContent-Type: text/plain; charset=\"u\x00tf\"\n\n" + "Добрый день, смета готова".encode()
    assert one(tmp_path, "a.eml", content).texts["text"].tolist() == ["Добрый день, смета готова"]


def test_parts_within_parts_without_end(tmp_path):
    text = "From: a@x.example\nDate: x\n" + "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000)) + "Content-Type: text/plain\n\nhi"
    assert reasons(one(tmp_path, "a.eml", text)) in ({"damaged": 1}, {}, {"no_text": 1})


def test_hostile_html_costs_little():
    assert plain("<div>" * 100_000 + "x")[0] == "x" and "alert" not in plain("<svg onload=alert(1)><script>alert(1)</script>ok")[0]


def test_answers_without_references_join_by_subject(tmp_path):
    parts = [letter(1, "a@x.example", "раз", subject="Заявка"), letter(2, "ivan@client.example", "два", subject="RE: Заявка", to="a@x.example"), letter(3, "a@x.example", "новое", subject="Заявка")]
    for number, part in enumerate(parts):
        (tmp_path / f"{number}.eml").write_bytes(bytes(part))
    texts = read_cases(tmp_path).texts.groupby("case_id")["text"].apply(list).tolist()
    assert sorted(texts) == [["новое"], ["раз", "два"]]


def test_an_attached_letter_is_not_the_body(tmp_path):
    outer = letter(1, "a@x.example", "x")
    outer.clear_content()
    outer.set_content("<p>Своё</p>", subtype="html")
    outer.add_attachment(letter(2, "b@x.example", "Чужое"))
    assert one(tmp_path, "a.eml", bytes(outer)).texts["text"].tolist() == ["Своё"]
