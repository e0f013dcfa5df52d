"""What is known of each technique beside the tags: its title, author, whether it is a placebo, what the client decided."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from audit.errors import UsageError, nearest
from audit.knowledge.deck import read_cards
from audit.knowledge.effects.load import TEXTS
from audit.knowledge.effects.status import DECISIONS
from audit.words import LANGUAGES

PLACEBO, OCCASION = "placebo", "occasion"


class About(NamedTuple):
    """`decision` is what the client recorded: kind, and whatever else was written down with it; `occasion`: no technique, but what calls for one."""

    title: str
    author: str | None
    placebo: bool
    occasion: bool
    decision: dict[str, Any]


def abouts(names: Iterable[str], cards: Any, placebos: Iterable[str], tags: pd.DataFrame, decisions: Mapping[str, Mapping[str, Any]] | None, lang: str) -> dict[str, About]:
    """Technique → what is known; `cards`: None for the shipped ones, a place of cards, cards, or mappings with id and, as far as known, title, author, kind, status."""
    known = read_cards(cards) if cards is None or isinstance(cards, str | os.PathLike) else cards
    by_id = {str(_of(card, "id")): card for card in known}
    harmless = set(map(str, placebos)) | {name for name, card in by_id.items() if _of(card, "kind") == PLACEBO} | _tagged(tags)
    said = {str(name): dict(one) for name, one in (decisions or {}).items()}
    for one in said.values():
        if one.get("kind") not in DECISIONS:
            raise UsageError("errors.unknown_name", kind="decision", name=str(one.get("kind")), nearest=nearest(str(one.get("kind")), DECISIONS))
    found = {}
    for name in names:
        card = by_id.get(name)
        retired = {"kind": "retired"} if _of(card, "status") == "retired" else {}
        author = _of(card, "author")
        found[name] = About(_title(card, lang) or name, None if author is None else str(author), name in harmless or name.lower().startswith(PLACEBO),
                            _of(card, "kind") == OCCASION, said.get(name, retired))
    return found


def _title(card: Any, lang: str) -> str | None:
    """What a card is called in `lang`, else in any language."""
    names = _of(card, "names")
    return _of(card, "title") or _of(names, lang) or next((one for one in (_of(names, name) for name in LANGUAGES) if one), None)


def _of(card: Any, name: str) -> Any:
    return card.get(name) if isinstance(card, Mapping) else getattr(card, name, None)


def _tagged(tags: pd.DataFrame) -> set[str]:
    """Techniques whose tags say of themselves that they are placebos."""
    if "kind" not in tags:
        return set()
    name = next(one for one in TEXTS if one in tags)
    return set(tags.loc[tags["kind"].astype("str") == PLACEBO, name].astype("str"))
