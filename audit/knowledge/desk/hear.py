"""Tags of every text of the base: by the rules of the cards, and by the models where those hear better."""

from __future__ import annotations

import hashlib
import json
import os

import pandas as pd

from audit.knowledge.base import Base
from audit.knowledge.card import Card
from audit.knowledge.deck import read_cards
from audit.knowledge.tags import tag
from audit.workspace import Workspace

RULE, MODEL = "rule", "model"


def hear(client: Workspace | str | os.PathLike) -> int:
    """Tag all texts with the client's cards as they are now, and with the learnt models; how many places are heard.

    What is heard no more stays in the history of the base; the same cards, models and texts change nothing.
    """
    workspace = Workspace.open(client)
    cards = read_cards(workspace.root)
    with Base.open(workspace) as base:
        base.put_cards(cards)
        texts, models = base.texts(), base.models()
        by_rules = tag(texts, cards)
        base.put_tags(by_rules, by=RULE, version=version_of(cards), texts=texts["text_id"])
        if models:
            from audit.knowledge.learn import predict

            known = {name: model for name, model in models.items() if name in {card.id for card in cards}}
            base.put_tags(predict(texts, known, cards=cards, tags=by_rules), by=MODEL, version=_digest(known), texts=texts["text_id"])
        return len(heard(base))


def heard(base: Base) -> pd.DataFrame:
    """TAGS that count: of each technique those of its better tagger, the rule where nothing else is known."""
    better = by_model(base)
    tags = base.tags()
    mine = (tags["tagged_by"] == MODEL) == tags["technique"].isin(better)
    return tags[mine & (tags["tagged_by"] != "human")].reset_index(drop=True)


def by_model(base: Base) -> list[str]:
    """Techniques that the learnt model recognises better than the rules do."""
    quality = base.quality()
    return quality.loc[quality["method"] == MODEL, "technique"].tolist()


def version_of(cards: tuple[Card, ...]) -> str:
    """Digest of what the cards say."""
    return _digest([card.model_dump(mode="json") for card in cards])


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()[:16]
