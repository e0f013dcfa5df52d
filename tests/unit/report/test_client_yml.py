"""The starter client.yml names every key, shows the true defaults, and its examples are valid."""

import re

import pytest
import yaml

from audit.client import Client, Norm, Part, Pay, Plan, Source, read_client
from audit.share import share

TEXTS = {name: (share("templates") / name).read_text(encoding="utf-8") for name in ("client.yml", "client.en.yml")}
TEXT = TEXTS["client.yml"]
both = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def test_defaults_shown_are_the_defaults(tmp_path):
    path = tmp_path / "client.yml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_client(path) == Client(name="Название клиента")


def test_the_english_one_differs_in_words_and_place_alone(tmp_path):
    path = tmp_path / "client.yml"
    path.write_text(TEXTS["client.en.yml"], encoding="utf-8")
    assert read_client(path) == Client(name="Client's name", language="en", currency="EUR", country="BG", time_zone="Europe/Sofia")
    bare = [[re.sub(r" *#(?!:).*", "", line) for line in text.splitlines()] for text in TEXTS.values()]
    keys = [[line.partition(":")[0] if not line.startswith("#:") else line[2:].partition(":")[0] for line in lines if line] for lines in bare]
    assert keys[0] == keys[1]
    assert not re.search("[а-яё]", TEXTS["client.en.yml"])


@both
def test_every_key_is_there(text):
    def keys(model: type[Part], inside: str = "") -> set[str]:
        return {inside + name for name in model.model_fields}

    shown = yaml.safe_load(text)
    assert set(shown) == keys(Client)
    for part in ("working_hours", "calendar", "brand", "rules"):
        assert set(shown[part]) == keys(Client.model_fields[part].annotation)


@both
def test_examples_are_valid_and_complete(text):
    examples = yaml.safe_load("\n".join(line[2:] for line in text.splitlines() if line.startswith("#:")))
    client = Client.model_validate({"name": "x", **examples})
    assert client.dimensions and client.priority_segments
    for name, model in {"sources": Source, "norms": Norm, "plans": Plan, "variable_pay": Pay}.items():
        assert set().union(*examples[name]) == set(model.model_fields)


@both
def test_every_key_is_explained(text):
    for line in text.splitlines():
        if re.match(r" *[a-z_]+: \S", line) and not re.match(r"(sources|norms|plans|variable_pay): \[\]|  (start|end|days): ", line):
            assert "#" in line[2:], line


@pytest.mark.parametrize(("lang", "comment"), [("ru", "# валюта отчёта"), ("en", "# currency of the report"), ("bg", "# currency of the report")])
def test_a_new_client_is_explained_in_a_language_the_consultant_reads(tmp_path, lang, comment):
    from audit.starter import start

    name = 'ООО "Очень длинное \\ название" # 1'
    root = start(tmp_path / "c", name=name, language=lang, currency="EUR", country="BG").root
    text = (root / "client.yml").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^currency: EUR +{comment}", text)
    assert (read_client(root / "client.yml").language, read_client(root / "client.yml").name) == (lang, name)
