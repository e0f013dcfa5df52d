"""The annotated negotiations of CaSiNo (Chawla et al. 2021, NAACL; CC BY 4.0) as texts and labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pandas as pd

# those that the authors' published code recognises; empathy and coordination are not among them
SEVEN = ("small-talk", "self-need", "other-need", "no-need", "elicit-pref", "uv-part", "vouch-fair")
ALL = (*SEVEN, "showing-empathy", "promote-coordination")
BUTTONS = {"Submit-Deal", "Accept-Deal", "Reject-Deal", "Walk-Away"}  # of the platform: nobody said or annotated them


class Casino(NamedTuple):
    """Utterances (`text_id`, `case_id`, `turn`, `text`), labels (`text_id`, `technique`, `present`, `by`), and dialogues with utterances nobody annotated."""

    texts: pd.DataFrame
    labels: pd.DataFrame
    short: list[int]


def casino(folder: Path) -> Casino:
    """Every annotated dialogue. Annotations are matched to utterances by text, in order: three lists lack utterances, so that places do not match."""
    texts, labels, short = [], [], []
    for part in ("train", "valid", "test"):
        for dialogue in json.loads((folder / f"casino_{part}.json").read_text("utf-8")):
            annotated, number = dialogue["annotations"], dialogue["dialogue_id"]
            if not annotated:
                continue
            said = [one["text"] for one in dialogue["chat_logs"] if one["text"] not in BUTTONS]
            texts += [(f"{number}#{turn}", str(number), turn, text) for turn, text in enumerate(said, 1)]
            short += [number] if len(said) > len(annotated) else []
            labels += _labels(number, said, annotated)
    told = pd.DataFrame(labels, columns=["text_id", "technique", "present"]).assign(by="annotator")
    return Casino(pd.DataFrame(texts, columns=["text_id", "case_id", "turn", "text"]), told, short)


def _labels(number: int, said: list[str], annotated: list[list[str]]) -> list[tuple[str, str, bool]]:
    """Labels of one dialogue; every annotation finds its utterance."""
    found, turn = [], 0
    for text, names in annotated:
        turn = said.index(text, turn) + 1
        found += [(f"{number}#{turn}", name, name in names.split(",")) for name in ALL]
    return found
