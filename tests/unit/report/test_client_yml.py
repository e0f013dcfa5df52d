"""The starter client.yml names every key, shows the true defaults, and its examples are valid."""

import re

import yaml

from audit.client import Client, Norm, Part, Plan, Source, read_client
from audit.share import share

TEXT = (share("templates") / "client.yml").read_text(encoding="utf-8")


def test_defaults_shown_are_the_defaults(tmp_path):
    path = tmp_path / "client.yml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_client(path) == Client(name="Название клиента")


def test_every_key_is_there():
    def keys(model: type[Part], inside: str = "") -> set[str]:
        return {inside + name for name in model.model_fields}

    shown = yaml.safe_load(TEXT)
    assert set(shown) == keys(Client)
    for part in ("working_hours", "calendar", "brand", "rules"):
        assert set(shown[part]) == keys(Client.model_fields[part].annotation)


def test_examples_are_valid_and_complete(tmp_path):
    examples = yaml.safe_load("\n".join(line[2:] for line in TEXT.splitlines() if line.startswith("#:")))
    client = Client.model_validate({"name": "x", **examples})
    assert client.dimensions and client.priority_segments
    for name, model in {"sources": Source, "norms": Norm, "plans": Plan}.items():
        assert set(examples[name][0]) == set(model.model_fields)


def test_every_key_is_explained():
    for line in TEXT.splitlines():
        if re.match(r" *[a-z_]+: \S", line) and not re.match(r"(sources|norms|plans): \[\]|  (start|end|days): ", line):
            assert "#" in line[2:], line
