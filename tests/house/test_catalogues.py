"""Every language says the same things, and everything the code says is there."""

import ast
from pathlib import Path
from string import Formatter

import pytest

from audit.words import LANGUAGES
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


def test_russian_and_english_are_written():
    assert {"ru", "en"} <= set(WRITTEN)


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
            if name.endswith("Error") or name.strip("_") in {"words", "w", "help", "text"}:
                found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", name.endswith("Error"), key))
    return found


def test_every_key_in_the_code_is_in_the_catalogue():
    texts, keys = catalogue("en"), spoken()
    assert len(keys) > 20
    missing = [
        (place, key) for place, error, key in keys if (f"{key}.next" if error else key) not in texts
    ]
    assert missing == []
