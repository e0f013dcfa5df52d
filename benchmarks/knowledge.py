"""`tag` with 300 patterns against a plain Aho–Corasick search of as many words in the same texts: processor time, memory, one run.

Usage: python benchmarks/knowledge.py [utterances]. The utterances are made of the examples of the shipped cards and of the lines that the
tests put between them, every one with a number of its own, so that no text comes twice.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from pathlib import Path

import ahocorasick
import numpy as np
import pandas as pd
import yaml

from audit.knowledge import Card, read_cards, tag

PATTERNS = 300
NEUTRAL = Path(__file__).resolve().parent.parent / "tests" / "simulation" / "neutral.yml"
OFTEN, USUAL = 0.5, 0.1  # share of utterances with a technique; the limit is for the usual one
TIMES, GROWTH_MIB = 10.0, 50  # the most it may cost: times the plain search; more memory for twice the texts, beside the tags themselves


def utterances(n: int, share: float) -> list[str]:
    """`n` Russian lines, `share` of them with a technique."""
    rng = np.random.default_rng(0)
    plain = yaml.safe_load(NEUTRAL.read_text("utf-8"))["ru"]
    quiet = [*plain["seller"], *plain["client"]]
    said = [line for card in read_cards() if card.kind == "technique" for line in card.examples.ru]
    loud = rng.random(n) < share
    first, second = rng.integers(0, len(said), n), rng.integers(0, len(quiet), n)
    return [f"{said[a] if one else quiet[a % len(quiet)]} {quiet[b]} {number}" for number, (one, a, b) in enumerate(zip(loud, first, second, strict=True))]


def chosen() -> list[Card]:
    """Cards that have 300 Russian patterns together."""
    cards, left = [], PATTERNS
    for card in read_cards():
        mine = card.patterns.ru[:left] if card.kind != "occasion" else ()
        if mine:
            cards.append(card.model_copy(update={"patterns": card.patterns.model_copy(update={"ru": mine, "en": (), "bg": ()})}))
            left -= len(mine)
    assert left == 0, "the shipped cards have too few patterns"
    return cards


def plain_search(cards: list[Card]) -> ahocorasick.Automaton:
    """An automaton of one word a pattern, the longest."""
    found = ahocorasick.Automaton()
    for number, words in enumerate(one.words for card in cards for one in card.patterns.ru):
        word = max((term.strip("=?*") for part in words.split() for term in part.split("|") if not term.startswith((".", "<"))), key=len)
        found.add_word(f"{word[:-1]}", number)
    found.make_automaton()
    return found


def processor(work) -> tuple[float, object]:
    """Seconds of processor time and what came of it."""
    gc.collect()
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def held(texts: pd.DataFrame, cards: list[Card]) -> float:
    """The most memory that `tag` holds at once beside its result, MiB."""
    tracemalloc.start()
    tags = tag(texts, cards)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return (most - float(tags.memory_usage(deep=True).sum())) / 2**20


def main(n: int = 1_000_000) -> None:
    """Prints times, ratios and memory; fails when the limit is passed."""
    cards = chosen()
    automaton = plain_search(cards)
    start, _ = processor(lambda: tag(["дорого"], cards))
    print(f"preparing {PATTERNS} patterns: {start:.1f} s, once")
    for share in (USUAL, OFTEN):
        texts = pd.DataFrame({"text": utterances(n, share)})
        small, large = (held(texts.head(n // part), cards) for part in (10, 5))
        ours, tags = processor(lambda texts=texts: tag(texts, cards))
        bare, hits = processor(lambda texts=texts: [(row, *hit) for row, text in enumerate(texts["text"].tolist()) for hit in automaton.iter(text.lower())])
        found, hits = len(hits), None
        print(f"{n} utterances, {share:.0%} with a technique: plain {bare:.1f} s ({found} hits), tag {ours:.1f} s ({len(tags)} tags), ratio {ours / bare:.1f}; "
              f"memory beside the tags {small:.0f} MiB on {n // 10} lines, {large:.0f} MiB on {n // 5}")
        assert share > USUAL or ours / bare <= TIMES, f"ratio {ours / bare:.1f}"
        assert large - small <= GROWTH_MIB, f"memory grows by {large - small:.0f} MiB with twice the texts"


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
