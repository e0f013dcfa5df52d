"""Made-up sales conversations in which it is known what was said: techniques planted in wordings that no pattern was written from."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml

HERE = Path(__file__).parent
OPENING, CLOSING = ("greeting",), ("thanks", "farewell")
BETWEEN = ("small_talk", "filler")
# what stands in the gaps of a wording
SLOTS = {
    "ru": {"name": ["Анна", "Олег", "Ирина", "Павел"], "company": ["компания «Вектор»", "фирма «Лад»", "завод «Луч»"], "product": ["система", "линия", "печь"],
           "day": ["среду", "четверг", "понедельник"], "time": ["10:30", "12 часов", "три часа"], "sum": ["900 рублей", "2 тысячи", "1 500 рублей"]},
    "en": {"name": ["Anna", "Oliver", "Kate", "Paul"], "company": ["Vector", "Harbour Steel", "North Line"], "product": ["pumps", "doors", "cables"],
           "day": ["Wednesday", "Thursday", "Monday"], "time": ["10:30", "noon", "3 pm"], "sum": ["9 dollars", "20 dollars", "15 pounds"]},
    "bg": {"name": ["Анна", "Петър", "Ирина", "Георги"], "company": ["фирма „Вектор“", "„Лъч“ ООД", "„Север“ АД"], "product": ["помпи", "врати", "кабели"],
           "day": ["сряда", "четвъртък", "понеделник"], "time": ["10:30", "12 часа", "три часа"], "sum": ["9 лева", "20 лева", "15 евро"]},
}


class World(NamedTuple):
    """Turns (`text_id`, `dialogue`, `speaker`, `text`, `language`) and what is planted (`text_id`, `technique`, `wording`)."""

    turns: pd.DataFrame
    planted: pd.DataFrame


@cache
def held_out(lang: str) -> dict[str, list[str]]:
    """Technique → wordings set aside before any pattern was written."""
    return yaml.safe_load((HERE / "held_out.yml").read_text("utf-8"))[lang]


@cache
def neutral(lang: str) -> dict[str, list[str]]:
    """Speaker → lines without a technique."""
    return yaml.safe_load((HERE / "neutral.yml").read_text("utf-8"))[lang]


def dialogues(n: int, lang: str, seed: int, wordings: dict[str, list[str]] | None = None) -> World:
    """`n` short conversations of six to twelve turns; each plants three to five techniques, and greetings, thanks and the like besides."""
    rng = np.random.default_rng(seed)
    said = wordings or held_out(lang)
    placebos = {*OPENING, *CLOSING, *BETWEEN}
    techniques = [name for name in said if name not in placebos]
    turns: list[tuple] = []
    planted: list[tuple] = []
    for number in range(n):
        chosen = [str(name) for name in rng.choice(techniques, int(rng.integers(3, 6)), replace=False)]
        course = [*(name for name in OPENING if rng.random() < 0.7), *chosen, *(name for name in CLOSING if rng.random() < 0.7)]
        if rng.random() < 0.4:
            course.insert(1, str(rng.choice(BETWEEN)))
        for name in course:
            _turn(turns, number, "seller", *_line(rng, lang, name, said), planted)
            if rng.random() < 0.8:
                _turn(turns, number, "client", str(rng.choice(neutral(lang)["client"])), [], planted)
            if rng.random() < 0.4:
                _turn(turns, number, "seller", str(rng.choice(neutral(lang)["seller"])), [], planted)
    frame = pd.DataFrame(turns, columns=["text_id", "dialogue", "speaker", "text"]).assign(language=lang)
    return World(frame, pd.DataFrame(planted, columns=["text_id", "technique", "wording"]))


def _line(rng: np.random.Generator, lang: str, name: str, said: dict[str, list[str]]) -> tuple[str, list[tuple[str, str]]]:
    """(what the seller says, the technique and wording in it): the wording alone, or before or after a line without a technique."""
    wording = str(rng.choice(said[name]))
    text = wording
    for slot, values in SLOTS[lang].items():
        text = text.replace(f"{{{slot}}}", str(rng.choice(values)))
    text = text.replace("{n}", str(rng.integers(20, 900))).replace("{percent}", str(rng.integers(2, 9)))
    more = str(rng.choice(neutral(lang)["seller"]))
    return str(rng.choice([text, f"{more} {text}", f"{text} {more}"], p=[0.6, 0.2, 0.2])), [(name, wording)]


def _turn(turns: list[tuple], number: int, speaker: str, text: str, what: list[tuple[str, str]], planted: list[tuple]) -> None:
    planted += [(len(turns), name, wording) for name, wording in what]
    turns.append((len(turns), number, speaker, text))


class Score(NamedTuple):
    """How well tags meet what is planted: shares 0–1 over (turn, technique), and recall over distinct wordings, each counted once."""

    precision: float
    recall: float
    of_wordings: float
    tags: int
    planted: int


def score(world: World, tags: pd.DataFrame) -> Score:
    """Precision and recall of `tags` against the planted truth."""
    found = set(zip(tags["text_id"], tags["technique"], strict=True))
    truth = set(zip(world.planted["text_id"], world.planted["technique"], strict=True))
    hit = [pair in found for pair in zip(world.planted["text_id"], world.planted["technique"], strict=True)]
    wordings = world.planted.assign(hit=hit).groupby(["technique", "wording"])["hit"].mean()
    return Score(len(found & truth) / max(len(found), 1), len(found & truth) / len(truth), float(wordings.mean()), len(found), len(truth))
