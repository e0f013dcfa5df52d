"""Numbers that lead to a person: phones in any spelling and spoken ones, documents, long runs of digits; nicknames, profiles and streets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from audit.privacy.ids import card_ok, iban_ok
from audit.privacy.names import Span, told
from audit.privacy.patterns import CARD, EMAIL, IBAN, PHONE, SECRET

LONG, DOUBTFUL = 9, 6  # digits in a row that are masked, and that are shown to a person
SPOKEN, FEW_SPOKEN = 7, 5  # number words in a row
_DIGITS = re.compile(r"(?<![\w.,])\d{6,}(?![\w])")
_NICK = re.compile(r"(?<![\w.@])@[A-Za-z][\w.]{3,}|\b(?:t\.me|wa\.me|vk\.com|instagram\.com|facebook\.com|linkedin\.com/in|ok\.ru)/[\w./@-]+", re.I)
# an e-mail as it is dictated or kept from machines: ivan собака mail точка ru, ivan(at)mail.ru, ivan @ mail.ru
_AT = r"(?:\s*[(\[{]\s*(?:at|собака|маймунско\s+а)\s*[)\]}]\s*|\s+(?:собака|собачка|маймунско\s+а|кльомба)\s+|\s+@\s+|\s*[＠﹫]\s*|\s+at\s+(?=[\w-]+\s+dot\s))"
_TOLD_MAIL = re.compile(rf"(?<![\w.+-])[\w.+-]++{_AT}[\w-]+(?:(?:\.|\s+(?:точка|dot)\s+)[\w-]+)*(?:\.|\s+(?:точка|dot)\s+)[^\W\d_]{{2,}}", re.I)
_ACCOUNT = re.compile(r"\b(?:telegram|телеграмм?|телега|skype|скайп|viber|вайбер|вибер|whatsapp|ватсап|вотсап|instagram|инстаграм)\b(?:\s*[:–—-]\s*(?=[A-Za-z])|\s+(?=[A-Za-z][\w:-]*[\d_.:][\w]))([A-Za-z][\w.:-]{3,})", re.I)
# of Bulgaria in its own grouping, wherever the client is
_LOCAL = re.compile(r"(?<![\w.,])0(?:8[789]\d(?:[ \xa0/-]\d{2}){3}|2[ \xa0/]\d{3}[ \xa0-]\d{2}[ \xa0-]\d{2}|8[789][ \xa0-]\d{3}[ \xa0-]\d{4})(?![\w])")
_SEVEN = re.compile(r"(?<![\w.,/-])\d{3}[-–]\d{2}[-–]\d{2}(?![\w/-])")  # of a town, without its code
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)?")


def spans(text: str, country: str) -> Iterator[Span]:
    """Everything in the text that is a number or an address of somebody."""
    for match in EMAIL.finditer(text):
        yield Span(match.start(), match.end(), "email")
    for match in _TOLD_MAIL.finditer(text):
        yield Span(match.start(), match.end(), "email")
    for match in _ACCOUNT.finditer(text):
        yield Span(match.start(1), match.end(1), "profile")
    for match in SECRET.finditer(text):
        yield Span(match.start(), match.end(), "secret")
    for match in _NICK.finditer(text):
        yield Span(match.start(), match.end(), "profile")
    if re.search(r"\d", text):
        yield from _with_digits(text, country)
    yield from _spoken(text)


def _with_digits(text: str, country: str) -> Iterator[Span]:
    for match in IBAN.finditer(text):
        if iban_ok(match[0]):
            yield Span(match.start(), match.end(), "account")
    for match in CARD.finditer(text):
        if card_ok(match[0]):
            yield Span(match.start(), match.end(), "card")
    for match in PHONE.finditer(text):
        yield Span(match.start(), match.end(), "phone")
    for match in (*_LOCAL.finditer(text), *_SEVEN.finditer(text)):
        yield Span(match.start(), match.end(), "phone")
    for match in _called().finditer(text):
        yield Span(match.start(1), match.end(1), "phone")
    yield from _phones(text, country)
    for match in _document().finditer(text):
        yield Span(match.start(1), match.end(1), "document")
    for match in _street().finditer(text):
        yield Span(match.start(), match.end(), "address")
    for match in _DIGITS.finditer(text):
        yield Span(match.start(), match.end(), "number", len(match[0]) >= LONG)


def _phones(text: str, country: str) -> Iterator[Span]:
    if sum(char.isdigit() for char in text) < 7:
        return
    import phonenumbers

    for found in phonenumbers.PhoneNumberMatcher(text, country):
        yield Span(found.start, found.end, "phone")


@cache
def _called() -> re.Pattern[str]:
    words = "|".join(map(re.escape, told()["phones"].split()))
    return re.compile(rf"(?<!\w)(?:{words})\b[\s:.,№–-]{{0,4}}(?:(?:у|меня|мой|мне|номер|е|ми|is|number)\b[\s:]{{0,2}}){{0,3}}(\d[\d \-–()]{{3,}}\d)", re.I)


@cache
def _document() -> re.Pattern[str]:
    words = "|".join(map(re.escape, told()["documents"].split()))
    return re.compile(rf"(?<!\w)(?:{words})\b[^\n\d]{{0,20}}(\d[\d \-–/№]{{4,}}\d)", re.I)


@cache
def _street() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, told()["streets"].split()), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{words})\b\.?\s+[^\W\d_][\w.«»\"-]*(?:\s+[А-ЯЁA-Z][\w.-]*)?,?\s*(?:д\.?|дом|№|no\.?)?\s*\d+\w?(?:[,\s]+(?:кв|корп|ап|оф|вх|ет|стр)\.?\s*\d+)*", re.I)


@cache
def _number_words() -> frozenset[str]:
    return frozenset(told()["numbers"].split())


def _spoken(text: str) -> Iterator[Span]:
    """Runs of number words; a price has words for thousands and millions between them and is shorter."""
    run: list[re.Match[str]] = []
    for match in [*_WORD.finditer(text), None]:
        word = match.group().lower() if match else ""
        if match and (word in _number_words() or (run and word.isdigit())):
            run.append(match)
            continue
        if len(run) >= FEW_SPOKEN:
            yield Span(run[0].start(), run[-1].end(), "phone", len(run) >= SPOKEN)
        run = []
