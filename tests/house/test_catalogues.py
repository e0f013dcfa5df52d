"""Every language says the same things, and everything the code says is there."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from audit import words as said
from audit.words import LANGUAGES, Words
from audit.words import catalogue as room_catalogue

PACKAGE = Path(__file__).resolve().parents[2] / "audit"
WRITTEN = [lang for lang in LANGUAGES if any((PACKAGE / "locale" / lang).glob("*.yml"))]
# the Russian `many` falls back to `other` ("5 зон"), the other forms differ always
NEEDED = {"ru": {"one", "few", "other"}, "en": {"one", "other"}, "bg": {"one", "other"}}
POSSIBLE = {**NEEDED, "ru": {"one", "few", "many", "other"}}
ROOMS = {path.stem for path in (PACKAGE / "locale" / "en").glob("*.yml")}


def catalogue(lang: str) -> dict[str, str | dict[str, str]]:
    """Every text of one language."""
    rooms = [path.stem for path in sorted((PACKAGE / "locale" / lang).glob("*.yml"))]
    return {key: entry for room in rooms for key, entry in room_catalogue(lang, room).items()}


def forms(entry: str | dict[str, str]) -> list[str]:
    return list(entry.values()) if isinstance(entry, dict) else [entry]


def placeholders(entry: str | dict[str, str]) -> set[str]:
    """Names filled in by the code, over all plural forms."""
    return {name for text in forms(entry) for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_language_is_written_in_full():
    assert set(WRITTEN) == set(LANGUAGES)
    assert {lang: {path.stem for path in (PACKAGE / "locale" / lang).glob("*.yml")} ^ ROOMS for lang in LANGUAGES} == {lang: set() for lang in LANGUAGES}


def test_bulgarian_has_no_russian_letters_and_its_own_quotes():
    """Bulgarian has no ы, э, ё and quotes „…“; what a text quotes from a file is told in Bulgarian too."""
    wrong = re.compile(r"[ыэёЫЭЁ«»”]")
    assert {key: text for key, entry in catalogue("bg").items() for text in forms(entry) if wrong.search(text)} == {}
    assert {key: text for key, entry in catalogue("bg").items() for text in forms(entry) if text.count("„") != text.count("“")} == {}


def test_bulgarian_is_not_copied_from_russian():
    """Long texts that are the same in both languages were forgotten, not translated."""
    russian, bulgarian = catalogue("ru"), catalogue("bg")
    spoken = {key for key, entry in bulgarian.items() if any(len(text.split()) > 3 and re.search("[а-я]{4}", text) for text in forms(entry))}
    assert {key for key in spoken if forms(bulgarian[key]) == forms(russian.get(key, ""))} == set()


def test_bulgarian_numbers_and_plurals():
    words = Words("bg")
    assert words.share(0.2347) == "23,5%"
    assert words.points(-0.12) == "−12\u00a0пр.п."
    assert words.money(1_234_567, "EUR") == "1,23\u00a0млн.\u00a0€"
    assert words.between(words.number(1200), words.number(15300)) == "от 1\u00a0200 до 15\u00a0300"
    assert [words("zones.tested", n=n) for n in (1, 21)] == [
        "Проверен е 1 срез; очакваният дял фалшиви зони е ограничен.",
        "Проверени са 21 среза; очакваният дял фалшиви зони е ограничен.",
    ]


def test_a_text_missing_in_a_language_falls_back_to_english(monkeypatch):
    whole = said.catalogue
    monkeypatch.setattr(said, "catalogue", lambda lang, room: whole(lang, room) if lang == "en" else {})
    words = Words("ru")
    assert words.has("errors.label.next") and words("errors.label.next") == "Next"
    assert words("zones.tested", n=21).startswith("21 slices")  # by the plurals of English, not of Russian
    assert not words.has("errors.label.nowhere")
    with pytest.raises(KeyError, match=r"errors\.label\.nowhere"):
        words("errors.label.nowhere")


@pytest.mark.parametrize("lang", [lang for lang in WRITTEN if lang != "en"])
def test_same_keys_as_in_english(lang):
    assert set(catalogue(lang)) ^ set(catalogue("en")) == set()


@pytest.mark.parametrize("lang", [lang for lang in WRITTEN if lang != "en"])
def test_same_placeholders_as_in_english(lang):
    english = catalogue("en")
    differing = {
        key: (placeholders(entry), placeholders(english[key]))
        for key, entry in catalogue(lang).items()
        if key in english and placeholders(entry) != placeholders(english[key])
    }
    assert differing == {}


@pytest.mark.parametrize("lang", WRITTEN)
def test_no_key_was_read_as_yes_or_no(lang):
    """YAML takes a bare yes, no, on, off or null for a value, not for a word."""
    assert [key for key in catalogue(lang) if {"True", "False", "None"} & set(key.split("."))] == []


@pytest.mark.parametrize("lang", WRITTEN)
def test_no_text_is_empty_and_plurals_have_every_form(lang):
    texts = catalogue(lang)
    assert [key for key, entry in texts.items() if not all(str(text).strip() for text in forms(entry))] == []
    assert {
        key: set(entry)
        for key, entry in texts.items()
        if isinstance(entry, dict) and not NEEDED[lang] <= set(entry) <= POSSIBLE[lang]
    } == {}


@pytest.mark.parametrize("lang", WRITTEN)
def test_an_error_has_all_three_parts(lang):
    texts = set(catalogue(lang))
    stems = {key.rpartition(".")[0] for key in texts if key.endswith(".next") and not key.startswith("errors.label")}
    assert [f"{stem}.{part}" for stem in sorted(stems) for part in ("found", "where") if f"{stem}.{part}" not in texts] == []


def spoken() -> list[tuple[str, bool, str]]:
    """(place, is it an error, key) of every catalogue key written out as the first argument of a call."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            key, name = node.args[0].value, getattr(node.func, "attr", getattr(node.func, "id", ""))
            if not isinstance(key, str) or key.split(".")[0] not in ROOMS or "." not in key:
                continue
            if name.endswith("Error") or name.strip("_") in {"words", "w", "help_text", "text"}:
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", name.endswith("Error"), key))
    return found


def test_every_key_in_the_code_is_in_the_catalogue():
    texts, keys = catalogue("en"), spoken()
    assert len(keys) > 20
    missing = [
        (place, key) for place, error, key in keys if (f"{key}.next" if error else key) not in texts
    ]
    assert missing == []


def test_every_key_in_the_catalogue_is_said():
    """A key, the stem of its error, the family it belongs to, or an f-string that makes it stands in the code, a notebook or a template."""
    texts, made = set[str](), set[str]()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value.rstrip("."))
            elif isinstance(node, ast.JoinedStr):
                made.add("".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values))
    pages = "".join(path.read_text("utf-8") for folder in ("notebooks", "templates") for path in (PACKAGE.parent / folder).rglob("*.*") if path.suffix in (".ipynb", ".j2", ".html"))
    patterns = [re.compile(pattern) for pattern in made if pattern.split("\\.")[0] in ROOMS]
    stems = {key: re.sub(r"\.(found|where|next)$", "", key) for key in catalogue("en")}
    families = {key: {stem.rsplit(".", n)[0] for n in (1, 2) if stem.count(".") >= n + (n > 1)} | {key.rpartition(".")[0]} for key, stem in stems.items()}
    silent = [key for key, stem in stems.items() if not ({key, stem} | families[key]) & texts and stem not in pages
              and not any(pattern.fullmatch(stem) or pattern.fullmatch(key) for pattern in patterns)]
    assert silent == []
