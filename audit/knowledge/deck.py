"""The cards at hand: the shipped ones, extended and replaced by those of a client's folder knowledge/cards."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from audit.errors import Phrase as Said
from audit.errors import UsageError, nearest
from audit.knowledge.card import Card
from audit.knowledge.listed import of_dicts, of_frame
from audit.settings import broken, line_of, mistakes, read_yaml

OWN = Path("knowledge") / "cards"
_ADDED = ("patterns", "examples", "counter_examples")  # what `extends` adds to, language by language


@cache
def shipped() -> tuple[Card, ...]:
    """The starter set, in the order of ids."""
    with as_file(files("audit.knowledge").joinpath("cards")) as folder:
        return tuple(sorted(_read(folder, {}).values(), key=lambda card: card.id))


def read_cards(place: str | os.PathLike | None = None) -> tuple[Card, ...]:
    """The cards of a client: the shipped ones and those of `place`, a workspace or a folder of cards, in the order of ids.

    A card of the folder with a new id is added, one with the id of a shipped card replaces it; `extends: <id>` instead of `id` adds its
    patterns and examples to that card and replaces the other keys it has. Raises UsageError with file, key and line of every mistake.
    """
    if place is None:
        return shipped()
    root = Path(place)
    folder = root / OWN if (root / "client.yml").is_file() else root
    if not folder.is_dir():
        if folder == root:
            raise UsageError("knowledge.no_folder", path=place)
        return shipped()
    found = _read(folder, {card.id: card for card in shipped()})
    return tuple(sorted(found.values(), key=lambda card: card.id))


def deck(cards: Any) -> tuple[Card, ...]:
    """What a verb was given as `cards`: nothing (the shipped ones), a place (`read_cards`), cards themselves, or rows of them –
    a frame, an Ibis table, a file of rows or of one card, dicts (see `audit.knowledge.listed`). UsageError for anything else.
    """
    if isinstance(cards, str | os.PathLike) and Path(cards).is_file():
        return _of_file(Path(cards))
    if cards is None or isinstance(cards, str | os.PathLike):
        return read_cards(cards)
    if hasattr(cards, "to_pyarrow"):
        cards = cards.to_pyarrow().to_pandas()
    if isinstance(cards, pd.DataFrame):
        return of_frame(cards)
    given = tuple(cards) if isinstance(cards, Iterable) and not isinstance(cards, Card | Mapping) else (cards,)
    if given and all(isinstance(one, Mapping) for one in given):
        return of_dicts(given)
    for one in given:
        if not isinstance(one, Card):
            raise UsageError("knowledge.not_cards", kind=type(one).__name__)
    return given


def _of_file(path: Path) -> tuple[Card, ...]:
    """The card of a .yml file, else the rows of a table."""
    if path.suffix.lower() in (".yml", ".yaml"):
        node, tree = read_yaml(path, "knowledge.card_yaml")
        if not isinstance(tree, dict):
            raise broken(path, 1, "not_settings", "knowledge.card_yaml")
        return (_card(path, node, tree, {card.id: card for card in shipped()}),)
    from audit.intake.bare import from_file

    return of_frame(from_file(path))


def title(card: Card, lang: str) -> str:
    """What a card is called in a language, else in the first one that it has, else its id."""
    return getattr(card.names, lang, None) or card.names.ru or card.names.en or card.names.bg or card.id


def _read(folder: Path, known: dict[str, Card]) -> dict[str, Card]:
    """`known` with the cards of the files of `folder`; checks that occasions exist."""
    found, own = dict(known), dict[str, tuple[Path, Any]]()
    for path in sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")]):
        node, tree = read_yaml(path, "knowledge.card_yaml")
        if not isinstance(tree, dict):
            raise broken(path, 1, "not_settings", "knowledge.card_yaml")
        card = _card(path, node, tree, known)
        if card.id in own:
            raise UsageError("knowledge.card_twice", path=path, line=line_of(node, ("id",)), id=card.id, other=own[card.id][0].name)
        found[card.id], own[card.id] = card, (path, node)
    for name, (path, node) in own.items():
        _check_occasions(found[name], found, path, node)
    return found


def _card(path: Path, node: Any, tree: dict, known: dict[str, Card]) -> Card:
    if "extends" in tree:
        base = known.get(str(tree["extends"]))
        if base is None:
            raise UsageError("knowledge.no_card", path=path, line=line_of(node, ("extends",)), id=tree["extends"],
                             nearest=nearest(str(tree["extends"]), list(known)))
        tree = _extended(base, tree)
    try:
        return Card.model_validate(tree)
    except ValidationError as problem:
        raise mistakes("knowledge.card_fields", path, node, problem) from None


def _extended(base: Card, tree: dict) -> dict:
    """The tree of `base` with what `tree` adds to it."""
    whole = base.model_dump(exclude_none=True)
    for key, value in tree.items():
        if key in _ADDED and isinstance(value, dict):
            for lang, lines in value.items():
                more = lines if isinstance(lines, list) else [lines]
                whole[key][lang] = [*whole[key].get(lang, ()), *more] if lang in whole[key] else lines
        elif key != "extends":
            whole[key] = value
    return whole


def _check_occasions(card: Card, found: dict[str, Card], path: Path, node: Any) -> None:
    known = [one.id for one in found.values() if one.kind == "occasion"]
    for name in card.opportunity.occasions:
        if name not in known:
            raise UsageError("knowledge.no_occasion", path=path, line=line_of(node, ("opportunity", "occasions")), id=name,
                             nearest=nearest(name, known) if known else Said("knowledge.none"))
